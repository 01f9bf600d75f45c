# SPDX-License-Identifier: Apache-2.0
"""A rerun passes rows by that nobody has touched since wherry wrote them, as their versions tell, and misses no row that
somebody has."""
import os
import random
import subprocess

import pytest

from people import counts, run
from things import write_migration

pytestmark = pytest.mark.costly

PROGRAMS = "/usr/lib/postgresql/15/bin"
TABLE = "CREATE TABLE thing (id int PRIMARY KEY, name text, place text, size numeric(8,2))"
ROWS = 1000


def things(count=ROWS, **changes):
    lines = [changes.get(f"t{n}", f"{n},name {n},place {n},{n}.25") for n in range(1, count + 1)]
    return "id,name,place,size\n" + "\n".join(lines) + "\n"


def set_up(workspace, database, table=TABLE, more="", source=None):
    workspace.write("things.csv", things() if source is None else source)
    database.script(table)
    write_migration(workspace, database.url, more)


def name_columns(workspace):
    """Has the migration name its columns, so that it is the same one whatever their order in the table is."""
    path = workspace.folder / "people.yaml"
    path.write_text(path.read_text().replace('map: { "*": same }', 'map: { id: id, name: name, place: place, size: size }'))


@pytest.fixture
def statements(postgres):
    """statements() → those that clients of the database have begun since it was asked last."""
    postgres.outside(f"ALTER DATABASE {postgres.name} SET log_statement = 'all'")
    postgres.outside(f"ALTER DATABASE {postgres.name} SET application_name = '{postgres.name}'")
    postgres.close()
    read = 0

    def new():
        nonlocal read
        with open(f"{postgres.host}/log", encoding="utf-8", errors="replace") as file:
            file.seek(read)
            text = file.read()
            read = file.tell()
        return text

    new()
    return new


def reads_rows(said):
    """True where values of rows were asked for, and not their versions alone."""
    return 'COPY (SELECT t."id", t."name"' in said


def asks_versions(said):
    return 'COPY (SELECT t."id", t.xmin' in said


def test_rows_that_nobody_touched_are_not_read(wherry, workspace, postgres, statements):
    set_up(workspace, postgres)
    run(wherry)
    statements()
    assert counts(run(wherry)) == {"unchanged": ROWS}
    said = statements()
    assert asks_versions(said) and not reads_rows(said)
    assert counts(run(wherry, "--compare-all")) == {"unchanged": ROWS}
    said = statements()
    assert reads_rows(said) and not asks_versions(said)
    postgres.outside("VACUUM FULL thing")
    postgres.outside("VACUUM FREEZE thing")
    assert counts(run(wherry)) == {"unchanged": ROWS}
    assert not reads_rows(statements())


def test_changed_sources_are_written_and_then_passed_by(wherry, workspace, postgres, statements):
    set_up(workspace, postgres)
    run(wherry)
    changes = {f"t{n}": f"{n},other,place {n},{n}.25" for n in range(1, ROWS, 2)}
    workspace.write("things.csv", things(ROWS + 300, **changes))
    assert counts(run(wherry)) == {"updated": ROWS // 2, "unchanged": ROWS // 2, "inserted": 300}
    statements()
    assert counts(run(wherry)) == {"unchanged": ROWS + 300}
    assert not reads_rows(statements())
    assert postgres.value("SELECT count(*) FROM thing WHERE name = 'other'") == ROWS // 2


TOUCHES = {
    "an edited row": "UPDATE thing SET name = 'edited' WHERE id = 7",
    "a row that is gone": "DELETE FROM thing WHERE id = 7",
    "a row that was written anew": "DELETE FROM thing WHERE id = 7;"
                                   "INSERT INTO thing VALUES (7, 'edited', 'place 7', 7.25)",
    "columns that changed their names": "ALTER TABLE thing RENAME name TO n;"
                                        "ALTER TABLE thing RENAME place TO name; ALTER TABLE thing RENAME n TO place",
    "another table": "CREATE TABLE copy (LIKE thing INCLUDING ALL); INSERT INTO copy SELECT * FROM thing;"
                     "UPDATE copy SET name = 'edited' WHERE id = 7; ALTER TABLE thing RENAME TO old; ALTER TABLE copy RENAME TO thing",
    "a column that was made anew": "ALTER TABLE thing DROP name; ALTER TABLE thing ADD name text DEFAULT 'edited'",
    "a table that was emptied": "CREATE TEMPORARY TABLE kept AS SELECT * FROM thing; TRUNCATE thing;"
                                "INSERT INTO thing SELECT id, CASE id WHEN 7 THEN 'edited' ELSE name END, place, size FROM kept",
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_was_touched_is_found(wherry, workspace, postgres, touch):
    set_up(workspace, postgres, more="        drift: overwrite\n")
    name_columns(workspace)
    run(wherry)
    before = postgres.rows("SELECT id, name, place, size FROM thing ORDER BY id")
    postgres.script(TOUCHES[touch])
    assert counts(run(wherry)) != {"unchanged": ROWS}
    assert postgres.rows("SELECT id, name, place, size FROM thing ORDER BY id") == before
    assert counts(run(wherry)) == {"unchanged": ROWS}


def test_an_edited_row_is_left_alone_beside_rows_that_are_passed_by(wherry, workspace, postgres):
    set_up(workspace, postgres)
    run(wherry)
    postgres.script("UPDATE thing SET name = 'edited' WHERE id IN (7, 900); UPDATE thing SET name = name WHERE id = 8")
    changes = {"t7": "7,new,place 7,7.25", "t9": "9,new,place 9,9.25"}
    workspace.write("things.csv", things(**changes))
    assert counts(run(wherry, code=1)) == {"updated": 1, "unchanged": ROWS - 3, "failed": 2}
    assert postgres.rows("SELECT name FROM thing WHERE id IN (7, 8, 9, 900) ORDER BY id") == [
        ("edited",), ("name 8",), ("new",), ("edited",)]


def test_labels_of_a_users_type_may_be_called_otherwise(wherry, workspace, postgres, statements):
    """No row is written then, and yet each holds another value."""
    source = "id,name,place,size\n" + "".join(f"{n},old,p,1\n" for n in range(1, ROWS + 1))
    table = "CREATE TYPE label AS ENUM ('old', 'young');" + TABLE.replace("name text", "name label")
    set_up(workspace, postgres, table=table, source=source, more="        drift: overwrite\n")
    run(wherry)
    postgres.script("ALTER TYPE label RENAME VALUE 'old' TO 'aged'; ALTER TYPE label ADD VALUE 'old'")
    assert counts(run(wherry)) == {"updated": ROWS}
    assert postgres.value("SELECT count(*) FROM thing WHERE name = 'old'") == ROWS


TRIGGER = """
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN UPDATE thing SET place = ''touched'' WHERE id = 1 AND NEW.id = 600; RETURN NULL; END';
    CREATE TRIGGER touch AFTER INSERT ON thing FOR EACH ROW EXECUTE FUNCTION touch();
"""


def test_what_a_trigger_did_in_wherrys_own_transaction_is_found(wherry, workspace, postgres):
    set_up(workspace, postgres, table=TABLE + ";" + TRIGGER, more="        drift: overwrite\n")
    run(wherry)
    postgres.script("DROP TRIGGER touch ON thing")
    assert postgres.value("SELECT place FROM thing WHERE id = 1") == "touched"
    assert counts(run(wherry)) == {"updated": 1, "unchanged": ROWS - 1}
    assert postgres.value("SELECT place FROM thing WHERE id = 1") == "place 1"


def codes(letter, first=0):
    """300 records whose codes others refer to."""
    return "".join(f"{first + n},{letter}{n}," + "\n" for n in range(1, 301))


BOSSES = "".join(f"{300 + n},d{n},c{n}\n" for n in range(1, 301))
CODES = "CREATE TABLE thing (id int PRIMARY KEY, code text UNIQUE, boss text);"
OTHER = CODES + """
    CREATE TABLE other (code text PRIMARY KEY REFERENCES thing (code) ON UPDATE CASCADE);"""
# What hands a new code on to the rows 301 to 600, in wherry's own transaction.
ROUNDABOUT = {
    "a foreign key to the table itself":
        CODES + "ALTER TABLE thing ADD FOREIGN KEY (boss) REFERENCES thing (code) ON UPDATE CASCADE",
    "foreign keys there and back":
        OTHER + "ALTER TABLE thing ADD FOREIGN KEY (boss) REFERENCES other ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "a trigger of a table that refers to it": OTHER + """
        CREATE FUNCTION hand_on() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN UPDATE thing SET boss = NEW.code WHERE boss = OLD.code; RETURN NULL; END';
        CREATE TRIGGER hand_on AFTER UPDATE ON other FOR EACH ROW EXECUTE FUNCTION hand_on()""",
}


@pytest.mark.parametrize("way", ROUNDABOUT)
def test_what_came_back_to_the_table_in_wherrys_own_transaction_is_found(wherry, workspace, postgres, way):
    head = "id,code,boss\n"
    set_up(workspace, postgres, source=head + codes("c"), more="        drift: overwrite\n", table=ROUNDABOUT[way])
    run(wherry)
    if "other" in ROUNDABOUT[way]:
        postgres.script("INSERT INTO other SELECT code FROM thing")
    workspace.write("things.csv", head + codes("c") + BOSSES)
    run(wherry)
    workspace.write("things.csv", head + codes("e") + BOSSES)
    assert counts(run(wherry)) == {"updated": 300, "unchanged": 300}
    assert postgres.value("SELECT count(*) FROM thing WHERE boss LIKE 'e%'") == 300, "it came back"
    found = wherry("run", "people.yaml", "--json").json()["items"][0]
    assert counts(found) in ({"updated": 300, "unchanged": 300}, {"failed": 300, "unchanged": 300})


def test_what_a_trigger_for_replicas_did_is_found(wherry, workspace, postgres):
    set_up(workspace, postgres, more="        drift: overwrite\n", table=TABLE + """;
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = ''touched''; RETURN NEW; END';
        CREATE TRIGGER touch BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION touch();
        ALTER TABLE thing ENABLE REPLICA TRIGGER touch""")
    postgres.outside(f"ALTER DATABASE {postgres.name} SET session_replication_role = replica")
    run(wherry)
    postgres.outside(f"ALTER DATABASE {postgres.name} RESET session_replication_role")
    assert postgres.value("SELECT count(*) FROM thing WHERE name = 'touched'") == ROWS
    assert counts(run(wherry)) == {"updated": ROWS}


def test_values_that_are_the_names_of_other_things_are_read(wherry, workspace, postgres):
    source = "id,name,place,size\n" + "".join(f"{n},public.one,p,1\n" for n in range(1, ROWS + 1))
    set_up(workspace, postgres, table="CREATE TABLE one (); CREATE TABLE two ();" +
           TABLE.replace("name text", "name regclass"), source=source.replace("public.", ""), more="        drift: overwrite\n")
    run(wherry)
    postgres.script("ALTER TABLE one RENAME TO three; ALTER TABLE two RENAME TO one")
    assert counts(run(wherry)) == {"updated": ROWS}


def test_types_that_hold_their_values_whole_are_passed_by(wherry, workspace, postgres, statements):
    source = "id,a,b,c,d\n" + "".join(f'{n},{{"n": {n}}},10.0.0.{n % 250},{{x}},2020-01-02\n' for n in range(1, ROWS + 1))
    set_up(workspace, postgres, source=source.replace('{"n": ', '"{""n"": ').replace("},10", '}",10'),
           table="CREATE DOMAIN day AS date; CREATE TABLE thing (id int PRIMARY KEY, a jsonb, b inet, c text[], d day)")
    run(wherry)
    statements()
    assert counts(run(wherry)) == {"unchanged": ROWS}
    assert 't."a"' not in statements()


def test_rows_without_a_number_as_their_key(wherry, workspace, postgres, statements):
    table = "CREATE TABLE thing (id text, name text, place text, size text, PRIMARY KEY (place, id))"
    set_up(workspace, postgres, table=table)
    write_migration(workspace, postgres.url, "        drift: overwrite\n        match: [id, place]\n")
    run(wherry)
    statements()
    assert counts(run(wherry)) == {"unchanged": ROWS}
    said = statements()
    assert "SELECT s.n, t.xmin" in said and 'SELECT s.n, t."id"' not in said
    postgres.script("UPDATE thing SET name = 'edited' WHERE id = '7'; DELETE FROM thing WHERE id = '8'")
    assert counts(run(wherry)) == {"updated": 1, "inserted": 1, "unchanged": ROWS - 2}


def test_warnings_are_counted_in_every_run(wherry, workspace, postgres):
    set_up(workspace, postgres, more="        expect: [{ check: size < 500, severity: warn }]\n")
    run(wherry)
    assert counts(run(wherry)) == {"unchanged": ROWS}
    assert postgres.rows("SELECT run, hits FROM wherry.rule ORDER BY run") == [(1, ROWS - 499), (2, ROWS - 499)]


def test_plain_rows_tell_the_images_of_every_run(wherry, workspace, postgres):
    set_up(workspace, postgres, more="        log: rows\n")
    run(wherry)
    run(wherry)
    assert postgres.rows("SELECT run::int, count(source)::int, count(after_image)::int FROM wherry.row "
                         "GROUP BY run ORDER BY run") == [(1, ROWS, ROWS), (2, ROWS, ROWS)]


def test_a_mark_says_what_it_is_of(wherry, workspace, postgres, statements):
    set_up(workspace, postgres)
    run(wherry)
    mark = postgres.value("SELECT mark FROM wherry.segment")
    scope, number = mark.rsplit(" ", 1)
    system, database, table, _ = scope.split("/")
    assert int(table) == postgres.value("SELECT 'thing'::regclass::int")
    assert int(database) == postgres.value("SELECT oid::int FROM pg_database WHERE datname = current_database()")
    assert int(system) == int(postgres.value("SELECT system_identifier FROM pg_control_system()"))
    assert postgres.value(f"SELECT count(*) FROM thing WHERE xmin = '{number}'") == ROWS
    wrong = {"of another system": f"1{mark}", "of 2^32 transactions ago": f"{scope} {int(number) - 2**32}",
             "of times to come": f"{scope} {int(number) + 2**32}", "that nobody can read": f"{scope} x"}
    for what, text in wrong.items():
        postgres.script(f"UPDATE wherry.segment SET mark = '{text}' WHERE mark IS NOT NULL")
        statements()
        assert counts(run(wherry)) == {"unchanged": ROWS}
        assert reads_rows(statements()), what


def test_a_ledger_of_version_1_is_upgraded_and_knows_no_versions(wherry, workspace, postgres, statements):
    set_up(workspace, postgres)
    run(wherry)
    postgres.script("ALTER TABLE wherry.segment DROP COLUMN mark; DELETE FROM wherry.ledger WHERE version = 2")
    assert "unchanged" in wherry("status", "people.yaml").expect(0).out
    assert counts(run(wherry, "--rehearse")) == {"unchanged": ROWS}
    assert postgres.rows("SELECT version FROM wherry.ledger") == [(1,)]
    statements()
    assert counts(run(wherry)) == {"unchanged": ROWS}
    assert reads_rows(statements())
    assert postgres.rows("SELECT version FROM wherry.ledger ORDER BY 1") == [(1,), (2,)]


def test_a_single_item_is_passed_by_too(wherry, workspace, postgres, statements):
    set_up(workspace, postgres)
    run(wherry)
    statements()
    assert counts(run(wherry, "--id", "7")) == {"unchanged": 1}
    assert not reads_rows(statements())
    postgres.script("UPDATE thing SET name = 'edited' WHERE id = 7")
    assert counts(run(wherry, "--id", "7", code=1)) == {"failed": 1}


def touch(database, chance):
    """Something that somebody may do to the table between two runs."""
    ids = ", ".join(str(n) for n in chance.sample(range(1, ROWS + 1), chance.choice([1, 5, 300])))
    database.script(chance.choice([
        f"UPDATE thing SET name = 'edited' WHERE id IN ({ids})",
        f"UPDATE thing SET name = name WHERE id IN ({ids})",
        f"DELETE FROM thing WHERE id IN ({ids})",
        f"UPDATE thing SET size = size + 1 WHERE id IN ({ids}); UPDATE thing SET size = size - 1 WHERE id IN ({ids})",
        "ALTER TABLE thing RENAME name TO n; ALTER TABLE thing RENAME place TO name; ALTER TABLE thing RENAME n TO place",
        "ALTER TABLE thing ALTER name TYPE varchar(80)",
        "ALTER TABLE thing ALTER size TYPE numeric(9,2)",
        f"CREATE TEMPORARY TABLE kept AS SELECT * FROM thing; TRUNCATE thing; INSERT INTO thing SELECT * FROM kept WHERE id NOT IN ({ids})",
        "CREATE TABLE copy (LIKE thing INCLUDING ALL); INSERT INTO copy SELECT * FROM thing; DROP TABLE thing; ALTER TABLE copy RENAME TO thing",
    ]))
    database.close()


def test_whatever_is_done_between_runs_a_run_ends_with_what_the_source_has(wherry, workspace, postgres, statements):
    seed = int(os.environ.get("WHERRY_SEED", 18))
    chance = random.Random(seed)
    passed_by = 0
    set_up(workspace, postgres, more="        drift: overwrite\n")
    name_columns(workspace)
    for step in range(12):
        changes = {f"t{n}": f"{n},{chance.choice('abc')},place {n},{n}.25"
                   for n in chance.sample(range(1, ROWS + 1), chance.choice([0, 3, 400]))}
        workspace.write("things.csv", things(**changes))
        run(wherry)
        for _ in range(chance.randrange(3)):
            touch(postgres, chance)
        run(wherry)
        passed_by += asks_versions(statements())
        expected = [tuple(line.split(",")) for line in things(**changes).splitlines()[1:]]
        rows = postgres.rows("SELECT id::text, name, place, size::text FROM thing ORDER BY thing.id")
        assert [tuple(row) for row in rows] == expected, f"step {step} of seed {seed}"
    assert passed_by > 0


def test_what_a_trigger_did_that_was_there_for_a_part_of_the_run_is_found(wherry, workspace, postgres):
    set_up(workspace, postgres, source=things(20000), more="        drift: overwrite\n", table=TABLE + """;
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = ''touched''; RETURN NEW; END'""")
    path = workspace.folder / "people.yaml"
    path.write_text(path.read_text() + "limits: { group: 1000, rate: 20000/s }\n")
    process = wherry.start("run", "people.yaml")
    postgres.wait_for("SELECT count(*) FROM thing")
    postgres.script("CREATE TRIGGER touch BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION touch()")
    postgres.wait_for("SELECT count(*) FROM thing WHERE name = 'touched'")
    postgres.script("DROP TRIGGER touch ON thing")
    wherry.finish(process).expect(0)
    touched = postgres.value("SELECT count(*) FROM thing WHERE name = 'touched'")
    assert 0 < touched < 20000
    assert counts(run(wherry)) == {"updated": touched, "unchanged": 20000 - touched}


def dump_ledger(database):
    return subprocess.run([f"{PROGRAMS}/pg_dump", "-n", "wherry", "-h", database.host, "-U", "postgres", database.name],
                          check=True, stdout=subprocess.PIPE).stdout


def put_back(database, dump):
    database.script("DROP SCHEMA wherry CASCADE")
    subprocess.run([f"{PROGRAMS}/psql", "-q", "-h", database.host, "-U", "postgres", database.name], check=True,
                   input=dump, stdout=subprocess.DEVNULL)


def test_a_run_that_a_dump_brought_back_is_not_gone_on_with(wherry, workspace, postgres, has_crash_points):
    """What it says to be done is older than the rows, which a run wrote that the dump knows nothing of."""
    set_up(workspace, postgres, more="        drift: overwrite\n    limits: { group: 300 }\n")
    old = os.stat(workspace / "things.csv")
    assert wherry.is_killed("group.committed:2", "run", "people.yaml", "--workers", "1")
    dump = dump_ledger(postgres)
    workspace.write("things.csv", things(t7="7,other,place 7,7.25"))
    run(wherry)
    workspace.write("things.csv", things())
    os.utime(workspace / "things.csv", ns=(old.st_atime_ns, old.st_mtime_ns))
    put_back(postgres, dump)
    result = wherry("run", "people.yaml", "--json").expect(0)
    assert not result.json()["resumed"] and "was put back from a dump" in result.err
    assert counts(result.json()["items"][0]) == {"updated": 1, "unchanged": ROWS - 1}
    assert postgres.value("SELECT name FROM thing WHERE id = 7") == "name 7"


def test_versions_of_another_copy_of_the_system_mean_nothing_here(wherry, workspace, postgres):
    """There a number was wherry's that somebody's edit has here; the ledger came as a dump."""
    set_up(workspace, postgres, more="        drift: overwrite\n    limits: { group: 500 }\n")
    run(wherry)
    postgres.script("UPDATE thing SET name = 'edited' WHERE id = 7")
    edit, written = postgres.rows("SELECT xmin::text FROM thing WHERE id IN (7, 8) ORDER BY id")
    scope = postgres.value("SELECT mark FROM wherry.segment ORDER BY id LIMIT 1").rsplit(" ", 1)[0]
    dump = dump_ledger(postgres)
    there, here = (f"{scope} {number}".encode() for number, in (written, edit))
    assert there in dump
    put_back(postgres, dump.replace(there, here))
    assert counts(run(wherry)) == {"updated": 1, "unchanged": ROWS - 1}
    assert postgres.value("SELECT name FROM thing WHERE id = 7") == "name 7"
