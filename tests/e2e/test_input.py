# SPDX-License-Identifier: Apache-2.0
"""Standard input gives what a file of the same bytes gives, and is known again by its bytes."""
import gzip
import io
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import time
import zipfile

import pytest

from people import TABLE, counts, left_behind, people, run, set_up

COUNT = 600
BAD = {f"p{number}": {"born": "x"} for number in range(5, COUNT, 100)}
SOURCE = people(COUNT, **BAD)


def start_anew(workspace):
    """The migration of people.csv, with standard input in the place of the file."""
    workspace.remove_database("people.db")
    workspace.sql("people.db").script(TABLE)
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("from: people.csv", 'from: "-"'))


@pytest.fixture
def ready(workspace):
    set_up(workspace, SOURCE)
    start_anew(workspace)


@pytest.fixture
def plain(wherry, workspace):
    """What a run over the file leaves behind; the places are standard input's."""
    set_up(workspace, SOURCE)
    run(wherry, code=1)
    result = left_behind(workspace.sql("people.db"))
    result["failures"] = [
        tuple(cell.replace("people.csv:", "standard input:") if isinstance(cell, str) else cell
              for cell in failure) for failure in result["failures"]]
    start_anew(workspace)
    return result


def in_archive(*names):
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        for name in names:
            archive.writestr(name, SOURCE)
    return room.getvalue()


@pytest.mark.parametrize("given", [SOURCE.encode(), gzip.compress(SOURCE.encode()),
                                   in_archive("people.csv")], ids=["plain", "gzip", "zip"])
def test_what_is_given_is_read_as_a_file_is(wherry, workspace, plain, given):
    run(wherry, "--workers", "2", code=1, given=given)
    assert left_behind(workspace.sql("people.db")) == plain


def test_a_killed_run_goes_on_only_with_the_same_bytes(wherry, workspace, plain, has_crash_points):
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + "limits: { group: 100 }\n")
    assert wherry.is_killed("group.committed", "run", "people.yaml", given=SOURCE.encode())
    database = workspace.sql("people.db")
    assert 0 < database.value("SELECT count(*) FROM person") < COUNT

    refused = wherry("run", "people.yaml", given=b"").expect(2)
    assert "standard input gave nothing" in refused.err
    going_on = wherry("run", "people.yaml", given=SOURCE.encode(),
                      env={"WHERRY_CRASH_AT": "group.committed"})
    assert going_on.code == -9 and "going on with run 1" in going_on.err

    other = SOURCE.replace(" Ann 7 ", " Bea 7 ")
    document = wherry("run", "people.yaml", "--json", given=other.encode()).expect(1).json()
    assert not document["resumed"] and document["run"] == 2
    assert "content" in database.value("SELECT reason FROM wherry_run WHERE id = 1")
    assert database.value("SELECT name FROM person WHERE id = 7") == "Bea 7"

    run(wherry, code=1, given=SOURCE.encode())
    assert left_behind(database)["person"] == plain["person"]


def test_some_items_can_be_run_alone(wherry, workspace, ready):
    item = run(wherry, "--id", "7", given=SOURCE.encode())
    assert counts(item) == {"inserted": 1}
    item = run(wherry, "--id", "5", code=1, given=SOURCE.encode())
    assert counts(item) == {"rejected": 1}
    # The log has no input to learn the key's type from.
    assert wherry("log", "people.yaml", "--id", "007").expect(0).out.startswith("person 7, ")


def test_a_plan_reads_it_and_says_what_it_is(wherry, workspace, ready):
    shown = wherry("plan", "people.yaml", given=SOURCE.encode()).expect(0).out
    assert f"standard input of {len(SOURCE)} bytes in UTF-8: CSV" in shown


JSON_LINES = '{"id": 1, "name": "Ann"}\n{"id": 2, "name": "Bea"}\n'
FORMATS = {
    "lines": (JSON_LINES, "type: ndjson"),
    "array": (json.dumps([json.loads(line) for line in JSON_LINES.splitlines()]), "type: json"),
    "marked array": ("\ufeff[\n" + JSON_LINES.replace("}\n{", "},\n{") + "]\n", "type: json"),
}
SMALL = """
    wherry: 1
    name: small
    source: .
    destination: sqlite:small.db
    items:
      person: { from: "-", key: id, into: person, create: true, map: { "*": same } }
"""


@pytest.mark.parametrize("given, pin", FORMATS.values(), ids=FORMATS)
def test_json_is_told_by_its_first_bytes(wherry, workspace, given, pin):
    workspace.write("small.yaml", SMALL)
    assert pin in wherry("plan", "small.yaml", given=given.encode()).expect(0).out
    wherry("run", "small.yaml", given=given.encode()).expect(0)
    assert workspace.sql("small.db").dump("person") == [("1", "Ann"), ("2", "Bea")]


@pytest.mark.parametrize("given", ['{\n"id": 1,\n"name": "Ann"}\n', '{"id": 1', "[1, 2]", "{a},b\n1,2\n"])
def test_what_may_be_json_is_asked_about(wherry, workspace, given):
    workspace.write("small.yaml", SMALL)
    refused = wherry("plan", "small.yaml", given=given.encode()).expect(2)
    assert "cannot tell for certain" in refused.err and "type: ndjson" in refused.err


def test_an_archive_of_several_files_is_refused(wherry, workspace, ready):
    refused = wherry("run", "people.yaml", given=in_archive("a.csv", "b.csv")).expect(2)
    assert "write it to a file" in refused.err


def test_workers_read_an_archive_side_by_side(wherry, workspace):
    count = 5000
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("small.csv", "id,name\n" + "".join(
            f"{number},{number % 10}{'x' * 1000}\n" for number in range(count)))
    workspace.write("small.yaml", SMALL)
    wherry("run", "small.yaml", "--workers", "4", given=room.getvalue()).expect(0)
    shown = workspace.sql("small.db").rows(
        "SELECT id, substr(name, 1, 2), length(name) FROM person ORDER BY CAST(id AS INTEGER)")
    assert shown == [(str(number), f"{number % 10}x", 1001) for number in range(count)]


def test_only_one_item_type_can_read_it(wherry, workspace):
    second = SMALL.rstrip() + '\n      other: { from: "-", key: id, into: other, create: true, map: { "*": same } }\n'
    workspace.write("small.yaml", second)
    refused = wherry("run", "small.yaml", given=JSON_LINES.encode()).expect(2)
    assert "item 'other'" in refused.err and "another item type" in refused.err
    assert "small.yaml:8" in refused.err


def test_a_source_that_is_no_folder_is_refused(wherry, workspace):
    workspace.write("small.yaml", SMALL.replace("source: .", "source: people.csv"))
    refused = wherry("run", "small.yaml", given=JSON_LINES.encode()).expect(3)
    assert "no folder" in refused.err


def test_a_terminal_is_refused(wherry, workspace, ready):
    leader, follower = os.openpty()
    try:
        refused = wherry.finish(wherry.start("run", "people.yaml", stdin=follower)).expect(2)
    finally:
        os.close(leader)
        os.close(follower)
    assert "standard input is a terminal" in refused.err


def test_a_closed_one_is_refused(wherry, workspace, ready):
    process = wherry.start("run", "people.yaml", stdin=None, preexec_fn=lambda: os.close(0))
    assert "standard input is not open" in wherry.finish(process).expect(3).err


def test_a_full_disk_is_named(wherry, workspace, ready):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    process = wherry.start("run", "people.yaml", stdin=subprocess.PIPE, preexec_fn=limit,
                           restore_signals=False)
    refused = wherry.finish(process, given=SOURCE.encode() * 50).expect(3)
    assert "standard input: a temporary file of" in refused.err and "TMPDIR" in refused.err
    assert "limits.memory" not in refused.err
    assert workspace.sql("people.db").value("SELECT count(*) FROM person") == 0


def hears_interrupts(process):
    """Whether it has set its handler."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    caught = int(re.search("^SigCgt:\\s*([0-9a-f]+)$", status, re.MULTILINE).group(1), 16)
    return caught >> (signal.SIGINT - 1) & 1


def test_waiting_for_it_can_be_interrupted(wherry, workspace, ready):
    process = wherry.start("run", "people.yaml", stdin=subprocess.PIPE)
    process.stdin.write(SOURCE[:1000].encode())
    process.stdin.flush()
    while not hears_interrupts(process):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 6
    process.stdin.close()
    process.stdout.close()
    process.stderr.close()
