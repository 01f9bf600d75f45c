# SPDX-License-Identifier: Apache-2.0
"""Fixed width as a source: the census file, records without line ends, damaged files."""
import csv
import random

import pytest

from conftest import sum_closes

MIGRATION = """\
wherry: 1
name: m
source: .
destination: sqlite:m.db
items:
  thing:
    from: "{name}"
    format: {form}
    key: {key}
    into: thing
    map: {{ "*": same }}
"""


def migrate(wherry, workspace, name, columns, key, form, code=0):
    """Runs a migration of the files `name` into a new table of text columns; the item's result."""
    workspace.write("m.yaml", MIGRATION.format(name=name, form=form, key=key).encode())
    declared = ", ".join(f'"{column}" TEXT' for column in columns)
    (workspace / "m.db").unlink(missing_ok=True)
    workspace.sql("m.db").script(f'CREATE TABLE thing ({declared}, PRIMARY KEY ("{key}"))')
    item = wherry("run", "m.yaml", "--json").expect(code).json()["items"][0]
    assert item["sum_closes"]
    sum_closes(item["counts"])
    return item


def test_the_census_file_equals_its_csv(wherry, workspace, shared_data):
    folder = shared_data / "census2010"
    if not folder.is_dir():
        pytest.skip("the census file is not among the shared data sets")
    text = (folder / "ilgeo2010_excerpt.pl").read_bytes()
    assert text.isascii()
    workspace.write("geo.pl", text)
    workspace.write("layout.csv", (folder / "census2010_geo_schema.csv").read_bytes())
    with open(folder / "expected_ilgeo2010.csv", newline="", encoding="utf-8") as file:
        header, *expected = csv.reader(file)
    item = migrate(wherry, workspace, "geo.pl", header, "LOGRECNO",
                   "{ type: fixed, layout: layout.csv }")
    assert item["counts"]["inserted"] == len(expected) == 1000
    rows = workspace.sql("m.db").rows("SELECT * FROM thing ORDER BY LOGRECNO")
    assert [[value or "" for value in row] for row in rows] == expected


def test_records_without_line_ends(wherry, workspace):
    records = [f"{number:6}" + f"name {number}".ljust(20) + "\n\t" for number in range(5000)]
    workspace.write("a.dat", "".join(records).encode() + b"end")
    item = migrate(wherry, workspace, "a.dat", ["id", "name"], "id",
                   '{ type: fixed, fields: ["id 1 6", "name 7 20"], length: 28, unknown: ignore }',
                   code=1)
    assert item["counts"]["inserted"] == 5000
    rows = workspace.sql("m.db").rows("SELECT * FROM thing ORDER BY CAST(id AS INTEGER)")
    assert rows == [(str(number), f"name {number}") for number in range(5000)]
    assert workspace.sql("m.db").rows("SELECT place, message FROM wherry_failure") == [
        ("a.dat, byte 140001", "the record has 3 characters and the layout 26; see 'ragged'")]


@pytest.mark.parametrize("stated, message", [
    ("{ type: fixed }", "state 'fields'"),
    ("{ type: fixed, layout: none.csv }", "option 'layout': cannot open"),
    ('{ type: fixed, fields: ["id 1 6"], length: 3 }', "too short for the layout"),
    ('{ type: fixed, fields: ["id 1 6", "id 7 6"] }', "both named 'id'"),
    ('{ type: csv, fields: ["id 1 6"] }', "option 'fields' means nothing to the format csv"),
])
def test_wrong_layouts_are_refused(wherry, workspace, stated, message):
    workspace.write("a.dat", "     1\n")
    workspace.write("m.yaml", MIGRATION.format(name="a.dat", form=stated, key="id").encode())
    workspace.sql("m.db").script("CREATE TABLE thing (id TEXT PRIMARY KEY)")
    result = wherry("plan", "m.yaml")
    assert result.code in (2, 3) and message in result.err, result.err


def test_plan_says_how_the_file_is_read(wherry, workspace):
    workspace.write("a.fwf", "     1\n")
    form = '{ fields: ["id 1 6"] }'
    workspace.write("m.yaml", MIGRATION.format(name="a.fwf", form=form, key="id").encode())
    workspace.sql("m.db").script("CREATE TABLE thing (id TEXT PRIMARY KEY)")
    result = wherry("plan", "m.yaml").expect(0)
    assert "fixed width, 1 field in 6 characters, a record a line, spaces around fields left out" \
        in " ".join(result.out.split())


@pytest.mark.parametrize("form", ["", ", length: 21", ", ragged: pad, unknown: ignore"])
def test_damaged_files_lose_nothing_in_silence(wherry, workspace, form):
    chance = random.Random(21)
    for number in range(700):
        lines = [f"{number:4}-{line}  \u00e9\u20ac{line * 7:9}\n" for line in range(5)]
        text = bytearray("".join(lines).encode())
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text))
            if chance.random() < 0.5:
                text[at] ^= 1 << chance.randrange(8)
            else:
                del text[at:at + chance.randint(1, 9)]
        workspace.write(f"f{number}.fwf", bytes(text))
    item = migrate(wherry, workspace, "f*.fwf", ["id", "v"], "id",
                   '{ fields: ["id 1 6", "v 9 11"]' + form + " }", code=1)
    counts = item["counts"]
    assert counts["inserted"] + counts["rejected"] == counts["read"] > 2000
    assert counts["inserted"] > 100 and counts["rejected"] > 20
