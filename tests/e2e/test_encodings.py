# SPDX-License-Identifier: Apache-2.0
"""A source in another encoding gives what the one in UTF-8 gives; what it cannot hold is rejected."""
import base64
import gzip

import pytest

from people import TABLE, counts, left_behind, people, run, set_up, write_migration

COUNT = 2000
NAMES = {f"p{number}": {"name": "Zoë Müller", "born": "x" if number % 50 == 0 else "01/02/1990"}
         for number in range(1, COUNT, 7)}
SOURCE = people(COUNT, **NAMES)

ENCODINGS = {"cp1252": "cp1252", "latin1": "iso8859-1", "UTF-16LE": "utf-16-le",
             "UTF-16": "utf-16", "UTF-8": "utf-16", "cp850": "cp850", "IBM037": "cp037"}


@pytest.fixture
def plain(wherry, workspace):
    set_up(workspace, SOURCE)
    run(wherry, code=1)
    return left_behind(workspace.sql("people.db"))


def start_anew(workspace, encoding):
    workspace.remove_database("people.db")
    workspace.sql("people.db").script(TABLE)
    write_migration(workspace, f"format: {{ encoding: {encoding} }}")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_encoding_gives_the_same(wherry, workspace, plain, encoding, pack):
    start_anew(workspace, encoding)
    workspace.write("people.csv", pack(SOURCE.encode(ENCODINGS[encoding])))
    run(wherry, "--workers", "2", code=1)
    assert left_behind(workspace.sql("people.db")) == plain


def test_a_byte_that_the_encoding_cannot_hold_rejects_its_record(wherry, workspace):
    set_up(workspace, "", extra="format: { encoding: cp1252 }")
    lines = people(3).encode("cp1252").splitlines(keepends=True)
    lines[2] = lines[2].replace(b"Ann", b"A\x81\xe4", 1)
    workspace.write("people.csv", b"".join(lines))
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 2, "rejected": 1}
    database = workspace.sql("people.db")
    message, place, raw = database.rows("SELECT message, place, raw FROM wherry_failure")[0]
    assert message == "column 'name': not cp1252 at character 3 (0x81)"
    assert place == "people.csv:3"
    assert base64.b64decode(raw) == lines[2].rstrip()


def test_an_unknown_encoding_is_refused_with_its_place(wherry, workspace):
    set_up(workspace, SOURCE, extra="format: { encoding: latin99 }")
    result = wherry("plan", "people.yaml").expect(2)
    assert "people.yaml:" in result.err and "there is no encoding 'latin99'" in result.err


EBCDIC = """
    wherry: 1
    name: ebcdic
    source: .
    destination: sqlite:people.db
    items:
      person:
        from: people.dat
        format: {{ encoding: {encoding}, {format} }}
        key: id
        into: person
        create: true
        map: {{ "*": same }}
"""
FIELDS = 'type: fixed, fields: ["id 1 4", "name 5 12"]'
NAMED = [(str(number), name) for number, name in enumerate(
    ["Zoë", "Müller & Söhne", "50 ¢", "#@$ [!]^|", "x"] * 20, start=1)]


def migrate(wherry, workspace, content, encoding, form):
    """Rows that come of the file, and its migration's exit code."""
    workspace.write("people.dat", content)
    workspace.write("ebcdic.yaml", EBCDIC.format(encoding=encoding, format=form))
    result = wherry("run", "ebcdic.yaml")
    rows = workspace.sql("people.db").rows("SELECT id, name FROM person ORDER BY CAST(id AS INT)")
    return rows, result.code


@pytest.mark.parametrize("encoding", ["cp037", "cp500", "cp273"])
@pytest.mark.parametrize("end", ["\x85", "\n", ""], ids=["NEL", "LF", "length"])
def test_fixed_width_in_ebcdic(wherry, workspace, encoding, end):
    text = "".join(f"{number:>4}{name:<12.12}{end}" for number, name in NAMED)
    form = FIELDS if end else FIELDS + ", length: 16"
    rows, code = migrate(wherry, workspace, text.encode(encoding), encoding, form)
    assert code == 0 and rows == [(number, name[:12].strip()) for number, name in NAMED]


def test_csv_in_ebcdic(wherry, workspace):
    text = "id,name\x85" + "".join(f'{number},"{name}"\x85' for number, name in NAMED)
    rows, code = migrate(wherry, workspace, text.encode("cp500"), "cp500", "type: csv")
    assert code == 0 and rows == NAMED


def test_a_nel_in_a_record_by_length_is_a_character(wherry, workspace):
    text = "".join(f"{number:>4}a\x85b         " for number in range(3))
    rows, code = migrate(wherry, workspace, text.encode("cp037"), "cp037", FIELDS + ", length: 16")
    assert code == 0 and rows == [(str(number), "a\x85b") for number in range(3)]


def test_a_byte_that_a_code_page_cannot_hold_rejects_its_record(wherry, workspace):
    lines = [f"{number:>4}{'Ann':<12}".encode("cp037") for number in range(3)]
    lines[1] = lines[1].replace(b"\x95", b"\x41", 1)  # nothing in EBCDIC-US
    rows, code = migrate(wherry, workspace, b"".join(line + b"\x15" for line in lines), "EBCDIC-US",
                         FIELDS)
    assert code == 1 and rows == [("0", "Ann"), ("2", "Ann")]
    message, raw = workspace.sql("people.db").rows("SELECT message, raw FROM wherry_failure")[0]
    assert "not EBCDIC-US at character" in message and "0x41" in message
    assert base64.b64decode(raw) == lines[1]
