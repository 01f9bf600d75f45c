# SPDX-License-Identifier: Apache-2.0
"""What a user sees and types: help, JSON, exit codes, colours, Ctrl-C, the log of an item."""
import csv
import io
import json
import os
import pathlib
import pty
import re
import select
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import IS_SANITIZED, ROOT, sum_closes

pytestmark = pytest.mark.costly

VERBS = ("run", "plan", "status", "log", "functions", "schema")

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
        clean:
          - name: no city
            when: city = '-'
            set: { city: null }
          - name: an e-mail has an @
            when: email NOT LIKE '%@%'
            reject: e-mail without @
        map: { id: id, name: trim(name), email: lower(email), city: city, born: born }
    """

PEOPLE = """\
id,name,email,city,born
1, Ann ,ANN@example.com,Riga,1990-01-31
2,Bob,bob@example.com,-,1991-02-28
3,Eve,eve,Oslo,1992-03-31
4,Kim,kim@example.com,Bonn,1993-02-30
"""

TABLE = """
    CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, email VARCHAR(40),
                         city VARCHAR(20), born DATE);
    """


@pytest.fixture
def people(workspace):
    """Four people, of whom two cannot be taken."""
    workspace.write("people.csv", PEOPLE.encode())
    workspace.write("people.yaml", MIGRATION)
    workspace.sql("people.db").script(TABLE)
    return workspace


# ---- help and arguments


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_help_with_an_example(wherry, verb):
    result = wherry(verb, "--help").expect(0)
    assert result.err == ""
    assert f"wherry {verb}" in result.out
    assert "Example:" in result.out
    assert wherry("help", verb).expect(0).out == result.out
    assert wherry(verb, "-h", "no", "such", "--thing").expect(0).out == result.out


def test_help_lists_every_command(wherry):
    result = wherry("--help").expect(0)
    for verb in VERBS:
        assert f"wherry {verb}" in result.out


def test_version(wherry):
    assert re.fullmatch(r"wherry \d+\.\d+\.\d+\n", wherry("--version").expect(0).out)


@pytest.mark.parametrize("verb", VERBS)
def test_man_page_docs_and_completion_know_every_option(wherry, verb):
    options = set(re.findall(r"--[a-z-]+", wherry(verb, "--help").expect(0).out))
    man = (ROOT / "docs/wherry.1").read_text().replace("\\-", "-")
    page = (ROOT / f"docs/commands/{verb}.md").read_text()
    completion = (ROOT / "completions/wherry.bash").read_text()
    for option in options:
        assert option in man, f"{option} is not in docs/wherry.1"
        assert option in completion, f"{option} is not completed"
        if option not in ("--help", "--no-color", "--json"):
            assert option in page, f"{option} is not in docs/commands/{verb}.md"


@pytest.mark.parametrize("args, said", [
    ((), "no command"),
    (("rnu", "x.yaml"), "did you mean 'run'"),
    (("run",), "FILE"),
    (("run", "x.yaml", "--limt", "3"), "did you mean 'limit'"),
    (("run", "x.yaml", "--limit"), "needs a value"),
    (("run", "x.yaml", "--limit=many"), "whole number"),
    (("run", "x.yaml", "--dry-run=maybe"), "takes no value"),
    (("run", "x.yaml", "person", "again"), "too many"),
    (("run", "x.yaml", "-n"), "-n"),
    (("--json", "run", "x.yaml", "--only", "good"), "failed|rejected"),
    (("verify", "x.yaml"), "'verify' is not part of this version"),
    (("run", "x.yaml", "--from", "y.csv", "--only", "failed"), "leave 'only' out"),
])
def test_wrong_arguments_are_named(wherry, args, said):
    result = wherry(*args).expect(2)
    assert result.out == "" or ("--json" in args and said in result.json()["error"]["message"])
    assert result.err.startswith("wherry: ") and said in result.err


def test_a_file_that_looks_like_an_option_comes_behind_two_dashes(wherry):
    assert "-odd.yaml" in wherry("plan", "--", "-odd.yaml").expect(2).err


def test_an_error_shows_its_line_and_marks_the_column(wherry, people):
    text = (people / "people.yaml").read_text().replace("trim(name)", "trim(nmae)")
    people.write("people.yaml", text.encode())
    result = wherry("plan", "people.yaml").expect(2)
    first, line, mark = result.err.splitlines()[:3]
    place = re.match(r"wherry: people\.yaml:(\d+):(\d+): .*'name'", first)
    assert place, result.err
    number, column = int(place[1]), int(place[2])
    written = text.splitlines()[number - 1]
    assert line == f"{number:5} | {written}"
    assert mark.index("^") - line.index(written) == column - 1
    assert written[column - 1:].startswith("nmae")


@pytest.mark.parametrize("more", ["", "x"])
def test_a_long_error_is_cut_where_a_character_ends(wherry, people, more):
    """What libpq says of many hosts is longer than a message may be."""
    hosts = ",".join(f"/{more}{'ü' * 40}{number}" for number in range(20, 40))
    people.write("away.yaml", MIGRATION.replace("sqlite:people.db", f'"postgresql:host={hosts}"'))
    result = wherry("status", "away.yaml").expect(3)
    assert "ü" in result.err and len(result.err.encode()) > 700, result.err
    assert "\N{REPLACEMENT CHARACTER}" not in result.err and "\\x" not in result.err, result.err


def test_plan_says_how_many_items_are_committed_together(wherry, people):
    assert ", 32,768 items a commit\n" in wherry("plan", "people.yaml").expect(0).out
    with open(people / "people.yaml", "a", encoding="utf-8") as file:
        file.write("\nlimits: { group: 1 }\n")
    assert ", 1 item a commit\n" in wherry("plan", "people.yaml").expect(0).out


# ---- JSON


def test_every_command_gives_json(wherry, people):
    plan = wherry("plan", "people.yaml", "--json").expect(0).json()
    assert (plan["wherry"], plan["command"], plan["items"][0]["item"]) == (1, "plan", "person")
    assert [column["column"] for column in plan["items"][0]["map"]] == [
        "id", "name", "email", "city", "born"]
    run = wherry("run", "people.yaml", "--json").expect(1).json()
    assert (run["wherry"], run["command"], run["state"], run["exit_code"]) == (1, "run", "done", 1)
    assert run["error"] is None and run["sum_closes"]
    counts = sum_closes(run["items"][0]["counts"])
    assert (counts["read"], counts["inserted"], counts["rejected"]) == (4, 2, 2)
    assert {reason["stage"] for reason in run["items"][0]["reasons"]} == {"clean", "map"}
    status = wherry("status", "people.yaml", "--json").expect(0).json()
    assert (status["runs"][0]["state"], status["runs"][0]["total"]["read"]) == ("done", 4)
    assert status["runs"][0]["items"][0]["percent"] == 100
    assert wherry("schema", "--json").expect(0).json()["type"] == "object"


def test_functions_are_found_by_name_by_pattern_and_by_word(wherry):
    def names(*args):
        document = wherry("functions", *args, "--json").expect(0).json()
        return [entry["name"] for entry in document["functions"]]

    everything = names()
    assert {"lower", "->>", "integer", "case", "try", "slug"} <= set(everything)
    assert names("SPLIT_PART") == ["split_part"] and names("*") == ["*", "*"]
    assert set(names("json_*")) == {name for name in everything if name.startswith("json_")}
    assert "timezone" in names("/at TIME zone/")
    text = wherry("functions", "split_part").expect(0).out
    assert text.startswith("text\n") and "split_part('a,b,c', ',', -1)  is  c\n" in text
    assert "did you mean 'split_part'" in wherry("functions", "splitpart").expect(2).err
    assert "has to do with 'zzz' (" in wherry("functions", "/zzz/").expect(2).err


def test_a_failure_is_a_document_too(wherry, people):
    result = wherry("run", "missing.yaml", "--json").expect(2)
    document = result.json()
    assert document["error"]["code"] == "invalid"
    assert document["exit_code"] == 2
    assert "missing.yaml" in result.err
    for options in (("--nope", "--json"), ("--json", "--workers", "x")):
        document = wherry("run", "people.yaml", *options).expect(2).json()
        assert document["exit_code"] == 2 and options[-2].strip("-") in str(document["error"]) + "--json"


def test_log_is_one_line_an_item(wherry, people):
    wherry("run", "people.yaml").expect(1)
    lines = wherry("log", "people.yaml", "--json").expect(0).ndjson()
    assert [(line["key"], line["status"]) for line in lines] == [
        ("1", "inserted"), ("2", "inserted"), ("3", "rejected"), ("4", "rejected")]
    by_key = {line["key"]: line for line in lines}
    assert by_key["1"]["source"]["name"] == " Ann "
    assert by_key["1"]["after"]["name"] == "Ann"
    assert by_key["1"]["before"] is None
    assert by_key["2"]["rules"] == ["no city"]
    assert by_key["2"]["after"]["city"] is None
    assert by_key["3"]["failure"]["rule"] == "an e-mail has an @"
    assert by_key["4"]["failure"]["column"] == "born"
    assert by_key["4"]["place"] == "people.csv:5"
    assert wherry("log", "people.yaml", "--export", "ndjson").expect(0).ndjson() == lines


def test_refused_items_are_listed_with_their_reasons(wherry, people):
    wherry("run", "people.yaml").expect(1)
    text = wherry("log", "people.yaml", "--rejected").expect(0)
    assert "people.csv:4" in text.out and "e-mail without @" in text.out
    assert "people.csv:5" in text.out and "born" in text.out
    assert "2 items" in text.err
    lines = wherry("log", "people.yaml", "--rejected", "--json").expect(0).ndjson()
    assert [line["source"]["name"] for line in lines] == ["Eve", "Kim"]
    assert wherry("log", "people.yaml", "--failed", "--json").expect(0).out == ""
    by_rule = wherry("log", "people.yaml", "--rule", "no city", "--json").expect(0).ndjson()
    assert [line["key"] for line in by_rule] == ["2"]
    mystery = wherry("log", "people.yaml", "--rule", "mystery").expect(2).err
    assert "it has: 'no city'" in mystery and "an earlier one: '--run N'" in mystery
    of_run = wherry("log", "people.yaml", "--rule", "mystery", "--run", "1").expect(2).err
    assert "that run refused nothing for it" in of_run
    unknown = wherry("log", "people.yaml", "--rule", "no ctiy").expect(2)
    assert unknown.out == "" and "did you mean 'no city'" in unknown.err


def test_csv_export_can_be_read_back(wherry, people):
    people.write("people.csv", 'id,name,email,city,born\n1,"a ""b"", c",=1+1@x,"two\nlines",\n')
    wherry("run", "people.yaml").expect(0)
    result = wherry("log", "people.yaml", "--export", "csv").expect(0)
    # text mode would hide the line ends
    assert result.out.count("\r\n") >= 2
    rows = list(csv.DictReader(io.StringIO(result.out, newline="")))
    assert len(rows) == 1
    after = json.loads(rows[0]["after"])
    assert after == {"id": "1", "name": 'a "b", c', "email": "=1+1@x", "city": "two\nlines",
                     "born": None}
    assert rows[0]["before"] == "" and rows[0]["status"] == "inserted"


def test_csv_export_without_items_has_its_head(wherry, people):
    wherry("run", "people.yaml").expect(1)
    result = wherry("log", "people.yaml", "--failed", "--export", "csv").expect(0)
    assert result.out.startswith("run,at,item,key,status,place,")
    assert len(result.out.splitlines()) == 1


# ---- the log of one item


def test_history_of_an_item_shows_what_changed(wherry, people):
    wherry("run", "people.yaml").expect(1)
    people.write("people.csv", PEOPLE.replace("Riga", "Ghent").encode())
    wherry("run", "people.yaml").expect(1)
    result = wherry("log", "people.yaml", "--id", "1").expect(0)
    newest, oldest = result.out.strip().split("\n\n")
    assert newest.startswith("person 1, run 2") and "updated" in newest
    assert oldest.startswith("person 1, run 1") and "inserted" in oldest
    changed = [line for line in newest.splitlines() if line.strip().startswith("*")]
    assert len(changed) == 1 and changed[0].split() == ["*", "city", "Ghent", "Riga", "Ghent"]
    lines = wherry("log", "people.yaml", "--id", "1", "--json").expect(0).ndjson()
    assert [(line["run"], line["status"]) for line in lines] == [(2, "updated"), (1, "inserted")]
    assert lines[0]["before"]["city"] == "Riga"


def test_a_key_is_found_as_typed_and_in_its_canonical_form(wherry, people):
    wherry("run", "people.yaml").expect(1)
    for typed in ("1", "001", "+1"):
        result = wherry("log", "people.yaml", "--id", typed).expect(0)
        assert result.out.startswith("person 1, "), result.err


def test_the_log_outlives_the_source(wherry, people):
    wherry("run", "people.yaml").expect(1)
    assert wherry("log", "people.yaml", "--id", "001").expect(0).err == ""
    (people / "people.csv").unlink()
    as_typed = wherry("log", "people.yaml", "--id", "1").expect(0)
    assert as_typed.out.startswith("person 1, ") and as_typed.err == ""
    guessed = wherry("log", "people.yaml", "--id", "001").expect(0)
    assert guessed.out.startswith("person 1, ")
    assert "no entry for the key '001': taken for a number, which is '1'; what form keys have" in guessed.err
    missed = wherry("log", "people.yaml", "--id", "077").expect(0)
    assert missed.out == "" and "no entry for the key '077', nor for '77'; what form keys have is not known" in missed.err
    assert "no entry for the key 'x'; what form" in wherry("log", "people.yaml", "--id", "x").expect(0).err
    wherry("status", "people.yaml").expect(0)


def test_an_item_that_was_never_seen_is_a_remark(wherry, people):
    wherry("run", "people.yaml").expect(1)
    result = wherry("log", "people.yaml", "--id", "77").expect(0)
    assert result.out == "" and "no entry for the key '77'" in result.err
    assert "there is no run 99 of" in wherry("log", "people.yaml", "--run", "99").expect(2).err


def test_a_destination_without_a_ledger_is_no_error(wherry, people):
    assert "no run yet" in wherry("status", "people.yaml").expect(0).out
    result = wherry("log", "people.yaml").expect(0)
    assert result.out == "" and "no ledger" in result.err


def test_an_unknown_item_type_names_the_nearest(wherry, people):
    for verb in ("run", "plan", "log"):
        assert "'person'" in wherry(verb, "people.yaml", "persn").expect(2).err


def test_a_trace_shows_every_step_and_dry_run_writes_nothing(wherry, people):
    result = wherry("run", "people.yaml", "--id", "1", "--trace", "--dry-run").expect(0)
    assert "trim" in result.out and "Ann" in result.out
    assert "wherry run people.yaml --rehearse" in result.out
    assert people.sql("people.db").value("SELECT count(*) FROM person") == 0
    assert "no run yet" in wherry("status", "people.yaml").expect(0).out


def test_a_rehearsal_leaves_nothing(wherry, people):
    document = wherry("run", "people.yaml", "--rehearse", "--json").expect(1).json()
    assert document["rehearsal"] and document["total"]["inserted"] == 2
    assert people.sql("people.db").value("SELECT count(*) FROM person") == 0
    assert wherry("run", "people.yaml", "--json").expect(1).json()["total"]["inserted"] == 2


@pytest.mark.parametrize("args, said", [
    (("--where", "city = 'Riga' AND"), "--where"),
    (("--where", "city"), "true or false"),
    (("--where", "ciyt = 'Riga'"), "city"),
])
def test_a_slip_on_the_command_line_is_no_run(wherry, people, args, said):
    result = wherry("run", "people.yaml", *args).expect(2)
    assert result.out == "" and said in result.err
    assert wherry("status", "people.yaml", "--json").expect(0).json()["runs"] == []


def test_a_run_that_reads_nothing_says_so(wherry, people):
    result = wherry("run", "people.yaml", "--where", "id = '77'").expect(0)
    assert "there was nothing to read" in result.out


def test_keys_that_the_source_does_not_have_are_named(wherry, people):
    result = wherry("run", "people.yaml", "--id", "077").expect(1)
    assert "finished: 1 key not found" in result.out
    assert "person: no record that could be read has the key '077'" in result.out
    item = wherry("run", "people.yaml", "--id", "1", "--id", "78", "--id", "01", "--id", "77",
                  "--json").expect(1).json()["items"][0]
    assert item["missing_keys"] == ["77", "78"] and item["counts"]["inserted"] == 1
    found = wherry("run", "people.yaml", "--id", "1", "--json").expect(0).json()
    assert found["items"][0]["missing_keys"] == []
    # One that is there, and refused, is found.
    refused = wherry("run", "people.yaml", "--id", "3", "--id", "77").expect(1).out
    assert "finished: 1 item refused, 1 key not found" in refused
    narrowed = wherry("run", "people.yaml", "--id", "2", "--where", "id = '1'", "--dry-run").expect(1).out
    assert "no record that was asked for has the key '2'" in narrowed
    many = [word for key in range(100, 113) for word in ("--id", str(key))]
    assert "'109' and 3 more" in wherry("run", "people.yaml", *many).expect(1).out


def test_a_key_that_a_table_does_not_have_is_named(wherry, people):
    wherry("run", "people.yaml").expect(1)
    text = (people / "people.yaml").read_text().replace("sqlite:people.db", "sqlite:copy.db")
    people.write("copy.yaml", text.replace("source: .", "source: sqlite:people.db")
                 .replace("people.csv", "person"))
    people.sql("copy.db").script(TABLE)
    item = wherry("run", "copy.yaml", "--id", "2", "--id", "99", "--json").expect(1).json()["items"][0]
    assert item["missing_keys"] == ["99"] and item["counts"]["read"] == 1


def test_a_second_run_changes_nothing(wherry, people):
    wherry("run", "people.yaml").expect(1)
    before = people.sql("people.db").dump("person")
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    counts = document["total"]
    assert (counts["unchanged"], counts["inserted"], counts["updated"]) == (2, 0, 0)
    assert people.sql("people.db").dump("person") == before


# ---- the terminal


def test_a_terminal_sees_the_progress_and_a_pipe_gets_lines(wherry, people):
    rows = "".join(f"{n},n,e@x,c,1990-01-31\n" for n in range(300000))
    people.write("people.csv", ("id,name,email,city,born\n" + rows).encode())
    code, text = read_terminal(wherry, "run", "people.yaml")
    assert code == 0
    bars = [line for line in text.split("\r") if line.startswith("migrate person ")]
    assert any("%" in bar and " items, " in bar and "/s" in bar for bar in bars)
    assert all(len(bar.split("\x1b[K")[0].splitlines()[0]) < 80 for bar in bars)
    assert "\r" not in wherry("run", "people.yaml").expect(0).err


def read_terminal(wherry, *args, env=None):
    """Runs the program on a terminal of 80 columns; gives its exit code and all it printed."""
    leader, follower = pty.openpty()
    os.set_blocking(leader, False)
    process = subprocess.Popen(
        [wherry.program, *args], stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
        env=wherry.environment({"TERM": "xterm", **(env or {})}), cwd=wherry.folder)
    os.close(follower)
    text = b""
    while True:
        select.select([leader], [], [], 0.1)
        try:
            part = os.read(leader, 65536)
        except BlockingIOError:
            continue
        except OSError:  # the other end is closed
            part = b""
        if not part:
            break
        text += part
    os.close(leader)
    return process.wait(timeout=60), text.decode()


def test_a_terminal_gets_colours_and_a_pipe_does_not(wherry, people):
    code, text = read_terminal(wherry, "run", "people.yaml")
    assert code == 1
    assert "\x1b[3" in text
    assert "\x1b" not in wherry("run", "people.yaml").expect(1).out


@pytest.mark.parametrize("args, env", [((), {"NO_COLOR": "1"}), (("--no-color",), {}),
                                       ((), {"TERM": "dumb"})])
def test_colours_can_be_turned_off(wherry, people, args, env):
    code, text = read_terminal(wherry, "run", "people.yaml", *args, env=env)
    assert code == 1
    assert not re.search(r"\x1b\[[0-9;]*m", text)


def test_control_characters_in_data_do_not_reach_the_terminal(wherry, people):
    people.write("people.csv",
                 b"id,name,email,city,born\n"
                 b"1,\x1b]0;gotcha\x07\x1b[2J,x\x1b[31m,\xc2\x9b31m\xe2\x80\xae,1990-01-31\n")
    outputs = [wherry("run", "people.yaml").expect(1).out,
               wherry("log", "people.yaml").expect(0).out,
               wherry("log", "people.yaml", "--rejected").expect(0).out,
               wherry("log", "people.yaml", "--id", "1").expect(0).out]
    assert "\\x1b]0;gotcha" in outputs[3]
    for output in outputs:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u202e]", output)


def test_a_reader_that_has_seen_enough_is_no_error(wherry, people):
    rows = "".join(f"{n},n,e@x,c,1990-01-31\n" for n in range(20000))
    people.write("people.csv", ("id,name,email,city,born\n" + rows).encode())
    wherry("run", "people.yaml").expect(0)
    process = wherry.start("log", "people.yaml", "--json")
    process.stdout.read(100)
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=60) == 0
    assert err == b""


def test_an_output_that_is_full_is_an_error(wherry, people):
    if not pathlib.Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    wherry("run", "people.yaml").expect(1)
    with open("/dev/full", "wb") as full:
        result = subprocess.run([wherry.program, "log", "people.yaml"], stdout=full,
                                stderr=subprocess.PIPE, env=wherry.environment(),
                                cwd=wherry.folder, check=False)
    assert result.returncode == 3
    assert b"stdout cannot be written" in result.stderr


# ---- Ctrl-C


MANY = 100_000 if IS_SANITIZED else 400_000


@pytest.fixture
def many(people):
    """Enough people for a signal to arrive in the middle; commits are small."""
    with open(people / "people.csv", "w", encoding="utf-8") as out:
        out.write("id,name,email,city,born\n")
        out.writelines(f"{n},Name {n},n{n}@example.com,City,1990-01-31\n" for n in range(MANY))
    text = (people / "people.yaml").read_text() + "\nlimits: { group: 1000 }\n"
    people.write("people.yaml", text.encode())
    return people


def wait_for_rows(database, process, enough):
    """Waits until the table has some rows; False where the run was over before."""
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            if database.value("SELECT count(*) FROM person") >= enough:
                return True
        except Exception as problem:  # locked for the moment
            if "locked" not in str(problem):
                raise
        time.sleep(0.01)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_after_the_group_and_the_next_run_goes_on(wherry, many, number):
    database = many.sql("people.db")
    process = wherry.start("run", "people.yaml", "--workers", "2")
    if not wait_for_rows(database, process, 1000):
        pytest.skip("the run was over before the signal")
    process.send_signal(number)
    result = wherry.finish(process)
    result.expect(6)
    assert "the work in hand is committed" in result.err
    assert "interrupted" in result.out and "wherry run people.yaml" in result.out
    stopped_at = database.value("SELECT count(*) FROM person")
    assert 0 < stopped_at < MANY
    status = wherry("status", "people.yaml", "--json").expect(0).json()
    assert sum_closes(status["runs"][0]["total"])["inserted"] == stopped_at
    assert status["runs"][0]["state"] == "interrupted" and status["runs"][0]["resumable"]
    assert "run 1" in wherry("plan", "people.yaml").expect(0).out
    run = wherry("run", "people.yaml", "--json").expect(0).json()
    assert run["resumed"] and run["run"] == 1
    assert sum_closes(run["total"])["inserted"] == MANY
    assert database.value("SELECT count(*) FROM person") == MANY


def test_a_signal_is_heard_between_two_values_that_take_long(wherry, workspace):
    workspace.write("old.csv", "id\n" + "".join(f"{n}\n" for n in range(1, 4000)))
    workspace.write("dear.yaml", """wherry: 1
name: dear
source: .
destination: sqlite:new.db
items:
  number:
    from: old.csv
    key: id
    into: number
    create: true
    map: { id: "id::int", p: "power(id::numeric + 1, 12345.5)::text" }
""")
    process = wherry.start("run", "dear.yaml")
    database = workspace.sql("new.db")
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            if database.value("SELECT count(*) FROM wherry_chunk") > 0:
                break
        except Exception as problem:  # locked, or not made yet
            assert "locked" in str(problem) or "no such table" in str(problem)
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    result = wherry.finish(process)
    assert time.monotonic() - start < (20 if IS_SANITIZED else 5)
    result.expect(6)
    assert "interrupted" in result.out


@pytest.mark.slow
def test_a_second_signal_stops_at_once(wherry, many):
    database = many.sql("people.db")
    process = wherry.start("run", "people.yaml")
    if not wait_for_rows(database, process, 1000):
        pytest.skip("the run was over before the signal")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    code = wherry.finish(process).code
    assert code in (6, -signal.SIGINT)
    run = wherry("run", "people.yaml", "--json").expect(0).json()
    assert sum_closes(run["total"])["inserted"] == MANY


@pytest.mark.slow
def test_a_run_under_nohup_outlives_its_terminal(wherry, many):
    process = subprocess.Popen(
        [wherry.program, "run", "people.yaml"], stdin=subprocess.DEVNULL, cwd=wherry.folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=wherry.environment(),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    if not wait_for_rows(many.sql("people.db"), process, 1000):
        pytest.skip("the run was over before the signal")
    process.send_signal(signal.SIGHUP)
    wherry.finish(process).expect(0)
    assert many.sql("people.db").value("SELECT count(*) FROM person") == MANY


def leave_half_written(path):
    """What a program leaves that is killed amid a transaction: changed pages, and their journal."""
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = DELETE")
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN")
    writer.execute("UPDATE person SET name = name || 'x'")
    files = {name: name.read_bytes() for name in (path, path.with_name(path.name + "-journal"))}
    writer.execute("ROLLBACK")
    writer.close()
    for name, content in files.items():
        name.write_bytes(content)


def test_what_only_looks_takes_back_what_is_half_written(wherry, people):
    people.write("people.csv", "id,name,email,city,born\n" + "".join(
        f"{n},Name {n},n{n}@example.com,City,1990-01-31\n" for n in range(3000)))
    wherry("run", "people.yaml").expect(0)
    leave_half_written(people / "people.db")
    assert (people / "people.db-journal").exists()
    status = wherry("status", "people.yaml", "--json").expect(0).json()
    assert status["runs"][0]["state"] == "done"
    assert not (people / "people.db-journal").exists()
    assert people.sql("people.db").value("SELECT count(*) FROM person WHERE name LIKE '%x'") == 0


def test_a_source_that_is_half_written_is_not_changed(wherry, people):
    test_what_only_looks_takes_back_what_is_half_written(wherry, people)
    leave_half_written(people / "people.db")
    before = (people / "people.db").read_bytes()
    people.write("copy.yaml", """
        wherry: 1
        name: copy
        source: sqlite:people.db
        destination: sqlite:copy.db
        items:
          person: { from: person, key: id, into: person, create: true, map: { "*": same } }
    """)
    refused = wherry("run", "copy.yaml").expect(3)
    assert "a program that wrote to it was killed, and a source is not changed" in refused.err
    assert (people / "people.db").read_bytes() == before


@pytest.mark.slow
def test_a_killed_run_is_shown_as_interrupted(wherry, many):
    process = wherry.start("run", "people.yaml")
    if not wait_for_rows(many.sql("people.db"), process, 1000):
        pytest.skip("the run was over before the kill")
    alive = wherry("status", "people.yaml", "--json").expect(0).json()
    process.kill()
    process.communicate()
    assert alive["runs"][0]["state"] == "running" and str(process.pid) in alive["locked_by"]
    dead = wherry("status", "people.yaml", "--json").expect(0).json()
    assert dead["runs"][0]["state"] == "interrupted" and dead["locked_by"] is None
    assert "goes on" in wherry("status", "people.yaml").expect(0).out


def test_closed_standard_streams_are_not_taken_for_files(wherry, people):
    def run_closed(stream):
        command = ["/bin/sh", "-c", f'exec "$0" run people.yaml {stream}',
                   wherry.program]
        return subprocess.run(command, cwd=wherry.folder, env=wherry.environment(), timeout=60,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    assert run_closed("2>&-") == 1
    assert run_closed("<&- >&-") == 3
    assert people.sql("people.db").value("PRAGMA integrity_check") == "ok"
    assert people.sql("people.db").value("SELECT count(*) FROM person") == 2


def test_the_log_names_the_file_that_an_item_came_from(wherry, workspace):
    workspace.sql("t.db").script("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    for number, name in enumerate(["a 1.csv", "b.csv", "c.csv"], 1):
        workspace.write(f"in/{name}", f"id,v\n{number},x\n{number + 10},y\n{number + 20},\n")
    workspace.write("t.yaml", """
        wherry: 1
        name: t
        source: in
        destination: sqlite:t.db
        items:
          t: { from: "*.csv", key: id, into: t, map: { id: id, v: v } }
    """)
    wherry("run", "t.yaml").expect(0)

    def place(key):
        return wherry("log", "t.yaml", "t", "--id", key, "--json").expect(0).ndjson()[0]["place"]

    assert [place(1), place(12), place(23)] == ["a 1.csv:2", "b.csv:3", "c.csv:4"]
    # What it was called then, whatever is there now.
    (workspace / "in/b.csv").rename(workspace / "in/0.csv")
    assert place(12) == "b.csv:3"
    workspace.write("in/0.csv", "id,v\n2,x\n12,z\n22,\n")
    wherry("run", "t.yaml").expect(0)
    assert place(12) == "0.csv:3"
    lines = wherry("log", "t.yaml", "--json").expect(0).ndjson()
    assert {line["place"] for line in lines if line["key"] in ("2", "3")} == {"0.csv:2", "c.csv:2"}
