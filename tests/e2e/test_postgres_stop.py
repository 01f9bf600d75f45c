# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C while the server is busy with many small statements: heard within a second, and nothing lost or doubled."""
import signal
import time

import pytest
from conftest import sum_closes

from people import run
from things import write_migration

COUNT = 300

# Every row takes the server 20 milliseconds, so that the rows alone are 6 seconds.
SLOWLY = """
    CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END';
    CREATE TRIGGER slowly BEFORE INSERT OR UPDATE OR DELETE ON thing FOR EACH ROW EXECUTE FUNCTION slowly();
"""

KINDS = {
    # Refused one by one.
    "check": "CREATE TABLE thing (id bigint PRIMARY KEY, label text CHECK (label <> 'same'))",
    # Updates that want one value, tried again behind the others and then exchanged.
    "unique": f"""CREATE TABLE thing (id bigint PRIMARY KEY, label text UNIQUE);
        INSERT INTO thing SELECT n, 'label ' || n FROM generate_series(1, {COUNT}) AS n""",
}


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_is_heard_while_rows_are_refused_one_by_one(wherry, workspace, postgres, kind):
    postgres.script(KINDS[kind] + ";" + SLOWLY)
    workspace.write("things.csv", "id,label\n" + "".join(f"{number},same\n" for number in range(1, COUNT + 1)))
    write_migration(workspace, postgres.url)
    before = postgres.dump("thing")
    process = wherry.start("run", "people.yaml", "--workers", "1")
    postgres.wait_for("SELECT count(*) FROM pg_locks WHERE relation = 'thing'::regclass "
                      "AND mode = 'RowExclusiveLock'")
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    result = wherry.finish(process).expect(6)
    assert time.monotonic() - asked < 2, "one second, and another one for a machine that is busy"
    assert "rolled back" in result.err
    assert postgres.dump("thing") == before

    postgres.script("DROP TRIGGER slowly ON thing")
    counts = sum_closes(run(wherry, code=1)["counts"])
    assert counts["failed"] == COUNT - counts["updated"] and counts["updated"] == (kind == "unique")

# ---- while the ledger is appended to ------------------------------------------------------------------

ROWS = 400
# More than the socket takes, so that wherry waits while it sends.
WIDE = "wide" * 500
GATE = """
    CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(71); RETURN NEW; END';
    CREATE TRIGGER gate BEFORE INSERT ON wherry.%s FOR EACH ROW EXECUTE FUNCTION gate();
"""
COPIES = ("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%COPY%%wherry%%%s%%' "
          "AND wait_event_type = 'Lock' AND application_name LIKE 'wherry %%'")


@pytest.fixture
def gated(wherry, workspace, postgres):
    """gated(table) → a run that has begun to append to that table of the ledger and waits, and who lets it go on."""
    def start(table):
        postgres.script("CREATE TABLE thing (id bigint PRIMARY KEY, label text CHECK (label NOT LIKE 'same%'))")
        write_migration(workspace, postgres.url)
        workspace.write("things.csv", "id,label\n0,first\n")
        run(wherry)
        workspace.write("things.csv", "id,label\n0,first\n" + "".join(
            f"{number},{'same' if number % 2 else 'other'} {WIDE}\n" for number in range(1, ROWS)))
        postgres.script(GATE % table)
        keeper = postgres.connection()
        keeper.autocommit = True
        keeper.cursor().execute("SELECT pg_advisory_lock(71)")
        process = wherry.start("run", "people.yaml", "--json")
        postgres.wait_for(COPIES % table)
        return process, keeper
    return start


def check_all_is_there(postgres, counts):
    assert sum_closes(counts)["failed"] == ROWS // 2 and counts["inserted"] + counts["unchanged"] == ROWS // 2
    latest = "(SELECT max(id) FROM wherry.run)"
    assert postgres.value(f"SELECT count(*) FROM wherry.failure WHERE run = {latest}") == ROWS // 2
    assert postgres.value("SELECT count(*) FROM thing") == ROWS // 2


@pytest.mark.parametrize("table", ["failure", "state"])
def test_ctrl_c_is_heard_while_the_ledger_is_appended_to(wherry, postgres, gated, table):
    process, keeper = gated(table)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    wherry.finish(process).expect(6)
    assert time.monotonic() - asked < 2
    keeper.close()
    # Of a group in hand nothing stays; what was committed before its state could be written does.
    assert postgres.value("SELECT count(*) FROM thing") == (1 if table == "failure" else ROWS // 2)
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert document["resumed"]
    check_all_is_there(postgres, document["items"][0]["counts"])
    # And the state is whole: who wrote which row is known.
    check_all_is_there(postgres, run(wherry, "--trust-ledger", code=1)["counts"])


@pytest.mark.parametrize("table", ["failure", "state"])
def test_a_connection_is_cut_while_the_ledger_is_appended_to(wherry, postgres, gated, table):
    process, keeper = gated(table)
    postgres.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                  "WHERE application_name LIKE 'wherry %' AND wait_event_type = 'Lock'")
    keeper.close()
    document = wherry.finish(process).expect(1).json()
    check_all_is_there(postgres, document["items"][0]["counts"])
    check_all_is_there(postgres, run(wherry, "--trust-ledger", code=1)["counts"])
