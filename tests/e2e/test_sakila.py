# SPDX-License-Identifier: Apache-2.0
"""Sakila, as PostgreSQL dumps it: every value of its 15 tables arrives as COPY's own rules have it.

The dump stands beside the checkout; without it the test skips.
"""
import re

from conftest import sum_closes

COPY = re.compile(r"^COPY public\.(\w+) \(([^)]*)\) FROM stdin;\n(.*?)^\\\.$", re.M | re.S)
KEY = re.compile(r"ADD CONSTRAINT (\w+)_pkey PRIMARY KEY \(([^)]*)\)")
LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.S)

ITEM = """
  {table}:
    from: {table}.txt
    format: {{ dialect: postgres-text, columns: [{columns}] }}
    key: [{key}]
    into: {table}
    create: true
    map: {{ "*": same }}
"""


def value(cell):
    """A cell of COPY's text format."""
    def plain(found):
        octal, hexadecimal, letter = found.groups()
        if octal or hexadecimal:
            return chr(int(octal, 8) if octal else int(hexadecimal, 16))
        return LETTERS.get(letter, letter)
    return None if cell == "\\N" else ESCAPE.sub(plain, cell)


def test_every_value_of_sakila_arrives(wherry, workspace, shared_data):
    folder = shared_data / "sakila"
    dump = (folder / "postgres-sakila-insert-data-using-copy.sql").read_bytes().decode()
    keys = dict(KEY.findall((folder / "postgres-sakila-schema.sql").read_text()))
    blocks = COPY.findall(dump)
    assert len(blocks) == 15
    items = ""
    for table, columns, lines in blocks:
        workspace.write(f"{table}.txt", lines.encode())
        items += ITEM.format(table=table, columns=columns, key=keys[table])
    workspace.write("sakila.yaml", (
        "wherry: 1\nname: sakila\nsource: .\ndestination: sqlite:sakila.db\nitems:" + items).encode())
    document = wherry("run", "sakila.yaml", "--json").expect(0).json()
    total = 0
    for item, (table, columns, lines) in zip(document["items"], blocks):
        expected = [tuple(value(cell) for cell in line.split("\t")) for line in lines.split("\n")[:-1]]
        assert {len(row) for row in expected} == {len(columns.split(","))}
        assert sum_closes(item["counts"])["inserted"] == len(expected)
        found = workspace.sql("sakila.db").rows(f"SELECT {columns} FROM {table}")
        key = [columns.split(", ").index(name) for name in keys[table].split(", ")]

        def of_row(row, key=key):
            return [row[at] for at in key]
        assert sorted(found, key=of_row) == sorted(expected, key=of_row)
        total += len(expected)
    assert total == 46273
