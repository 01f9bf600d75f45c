# SPDX-License-Identifier: Apache-2.0
"""Where the log has hashes in the place of images: what was edited is told from what was not."""
import pytest

from people import counts, run

MIGRATION = """
    wherry: 1
    name: people
    source: .
    destination: sqlite:people.db
    items:
      person:
        from: people.csv
        key: id
        into: person
        {extra}
        map: {{ "*": same }}
"""


def set_up(workspace, extra, amounts):
    workspace.sql("people.db").script(
        "CREATE TABLE person (id NUMERIC PRIMARY KEY, amount NUMERIC, name TEXT)")
    workspace.write("people.yaml", MIGRATION.format(extra=extra))
    write_source(workspace, amounts)


def write_source(workspace, amounts, name="Ann"):
    lines = [f"{key},{amount},{name}\n" for key, amount in amounts.items()]
    workspace.write("people.csv", "id,amount,name\n" + "".join(lines))


EXTRAS = ["log: keys", "redact: name", "redact: amount", "log: keys\n        redact: name"]


@pytest.mark.parametrize("extra", EXTRAS)
def test_zeros_that_the_destination_does_not_keep_are_no_drift(wherry, workspace, extra):
    set_up(workspace, extra, {"1": "1.50", "2": "2.00", "3": "3", "4.50": "", "5": "1e2"})
    assert counts(run(wherry)) == {"inserted": 5}
    assert counts(run(wherry)) == {"unchanged": 5}
    write_source(workspace, {"1": "1.50", "2": "2.00", "3": "3", "4.50": "", "5": "1e2"}, "Bob")
    assert counts(run(wherry)) == {"updated": 5}
    write_source(workspace, {"1": "1.60", "2": "2.5", "3": "3.10", "4.5": "0.0", "5": "1"}, "Bob")
    assert counts(run(wherry)) == {"updated": 5}
    assert counts(run(wherry)) == {"unchanged": 5}


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_edited_number_is_drift(wherry, workspace, extra):
    set_up(workspace, extra, {"1": "1.50", "2": "2.00"})
    run(wherry)
    workspace.sql("people.db").script("UPDATE person SET amount = 1.51 WHERE id = 1")
    write_source(workspace, {"1": "1.50", "2": "2.00"}, "Bob")
    assert counts(run(wherry, code=1)) == {"updated": 1, "failed": 1}
