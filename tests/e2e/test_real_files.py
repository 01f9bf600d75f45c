# SPDX-License-Identifier: Apache-2.0
"""Files as they are found: with nothing stated about their dialect, every value arrives as Python's csv
module reads it with the right dialect stated, or the record is rejected, or wherry asks.

The files stand beside the checkout; without them the tests skip. UTF-16 and latin1 are another subject.
"""
import csv
import io
import shutil
import subprocess

import pytest

from conftest import ROOT, sum_closes

DATA = ROOT.parent / "shared" / "data"

pytestmark = [pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no {DATA}"), pytest.mark.costly]

# What wherry cannot tell, read by a person: the message, and what is stated then.
ASKED = {
    "edge/csvkit/no_header_row.csv": ("names the columns", "header: false, columns: [a, b, c]"),
    "edge/csvkit/no_header_row2.csv": ("names the columns", "header: false, columns: [a, b, c]"),
    "edge/csvkit/no_header_row3.csv": ("there is no header", "columns: [a, b, c]"),
    "edge/csvkit/test_empty_columns.csv": ("names the columns",
                                           'header: true, columns: [a, b, c, d, e]'),
    "edge/csvkit/test_header_newline.csv": ("names the columns", "header: true"),
    "edge/csvkit/sheetsxlsx_converted.csv": ("column 9 has no name",
                                             "columns: [a, b, c, d, e, f, g, h, i]"),
    "unicode/UnicodeData.txt": ("there is no header",
                                f"columns: [{', '.join(f'c{n}' for n in range(15))}]"),
    "ipranges/geo-whois-asn-country-ipv4.csv.zst": ("there is no header", "columns: [a, b, c]"),
    "ipranges/geo-whois-asn-country-ipv6-num.csv.zst": ("there is no header",
                                                        "columns: [a, b, c]"),
}

# How Python reads those that are not comma, quote, doubled quotes, one header line.
DIALECTS = {
    "edge/csvkit/dummy.tsv": {"delimiter": "\t"},
    "edge/csvkit/sniff_limit.csv": {"delimiter": ";"},
    "edge/csvkit/bad_skip_lines.csv": {"skip": 3},
    "edge/csvkit/test_skip_lines.csv": {"skip": 3},
    "unicode/UnicodeData.txt": {"delimiter": ";", "quoting": csv.QUOTE_NONE},
    "unicode/unihan.tsv.zst": {"delimiter": "\t", "quoting": csv.QUOTE_NONE},
}

# A key of a hundred columns is too many.
KEYS = {"census2010/expected_ilgeo2010.csv": ["LOGRECNO"]}

# Empty, or in another encoding.
LEFT_OUT = {"edge/csvkit/empty.csv", "edge/csvkit/test_latin1.csv",
            "edge/csvkit/test_utf16_big.csv", "edge/csvkit/test_utf16_little.csv"}

# Of large files, so many lines.
LINES = 20000


def found_files():
    names = [path.relative_to(DATA).as_posix()
             for pattern in ("edge/csvs/*.csv", "edge/csvkit/*.csv", "edge/csvkit/*.tsv",
                             "census2010/*.csv")
             for path in sorted(DATA.glob(pattern))]
    names += ["unicode/UnicodeData.txt", "unicode/unihan.tsv.zst", "oui/oui.csv.zst",
              "flights/flights3m.csv.zst", "ipranges/geo-whois-asn-country-ipv4.csv.zst",
              "ipranges/geo-whois-asn-country-ipv6-num.csv.zst"]
    return [name for name in names if name not in LEFT_OUT]


def content(name):
    """The file's bytes; of a large one whole lines from its start (none of these holds quotes)."""
    path = DATA / name
    if path.suffix != ".zst":
        return path.read_bytes()
    if shutil.which("zstd") is None:
        pytest.skip("there is no zstd")
    data = subprocess.run(["zstd", "-qdc", path], check=True, capture_output=True).stdout
    return data if name.startswith("oui/") else b"".join(data.splitlines(True)[:LINES])


def python_rows(name, data):
    dialect = dict(DIALECTS.get(name, {}))
    skip = dialect.pop("skip", 0)
    text = data.decode("utf-8-sig")
    lines = io.StringIO(text, newline="")
    for _ in range(skip):
        lines.readline()
    return [row for row in csv.reader(lines, strict=False, **dialect) if row]


def expectation(name, data):
    """Names of the columns, rows that are to arrive (each once: all columns are the key), and how many records are to be rejected."""
    rows = python_rows(name, data)
    statement = ASKED.get(name, ("", ""))[1]
    names = rows[0]
    if "columns:" in statement:
        names = statement.split("columns: [")[1].split("]")[0].split(", ")
    has_header = "columns:" not in statement or "header: true" in statement \
        or "no name" in ASKED[name][0]
    records = rows[1:] if has_header else rows
    good = [tuple(row) for row in records
            if len(row) == len(names) and not any("\0" in cell for cell in row)]
    distinct = list(dict.fromkeys(good))
    return names, distinct, len(records) - len(distinct)


def migration(workspace, key, statement):
    def quoted(text):
        return '"' + "".join(f"\\x{ord(c):02X}" if ord(c) < 32 or c in '"\\' else c
                             for c in text) + '"'
    workspace.write("real.yaml", f"""\
wherry: 1
name: real
source: .
destination: sqlite:real.db
items:
  record:
    from: file.csv
    format: {{ nulls: []{", " if statement else ""}{statement} }}
    key: [{", ".join(map(quoted, key))}]
    into: record
    create: true
    map: {{ "*": same }}
""".encode())


@pytest.mark.parametrize("name", found_files() if DATA.is_dir() else [])
def test_every_value_arrives_or_is_rejected(wherry, workspace, name):
    data = content(name)
    workspace.write("file.csv", data)
    names, expected, rejected = expectation(name, data)
    question, statement = ASKED.get(name, (None, ""))
    if question is not None:
        migration(workspace, ["no column of it"], "")
        assert question in wherry("plan", "real.yaml").expect(2).err
    migration(workspace, KEYS.get(name, names), statement)
    document = wherry("run", "real.yaml", "--json").expect(1 if rejected else 0).json()
    sum_closes(document["total"])
    assert document["total"]["rejected"] == rejected
    columns = ", ".join('"' + column.replace('"', '""') + '"' for column in names)
    found = workspace.sql("real.db").rows(f"SELECT {columns} FROM record")
    assert sorted(map(tuple, found)) == sorted(expected)
