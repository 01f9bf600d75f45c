# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL as a source: one snapshot, whatever happens beside it; every value arrives as it is."""
import io
import json
import os
import pathlib
import re
import signal
import time

import edges
import pytest
from conftest import sum_closes

pytestmark = pytest.mark.costly

COUNT = 2000
FILLED = f"""
CREATE TABLE t (id int PRIMARY KEY, name text, born date, wide char(200) DEFAULT '');
INSERT INTO t SELECT i * 3, 'name ' || (i * 7919 % 10007), date '2020-01-31' + i % 50
  FROM generate_series(1, {COUNT}) i;
CREATE TABLE u (name text, id int, born date, wide char(200) DEFAULT '', PRIMARY KEY (name, id));
INSERT INTO u SELECT name, id, born FROM t;
CREATE TABLE h AS SELECT * FROM t;
"""
SOURCES = {
    "number": "from: t",
    "key": "from: u",
    "ctid": "from: h",
    "given": "query: 'SELECT id, name, born FROM t ORDER BY name, id'",
}
MAP = "key: id, into: copied, map: { id: id, name: name, born: born }"


def write_copy(workspace, source, destination, items):
    text = (f"wherry: 1\nname: copy\nsource: {json.dumps(source)}\n"
            f"destination: {json.dumps(destination)}\nitems:\n{items}")
    return workspace.write("copy.yaml", text)


def run(wherry, *args, code=0):
    """The run's items by name, and all of the document."""
    document = wherry("run", "copy.yaml", *args, "--json").expect(code).json()
    return {item["item"]: sum_closes(item["counts"]) for item in document["items"]}, document


@pytest.fixture
def old(new_postgres):
    return new_postgres().script(FILLED)


@pytest.fixture
def copied(new_postgres):
    """Where a copy goes: a table that is there and empty, so that a lock on it holds a run up."""
    return new_postgres().script("CREATE TABLE copied (id int PRIMARY KEY, name text, born date)")


def set_up(workspace, old, copied, source="number", extra=""):
    return write_copy(workspace, old.url, copied.url,
                      f"  t: {{ {SOURCES[source]}, {MAP} }}\nlimits: {{ group: 500 }}\n{extra}")


def hold_up(wherry, copied, while_held):
    """Runs with the destination's table locked until the source is open; then what is to be done."""
    with copied.connection() as connection:
        connection.cursor().execute("LOCK TABLE copied")
        process = wherry.start("run", "copy.yaml", "--json")
        copied.wait_for("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while_held(process)
        connection.rollback()
    return wherry.finish(process)


# ---- one snapshot -----------------------------------------------------------------------------------

@pytest.mark.parametrize("source", SOURCES)
def test_what_is_changed_beside_a_run_is_not_seen(wherry, workspace, old, copied, source):
    set_up(workspace, old, copied, source)
    expected = old.rows("SELECT id, name, born FROM t ORDER BY id")
    change = ("UPDATE {0} SET name = 'new' WHERE id % 2 = 0; DELETE FROM {0} WHERE id % 5 = 0;"
              "INSERT INTO {0} (id, name) SELECT 100000 + i, 'late' FROM generate_series(1, 50) i;")
    result = hold_up(wherry, copied,
                     lambda _: old.script("".join(change.format(name) for name in "tuh")))
    result.expect(0)
    assert copied.dump("copied") == expected
    items, _ = run(wherry)
    assert items["t"]["inserted"] == 50 and items["t"]["updated"] > 600


def test_all_items_of_a_run_see_the_same_moment(wherry, workspace, old, copied):
    copied.script("CREATE TABLE second (id int PRIMARY KEY, name text)")
    write_copy(workspace, old.url, copied.url, f"""\
  t: {{ from: t, {MAP} }}
  h: {{ from: h, key: id, into: second, map: {{ id: id, name: name }} }}
""")
    hold_up(wherry, copied, lambda _: old.script("DELETE FROM h; DELETE FROM t")).expect(0)
    assert copied.value("SELECT count(*) FROM second") == COUNT


@pytest.mark.workers
@pytest.mark.parametrize("source", ["key", "ctid"])
def test_the_number_of_workers_changes_nothing(wherry, workspace, old, copied, source):
    set_up(workspace, old, copied, source)
    items, _ = run(wherry, "--workers", "3")
    assert items["t"]["inserted"] == COUNT
    assert copied.dump("copied") == old.rows("SELECT id, name, born FROM t ORDER BY id")
    assert old.value("SELECT count(*) FROM pg_class WHERE relname = 'wherry'") == 0


# ---- going on ------------------------------------------------------------------------------------------

def kill_at(wherry, point):
    return wherry.is_killed(point, "run", "copy.yaml")


@pytest.mark.parametrize("source", SOURCES)
def test_a_killed_run_goes_on_in_a_new_snapshot(wherry, workspace, old, copied, has_crash_points,
                                                source):
    set_up(workspace, old, copied, source)
    assert kill_at(wherry, "group.committed:3")
    # Behind all that was done: in the order of any of them.
    old.script("".join(f"INSERT INTO {name} (id, name) VALUES (100000, 'zzz');" for name in "tuh"))
    result = wherry("run", "copy.yaml").expect(0)
    assert "going on with run 1" in result.out + result.err
    assert "in a new snapshot" in result.out + result.err
    assert f"{COUNT + 1:,} read" in result.out
    assert copied.dump("copied") == old.rows("SELECT id, name, born FROM t ORDER BY id")
    assert run(wherry)[0]["t"]["unchanged"] == COUNT + 1


def test_a_change_in_what_was_done_begins_a_new_run(wherry, workspace, old, copied,
                                                    has_crash_points):
    set_up(workspace, old, copied)
    assert kill_at(wherry, "group.committed:3")
    old.script("UPDATE t SET name = 'changed' WHERE id = 3")
    _, document = run(wherry)
    assert not document["resumed"] and document["run"] == 2
    assert copied.value("SELECT name FROM copied WHERE id = 3") == "changed"


def test_rows_added_behind_what_was_done_begin_a_new_run(wherry, workspace, old, copied,
                                                         has_crash_points):
    copied.script("CREATE TABLE second (id int PRIMARY KEY, name text)")
    write_copy(workspace, old.url, copied.url, f"""\
  t: {{ from: t, {MAP} }}
  h: {{ from: h, key: id, into: second, map: {{ id: id, name: name }} }}
limits: {{ group: 500 }}
""")
    assert kill_at(wherry, "group.committed:7")
    assert copied.value("SELECT count(*) FROM copied") == COUNT
    assert 0 < copied.value("SELECT count(*) FROM second") < COUNT
    old.script("INSERT INTO t (id, name) VALUES (100000, 'late')")
    result = wherry("run", "copy.yaml").expect(0)
    assert "run 1 was interrupted and is abandoned" in result.out + result.err
    assert "the source changed in the part that was done" in result.out + result.err
    assert copied.value("SELECT name FROM copied WHERE id = 100000") == "late"
    assert copied.value("SELECT count(*) FROM second") == COUNT


@pytest.mark.parametrize("rule", [
    "clean: [{ duplicates: name, keep: max(id) }]", "expect: [{ unique: name }]"])
def test_a_run_that_decides_duplicates_is_not_gone_on_with(wherry, workspace, old, copied,
                                                           has_crash_points, rule):
    write_copy(workspace, old.url, copied.url,
               f"  t: {{ {SOURCES['number']}, {MAP}, {rule} }}\nlimits: {{ group: 500 }}\n")
    assert kill_at(wherry, "group.committed:2")
    # Of the same name as a row that was not done; it wins, or neither of the two does.
    old.script("INSERT INTO t (id, name) SELECT 100000, name FROM t WHERE id = 3 * 1900")
    result = wherry("run", "copy.yaml")
    assert "its duplicates are decided over the whole source" in result.out + result.err
    _, document = run(wherry, code=result.code)
    assert document["run"] == 3 and not document["resumed"]


def test_a_lost_connection_is_made_anew_and_the_run_goes_on(wherry, workspace, old, copied):
    set_up(workspace, old, copied)
    result = hold_up(wherry, copied, lambda _: old.value(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        f"WHERE datname = '{old.name}' AND application_name LIKE 'wherry%'"))
    result.expect(0)
    assert any(word in result.err for word in (
        "terminating connection", "server closed the connection", "snapshot")), result.err
    assert "\\x0a" not in result.err
    assert "what is left of the source is read in a new snapshot" in result.err
    document = result.json()
    assert document["sum_closes"] and document["total"]["read"] == COUNT
    assert copied.value("SELECT count(*) FROM copied") == COUNT


def test_a_time_limit_of_the_roles_does_not_end_a_read(wherry, workspace, old, copied):
    limited = f"{old.url} options='-c statement_timeout=300'"
    query = "SELECT id, name, born FROM t WHERE id > 3 OR pg_sleep(1) IS NOT NULL ORDER BY id"
    write_copy(workspace, limited, copied.url, f"  t: {{ query: '{query}', {MAP} }}\n")
    assert run(wherry)[0]["t"]["inserted"] == COUNT


def test_an_interrupt_is_heard_while_the_server_is_silent(wherry, workspace, old, copied):
    write_copy(workspace, old.url, copied.url,
               f"  t: {{ query: 'SELECT id, name, born FROM t WHERE pg_sleep(60) IS NOT NULL', {MAP} }}\n")
    process = wherry.start("run", "copy.yaml")
    old.wait_for("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    result = wherry.finish(process)
    assert time.monotonic() - started < 3
    result.expect(6)
    old.wait_for("SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE wait_event = 'PgSleep'")


@pytest.mark.parametrize("table, key, ids, found", [
    ("t", "id", (30, "0033", 30, -5), {30, 33}),
    ("u", "[name, id]", ("id=30,name=name 9141", "name=name 7919,id=3", "name=NAME 7919,id=3"), {3, 30}),
    ("w", "code", ("a 33", "A 33", "a 34 ", "it's"), {33}),
    ("w", "mark", ("00000000-0000-0000-0000-000000000033", "00000000-0000-0000-0000-000000000036"), {33, 36}),
])
def test_single_items_are_found_without_reading_the_table(wherry, workspace, old, copied, table, key, ids, found):
    old.script("""
        CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE w (id int NOT NULL, code text COLLATE blind PRIMARY KEY, mark uuid UNIQUE NOT NULL);
        INSERT INTO w SELECT id, 'a ' || id, lpad(id::text, 32, '0')::uuid FROM t;
    """)
    if key == "mark":
        old.script("ALTER TABLE w DROP CONSTRAINT w_pkey")
    copied.script("ALTER TABLE copied ADD mark text UNIQUE, ADD code text UNIQUE, ADD UNIQUE (name, id)")
    match = key.replace("code", "[code]").replace("mark", "[mark]")
    columns = {"t": "id: id, name: name", "u": "id: id, name: name", "w": "id: id, code: code, mark: mark"}[table]
    write_copy(workspace, old.url, copied.url,
               f"  t: {{ from: {table}, key: {key}, match: {match}, into: copied, map: {{ {columns} }} }}\n")
    before = old.rows_read(table)
    asked = [word for one in ids for word in ("--id", one)]
    absent = {"t": ["-5"], "u": ["name=NAME 7919,id=3"], "w": ["A 33", "a 34 ", "it's"] if key == "code" else []}[table]
    items, document = run(wherry, *asked, code=int(len(absent) > 0))
    assert document["items"][0]["missing_keys"] == absent
    assert items["t"]["read"] == items["t"]["inserted"] == len(found)
    assert {number for number, in copied.rows("SELECT id FROM copied")} == found
    assert old.rows_read(table) - before < 50
    before = old.rows_read(table)
    where = {"t": "33 >= id AND id > 29", "u": "name = 'name 7919' AND id <> 4"}.get(table, "code = 'a 33'")
    run(wherry, "--where", where, "--dry-run")
    run(wherry, "--where", where)
    assert sorted(number for number, in copied.rows("SELECT id FROM copied")) == sorted(found | {
        "t": {30, 33}, "u": {3}}.get(table, {33}))
    assert key == "mark" or old.rows_read(table) - before < 50, "nobody counts the table, and an index finds them"
    # What compares records reads all of them, and finds the same.
    path = workspace / "copy.yaml"
    path.write_text(path.read_text().replace(" map:", " expect: [{ unique: id }], map:"))
    items, document = run(wherry, *asked, code=int(len(absent) > 0))
    assert document["items"][0]["missing_keys"] == absent
    assert items["t"]["unchanged"] == len(found)
    assert old.rows_read(table) - before >= COUNT


# ---- parts of a source ---------------------------------------------------------------------------------

def test_single_items_conditions_and_limits(wherry, workspace, old, copied):
    set_up(workspace, old, copied, "ctid")
    assert run(wherry, "--id", 30)[0]["t"]["inserted"] == 1
    items, _ = run(wherry, "--where", "id < 40")
    assert [items["t"][name] for name in ("read", "inserted", "unchanged")] == [13, 12, 1]
    assert run(wherry, "--limit", 100)[0]["t"]["inserted"] == 87
    assert copied.value("SELECT max(id) FROM copied") == 300
    old.script("UPDATE h SET name = NULL WHERE id IN (6, 9)")
    workspace.write("copy.yaml", (workspace / "copy.yaml").read_text().replace(
        " map:", " expect: [{ not_null: name }], map:"))
    assert run(wherry, code=1)[0]["t"]["rejected"] == 2
    old.script("UPDATE h SET name = 'back' WHERE id = 9")
    items, _ = run(wherry, "--only", "rejected", code=1)
    assert items["t"]["read"] == 2 and items["t"]["rejected"] == 1 and items["t"]["updated"] == 1
    trace = wherry("run", "copy.yaml", "--id", 9, "--trace").expect(0)
    assert "record at h ctid (" in trace.out + trace.err


def test_a_row_whose_key_is_null_in_spite_of_its_domain_is_read(wherry, workspace, new_postgres,
                                                                copied):
    source = new_postgres().script("""
        CREATE DOMAIN code AS text NOT NULL;
        CREATE TABLE t (name code UNIQUE, id int, born date, wide char(2000) DEFAULT '');
        INSERT INTO t SELECT 'n' || i, i FROM generate_series(1, 20000) i;
        INSERT INTO t (name, id) VALUES ((SELECT name FROM t WHERE false), 100000);
        ANALYZE t;
    """)
    assert source.value("SELECT count(*) FROM t WHERE name IS NULL") == 1
    set_up(workspace, source, copied)
    assert run(wherry)[0]["t"]["inserted"] == 20001
    assert copied.rows("SELECT name FROM copied WHERE id = 100000") == [(None,)]


def test_a_query_without_a_steady_order_is_refused_when_it_shows(wherry, workspace, old, copied):
    write_copy(workspace, old.url, copied.url,
               f"  t: {{ query: 'SELECT id, name, born FROM t ORDER BY random()', {MAP} }}\n")
    result = wherry("run", "copy.yaml")
    assert result.code not in (0, 70)
    assert "in another order" in result.err and "ORDER BY" in result.err


# ---- every type ------------------------------------------------------------------------------------------

def copied_text(database, table="edge"):
    """What COPY … TO says of a table."""
    text = io.StringIO()
    database._run(lambda cursor: cursor.copy_expert(
        f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT", text))
    return text.getvalue().split("\n")[:-1]


def types(database, table="edge", what="atttypid, atttypmod"):
    """The types of a table's columns; of a domain's, with the base types, where that is asked."""
    return [kind for (kind,) in database.rows(
        f"SELECT format_type({what}) FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid "
        f"WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum")]


BASE = "coalesce(nullif(typbasetype, 0), atttypid), CASE typtype WHEN 'd' THEN typtypmod ELSE atttypmod END"
WIDER = {  # types of a table that was in SQLite
    "time(3) without time zone": "time without time zone",
    "timestamp(3) without time zone": "timestamp without time zone",
    "timestamp(0) with time zone": "timestamp with time zone",
    "interval(2)": "interval",
    "bpchar": "text",
}


def copy_edges(wherry, workspace, source, destination, code=0):
    write_copy(workspace, source, destination,
               '  edge: { from: edge, key: id, into: edge, create: true, map: { "*": same } }\n')
    return run(wherry, code=code)[0]["edge"]


def test_every_type_goes_there_and_back_again(wherry, workspace, new_postgres):
    old, new, back = edges.fill(new_postgres()), new_postgres(), new_postgres()
    expected = copied_text(old)
    assert len(expected) == len(edges.values()) + 1 > 400
    for database in (new, back):
        database.script(edges.TYPES)
    assert copy_edges(wherry, workspace, old.url, new.url)["inserted"] == len(expected)
    assert copied_text(new) == expected and types(new) == types(old)
    assert run(wherry)[0]["edge"]["unchanged"] == len(expected)
    copy_edges(wherry, workspace, old.url, "sqlite:between.db", code=1)
    refused = {int(key) for (key,) in workspace.sql("between.db").rows(
        "SELECT key FROM wherry_failure")}
    assert refused == {row for row, _, *value in edges.values() if tuple(value) in edges.NOT_IN_SQLITE}
    assert run(wherry, code=1)[0]["edge"]["unchanged"] == len(expected) - len(refused)
    copy_edges(wherry, workspace, "sqlite:between.db", back.url)
    assert copied_text(back) == [line for row, line in enumerate(expected) if row not in refused]
    _, *others = types(old, what=BASE)  # the first is the row's number in SQLite
    assert types(back) == ["bigint", *(WIDER.get(kind, kind) for kind in others)]


# ---- what a role needs -----------------------------------------------------------------------------------

def test_the_grants_of_the_documentation_are_enough(wherry, workspace, old, copied):
    role = f"reader_{os.getpid()}"
    old.script(f"CREATE ROLE {role} LOGIN; REVOKE CONNECT ON DATABASE {old.name} FROM PUBLIC;"
               "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    set_up(workspace, old, copied)
    path = workspace / "copy.yaml"
    path.write_text(path.read_text().replace("user=postgres", f"user={role}", 1))
    try:
        for right in ("CONNECT ON DATABASE", "USAGE ON SCHEMA public", "SELECT ON "):
            told = wherry("plan", "copy.yaml").expect(3).err
            grant = re.search(f'GRANT {right}.* TO "?{role}"?', told)
            assert grant, told
            old.script(grant.group())
        assert run(wherry)[0]["t"]["inserted"] == COUNT
    finally:
        old.script(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_column_that_orders_the_rows_is_not_redacted(wherry, workspace, old, copied):
    old.script("CREATE TABLE person (email text PRIMARY KEY, number int NOT NULL)")
    workspace.write("copy.yaml", f"""
        wherry: 1
        name: copy
        source: "{old.url}"
        destination: "{copied.url}"
        items:
          person:
            from: person
            key: number
            into: person
            create: true
            redact: email
            map: {{ "*": same }}
    """)
    refused = wherry("run", "copy.yaml").expect(2).err
    assert "column 'email' would be redacted, but the source is read in its order" in refused


@pytest.mark.parametrize("rows, size", [(3, "less than 1 MiB, "), (900, "1 MiB, "), (2300, "3 MiB, ")])
def test_the_plan_tells_the_size_of_a_table_as_it_is(wherry, workspace, old, copied, rows, size):
    old.script(f"TRUNCATE t; INSERT INTO t (id, name) SELECT n, repeat('x', 900) FROM "
               f"generate_series(1, {rows}) AS n; ANALYZE t")
    set_up(workspace, old, copied)
    assert f"about {rows} rows, {size}" in wherry("plan", "copy.yaml").expect(0).out


READS = {  # what the match value is made of: how often the source is read for it
    "id": 1,
    "id::bigint": 1,
    "id / 2": 2,
    "code::int": 2,
    "part::numeric(9,0)": 2,
}


@pytest.mark.parametrize("value", READS)
def test_a_source_whose_key_makes_items_distinct_is_read_once(wherry, workspace, postgres_host,
                                                              new_postgres, value):
    """What the server ran tells how often. Where a cast may make keys the same, the survey decides."""
    key = re.match(r"\w+", value).group()
    old = new_postgres().script(
        "CREATE TABLE distinct_items (id int PRIMARY KEY, code text UNIQUE, part numeric UNIQUE);"
        "INSERT INTO distinct_items SELECT i + 2, repeat('0', i % 2) || i / 2, i / 2.0 + 0.6 "
        "FROM generate_series(0, 11) i")
    old.script(f"ALTER DATABASE {old.name} SET log_statement = 'all'")
    copied = new_postgres().script("CREATE TABLE copied (id numeric PRIMARY KEY)")
    if READS[value] == 1:
        copied.script("ALTER TABLE copied ALTER id TYPE bigint")
    write_copy(workspace, old.url, copied.url, "  d: { from: distinct_items, "
               f"key: {key}, into: copied, map: {{ id: '{value}' }} }}\n")
    log = pathlib.Path(postgres_host, "log")
    before = log.stat().st_size
    counts, _ = run(wherry, code=READS[value] - 1)
    same = 0 if READS[value] == 1 else 6
    assert (counts["d"]["inserted"], counts["d"]["rejected"]) == (12 - same, same)
    said = log.read_bytes()[before:].decode()
    assert said.count("COPY (SELECT") == READS[value]


def test_a_failure_limit_in_percent_is_one_of_all_records(wherry, workspace, old, copied):
    """A tenth of them is refused, all in the first of four groups: how many there are is known before."""
    write_copy(workspace, old.url, copied.url, f"""\
  t: {{ from: t, {MAP}, expect: [check: id > {COUNT * 3 // 10}] }}
limits: {{ group: 500 }}
""")
    stopped, _ = run(wherry, "--max-failures", "9%", code=4)
    assert stopped["t"]["rejected"] == COUNT // 10 and stopped["t"]["read"] < COUNT
    read, _ = run(wherry, "--restart", "--max-failures", "11%", code=1)
    assert read["t"]["rejected"] == COUNT // 10 and read["t"]["read"] == COUNT


def test_corrected_rejects_of_the_first_item_type_are_read_beside_the_others(
        wherry, workspace, old, copied):
    """The others are read at the moment of the first: of its source, not of what stands in its place."""
    copied.script("CREATE TABLE other (id int PRIMARY KEY)")
    items = (f"  t: {{ {SOURCES['number']}, {MAP},\n"
             "    clean: [{ name: no, when: id = 6, reject: not this one }] }\n"
             "  u: { from: u, key: id, into: other, map: { id: id } }\n")
    write_copy(workspace, old.url, copied.url, items)
    assert run(wherry, code=1)[0]["t"]["rejected"] == 1
    extract = wherry("log", "copy.yaml", "t", "--rejected", "--export", "csv").expect(0).out
    workspace.write("fixed.csv", extract.encode())
    write_copy(workspace, old.url, copied.url, items.replace("id = 6", "id = 66666"))
    assert run(wherry, "t", "--from", "fixed.csv")[0]["t"]["inserted"] == 1
    assert copied.value("SELECT name FROM copied WHERE id = 6") == old.value("SELECT name FROM t WHERE id = 6")
