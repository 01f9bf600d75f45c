# SPDX-License-Identifier: Apache-2.0
"""Somebody dropped a table of the ledger: what every command says, and that what it says to do helps."""
import json
import time

import pytest

from conftest import sum_closes
from things import MIGRATION

TABLES = ("ledger", "run", "item", "chunk", "filter", "segment", "state", "state_mark", "failure", "rule", "row")
COUNT = 1000


class Place:
    """A destination of either kind, with the ledger's names in it."""

    def __init__(self, workspace, database, url, before, drop_all):
        self.database, self.url, self.before, self.drop_all = database, url, before, drop_all
        self.make_room = "CREATE SCHEMA wherry;" if before == "wherry." else ""
        self.workspace = workspace
        database.script("CREATE TABLE thing (id bigint PRIMARY KEY, name text CHECK (name <> 'no'))")
        workspace.write("things.csv", "id,name\n" + "".join(
            f"{number},{'no' if number % 100 == 0 else 'x'}\n" for number in range(1, COUNT + 1)))
        self.write()

    def write(self, rate=""):
        self.workspace.write("things.yaml", MIGRATION % json.dumps(self.url) + f"    limits: {{ group: 100{rate} }}\n")

    def drop(self, table):
        self.database.script(f"DROP TABLE {self.before}{table}")

    def wait_for_groups(self):
        end = time.monotonic() + 60
        while not self.database.rows("SELECT 1 FROM thing LIMIT 1"):
            assert time.monotonic() < end
            time.sleep(0.02)


def place_of(kind, request, workspace):
    if kind == "sqlite":
        drops = "".join(f"DROP TABLE IF EXISTS wherry_{table};" for table in reversed(TABLES))
        return Place(workspace, workspace.sql("out.db"), "sqlite:out.db", "wherry_", f"BEGIN IMMEDIATE;{drops}COMMIT;")
    database = request.getfixturevalue("postgres")
    return Place(workspace, database, database.url, "wherry.", "DROP SCHEMA wherry CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, workspace):
    return place_of(request.param, request, workspace)


def run(wherry, *args, code):
    return wherry("run", "things.yaml", *args, "--json").expect(code).json()


def expect_refusal(result, place, table):
    """Out of reach, with the table's name and what to do; nothing that says a run could go on."""
    result.expect(3)
    assert f"{place.before}{table}" in result.err and "backup" in result.err, result.err
    assert "goes on where" not in result.out and "made by the first run" not in result.out, result.out


@pytest.mark.parametrize("kind, table", [("sqlite", table) for table in TABLES] + [
    ("postgresql", table) for table in ("ledger", "segment", "row")])
def test_a_run_refuses_a_ledger_that_lost_a_table_before_it_writes(wherry, request, workspace, kind, table):
    place = place_of(kind, request, workspace)
    run(wherry, code=1)
    place.drop(table)
    place.database.script("DELETE FROM thing WHERE id = 7")
    for command in (("run",), ("run", "--dry-run"), ("plan",)):
        expect_refusal(wherry(command[0], "things.yaml", *command[1:]), place, table)
    assert not place.database.rows("SELECT 1 FROM thing WHERE id = 7")

    # What the message says to do.
    place.database.script(place.drop_all)
    item = run(wherry, code=1)["items"][0]
    assert sum_closes(item["counts"])["inserted"] == 1 and item["counts"]["unchanged"] == COUNT - 11


def test_a_table_of_somebody_elses_is_no_ledger_that_was_lost(wherry, place):
    place.database.script(f"{place.make_room}CREATE TABLE {place.before}run (id int)")
    for command in (("run",), ("run", "--dry-run"), ("plan",), ("status",)):
        result = wherry(command[0], "things.yaml", *command[1:]).expect(3)
        assert f"{place.before}run" in result.err and "somebody else's" in result.err
        assert "DROP" not in result.err and "backup" not in result.err
    assert not place.database.rows("SELECT 1 FROM thing")
    place.database.script(f"ALTER TABLE {place.before}run RENAME TO mine")
    run(wherry, code=1)


@pytest.mark.parametrize("kind, table", [("postgresql", "item"), ("postgresql", "chunk")] + [
    ("sqlite", table) for table in ("item", "chunk", "segment", "filter", "failure")])
def test_what_is_left_of_a_ledger_can_be_read(wherry, request, workspace, kind, table):
    """What is gone is said, and is never a zero."""
    place = place_of(kind, request, workspace)
    run(wherry, code=1)
    place.drop(table)

    def read(*command):
        result = wherry(command[0], "things.yaml", *command[1:]).expect(0)
        assert f"{place.before}{table}" in result.err
        return result
    has_items, has_counts, has_reasons = table != "item", table != "chunk", table != "failure"
    status = read("status").out
    assert "wherry run" not in status and ("1,000" in status) == has_counts and "  thing " in status
    assert ("thing: 10 refused" in status) == has_reasons
    assert ("100%" in status) == has_items and (" ? " in status) == (not has_counts or not has_items)
    newest = read("status", "--json").json()["runs"][0]
    assert newest["state"] == "done" and not newest["resumable"]
    if has_counts:
        assert newest["total"]["failed"] == COUNT // 100
        assert newest["items"][0]["counts"] == newest["total"]
    else:
        assert newest["total"] is None and newest["items"][0]["counts"] is None
    assert newest["items"][0]["item"] == "thing" and newest["items"][0]["done"] == (True if has_items else None)
    assert newest["items"][0]["into"] == ("thing" if has_items else None)
    assert bool(newest["items"][0]["reasons"]) == has_reasons

    if has_reasons:
        assert read("log", "--failed").out.count("constraint") == COUNT // 100
    else:
        expect_refusal(wherry("log", "things.yaml", "--failed"), place, table)
        expect_refusal(wherry("log", "things.yaml", "--rule", "any"), place, table)
    if table == "segment":
        expect_refusal(wherry("log", "things.yaml"), place, table)
    else:
        lines = read("log", "--export", "ndjson").ndjson()
        assert [line["status"] for line in lines].count("failed") == COUNT // 100 and len(lines) == COUNT
        assert lines[6]["place"] == ("things.csv:8" if has_items else "file 1, line 8")
        assert (lines[99]["failure"] is None) != has_reasons
    if table in ("segment", "filter"):
        expect_refusal(wherry("log", "things.yaml", "--id", "7"), place, table)
    else:
        assert "inserted" in read("log", "--id", "7").out and "failed" in read("log", "--id", "100").out


def test_the_table_of_plain_rows_is_made_again_as_the_message_says(wherry, place):
    run(wherry, code=1)
    place.drop("row")
    told = wherry("run", "things.yaml")
    expect_refusal(told, place, "row")
    assert "DROP" not in told.err
    place.database.script(told.err[told.err.index("CREATE TABLE"):])
    place.database.script("DELETE FROM thing WHERE id = 7")
    text = (place.workspace / "things.yaml").read_text()
    place.workspace.write("things.yaml", text.replace("key: id", "log: rows\n    key: id"))
    item = run(wherry, code=1)["items"][0]
    assert item["counts"]["inserted"] == 1
    rows = place.database.rows(f"SELECT item, key, status FROM {place.before}row WHERE status = 'inserted'")
    assert rows == [("thing", "7", "inserted")]


def test_a_ledger_of_another_destination_is_made_this_ones_as_the_message_says(wherry, place):
    run(wherry, code=1)
    place.database.script(f"UPDATE {place.before}ledger SET destination = 'it''s elsewhere'")
    for command in (("run",), ("run", "--dry-run"), ("run", "--rehearse"), ("plan",), ("status",)):
        told = wherry(command[0], "things.yaml", *command[1:]).expect(3).err
        assert "it's elsewhere" in told and "DROP" in told
        assert f"UPDATE {place.before}ledger SET destination = '" in told
    update = told[told.index("UPDATE"):]
    place.database.script(update[:update.index(";")])
    assert run(wherry, code=1)["items"][0]["counts"]["unchanged"] == COUNT - 10


def test_runs_are_listed_where_nothing_is_left_of_their_items(wherry, place):
    run(wherry, code=1)
    place.drop("item")
    place.drop("chunk")
    result = wherry("status", "things.yaml").expect(0)
    assert "done" in result.out and " ? " in result.out and "thing " not in result.out
    newest = wherry("status", "things.yaml", "--json").expect(0).json()["runs"][0]
    assert newest["items"] is None and newest["total"] is None


def test_a_wrong_question_is_one_whatever_the_ledger_lost(wherry, place):
    run(wherry, code=1)
    for table in ("rule", "failure"):
        place.drop(table)
        result = wherry("log", "things.yaml", "--run", "77").expect(2)
        assert f"{place.before}{table}" in result.err and "there is no run 77" in result.err
        if table == "rule":
            result = wherry("log", "things.yaml", "--rule", "none").expect(2)
            assert "no rule 'none'" in result.err
        else:
            # Who broke it is known no more: that nobody did would be a lie.
            expect_refusal(wherry("log", "things.yaml", "--failed", "--rule", "none"), place, table)


@pytest.mark.parametrize("table", ["segment", "chunk", "state_mark"])
def test_a_table_that_is_dropped_in_mid_run_is_named(wherry, place, table):
    place.write(", rate: 500/s")
    process = wherry.start("run", "things.yaml", "--workers", "2")
    place.wait_for_groups()
    place.drop(table)
    result = wherry.finish(process)
    expect_refusal(result, place, table)
    assert "No run goes on" in result.out and "wherry status" in result.out
    rows = place.database.rows("SELECT count(*) FROM thing")[0][0]

    place.database.script(place.drop_all)
    place.write()
    counts = sum_closes(run(wherry, code=1)["items"][0]["counts"])
    assert counts["unchanged"] == rows and counts["inserted"] == COUNT - 10 - rows


def test_a_schema_that_is_dropped_in_mid_run_is_said_to_be_gone(wherry, place):
    place.write(", rate: 500/s")
    process = wherry.start("run", "things.yaml")
    place.wait_for_groups()
    place.database.script(place.drop_all)
    result = wherry.finish(process).expect(3)
    assert "all tables of the ledger were dropped" in result.err
    assert "goes on where" not in result.out and "wherry status" not in result.out
    place.write()
    counts = sum_closes(run(wherry, code=1)["items"][0]["counts"])
    assert counts["inserted"] + counts["unchanged"] == COUNT - 10
