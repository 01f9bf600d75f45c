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
    for name in ("people.db", "people.db-wal", "people.db-shm"):
        (workspace / name).unlink(missing_ok=True)
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
