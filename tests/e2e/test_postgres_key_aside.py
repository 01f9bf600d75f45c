# SPDX-License-Identifier: Apache-2.0
"""A new table is filled without its primary key, which is made when all rows are in; whatever ends the run before that."""
import json
import signal

import pytest
from conftest import IS_SANITIZED, Database

from people import counts, run

pytestmark = pytest.mark.costly

COUNT = 100_000  # as many as are worth it
once = pytest.mark.skipif(IS_SANITIZED, reason="the build without a sanitizer tests what is left in the table")
TABLE = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);"
ROWS = f"""
    INSERT INTO person WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {COUNT})
    SELECT i, 'name ' || i FROM n;"""
MIGRATION = """
wherry: 1
name: people
source: sqlite:old.db
destination: {url}
{extra}
items:
  person: {{ from: {source}, key: id, into: person, create: true, map: {{ id: id::bigint, name: name }} }}
"""
KEYS = "SELECT conname::text FROM pg_constraint WHERE conrelid = 'person'::regclass AND contype = 'p'"
COMMENT = "SELECT obj_description('person'::regclass, 'pg_class')"


@pytest.fixture
def moving(workspace, postgres):
    """moving() writes the migration and its source."""
    def make(rows=ROWS, table=TABLE, extra="", source="person"):
        Database(workspace / "old.db").script(table + rows)
        url = json.dumps(postgres.url)
        workspace.write("people.yaml", MIGRATION.format(url=url, extra=extra, source=source))
    return make


def is_aside(postgres):
    comment = postgres.value(COMMENT)
    return postgres.rows(KEYS) == [] and comment is not None and comment.endswith(" or with the next run: column id")


def is_back(postgres):
    return postgres.rows(KEYS) == [("person_pkey",)] and postgres.value(COMMENT) is None


def content(postgres):
    return postgres.rows("SELECT count(*)::int, count(DISTINCT id)::int, sum(id)::bigint, "
                         "count(*) FILTER (WHERE name <> 'name ' || id)::int FROM person")


WHOLE = [(COUNT, COUNT, COUNT * (COUNT + 1) // 2, 0)]


@pytest.mark.parametrize("point", ["key.aside", "group.written", "group.committed", "table.filled", "key.back"])
def test_a_killed_run_leaves_word_and_the_next_makes_the_key(wherry, postgres, moving, point):
    moving()
    assert wherry.is_killed(point, "run", "people.yaml")
    was_aside = point != "key.back"
    assert is_aside(postgres) == was_aside and is_back(postgres) != was_aside
    assert ("has no primary key" in wherry("plan", "people.yaml").expect(0).out) == was_aside
    result = wherry("run", "people.yaml", "--json").expect(0)
    assert ("is made first" in result.err) == was_aside
    assert result.json()["items"][0]["counts"]["inserted"] == COUNT and result.json()["items"][0]["sum_closes"]
    assert is_back(postgres) and content(postgres) == WHOLE
    assert counts(run(wherry)) == {"unchanged": COUNT}


@pytest.mark.parametrize("workers", ["1", "3"])
def test_rows_of_a_table_that_was_filled_so_are_known_again(wherry, postgres, moving, workers):
    moving(extra="limits: { group: 9000 }")
    assert counts(run(wherry, "--workers", workers)) == {"inserted": COUNT}
    assert is_back(postgres) and content(postgres) == WHOLE
    marked = "SELECT count(*)::int FROM wherry.segment WHERE mark IS NOT NULL"
    assert postgres.value(marked) == postgres.value("SELECT count(*)::int FROM wherry.segment") >= 9
    postgres.script("UPDATE person SET name = 'other' WHERE id = 77")
    again = run(wherry, code=1)
    assert counts(again) == {"unchanged": COUNT - 1, "failed": 1}  # it drifted


def test_a_table_that_was_there_keeps_its_key(wherry, postgres, moving):
    moving()
    postgres.script("CREATE TABLE person (id bigint PRIMARY KEY, name text)")
    assert not wherry.is_killed("table.filled", "run", "people.yaml")
    assert is_back(postgres) and content(postgres) == WHOLE


@once
@pytest.mark.parametrize("how", [["--rehearse"], ["--dry-run"], ["--limit", "99999"]])
def test_other_runs_than_a_whole_one_keep_the_key(wherry, moving, how):
    moving()
    assert not wherry.is_killed("key.aside", "run", "people.yaml", *how)


@once
def test_a_small_table_keeps_its_key(wherry, postgres, moving):
    moving(rows=ROWS + "DELETE FROM person WHERE id > 99999;")
    assert not wherry.is_killed("key.aside", "run", "people.yaml")
    assert is_back(postgres)


def test_a_key_that_repeats_is_rejected_as_ever(wherry, workspace, postgres, moving):
    """The workers see it when the most is written: the key is made before the rest is surveyed."""
    moving()
    lines = [f"{i},name {i}," + 80 * "x" for i in range(1, COUNT + 1)]
    workspace.write("person.csv", "\n".join(["id,name,more", *lines, f"5,twice,{80 * 'x'}", ""]))
    text = (workspace / "people.yaml").read_text().replace("sqlite:old.db", "'.'")
    workspace.write("people.yaml", text.replace("from: person", "from: person.csv"))
    assert counts(run(wherry, code=1)) == {"inserted": COUNT, "rejected": 1}
    assert is_back(postgres) and content(postgres) == WHOLE


@once
def test_rows_of_somebody_else_are_named(wherry, postgres, moving):
    moving()
    assert wherry.is_killed("table.filled", "run", "people.yaml")
    postgres.script("INSERT INTO person VALUES (5, 'mine')")
    result = wherry("run", "people.yaml").expect(3)
    assert "somebody else wrote to table 'person' while it had no primary key" in result.err
    assert "(id)=(5)" in result.err and is_aside(postgres)
    postgres.script("DELETE FROM person WHERE name = 'mine'")
    assert counts(run(wherry)) == {"inserted": COUNT}
    assert is_back(postgres) and content(postgres) == WHOLE


def stopping(moving):
    rows = ROWS + "UPDATE person SET name = CAST(x'ff' AS TEXT) WHERE id % 1000 = 7;"
    moving(rows=rows, extra="limits: { failures: 3, group: 5000 }")


@once
def test_a_limit_of_failures_leaves_the_key_made(wherry, postgres, moving):
    stopping(moving)
    wherry("run", "people.yaml").expect(4)
    assert is_back(postgres)


def test_a_stop_is_one_also_where_the_key_cannot_be_made(wherry, workspace, postgres, moving):
    stopping(moving)
    refuse_keys(postgres)
    result = wherry("run", "people.yaml", "--json").expect(4)
    assert "the primary key of table 'person' cannot be made" in result.err and "no index today" in result.err
    assert "table 'person' has no primary key yet" in result.err
    assert result.json()["items"][0]["counts"]["rejected"] > 3 and is_aside(postgres)


def refuse_keys(postgres):
    postgres.script("""
        CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_query() LIKE '%ADD PRIMARY KEY%' THEN RAISE 'no index today'; END IF; END $$;
        CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION refuse();""")


@once
def test_what_the_server_says_of_the_key_is_told(wherry, postgres, moving):
    moving()
    refuse_keys(postgres)
    result = wherry("run", "people.yaml").expect(3)
    assert "somebody else" not in result.err and "no index today" in result.err
    postgres.script("DROP EVENT TRIGGER refuse")
    assert counts(run(wherry)) == {"inserted": COUNT} and is_back(postgres)


MEANWHILE = {"another comment": "COMMENT ON TABLE person IS 'People'",
             "another index": "CREATE UNIQUE INDEX ON person (name)",
             "the key": "ALTER TABLE person ADD PRIMARY KEY (id)"}


@once
@pytest.mark.parametrize("what", MEANWHILE)
def test_what_others_do_to_the_table_meanwhile(wherry, postgres, moving, what):
    moving(extra="limits: { rate: 100000, group: 2000 }")
    process = wherry.start("run", "people.yaml")
    postgres.wait_for("SELECT coalesce(pg_relation_size(to_regclass('person')), 0)")
    postgres.script(MEANWHILE[what])
    wherry.finish(process).expect(0)
    assert postgres.rows(KEYS) == [("person_pkey",)] and content(postgres) == WHOLE
    assert postgres.value(COMMENT) == {"another comment": "People"}.get(what)
    assert counts(run(wherry)) == {"unchanged": COUNT}


@once
def test_a_time_limit_of_statements_is_not_for_the_key(wherry, postgres, moving):
    moving()
    for limit in ("statement_timeout", "lock_timeout"):
        postgres.script(f"ALTER DATABASE {postgres.name} SET {limit} = '150ms'")
    postgres.script("""
        CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_query() LIKE '%ADD PRIMARY KEY%' THEN PERFORM pg_sleep(0.3); END IF; END $$;
        CREATE EVENT TRIGGER wait ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION wait();""")
    assert counts(run(wherry)) == {"inserted": COUNT} and is_back(postgres)


@once
def test_a_run_that_writes_nothing_is_refused_without_the_key(wherry, postgres, moving):
    moving()
    assert wherry.is_killed("table.filled", "run", "people.yaml")
    for how in ("--rehearse", "--dry-run"):
        assert f"Run without {how}" in wherry("run", "people.yaml", how).expect(3).err
    assert is_aside(postgres)
    wherry("run", "people.yaml", "--id", "5").expect(0)
    assert is_back(postgres)


@once
def test_a_comment_makes_no_key_of_just_any_column(wherry, postgres, moving):
    moving()
    assert wherry.is_killed("table.filled", "run", "people.yaml")
    comment = postgres.value(COMMENT)
    postgres.script(f"COMMENT ON TABLE person IS '{comment.replace('column id', 'column name')}'")
    assert "neither a primary key nor a unique one" in wherry("run", "people.yaml").expect(2).err


def test_who_wants_to_stop_does_not_wait_for_the_key(wherry, postgres, moving):
    moving(extra="limits: { rate: 20000, group: 1000 }")
    process = wherry.start("run", "people.yaml")
    postgres.wait_for("SELECT coalesce(pg_relation_size(to_regclass('person')), 0)")
    process.send_signal(signal.SIGINT)
    result = wherry.finish(process).expect(6)
    assert "table 'person' has no primary key yet" in result.err and is_aside(postgres)
    moving(rows="", table="")  # as fast as it goes: another migration, so what is there is compared
    counted = counts(run(wherry))
    assert counted.keys() == {"inserted", "unchanged"} and sum(counted.values()) == COUNT
    assert is_back(postgres) and content(postgres) == WHOLE


@once
def test_a_table_without_its_key_is_a_source_without_one(wherry, workspace, postgres, moving):
    moving()
    assert wherry.is_killed("table.filled", "run", "people.yaml")
    text = (workspace / "people.yaml").read_text().replace("sqlite:old.db", json.dumps(postgres.url))
    workspace.write("back.yaml", text.replace("name: people", "name: back").replace(
        f"destination: {json.dumps(postgres.url)}", "destination: sqlite:new.db"))
    assert "by blocks" in wherry("plan", "back.yaml").expect(0).out


@once
@pytest.mark.parametrize("source", ["from: person", "from: seen", 'query: "SELECT id + 0 AS id, name FROM person"'])
def test_a_run_does_not_wait_for_its_own_source(wherry, workspace, postgres, moving, source):
    moving()
    assert wherry.is_killed("table.filled", "run", "people.yaml")
    postgres.script("CREATE VIEW seen AS SELECT id, name FROM person")
    url = json.dumps(postgres.url)
    text = MIGRATION.replace("sqlite:old.db", url).replace("name: people", "name: itself").replace("from: {source}", source)
    workspace.write("itself.yaml", text.format(url=url, extra=""))
    result = wherry("run", "itself.yaml", timeout=60).expect(3)
    assert "table 'person' has no primary key" in result.err and "this migration reads the table, too" in result.err
    assert is_aside(postgres)
    assert counts(run(wherry)) == {"inserted": COUNT} and is_back(postgres)
    item = wherry("run", "itself.yaml", "--json").expect(0).json()["items"][0]
    assert counts(item) == {"unchanged": COUNT}


@once
@pytest.mark.parametrize("source, code", [("person", 0), ("new.person", 3), ("old.person", 0)])
def test_tables_of_one_name_are_told_apart(wherry, workspace, postgres, source, code):
    """The source's role finds old.person by the name, the destination's finds new.person."""
    def url(schema):
        return json.dumps(f"{postgres.url} options='-c search_path={schema}'")

    postgres.script(f"""CREATE SCHEMA old; CREATE SCHEMA new; CREATE TABLE old.person (id bigint PRIMARY KEY, name text);
        INSERT INTO old.person SELECT i, 'name ' || i FROM generate_series(1, {COUNT}) i; ANALYZE old.person""")
    for name, read in (("people", "person"), ("again", source)):
        text = MIGRATION.replace("sqlite:old.db", url("old")).replace("name: people", f"name: {name}")
        workspace.write(f"{name}.yaml", text.format(url=url("new"), extra="", source=read))
    assert wherry.is_killed("table.filled", "run", "people.yaml")
    result = wherry("run", "again.yaml", timeout=60).expect(code)
    assert ("this migration reads the table, too" in result.err) == (code == 3)
    keys = "SELECT count(*)::int FROM pg_constraint WHERE conrelid = 'new.person'::regclass AND contype = 'p'"
    assert postgres.value(keys) == (code == 0)


@once
def test_a_source_beside_the_table_is_not_in_the_way_of_its_key(wherry, workspace, postgres, moving):
    moving()
    assert wherry.is_killed("table.filled", "run", "people.yaml")
    postgres.script("CREATE TABLE other (id bigint PRIMARY KEY, name text); INSERT INTO other VALUES (0, 'new')")
    url = json.dumps(postgres.url)
    text = MIGRATION.replace("sqlite:old.db", url).replace("name: people", "name: beside")
    workspace.write("beside.yaml", text.format(url=url, extra="", source="other"))
    wherry("run", "beside.yaml", timeout=60).expect(0)
    assert is_back(postgres)
