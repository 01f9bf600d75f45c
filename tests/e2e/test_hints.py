# SPDX-License-Identifier: Apache-2.0
"""What a summary says to type next can be typed."""
import re
import shlex

import pytest

MIGRATION = """
    wherry: 1
    name: shop
    source: .
    destination: sqlite:shop.db
    items:
      customer: { from: customers.csv, key: id, into: customer, create: true, map: { id: "id::int", name: name } }
      "open order": { from: orders.csv, key: id, into: orders, create: true, map: { id: "id::int", total: "total::int" } }
"""


@pytest.fixture
def shop(workspace):
    workspace.write("customers.csv", "id,name\n1,Ann\nx,Ben\n")
    workspace.write("orders.csv", "id,total\n1,10\n2,much\n3,more\n")
    workspace.write("shop.yaml", MIGRATION)
    return workspace


def hints(result):
    return [line[1] for line in re.finditer(r"^  wherry (.+?)   *\S", result.out, re.M)]


def type_in(wherry, hint, item="customer"):
    return wherry(*(item if word == "ITEM" else "1" if word == "KEY" else word for word in shlex.split(hint)))


@pytest.mark.parametrize("verb", ["run", "status"])
def test_hints_of_several_item_types_can_be_typed(wherry, shop, verb):
    result = wherry("run", "shop.yaml").expect(1)
    if verb == "status":
        result = wherry("status", "shop.yaml").expect(0)
    assert hints(result) == ["log shop.yaml --rejected", "log shop.yaml ITEM --id KEY", "run shop.yaml"]
    for hint in hints(result):
        type_in(wherry, hint).expect(1 if hint.startswith("run") else 0)


@pytest.mark.parametrize("verb", ["run", "status"])
def test_hints_of_a_run_of_one_item_type_name_it(wherry, shop, verb):
    result = wherry("run", "shop.yaml", "open order").expect(1)
    if verb == "status":
        result = wherry("status", "shop.yaml").expect(0)
    assert hints(result) == ["log shop.yaml 'open order' --rejected", "log shop.yaml 'open order' --id KEY",
                             "run shop.yaml 'open order'"]
    for hint in hints(result):
        type_in(wherry, hint).expect(1 if hint.startswith("run") else 0)


def test_a_stopped_run_of_one_item_type_goes_on_as_its_hints_say(wherry, shop):
    told = hints(wherry("run", "shop.yaml", "open order", "--max-failures", "1").expect(4))
    assert "run shop.yaml 'open order' --max-failures 10%" in told
    told = hints(wherry("status", "shop.yaml").expect(0))
    assert told == ["run shop.yaml 'open order'", "run shop.yaml 'open order' --restart"]
    result = wherry("run", "shop.yaml", "open order").expect(1)
    assert "Run 1 of shop" in result.out and "It went on with an interrupted run" in result.out
