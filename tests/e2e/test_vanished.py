# SPDX-License-Identifier: Apache-2.0
"""`missing: delete`: rows whose items the source no longer has go, but never one too many."""
import pytest

from people import HEADER, TABLE, counts, log_of, people, person, run, set_up


def ids(workspace):
    return [row[0] for row in workspace.sql("people.db").rows("SELECT id FROM person ORDER BY id")]


def set_up_deleting(workspace, source, limit="50%", table=TABLE):
    set_up(workspace, source, extra="missing: delete", table=table)
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + f"limits: {{ deletes: {limit} }}\n")


def test_vanished_rows_are_deleted_and_logged(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(8))
    item = run(wherry)
    assert counts(item) == {"unchanged": 8, "deleted": 2}
    assert item["vanished"] == 2
    assert ids(workspace) == list(range(1, 9))
    newest = log_of(wherry, 9)[0]
    assert newest["status"] == "deleted" and newest["before"]["name"] == "Ann 9"
    assert counts(run(wherry)) == {"unchanged": 8}


def test_a_deletion_that_is_logged_and_not_counted_is_noticed(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(8))
    workspace.sql("people.db").script("""
        CREATE TRIGGER forgets AFTER UPDATE OF deleted ON wherry_chunk WHEN new.deleted > 0
            BEGIN UPDATE wherry_chunk SET deleted = 0 WHERE id = new.id; END;
    """)
    result = wherry("run", "people.yaml").expect(5)
    assert "the sum of item type 'person' does not close" in result.err
    assert "THE SUM DOES NOT CLOSE" in result.out


def test_a_deleted_item_that_comes_back_is_inserted(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(8))
    run(wherry)
    workspace.write("people.csv", people(10))
    assert counts(run(wherry)) == {"unchanged": 8, "inserted": 2}


def test_more_than_the_limit_deletes_nothing(wherry, workspace):
    set_up_deleting(workspace, people(10), limit="10%")
    run(wherry)
    workspace.write("people.csv", people(8))
    told = wherry("run", "people.yaml").expect(4).out
    assert "stopped at the limit of deletes" in told and "limits: deletes" in told
    assert "--max-failures" not in told
    assert ids(workspace) == list(range(1, 11))
    listed = wherry("log", "people.yaml", "--missing", "--json").expect(0).ndjson()
    assert [entry["key"] for entry in listed] == ["9", "10"]


def test_missing_items_are_listed(wherry, workspace):
    set_up(workspace, people(5), extra="missing: report")
    run(wherry)
    workspace.write("people.csv", people(3))
    gone = "2 rows written to 'person', whose items the source no longer has"
    assert gone + "\n" in wherry("run", "people.yaml", "--dry-run").expect(0).out
    assert gone + ", listed by 'log --missing'" in wherry("run", "people.yaml").expect(0).out
    listed = wherry("log", "people.yaml", "--missing", "--json").expect(0).ndjson()
    assert [entry["key"] for entry in listed] == ["4", "5"]
    assert [entry["status"] for entry in listed] == ["missing"] * 2
    assert listed[0]["before"]["name"] == "Ann 4"
    assert counts(run(wherry)) == {"unchanged": 3} and ids(workspace) == [1, 2, 3, 4, 5]
    workspace.write("people.csv", people(5))
    assert counts(run(wherry)) == {"unchanged": 5}
    wherry("log", "people.yaml", "--missing", "--failed").expect(2)


def test_rows_without_images_are_kept_and_listed(wherry, workspace):
    set_up_deleting(workspace, people(5))
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("missing: delete", "missing: delete\n    log: keys"))
    run(wherry)
    workspace.write("people.csv", people(3))
    assert counts(run(wherry)) == {"unchanged": 3}
    assert ids(workspace) == [1, 2, 3, 4, 5]
    listed = wherry("log", "people.yaml", "--missing", "--json").expect(0).ndjson()
    assert [entry["key"] for entry in listed] == ["4", "5"]


def test_refused_records_of_a_key_are_no_missing_rows(wherry, workspace):
    """Without images a segment tells rows by their hash, which refused records of the key have, too."""
    extra = """missing: report
        log: keys
        clean:
          - { name: bad, when: country = 'XX', reject: bad }
"""
    def records(numbers):
        bad = {"country": "XX"}
        return HEADER + "".join(person(number) + 2 * person(number, **bad) for number in numbers)
    set_up(workspace, records(range(1, 1101)), extra=extra)
    assert counts(run(wherry, code=1)) == {"inserted": 1100, "rejected": 2200}
    workspace.write("people.csv", HEADER + person(1))
    assert run(wherry)["vanished"] == 1099
    listed = wherry("log", "people.yaml", "--missing", "--json").expect(0).ndjson()
    assert [entry["key"] for entry in listed] == [str(number) for number in range(2, 1101)]


def test_a_row_that_somebody_edited_is_kept(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.sql("people.db").script("UPDATE person SET name = 'mine' WHERE id = 9")
    workspace.write("people.csv", people(8))
    assert counts(run(wherry)) == {"unchanged": 8, "deleted": 1}
    assert ids(workspace) == list(range(1, 10))


def test_a_row_of_somebody_else_is_kept(wherry, workspace):
    row = "INSERT INTO person VALUES (99, 'x', 'x@y', 1, NULL, 'FR')"
    set_up_deleting(workspace, people(4), table=TABLE + row)
    run(wherry)
    assert counts(run(wherry)) == {"unchanged": 4}
    assert ids(workspace) == [1, 2, 3, 4, 99]


def test_rejected_is_not_vanished(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(10, p5={"born": "x"}))
    assert counts(run(wherry, code=1)) == {"unchanged": 9, "rejected": 1}
    assert len(ids(workspace)) == 10


def test_a_record_without_a_key_makes_it_impossible_to_tell(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(9) + '10,"broken\n')
    document = wherry("run", "people.yaml", "--json").expect(1)
    assert counts(document.json()["items"][0]) == {"unchanged": 9, "rejected": 1}
    assert "nothing was deleted" in document.err
    assert len(ids(workspace)) == 10


def test_a_key_that_cannot_be_converted_stands_for_no_row(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(10, p5={"id": "5x"}))
    document = wherry("run", "people.yaml", "--json").expect(1)
    assert counts(document.json()["items"][0]) == {"unchanged": 9, "rejected": 1}
    assert "nothing was deleted" in document.err
    assert len(ids(workspace)) == 10


def test_a_partial_run_deletes_nothing(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(8))
    assert counts(run(wherry, "--limit", "3")) == {"unchanged": 3}
    assert len(ids(workspace)) == 10


def test_an_emptied_source_deletes_nothing(wherry, workspace):
    set_up_deleting(workspace, people(10), limit="100%")
    run(wherry)
    workspace.write("people.csv", people(0))
    wherry("run", "people.yaml").expect(4)
    assert len(ids(workspace)) == 10


def test_a_delete_that_would_reach_further_is_refused(wherry, workspace):
    table = TABLE + """
        CREATE TABLE pet (name TEXT, owner INTEGER REFERENCES person (id) ON DELETE CASCADE);
    """
    set_up_deleting(workspace, people(10), table=table)
    run(wherry)
    workspace.sql("people.db").script("INSERT INTO pet VALUES ('Rex', 9)")
    workspace.write("people.csv", people(8))
    result = wherry("run", "people.yaml").expect(2)
    assert "pet" in result.err
    assert len(ids(workspace)) == 10


MENDING = """missing: delete
        clean:
          - name: nobody
            when: country = 'XX'
            reject: nobody lives there
          - name: no year
            when: born = 'never'
            skip: not born
          - name: keys have a prefix
            when: id LIKE 'P-%'
            set: { id: "replace(id, 'P-', '')" }
"""


def test_a_record_refused_before_its_key_is_mended_stands_for_its_row(wherry, workspace):
    """And so it does beside rows of the same batch that came to the rule."""
    set_up(workspace, people(10, p2={"id": "P-2"}), extra=MENDING)
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + "limits: { deletes: 100% }\n")
    assert counts(run(wherry)) == {"inserted": 10}
    workspace.write("people.csv", people(10, p2={"id": "P-2", "country": "XX"},
                                         p3={"id": "P-3"}, p4={"country": "XX"}))
    assert counts(run(wherry, code=1)) == {"unchanged": 8, "rejected": 2}
    assert ids(workspace) == list(range(1, 11))
    keys = workspace.sql("people.db").rows("SELECT key FROM wherry_failure ORDER BY id")
    assert keys == [("2",), ("4",)]
    # A record that is left out on purpose stands for no row.
    workspace.write("people.csv", people(10, p2={"id": "P-2", "born": "never"}))
    assert counts(run(wherry)) == {"unchanged": 9, "skipped": 1, "deleted": 1}
    assert log_of(wherry, 2)[0]["status"] == "deleted"


def test_rows_that_somebody_else_deleted_are_forgotten(wherry, workspace):
    set_up_deleting(workspace, people(10), limit="1")
    run(wherry)
    workspace.sql("people.db").script("DELETE FROM person WHERE id IN (7, 8)")
    workspace.write("people.csv", people(6) + person(9) + person(10))
    item = run(wherry)
    assert counts(item) == {"unchanged": 8} and item["vanished"] == 0
    workspace.write("people.csv", people(6) + person(9))
    item = run(wherry)
    assert counts(item) == {"unchanged": 7, "deleted": 1} and item["vanished"] == 1
    # What comes back is new.
    workspace.write("people.csv", people(7))
    assert counts(run(wherry)) == {"unchanged": 6, "inserted": 1, "deleted": 1}


@pytest.mark.parametrize("option", ["--rehearse", "--dry-run"])
def test_what_only_tries_out_stops_at_the_limit_of_deletes(wherry, workspace, option):
    set_up_deleting(workspace, people(10), limit="10%")
    run(wherry)
    workspace.write("people.csv", people(8))
    assert "limits.deletes" in wherry("run", "people.yaml", option).expect(4).err
    assert len(ids(workspace)) == 10


@pytest.mark.parametrize("option", ["--rehearse", "--dry-run"])
def test_what_only_tries_out_tells_what_a_delete_would_reach(wherry, workspace, option):
    table = TABLE + "CREATE TABLE pet (owner INTEGER REFERENCES person (id) ON DELETE SET NULL);"
    set_up_deleting(workspace, people(10), table=table)
    run(wherry)
    workspace.write("people.csv", people(8))
    assert "pet" in wherry("run", "people.yaml", option).expect(2).err


def test_a_rehearsal_deletes_and_takes_it_back(wherry, workspace):
    set_up_deleting(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(8))
    assert counts(run(wherry, "--rehearse")) == {"unchanged": 8, "deleted": 2}
    assert ids(workspace) == list(range(1, 11))
    assert counts(run(wherry)) == {"unchanged": 8, "deleted": 2}


@pytest.mark.parametrize("deferred", ["", "DEFERRABLE INITIALLY DEFERRED"])
def test_a_row_that_others_refer_to_is_kept_alone(wherry, workspace, deferred):
    table = TABLE + f"CREATE TABLE pet (owner INTEGER REFERENCES person (id) {deferred});"
    set_up_deleting(workspace, people(10), table=table)
    run(wherry)
    workspace.sql("people.db").script("INSERT INTO pet VALUES (9), (3)")
    workspace.write("people.csv", people(6))
    assert counts(run(wherry, "--rehearse")) == {"unchanged": 6, "deleted": 3}
    document = wherry("run", "people.yaml", "--json").expect(0)
    assert "1 vanished row of 'person' not deleted" in document.err
    assert ids(workspace) == [1, 2, 3, 4, 5, 6, 9]
    workspace.sql("people.db").script("DELETE FROM pet")
    assert counts(run(wherry)) == {"unchanged": 6, "deleted": 1}


def test_rows_that_a_trigger_holds_are_kept(wherry, workspace):
    """What nobody can be blamed for: a deferred key broken in another table."""
    table = TABLE + """
        CREATE TABLE land (code TEXT PRIMARY KEY);
        CREATE TABLE gone (code TEXT REFERENCES land DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER leaves AFTER DELETE ON person
            BEGIN INSERT INTO gone VALUES (old.country); END;
    """
    set_up_deleting(workspace, people(4), table=table)
    run(wherry)
    workspace.write("people.csv", people(3))
    assert counts(run(wherry)) == {"unchanged": 3}
    assert len(ids(workspace)) == 4
