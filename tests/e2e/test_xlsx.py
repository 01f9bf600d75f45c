# SPDX-License-Identifier: Apache-2.0
"""Sheets of workbooks as sources: values with their types, places, and going on after a crash."""
import csv
import datetime
import random

import pytest

from conftest import ROOT, sum_closes
from xlsx import workbook

DATA = ROOT.parent / "shared" / "data"

MIGRATION = """
    wherry: 1
    name: book
    source: .
    destination: sqlite:book.db
    items:
      order:
        from: book.xlsx
        {extra}
        key: id
        into: orders
        create: true
        map: {{ "*": same }}
"""


def set_up(workspace, sheets, extra=""):
    workspace.write("book.xlsx", workbook(sheets))
    return workspace.write("book.yaml", MIGRATION.format(extra=extra))


def run(wherry, *args, code=0, **kwargs):
    document = wherry("run", "book.yaml", *args, "--json", **kwargs).expect(code).json()
    return sum_closes(document["items"][0]["counts"])


ORDERS = [["id", "name", "day", "at", "paid", "amount"],
          [1, "Ann", datetime.date(2020, 2, 29), datetime.datetime(2020, 1, 1, 12, 30), True, 0.1],
          [2, "Bob & Co", None, None, False, 12.5],
          [3, "#N/A", datetime.date(1900, 1, 1), None, None, None]]


def test_values_arrive_with_their_types(wherry, workspace):
    set_up(workspace, {"Notes": [["x"]], "Orders": ORDERS}, "format: { sheet: Orders }")
    plan = wherry("plan", "book.yaml").expect(0).out
    assert " bytes: XLSX, sheet 'Orders' (2 of 2), header in row 1 (it names the key), 6 columns: " in plan
    assert "day date, at timestamp, paid boolean, amount numeric" in plan
    assert run(wherry, code=1)["rejected"] == 1
    assert workspace.sql("book.db").rows("SELECT * FROM orders ORDER BY 1") == [
        (1, "Ann", "2020-02-29", "2020-01-01 12:30:00", 1, 0.1),
        (2, "Bob & Co", None, None, 0, 12.5)]
    failure = workspace.sql("book.db").rows("SELECT message FROM wherry_failure")
    assert "cell B4 holds '#N/A'" in failure[0][0]
    log = wherry("log", "book.yaml", "--rejected").expect(0).out
    assert "book.xlsx/Orders:4" in log


def test_several_sheets_are_asked_about(wherry, workspace):
    set_up(workspace, {"Notes": [["x"]], "Orders": ORDERS})
    assert "one of 'Notes', 'Orders'" in wherry("plan", "book.yaml").expect(2).err


def many(count):
    chance = random.Random(5)
    rows = [["id", "name", "amount"]]
    for i in range(1, count + 1):
        name = "#REF!" if i % 97 == 0 else chance.choice(("Ann", "Bob", "Eve")) * (i % 7)
        rows.append([i, name or None, i / 4])
    return {"All": rows}


@pytest.mark.parametrize("arguments", [(), ("--workers", "2")])
def test_a_killed_run_goes_on(wherry, workspace, arguments, has_crash_points):
    count = 5000
    set_up(workspace, many(count), "").write_text(
        (workspace / "book.yaml").read_text() + "limits: { group: 500 }\n")
    assert wherry.is_killed("group.committed", "run", "book.yaml", *arguments)
    before = workspace.sql("book.db").value("SELECT count(*) FROM orders")
    assert 0 < before < count
    run(wherry, *arguments, code=1)
    assert workspace.sql("book.db").rows("SELECT count(*), sum(id) FROM orders") == [
        (count - count // 97, sum(i for i in range(1, count + 1) if i % 97))]
    assert run(wherry, *arguments, code=1)["unchanged"] == count - count // 97


def test_a_changed_workbook_is_compared_again(wherry, workspace):
    set_up(workspace, {"Orders": ORDERS[:3]})
    assert run(wherry)["inserted"] == 2
    set_up(workspace, {"Orders": [ORDERS[0], ORDERS[1], [2, "Bob"] + ORDERS[2][2:]]})
    counts = run(wherry)
    assert (counts["updated"], counts["unchanged"]) == (1, 1)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no {DATA}")
@pytest.mark.parametrize("name", ["testxlsx_converted.csv", "testxls_unicode_converted.csv",
                                  "iris.csv", "testdbf_converted.csv", "blanks_converted.csv"])
def test_values_of_real_tables_come_back_from_a_sheet(wherry, workspace, name):
    with open(DATA / "edge" / "csvkit" / name, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    numbered = [["row number"] + rows[0]]
    numbered += [[i] + [text or None for text in row] for i, row in enumerate(rows[1:], 1)]
    set_up(workspace, {"Data": numbered}, "format: { header: true }").write_text(
        (workspace / "book.yaml").read_text().replace("key: id", "key: row number"))
    run(wherry)
    found = workspace.sql("book.db").rows('SELECT * FROM orders ORDER BY "row number"')
    assert [list(row[1:]) for row in found] == [row[1:] for row in numbered[1:]]
