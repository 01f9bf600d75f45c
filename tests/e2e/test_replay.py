# SPDX-License-Identifier: Apache-2.0
"""Rejected records given back: exported with the source's columns, corrected, and run again."""
import csv
import io

import pytest
from people import counts, log_of, people, run, set_up

BAD = {"p3": {"email": "three"}, "p5": {"born": "x", "name": '"A, \"\"B\"\" "'}, "p7": {"id": ""},
       "p8": {"id": 2}, "p9": {"email": "nine", "country": "XX"}}


@pytest.fixture
def refused(wherry, workspace):
    """Ten people of whom five are rejected: two of those for their keys; and a line that is no record."""
    text = people(10, **BAD) + "11,short\n"
    set_up(workspace, text)
    assert counts(run(wherry, code=1)) == {"inserted": 5, "rejected": 6}


def corrected(text):
    return text.replace("three", "three@x.org").replace(",x,DE", ",24/12/1985,DE").replace("nine", "n@x.org")


def test_rejects_are_exported_as_the_source_has_them_and_run_again_corrected(wherry, workspace, refused):
    result = wherry("log", "people.yaml", "--rejected", "--export", "csv").expect(0)
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["id"] for row in rows] == ["3", "5", "9"]
    assert list(rows[0])[-2:] == ["wherry_place", "wherry_reason"]
    assert rows[1]["name"] == 'A, "B" ' and rows[1]["wherry_place"] == "people.csv:6"
    assert rows[0]["wherry_reason"] == "e-mail without @"
    assert "1 more could not be read, so has no columns; correct it in the source" in result.err
    assert "2 more were refused for their keys" in result.err

    workspace.write("fixed.csv", corrected(result.out).replace("\r\n", "\n").encode())
    item = run(wherry, "--from", "fixed.csv")
    assert counts(item) == {"inserted": 3} and item["left_alone"] == 0
    assert workspace.sql("people.db").rows(
        "SELECT id, name, email FROM person WHERE id IN (3, 5, 9)") == [
            (3, "Ann 3", "three@x.org"), (5, 'A, "B"', "ann.5@example.com"), (9, "Ann 9", "n@x.org")]
    assert log_of(wherry, 3)[0]["place"] == "fixed.csv:2"
    # Once more: they are rejected no longer, so nothing of the file is asked for.
    again = run(wherry, "--from", "fixed.csv")
    assert counts(again) == {} and again["left_alone"] == 3
    assert run(wherry, "--only", "rejected", code=1)["counts"]["rejected"] == 3


def test_what_is_not_rejected_is_left_alone_and_told(wherry, workspace, refused):
    """A key of an item that is well, one that nobody knows, and one that another record has."""
    header = "id,name,email,balance,born,country\n"
    workspace.write("fixed.csv", header + "1,Eve,e@x.org,1,01/01/2000,DE\n99,Eve,e@x.org,1,01/01/2000,DE\n"
                    "2,Eve,e@x.org,1,01/01/2000,DE\n3,Eve,eve@x.org,1,01/01/2000,DE\n9,X\n")
    result = wherry("run", "people.yaml", "--from", "fixed.csv").expect(1)
    assert "3 records were left alone: no item of such a key is rejected at present" in result.out
    assert "the first is '1'" in result.out and "1 inserted" in result.out and "fixed.csv:6" in result.out
    assert workspace.sql("people.db").rows("SELECT id FROM person WHERE email LIKE '%e@x.org'") == [(3,)]


def test_an_extract_has_the_types_of_the_source(wherry, workspace):
    old = workspace.sql("old.db").script("""
        CREATE TABLE person (id INTEGER PRIMARY KEY, age INTEGER, born DATE, name TEXT, raw BLOB);
        INSERT INTO person VALUES (1, -5, '2001-02-03', 'Ann', x'00ff'), (2, 7, NULL, '', NULL),
            (3, -1, NULL, NULL, NULL)""")
    workspace.write("people.yaml", """
        wherry: 1
        name: people
        source: sqlite:old.db
        destination: sqlite:new.db
        items:
          person:
            from: person
            key: id
            into: person
            create: true
            clean:
              - { name: age, when: age < 0, reject: no age }
            map: { "*": same }
          again: { from: person, key: id, into: again, create: true, map: { "*": same } }
        """)
    assert counts(run(wherry, code=1)) == {"inserted": 1, "rejected": 2}
    assert "'export' needs an item type" in wherry(
        "log", "people.yaml", "--rejected", "--export", "ndjson").expect(2).err
    lines = wherry("log", "people.yaml", "person", "--rejected", "--export", "ndjson").expect(0).ndjson()
    assert lines[0] == {"id": "1", "age": "-5", "born": "2001-02-03", "name": "Ann", "raw": "\\x00ff",
                        "wherry_place": "person rowid 1", "wherry_reason": "no age"}
    workspace.write("fixed.ndjson", '{"id": "1", "age": 5, "born": "2001-02-03", "name": "", "raw": "\\\\x00ff"}\n'
                    '{"id": 3, "age": "many", "born": null, "name": null, "raw": null}\n')
    assert "--from needs an item type" in wherry("run", "people.yaml", "--from", "fixed.ndjson").expect(2).err
    item = run(wherry, "person", "--from", "fixed.ndjson", code=1)
    assert counts(item) == {"inserted": 1, "rejected": 1}
    assert item["reasons"][0]["example"]["message"] == "'many' is not a valid bigint"
    assert item["reasons"][0]["example"]["place"] == "fixed.ndjson:2"
    assert workspace.sql("new.db").rows("SELECT * FROM person WHERE id = 1") == [
        (1, 5, "2001-02-03", "", b"\x00\xff")]
    assert old.value("SELECT age FROM person WHERE id = 1") == -5


def test_what_cannot_be_given_back_is_refused_by_name(wherry, workspace, refused):
    for text, message in (("id,name\n1,x\n", "the source's column 'email' is missing"),
                          ("id,town\n1,x\n", "column 'town' is none of the source's")):
        workspace.write("fixed.csv", text)
        assert message in wherry("run", "people.yaml", "--from", "fixed.csv").expect(2).err
    assert "leave 'only' out" in wherry(
        "run", "people.yaml", "--from", "fixed.csv", "--only", "rejected").expect(2).err
    assert "nowhere.csv" in wherry("run", "people.yaml", "--from", "nowhere.csv").expect(3).err
    text = (workspace / "people.yaml").read_text()
    for extra, message in (("redact: email", "has redacted columns"), ("log: keys", "keeps no records")):
        workspace.write("people.yaml", text.replace("into: person", f"into: person\n    {extra}"))
        assert message in wherry("log", "people.yaml", "--rejected", "--export", "csv").expect(2).err
