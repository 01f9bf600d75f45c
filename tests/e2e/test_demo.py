# SPDX-License-Identifier: Apache-2.0
"""The demo does what it says, with the figures that its exports hold."""
import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, Database, sum_closes

SHOP = ROOT / "examples" / "shop"

# What is wrong with the exports, counted when they were written.
CUSTOMER_REASONS = {
    ("clean", "an e-mail has an @"): 9,
    ("map", "customer_since"): 6,
    ("map", "balance"): 4,
    ("map", "country"): 3,
    ("map", "full_name"): 2,
    ("map", "born"): 2,
    ("expect", "status accepted values"): 2,
    ("key", "CUST_ID"): 3,
    ("read", None): 1,
    ("write", "balance >= -1000"): 2,
}
PRODUCT_REASONS = {
    ("clean", "a price is a number"): 3,
    ("expect", "a price is not negative"): 2,
    ("map", "stock"): 2,
    ("map", "added_on"): 2,
    ("map", "title"): 2,
    ("key", "SKU"): 2,
}


@pytest.fixture
def shop(tmp_path):
    """The example's files in a folder of the test's own, with an empty database."""
    for name in ("shop.yaml", "customers.csv", "products.csv"):
        shutil.copy(SHOP / name, tmp_path)
    database = Database(tmp_path / "out" / "shop.db")
    database.path.parent.mkdir()
    return database.script((SHOP / "schema.sql").read_text())


def run_demo(wherry, out):
    if not shutil.which("sqlite3"):
        pytest.skip("sqlite3, which the demo uses, is missing")
    return subprocess.run([SHOP / "demo.sh"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=300, cwd=out.parent,
                          env={**wherry.environment(), "WHERRY": wherry.program,
                               "SHOP_OUT": str(out)})


def test_demo_shows_what_it_promises(wherry, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in SHOP.rglob("*")
              if "out" not in path.relative_to(SHOP).parts}
    out = tmp_path / "out"
    result = run_demo(wherry, out)
    assert result.returncode == 0, result.stdout + result.stderr
    text = result.stdout
    sums = re.findall(r"the sum closes: (.*)", text)
    assert sums == [
        "432 read = 370 inserted + 15 skipped + 45 rejected + 2 failed",
        "1 read = 1 rejected",
        "432 read = 370 unchanged + 15 skipped + 45 rejected + 2 failed",
        "15 read = 1 inserted + 2 unchanged + 12 rejected",
    ]
    for part in ("products.csv:39", "'3,5' is not a valid bigint",
                 "CHECK constraint failed: balance >= -1000", "touched by rule 'no birthday'",
                 "shop: 3 runs", "What to try next"):
        assert part in text
    assert "\x1b" not in text
    database = Database(out / "shop.db")
    assert database.value("SELECT count(*) FROM customers") == 265
    assert database.value("SELECT count(*) FROM products") == 106
    assert database.value("SELECT stock FROM products WHERE sku = 'K-0038'") == 3
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_demo_can_be_run_again(wherry, tmp_path):
    out = tmp_path / "out"
    assert run_demo(wherry, out).returncode == 0
    assert run_demo(wherry, out).returncode == 0


def test_demo_says_what_is_missing(wherry, tmp_path):
    result = subprocess.run([SHOP / "demo.sh"], capture_output=True, text=True, check=False,
                            env={**wherry.environment(), "WHERRY": str(tmp_path / "nothing"),
                                 "SHOP_OUT": str(tmp_path / "out")})
    assert result.returncode == 3 and "make demo" in result.stderr
    assert os.listdir(tmp_path) == []


def test_the_exports_are_as_ugly_as_they_were_made(wherry, shop):
    document = wherry("run", "shop.yaml", "--json").expect(1).json()
    for item, expected in zip(document["items"], (CUSTOMER_REASONS, PRODUCT_REASONS)):
        sum_closes(item["counts"])
        found = {(reason["stage"], reason["rule"] or reason["column"]): reason["items"]
                 for reason in item["reasons"]}
        assert found == expected
    counts = [item["counts"] for item in document["items"]]
    assert [count["read"] for count in counts] == [310, 122]
    assert [count["skipped"] for count in counts] == [5 + 6, 4]  # test accounts, duplicates; gone


def test_what_arrives_is_clean(wherry, shop):
    wherry("run", "shop.yaml").expect(1)
    assert shop.rows("SELECT * FROM customers WHERE id = 1005") == [
        (1005, "Tomáš Nowak", "tomas.nowak5@example.com", "+49 30 5912445", None, "2023-06-20",
         "GB", 759.94, "active", None)]
    for problem in ("full_name LIKE '%  %'", "full_name != trim(full_name)",
                    "email != lower(trim(email))", "phone IN ('', '-', 'n/a', 'N/A', 'unknown')",
                    "born LIKE '%/%'", "length(country) != 2", "country != upper(country)",
                    "status NOT IN ('active', 'closed')"):
        assert shop.rows(f"SELECT id FROM customers WHERE {problem}") == [], problem
    assert shop.value("SELECT count(*) - count(DISTINCT lower(email)) FROM customers") == 0
    price, weight = shop.rows("SELECT price, weight_kg FROM products WHERE sku = 'D-0001'")[0]
    assert (price, weight) == (60.62, None)


def test_every_record_is_accounted_for_in_the_log(wherry, shop):
    wherry("run", "shop.yaml").expect(1)
    lines = wherry("log", "shop.yaml", "--json").expect(0).ndjson()
    assert len(lines) == 432
    places = {line["place"] for line in lines}
    assert len(places) == 432
    stored = {json.dumps(row) for row in shop.rows("SELECT id FROM customers")}
    arrived = {json.dumps([int(line["key"])]) for line in lines
               if line["item"] == "customer" and line["status"] == "inserted"}
    assert stored == arrived


def test_an_edit_by_hand_is_left_alone(wherry, shop):
    wherry("run", "shop.yaml").expect(1)
    shop.script("UPDATE customers SET phone = '112' WHERE id = 1005")
    document = wherry("run", "shop.yaml", "customer", "--id", "1005", "--json").expect(1).json()
    assert document["total"]["failed"] == 1
    assert shop.value("SELECT phone FROM customers WHERE id = 1005") == "112"
