# SPDX-License-Identifier: Apache-2.0
"""DBF files as sources: what becomes of values, memos and deleted records, and going on after a crash."""
import csv
import datetime
import gzip
import io
import zipfile

import pytest

from conftest import ROOT, sum_closes
from dbf import Memos, table

DATA = ROOT.parent / "shared" / "data"

MIGRATION = """
    wherry: 1
    name: old
    source: .
    destination: sqlite:new.db
    items:
      order:
        from: {from_}
        {extra}
        key: id
        into: orders
        create: true
        map: {{ "*": same }}
"""

FIELDS = [("id", "N", 6), ("name", "C", 12), ("amount", "N", 10, 2), ("paid", "L", 1),
          ("day", "D", 8)]
ROWS = [[1, "Ann", "12.50", True, datetime.date(2020, 2, 29)],
        [2, "Müller".encode("cp850"), "-0.05", False, None],
        [3, "", "*" * 10, None, None],
        [4, "gone", "1", None, None]]


def set_up(workspace, content, extra="", from_="orders.dbf", name=None):
    (workspace / (name or from_)).write_bytes(content)
    return workspace.write("old.yaml", MIGRATION.format(from_=from_, extra=extra))


def run(wherry, *args, code=0, **kwargs):
    document = wherry("run", "old.yaml", *args, "--json", **kwargs).expect(code).json()
    return sum_closes(document["items"][0]["counts"])


def test_values_arrive_and_deleted_records_are_skipped(wherry, workspace):
    set_up(workspace, table(FIELDS, ROWS, driver=0x02, deleted={3}))
    plan = wherry("plan", "old.yaml").expect(0).out
    assert "DBF (dBASE III or FoxPro without memos), 4 records, texts in CP850 (language driver" in plan
    assert "1 record marked as deleted left out (deleted: skip)" in plan
    counts = run(wherry, code=1)
    assert (counts["read"], counts["inserted"], counts["skipped"], counts["rejected"]) == (4, 2, 1, 1)
    assert workspace.sql("new.db").rows("SELECT * FROM orders ORDER BY 1") == [
        (1, "Ann", 12.5, 1, "2020-02-29"), (2, "Müller", -0.05, 0, None)]
    assert workspace.sql("new.db").rows("SELECT place, message FROM wherry_failure") == [
        ("orders.dbf:3", "field 'amount' holds '**********', which stands for a number that was too "
         "large for the field")]
    log = wherry("log", "old.yaml").expect(0).out
    assert "skipped   orders.dbf:4" in log


def test_deleted_records_are_read_where_it_is_asked_for(wherry, workspace):
    set_up(workspace, table(FIELDS, [ROWS[0], ROWS[3]], deleted={1}),
           "format: { deleted_column: gone }")
    assert run(wherry)["inserted"] == 2
    assert workspace.sql("new.db").rows("SELECT id, gone FROM orders ORDER BY 1") == [(1, 0), (4, 1)]


def test_rejected_records_run_again_without_those_left_out(wherry, workspace):
    set_up(workspace, table(FIELDS, ROWS, driver=0x02, deleted={3}))
    run(wherry, code=1)
    counts = run(wherry, "--only", "rejected", code=1)
    assert (counts["read"], counts["rejected"]) == (1, 1)
    counts = run(wherry, "--id", "1")
    assert (counts["read"], counts["unchanged"]) == (1, 1)


def test_an_item_that_was_deleted_vanishes(wherry, workspace):
    set_up(workspace, table(FIELDS, ROWS[:2], driver=0x02), "missing: delete")
    assert run(wherry)["inserted"] == 2
    set_up(workspace, table(FIELDS, ROWS[:2], driver=0x02, deleted={1}),
           "missing: delete").write_text(
               (workspace / "old.yaml").read_text() + "limits: { deletes: 100% }\n")
    counts = run(wherry)
    assert (counts["unchanged"], counts["skipped"], counts["deleted"]) == (1, 1, 1)


def with_memos(kind, version, length):
    memos = Memos(kind)
    texts = ["short", "", "Zoë " * 5000, "two\r\nlines"]
    numbers = [memos.add(text.encode("cp1252")) if text else None for text in texts]
    rows = [[i, number] for i, number in enumerate(numbers, 1)]
    fields = [("id", "N", 6), ("note", "M", length)]
    return table(fields, rows, version=version, driver=0x03), memos.file(), texts


@pytest.mark.parametrize("kind, version, length, suffix", [
    ("3", 0x83, 10, "dbt"), ("4", 0x8B, 10, "dbt"), ("4", 0x85, 10, "dbt"), ("fpt", 0xF5, 10, "fpt"),
    ("fpt", 0x30, 4, "FPT")])
def test_memos_are_read_from_the_file_beside(wherry, workspace, kind, version, length, suffix):
    content, memos, texts = with_memos(kind, version, length)
    (workspace / f"orders.{suffix}").write_bytes(memos)
    set_up(workspace, content)
    assert run(wherry)["inserted"] == 4
    found = workspace.sql("new.db").rows("SELECT note FROM orders ORDER BY id")
    assert [row[0] or "" for row in found] == texts


def test_a_memo_file_that_changed_is_another_source(wherry, workspace):
    content, memos, _ = with_memos("3", 0x83, 10)
    (workspace / "orders.dbt").write_bytes(memos)
    set_up(workspace, content)
    run(wherry)
    (workspace / "orders.dbt").write_bytes(memos.replace(b"short", b"SHORT"))
    assert run(wherry)["updated"] == 1


def test_tables_are_read_as_they_are_packed(wherry, workspace):
    content, memos, texts = with_memos("fpt", 0xF5, 10)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("x/orders.dbf", content)
        packed.writestr("x/orders.fpt", memos)
    set_up(workspace, archive.getvalue(), from_="all.zip/x/orders.dbf", name="all.zip")
    assert run(wherry)["inserted"] == 4
    found = workspace.sql("new.db").rows("SELECT note FROM orders ORDER BY id")
    assert [row[0] or "" for row in found] == texts
    (workspace / "orders.fpt").write_bytes(memos)
    set_up(workspace, gzip.compress(content), from_="orders.dbf.gz")
    assert run(wherry)["unchanged"] == 4


def test_standard_input_is_recognized(wherry, workspace):
    content = table(FIELDS, ROWS[:1])
    set_up(workspace, content, from_='"-"', name="orders.bin")
    plan = wherry("plan", "old.yaml", given=content).expect(0).out
    assert "DBF (dBASE III" in plan
    assert "it begins like one; to pin it: format: { type: dbf }" in plan


def many(count):
    rows = [[i, f"name {i}", "*" * 10 if i % 97 == 0 else i / 4, i % 2 == 0,
             datetime.date(2000, 1, 1) + datetime.timedelta(i)] for i in range(1, count + 1)]
    return table(FIELDS, rows, deleted=set(range(0, count, 50)))


@pytest.mark.parametrize("arguments", [(), ("--workers", "2")])
def test_a_killed_run_goes_on(wherry, workspace, arguments, has_crash_points):
    count = 5000
    set_up(workspace, many(count)).write_text(
        (workspace / "old.yaml").read_text() + "limits: { group: 500 }\n")
    assert wherry.is_killed("group.committed", "run", "old.yaml", *arguments)
    expected = [i for i in range(1, count + 1) if i % 97 and (i - 1) % 50]
    before = workspace.sql("new.db").value("SELECT count(*) FROM orders")
    assert 0 < before < len(expected)
    run(wherry, *arguments, code=1)
    assert workspace.sql("new.db").rows("SELECT count(*), sum(id) FROM orders") == [
        (len(expected), sum(expected))]
    counts = run(wherry, *arguments, code=1)
    assert (counts["read"], counts["skipped"], counts["unchanged"]) == (
        count, count // 50, len(expected))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no {DATA}")
@pytest.mark.parametrize("name", ["testdbf_converted.csv", "testxls_unicode_converted.csv"])
def test_values_of_real_tables_come_back(wherry, workspace, name):
    with open(DATA / "edge" / "csvkit" / name, newline="", encoding="utf-8-sig") as file:
        header, *rows = list(csv.reader(file))
    width = max(len(cell.encode()) for row in rows for cell in row) or 1
    fields = [("id", "N", 6)] + [(f"F{i}", "C", width) for i in range(len(header))]
    numbered = [[i, *row] for i, row in enumerate(rows, 1)]
    content = table(fields, [[row[0]] + [cell.encode() for cell in row[1:]] for row in numbered])
    set_up(workspace, content, "format: { encoding: UTF-8 }")
    run(wherry)
    found = workspace.sql("new.db").rows("SELECT * FROM orders ORDER BY id")
    assert [[cell or "" for cell in row] for row in found] == [
        [row[0], *(cell.rstrip(" ") for cell in row[1:])] for row in numbered]
