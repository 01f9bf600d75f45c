# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C while the server is busy with many small statements: heard soon, and nothing lost or doubled."""
import signal
import time

import pytest
from conftest import sum_closes

from people import run
from things import write_migration

COUNT = 300

# Each time that a row is tried takes the server 20 milliseconds, and is counted: sequences outlive rollbacks. No trigger,
# since tables with triggers have ways of their own.
SLOWLY = """
    CREATE SEQUENCE tries;
    CREATE FUNCTION slowly() RETURNS int LANGUAGE sql VOLATILE AS
        'SELECT nextval(''tries'')::int FROM (SELECT pg_sleep(0.02)) AS slept';
"""
QUICKLY = "CREATE OR REPLACE FUNCTION slowly() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1'"
TRIES = "SELECT last_value FROM tries"

# `pause` is not mapped: its default is made for each row that is tried.
KINDS = {
    # Learnt, and put off.
    "check": "CREATE TABLE thing (id bigint PRIMARY KEY, label text CHECK (label <> 'same'), pause int DEFAULT slowly())",
    "exclude": """CREATE TABLE thing (id bigint PRIMARY KEY, label text, pause int DEFAULT slowly(),
        EXCLUDE USING btree (label WITH =))""",
    # What cannot be asked about: tried alone, and once more behind the others.
    "partition": """CREATE TABLE thing (id bigint, label text, pause int DEFAULT slowly(), PRIMARY KEY (id, label))
        PARTITION BY LIST (label)""",
    # Updates that want one value, tried again behind the others and then exchanged.
    "unique": f"""CREATE TABLE thing (id bigint PRIMARY KEY, label text UNIQUE);
        INSERT INTO thing SELECT n, 'label ' || n FROM generate_series(1, {COUNT}) AS n;
        ALTER TABLE thing ADD CHECK (slowly() > 0) NOT VALID""",
}

# A grace of 0.4 seconds is 20 tries, and the statement in hand may try some; all of them together are thousands.
TRIES_IN_GRACE = 60


def interrupt_refusing(wherry, workspace, postgres, kind):
    """A run of which nearly all rows are refused, asked to stop amid its tries; and the table before them."""
    postgres.script(SLOWLY + KINDS[kind])
    workspace.write("things.csv", "id,label\n" + "".join(f"{number},same\n" for number in range(1, COUNT + 1)))
    write_migration(workspace, postgres.url)
    process = wherry.start("run", "people.yaml", "--workers", "1")
    before = postgres.dump("thing")
    postgres.wait_for("SELECT (last_value > 40)::int FROM tries")
    process.send_signal(signal.SIGINT)
    return process, before


def check_rerun(wherry, postgres, kind):
    postgres.script(QUICKLY)
    taken = kind in ("exclude", "unique")
    counts = sum_closes(run(wherry, code=1)["counts"])
    assert counts["failed"] == COUNT - taken and counts["inserted"] + counts["updated"] == taken
    assert postgres.value("SELECT count(*) FROM thing WHERE label = 'same'") == taken


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_is_heard_while_rows_are_refused_one_by_one(wherry, workspace, postgres, kind):
    process, before = interrupt_refusing(wherry, workspace, postgres, kind)
    asked = postgres.value(TRIES)
    result = wherry.finish(process).expect(6)
    assert postgres.value(TRIES) <= asked + TRIES_IN_GRACE
    assert "rolled back" in result.err
    assert postgres.dump("thing") == before
    check_rerun(wherry, postgres, kind)


@pytest.mark.parametrize("kind", ["exclude", "unique"])
def test_a_second_ctrl_c_waits_for_no_grace(wherry, workspace, postgres, kind):
    process, before = interrupt_refusing(wherry, workspace, postgres, kind)
    asked = postgres.value(TRIES)
    while process.poll() is None and postgres.value(TRIES) < asked + 3:
        pass
    process.send_signal(signal.SIGINT)
    asked = postgres.value(TRIES)
    wherry.finish(process).expect(6)
    assert postgres.value(TRIES) <= asked + 8
    assert postgres.dump("thing") == before
    check_rerun(wherry, postgres, kind)


BATCHES = 10
BATCH_ROWS = 4096


def test_a_group_without_refusals_is_finished_however_long_it_takes(wherry, workspace, postgres):
    count = BATCHES * BATCH_ROWS
    # All batches together take longer than the grace, each of them less long than a server may be silent.
    postgres.script(f"""
        CREATE FUNCTION dawdle() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1 FROM (SELECT pg_sleep(0.08)) AS slept';
        CREATE TABLE thing (id bigint PRIMARY KEY, label text);
        INSERT INTO thing SELECT n, 'old' FROM generate_series(1, {count}) AS n;
        ALTER TABLE thing ADD CHECK (id % {BATCH_ROWS} <> 0 OR dawdle() > 0) NOT VALID""")
    workspace.write("things.csv", "id,label\n" + "".join(f"{number},new\n" for number in range(1, count + 1)))
    write_migration(workspace, postgres.url)
    process = wherry.start("run", "people.yaml", "--workers", "1")
    postgres.wait_for("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
                      "AND application_name LIKE 'wherry %'")
    process.send_signal(signal.SIGINT)
    result = wherry.finish(process)
    assert result.code in (0, 6) and "rolled back; run again" not in result.err
    assert postgres.value("SELECT count(*) FROM thing WHERE label = 'new'") == count
    counts = sum_closes(run(wherry)["counts"])
    assert counts["updated"] + counts["unchanged"] == count


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
    keeper = postgres.connection()
    keeper.autocommit = True

    def start(table):
        postgres.script("CREATE TABLE thing (id bigint PRIMARY KEY, label text CHECK (label NOT LIKE 'same%'))")
        write_migration(workspace, postgres.url)
        workspace.write("things.csv", "id,label\n0,first\n")
        run(wherry)
        workspace.write("things.csv", "id,label\n0,first\n" + "".join(
            f"{number},{'same' if number % 2 else 'other'} {WIDE}\n" for number in range(1, ROWS)))
        postgres.script(GATE % table)
        keeper.cursor().execute("SELECT pg_advisory_lock(71)")
        process = wherry.start("run", "people.yaml", "--json")
        postgres.wait_for(COPIES % table)
        return process, keeper
    yield start
    keeper.close()


def check_all_is_there(postgres, counts):
    assert sum_closes(counts)["failed"] == ROWS // 2 and counts["inserted"] + counts["unchanged"] == ROWS // 2
    latest = "(SELECT max(id) FROM wherry.run)"
    assert postgres.value(f"SELECT count(*) FROM wherry.failure WHERE run = {latest}") == ROWS // 2
    assert postgres.value("SELECT count(*) FROM thing") == ROWS // 2


@pytest.mark.parametrize("table", ["failure", "state"])
def test_ctrl_c_is_heard_while_the_ledger_is_appended_to(wherry, postgres, gated, table):
    process, keeper = gated(table)
    process.send_signal(signal.SIGINT)
    # The gate stays shut: what did not hear it would wait for ever.
    wherry.finish(process).expect(6)
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


# ---- statements that somebody cancels -------------------------------------------------------------------

SLEEPING = "FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


def start_sleeping(wherry, workspace, postgres, option=""):
    """A run whose only row takes a minute, at least where nobody cancels it."""
    postgres.script("""CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
        CREATE TABLE thing (id bigint PRIMARY KEY, label text);
        CREATE TRIGGER doze BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION doze()""")
    workspace.write("things.csv", "id,label\n1,x\n")
    write_migration(workspace, postgres.url + option, "    limits: { reconnect: 1 }\n")
    process = wherry.start("run", "people.yaml")
    postgres.wait_for(f"SELECT count(*) {SLEEPING}")
    return process


@pytest.mark.parametrize("how", ["by hand", "limit"])
def test_a_statement_that_the_server_cancels_is_told_with_what_to_do(wherry, workspace, postgres, how):
    option = " options='-c statement_timeout=500'" if how == "limit" else ""
    process = start_sleeping(wherry, workspace, postgres, option)
    while process.poll() is None and how == "by hand":
        postgres.rows(f"SELECT pg_cancel_backend(pid) {SLEEPING}")
        time.sleep(0.05)
    said = wherry.finish(process).expect(3).err
    assert "canceling statement due to" in said and "tried again for 1 seconds" in said
    assert "pg_cancel_backend" in said and "statement_timeout" in said and "role 'postgres'" in said


def test_a_statement_that_the_user_cancels_is_told_as_any_stop(wherry, workspace, postgres):
    process = start_sleeping(wherry, workspace, postgres)
    process.send_signal(signal.SIGINT)
    said = wherry.finish(process).expect(6).err
    assert "interrupted; run again to go on" in said and "cancel" not in said
