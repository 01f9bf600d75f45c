# SPDX-License-Identifier: Apache-2.0
"""Rows that hand unique values on to each other and stand far apart in the source: who finds a value taken is tried again
behind all others, so that only what truly conflicts fails. So is who refers to a row of the same table that comes later."""
import json
import os
import random
import tempfile

import pytest
from conftest import ServerDatabase

from people import HEADER, MIGRATION, counts, log_of, person, run
from proxy import NAME, CutAfter, Proxy

TABLE = """
    CREATE TABLE person (
        id      {number} PRIMARY KEY,
        name    text NOT NULL CHECK (name <> 'Refused'),
        email   varchar(60) NOT NULL UNIQUE,
        balance numeric(12,2),
        born    date,
        country char(2) NOT NULL
    );
"""
SMALL_GROUPS = "limits: {group: 10}"
WIDE_NAME = "x" * 2000  # few records make several chunks, and several groups of what is tried again
LITTLE_MEMORY = "limits: {group: 500, memory: 16MiB}"


class Place:
    """People in one of the two databases; groups are small, so that those of a source are several."""

    def __init__(self, workspace, database, url, prefix):
        self.workspace = workspace
        self.database = database
        self.url = url
        self.ledger = prefix  # of its tables' names

    def set_up(self, limits=SMALL_GROUPS, extra="", table=TABLE):
        number = "integer" if self.ledger == "wherry_" else "bigint"
        self.database.script(table.format(number=number))
        self.write_migration(limits, extra)

    def write_migration(self, limits=SMALL_GROUPS, extra=""):
        text = MIGRATION.replace("sqlite:people.db", self.url).format(extra=extra)
        self.workspace.write("people.yaml", text)
        path = self.workspace / "people.yaml"
        path.write_text(path.read_text() + limits + "\n")

    def write(self, wanted, **cells):
        """A source of people who want these addresses, by id."""
        lines = [person(id, email=f"{email}@x.org", **cells) for id, email in wanted.items()]
        self.workspace.write("people.csv", HEADER + "".join(lines))

    def holds(self):
        return {id: email.split("@")[0] for id, email in
                self.database.rows("SELECT id, email FROM person ORDER BY id")}

    def failures(self):
        return self.database.value(f"SELECT count(*) FROM {self.ledger}failure")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, workspace):
    if request.param == "sqlite":
        return Place(workspace, workspace.sql("people.db"), "sqlite:people.db", "wherry_")
    database = request.getfixturevalue("postgres")
    return Place(workspace, database, json.dumps(database.url), "wherry.")


def everybody(count):
    return {id: f"a{id}" for id in range(1, count + 1)}


def swapped(wanted, one, other):
    return {**wanted, one: wanted[other], other: wanted[one]}


def shifted(wanted, by):
    """Everybody wants what the next one has; the last one something new."""
    ids = list(wanted)
    return {id: wanted[ids[at + by]] if 0 <= at + by < len(ids) else "new" for at, id in enumerate(ids)}


def test_rows_of_several_groups_swap_their_values(wherry, place):
    place.set_up()
    before = everybody(100)
    place.write(before)
    run(wherry)
    after = swapped(swapped(before, 3, 95), 14, 15)
    place.write(after)
    result = wherry("run", "people.yaml", "--json").expect(0)
    item = result.json()["items"][0]
    assert item["sum_closes"] and counts(item) == {"updated": 4, "unchanged": 96}
    assert "2 items of 'person' went in when tried again" in result.err
    assert place.holds() == after and place.failures() == 0
    log = log_of(wherry, 3)
    assert [entry["status"] for entry in log] == ["updated", "failed", "inserted"]
    assert log[0]["before"]["email"] == "a3@x.org" and log[0]["after"]["email"] == "a95@x.org"
    assert counts(run(wherry)) == {"unchanged": 100}
    assert counts(run(wherry, "--only", "failed")) == {}


@pytest.mark.workers
def test_workers_leave_the_same_as_one(wherry, place):
    place.set_up(limits=LITTLE_MEMORY)
    before = everybody(5000)
    place.write(before, name=WIDE_NAME)
    run(wherry, "--workers", "2")
    after = swapped(swapped(before, 7, 4999), 2400, 2600)
    place.write(after, name=WIDE_NAME)
    assert counts(run(wherry, "--workers", "2")) == {"updated": 4, "unchanged": 4996}
    assert place.holds() == after and place.failures() == 0
    chunks = place.database.rows(f"SELECT failed, updated FROM {place.ledger}chunk WHERE run = 2")
    assert len(chunks) > 1 and sum(updated for _, updated in chunks) == 4
    assert not any(failed for failed, _ in chunks)


@pytest.mark.parametrize("by", [1, -1])
def test_all_rows_shift_by_one_over_many_groups(wherry, place, by):
    place.set_up(limits=LITTLE_MEMORY)
    before = everybody(3000)
    place.write(before, name=WIDE_NAME)
    run(wherry)
    after = shifted(before, by)
    place.write(after, name=WIDE_NAME)
    assert counts(run(wherry)) == {"updated": 3000}
    assert place.holds() == after and place.failures() == 0
    again = place.database.value(f"SELECT count(*) FROM {place.ledger}segment WHERE run = 2 AND chunk IS NULL")
    assert again > 1 if by == 1 else again == 0


def test_all_rows_shift_in_a_circle(wherry, place):
    place.set_up()
    before = everybody(95)
    place.write(before)
    run(wherry)
    after = {**shifted(before, 1), 95: "a1"}
    place.write(after)
    assert counts(run(wherry)) == {"updated": 95}
    assert place.holds() == after and place.failures() == 0


def test_a_new_row_gets_what_a_later_one_gives_up_or_leaves(wherry, place):
    place.set_up(limits="limits: {group: 10, deletes: 5%}", extra="missing: delete")
    before = everybody(60)
    place.write(before)
    run(wherry)
    after = {0: "a55", -1: "a60", **before, 55: "new"}
    del after[60]
    place.write(after)
    assert counts(run(wherry)) == {"inserted": 2, "updated": 1, "unchanged": 58, "deleted": 1}
    assert place.holds() == dict(sorted(after.items()))


def test_what_truly_conflicts_fails_with_the_servers_words(wherry, place):
    place.set_up()
    before = everybody(60)
    place.write(before)
    run(wherry)
    after = {**swapped(before, 5, 50), 12: "a33", 25: "a44"}
    place.write(after)
    item = run(wherry, code=1)
    assert counts(item) == {"updated": 2, "unchanged": 56, "failed": 2}
    assert place.holds() == {**after, 12: "a12", 25: "a25"}
    failed = {entry["key"]: entry["failure"] for entry in
              wherry("log", "people.yaml", "--failed", "--json").expect(0).ndjson()}
    assert sorted(failed) == ["12", "25"]
    assert all(why["sqlstate"] == "23505" and "email" in why["message"] for why in failed.values())
    place.write({**after, 12: "a33", 25: "a44", 33: "free"})
    assert counts(run(wherry, code=1)) == {"updated": 2, "unchanged": 57, "failed": 1}
    assert counts(run(wherry, "--only", "failed", code=1)) == {"failed": 1}


def test_only_failed_exchanges_what_failed_before(wherry, place):
    place.set_up(limits=LITTLE_MEMORY)
    before = everybody(3000)
    place.write(before, name=WIDE_NAME)
    run(wherry)
    place.write({**before, 5: "a2990", 2990: "a7"}, name=WIDE_NAME)
    assert counts(run(wherry, code=1)) == {"unchanged": 2998, "failed": 2}
    after = swapped(before, 5, 2990)
    place.write(after, name=WIDE_NAME)
    assert counts(run(wherry, "--only", "failed")) == {"updated": 2}
    assert place.holds() == after
    assert counts(run(wherry, "--only", "failed")) == {}


def test_a_value_that_a_refused_row_keeps_stays_taken(wherry, place):
    place.set_up()
    before = everybody(60)
    place.write(before)
    run(wherry)
    text = place.workspace / "people.csv"
    place.write({**before, 3: "a30", 30: "a57", 57: "new"})
    text.write_text(text.read_text().replace(" Ann 57 ", "Refused"))
    assert counts(run(wherry, code=1)) == {"unchanged": 57, "failed": 3}
    assert place.holds() == before


def is_gone_on_with(wherry, place, killed_at, workers, after):
    """The run is killed there, and the next one ends as if it had not been."""
    arguments = ("run", "people.yaml", "--workers", workers)
    assert wherry.is_killed(killed_at, *arguments)
    item = wherry(*arguments, "--json").expect(0).json()["items"][0]
    assert item["sum_closes"] and counts(item) == {"updated": len(after)}
    assert place.holds() == after and place.failures() == 0
    assert place.database.value(f"SELECT count(*) FROM {place.ledger}run") == 2
    assert counts(run(wherry)) == {"unchanged": len(after)}
    assert counts(run(wherry, "--only", "failed")) == {}


def test_the_next_one_gets_what_a_refused_row_wanted(wherry, place):
    place.set_up(table=TABLE.replace("numeric(12,2)", "numeric(12,2) UNIQUE"))
    place.write(everybody(5))
    run(wherry)
    place.database.script("INSERT INTO person VALUES (99, 'x', 'z@x.org', NULL, NULL, 'FR')")
    cells = [person(1, email="a4@x.org", balance="3.50"),  # cannot have it: 3 may not have z, and keeps it
             person(2, email="a4@x.org"), person(3, email="z@x.org", balance="30.50"),
             person(4, email="a2@x.org"), person(5, email="a5@x.org")]
    place.workspace.write("people.csv", HEADER + "".join(cells))
    assert counts(run(wherry, code=1)) == {"updated": 2, "unchanged": 1, "failed": 2}
    assert place.holds() == {**everybody(5), 2: "a4", 4: "a2", 99: "z"}


def set_up_fixed_countries(place):
    """Everybody has a country of their own, which only an insert writes; 99 is a stranger to the source."""
    place.set_up("limits: {group: 150}", table=TABLE.replace("country char(2) NOT NULL", "country char(2) UNIQUE"))
    migration = place.workspace / "people.yaml"
    migration.write_text(migration.read_text().replace("country: country", "country: {insert: country}"))
    place.database.script("INSERT INTO person VALUES (99, 'x', 'z@x.org', NULL, NULL, 'ZZ')")


@pytest.mark.parametrize("new", [0, 150])  # of many new rows one is refused: the key of countries is learnt
def test_what_only_an_insert_writes_is_wanted_by_no_update(wherry, place, new):
    def write(*wishes):
        place.workspace.write("people.csv", HEADER + "".join(
            person(id, email=f"{email}@x.org", country=country) for id, email, country in wishes))

    set_up_fixed_countries(place)
    write((1, "a1", "AA"), (2, "a2", "BB"), (3, "a3", "CC"))
    run(wherry)
    newcomers = [(1000 + at, f"n{at}", f"{chr(65 + at // 10)}{at % 10}" if at else "BB") for at in range(new)]
    # 3 cannot be written, and so keeps what the source has for 1.
    write(*newcomers, (1, "a2", "CC"), (2, "a1", "BB"), (3, "z", "AA"))
    inserted = {"inserted": new - 1} if new else {}
    assert counts(run(wherry, "--workers", "1", code=1)) == {**inserted, "updated": 2, "failed": 2 if new else 1}
    assert place.database.rows("SELECT email, country FROM person WHERE id <= 3 ORDER BY id") == [
        ("a2@x.org", "AA"), ("a1@x.org", "BB"), ("a3@x.org", "CC")]


@pytest.mark.parametrize("point", ["group.claimed", "group.written", "group.logged", "group.committed"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_kill_while_rows_are_tried_again_is_gone_on_with(wherry, place, has_crash_points, point, workers):
    place.set_up()
    before = everybody(40)
    place.write(before)
    run(wherry)
    after = shifted(before, 1)
    place.write(after)
    is_gone_on_with(wherry, place, f"{point}:5", workers, after)  # behind four groups of the source


@pytest.mark.workers
def test_a_kill_between_two_groups_that_are_tried_again_is_gone_on_with(wherry, place, has_crash_points):
    place.set_up(limits=LITTLE_MEMORY)
    before = everybody(3000)
    place.write(before, name=WIDE_NAME)
    run(wherry)
    after = shifted(before, 1)
    place.write(after, name=WIDE_NAME)
    is_gone_on_with(wherry, place, "again.committed:1", 2, after)


def test_rows_that_are_to_be_tried_again_do_not_stop_a_run(wherry, place):
    place.set_up()
    before = everybody(60)
    place.write(before)
    run(wherry)
    after = swapped(before, 5, 50)
    place.write(after)
    assert counts(run(wherry, "--max-failures", "0")) == {"updated": 2, "unchanged": 58}
    place.write({**after, 12: "a33"})
    result = wherry("run", "people.yaml", "--max-failures", "0").expect(4)
    assert "stopped at the failure limit: 1 refused of 60 read" in result.err


def test_a_rehearsal_tries_again_and_leaves_nothing(wherry, place):
    place.set_up()
    before = everybody(60)
    place.write(before)
    run(wherry)
    place.write(swapped(before, 5, 50))
    assert counts(run(wherry, "--rehearse")) == {"updated": 2, "unchanged": 58}
    assert place.holds() == before
    assert place.database.value(f"SELECT count(*) FROM {place.ledger}run") == 1


def test_a_first_run_tries_nothing_again(wherry, place):
    place.set_up()
    place.write({**everybody(60), 50: "a5"})
    result = wherry("run", "people.yaml").expect(1)
    assert "tried again" not in result.err
    assert place.database.value(f"SELECT count(*) FROM {place.ledger}segment WHERE chunk IS NULL") == 0


# What is tried again takes the failures of its items out of the ledger: there it waits for a lock that a test can hold.
GATE = """
    CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared(71); RETURN OLD; END $$;
    CREATE TRIGGER gate BEFORE DELETE ON wherry.failure FOR EACH ROW EXECUTE FUNCTION gate();
    """


class Behind:
    """A run of some of the items only, through a proxy, whose rows 3 and 95 swap when they are tried again."""

    def __init__(self, wherry, workspace, database, proxy_folder):
        self.wherry = wherry
        self.database = database
        place = Place(workspace, database, json.dumps(database.url), "wherry.")
        place.set_up()
        place.write(everybody(100))
        run(wherry)
        place.write(swapped(everybody(100), 3, 95))
        place.url = json.dumps(ServerDatabase(proxy_folder, database.name).url)
        place.write_migration(limits="limits: {group: 10, reconnect: 2}")
        self.place = place

    def finish(self, process, code):
        return self.wherry.finish(process).expect(code)


@pytest.fixture
def behind(wherry, workspace, postgres):
    with tempfile.TemporaryDirectory() as folder:
        made = Behind(wherry, workspace, postgres, folder)
        made.folder = folder
        yield made


def lost_while_tried_again(behind, meanwhile):
    """Such a run, whose session ends while its items are tried again; @p meanwhile is done before."""
    behind.database.script(GATE)
    with behind.database.connection() as holder:
        holder.cursor().execute("SELECT pg_advisory_lock(71)")
        process = behind.wherry.start("run", "people.yaml", "--limit", "100")
        behind.database.wait_for("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                                 "AND objid = 71")
        meanwhile()
        behind.database.script("SELECT pg_terminate_backend(pid) FROM pg_locks "
                               "WHERE locktype = 'advisory' AND NOT granted AND objid = 71")
    return process


def test_a_run_of_some_items_goes_on_where_its_session_is_lost_while_they_are_tried_again(behind):
    proxy = Proxy(behind.folder, behind.database.host, "cut", 0)
    result = behind.finish(lost_while_tried_again(behind, lambda: None), 0)
    assert "going on" in result.err and "2 items of 'person' went in when tried again" in result.err
    assert behind.place.holds() == swapped(everybody(100), 3, 95) and behind.place.failures() == 0
    proxy.close()


def test_a_run_of_some_items_that_is_lost_for_good_while_they_are_tried_again_says_what_to_do(behind):
    proxy = Proxy(behind.folder, behind.database.host, "cut", 0)
    result = behind.finish(lost_while_tried_again(behind, lambda: os.unlink(f"{behind.folder}/{NAME}")), 3)
    assert "what is committed is kept, run again to go on" in result.err
    assert "Run the same command again to finish it" in result.out


@pytest.mark.parametrize("mode", ["cut", "delay"])
def test_a_commit_of_what_is_tried_again_whose_answer_never_came(behind, mode):
    proxy = CutAfter(behind.folder, behind.database.host, mode, "WHERE id IN (")
    result = behind.finish(behind.wherry.start("run", "people.yaml", "--limit", "100", "--workers", "1"), 0)
    assert proxy.was_cut and "2 items of 'person' went in when tried again" in result.err
    assert behind.place.holds() == swapped(everybody(100), 3, 95) and behind.place.failures() == 0
    assert counts(run(behind.wherry)) == {"unchanged": 100}
    proxy.close()


# SQLite keeps a name as it is written, and means any case.
STAFF = "CREATE TABLE staff (id {number} PRIMARY KEY, boss {number} REFERENCES Staff (id){how})"
LATE = " DEFERRABLE INITIALLY DEFERRED"


def migrate_staff(place, group):
    place.workspace.write("people.yaml", f"""\
        wherry: 1
        name: staff
        source: .
        destination: {place.url}
        items:
          staff: {{ from: staff.csv, key: id, into: staff, map: {{ "*": same }} }}
        limits: {{ group: {group} }}
        """)


def hire(place, bosses, how="", group=10, table=STAFF):
    """People and their bosses, in that order, for a table that may hold nobody whose boss is not there."""
    place.database.script(table.format(number="integer" if place.ledger == "wherry_" else "bigint", how=how))
    place.workspace.write("staff.csv", "id,boss\n" + "".join(f"{id},{boss}\n" for id, boss in bosses.items()))
    migrate_staff(place, group)


def chain(count):
    """Each one's boss comes next."""
    return {**{id: id + 1 for id in range(1, count)}, count: ""}


@pytest.mark.parametrize("how", ["", LATE])
def test_rows_go_in_before_those_of_later_groups_that_they_refer_to(wherry, place, how):
    rnd = random.Random(3)
    ids = rnd.sample(range(1, 301), 300)
    hire(place, {id: rnd.randrange(1, id) if id > 1 else "" for id in ids}, how)
    result = wherry("run", "people.yaml", "--json").expect(0)
    item = result.json()["items"][0]
    assert item["sum_closes"] and counts(item) == {"inserted": 300}
    assert "went in when tried again" in result.err
    assert place.failures() == 0 and place.database.value("SELECT count(*) FROM staff") == 300
    assert counts(run(wherry)) == {"unchanged": 300}


def test_only_rows_fail_that_refer_to_nobody_in_the_end(wherry, place):
    # 100 has a boss who is nobody, 99 has 100, and so on; each one's boss is in the next groups.
    hire(place, {**{id: id + 1 for id in range(1, 100)}, 100: 999, **{id: id + 1 for id in range(101, 200)}, 200: ""})
    result = wherry("run", "people.yaml", "--json").expect(1)
    assert counts(result.json()["items"][0]) == {"inserted": 100, "failed": 100}
    assert place.failures() == 100
    assert place.database.rows("SELECT min(id), max(id) FROM staff") == [(101, 200)]
    assert counts(run(wherry, code=1)) == {"unchanged": 100, "failed": 100}


def test_rows_that_wait_for_others_of_their_table_do_not_stop_a_first_run(wherry, place):
    hire(place, chain(60))
    assert counts(run(wherry, "--max-failures", "0")) == {"inserted": 60}


DEPARTMENTS = """
    CREATE TABLE dept (id {number} PRIMARY KEY);
    CREATE TABLE staff (id {number} PRIMARY KEY, boss {number} REFERENCES staff (id){how},
                        dept {number} REFERENCES dept (id){how});
    """


@pytest.mark.parametrize("how", ["", LATE])
def test_rows_that_refer_to_nothing_in_another_table_stop_a_first_run(wherry, place, how):
    names_key = place.ledger == "wherry." or how  # SQLite does not say of an immediate one which it was
    hire(place, {}, how, table=DEPARTMENTS)
    lines = [f"{id},{id if id % 2 else 2},7\n" for id in range(1, 201)]
    place.workspace.write("staff.csv", "id,boss,dept\n" + "".join(lines))
    result = wherry("run", "people.yaml", "--max-failures", "30", "--json").expect(4)
    assert result.json()["items"][0]["counts"]["read"] <= (60 if names_key else 200), result.err
    place.database.script("INSERT INTO dept VALUES (7)")
    run(wherry, code=1 if names_key else 0)  # goes on; what failed for good is asked for by --only failed
    run(wherry, "--only", "failed")
    assert place.database.value("SELECT count(*) FROM staff") == 200


@pytest.mark.parametrize("point", ["group.committed:3", "again.committed"])
def test_a_kill_of_a_first_run_whose_rows_wait_for_others_is_gone_on_with(wherry, place, has_crash_points, point):
    hire(place, chain(60))
    assert wherry("run", "people.yaml", env={"WHERRY_CRASH_AT": point}).code < 0
    run(wherry)
    assert place.failures() == 0 and place.database.value("SELECT count(*) FROM staff") == 60
    assert counts(run(wherry)) == {"unchanged": 60}


def test_rows_that_wait_are_not_sent_one_by_one(wherry, place):
    hire(place, chain(2000), group=300)
    if place.ledger == "wherry.":  # a reference may be narrower than what it refers to
        place.database.script("ALTER TABLE staff ALTER boss TYPE integer")
    assert counts(run(wherry)) == {"inserted": 2000}
    if place.ledger == "wherry.":  # a COPY that is refused leaves its rows behind, dead
        assert place.database.value("SELECT pg_relation_size('staff')") < 1 << 20


# What is logged as failed, and for what: a row that goes in later leaves no other trace.
NOTED = {
    "wherry.": """
        CREATE TABLE noted (key text, message text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO noted VALUES (NEW.key, NEW.message); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT ON wherry.failure FOR EACH ROW EXECUTE FUNCTION note();""",
    "wherry_": """
        CREATE TABLE noted (key text, message text);
        CREATE TRIGGER note AFTER INSERT ON wherry_failure BEGIN
            INSERT INTO noted VALUES (NEW.key, NEW.message); END;"""}
WIDE_STAFF = STAFF.replace("{how})", "{how}, note text)")


def give_little_memory(place):
    place.workspace.write("people.yaml", (place.workspace / "people.yaml").read_text().replace(
        "limits: { group: 10 }", LITTLE_MEMORY))


def hire_noted(wherry, place, lines, how=""):
    """Wide rows of staff and little memory, so that rows are tried again in several groups; failures are noted."""
    hire(place, {}, how, table=WIDE_STAFF)
    run(wherry)
    place.database.script(NOTED[place.ledger])
    place.workspace.write("staff.csv", "id,boss,note\n" + "".join(f"{line},{WIDE_NAME}\n" for line in lines))
    give_little_memory(place)


def test_a_row_that_waits_for_many_passes_has_one_failure_row(wherry, place):
    rnd = random.Random(5)
    lines = [f"{id},{rnd.randrange(1, id) if id > 1 else ''}" for id in rnd.sample(range(1, 4001), 4000)]
    hire_noted(wherry, place, lines + ["4001,9999", "4002,4001"])
    assert counts(run(wherry, code=1)) == {"inserted": 4000, "failed": 2}
    assert place.database.value(f"SELECT count(*) FROM {place.ledger}segment WHERE chunk IS NULL") > 2
    logged = dict(place.database.rows("SELECT key, count(*) FROM noted GROUP BY key"))
    often = {key for key, count in logged.items() if count > 1}
    assert {"4001", "4002"} <= set(logged)
    if place.ledger == "wherry.":  # SQLite says of each row itself why it does not go in
        assert len(logged) > 2000 and often <= {"4001", "4002"}
    assert place.database.rows(f"SELECT key, count(*) FROM {place.ledger}failure GROUP BY key ORDER BY key") == [
        ("4001", 1), ("4002", 1)]
    assert not place.database.value(f"SELECT count(*) FROM {place.ledger}failure WHERE message LIKE '%not there yet%'")


def histories(wherry):
    """What the log has of each row, the newest first."""
    entries = {}
    for entry in wherry("log", "people.yaml", "--json").expect(0).ndjson():
        entries.setdefault(entry["key"], []).insert(0, entry)
    return entries


def is_true(history):
    """A row's failure is told as long as nothing else became of it, and then that it was tried again."""
    failed = [(entry["failure"], entry["remark"]) for entry in history if entry["status"] == "failed"]
    if any((why is None) == (remark is None) for why, remark in failed):
        return False
    if history[0]["status"] == "failed":
        return failed[0][0] is not None
    return all("not there yet; it was tried again" in (remark or "") for _, remark in failed)


def test_the_log_of_a_run_that_was_killed_says_why_rows_wait(wherry, place, has_crash_points):
    rnd = random.Random(5)
    lines = [f"{id},{rnd.randrange(1, id) if id > 1 else ''}" for id in rnd.sample(range(1, 4001), 4000)]
    hire_noted(wherry, place, lines)
    assert wherry.is_killed("again.committed:2", "run", "people.yaml", "--workers", "1")
    log = histories(wherry)
    assert not [history for history in log.values() if not is_true(history)]
    waiting = {key: history[0]["failure"]["message"] for key, history in log.items() if history[0]["failure"]}
    often = next(key for key in waiting if len(log[key]) > 1)
    refused = [(entry["key"], entry["failure"]["message"]) for entry in
               wherry("log", "people.yaml", "--failed", "--json").expect(0).ndjson()]
    assert sorted(refused) == sorted(waiting.items())
    assert wherry("log", "people.yaml", "--id", often, "--json").expect(0).ndjson() == log[often]
    assert counts(run(wherry, "--workers", "1")) == {"inserted": 4000}
    assert not [history for history in histories(wherry).values() if not is_true(history)]


SHARED_STAFF = STAFF.replace("{how})", "{how}, phone text UNIQUE, note text)")


@pytest.mark.parametrize("how", ["", LATE])
def test_the_log_does_not_say_of_a_row_that_waits_what_it_failed_for_before(wherry, workspace, postgres,
                                                                            has_crash_points, how):
    def write(lines):
        workspace.write("staff.csv", "id,boss,phone,note\n" + "".join(lines))

    place = Place(workspace, postgres, json.dumps(postgres.url), "wherry.")
    rnd = random.Random(5)
    hire(place, {}, how, table=SHARED_STAFF)
    write(f"{5000 + desk},,desk {desk},\n" for desk in range(100))
    run(wherry)
    give_little_memory(place)
    heirs = {id: f"desk {id // 40}" for id in range(40, 4000, 40)}
    lines = [f"{id},{rnd.randrange(1, id) if id > 1 else ''},{heirs.get(id, f'home {id}')},{WIDE_NAME}\n"
             for id in rnd.sample(range(1, 4001), 4000)]
    write(lines + [f"{5000 + desk},,new {desk},\n" for desk in range(100)])
    assert wherry.is_killed("again.committed:2", "run", "people.yaml", "--workers", "1")
    log = histories(wherry)
    again = [log[str(id)] for id in heirs if log[str(id)][0]["status"] == "failed" and len(log[str(id)]) > 1]
    assert again and {history[0]["failure"]["sqlstate"] for history in again} == {"23503"}
    assert not [history for history in log.values() if not is_true(history)]
    run(wherry, "--workers", "1")
    assert place.failures() == 0 and place.database.value("SELECT count(*) FROM staff") == 4100


def test_who_waits_in_vain_fails_with_the_destinations_words(wherry, place):
    # Those behind 401, whose boss is nobody; beside them stand circles, in one group and in two. SQLite writes row by
    # row, and takes a circle only if it may look at its end.
    how = LATE if place.ledger == "wherry_" else ""
    hire(place, {**chain(400), **{id: id - 1 for id in range(402, 501)}, 401: 9999,
                 501: 502, 502: 501, 503: 1000, **{id: 1 for id in range(504, 1000)}, 1000: 503}, how, group=200)
    assert counts(run(wherry, code=1)) == {"inserted": 900, "failed": 100}
    words = place.database.rows(f"SELECT DISTINCT message FROM {place.ledger}failure ORDER BY message")
    assert words and not [text for text, in words if "not there yet" in text]
    assert place.database.value("SELECT count(*) FROM staff WHERE id IN (501, 502, 503, 1000)") == 4
    assert counts(run(wherry, code=1)) == {"unchanged": 900, "failed": 100}


def test_rows_that_refer_to_two_others_wait_for_both(wherry, place):
    rnd = random.Random(4)
    number = "integer" if place.ledger == "wherry_" else "bigint"
    place.database.script(f"CREATE TABLE staff (id {number} PRIMARY KEY, boss {number} REFERENCES staff (id), "
                          f"mentor {number} REFERENCES staff (id), age integer CHECK (age > 0))")
    rows = [(id, rnd.randrange(1, id) if id > 1 else "", rnd.randrange(1, id) if id > 1 else "", id != 700)
            for id in rnd.sample(range(1, 1001), 1000)]
    lines = [f"{id},{boss},{mentor},{int(age)}\n" for id, boss, mentor, age in rows]
    place.workspace.write("staff.csv", "id,boss,mentor,age\n" + "".join(lines))
    gone = {700}
    for id, boss, mentor, _ in sorted(rows):
        gone |= {id} if {boss, mentor} & gone else set()
    migrate_staff(place, group=200)
    assert counts(run(wherry, code=1)) == {"inserted": 1000 - len(gone), "failed": len(gone)}
    assert {id for id, in place.database.rows("SELECT id FROM staff")} == set(range(1, 1001)) - gone


def test_the_log_tells_what_was_tried_again_from_a_repeated_key(wherry, place):
    hire(place, chain(30))
    path = place.workspace / "staff.csv"
    path.write_text(path.read_text().replace("3,4\n", "3,4\n3,4\n", 1))
    assert counts(run(wherry, code=1)) == {"inserted": 30, "rejected": 1}
    entries = [json.loads(line) for line in wherry("log", "people.yaml", "--id", "3", "--json").out.splitlines()]
    assert sorted((entry["status"], entry["failure"] and entry["failure"]["stage"]) for entry in entries) == [
        ("failed", None), ("inserted", None), ("rejected", "key")]
