# SPDX-License-Identifier: Apache-2.0
"""What a run means: every item written and logged, nothing lost, nothing done twice."""
import random

import pytest
from conftest import sum_closes

from people import (HEADER, MIGRATION, TABLE, counts, log_of, people, person, run, set_up,
                    write_migration)


def test_all_items_arrive_converted(wherry, workspace):
    set_up(workspace, people(3))
    item = run(wherry)
    assert counts(item) == {"inserted": 3}
    assert workspace.sql("people.db").dump("person") == [
        (1, "Ann 1", "ann.1@example.com", 1.5, "1951-02-02", "DE"),
        (2, "Ann 2", "ann.2@example.com", 2.5, "1952-03-03", "DE"),
        (3, "Ann 3", "ann.3@example.com", 3.5, "1953-04-04", "DE"),
    ]


def test_a_second_run_writes_nothing(wherry, workspace):
    set_up(workspace, people(500))
    run(wherry)
    before = workspace.sql("people.db").dump("person")
    assert counts(run(wherry)) == {"unchanged": 500}
    assert workspace.sql("people.db").dump("person") == before


def test_only_what_changed_is_updated(wherry, workspace):
    set_up(workspace, people(10))
    run(wherry)
    workspace.write("people.csv", people(10, p4={"name": "Bob"}))
    assert counts(run(wherry)) == {"updated": 1, "unchanged": 9}
    newest = log_of(wherry, 4)[0]
    assert newest["status"] == "updated"
    assert newest["before"]["name"] == "Ann 4"
    assert newest["after"]["name"] == "Bob"


def test_bad_items_are_kept_with_their_reason_and_good_ones_arrive(wherry, workspace):
    bad = {
        "p2": {"born": "31/02/2020"},
        "p4": {"email": "nobody"},
        "p5": {"balance": "N/A"},
        "p6": {"country": "Atlantis"},
        "p8": {"id": "one"},
        "p9": {"id": ""},
    }
    set_up(workspace, people(10, **bad))
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 4, "rejected": 6}
    found = workspace.sql("people.db").rows(
        "SELECT place, key, stage, column_name FROM wherry_failure ORDER BY id")
    assert found == [
        ("people.csv:3", "2", "map", "born"),
        ("people.csv:5", "4", "expect", None),
        ("people.csv:6", "5", "map", "balance"),
        ("people.csv:7", "6", "map", "country"),
        ("people.csv:9", "one", "map", "id"),
        ("people.csv:10", None, "key", "id"),
    ]


def test_two_bad_rows_side_by_side_and_the_last_row_are_no_special_case(wherry, workspace):
    bad = {f"p{number}": {"born": "x"} for number in (1, 5, 6, 7, 20)}
    set_up(workspace, people(20, **bad))
    assert counts(run(wherry, code=1)) == {"inserted": 15, "rejected": 5}


def test_a_repeated_key_is_refused_wherever_it_comes_and_the_first_wins(wherry, workspace):
    source = HEADER + person(1) + person(2) + person(3, id="01", email="c@d") + person(1, email="e@f")
    set_up(workspace, source)
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 2, "rejected": 2}
    assert item["reasons"][0]["stage"] == "key"
    assert "people.csv:2" in item["reasons"][0]["example"]["message"]
    assert workspace.sql("people.db").value("SELECT email FROM person WHERE id = 1") == (
        "ann.1@example.com")


def test_keys_that_fall_late_are_surveyed_then_and_the_first_still_wins(wherry, workspace):
    tail = person(10, email="later@example.com") + person(4000) + person(2) + person(3500) + person(3500)
    path = set_up(workspace, people(3000) + tail)
    path.write_text(path.read_text() + "limits: { group: 500 }\n")
    item = run(wherry, "--workers", "1", code=1)
    assert item["survey_seconds"] > 0
    assert counts(item) == {"inserted": 3002, "rejected": 3}
    failures = workspace.sql("people.db").rows("SELECT key, message FROM wherry_failure ORDER BY id")
    assert [key for key, _ in failures] == ["10", "2", "3500"]
    assert "people.csv:11" in failures[0][1] and "people.csv:3005" in failures[2][1]
    assert workspace.sql("people.db").value("SELECT email FROM person WHERE id = 10") == "ann.10@example.com"
    assert counts(run(wherry, "--workers", "1", code=1)) == {"unchanged": 3002, "rejected": 3}


def test_keys_that_rise_need_no_survey(wherry, workspace):
    set_up(workspace, people(3000))
    item = run(wherry)
    assert item["survey_seconds"] < 0.01 and counts(item) == {"inserted": 3000}


def test_what_the_destination_refuses_fails_alone(wherry, workspace):
    set_up(workspace, people(6, p3={"email": "ann.1@example.com"}, p5={"email": "ANN.2@example.com"}))
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 4, "failed": 2}
    failures = workspace.sql("people.db").rows(
        "SELECT key, stage, sqlstate FROM wherry_failure ORDER BY id")
    assert failures == [("3", "write", "23505"), ("5", "write", "23505")]


def test_a_deferred_foreign_key_finds_the_bad_item_at_commit(wherry, workspace):
    table = TABLE + """
        CREATE TABLE land (code TEXT PRIMARY KEY);
        INSERT INTO land VALUES ('DE'), ('FR');
    """
    table = table.replace("country CHAR(2) NOT NULL",
                          "country CHAR(2) NOT NULL REFERENCES land (code) "
                          "DEFERRABLE INITIALLY DEFERRED")
    bad = {f"p{number}": {"country": "XX"} for number in (3, 4, 77, 100)}
    set_up(workspace, people(100, **bad), table=table)
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 96, "failed": 4}
    keys = workspace.sql("people.db").rows("SELECT key FROM wherry_failure ORDER BY id")
    assert keys == [("3",), ("4",), ("77",), ("100",)]
    assert counts(run(wherry, code=1)) == {"unchanged": 96, "failed": 4}


def test_a_mended_source_is_all_that_a_rejected_item_needs(wherry, workspace):
    set_up(workspace, people(5, p2={"born": "never"}))
    run(wherry, code=1)
    workspace.write("people.csv", people(5))
    item = run(wherry, "--only", "rejected")
    assert counts(item) == {"inserted": 1} and item["counts"]["read"] == 1
    assert counts(run(wherry)) == {"unchanged": 5}


def test_a_mended_record_that_had_no_key_is_known_by_its_place(wherry, workspace):
    broken = people(3) + '4,"broken\n' + person(5, id="") + person(6) + person(7, born="x")
    set_up(workspace, broken)
    assert counts(run(wherry, code=1)) == {"inserted": 4, "rejected": 3}
    workspace.write("people.csv", people(6) + person(7, born="x"))
    item = run(wherry, "--only", "rejected", code=1)
    assert counts(item) == {"inserted": 2, "rejected": 1} and item["counts"]["read"] == 3
    # What is no longer broken is known by its key as well, and asking again does no harm.
    assert counts(run(wherry, "--only", "rejected", code=1)) == {"unchanged": 2, "rejected": 1}
    assert counts(run(wherry, "--only", "failed")) == {}
    assert counts(run(wherry, code=1)) == {"unchanged": 6, "rejected": 1}
    assert counts(run(wherry, "--only", "rejected", code=1)) == {"rejected": 1}


def test_one_item_can_be_run_alone_and_traced(wherry, workspace):
    set_up(workspace, people(50))
    document = wherry("run", "people.yaml", "person", "--id", "007", "--trace",
                      "--json").expect(0).json()
    assert document["items"][0]["counts"]["read"] == 1
    assert "people.csv:8" in document["trace"]
    assert "ann.7@example.com" in document["trace"]
    assert "map country\n  country: 'DE'" in document["trace"], document["trace"]
    assert workspace.sql("people.db").rows("SELECT id FROM person") == [(7,)]


def test_limit_and_where_choose_records(wherry, workspace):
    set_up(workspace, people(50))
    assert run(wherry, "--limit", "7")["counts"]["read"] == 7
    assert run(wherry, "--where", "id::int BETWEEN 6 AND 10")["counts"]["read"] == 5
    assert workspace.sql("people.db").value("SELECT count(*) FROM person") == 10


def test_a_dry_run_writes_nothing_and_tells_all(wherry, workspace):
    set_up(workspace, people(20, p3={"born": "x"}))
    before = (workspace / "people.db").read_bytes()
    item = run(wherry, "--dry-run", code=1)
    assert counts(item) == {"inserted": 19, "rejected": 1}
    assert item["reasons"][0]["column"] == "born"
    assert (workspace / "people.db").read_bytes() == before


def test_a_rehearsal_does_all_and_takes_it_back(wherry, workspace):
    set_up(workspace, people(20, p3={"email": "ann.1@example.com"}))
    assert counts(run(wherry, "--rehearse", code=1)) == {"inserted": 19, "failed": 1}
    database = workspace.sql("people.db")
    assert database.value("SELECT count(*) FROM person") == 0
    assert database.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'wherry%'") == 0
    assert counts(run(wherry, code=1)) == {"inserted": 19, "failed": 1}
    assert counts(run(wherry, "--rehearse", code=1)) == {"unchanged": 19, "failed": 1}
    assert database.value("SELECT count(*) FROM wherry_run") == 1


def test_what_was_refused_is_not_said_to_be_gone(wherry, workspace):
    """Nine rows are in the table, and nine stay."""
    set_up(workspace, people(9))
    run(wherry)
    workspace.write("people.csv", people(9, p3={"name": "new", "email": "ann.1@example.com"}))
    result = wherry("run", "people.yaml").expect(1)
    assert "8 of 9 read are in the destination as they should be; what was refused left it as it was" in result.out


def test_a_missing_folder_for_temporary_files_is_found_before_anything_is_written(wherry, workspace):
    set_up(workspace, people(9))
    result = wherry("run", "people.yaml", env={"TMPDIR": workspace / "missing"}).expect(3)
    assert "no temporary file can be made in folder" in result.err and "TMPDIR" in result.err
    assert workspace.sql("people.db").value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'wherry%'") == 0


def test_a_damaged_state_names_its_item_type_once(wherry, workspace):
    set_up(workspace, people(9))
    run(wherry)
    workspace.sql("people.db").script("UPDATE wherry_state SET entries = 2")
    result = wherry("run", "people.yaml", "--dry-run").expect(3)
    assert "item type 'person': its state in the ledger: " in result.err and result.err.count("person") == 1


def test_an_emptied_table_is_filled_again(wherry, workspace):
    set_up(workspace, people(30))
    run(wherry)
    database = workspace.sql("people.db")
    before = database.dump("person")
    database.script("DELETE FROM person")
    assert counts(run(wherry)) == {"inserted": 30}
    assert database.dump("person") == before


def test_a_deleted_row_is_written_again(wherry, workspace):
    set_up(workspace, people(30))
    run(wherry)
    workspace.sql("people.db").script("DELETE FROM person WHERE id = 12")
    assert counts(run(wherry)) == {"inserted": 1, "unchanged": 29}


def test_a_restored_older_copy_is_brought_up_to_date(wherry, workspace):
    set_up(workspace, people(30))
    run(wherry)
    copy = (workspace / "people.db").read_bytes()
    workspace.write("people.csv", people(40, p2={"name": "New"}))
    run(wherry)
    after = workspace.sql("people.db").dump("person")
    (workspace / "people.db").write_bytes(copy)
    assert counts(run(wherry)) == {"inserted": 10, "updated": 1, "unchanged": 29}
    assert workspace.sql("people.db").dump("person") == after


@pytest.mark.parametrize("drift, expected, name", [
    ("fail", {"unchanged": 9, "failed": 1}, "edited"),
    ("keep", {"unchanged": 9, "skipped": 1}, "edited"),
    ("overwrite", {"unchanged": 9, "updated": 1}, "Ann 5"),
])
def test_a_row_that_somebody_edited_is_treated_as_the_file_says(wherry, workspace, drift, expected,
                                                                name):
    set_up(workspace, people(10), extra=f"drift: {drift}")
    run(wherry)
    workspace.sql("people.db").script("UPDATE person SET name = 'edited' WHERE id = 5")
    assert counts(run(wherry, code=1 if drift == "fail" else 0)) == expected
    assert workspace.sql("people.db").value("SELECT name FROM person WHERE id = 5") == name


def test_drift_names_the_column_and_both_values(wherry, workspace):
    set_up(workspace, people(10))
    run(wherry)
    workspace.sql("people.db").script("UPDATE person SET name = 'edited' WHERE id = 5")
    item = run(wherry, code=1)
    message = item["reasons"][0]["example"]["message"]
    assert "name" in message and "edited" in message and "Ann 5" in message


def test_zeros_that_the_destination_does_not_keep_are_no_drift(wherry, workspace):
    table = TABLE.replace("NUMERIC(12,2)", "NUMERIC")
    set_up(workspace, people(3), table=table)
    run(wherry)
    workspace.write("people.csv", people(3, p2={"balance": "7.00"}))
    assert counts(run(wherry)) == {"updated": 1, "unchanged": 2}


def test_keys_that_only_the_destination_takes_for_the_same_do_not_overwrite(wherry, workspace):
    workspace.sql("people.db").script(
        "CREATE TABLE t (code TEXT COLLATE NOCASE PRIMARY KEY, v TEXT)")
    workspace.write("t.csv", "code,v\nb,1\nB,2\nc,3\n")
    workspace.write("people.yaml", """
        wherry: 1
        name: people
        source: .
        destination: sqlite:people.db
        items:
          t: { from: t.csv, key: code, into: t, map: { "*": same } }
    """)
    assert counts(run(wherry, code=1)) == {"inserted": 2, "failed": 1}
    before = workspace.sql("people.db").rows("SELECT code, v FROM t ORDER BY code")
    assert len(before) == 2
    assert counts(run(wherry, code=1)) == {"unchanged": 2, "failed": 1}
    assert workspace.sql("people.db").rows("SELECT code, v FROM t ORDER BY code") == before


def test_many_rows_of_another_item_type_are_refused_one_by_one(wherry, workspace):
    workspace.sql("people.db").script("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    workspace.write("t.csv", "id,v\n" + "".join(f"{i},name {i}\n" for i in range(20000)))
    workspace.write("people.yaml", """
        wherry: 1
        name: people
        source: .
        destination: sqlite:people.db
        items:
          first: { from: t.csv, key: id, into: t, map: { "*": same } }
          second: { from: t.csv, key: id, into: t, map: { "*": same } }
    """)
    items = wherry("run", "people.yaml", "--json").expect(1).json()["items"]
    assert [counts(item) for item in items] == [{"inserted": 20000}, {"failed": 20000}]


def test_an_edit_that_the_source_has_made_as_well_is_no_drift(wherry, workspace):
    set_up(workspace, people(10))
    run(wherry)
    workspace.sql("people.db").script("UPDATE person SET name = 'Zoe' WHERE id = 5")
    workspace.write("people.csv", people(10, p5={"name": "Zoe"}))
    assert counts(run(wherry)) == {"unchanged": 10}


def test_rows_of_somebody_else_are_taken_by_upsert_and_refused_by_insert(wherry, workspace):
    row = "INSERT INTO person VALUES (2, 'x', 'x@y', 1, NULL, 'FR')"
    set_up(workspace, people(3), table=TABLE + row)
    write_migration(workspace, extra="mode: insert")
    assert counts(run(wherry, code=1)) == {"inserted": 2, "failed": 1}
    write_migration(workspace)
    assert counts(run(wherry)) == {"updated": 1, "unchanged": 2}


def test_a_row_belongs_to_one_item_type(wherry, workspace):
    set_up(workspace, people(5))
    workspace.write("more.csv", HEADER + person(5, name="Other", email="o@p") + person(6))
    second = MIGRATION.split("      person:\n")[1].replace("people.csv", "more.csv")
    workspace.write("people.yaml",
                    (MIGRATION + "      guest:\n" + second).format(extra=""))
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert counts(document["items"][0]) == {"inserted": 5}
    assert counts(document["items"][1]) == {"inserted": 1, "failed": 1}
    message = document["items"][1]["reasons"][0]["example"]["message"]
    assert "'person'" in message and "'5'" in message
    assert workspace.sql("people.db").value("SELECT name FROM person WHERE id = 5") == "Ann 5"


def test_trust_ledger_looks_at_changed_and_refused_items_only(wherry, workspace):
    set_up(workspace, people(20, p7={"born": "x"}))
    run(wherry, code=1)
    # An edit that nobody looks at shows what was not read.
    workspace.sql("people.db").script("UPDATE person SET name = 'edited' WHERE id = 5")
    workspace.write("people.csv", people(20, p9={"name": "Nine"}))
    assert counts(run(wherry, "--trust-ledger")) == {"inserted": 1, "updated": 1, "unchanged": 18}
    assert workspace.sql("people.db").value("SELECT name FROM person WHERE id = 5") == "edited"


def test_trust_ledger_does_not_trust_an_emptied_table(wherry, workspace):
    set_up(workspace, people(20))
    run(wherry)
    workspace.sql("people.db").script("DELETE FROM person")
    assert counts(run(wherry, "--trust-ledger")) == {"inserted": 20}


def test_a_changed_map_is_seen_through_by_trust_ledger(wherry, workspace):
    set_up(workspace, people(5))
    run(wherry)
    write_migration(workspace, text=MIGRATION.replace("name: trim(name)", "name: upper(trim(name))"))
    assert counts(run(wherry, "--trust-ledger")) == {"updated": 5}


@pytest.mark.parametrize("log", ["images", "keys", "rows"])
def test_every_kind_of_log_knows_every_item(wherry, workspace, log):
    set_up(workspace, people(10, p3={"born": "x"}), extra=f"log: {log}")
    run(wherry, code=1)
    assert counts(run(wherry, code=1)) == {"unchanged": 9, "rejected": 1}
    newest = log_of(wherry, 4)
    assert [entry["status"] for entry in newest] == ["unchanged", "inserted"]
    assert log_of(wherry, 3)[0]["failure"]["column"] == "born"
    plain = workspace.sql("people.db").value("SELECT count(*) FROM wherry_row")
    assert plain == (20 if log == "rows" else 0)
    workspace.sql("people.db").script("UPDATE person SET name = 'edited' WHERE id = 5")
    assert counts(run(wherry, code=1)) == {"unchanged": 8, "rejected": 1, "failed": 1}


def test_a_ledger_whose_state_cannot_be_read_is_told_and_nothing_is_written(wherry, workspace):
    set_up(workspace, people(3000))
    run(wherry)
    database = workspace.sql("people.db")
    database.script("UPDATE wherry_state SET page = x'00'")
    workspace.write("people.csv", people(3001))
    result = wherry("run", "people.yaml")
    assert result.code >= 2
    assert "state" in result.err and "stopped" not in result.err
    assert database.value("SELECT count(*) FROM person") == 3000


def test_redacted_values_reach_nothing_but_the_destination(wherry, workspace):
    secret = "topsecret"
    source = people(6, p2={"email": f"{secret}2@x.org"}, p3={"email": secret},
                    p4={"name": f"{secret} name"})
    set_up(workspace, source, extra="redact: [email, name]\n        log: rows")
    first = wherry("run", "people.yaml", "--json").expect(1)
    again = wherry("run", "people.yaml", "--json").expect(1)
    log = wherry("log", "people.yaml", "--json").expect(0)
    trace = wherry("run", "people.yaml", "--id", "2", "--trace").expect(0)
    assert secret not in first.out + again.out + log.out + trace.out
    workspace.write("people.csv", people(5) + person(6, email=f"{secret}2@x.org"))
    trace = wherry("run", "people.yaml", "--id", "6", "--trace").expect(1)
    assert "item 6: failed" in trace.out and "the reason would show a redacted value" in trace.out
    assert secret not in trace.out + trace.err
    database = workspace.sql("people.db")
    assert database.value("SELECT email FROM person WHERE id = 2") == f"{secret}2@x.org"
    database.script("DELETE FROM person; VACUUM")
    for name in ("people.db", "people.db-wal"):
        path = workspace / name
        assert not path.exists() or secret.encode() not in path.read_bytes()


def test_a_trace_tells_a_refusal_without_the_redacted_value(wherry, workspace):
    workspace.write("people.csv", "id,phone\n1,topsecret\n")
    clean = "clean: [{name: digits, set: {phone: phone::int::text}}]\n    map:"
    text = """wherry: 1
name: t
source: .
destination: sqlite:people.db
items:
  person:
    from: people.csv
    key: id
    into: person
    create: true
    redact: phone
    map: {id: id, phone: phone::int}
"""
    for stage, migration in (("map", text), ("clean", text.replace("map:", clean))):
        workspace.write("people.yaml", migration)
        trace = wherry("run", "people.yaml", "--id", "1", "--trace", "--dry-run").expect(1)
        assert f"refused at {stage}: refused; the reason would show" in trace.out
        assert "topsecret" not in trace.out + trace.err


def test_rows_hand_unique_values_on_to_each_other(wherry, workspace):
    def write(order):
        emails = [{"email": f"{name}@x.org"} for name in order]
        workspace.write("people.csv", people(len(order), **{f"p{at}": email for at, email in
                                                            enumerate(emails, 1)}))
    set_up(workspace, "", table=TABLE)
    for order in ("abcdefgh", "bcdefghi", "badchgfe", "hgfedcba", "bhcaedfg"):  # along, back, in circles
        write(order)
        run(wherry)
        emails = workspace.sql("people.db").rows("SELECT email FROM person ORDER BY id")
        assert "".join(email[0][0] for email in emails) == order
    assert counts(run(wherry)) == {"unchanged": 8}
    workspace.sql("people.db").script("INSERT INTO person VALUES (99, 'x', 'z@x.org', 1, NULL, 'FR')")
    write("hzcadefg")  # 2 may not have z, so that 1 may not have h; 5 and 6 may change places
    assert counts(run(wherry, code=1)) == {"unchanged": 4, "updated": 2, "failed": 2}
    told = {entry["key"]: entry["failure"]["message"] for entry in
            wherry("log", "people.yaml", "--failed", "--json").expect(0).ndjson()}
    assert told["2"].endswith("person.email: 'z@x.org' is that of the row with id = 99")


def test_exchanged_values_are_refused_with_the_reason(wherry, workspace):
    trigger = TABLE + "CREATE TRIGGER seen AFTER UPDATE ON person BEGIN SELECT 1; END;"
    set_up(workspace, people(2), table=trigger)
    run(wherry)
    workspace.write("people.csv", people(2, p1={"email": "ann.2@example.com"},
                                         p2={"email": "ann.1@example.com"}))
    assert counts(run(wherry, code=1)) == {"failed": 2}
    message = log_of(wherry, 1)[0]["failure"]["message"]
    assert "is that of the row with id = 2; exchanged values" in message
    assert "the table has triggers" in message
    assert workspace.sql("people.db").value("SELECT count(*) FROM person WHERE email LIKE 'ann.' || id || '@%'") == 2


def test_a_row_that_is_left_as_it_is_shows_what_is_there(wherry, workspace):
    set_up(workspace, people(3))
    run(wherry)
    workspace.sql("people.db").script("UPDATE person SET name = 'mine' WHERE id = 2")
    run(wherry, code=1)
    entry = log_of(wherry, 2)[0]
    assert entry["status"] == "failed" and entry["after"] is None
    assert entry["before"]["name"] == "mine" and entry["wanted"]["name"] == "Ann 2"
    write_migration(workspace, extra="drift: keep")
    run(wherry)
    entry = log_of(wherry, 2)[0]
    assert entry["status"] == "skipped" and "drift: keep" in entry["remark"]
    assert entry["before"]["name"] == "mine" and entry["wanted"]["name"] == "Ann 2"


@pytest.mark.parametrize("extra", ["", "log: rows, ", "redact: made, "])
def test_what_only_an_insert_writes_is_logged_as_it_stays_and_as_it_was_read(wherry, workspace, extra):
    def write(made):
        workspace.write("people.csv", "id,text,made\n" + "".join(
            f"{id},{text},{day}\n" for id, (text, day) in enumerate(made, 1)))

    def logged(id):
        entry, = log_of(wherry, id)[:1]
        return [(entry[image] or {}).get("made") for image in ("source", "before", "after")]

    def plain(run):
        return database.rows("SELECT json_extract(source, '$.made'), json_extract(before_image, '$.made'), "
                             f"json_extract(after_image, '$.made') FROM wherry_row WHERE run = {run} ORDER BY key")

    def expect(run, wanted):
        """Of redacted values it is told which ones of a run are equal."""
        shown = [logged(id) for id in range(1, len(wanted) + 1)]
        if "rows" in extra:
            assert plain(run) == [tuple(row) for row in wanted]
        if "redact" not in extra:
            assert shown == wanted
            return
        values = [value for row in wanted for value in row]
        marks = [mark for row in shown for mark in row]
        assert all(mark.startswith("redacted:") if value else mark is None
                   for mark, value in zip(marks, values, strict=True))
        assert [marks.index(mark) for mark in marks] == [values.index(value) for value in values]

    database = workspace.sql("people.db")
    database.script("""
        CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, made TEXT);
        INSERT INTO note VALUES (5, 'e', 'there'), (6, 'f', NULL);
    """)
    workspace.write("people.yaml", f"""
        wherry: 1
        name: people
        source: .
        destination: sqlite:people.db
        items:
          person: {{ from: people.csv, key: id, into: note, {extra}map: {{ id: id, text: text, made: {{ insert: made }} }} }}
    """)
    write([("a", "2001"), ("b", ""), ("c", "2003"), ("d", "2004"), ("e", "2005"), ("f", "2006")])
    assert counts(run(wherry)) == {"inserted": 4, "unchanged": 2}
    expect(1, [["2001", None, "2001"], [None] * 3, ["2003", None, "2003"], ["2004", None, "2004"],
               ["2005", None, "there"], ["2006", None, None]])
    write([("A", "2011"), ("B", "2012"), ("C", ""), ("d", "2014"), ("e", ""), ("f", "2016")])
    assert counts(run(wherry)) == {"updated": 3, "unchanged": 3}
    expect(2, [["2011", "2001", "2001"], ["2012", None, None], [None, "2003", "2003"], ["2014", None, "2004"],
               [None, None, "there"], ["2016", None, None]])


@pytest.mark.parametrize("log", ["images", "rows"])
def test_a_row_that_is_inserted_after_all_is_logged_with_what_only_an_insert_writes(wherry, workspace, log):
    """It was to be updated, and is gone when its turn comes; a check had its texts printed before."""
    workspace.write("people.csv", "id,text,made\n1,A,2011\n2,B,2012\n")
    database = workspace.sql("people.db")
    database.script("""
        CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, made TEXT);
        INSERT INTO note VALUES (1, 'a', '2001'), (2, 'b', '2002');
        CREATE TRIGGER gone AFTER UPDATE ON note WHEN new.id = 1 BEGIN DELETE FROM note WHERE id = 2; END;
    """)
    workspace.write("people.yaml", f"""
        wherry: 1
        name: people
        source: .
        destination: sqlite:people.db
        items:
          person:
            from: people.csv
            key: id
            into: note
            log: {log}
            map: {{ id: id, text: text, made: {{ insert: made }} }}
            expect: [ {{ unique: made }} ]
    """)
    assert counts(run(wherry)) == {"updated": 1, "inserted": 1}
    assert database.rows("SELECT * FROM note ORDER BY id") == [(1, "A", "2001"), (2, "B", "2012")]
    assert [log_of(wherry, id)[0]["after"]["made"] for id in (1, 2)] == ["2001", "2012"]


def test_what_an_insert_left_alone_does_not_make_a_row_differ(wherry, workspace):
    """A text among numbers and a number that no decimal has the value of equal nothing."""
    workspace.write("people.csv", "id,text,size\n1,a,1.5\n2,b,2.5\n3,C,3.5\n")
    database = workspace.sql("people.db")
    database.script("""
        CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, size NUMERIC);
        INSERT INTO note VALUES (1, 'a', 'small'), (2, 'b', 0.1 + 0.2), (3, 'c', 'large');
    """)
    workspace.write("people.yaml", """
        wherry: 1
        name: people
        source: .
        destination: sqlite:people.db
        items:
          person: { from: people.csv, key: id, into: note, map: { id: id, text: text, size: { insert: size } } }
    """)
    there = database.rows("SELECT size FROM note ORDER BY id")
    assert counts(run(wherry)) == {"updated": 1, "unchanged": 2}
    assert [log_of(wherry, id)[0]["after"]["size"] for id in (1, 3)] == ["small", "large"]
    assert counts(run(wherry)) == {"unchanged": 3}
    assert database.rows("SELECT size FROM note ORDER BY id") == there


def test_rows_that_somebody_deleted_are_put_back_with_a_word(wherry, workspace):
    set_up(workspace, people(5))
    assert run(wherry)["put_back"] == 0
    workspace.sql("people.db").script("DELETE FROM person WHERE id > 3")
    told = wherry("run", "people.yaml").expect(0).out
    assert "2 of the inserted rows had been there: somebody deleted them from 'person'" in told
    workspace.sql("people.db").script("DELETE FROM person")
    assert run(wherry)["put_back"] == 5


def test_create_makes_the_missing_table(wherry, workspace):
    workspace.write("people.csv", people(3))
    write_migration(workspace, extra="create: true")
    assert counts(run(wherry)) == {"inserted": 3}
    assert counts(run(wherry)) == {"unchanged": 3}


def test_values_that_the_storage_would_change_are_refused(wherry, workspace):
    table = TABLE.replace("NUMERIC(12,2)", "NUMERIC(30,10)")
    set_up(workspace, people(3, p2={"balance": "12345678901234567.0123456789"}), table=table)
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 2, "rejected": 1}
    assert item["reasons"][0]["column"] == "balance"


def test_the_failure_limit_stops_the_run_and_a_next_one_goes_on(wherry, workspace):
    bad = {f"p{number}": {"born": "x"} for number in range(1, 300)}
    set_up(workspace, people(2000, **bad))
    document = wherry("run", "people.yaml", "--max-failures", "100", "--json").expect(4).json()
    assert document["state"] == "stopped"
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 1701, "rejected": 299}


def test_the_first_in_the_source_wins_what_only_the_destination_takes_for_the_same(wherry, workspace):
    workspace.sql("t.db").script(
        "CREATE TABLE t (code TEXT COLLATE NOCASE PRIMARY KEY, v TEXT UNIQUE)")
    workspace.write("t.yaml", """
        wherry: 1
        name: t
        source: .
        destination: sqlite:t.db
        items:
          t: { from: t.csv, key: code, into: t, map: { code: code, v: v } }
    """)
    workspace.write("t.csv", "code,v\nzz,1\nab,2\nAB,3\nZZ,4\nMm,5\nmM,6\nnew,2\n")
    document = wherry("run", "t.yaml", "--json").expect(1).json()
    assert counts(document["items"][0]) == {"inserted": 3, "failed": 4}
    assert workspace.sql("t.db").rows("SELECT code, v FROM t ORDER BY code") == [
        ("ab", "2"), ("Mm", "5"), ("zz", "1")]
    assert workspace.sql("t.db").rows("SELECT key FROM wherry_failure ORDER BY id") == [
        ("AB",), ("ZZ",), ("mM",), ("new",)]
    document = wherry("run", "t.yaml", "--json").expect(1).json()
    assert counts(document["items"][0]) == {"unchanged": 3, "failed": 4}


def test_a_run_that_failed_items_stop_points_at_them(wherry, workspace):
    set_up(workspace, people(6, p3={"email": "ann.1@example.com"}))
    out = wherry("run", "people.yaml", "--max-failures", "0").expect(4).out
    assert "wherry log people.yaml --failed" in out and "--rejected" not in out


def test_the_failure_limit_counts_what_earlier_sessions_refused(wherry, workspace):
    bad = {f"p{number}": {"born": "x"} for number in range(1, 2000, 10)}
    path = set_up(workspace, people(2000, **bad))
    path.write_text(path.read_text() + "limits: { group: 100 }\n")

    def go_on(limit, code):
        document = wherry("run", "people.yaml", "--max-failures", limit, "--json").expect(code).json()
        return document["items"][0]["counts"]["read"], document["error"]

    read, _ = go_on(50, 4)
    assert 0 < read < 2000
    # Nothing more is read while the limit is passed already.
    again, error = go_on(50, 4)
    assert again == read and "failure limit" in error["message"]
    more, _ = go_on(120, 4)
    assert read < more < 2000
    assert go_on("9%", 4)[0] > more
    assert go_on(200, 1)[0] == 2000


def test_a_failure_limit_in_numbers_is_the_whole_runs(wherry, workspace):
    workspace.sql("t.db").script("CREATE TABLE a (id INTEGER PRIMARY KEY);"
                                 "CREATE TABLE b (id INTEGER PRIMARY KEY)")
    workspace.write("a.csv", "id\n1\nx\n")
    workspace.write("b.csv", "id\n1\ny\n")
    workspace.write("t.yaml", """
        wherry: 1
        name: t
        source: .
        destination: sqlite:t.db
        items:
          a: { from: a.csv, key: id, into: a, map: { id: id } }
          b: { from: b.csv, key: id, into: b, map: { id: id } }
    """)
    wherry("run", "t.yaml", "--max-failures", 1).expect(4)
    wherry("run", "t.yaml", "--max-failures", "50%").expect(1)


def test_composite_keys_and_text_keys(wherry, workspace):
    workspace.sql("t.db").script(
        "CREATE TABLE t (a INTEGER, b TEXT, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
    workspace.write("t.csv", 'a,b,v\n1,x,one\n1,"y,z",two\n01,x,again\n2,x,three\n')
    workspace.write("t.yaml", """
        wherry: 1
        name: t
        source: .
        destination: sqlite:t.db
        items:
          t: { from: t.csv, key: [a, b], into: t, map: { a: a, b: b, v: v } }
    """)
    document = wherry("run", "t.yaml", "--json").expect(1).json()
    assert counts(document["items"][0]) == {"inserted": 3, "rejected": 1}
    one = wherry("run", "t.yaml", "--id", r"b=y\,z,a=1", "--json").expect(0).json()
    assert counts(one["items"][0]) == {"unchanged": 1}
    assert sum_closes(one["items"][0]["counts"])["read"] == 1


def test_a_match_that_is_not_the_key_has_one_owner(wherry, workspace):
    set_up(workspace, people(4), extra="match: email")
    text = MIGRATION.replace("          id: id\n", "")
    write_migration(workspace, extra="match: email", text=text)
    assert counts(run(wherry)) == {"inserted": 4}
    assert counts(run(wherry)) == {"unchanged": 4}
    # Number 9 comes with the e-mail of number 2, who has gone.
    lines = people(4).splitlines(keepends=True)
    workspace.write("people.csv",
                    "".join(lines[:2] + lines[3:]) + person(9, email="ann.2@example.com"))
    item = run(wherry, code=1)
    assert counts(item) == {"unchanged": 3, "failed": 1}
    message = item["reasons"][0]["example"]["message"]
    assert "'2'" in message and "'9'" in message


def test_vanished_items_are_reported_and_kept(wherry, workspace):
    set_up(workspace, people(10), extra="missing: report")
    run(wherry)
    workspace.write("people.csv", people(7))
    item = run(wherry)
    assert item["vanished"] == 3
    assert workspace.sql("people.db").value("SELECT count(*) FROM person") == 10


def test_a_commit_for_every_item_gives_the_same(wherry, workspace):
    set_up(workspace, people(40, p3={"born": "x"}, p9={"email": "ann.1@example.com"}))
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + "limits: { group: 1 }\n")
    assert counts(run(wherry, code=1)) == {"inserted": 38, "rejected": 1, "failed": 1}
    assert workspace.sql("people.db").value("SELECT count(*) FROM wherry_segment") == 40
    assert counts(run(wherry, code=1)) == {"unchanged": 38, "rejected": 1, "failed": 1}


def test_groups_with_the_same_keys_share_a_filter_in_the_ledger(wherry, workspace):
    set_up(workspace, people(10))
    run(wherry)
    run(wherry)
    database = workspace.sql("people.db")
    assert database.rows("SELECT count(*), count(DISTINCT filter) FROM wherry_segment") == [(2, 1)]
    workspace.write("people.csv", people(11))
    run(wherry)
    assert database.rows("SELECT count(*), count(DISTINCT filter) FROM wherry_segment") == [(3, 2)]
    assert database.value("SELECT count(*) FROM wherry_filter") == 2
    assert [entry["run"] for entry in log_of(wherry, "3")] == [3, 2, 1]


def test_several_files_are_one_item_type(wherry, workspace):
    set_up(workspace, people(3))
    text = (workspace / "people.yaml").read_text()
    workspace.write("people.yaml", text.replace("from: people.csv", 'from: "people-*.csv"'))
    workspace.write("people-1.csv", people(3))
    workspace.write("people-2.csv", HEADER + person(4) + person(2, name="Again"))
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 4, "rejected": 1}
    message = item["reasons"][0]["example"]["message"]
    assert "people-1.csv:3" in message
    assert item["reasons"][0]["example"]["place"] == "people-2.csv:3"


def test_a_dry_run_makes_neither_table_nor_database(wherry, workspace):
    workspace.write("people.csv", people(3))
    write_migration(workspace, extra="create: true")
    assert counts(run(wherry, "--dry-run")) == {"inserted": 3}
    assert sorted(path.name for path in workspace.folder.iterdir()) == ["people.csv", "people.yaml"]


@pytest.mark.slow
def test_groups_of_many_batches_in_any_order(wherry, workspace):
    import random
    rnd = random.Random(3)
    numbers = list(range(1, 60001))
    rnd.shuffle(numbers)
    lines = [HEADER]
    for place, number in enumerate(numbers):
        changes = {}
        if place % 100 == 7:
            changes = {"born": "x"}  # refused by the map
        elif place % 500 == 3:
            changes = {"email": "one@for.all"}  # all but the first refused by the table
        elif place % 1000 == 9:
            changes = {"id": numbers[0]}  # refused by the survey
        lines.append(person(number, **changes))
    set_up(workspace, "".join(lines))
    expected = {"inserted": 59221, "rejected": 660, "failed": 119}
    assert counts(run(wherry, code=1)) == expected
    assert counts(run(wherry, code=1)) == {"unchanged": 59221, "rejected": 660, "failed": 119}
    assert workspace.sql("people.db").value("SELECT count(*) FROM person") == 59221


@pytest.mark.parametrize("order, extra, groups", [
    ("sorted", "", 2),
    ("scattered", "", 1),
    ("scattered", "limits: {group: 16384}", 3),
])
def test_records_in_no_order_are_committed_in_larger_groups(wherry, workspace, order, extra, groups):
    """40,000 wide records: rows in no order of their keys share pages only within a group."""
    wide = "x" * 1000
    numbers = list(range(40_000))
    if order == "scattered":
        random.Random(5).shuffle(numbers)
    workspace.write("wide.csv", "id,text\n" + "".join(f"{n},{n}{wide}\n" for n in numbers))
    database = workspace.sql("wide.db")
    database.script("CREATE TABLE wide (id INTEGER PRIMARY KEY, text TEXT NOT NULL);")
    workspace.write("wide.yaml", f"""
        wherry: 1
        name: wide
        source: .
        destination: sqlite:wide.db
        items:
          wide: {{ from: wide.csv, key: id, into: wide, map: {{ "*": same }} }}
        {extra}
    """)
    done = wherry("run", "wide.yaml", "--json").expect(0).json()["items"][0]
    assert counts(done) == {"inserted": 40_000}
    sum_closes(done["counts"])
    segments = database.rows("SELECT items FROM wherry_segment ORDER BY id")
    assert sum(items for items, in segments) == 40_000
    assert len(segments) == groups if order == "scattered" else len(segments) >= groups
    assert database.rows("SELECT count(*), sum(length(text)) FROM wide") == [
        (40_000, sum(len(f"{n}{wide}") for n in numbers))]
    again = wherry("run", "wide.yaml", "--json").expect(0).json()["items"][0]
    assert counts(again) == {"unchanged": 40_000}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_rate_is_kept_by_all_workers_together(wherry, workspace, workers):
    path = set_up(workspace, people(400))
    path.write_text(path.read_text() + "limits: { rate: 500/s }\nanalyze: true\n")
    item = run(wherry, "--workers", workers)
    assert counts(item) == {"inserted": 400}
    assert 0.55 < item["seconds"] < 5, "400 items at 500 a second, but for 0.2 s that are given"
    assert workspace.sql("people.db").rows("SELECT DISTINCT tbl FROM sqlite_stat1") == [("person",)]
