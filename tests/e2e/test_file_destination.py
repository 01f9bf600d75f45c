# SPDX-License-Identifier: Apache-2.0
"""Files as destinations: written whole, renamed when complete, the same after any crash."""
import csv
import gzip
import io
import json
import random
import shutil

import pytest
from conftest import sum_closes, thinned

from people import HEADER, people
from random_tables import unpacked

MIGRATION = """
    wherry: 1
    name: to files
    source: .
    destination: out
    items:
      person:
        from: people.csv
        key: id
        into: {into}
        {extra}
        map:
          id: id::int
          name: trim(name)
          balance: balance::numeric(12,2)
          born: to_date(born, 'DD/MM/YYYY')
          big: balance::numeric > 100
    limits: {{ group: 500 }}
"""

COUNT = 3000
BAD = {f"p{number}": {"born": "x"} for number in range(5, COUNT, 100)}
GOOD = COUNT - len(BAD)


def set_up(workspace, into="people.csv", extra="", source=None):
    workspace.write("people.csv", people(COUNT, **BAD) if source is None else source)
    workspace.write("files.yaml", MIGRATION.format(into=into, extra=extra))


def run(wherry, *args, code=0):
    document = wherry("run", "files.yaml", *args, "--json").expect(code).json()
    return sum_closes(document["items"][0]["counts"]), document


def leftovers(workspace):
    return sorted(path.name for path in (workspace / "out").iterdir())


def expected_rows():
    return [{"id": number, "name": f"Ann {number}", "balance": f"{number}.50",
             "born": f"{1950 + number % 50}-{number % 12 + 1:02}-{number % 28 + 1:02}",
             "big": number >= 100}
            for number in range(1, COUNT + 1) if f"p{number}" not in BAD]


def test_csv_is_written_in_the_order_of_the_source(wherry, workspace):
    set_up(workspace)
    plan = wherry("plan", "files.yaml").expect(0)
    assert "file 'people.csv': CSV in UTF-8" in plan.out
    assert "sqlite:.wherry/to%2520files.db" in plan.out
    assert not (workspace / "out").exists() and not (workspace / ".wherry").exists()
    counts, _ = run(wherry, code=1)
    assert counts["inserted"] == GOOD and counts["rejected"] == len(BAD)
    rows = list(csv.DictReader(io.StringIO((workspace / "out/people.csv").read_text())))
    wanted = [{name: ("t" if value else "f") if name == "big" else str(value)
               for name, value in row.items()} for row in expected_rows()]
    assert rows == wanted
    assert leftovers(workspace) == ["people.csv"]
    status = wherry("status", "files.yaml").expect(0)
    assert "done" in status.out
    entry = wherry("log", "files.yaml", "person", "--id", "7", "--json").expect(0).ndjson()[0]
    assert entry["status"] == "inserted" and entry["after"]["name"] == "Ann 7"


@pytest.mark.parametrize("into,load", [
    ("people.ndjson", lambda text: [json.loads(line) for line in text.splitlines()]),
    ("people.json", json.loads)])
def test_json_is_written_with_its_types(wherry, workspace, into, load):
    set_up(workspace, into)
    run(wherry, code=1)
    rows = load((workspace / "out" / into).read_text())
    assert rows == [{**row, "balance": float(row["balance"])} for row in expected_rows()]
    assert '"balance":7.50' in (workspace / "out" / into).read_text()


def test_an_empty_source_leaves_a_file_that_can_be_read(wherry, workspace):
    for into, text in (("a.csv", "id,name,balance,born,big\n"), ("a.ndjson", ""),
                       ("a.json", "[]\n")):
        set_up(workspace, into, source=HEADER)
        run(wherry)
        assert (workspace / "out" / into).read_text() == text


def test_an_empty_source_leaves_a_packed_file_that_can_be_unpacked(wherry, workspace):
    for into, extra in (("a.ndjson.gz", ""), ("a.csv.gz", "into_format: { header: false }"),
                        ("a.ndjson.zst", "")):
        set_up(workspace, into, extra, source=HEADER)
        run(wherry)
        packed = (workspace / "out" / into).read_bytes()
        if into.endswith(".gz"):
            assert len(packed) > 0 and gzip.decompress(packed) == b""
        else:
            assert packed.startswith(b"\x28\xb5\x2f\xfd")


def test_the_dialect_is_what_the_migration_says(wherry, workspace):
    set_up(workspace, "people.txt", "into_format: { delimiter: \";\", header: false, crlf: true }",
           source=people(2))
    run(wherry)
    assert (workspace / "out/people.txt").read_bytes() == (
        b"1;Ann 1;1.50;1951-02-02;f\r\n2;Ann 2;2.50;1952-03-03;f\r\n")


def test_a_second_run_leaves_an_unchanged_file_alone(wherry, workspace):
    set_up(workspace)
    run(wherry, code=1)
    path = workspace / "out/people.csv"
    before = path.stat()
    run(wherry, code=1)
    assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_ino == before.st_ino
    workspace.write("people.csv", people(COUNT, **dict(BAD, p10={"name": "Changed"})))
    run(wherry, code=1)
    assert "10,Changed," in path.read_text()
    run(wherry, code=1)
    assert leftovers(workspace) == ["people.csv"]


def test_what_wherry_did_not_write_is_not_replaced(wherry, workspace):
    set_up(workspace)
    path = workspace.write("out/people.csv", "mine\n")
    result = wherry("run", "files.yaml").expect(2)
    assert "is there already, and this migration did not write it" in result.err
    assert path.read_text() == "mine\n"
    path.unlink()
    run(wherry, code=1)
    path.write_text("edited\n")
    result = wherry("run", "files.yaml").expect(2)
    assert "was changed since wherry wrote it" in result.err
    assert path.read_text() == "edited\n"
    set_up(workspace, extra="drift: overwrite")
    run(wherry, code=1)
    assert path.read_text().startswith("id,name")


def test_a_partial_run_wants_another_name(wherry, workspace):
    set_up(workspace)
    run(wherry, code=1)
    before = (workspace / "out/people.csv").read_bytes()
    result = wherry("run", "files.yaml", "--id", "7").expect(2)
    assert "name another file under 'into'" in result.err
    assert (workspace / "out/people.csv").read_bytes() == before
    set_up(workspace, "seven.csv")
    run(wherry, "--id", "7")
    assert (workspace / "out/seven.csv").read_text().splitlines()[1:] == ["7,Ann 7,7.50,1957-08-08,f"]


def test_what_a_file_cannot_do_is_refused_by_name(wherry, workspace):
    set_up(workspace)
    assert "--trust-ledger: a file is written whole" in wherry(
        "run", "files.yaml", "--trust-ledger").expect(2).err
    set_up(workspace, extra="missing: delete")
    assert "leave 'missing' out" in wherry("plan", "files.yaml").expect(2).err
    set_up(workspace, "people.dat")
    assert "into_format: { type: csv }" in wherry("plan", "files.yaml").expect(2).err
    set_up(workspace, extra="into_format: { delimeter: x }")
    assert "did you mean 'delimiter'" in wherry("plan", "files.yaml").expect(2).err
    set_up(workspace, extra="into_format: { type: csv }")
    path = workspace / "files.yaml"
    path.write_text(path.read_text().replace("destination: out", "destination: sqlite:x.db"))
    workspace.sql("x.db").script("CREATE TABLE person (id INTEGER PRIMARY KEY)")
    assert "leave it out" in wherry("plan", "files.yaml").expect(2).err
    workspace.sql("s.db").script("CREATE TABLE people (id INTEGER PRIMARY KEY)")
    set_up(workspace, extra="format: { delimiter: x }")
    path.write_text(path.read_text().replace("source: .", "source: sqlite:s.db")
                    .replace("from: people.csv", "from: people"))
    assert "'format' says how files are written" in wherry("plan", "files.yaml").expect(2).err
    set_up(workspace)
    path.write_text(path.read_text() + "ledger: destination\n")
    assert "files can hold no ledger" in wherry("plan", "files.yaml").expect(2).err


def test_a_ledger_may_have_another_place(wherry, workspace):
    set_up(workspace)
    path = workspace / "files.yaml"
    path.write_text(path.read_text() + "ledger: sqlite:log.db\n")
    run(wherry, code=1)
    assert workspace.sql("log.db").value("SELECT count(*) FROM wherry_run") == 1
    assert not (workspace / ".wherry").exists()


def test_dry_runs_and_rehearsals_leave_nothing(wherry, workspace):
    set_up(workspace)
    counts, _ = run(wherry, "--dry-run", code=1)
    assert counts["inserted"] == GOOD and not (workspace / "out").exists()
    counts, _ = run(wherry, "--rehearse", code=1)
    assert counts["inserted"] == GOOD and leftovers(workspace) == []
    run(wherry, code=1)
    before = (workspace / "out/people.csv").stat().st_mtime_ns
    run(wherry, "--rehearse", code=1)
    assert (workspace / "out/people.csv").stat().st_mtime_ns == before
    assert leftovers(workspace) == ["people.csv"]


POINTS = ["run.begun", "survey.done", "group.claimed", "group.written", "output.synced",
          "group.committed", "chunk.done", "output.written", "output.recorded", "output.renamed",
          "item.done", "run.ended"]


@pytest.mark.parametrize("packing, ending", [("zstd", ".zst"), ("gzip", ".gz")])
def test_a_packed_file_holds_what_a_plain_one_does(wherry, workspace, packing, ending):
    set_up(workspace)
    run(wherry, code=1)
    plain = (workspace / "out/people.csv").read_bytes()
    set_up(workspace, "people.csv" + ending)
    assert f"packed with {packing}" in wherry("plan", "files.yaml").expect(0).out
    run(wherry, code=1)
    packed = workspace / f"out/people.csv{ending}"
    assert unpacked(packed) == plain and packed.stat().st_size < len(plain) / 2
    before = packed.stat().st_mtime_ns
    run(wherry, code=1)
    assert packed.stat().st_mtime_ns == before


@pytest.mark.parametrize("ending, packing", [(".bz2", "bzip2"), (".XZ", "xz"), (".zip", "zip")])
def test_other_packings_are_refused_by_name(wherry, workspace, ending, packing):
    set_up(workspace, "people.csv" + ending)
    assert f"not with {packing}; end the name with .zst or .gz" in wherry(
        "plan", "files.yaml").expect(2).err


@pytest.fixture(scope="module")
def undisturbed():
    """What a run that nobody disturbs writes, by the kind of file; filled by the first that asks."""
    return {}


FILES = ["people.csv", "people.json", "people.csv.zst", "people.csv.gz"]
# Under a sanitizer each point once, and with it each kind of file in turn.
KILLS = thinned([(point, times, into) for point in POINTS for times in (1, 3) for into in FILES
                 if times == 1 or into != "people.csv.gz"],
                lambda point, times, into:
                times == 1 and FILES.index(into) == POINTS.index(point) % len(FILES))


@pytest.mark.parametrize("point,times,into", KILLS)
def test_a_kill_leaves_no_trace_in_the_file(wherry, workspace, has_crash_points, undisturbed, point,
                                            times, into):
    kind = into.split(".", 1)[1]
    if kind not in undisturbed:
        set_up(workspace, f"expected.{kind}")
        run(wherry, code=1)
        undisturbed[kind] = unpacked(workspace / "out" / f"expected.{kind}")
        shutil.rmtree(workspace / "out")
        shutil.rmtree(workspace / ".wherry")
    expected = undisturbed[kind]
    set_up(workspace, into)
    killed = wherry.is_killed(f"{point}:{times}", "run", "files.yaml")
    if not killed:
        assert times > 1, f"{point} is never reached"
        return
    path = workspace / "out" / into
    is_named = point in ("output.renamed", "item.done", "run.ended")
    assert path.exists() == is_named
    run(wherry, code=1)
    assert unpacked(path) == expected
    counts, _ = run(wherry, code=1)
    assert counts["inserted"] == GOOD and unpacked(path) == expected
    assert leftovers(workspace) == [into]


def test_a_killed_run_is_gone_on_with(wherry, workspace, has_crash_points):
    set_up(workspace)
    assert wherry.is_killed("group.committed:3", "run", "files.yaml")
    assert leftovers(workspace) == ["people.csv.wherry-partial"]
    _, document = run(wherry, code=1)
    assert document["resumed"] and document["run"] == 1
    assert leftovers(workspace) == ["people.csv"]


def test_a_partial_run_in_between_is_noticed(wherry, workspace, has_crash_points):
    set_up(workspace)
    assert wherry.is_killed("group.committed:3", "run", "files.yaml")
    run(wherry, "--id", "7")
    path = workspace / "out/people.csv"
    assert len(path.read_text().splitlines()) == 2
    result = wherry("run", "files.yaml")
    if result.code != 1:
        assert "begin anew with --restart" in result.err
        wherry("run", "files.yaml", "--restart").expect(1)
    assert len(path.read_text().splitlines()) == GOOD + 1


@pytest.mark.parametrize("point", ["output.recorded", "output.renamed"])
def test_a_run_that_only_had_to_rename_does_not_stand_in_the_way(wherry, workspace,
                                                                 has_crash_points, point):
    set_up(workspace)
    run(wherry, code=1)
    workspace.write("people.csv", people(COUNT, **dict(BAD, p10={"name": "Changed"})))
    assert wherry.is_killed(point, "run", "files.yaml")
    run(wherry, "--restart", code=1)
    assert "10,Changed," in (workspace / "out/people.csv").read_text()
    assert leftovers(workspace) == ["people.csv"]


def test_a_lost_partial_file_is_written_anew(wherry, workspace, has_crash_points):
    set_up(workspace)
    assert wherry.is_killed("group.committed:3", "run", "files.yaml")
    (workspace / "out/people.csv.wherry-partial").unlink()
    counts, document = run(wherry, code=1)
    assert not document["resumed"] and counts["inserted"] == GOOD


@pytest.mark.workers
@pytest.mark.parametrize("workers", [1, 4])
def test_the_number_of_workers_changes_nothing(wherry, workspace, workers):
    set_up(workspace)
    run(wherry, "--workers", workers, code=1)
    lines = (workspace / "out/people.csv").read_text().splitlines()[1:]
    assert [int(line.split(",")[0]) for line in lines] == [row["id"] for row in expected_rows()]


PIECES = ["", " ", ",", ";", '"', '""', "\n", "\r\n", "\r", "\\", "\\N", "'", "#", "NULL", "a", "Zoë",
          "😀", "=1", "007", "\t", "1e5", "\ufeff", "a longer word"]


def random_rows(seed):
    pick = random.Random(seed)
    rows = []
    for number in range(400):
        rows.append([str(number)] + [None if pick.random() < 0.2 else
                                     "".join(pick.choice(PIECES) for _ in range(pick.randrange(4)))
                                     for _ in range(3)])
    return rows


def as_csv(rows):
    """NULL is the empty cell, every text is quoted."""
    def cell(value):
        return "" if value is None else '"' + value.replace('"', '""') + '"'
    return ("id,a,b,c\n" + "".join(",".join(map(cell, row)) + "\n" for row in rows)).encode()


COPY = """
    wherry: 1
    name: {name}
    source: {source}
    destination: {destination}
    items:
      t: {{ from: {from_}, key: id, into: {into}, create: true, map: {{ "*": same }} }}
"""


def copy(wherry, workspace, **names):
    workspace.write("copy.yaml", COPY.format(**names))
    document = wherry("run", "copy.yaml", "--json").expect(0).json()
    assert sum_closes(document["items"][0]["counts"])["inserted"] == 400


@pytest.mark.parametrize("seed", range(2))
def test_every_value_survives_what_is_read_with_nothing_stated(wherry, workspace, seed):
    rows = random_rows(seed)
    workspace.write("in.csv", as_csv(rows))
    copy(wherry, workspace, name="one", source=".", destination="sqlite:t.db", from_="in.csv",
         into="t")
    copy(wherry, workspace, name="two", source="sqlite:t.db", destination="out", from_="t",
         into="out.csv")
    copy(wherry, workspace, name="three", source="out", destination="sqlite:u.db",
         from_="out.csv", into="t")
    wanted = {row[0]: row for row in rows}
    again = workspace.sql("u.db").rows("SELECT * FROM t")
    assert {row[0]: list(row) for row in again} == wanted
