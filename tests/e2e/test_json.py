# SPDX-License-Identifier: Apache-2.0
"""JSON as a source: NDJSON and arrays, real data sets, and files that were damaged at random."""
import csv
import json
import random
import signal
import subprocess

import pytest

from conftest import sum_closes

CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, 70}


def unpack(path):
    """The bytes of a .zst file of the shared data."""
    if not path.exists():
        pytest.skip(f"{path.name} is not among the shared data sets")
    return subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout


def migrate(wherry, workspace, name, columns, key, form="{ encoding: UTF-8 }", code=0, map_=None,
            limits="{ group: 100000 }"):
    """Runs a migration of the files `name` into a new table of text columns; the item's result."""
    lines = "\n".join(f"      {target}: '{source}'" for target, source in
                      (map_ or {column: f'"{column}"' for column in columns}).items())
    workspace.write("m.yaml", f"""\
wherry: 1
name: m
source: .
destination: sqlite:m.db
limits: {limits}
items:
  thing:
    from: "{name}"
    format: {form}
    key: {key}
    into: thing
    map:
{lines}
""")
    declared = ", ".join(f'"{column}" TEXT' for column in columns)
    workspace.sql("m.db").script(f'CREATE TABLE thing ({declared}, PRIMARY KEY ("{columns[0]}"))')
    result = wherry("run", "m.yaml", "--json")
    assert result.code not in CRASHES, result.err
    item = result.expect(code).json()["items"][0]
    assert item["sum_closes"]
    sum_closes(item["counts"])
    return item


def rows_of(workspace):
    return workspace.sql("m.db").rows("SELECT * FROM thing")


def rejects_of(workspace):
    return workspace.sql("m.db").rows("SELECT place, message FROM wherry_failure ORDER BY place")


def test_every_city_of_a_real_file_arrives_as_it_is(wherry, workspace, shared_data):
    cities = unpack(shared_data / "cities" / "cities.ndjson.zst").splitlines()
    numbered = [b'{"n":%d,' % number + line[1:] for number, line in enumerate(cities)]
    workspace.write("cities.ndjson", b"\n".join(numbered))
    columns = ["n", "name", "lat", "lng", "country", "admin1", "admin2"]
    item = migrate(wherry, workspace, "cities.ndjson", columns, "n")
    assert item["counts"]["inserted"] == len(cities)
    expected = {str(number): json.loads(line) for number, line in enumerate(cities)}
    for row in rows_of(workspace):
        city = expected.pop(row[0])
        assert list(row[1:]) == [city[name] for name in columns[1:]]
    assert not expected


def test_integers_of_38_digits_are_exact(wherry, workspace, shared_data):
    ranges = unpack(shared_data / "ipranges" / "geo-whois-asn-country-ipv6-num.csv.zst")
    ranges = [line.split(",") for line in ranges.decode().splitlines()]
    text = "".join(f'{{"first":{first},"last":{last},"country":"{country}","n":{number}}}\n'
                   for number, (first, last, country) in enumerate(ranges))
    workspace.write("ranges.jsonl", text.encode())
    item = migrate(wherry, workspace, "ranges.jsonl", ["n", "first", "last", "country"], "n",
                   map_={"n": "n", "first": '"first"::numeric', "last": '"last"::numeric + 0',
                         "country": "country"})
    assert item["counts"]["inserted"] == len(ranges)
    got = sorted(rows_of(workspace), key=lambda row: int(row[0]))
    assert [list(row[1:]) for row in got] == ranges
    assert max(len(first) for first, _, _ in ranges) == 38


def test_naughty_strings_arrive_as_they_are(wherry, workspace, shared_data):
    strings = json.loads((shared_data / "edge" / "blns" / "blns.json").read_text())
    for ascii_only in (True, False):
        text = json.dumps([{"n": number, "text": text} for number, text in enumerate(strings)],
                          ensure_ascii=ascii_only, indent=2 if ascii_only else None)
        folder = "escaped" if ascii_only else "plain"
        workspace.write(f"{folder}.json", text.encode())
        (workspace / "m.db").unlink(missing_ok=True)
        item = migrate(wherry, workspace, f"{folder}.json", ["n", "text"], "n")
        assert item["counts"]["inserted"] == len(strings)
        assert sorted(rows_of(workspace)) == sorted(
            (str(number), text) for number, text in enumerate(strings))


# Each file of the spectrum and what is different about it.
SPECTRUM = {"location_coordinates": "one object, in an encoding that is not UTF-8"}


def test_the_json_of_the_csv_spectrum_equals_its_csv(wherry, workspace, shared_data):
    files = sorted((shared_data / "edge" / "json").glob("*.json"))
    assert len(files) == 12
    for path in files:
        if path.stem in SPECTRUM:
            continue
        with open(shared_data / "edge" / "csvs" / f"{path.stem}.csv", newline="") as file:
            header, *records = csv.reader(file)
        workspace.write(path.name, path.read_bytes())
        (workspace / "m.db").unlink(missing_ok=True)
        item = migrate(wherry, workspace, path.name, header, header[0])
        assert item["counts"]["inserted"] == len(records), path.name
        got = {tuple(value.replace("\r\n", "\n") for value in row) for row in rows_of(workspace)}
        assert got == {tuple(value.replace("\r\n", "\n") for value in row) for row in records}


def test_an_object_that_is_no_array_is_refused(wherry, workspace):
    workspace.write("one.json", '{"a": 1}\n')
    migration = workspace.write("m.yaml", """\
        wherry: 1
        name: m
        source: one.json
        destination: sqlite:m.db
        items: { t: { from: one.json, key: a, into: t, map: { a: a } } }
        """)
    workspace.sql("m.db").script("CREATE TABLE t (a TEXT PRIMARY KEY)")
    result = wherry("plan", migration).expect(2)
    assert "type: ndjson" in result.err


def test_the_unicode_table_arrives_as_it_is(wherry, workspace, shared_data):
    path = shared_data / "unicode" / "UnicodeData.txt"
    if not path.exists():
        pytest.skip("UnicodeData.txt is not among the shared data sets")
    records = [line.split(";") for line in path.read_text().splitlines()]
    names = [f"f{number}" for number in range(len(records[0]))]
    random_order = random.Random(1)
    lines = []
    for record in records:
        members = list(zip(names, record))
        random_order.shuffle(members)
        lines.append(json.dumps(dict(members)))
    workspace.write("u.ndjson", "\n".join(lines).encode())
    migrate(wherry, workspace, "u.ndjson", names, "f0")
    assert sorted(rows_of(workspace)) == sorted(tuple(record) for record in records)


def test_rejects_tell_file_line_and_reason(wherry, workspace):
    workspace.write("a.ndjson", b'{"id":1,"v":"x"}\n{"id":2,"v":"\\q"}\n{"id":3}\n'
                                b'{"id":4,"v":null,"w":1}\n{"id":5,"v":"\xff"}\n{"id":6,"id":7}\n')
    form = "{ columns: [id, v], missing: gone }"
    item = migrate(wherry, workspace, "a.ndjson", ["id", "v", "gone"], "id", form, code=1)
    assert item["counts"]["inserted"] == 2
    assert rows_of(workspace) == [("1", "x", None), ("3", None, '["v"]')]
    assert rejects_of(workspace) == [
        ("a.ndjson:2", "member 'v': JSON has no such escape, at byte 14"),
        ("a.ndjson:4", "member 'w': no column is for this member; see 'rest' and 'unknown', at byte 18"),
        ("a.ndjson:5", "not UTF-8 at byte 14 (0xFF)"),
        ("a.ndjson:6", "member 'id': the name stands twice in its object, at byte 9")]


@pytest.mark.parametrize("ending", ["ndjson", "json"])
def test_what_is_ignored_is_counted(wherry, workspace, ending):
    records = [f'{{"id":{number},"v":{{"a":1,"b":2}},"w":[1,2]}}' for number in range(50)]
    records += ['{"id":50,"v":{"a":1}}', '{"id":51,"w":1,"x":"\\q"}', '{"id":52,"w":1,"v":3}']
    text = "\n".join(records) if ending == "ndjson" else "[\n" + ",\n".join(records) + "\n]"
    workspace.write(f"a.{ending}", text.encode())
    form = "{ columns: [id, v.a], unknown: ignore }"
    item = migrate(wherry, workspace, f"a.{ending}", ["id", "v.a"], "id", form, code=1)
    assert item["counts"]["inserted"] == 51 and item["ignored"] == 100
    assert "ignored, and counted" in wherry("plan", "m.yaml").expect(0).out
    assert "100 members without a column were ignored" in wherry("run", "m.yaml").expect(1).out


def test_files_of_one_type_may_have_different_members(wherry, workspace):
    workspace.write("p1.ndjson", '{"id":1,"a":"x"}\n')
    workspace.write("p2.ndjson", '{"b":{"c":[1]},"id":2}\n')
    workspace.write("p3.ndjson", "")
    migrate(wherry, workspace, "p*.ndjson", ["id", "a", "b"], "id")
    assert rows_of(workspace) == [("1", "x", None), ("2", None, '{"c":[1]}')]


def test_a_large_record_is_read_and_a_larger_one_rejected(wherry, workspace):
    large = "x" * 3_000_000
    for name, text in (("big.ndjson", '{{"id":1,"v":"{0}"}}\n{{"id":2,"v":"{0}{0}"}}\n{{"id":3}}\n'),
                       ("big.json", '[{{"id":1,"v":"{0}"}},\n{{"id":2,"v":"{0}{0}"}},\n{{"id":3}}]')):
        workspace.write(name, text.format(large).encode())
        (workspace / "m.db").unlink(missing_ok=True)
        item = migrate(wherry, workspace, name, ["id", "v"], "id",
                       "{ columns: [id, v], record: 5000000 }\n    log: keys", code=1,
                       limits="{ cell: 4000000 }")
        assert item["counts"]["inserted"] == 2
        assert rows_of(workspace) == [("1", large), ("3", None)]
        assert rejects_of(workspace)[0][0] == f"{name}:2"


@pytest.mark.workers
def test_workers_agree_on_an_array(wherry, workspace):
    records = [{"id": number, "v": "]},{" * (number % 50), "o": {"n": [number] * (number % 7)}}
               for number in range(20000)]
    workspace.write("a.json", json.dumps(records, indent=1).encode())
    migrate(wherry, workspace, "a.json", ["id", "v", "o"], "id")
    got = {int(row[0]): (row[1], json.loads(row[2])) for row in rows_of(workspace)}
    assert got == {record["id"]: (record["v"], record["o"]) for record in records}


def damage(chance, text):
    """Bytes flipped, cut out and doubled."""
    text = bytearray(text)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        kind = chance.randrange(3)
        if kind == 0:
            text[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del text[at:at + chance.randint(1, 20)]
        else:
            text[at:at] = text[at:at + chance.randint(1, 20)]
    return bytes(text)


@pytest.mark.parametrize("suffix", ["ndjson", "json"])
def test_damaged_files_lose_nothing_in_silence(wherry, workspace, suffix):
    """2,000 files, each damaged at random: no crash, the sum closes, the exit code tells."""
    chance = random.Random(20)
    for number in range(2000):
        lines = [json.dumps({"id": f"{number}-{line}", "v": chance.choice(
            ["a\"b", "\u00e9\n", None, 1.5e10, [1, {"k": []}], "x" * 40])}) for line in range(5)]
        text = "\n".join(lines) if suffix == "ndjson" else "[" + ",\n".join(lines) + "]\n"
        damaged = damage(chance, text.encode())
        if suffix == "json":
            damaged = b"[" + damaged.lstrip(b"[ \n")
        workspace.write(f"f{number}.{suffix}", damaged)
    item = migrate(wherry, workspace, f"f*.{suffix}", ["id", "v"], "id",
                   "{ columns: [id, v], unknown: ignore }", code=1)
    counts = item["counts"]
    assert counts["inserted"] + counts["rejected"] == counts["read"] > 8000
    assert counts["inserted"] > 4000 and counts["rejected"] > 1000
