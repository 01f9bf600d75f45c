# SPDX-License-Identifier: Apache-2.0
"""Clean rules, checks and the survey, over whole sources and in partial runs."""
from people import HEADER, counts, log_of, people, person, run, set_up


def rules(text):
    """Rules indented as the migration's `extra` wants them."""
    return ("\n" + text).replace("\n", "\n        ").strip()


def test_set_counts_what_it_changed_and_the_log_keeps_the_old_value(wherry, workspace):
    extra = rules("""clean:
  - name: unknown countries are German
    when: country IN ('', 'DE', '??')
    set: { country: { value: DE } }""")
    set_up(workspace, people(10, p3={"country": "??"}, p4={"country": "FR"}), extra=extra)
    item = run(wherry)
    assert item["rules"] == [
        {"kind": "set", "name": "unknown countries are German", "hits": 1}]
    entry = log_of(wherry, 3)[0]
    assert entry["source"]["country"] == "??" and entry["after"]["country"] == "DE"
    assert entry["rules"] == ["unknown countries are German"]


TIDY = """
    wherry: 1
    name: people
    source: .
    destination: sqlite:people.db
    defaults:
      clean:
        - { name: tidy, tidy: [strip_control, trim, null_if_blank] }
    items:
      person:
        from: people.csv
        key: id
        into: person
        create: true
        clean:
          - { tidy: lower, columns: [EMail] }
          - name: codes
            map_values: { status: { A: active, B: null, "o'k": "it''s" }, name: { Bob: Robert } }
          - name: same address
            duplicates: email
            keep: most complete
        map: { "*": same }
"""


def test_named_cleanings_maps_of_values_and_defaults(wherry, workspace):
    workspace.write("people.yaml", TIDY)
    workspace.write("people.csv", "id,name,email,status\n1, Ann\x02 ,A@X.org,A\n2,Bob,  ,B\n"
                    "3,\t,a@x.org,\n4,\u00a0Eve\u0085,,o'k\n5,x,,C\n".encode())
    item = run(wherry)
    assert counts(item) == {"inserted": 4, "skipped": 1}
    assert workspace.sql("people.db").rows("SELECT * FROM person ORDER BY id") == [
        ("1", "Ann", "a@x.org", "active"), ("2", "Robert", None, None),
        ("4", "\u00a0Eve", None, "it''s"), ("5", "x", None, "C")]
    assert item["rules"] == [
        {"kind": "set", "name": "tidy", "hits": 4}, {"kind": "set", "name": "clean 1", "hits": 1},
        {"kind": "set", "name": "codes", "hits": 3},
        {"kind": "duplicates", "name": "same address", "hits": 1}]
    assert log_of(wherry, 1)[0]["source"]["name"] == " Ann\x02 "
    touched = wherry("log", "people.yaml", "--rule", "tidy", "--export", "csv").expect(0).out
    assert [line.split(",")[3] for line in touched.split("\r\n")[1:-1]] == ["1", "2", "3", "4"]
    workspace.write("people.yaml", TIDY.replace("trim, null", "trimm, null"))
    assert "'tidy' has no step 'trimm'" in wherry("plan", "people.yaml").expect(2).err
    workspace.write("people.yaml", TIDY.replace("B: null", "null: B"))
    assert "null is no text to map" in wherry("plan", "people.yaml").expect(2).err
    workspace.write("people.yaml", TIDY.replace("name: tidy,", "name: codes,"))
    assert "item 'person' has a rule 'codes', too" in wherry("plan", "people.yaml").expect(2).err
    workspace.write("people.yaml", TIDY.replace("trim, null_if_blank]", "trim], columns: [name]"))
    assert "of 'defaults' must be 'tidy' alone" in wherry("plan", "people.yaml").expect(2).err


VALUES = """
    wherry: 1
    name: people
    source: .
    destination: sqlite:people.db
    items:
      person:
        from: people.csv
        key: id
        into: person
        create: true
        clean:
          - name: codes
            map_values: { status: [codes.csv, old, new], id: { x9: "9" } }
        map: { "*": same }
"""


def test_texts_get_one_normal_form(wherry, workspace):
    rule = "map_values: { status: [codes.csv, old, new], id: { x9: \"9\" } }"
    workspace.write("people.yaml", VALUES.replace(rule, "tidy: [nfkc, trim]\n            columns: status"))
    workspace.write("people.csv", "id,status\n1,Cafe\u0301\n2,\ufb01n\n3,\u00e9\n".encode())
    assert run(wherry)["rules"] == [{"kind": "set", "name": "codes", "hits": 2}]
    assert workspace.sql("people.db").rows("SELECT status FROM person ORDER BY id") == [
        ("Caf\u00e9",), ("fin",), ("\u00e9",)]


def test_values_are_mapped_from_a_file(wherry, workspace):
    codes = "".join(f"{i};code {i}\n" for i in range(5000))
    workspace.write("codes.csv", "old;new\nA;active\nB;\n-;\"\"\n" + codes)
    workspace.write("people.csv", "id,status\n1,A\n2,B\n3,?\n4,\n5,4999\nx9,-\n")
    workspace.write("people.yaml", VALUES)
    table = "SELECT * FROM person ORDER BY id"
    database = workspace.sql("people.db")
    assert run(wherry)["rules"] == [{"kind": "set", "name": "codes", "hits": 4}]
    rows = [("1", "active"), ("2", None), ("3", "?"), ("4", None), ("5", "code 4999"), ("9", "")]
    assert database.rows(table) == rows
    # The file is part of the migration: where it changes, what the ledger knows is looked at anew.
    workspace.write("codes.csv", "old;new\nA;aktiv\nB;\n-;\"\"\n" + codes)
    assert counts(run(wherry, "--trust-ledger")) == {"updated": 1, "unchanged": 5}
    workspace.write("people.yaml", VALUES.replace(
        "}\n        map", "}\n            unmatched: null\n        map"))
    item = run(wherry, code=1)  # x9 is the only id that is mapped: others are null, so no key
    assert counts(item) == {"rejected": 5, "unchanged": 1}
    workspace.write("people.yaml", VALUES.replace(", id: { x9: \"9\" } }", " }\n            unmatched: reject"))
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 1, "unchanged": 4, "rejected": 1}
    assert item["reasons"][0]["example"] == {
        "place": "people.csv:4", "key": "3", "message": "'?' in column 'status' has no value in 'map_values'"}
    assert item["rules"] == [{"kind": "set", "name": "codes", "hits": 5}]


def test_a_file_of_values_that_cannot_be_meant_is_refused_with_its_place(wherry, workspace):
    workspace.write("people.csv", "id,status\n1,A\n")
    refusals = {"old;new\nA;1\nA;2\n": "'A' stands in lines 2 and 3 and becomes something else",
                "old;new\n;2\n": "line 2 has no value in 'old', and null is no text to map",
                "old;neu\nA;2\n": "the file has no column 'new'",
                "old;new\nA;1;2\n": "line 2: "}
    for text, message in refusals.items():
        workspace.write("codes.csv", text)
        workspace.write("people.yaml", VALUES)
        refused = wherry("plan", "people.yaml").expect(2).err
        assert "people.yaml:14:32: item 'person': values of 'codes.csv': " in refused and message in refused
    workspace.write("people.yaml", VALUES.replace(", new]", "]"))
    assert "takes from a file [file, column of the old" in wherry("plan", "people.yaml").expect(2).err
    workspace.write("people.yaml", VALUES.replace("map_values: {", "unmatched: reject\n            tidy: trim #"))
    assert "'unmatched' belongs to 'map_values'" in wherry("plan", "people.yaml").expect(2).err


def test_a_dry_run_shows_what_each_rule_would_do(wherry, workspace):
    workspace.write("people.yaml", TIDY.replace("create: true", "create: true\n        redact: phone"))
    lines = [f"{n}, Ann {n},a{n % 3}@x.org,{'AB'[n % 2]},{n} \n" for n in range(1, 9000)]
    workspace.write("people.csv", "id,name,email,status,phone\n" + "".join(lines))
    rules = {rule["name"]: rule for rule in run(wherry, "--dry-run")["rules"]}
    assert {name: rule["hits"] for name, rule in rules.items()} == {
        "tidy": 8999, "clean 1": 0, "codes": 8999, "same address": 8996}
    assert rules["tidy"]["samples"][1] == {
        "key": "2", "place": "people.csv:3", "reason": None, "changes": [
            {"column": "name", "before": " Ann 2", "after": "Ann 2", "redacted": False},
            {"column": "phone", "before": None, "after": None, "redacted": True}]}
    assert [sample["changes"][0]["after"] for sample in rules["codes"]["samples"]] == [
        None, "active", None]
    assert rules["same address"]["samples"][0]["reason"] == (
        "people.csv:5 is kept, and this is a duplicate of it")
    assert rules["clean 1"]["samples"] == []
    text = wherry("run", "people.yaml", "--dry-run", "--id", "7").expect(0).out
    assert "  codes, for example of person\n    key 7: status 'B' → NULL\n" in text
    assert "key 7: name ' Ann 7' → 'Ann 7', phone redacted\n" in text and "7 '" not in text


def test_reject_and_skip(wherry, workspace):
    extra = rules("""clean:
  - name: nobody
    when: name = 'nobody'
    skip: not a person
  - name: far away
    when: country = 'XX'
    reject: we do not deliver there""")
    set_up(workspace, people(6, p2={"name": "nobody"}, p3={"country": "XX"}), extra=extra)
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 4, "skipped": 1, "rejected": 1}
    assert item["reasons"][0]["example"]["message"] == "we do not deliver there"


def test_what_is_left_out_behind_the_last_updated_row_leaves_no_images(wherry, workspace):
    extra = rules("""clean:
  - when: id <> '1'
    skip: only the first""")
    set_up(workspace, people(300), extra=extra)
    run(wherry)
    workspace.write("people.csv", people(300, p1={"country": "FR"}))
    assert counts(run(wherry)) == {"updated": 1, "skipped": 299}
    log = wherry("log", "people.yaml", "--json").expect(0).ndjson()
    assert [entry["key"] for entry in log if entry["before"] or entry["after"] or entry["wanted"]] == ["1"]


def test_where_leaves_records_out_and_counts_them(wherry, workspace):
    set_up(workspace, people(6), extra="where: id <> '4'")
    assert counts(run(wherry)) == {"inserted": 5, "skipped": 1}


def test_the_newest_of_duplicates_survives(wherry, workspace):
    extra = rules("""clean:
  - name: newest wins
    duplicates: lower(email)
    keep: max(to_date(born, 'DD/MM/YYYY'))""")
    source = (HEADER + person(1, email="a@b", born="01/01/2000") +
              person(2, email="A@B", born="01/01/2002") + person(3, email="a@b", born="01/01/2001") +
              person(4, email="c@d"))
    set_up(workspace, source, extra=extra)
    item = run(wherry)
    assert counts(item) == {"inserted": 2, "skipped": 2}
    assert workspace.sql("people.db").rows("SELECT id FROM person ORDER BY id") == [(2,), (4,)]


def test_a_duplicates_rule_on_the_key_settles_repeated_keys(wherry, workspace):
    extra = rules("""clean:
  - name: last wins
    duplicates: id
    keep: last""")
    source = HEADER + person(1, name="old") + person(2) + person(1, name="new")
    set_up(workspace, source, extra=extra)
    assert counts(run(wherry)) == {"inserted": 2, "skipped": 1}
    assert workspace.sql("people.db").value("SELECT name FROM person WHERE id = 1") == "new"


def test_unique_is_decided_over_the_whole_source_also_for_one_item(wherry, workspace):
    source = HEADER + person(1, email="a@b") + person(2) + person(3, email="A@B ")
    set_up(workspace, source, extra="")
    text = (workspace / "people.yaml").read_text()
    workspace.write("people.yaml", text.replace("expect:", "expect:\n      - unique: email"))
    item = run(wherry, "--id", "3", code=1)
    assert counts(item) == {"rejected": 1}
    assert "people.csv:2" in item["reasons"][0]["example"]["message"]
    assert counts(run(wherry, code=1)) == {"inserted": 2, "rejected": 1}


def test_a_warning_counts_and_lets_the_item_go_on(wherry, workspace):
    set_up(workspace, people(5, p2={"balance": "-1"}))
    text = (workspace / "people.yaml").read_text()
    workspace.write("people.yaml", text.replace(
        "expect:", "expect:\n      - name: in the black\n        check: balance >= 0\n"
        "        severity: warn"))
    item = run(wherry)
    assert counts(item) == {"inserted": 5}
    assert {"kind": "warn", "name": "in the black", "hits": 1} in item["rules"]


def test_null_is_no_duplicate_of_null(wherry, workspace):
    extra = rules("""clean:
  - name: one each
    duplicates: nullif(country, 'DE')""")
    set_up(workspace, people(5), extra=extra)
    assert counts(run(wherry)) == {"inserted": 5}
