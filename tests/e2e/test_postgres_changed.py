# SPDX-License-Identifier: Apache-2.0
"""Somebody changes a table, or what the role may do with it, while a run writes to it: what the run says, and that it helps."""
import json
import os

import pytest

from people import counts
from things import MIGRATION

ROLE = f"mover_{os.getpid()}"
COUNT = 3000

CHANGES = {
    "a rule": ("CREATE RULE other AS ON UPDATE TO thing DO INSTEAD NOTHING", "ALTER TABLE public.thing DISABLE RULE other"),
    "no table": ("ALTER TABLE thing RENAME TO gone", "has no table 'thing'"),
    "no column": ("ALTER TABLE thing DROP COLUMN name", "has other columns now"),
    "no privilege": (f"REVOKE UPDATE, SELECT ON thing FROM {ROLE}", f"GRANT SELECT, INSERT, UPDATE ON public.thing TO {ROLE}"),
}


@pytest.fixture
def role(postgres):
    postgres.script(f"CREATE ROLE {ROLE} LOGIN; GRANT CREATE ON DATABASE {postgres.name} TO {ROLE}")
    yield ROLE
    postgres.script(f"DROP OWNED BY {ROLE} CASCADE; DROP ROLE {ROLE}")


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_in_mid_run_is_told_with_what_to_do(wherry, workspace, postgres, role, change):
    statement, said = CHANGES[change]
    postgres.script(f"CREATE TABLE thing (id bigint PRIMARY KEY, name text); GRANT ALL ON thing TO {role};"
                    f"INSERT INTO thing SELECT n, 'old' FROM generate_series(1, {COUNT}) AS n")
    workspace.write("things.csv", "id,name\n" + "".join(f"{n},new\n" for n in range(1, COUNT + 1)))
    url = json.dumps(postgres.url.replace("user=postgres", f"user={role}"))
    workspace.write("things.yaml", MIGRATION % url + "    limits: { group: 100, rate: 2000/s }\n")
    process = wherry.start("run", "things.yaml", "--workers", 2)
    postgres.wait_for("SELECT count(*) FROM thing WHERE name = 'new'")
    postgres.script(statement)
    result = wherry.finish(process).expect(3)
    assert "somebody changed what this run was working on" in result.err and said in result.err
    if change == "a rule":
        postgres.script("ALTER TABLE thing DISABLE RULE other")
        result = wherry("run", "things.yaml", "--json").expect(0)
        assert "going on with run 1" in result.err
        assert counts(result.json()["items"][0]) == {"updated": COUNT}


END_SESSIONS = ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()")


def start_with_table(wherry, workspace, postgres, columns):
    """A run that writes to a table with these columns, when its first rows are there."""
    postgres.script(f"CREATE TABLE thing ({columns})")
    workspace.write("things.csv", "id,name\n" + "".join(f"{n},new\n" for n in range(1, COUNT + 1)))
    workspace.write("things.yaml", MIGRATION % json.dumps(postgres.url) + "    limits: { group: 100, rate: 2000/s }\n")
    process = wherry.start("run", "things.yaml", "--workers", 2)
    postgres.wait_for("SELECT count(*) FROM thing WHERE name = 'new'")
    return process


def test_a_run_that_cannot_be_planned_again_says_why(wherry, workspace, postgres):
    process = start_with_table(wherry, workspace, postgres, "id bigint PRIMARY KEY, name text")
    postgres.script(f"ALTER TABLE thing RENAME TO gone; {END_SESSIONS}")
    result = wherry.finish(process).expect(3)
    assert "somebody changed what this run was working on" in result.err and "has no table 'thing'" in result.err


def test_no_value_goes_into_the_column_that_has_moved(wherry, workspace, postgres):
    process = start_with_table(wherry, workspace, postgres,
                               "id bigint PRIMARY KEY, old text, name text, more text")
    postgres.script(f"ALTER TABLE thing DROP COLUMN old; {END_SESSIONS}")
    wherry.finish(process).expect(0)
    assert postgres.rows("SELECT count(*), count(name), count(more) FROM thing") == [(COUNT, COUNT, 0)]


ALTERED = {
    "fewer characters": "ALTER TABLE thing ALTER name TYPE varchar(2) USING left(name, 2)",
    "no text": "ALTER TABLE thing ALTER name TYPE bigint USING 0",
    "as many bytes": "ALTER TABLE thing ALTER id TYPE double precision",
    "a rule on INSERT": "CREATE RULE other AS ON INSERT TO thing DO INSTEAD NOTHING",
    "a rule beside INSERT": "CREATE RULE other AS ON INSERT TO thing DO ALSO NOTIFY heard",
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_table_that_is_altered_in_mid_run_takes_no_more_rows(wherry, workspace, postgres, how):
    """COPY passes rules by, and takes eight bytes for whatever the column's type makes of them."""
    process = start_with_table(wherry, workspace, postgres, "id bigint PRIMARY KEY, name text")
    postgres.script(ALTERED[how])
    result = wherry.finish(process).expect(3)
    assert "somebody changed what this run was working on" in result.err
    assert ("DISABLE RULE other" if "rule" in how else "has other columns now") in result.err
    assert postgres.rows("SELECT count(*)::int FROM wherry.failure") == [(0,)]
    assert postgres.rows(f"SELECT count(*)::int FROM thing WHERE id::text !~ '^[0-9]+$' OR id > {COUNT}") == [(0,)]
    logged, there = postgres.rows("SELECT (SELECT sum(inserted)::int FROM wherry.chunk), (SELECT count(*)::int FROM thing)")[0]
    assert logged == there < COUNT


def test_a_table_that_is_dropped_and_made_anew_is_another_one(wherry, workspace, postgres):
    columns = "id bigint PRIMARY KEY, name text"
    process = start_with_table(wherry, workspace, postgres, columns)
    postgres.script(f"DROP TABLE thing; CREATE TABLE thing ({columns})")
    result = wherry.finish(process).expect(3)
    assert "somebody changed what this run was working on" in result.err
    assert "column 'id' of 'thing' is not what it was when the run was planned" in result.err
    assert postgres.value("SELECT count(*) FROM thing") == 0


def test_a_table_that_the_run_made_is_missed_when_it_is_dropped(wherry, workspace, postgres):
    workspace.write("things.csv", "id,name\n" + "".join(f"{n},new\n" for n in range(1, COUNT + 1)))
    workspace.write("things.yaml", MIGRATION % json.dumps(postgres.url) +
                    "        create: true\n    limits: { group: 100, rate: 2000/s }\n")
    process = wherry.start("run", "things.yaml", "--workers", 2)
    postgres.wait_for("SELECT coalesce(pg_relation_size(to_regclass('thing')), 0)")
    postgres.script("DROP TABLE thing")
    result = wherry.finish(process).expect(3)
    assert "somebody changed what this run was working on" in result.err
    assert "item type 'thing' has no table any more" in result.err
