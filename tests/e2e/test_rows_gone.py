# SPDX-License-Identifier: Apache-2.0
"""Rows that wherry wrote are deleted by hand, then a run is begun and cut off: the next one goes on with it as long as
what has to be there is, and otherwise begins anew."""
import signal

import pytest

from things import MIGRATION

pytestmark = pytest.mark.costly

ROWS = 3000
GROUP = 500
MORE = f"    limits: {{ group: {GROUP} }}\n"
SECOND = """
      other:
        from: things.csv
        key: id
        into: other
        map: { "*": same }
"""


class Place:
    """Things in a database, as one item type or two."""

    def __init__(self, wherry, workspace, database, url):
        self.wherry, self.workspace, self.database = wherry, workspace, database
        self.url = url
        self.tables = ["thing"]

    def set_up(self, second=""):
        self.tables += ["other"] if second else []
        for table in self.tables:
            self.database.script(f"CREATE TABLE {table} (id int PRIMARY KEY, label text)")
        self.workspace.write("things.csv", self.source(ROWS))
        self.workspace.write("people.yaml", MIGRATION % f'"{self.url}"' + second + MORE)
        self.run()

    @staticmethod
    def source(rows):
        return "id,label\n" + "".join(f"{number},thing {number}\n" for number in range(1, rows + 1))

    def delete(self, where="true"):
        for table in self.tables:
            self.database.script(f"DELETE FROM {table} WHERE {where}")

    def run(self, *args):
        document = self.wherry("run", "people.yaml", "--workers", "1", *args, "--json").expect(0).json()
        for table in self.tables:
            assert self.database.value(f"SELECT count(*) FROM {table}") == ROWS
        return document

    def kill(self, *args, groups=3):
        assert self.wherry.is_killed(f"group.committed:{groups}", "run", "people.yaml", "--workers", "1", *args)

    def reason(self):
        """Why the second run was abandoned."""
        schema = "wherry_" if self.url.startswith("sqlite") else "wherry."
        return self.database.value(f"SELECT reason FROM {schema}run WHERE id = 2")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, wherry, workspace):
    if request.param == "sqlite":
        return Place(wherry, workspace, workspace.sql("things.db"), "sqlite:things.db")
    database = request.getfixturevalue("postgres")
    return Place(wherry, workspace, database, database.url)


def check_goes_on(place, run=2):
    document = place.run()
    assert document["resumed"] and document["run"] == run
    assert all(item["counts"]["read"] == ROWS for item in document["items"])


def check_begins_anew(place, run=3):
    document = place.run()
    assert not document["resumed"] and document["run"] == run
    assert "rows that wherry wrote are gone" in place.reason()


@pytest.mark.parametrize("second", ["", SECOND], ids=["one", "two"])
def test_a_run_into_an_emptied_table_is_gone_on_with(place, has_crash_points, second):
    """Of two item types, too, of which the second has not begun."""
    place.set_up(second)
    place.delete()
    place.kill("--restart")
    check_goes_on(place)


def test_an_interrupted_run_into_an_emptied_table_is_gone_on_with(place):
    place.set_up()
    place.delete()
    path = place.workspace / "people.yaml"
    path.write_text(path.read_text().replace("group:", "rate: 2000/s, group:"))
    process = place.wherry.start("run", "people.yaml", "--restart", "--workers", "1")
    while place.database.value("SELECT count(*) FROM thing") == 0:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    place.wherry.finish(process).expect(6)
    check_goes_on(place)


def test_rows_that_were_not_come_to_do_not_stand_in_for_those_that_are_gone(place, has_crash_points):
    place.set_up()
    place.delete("id % 2 = 0")
    place.kill("--restart")
    place.delete("id BETWEEN 100 AND 199")
    check_begins_anew(place)


def test_rows_put_back_are_told_of_what_was_left(place, has_crash_points):
    """What was done before the cut has no count of them, which the sentence must not hide."""
    place.set_up()
    place.delete()
    place.kill("--restart")
    told = place.wherry("run", "people.yaml", "--workers", "1").expect(0).out
    assert "It went on with an interrupted run" in told
    assert "thing: since the run went on, 1,500 of the inserted rows had been there: somebody deleted them" in told


def test_rows_that_are_gone_once_more_are_missed(place, has_crash_points):
    place.set_up()
    place.delete()
    place.kill("--restart")
    place.delete("id = 7")
    check_begins_anew(place)


def test_rows_that_a_rerun_found_and_that_are_gone_since_are_missed(place, has_crash_points):
    """Though the table has more rows than the rerun came to."""
    place.set_up()
    place.kill("--compare-all")
    place.delete("id <= 10")
    check_begins_anew(place)


def test_rows_that_are_gone_are_missed_though_a_partial_run_wrote_others(place, has_crash_points):
    place.set_up()
    place.delete()
    place.kill("--restart")
    place.wherry("run", "people.yaml", "--where", f"id::int > {ROWS - GROUP}").expect(0)
    place.delete("id <= 10")
    check_begins_anew(place, run=4)


def test_a_rerun_that_has_found_nothing_yet_is_gone_on_with(place, has_crash_points):
    place.set_up()
    assert place.wherry.is_killed("run.begun", "run", "people.yaml")
    place.delete()
    check_goes_on(place)


# ---- files -------------------------------------------------------------------------------------------------------------

FILES = """
    wherry: 1
    name: things
    source: .
    destination: out
    items:
      thing: { from: things.csv, key: id, into: copy.csv, map: { "*": same } }
"""


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_rerun_goes_on_with_the_file_that_it_began(wherry, workspace, has_crash_points, is_kept):
    workspace.write("things.csv", Place.source(ROWS))
    workspace.write("people.yaml", FILES + MORE)
    wherry("run", "people.yaml").expect(0)
    assert wherry.is_killed("group.committed:3", "run", "people.yaml", "--workers", "1")
    if not is_kept:
        (workspace / "out/copy.csv.wherry-partial").unlink()
    document = wherry("run", "people.yaml", "--json").expect(0).json()
    assert document["resumed"] == is_kept
    assert (workspace / "out/copy.csv").read_text() == Place.source(ROWS)
