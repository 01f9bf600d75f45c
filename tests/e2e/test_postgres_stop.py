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
