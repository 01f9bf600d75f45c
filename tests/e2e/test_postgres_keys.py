# SPDX-License-Identifier: Apache-2.0
"""Rows are found again by keys of any type that PostgreSQL has an index for."""
import json

import pytest
from conftest import sum_closes

KEYS = {
    "whole": ("bigint", ["-1", "0", "9223372036854775807"]),
    "exact": ("numeric", ["1.50", "2", "NaN"]),
    "double": ("double precision", ["1.5", "NaN", "-Infinity"]),
    "fixed": ("char(3)", ["a", "b ", "c"]),
    "caseless": ("text COLLATE caseless", ["a", "B", "c"]),
    "labels": ("mood", ["low", "high", "odd"]),
    "checked": ("positive", ["1", "2", "3"]),
    "twice": ("small", ["1", "2", "3"]),
    "ident": ("uuid", [f"00000000-0000-0000-0000-00000000000{n}" for n in range(3)]),
    "day": ("date", ["2020-01-01", "infinity", "0044-03-15 BC"]),
    "moment": ("timestamptz", ["2020-01-01 00:00:00+00", "infinity", "-infinity"]),
    "address": ("inet", ["1.2.3.4", "::1", "10.0.0.0/8"]),
    "raw": ("bytea", [r"\x", r"\x00", r"\xff"]),
    "flags": ("bit(3)", ["101", "111", "000"]),
    "list": ("int[]", ["{}", "{1}", "{3,4}"]),
    "lists": ("text[]", ["{a}", "{{a,b},{c,d}}", "{NULL}"]),
    "span": ("int4range", ["[1,3)", "[4,6)", "empty"]),
    "couple": ("pair", ["(1,a)", "(2,b)", '(3,"c d")']),
    "chosen": ("choice", ["low", "high", "odd"]),
    "chosen_list": ("listed", ["{}", "{1}", "{3,4}"]),
    "chosen_span": ("spanned", ["[1,3)", "[4,6)", "empty"]),
    "numbers": ("int2vector", ["", "1", "1 2"]),
    "price": ("money", ["$1.00", "$2.00", "$3.00"]),
}
TYPES = """
    CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('low', 'high', 'odd'); CREATE TYPE pair AS (x int, y text);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN small AS positive CHECK (VALUE < 10);
    CREATE DOMAIN choice AS mood; CREATE DOMAIN listed AS int[]; CREATE DOMAIN spanned AS int4range;
"""


@pytest.fixture
def source(new_postgres, workspace):
    """A table for each type, and a migration of all of them into empty ones."""
    here, there = new_postgres().script(TYPES), new_postgres().script(TYPES)
    items = ""
    for table, (kind, keys) in KEYS.items():
        rows = ", ".join(f"('{key}', {number})" for number, key in enumerate(keys))
        for database in here, there:
            database.script(f"CREATE TABLE {table} (k {kind} PRIMARY KEY, v int)")
        here.script(f"INSERT INTO {table} VALUES {rows}")
        items += f"  {table}: {{ from: {table}, key: k, into: {table}, map: {{ '*': same }} }}\n"
    workspace.write("keys.yaml", f"wherry: 1\nname: keys\nsource: {json.dumps(here.url)}\n"
                                 f"destination: {json.dumps(there.url)}\nitems:\n{items}")
    here.destination = there
    return here


def run(wherry, *options):
    document = wherry("run", "keys.yaml", "--workers", "1", "--json", *options).expect(0).json()
    return {item["item"]: sum_closes(item["counts"]) for item in document["items"]}


def test_rows_are_found_by_keys_of_any_type(wherry, source):
    assert {name: counts["inserted"] for name, counts in run(wherry).items()} == dict.fromkeys(KEYS, 3)
    for table in KEYS:
        source.script(f"UPDATE {table} SET v = v + 10 WHERE v > 0")
        source.destination.script(f"DELETE FROM {table} WHERE v = 2")
    found = {name: (counts["unchanged"], counts["updated"], counts["inserted"])
             for name, counts in run(wherry).items()}
    assert found == dict.fromkeys(KEYS, (1, 1, 1))
    for table in KEYS:
        assert source.destination.dump(table) == source.dump(table)


# ---- unique indexes that are no keys -------------------------------------------------------------------

OWN_INDEXES = {
    "text": "k", "text COLLATE caseless": "k", 'text COLLATE "C"': 'k COLLATE "C"', "char(3)": "k bpchar_pattern_ops",
    "varchar(9)": "k", "varchar": "k text_ops", "varchar(8)": "k varchar_ops", "varchar(7)": "k varchar_pattern_ops",
    "text COLLATE pg_catalog.ucs_basic": "k text_pattern_ops", "name": "k", "name[]": "k", "cidr": "k", "inet": "k cidr_ops",
    "mood": "k", "mood[]": "k", "pair": "k", "pair[]": "k", "positive": "k", "small": "k int4_ops", "int4range": "k",
    "int4multirange": "k", "regclass": "k", "jsonb": "k", "bit varying": "k", "word": "k text_pattern_ops", "timestamp(0)": "k DESC",
}
WORD = "CREATE DOMAIN word AS varchar COLLATE \"C\" CHECK (VALUE <> '');"


def write_keyed(workspace, source, destination, tables, match="match: k, "):
    items = "".join(f"  {table}: {{ from: {table}, key: k, into: {table}, {match}map: {{ '*': same }} }}\n" for table in tables)
    workspace.write("keys.yaml", f"wherry: 1\nname: keys\nsource: {json.dumps(source.url)}\n"
                                 f"destination: {json.dumps(destination.url)}\nitems:\n{items}")


def test_a_unique_index_of_the_columns_own_equality_is_a_key(wherry, workspace, new_postgres):
    here, there = new_postgres().script(TYPES + WORD), new_postgres().script(TYPES + WORD)
    for number, (kind, columns) in enumerate(OWN_INDEXES.items()):
        for database in here, there:
            database.script(f"CREATE TABLE t{number} (k {kind}, v int); CREATE UNIQUE INDEX ON t{number} ({columns}) INCLUDE (v)")
    there.script("ALTER TABLE t0 RENAME TO old; CREATE TABLE t0 (k text, v int) PARTITION BY LIST (k);"
                 "CREATE TABLE part PARTITION OF t0 DEFAULT; CREATE UNIQUE INDEX ON t0 (k)")
    write_keyed(workspace, here, there, [f"t{number}" for number in range(len(OWN_INDEXES))])
    wherry("plan", "keys.yaml").expect(0)


def is_refused(wherry, workspace, source, postgres, kind, columns):
    postgres.script(f"CREATE TABLE thing (k {kind}, v int); CREATE UNIQUE INDEX ON thing ({columns})")
    source.script("CREATE TABLE thing (k text PRIMARY KEY, v int)")
    write_keyed(workspace, source, postgres, ["thing"])
    result = wherry("run", "keys.yaml").expect(2)
    assert "'match' must be the columns of the primary key or of a unique key of 'thing', and (k) is not" in result.err
    # Another index, of the column's own equality, makes it one.
    postgres.script("CREATE UNIQUE INDEX ON thing (k)")
    assert run(wherry)["thing"]["read"] == 0


@pytest.mark.parametrize("kind, columns", [
    ("text COLLATE caseless", 'k COLLATE "C"'),
    ("text", 'k COLLATE "C"'),  # of the same equality, but comparisons of the column's could not use it
    ('varchar COLLATE "C"', "k COLLATE caseless"),
    ("text", "k bpchar_ops"),
    ("varchar", "k bpchar_ops"),
    ("pair", "k record_image_ops"),
    ("word", 'k COLLATE "POSIX"'),
])
def test_a_unique_index_of_another_equality_is_no_key(wherry, workspace, new_postgres, kind, columns):
    is_refused(wherry, workspace, new_postgres(), new_postgres().script(TYPES + WORD), kind, columns)


@pytest.mark.parametrize("kind", ["citext", "label"])
def test_citext_is_not_found_by_an_index_of_text(wherry, workspace, new_postgres, postgres, kind):
    if not postgres.value("SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'"):
        pytest.skip("the server has no extension citext")
    postgres.script("CREATE EXTENSION citext; CREATE DOMAIN label AS citext")
    is_refused(wherry, workspace, new_postgres(), postgres, kind, "k text_ops")
    postgres.script("DROP TABLE thing; CREATE TABLE thing (k citext, v int); CREATE UNIQUE INDEX ON thing (k citext_pattern_ops)")
    wherry("plan", "keys.yaml").expect(0)


@pytest.mark.parametrize("kind", ["text COLLATE caseless", "citext"])
def test_a_source_whose_unique_index_is_no_key_is_read_by_the_key_that_is_named(wherry, workspace, new_postgres, postgres, kind):
    here = new_postgres().script(TYPES)
    if not here.value("SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'"):
        pytest.skip("the server has no extension citext")
    columns = "k text_ops" if kind == "citext" else 'k COLLATE "C"'
    here.script(f"""CREATE EXTENSION citext; CREATE TABLE thing (k {kind} NOT NULL, v int); CREATE UNIQUE INDEX ON thing ({columns});
        INSERT INTO thing SELECT c || i, i FROM generate_series(1, 1000) i, (VALUES ('k'), ('K')) AS letters (c)""")
    postgres.script("CREATE TABLE thing (k text PRIMARY KEY, v int)")
    write_keyed(workspace, here, postgres, ["thing"], match="")
    assert run(wherry)["thing"]["inserted"] == 2000
    here.script("UPDATE thing SET v = v + 10 WHERE k::text COLLATE \"C\" = 'k5'")
    counts = run(wherry)["thing"]
    assert (counts["updated"], counts["unchanged"]) == (1, 1999)
    assert postgres.rows("SELECT k, v FROM thing WHERE lower(k) = 'k5' ORDER BY k COLLATE \"C\"") == [("K5", 5), ("k5", 15)]
    document = wherry("run", "keys.yaml", "--id", "K7", "--json").expect(0).json()
    assert document["items"][0]["counts"]["unchanged"] == 1


# ---- statistics of an empty table ------------------------------------------------------------------------

# What makes keys of numbers, for types whose values have no form of their own.
MADE = {
    "address": ("inet", "'10.0.0.0'::inet + n"),
    "span": ("int4range", "int4range(n, n + 1)"),
    "couple": ("pair", "ROW(n, 'x')::pair"),
    "list": ("int[]", "ARRAY[n, 7]"),
    "chosen_list": ("listed", "ARRAY[n]"),
    "chosen_span": ("spanned", "int4range(n, n + 1)"),
}


def test_a_table_that_seems_empty_is_looked_up_in_by_keys_of_any_type(wherry, workspace, new_postgres):
    """The server's statistics are of the time when the table's rows were gone: each row is looked up in the index all the same,
    be it read or written."""
    count = 1000
    here, there = new_postgres().script(TYPES), new_postgres().script(TYPES)
    for table, (kind, key) in MADE.items():
        for database in here, there:
            database.script(f"CREATE TABLE {table} (k {kind} PRIMARY KEY, v int)")
        here.script(f"INSERT INTO {table} SELECT {key}, n FROM generate_series(1, {count}) AS n")
    write_keyed(workspace, here, there, MADE, match="")

    def lookups(*options):
        run(wherry, *options)
        found = {}
        for table in MADE:
            there.rows_read(table)  # waits for the counts
            found[table] = there.value(f"SELECT idx_scan::int FROM pg_stat_user_indexes WHERE relname = '{table}'")
        return found

    lookups()
    for table in MADE:
        there.outside(f"DELETE FROM {table}").outside(f"ANALYZE {table}")
    before = lookups()
    compared = lookups("--compare-all")
    for table in MADE:
        here.script(f"UPDATE {table} SET v = v + {count}")
    updated = lookups()
    assert {table for table in MADE if compared[table] - before[table] < count} == set()
    assert {table for table in MADE if updated[table] - compared[table] < 2 * count} == set()
    for table in MADE:
        assert there.dump(table) == here.dump(table)
