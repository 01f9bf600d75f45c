# SPDX-License-Identifier: Apache-2.0
"""SQLite as a source: every value arrives as it is, or is refused with its place."""
import json
import shutil

import pytest
from conftest import sum_closes, thinned

HEAD = "wherry: 1\nname: copy\nsource: sqlite:old.db\ndestination: sqlite:new.db\nitems:\n"


def run(wherry, *args, code=0):
    """The run's items by name."""
    document = wherry("run", "copy.yaml", *args, "--json").expect(code).json()
    items = {item["item"]: sum_closes(item["counts"]) for item in document["items"]}
    return items, document


def write_copy(workspace, database, tables=None):
    """A migration that copies whole tables, each by its primary key; the tables."""
    rows = database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                         "name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name")
    names = tables or [name for (name,) in rows]
    text = HEAD
    for name in names:
        key = [column for (column,) in database.rows(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (name,))]
        text += (f"  {json.dumps(name)}: {{ from: {json.dumps(name)}, key: {json.dumps(key)}, "
                 f"into: {json.dumps(name)}, create: true, map: {{ \"*\": same }} }}\n")
    workspace.write("copy.yaml", text)
    return names


def values(database, table, mend=lambda name, value: value):
    """All rows with their storage classes, in the order of the row numbers."""
    columns = [name for (name,) in database.rows("SELECT name FROM pragma_table_info(?)", (table,))]
    listed = ", ".join(f'"{name}", typeof("{name}")' for name in columns)
    found = database.rows(f'SELECT {listed} FROM "{table}"')
    return sorted([tuple((mend(columns[i // 2], row[i]), row[i + 1])
                         for i in range(0, len(row), 2)) for row in found], key=repr)


def test_chinook_arrives_value_for_value(wherry, workspace, shared_data):
    shutil.copyfile(shared_data / "chinook" / "Chinook_Sqlite.sqlite", workspace / "old.db")
    old, new = workspace.sql("old.db"), workspace.sql("new.db")
    names = write_copy(workspace, old)
    assert len(names) == 11
    items, _ = run(wherry)
    for name in names:
        assert items[name]["inserted"] == items[name]["read"] == old.value(
            f'SELECT count(*) FROM "{name}"')
        assert values(new, name) == values(old, name)
    items, _ = run(wherry)
    assert all(counts["unchanged"] == counts["read"] for counts in items.values())


def test_a_new_column_is_made_as_its_source_unless_a_type_is_asked_for(wherry, workspace):
    workspace.sql("old.db").script(
        'CREATE TABLE t (id INTEGER PRIMARY KEY, "a ""b" TEXT "jsonb"); INSERT INTO t VALUES (1, \'[1]\')')
    name = '"a ""b"'
    targets = {"kept": name, "spaced": f" {name} ", "asked": f"{name}::text", "quoted": f'{name}::"text"'}
    workspace.write("copy.yaml", HEAD + "  t: { from: t, key: id, into: t, create: true, map: "
                    + json.dumps({"id": "id", **targets}) + " }\n")
    run(wherry)
    declared = dict(workspace.sql("new.db").rows("SELECT name, type FROM pragma_table_info('t')"))
    assert declared["kept"] == declared["spaced"] == 'TEXT "jsonb"'
    assert declared["asked"] == declared["quoted"] == "TEXT"


@pytest.fixture
def northwind(workspace, shared_data):
    """Northwind in old.db, made in one transaction: there are thousands of statements."""
    script = (shared_data / "northwind" / "create.sql").read_text()
    return workspace.sql("old.db").script(f"BEGIN;{script};COMMIT;")


def test_northwind_arrives_value_for_value(wherry, workspace, northwind):
    old, new = northwind, workspace.sql("new.db")
    names = write_copy(workspace, old)
    assert len(names) == 13
    items, _ = run(wherry)

    def mend(name, value):
        # The one difference: a timestamp needs no ".000".
        is_time = name in ("OrderDate", "RequiredDate", "ShippedDate") and value is not None
        return value.removesuffix(".000") if is_time else value
    for name in names:
        assert items[name]["inserted"] == old.value(f'SELECT count(*) FROM "{name}"')
        assert values(new, name) == values(old, name, mend)


def test_views_of_northwind_are_read(wherry, workspace, northwind):
    old = northwind
    workspace.write("copy.yaml", HEAD + """\
  subtotal: { from: Order Subtotals, key: OrderID, into: subtotal, create: true,
              map: { OrderID: OrderID, Subtotal: "Subtotal::double precision" } }
""")
    items, _ = run(wherry)
    assert items["subtotal"]["inserted"] == old.value('SELECT count(*) FROM "Order Subtotals"')
    assert (workspace.sql("new.db").rows("SELECT * FROM subtotal ORDER BY 1") ==
            old.rows('SELECT OrderID, Subtotal FROM "Order Subtotals" ORDER BY 1'))


def test_naughty_strings_arrive_as_they_are(wherry, workspace, shared_data):
    strings = json.loads((shared_data / "edge" / "blns" / "blns.json").read_text())
    old = workspace.sql("old.db").script("CREATE TABLE naughty (id INTEGER PRIMARY KEY, s TEXT)")
    old._run(lambda connection: connection.executemany(
        "INSERT INTO naughty VALUES (?, ?)", enumerate(strings)))
    write_copy(workspace, old)
    items, _ = run(wherry)
    assert items["naughty"]["inserted"] == len(strings) > 400
    assert [text for (text,) in workspace.sql("new.db").rows(
        "SELECT s FROM naughty ORDER BY id")] == strings


BAD = """
CREATE TABLE item (id INTEGER PRIMARY KEY, qty INTEGER, born DATE, name TEXT);
INSERT INTO item VALUES (1, 1, '2020-01-31', 'good'), (7, 'n/a', NULL, NULL),
 (8, NULL, '31.1.2020', NULL), (9, NULL, NULL, CAST(x'61ff' AS TEXT)), (10, 2, NULL, 'good, too');
"""


def test_what_cannot_be_carried_is_rejected_with_its_row_number(wherry, workspace):
    write_copy(workspace, workspace.sql("old.db").script(BAD))
    items, _ = run(wherry, code=1)
    assert items["item"]["inserted"] == 2 and items["item"]["rejected"] == 3
    found = workspace.sql("new.db").rows(
        "SELECT place, stage, message, raw FROM wherry_failure ORDER BY id")
    assert [place for place, *_ in found] == ["item rowid 7", "item rowid 8", "item rowid 9"]
    assert found[0][1:3] == ("read", "column 'qty' is declared INTEGER and holds text that is no "
                             "value of that type; a 'query' with CAST(… AS TEXT) carries it")
    assert "not UTF-8 (0xFF at byte 2)" in found[2][2]
    assert found[0][3] == "bi9h" and found[2][3] == "Yf8="
    # As the message says.
    workspace.write("copy.yaml", HEAD + """\
  item:
    query: SELECT id, CAST(qty AS TEXT) AS qty, CAST(born AS TEXT) AS born, hex(name) AS name FROM item
    key: id
    into: all_of_it
    create: true
    map: { "*": same }
""")
    items, _ = run(wherry)
    assert items["item"]["inserted"] == 5
    assert workspace.sql("new.db").rows("SELECT * FROM all_of_it WHERE id > 7 ORDER BY 1") == [
        (8, None, "31.1.2020", ""), (9, None, None, "61FF"), (10, "2", None, "676F6F642C20746F6F")]


def test_typed_columns_go_through_rules_expressions_and_log(wherry, workspace):
    workspace.sql("old.db").script(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, born DATE, balance NUMERIC, vip BOOLEAN, "
        "photo BLOB);"
        "INSERT INTO person VALUES (1, '2000-02-29', 10.25, 1, x'00ff'), (2, NULL, 0.5, 0, NULL),"
        " (3, '1999-12-31', -1, 1, x'01'), (4, '1999-12-31', 7, 0, x'02')")
    workspace.write("copy.yaml", HEAD + """\
  person:
    from: person
    key: id
    into: person
    create: true
    where: id <> 4
    clean:
      - { name: no debts, when: balance < 0, set: { balance: balance * -2, born: "DATE '1970-01-01'" } }
      - { name: no photo, when: photo IS NULL, reject: no photo }
    map:
      id: id
      year: extract(year FROM born)::int
      next: born + 1
      double: balance * 2
      vip: NOT vip
      photo: photo
""")
    items, _ = run(wherry, code=1)
    assert items["person"]["inserted"] == 2
    assert items["person"]["rejected"] == 1 and items["person"]["skipped"] == 1
    new = workspace.sql("new.db")
    assert new.rows("SELECT * FROM person ORDER BY id") == [
        (1, 2000, "2000-03-01", 20.5, 0, b"\x00\xff"), (3, 1970, "1970-01-02", 4, 0, b"\x01")]
    failure, = new.rows("SELECT key, place, source FROM wherry_failure")
    assert failure[:2] == ("2", "person rowid 2")
    assert json.loads(failure[2]) == {"id": "2", "born": None, "balance": "0.5", "vip": "f",
                                      "photo": None}
    first = wherry("log", "copy.yaml", "person", "--id", "3", "--json").expect(0).ndjson()[0]
    assert first["source"] == {"id": "3", "born": "1999-12-31", "balance": "-1", "vip": "t",
                               "photo": "\\x01"}
    trace = wherry("run", "copy.yaml", "--id", "3", "--trace").expect(0)
    shown = trace.out + trace.err
    assert "record at person rowid 3" in shown and "balance: '-1'" in shown
    assert "born: '1970-01-01'" in shown
    skipped = [entry for entry in wherry("log", "copy.yaml", "--run", 1, "--json").ndjson()
               if entry.get("status") == "skipped"]
    assert [entry["key"] for entry in skipped] == ["4"]


def test_a_date_written_in_another_way_is_the_same_value(wherry, workspace):
    """In the log, and in the hash by which unchanged items are known."""
    old = workspace.sql("old.db")
    forms = [("2020-01-31", "2020-01-31 00:00:00.000"), ("2020-01-31 12:34:56", "2020-01-31T12:34:56.000"),
             (None, None), ("2020-01-31 12:34:56.5+00", "2020-01-31 13:34:56.50+01:00"),
             ("infinity", "infinity"), ("24:00:00", "24:00:00"), ("12:34:00", "12:34")]
    types = ("date", "timestamp", "date", "timestamptz", "date", "time", "time")
    columns = [f"c{i}" for i in range(len(types))]
    old.script(f"CREATE TABLE day (id INTEGER PRIMARY KEY, {', '.join(map(' '.join, zip(columns, types)))})")
    for id, which in ((1, 0), (2, 1)):
        old.rows(f"INSERT INTO day VALUES ({id}{', ?' * len(types)})", [form[which] for form in forms])
    old.script("INSERT INTO day (id) VALUES (3)")
    write_copy(workspace, old)
    assert run(wherry)[0]["day"]["inserted"] == 3
    expected = dict(zip(columns, (form[0] for form in forms)))
    for id in ("1", "2"):
        entry, = wherry("log", "copy.yaml", "day", "--id", id, "--json").expect(0).ndjson()
        assert entry["source"] == entry["after"] == {"id": id} | expected
    entry, = wherry("log", "copy.yaml", "day", "--id", "3", "--json").expect(0).ndjson()
    assert entry["source"] == {"id": "3"} | dict.fromkeys(columns)
    old.script("".join(f"UPDATE day SET {column} = (SELECT {column} FROM day WHERE id = 2) WHERE id = 1;"
                       for column in columns))
    workspace.sql("new.db").script("UPDATE day SET c0 = '1999-01-01' WHERE id = 1")
    # Trusted to be what it was, and so not compared with what somebody made of it.
    assert run(wherry, "--trust-ledger")[0]["day"]["unchanged"] == 3


def test_the_first_records_of_a_query_can_be_tried(wherry, workspace):
    workspace.sql("old.db").script(
        "CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)")
    workspace.write("copy.yaml", HEAD + """\
  t: { query: SELECT a FROM t ORDER BY a DESC, key: a, into: t, create: true, map: { "*": same } }
""")
    items, _ = run(wherry, "--limit", 2)
    assert items["t"]["inserted"] == 2
    assert workspace.sql("new.db").dump("t") == [(2,), (3,)]


NUMBERED = """CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER, name TEXT);
INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT i, i * 2, 'row ' || i FROM n WHERE i % 10 > 0;"""


def counted(counts):
    return {name: count for name, count in counts.items() if count > 0}


BY_NUMBER = ("  t: { from: t, key: number, into: t, create: true, "
             "map: { number: number, name: \"coalesce(name, 'x')\" }, expect: [ check: name <> 'bad' ] }\n")


def test_a_table_that_is_cut_unread_is_counted_while_its_keys_are_followed(wherry, workspace):
    workspace.sql("old.db").script(NUMBERED)
    workspace.write("copy.yaml", HEAD + BY_NUMBER)
    items, document = run(wherry)
    assert counted(items["t"]) == {"read": 18000, "inserted": 18000}
    assert document["items"][0]["survey_seconds"] < 0.001
    assert workspace.sql("new.db").value("SELECT sum(number) FROM t") == workspace.sql("old.db").value(
        "SELECT sum(number) FROM t")


def test_in_a_table_that_is_cut_unread_the_first_of_a_repeated_key_wins(wherry, workspace):
    workspace.sql("old.db").script(NUMBERED + "UPDATE t SET number = 20 + number % 10 WHERE id > 19997")
    workspace.write("copy.yaml", HEAD + BY_NUMBER)
    items, document = run(wherry, code=1)
    assert counted(items["t"]) == {"read": 18000, "inserted": 17998, "rejected": 2}
    assert document["items"][0]["survey_seconds"] > 0
    assert workspace.sql("new.db").value("SELECT name FROM t WHERE number = 26") == "row 13"


def test_limits_hold_for_a_table_that_is_cut_unread(wherry, workspace):
    workspace.sql("old.db").script(NUMBERED + "UPDATE t SET name = 'bad' WHERE id > 16000 AND id % 10 < 6")
    workspace.write("copy.yaml", HEAD + BY_NUMBER)
    items, _ = run(wherry, "--limit", "17", "--workers", "2")
    assert counted(items["t"]) == {"read": 17, "inserted": 17}
    assert workspace.sql("new.db").value("SELECT max(number) FROM t") == 36
    items, _ = run(wherry, "--max-failures", "12%", code=1)
    assert items["t"]["rejected"] == 2000 and items["t"]["unchanged"] == 17
    run(wherry, "--max-failures", "5%", "--restart", code=4)


def test_repeated_keys_of_a_query_lose_to_the_first(wherry, workspace):
    workspace.sql("old.db").script(
        "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (1, 'z')")
    workspace.write("copy.yaml", HEAD + """\
  t: { query: "SELECT a, b FROM t ORDER BY b", key: a, into: t, create: true, map: { "*": same } }
""")
    items, _ = run(wherry, code=1)
    assert items["t"]["inserted"] == 2 and items["t"]["rejected"] == 1
    message, place = workspace.sql("new.db").rows("SELECT message, place FROM wherry_failure")[0]
    assert "the query row 1" in message and place == "the query row 3"


COUNT = 5000
POINTS = ["survey.done", "group.claimed", "group.written", "group.committed", "chunk.done"]
SOURCES = {
    "rowid": "from: t",
    "key": "from: u",
    "scan": "query: 'SELECT id, name, born FROM t ORDER BY name'",
}
FILLED = f"""
CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, born DATE);
INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {COUNT})
  SELECT i * 3, 'name ' || (i * 7919 % 10007), CASE i % 100 WHEN 5 THEN 'x' ELSE '2020-01-31' END
  FROM n;
CREATE TABLE u (id INTEGER, name TEXT, born DATE, PRIMARY KEY (name, id)) WITHOUT ROWID;
INSERT INTO u SELECT * FROM t;
"""


def set_up(workspace, source):
    for name in ("old.db", "new.db", "new.db-wal", "new.db-shm"):
        (workspace / name).unlink(missing_ok=True)
    workspace.write("copy.yaml", HEAD + f"""\
  t: {{ {source}, key: id, into: t, create: true, map: {{ "*": same }} }}
limits: {{ group: 500 }}
""")
    return workspace.sql("old.db").script(FILLED)


def kill_at(wherry, point):
    return wherry.is_killed(point, "run", "copy.yaml")


@pytest.fixture(scope="module")
def undisturbed():
    """The rows that a run which nobody disturbs leaves behind, by the kind of source."""
    return {}


# Under a sanitizer each point once, and with it each kind of source in turn.
KILLS = thinned([(source, point) for point in POINTS for source in SOURCES],
                lambda source, point:
                list(SOURCES).index(source) == POINTS.index(point) % len(SOURCES))


@pytest.mark.parametrize("source,point", KILLS)
def test_a_kill_leaves_nothing_undone(wherry, workspace, has_crash_points, undisturbed, source,
                                      point):
    if source not in undisturbed:
        set_up(workspace, SOURCES[source])
        run(wherry, code=1)
        undisturbed[source] = workspace.sql("new.db").dump("t")
    expected = undisturbed[source]
    assert len(expected) == COUNT - COUNT // 100
    set_up(workspace, SOURCES[source])
    if not kill_at(wherry, f"{point}:2") and source != "scan":
        assert kill_at(wherry, point) or point == "survey.done"
    items, _ = run(wherry, code=1)
    assert items["t"]["read"] == COUNT and items["t"]["rejected"] == COUNT // 100
    assert workspace.sql("new.db").dump("t") == expected
    items, _ = run(wherry, code=1)
    assert items["t"]["unchanged"] == len(expected)


@pytest.mark.parametrize("source", SOURCES)
def test_a_killed_run_is_gone_on_with(wherry, workspace, has_crash_points, source):
    set_up(workspace, SOURCES[source])
    assert kill_at(wherry, "group.committed:3")
    items, document = run(wherry, code=1)
    assert document["resumed"] and document["run"] == 1
    assert items["t"]["read"] == COUNT


def test_a_changed_database_is_started_anew(wherry, workspace, has_crash_points):
    old = set_up(workspace, SOURCES["rowid"])
    assert kill_at(wherry, "group.committed:3")
    old.script("UPDATE t SET name = 'changed' WHERE id = 3")
    _, document = run(wherry, code=1)
    assert not document["resumed"] and document["run"] == 2
    assert workspace.sql("new.db").value("SELECT name FROM t WHERE id = 3") == "changed"


def test_a_database_cannot_be_source_and_destination_at_once(wherry, workspace):
    workspace.sql("old.db").script("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    workspace.write("copy.yaml", HEAD.replace("new.db", "old.db") + """\
  t: { from: t, key: a, into: u, create: true, map: { a: a } }
""")
    result = wherry("run", "copy.yaml")
    assert result.code not in (0, 70)
    assert "where it is the destination, too, read a copy of it" in result.err


@pytest.mark.workers
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_number_of_workers_changes_nothing(wherry, workspace, workers):
    set_up(workspace, SOURCES["key"])
    run(wherry, "--workers", "1", code=1)
    expected = workspace.sql("new.db").dump("t")
    set_up(workspace, SOURCES["key"])
    run(wherry, "--workers", str(workers), code=1)
    assert workspace.sql("new.db").dump("t") == expected


def test_a_source_is_left_as_it_is(wherry, workspace):
    old = set_up(workspace, SOURCES["rowid"])
    before = (workspace / "old.db").read_bytes()
    run(wherry, code=1)
    assert (workspace / "old.db").read_bytes() == before
    assert not (workspace / "old.db-wal").exists() and not (workspace / "old.db-shm").exists()
    assert old.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'wherry%'") == 0


def test_what_is_redacted_stands_in_no_reason_and_orders_no_rows(wherry, workspace):
    workspace.sql("old.db").script("CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT, n INTEGER);"
                                   "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 'topsecret');")
    item = '  t: {{ {}, key: code, into: t, create: true, redact: {}, map: {{ "*": same }} }}\n'
    workspace.write("copy.yaml", HEAD + item.format("from: t", "n"))
    items, _ = run(wherry, code=1)
    assert items["t"]["rejected"] == 1
    log = wherry("log", "copy.yaml", "--rejected").expect(0).out
    assert "the reason would show a redacted value" in log and "topsecret" not in log
    assert all(b"topsecret" not in path.read_bytes() for path in workspace.folder.glob("new.db*"))
    workspace.write("copy.yaml", HEAD + item.format("from: t", "id"))
    refused = wherry("run", "copy.yaml").expect(2).err
    assert "column 'id' would be redacted, but the source is read in its order" in refused
    workspace.write("copy.yaml", HEAD + item.format('query: "SELECT id, code FROM t"', "id"))
    run(wherry)
