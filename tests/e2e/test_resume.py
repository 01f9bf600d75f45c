# SPDX-License-Identifier: Apache-2.0
"""No crash loses or doubles an item: a kill at every named point, then a rerun, and all is as if
nothing had happened."""

import re
import signal

import pytest

from conftest import thinned
from people import counts, left_behind, people, run, set_up

pytestmark = pytest.mark.costly

# Where the program can be killed; a point is tried at its first and at a later passing.
POINTS = ["ledger.prepared", "tables.created", "run.begun", "survey.done", "group.claimed",
          "group.written", "group.logged", "group.committed", "chunk.done", "item.done",
          "state.save.begin", "state.save.before_commit", "state.save.after_commit", "run.ended"]

COUNT = 3000
BAD = {f"p{number}": {"born": "x"} for number in range(5, COUNT, 100)}
SMALL_GROUPS = "\n    limits: { group: 500 }"


def source():
    return people(COUNT, **BAD)


def set_up_small_groups(workspace):
    set_up(workspace, source())
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + "limits: { group: 500 }\n")


@pytest.fixture(scope="module")
def once():
    """What the tests of this file find out once."""
    return {}


@pytest.fixture
def undisturbed(wherry, workspace, once):
    """What a run that nobody disturbs leaves behind."""
    if not once:
        set_up_small_groups(workspace)
        run(wherry, code=1)
        once.update(left_behind(workspace.sql("people.db")))
        workspace.remove_database("people.db")
    return once


def kill_at(wherry, point, *args):
    return wherry.is_killed(point, "run", "people.yaml", *args)


def inserted_keys(wherry, database):
    """Every key that the log of any run has as inserted, as often as it has it."""
    keys = []
    for (number,) in database.rows("SELECT id FROM wherry_run ORDER BY id"):
        log = wherry("log", "people.yaml", "--run", number, "--json").expect(0).ndjson()
        keys += [entry["key"] for entry in log if entry.get("status") == "inserted"]
    return keys


@pytest.mark.parametrize("point,times", thinned(
    [(point, times) for point in POINTS for times in (1, 3)],
    lambda point, times: times == 1 or point == "group.committed"))
def test_a_kill_at_a_named_point_leaves_nothing_undone(wherry, workspace, has_crash_points,
                                                       undisturbed, point, times):
    set_up_small_groups(workspace)
    was_killed = kill_at(wherry, f"{point}:{times}")
    if not was_killed:
        assert times > 1, f"{point} is never reached"
        return
    item = run(wherry, code=1)
    database = workspace.sql("people.db")
    assert item["counts"]["read"] == COUNT
    assert left_behind(database) == undisturbed or point in ("item.done", "run.ended")
    assert database.dump("person") == undisturbed["person"]
    good = COUNT - len(BAD)
    if point.startswith("group.") and times == 3:
        keys = inserted_keys(wherry, database)
        assert len(keys) == len(set(keys)) == good
    assert counts(run(wherry, code=1)) == {"unchanged": good, "rejected": len(BAD)}


def test_a_killed_run_is_gone_on_with(wherry, workspace, has_crash_points):
    set_up_small_groups(workspace)
    assert kill_at(wherry, "group.committed:3")
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert document["resumed"] and document["run"] == 1
    assert document["items"][0]["counts"]["read"] == COUNT
    assert document["items"][0]["read_now"] == COUNT - 3 * 500


def test_the_rate_of_a_run_that_goes_on_is_of_what_was_left(wherry, workspace, has_crash_points):
    """A slow machine may be slower than the limit; none is faster."""
    rate = 1000
    set_up(workspace, source())
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + f"limits: {{ group: 100, rate: {rate}/s }}\n")
    assert kill_at(wherry, "group.committed:15")
    result = wherry("run", "people.yaml").expect(1)
    assert "rate and time of what was left" in result.out
    seen = re.search(r"person +3,000 .* ([\d,]+)/s", result.out)
    assert 0 < int(seen[1].replace(",", "")) < 1.5 * rate, result.out
    assert "migrate person: 3,000 items, 1,500 of them in " in result.err


def set_up_slowly(workspace):
    """A run of three seconds."""
    set_up(workspace, source())
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + "limits: { group: 200, rate: 1000/s }\n")


def items_of_stage(result, amount):
    """Those of the stage's line and those of the summary."""
    line = re.search(r"migrate person: ([\d,]+) items(, [\d,]+ of them)? in .* s(, ([\d,]+) refused)?$", result.err, re.M)
    assert bool(line[2]) == (amount == "part")
    summary = re.search(r"^ *person +([\d,]+) .*", result.out, re.M)
    return line[1], summary[1]


def test_the_line_of_an_interrupted_run_counts_what_its_summary_does(wherry, workspace):
    set_up_slowly(workspace)
    process = wherry.start("run", "people.yaml")
    while workspace.sql("people.db").value("SELECT count(*) FROM person") < 1500:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    line, summary = items_of_stage(wherry.finish(process).expect(6), "all")
    assert line == summary != "3,000"
    line, summary = items_of_stage(wherry("run", "people.yaml").expect(1), "part")
    assert line == summary == "3,000"


def test_the_line_of_a_run_at_its_limit_counts_what_its_summary_does(wherry, workspace):
    set_up_slowly(workspace)
    line, summary = items_of_stage(wherry("run", "people.yaml", "--max-failures", "16").expect(4), "all")
    assert line == summary != "3,000"


def test_a_changed_source_is_started_anew(wherry, workspace, has_crash_points):
    set_up_small_groups(workspace)
    assert kill_at(wherry, "group.committed:3")
    changed = dict(BAD, p10={"name": "Changed"})
    workspace.write("people.csv", people(COUNT, **changed))
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert not document["resumed"] and document["run"] == 2
    database = workspace.sql("people.db")
    assert database.value("SELECT name FROM person WHERE id = 10") == "Changed"
    assert database.value("SELECT count(*) FROM person") == COUNT - len(BAD)
    reason = database.value("SELECT reason FROM wherry_run WHERE id = 1")
    assert "source changed" in reason


def test_a_changed_migration_is_started_anew(wherry, workspace, has_crash_points):
    set_up_small_groups(workspace)
    assert kill_at(wherry, "group.committed:3")
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("trim(name)", "upper(trim(name))"))
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert not document["resumed"]
    database = workspace.sql("people.db")
    assert database.value("SELECT count(*) FROM person WHERE name <> upper(name)") == 0
    assert database.value("SELECT count(*) FROM person") == COUNT - len(BAD)


def test_an_emptied_destination_is_started_anew(wherry, workspace, has_crash_points,
                                                    undisturbed):
    set_up_small_groups(workspace)
    assert kill_at(wherry, "group.committed:3")
    workspace.sql("people.db").script("DELETE FROM person")
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert not document["resumed"]
    assert workspace.sql("people.db").dump("person") == undisturbed["person"]


def test_restart_abandons_an_interrupted_run(wherry, workspace, has_crash_points):
    set_up_small_groups(workspace)
    assert kill_at(wherry, "group.committed:3")
    document = wherry("run", "people.yaml", "--restart", "--json").expect(1).json()
    assert not document["resumed"] and document["run"] == 2


def test_a_partial_run_in_between_does_not_stand_in_the_way(wherry, workspace, has_crash_points):
    set_up_small_groups(workspace)
    assert kill_at(wherry, "group.committed:3")
    wherry("run", "people.yaml", "--id", "2999").expect(0)
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert document["resumed"] and document["run"] == 1
    assert document["items"][0]["counts"]["read"] == COUNT


@pytest.mark.workers
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_number_of_workers_changes_nothing(wherry, workspace, workers):
    special = dict(BAD)
    special.update({f"p{number}": {"id": number - 1} for number in range(50, COUNT, 333)})
    set_up(workspace, people(COUNT, **special))
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + "limits: { group: 100 }\n")
    run(wherry, "--workers", "1", code=1)
    expected = left_behind(workspace.sql("people.db"))
    workspace.remove_database("people.db")
    workspace.sql("people.db").script(open_table())
    run(wherry, "--workers", str(workers), code=1)
    assert left_behind(workspace.sql("people.db")) == expected


def open_table():
    from people import TABLE
    return TABLE


def test_an_end_that_cannot_be_recorded_is_no_end(wherry, workspace):
    set_up(workspace, people(5))
    run(wherry, "--limit", "1")
    workspace.sql("people.db").script(
        "CREATE TRIGGER never BEFORE UPDATE ON wherry_run WHEN new.state = 'done' "
        "BEGIN SELECT RAISE(ABORT, 'not now'); END")
    document = wherry("run", "people.yaml", "--json")
    assert document.code not in (0, 1)
    assert document.json()["state"] == "failed"
    assert "not now" in document.json()["error"]["message"]
    assert "did not finish" in wherry("run", "people.yaml").out
    workspace.sql("people.db").script("DROP TRIGGER never")
    document = wherry("run", "people.yaml", "--json").expect(0).json()
    assert document["resumed"] and document["run"] == 2
    assert counts(document["items"][0]) == {"inserted": 4, "unchanged": 1}
