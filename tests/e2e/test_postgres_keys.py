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
    "price": ("money", ["$1.00", "$2.00", "$3.00"]),
}
TYPES = """
    CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('low', 'high', 'odd'); CREATE TYPE pair AS (x int, y text);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN small AS positive CHECK (VALUE < 10);
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


def run(wherry):
    document = wherry("run", "keys.yaml", "--workers", "1", "--json").expect(0).json()
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
