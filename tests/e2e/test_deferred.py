# SPDX-License-Identifier: Apache-2.0
"""Deferred foreign keys: what the commit would refuse fails alone, whatever it stands beside."""
import pytest

from people import TABLE, counts, people, run, set_up

STAFF = """
    CREATE TABLE person (
        id   INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        boss INTEGER REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED
    );
    CREATE INDEX person_boss ON person (boss);
"""

MIGRATION = """
    wherry: 1
    name: people
    source: .
    destination: sqlite:people.db
    items:
      person: { from: people.csv, key: id, into: person, map: { "*": same } }
"""


def set_up_staff(workspace, bosses, table=STAFF):
    """People 1, 2 … with their bosses, in that order."""
    lines = [f"{number},Ann {number},{boss}\n" for number, boss in enumerate(bosses, 1)]
    workspace.write("people.csv", "id,name,boss\n" + "".join(lines))
    workspace.sql("people.db").script(table)
    workspace.write("people.yaml", MIGRATION)


def failed_keys(workspace):
    rows = workspace.sql("people.db").rows("SELECT key FROM wherry_failure ORDER BY id")
    return [int(row[0]) for row in rows]


def test_rows_that_refer_to_each_other_stand_beside_a_bad_one(wherry, workspace):
    bosses = [number + 1 for number in range(1, 100)] + [""]  # each one's boss comes next
    bosses[9] = 999
    set_up_staff(workspace, bosses)
    item = run(wherry, code=1)
    # Nobody can stay whose boss, or boss's boss … is not there.
    assert counts(item) == {"inserted": 90, "failed": 10}
    assert sorted(failed_keys(workspace)) == list(range(1, 11))
    message = workspace.sql("people.db").value("SELECT message FROM wherry_failure WHERE key = '10'")
    assert "'boss' refers to a row of 'person' that is not there" in message


def test_an_update_that_breaks_it_leaves_the_others_alone(wherry, workspace):
    set_up_staff(workspace, ["", 1, 2, 3, 4])
    run(wherry)
    workspace.write("people.csv", "id,name,boss\n1,Ann,5\n2,Ann,1\n3,Ann,999\n4,Ann,3\n5,Ann,\n")
    assert counts(run(wherry, code=1)) == {"updated": 4, "failed": 1}
    assert workspace.sql("people.db").rows("SELECT id, name, boss FROM person") == [
        (1, "Ann", 5), (2, "Ann", 1), (3, "Ann 3", 2), (4, "Ann", 3), (5, "Ann", None)]


@pytest.mark.parametrize("existing", [False, True], ids=["inserts", "updates"])
def test_a_row_that_is_refused_keeps_no_value_from_another_one(wherry, workspace, existing):
    table = STAFF.replace("name TEXT NOT NULL", "name TEXT NOT NULL UNIQUE")
    set_up_staff(workspace, [""] * (6 if existing else 0), table=table)
    run(wherry)
    workspace.write("people.csv", "id,name,boss\n1,Bo,\n2,Eve,999\n3,Eve,998\n4,Eve,1\n5,Eve,1\n6,Bob,\n")
    assert counts(run(wherry, code=1)) == {"updated" if existing else "inserted": 3, "failed": 3}
    assert workspace.sql("people.db").rows("SELECT id, name, boss FROM person WHERE name NOT LIKE 'Ann%'") == [
        (1, "Bo", None), (4, "Eve", 1), (6, "Bob", None)]


def test_a_referred_value_that_changes_fails_alone(wherry, workspace):
    table = """
        CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boss INTEGER);
        CREATE TABLE pet (owner TEXT REFERENCES person (name) DEFERRABLE INITIALLY DEFERRED);
    """
    set_up_staff(workspace, [1, 2, 3, 4], table=table)
    run(wherry)
    workspace.sql("people.db").script("INSERT INTO pet VALUES ('Ann 2'), ('Ann 3')")
    workspace.write("people.csv", "id,name,boss\n1,Bo,1\n2,Ann 3x,2\n3,Ann 2,3\n4,Bob,4\n")
    # 3 may not give its name up; then 2, whose name it would have taken, may not either.
    assert counts(run(wherry, code=1)) == {"updated": 2, "failed": 2}
    assert workspace.sql("people.db").rows("SELECT name FROM person ORDER BY id") == [
        ("Bo",), ("Ann 2",), ("Ann 3",), ("Bob",)]


def test_what_a_trigger_breaks_elsewhere_is_found_by_halving(wherry, workspace):
    table = TABLE + """
        CREATE TABLE land (code TEXT PRIMARY KEY);
        INSERT INTO land VALUES ('DE');
        CREATE TABLE visit (code TEXT REFERENCES land DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER visited AFTER INSERT ON person
            BEGIN INSERT INTO visit VALUES (new.country); END;
    """
    bad = {f"p{number}": {"country": "XX"} for number in (3, 4, 20)}
    set_up(workspace, people(20, **bad), table=table)
    assert counts(run(wherry, code=1)) == {"inserted": 17, "failed": 3}
    assert sorted(failed_keys(workspace)) == [3, 4, 20]


@pytest.mark.parametrize("order", ["upwards", "downwards"])
def test_a_long_chain_without_an_end_takes_no_time(wherry, workspace, order):
    count = 20000
    if order == "upwards":
        bosses = [999999] + list(range(1, count))
    else:
        bosses = list(range(2, count + 1)) + [999999]
    set_up_staff(workspace, bosses)
    assert counts(run(wherry, code=1, timeout=60)) == {"failed": count}


def test_a_rehearsal_tells_what_the_commit_would_refuse(wherry, workspace):
    set_up_staff(workspace, ["", 1, 999, 3, 1])
    assert counts(run(wherry, "--rehearse", code=1)) == {"inserted": 3, "failed": 2}
    assert counts(run(wherry, code=1)) == {"inserted": 3, "failed": 2}


@pytest.mark.parametrize("group", (1, 2))
@pytest.mark.parametrize("lines, failed", (("1,9,9 3,,", [1]), ("1,9,3 3,,", [1]), ("1,2,3 2,, 3,,", []),
                                           ("1,2,9 2,, 3,2,2", [1])))
def test_a_row_that_breaks_a_deferred_foreign_key_and_another_one_fails_alone(wherry, workspace, lines, failed, group):
    lines = lines.split()
    workspace.write("people.csv", "\n".join(["id,boss,mentor", *lines, ""]))
    db = workspace.sql("people.db").script("""
        CREATE TABLE person (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES person,
                             mentor INTEGER REFERENCES person DEFERRABLE INITIALLY DEFERRED)""")
    workspace.write("people.yaml", f"{MIGRATION}    limits: {{ group: {group} }}\n")
    assert counts(run(wherry, code=1 if failed else 0))["inserted"] == len(lines) - len(failed)
    assert failed_keys(workspace) == failed
    assert [number for number, in db.rows("SELECT id FROM person ORDER BY id")] == [
        number for number in map(int, (line.split(",")[0] for line in lines)) if number not in failed]
