# SPDX-License-Identifier: Apache-2.0
"""Bad input: each kind gets a clear message with its place and the right exit code, and loses
nothing: every record is in the log, the sum closes, the good ones are in the destination."""
import os
import resource
import shutil
import signal
import sqlite3
import subprocess

import pytest

from conftest import IS_SANITIZED, sum_closes

pytestmark = pytest.mark.costly

MIGRATION = """\
wherry: 1
name: things
source: .
destination: sqlite:things.db
items:
  thing:
    from: things.csv
    key: id
    into: thing
    map: { id: id, name: name }
"""

TABLE = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT);"

CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, 70}


class Things:
    """One migration of one file of things into one table."""

    def __init__(self, wherry, workspace):
        self.wherry = wherry
        self.workspace = workspace
        self.database = workspace.sql("things.db")
        self.migration(MIGRATION)
        self.database.script(TABLE)

    def csv(self, content, name="things.csv"):
        data = content if isinstance(content, bytes) else content.encode()
        return self.workspace.write(name, data)

    def migration(self, text):
        return self.workspace.write("things.yaml", text.encode())

    def change(self, old, new):
        assert old in MIGRATION
        self.migration(MIGRATION.replace(old, new))

    def run(self, code, *args):
        """The document of a run that ends with that code, after checking what every run holds."""
        result = self.wherry("run", "things.yaml", "--json", *args)
        assert result.code not in CRASHES, result.err
        result.expect(code)
        document = result.json()
        if "total" in document:
            sum_closes(document["total"])
            assert document["sum_closes"]
        document["stderr"] = result.err
        return document

    def refused(self, *args):
        """What a run that does not begin says: its message, as both outputs have it."""
        document = self.run(*args)
        message = document["error"]["message"]
        assert document["stderr"].startswith("wherry: ")
        assert message[:60] in document["stderr"]
        assert "total" not in document
        return document["stderr"]

    def failures(self):
        return self.wherry("log", "things.yaml", "--rejected", "--failed",
                           "--json").expect(0).ndjson()

    def names(self):
        return [name for (name,) in self.database.rows("SELECT name FROM thing ORDER BY id")]


@pytest.fixture
def things(wherry, workspace):
    return Things(wherry, workspace)


class FileSystem:
    """A small file system of its own, for what a folder cannot be: full, or read-only for root."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def mount(self, *options):
        if os.geteuid() != 0 or not shutil.which("mount"):
            pytest.skip("a file system of its own needs root and mount")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", self.folder],
                          check=False, capture_output=True).returncode != 0:
            pytest.skip("no file system can be mounted here")

    def remount(self, option):
        subprocess.run(["mount", "-o", f"remount,{option}", self.folder], check=True)

    def unmount(self):
        subprocess.run(["umount", "-l", self.folder], check=False, capture_output=True)


@pytest.fixture
def file_system(workspace):
    made = FileSystem(workspace / "small")
    yield made
    made.unmount()


def only(failures):
    assert len(failures) == 1, failures
    return failures[0]


# ---- the source


def test_a_missing_file_is_out_of_reach(things):
    assert "things.csv" in things.refused(3)


def test_a_pattern_without_files_is_out_of_reach(things):
    things.change("things.csv", '"things-*.csv"')
    assert "things-*.csv" in things.refused(3)


def test_an_empty_file_has_no_header(things):
    things.csv("")
    message = things.refused(2)
    assert "things.csv" in message and "empty" in message or "header" in message


def test_a_header_alone_is_an_empty_source(things):
    things.csv("id,name\n")
    document = things.run(0)
    assert document["total"]["read"] == 0


@pytest.mark.parametrize("name,form,content", [
    ("things.csv", "{ dialect: csv }", "id,name\n\n\n"),
    ("things.csv", '{ dialect: csv, comment: "#" }', "id,name\n# nothing yet\n"),
    ("things.json", "{ columns: [id, name] }", "[]\n"),
    ("things.ndjson", "{ columns: [id, name] }", "\n\n")])
def test_a_file_of_no_records_but_some_bytes_comes_to_its_end(things, name, form, content):
    things.change("from: things.csv", f"from: {name}\n    format: {form}")
    things.csv(content, name)
    result = things.wherry("run", "things.yaml", "--json", timeout=30).expect(0)
    assert result.json()["total"]["read"] == 0
    assert things.run(0)["total"]["read"] == 0


def test_a_wrong_delimiter_names_the_columns_that_are_there(things):
    things.csv("id;name\n1;a\n")
    things.change("into: thing\n", 'into: thing\n    format: { delimiter: "," }\n')
    message = things.refused(2)
    assert "id;name" in message and "things.yaml:8:" in message


def test_invalid_utf8_rejects_its_record_alone(things):
    things.csv(b"id,name\n1,a\n2,M\xfcller\n3,c\n")
    things.run(1)
    failure = only(things.failures())
    assert failure["place"] == "things.csv:3" and "UTF-8" in failure["failure"]["message"]
    assert things.names() == ["a", "c"]


def test_nul_bytes_reject_their_record_alone(things):
    things.csv(b"id,name\n1,a\n2,b\0b\n3,c\n")
    things.run(1)
    failure = only(things.failures())
    assert failure["place"] == "things.csv:3" and "NUL" in failure["failure"]["message"]
    assert things.names() == ["a", "c"]


def test_an_unclosed_quote_does_not_swallow_the_file(things):
    rows = "".join(f"{n},n{n}\n" for n in range(3, 50003))
    things.csv('id,name\n1,a\n2,"never closed\n' + rows)
    things.change("items:", "limits: { cell: 1MiB }\nitems:")
    # The record is as long as the rest of the file, which is shorter than the limit of a record.
    document = things.run(1)
    failure = things.failures()[0]
    assert failure["place"] == "things.csv:3" and "quote" in failure["failure"]["message"]
    assert document["total"]["inserted"] == 50001
    assert document["total"]["read"] == 50002


def test_a_stray_quote_is_part_of_its_cell_or_rejected_but_never_swallows(things):
    things.csv('id,name\n1,a\n2,6" pipe\n3,c\n')
    document = things.run(document_code(things))
    assert document["total"]["read"] == 3
    assert {"a", "c"} <= set(things.names())
    if document["total"]["rejected"]:
        assert only(things.failures())["place"] == "things.csv:3"
    else:
        assert things.names()[1] == '6" pipe'


def document_code(things):
    """The exit code that a dry run gives: both answers to a stray quote are right."""
    return things.wherry("run", "things.yaml", "--dry-run").code


def test_text_behind_a_closing_quote_rejects_its_record_alone(things):
    things.csv('id,name\n1,a\n2,"b"b\n3,c\n')
    things.run(1)
    assert only(things.failures())["place"] == "things.csv:3"
    assert things.names() == ["a", "c"]


def test_a_record_with_too_few_or_too_many_cells_is_rejected_alone(things):
    things.csv("id,name\n1,a\n2\n3,c,d\n4,e\n")
    things.run(1)
    assert [failure["place"] for failure in things.failures()] == ["things.csv:3", "things.csv:4"]
    assert things.names() == ["a", "e"]


@pytest.mark.slow
def test_a_huge_cell_is_rejected_within_memory(things):
    path = things.csv("id,name\n1,a\n2,")
    with open(path, "ab") as out:
        for _ in range(80):
            out.write(b"x" * (1 << 20))
        out.write(b"\n3,c\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    things.run(1)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    failure = only(things.failures())
    assert failure["place"] == "things.csv:3"
    assert "limit of 67108864 (limits.cell)" in failure["failure"]["message"]
    assert things.names() == ["a", "c"]
    if not IS_SANITIZED:
        assert max(before, peak) < 512 * 1024, f"{peak} kB"


def test_ten_thousand_columns_are_read(things):
    columns = 10_000
    things.csv(",".join(["id", "name"] + [f"c{n}" for n in range(columns - 2)]) + "\n" +
               ",".join(["1", "a"] + ["x"] * (columns - 2)) + "\n")
    assert things.run(0)["total"]["inserted"] == 1
    image = only(things.wherry("log", "things.yaml", "--json").expect(0).ndjson())["source"]
    assert len(image) == columns and image["c9997"] == "x"


def test_a_table_of_too_many_columns_says_how_many_there_may_be(things):
    names = ",".join(f"c{number}" for number in range(3000))
    things.csv("id," + names + "\n")
    things.migration(MIGRATION.replace("into: thing", "into: wide\n    create: true")
                     .replace("{ id: id, name: name }", '{ "*": same }'))
    result = things.wherry("run", "things.yaml").expect(2)
    assert "3001 columns" in result.err and "at most 2000" in result.err


def test_duplicate_header_names_are_refused_with_both_places(things):
    things.csv("id,name,name\n1,a,b\n")
    message = things.refused(2)
    assert "name" in message and "things.csv" in message


def test_a_folder_without_a_file_is_named(things):
    (things.workspace / "things.csv").mkdir()
    message = things.refused(3)
    assert "the folder './things.csv/' holds no file" in message


@pytest.mark.parametrize("source, name, shown", [
    (".", "gone.csv", "cannot open './gone.csv'"),
    ("./", ".//./gone.csv", "cannot open './gone.csv'"),
    ("./in", "./gone.csv", "cannot open './in/gone.csv'"),
    (".", "gone*.csv", "no file in './' matches 'gone*.csv'"),
    ("./in/gone.csv", "gone.csv", "cannot open './in/gone.csv'"),
])
def test_a_missing_file_is_told_by_its_path_as_one_would_write_it(things, source, name, shown):
    (things.workspace / "in").mkdir()
    things.migration(MIGRATION.replace("source: .", f"source: {source}").replace("from: things.csv", f"from: {name}"))
    message = things.refused(3)
    assert shown in message


def test_a_file_that_may_not_be_read_is_out_of_reach(things):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    things.csv("id,name\n1,a\n").chmod(0)
    assert "things.csv" in things.refused(3)


# ---- keys


def test_a_repeated_key_goes_to_the_first(things):
    things.csv("id,name\n1,first\n2,b\n01,second\n+1,third\n")
    document = things.run(1)
    assert document["total"]["inserted"] == 2
    assert things.names() == ["first", "b"]
    failures = things.failures()
    assert [failure["place"] for failure in failures] == ["things.csv:4", "things.csv:5"]
    assert all(failure["failure"]["stage"] == "key" for failure in failures)
    assert all("things.csv:2" in failure["failure"]["message"] for failure in failures)


def test_a_null_key_is_rejected_with_its_place(things):
    things.csv("id,name\n,a\n2,b\n")
    things.run(1)
    failure = only(things.failures())
    assert failure["key"] is None and failure["place"] == "things.csv:2"
    assert failure["failure"]["stage"] == "key"
    assert things.names() == ["b"]


# ---- the destination


def test_a_destination_without_the_table_names_it(things):
    things.csv("id,name\n1,a\n")
    things.change("into: thing", "into: thingz")
    message = things.refused(2)
    assert "things.yaml:9:" in message and "'thingz'" in message and "thing'" in message


def test_a_missing_table_is_made_where_the_file_says_so(things):
    things.csv("id,name\n1,a\n")
    things.change("into: thing", "into: thing2\n    create: true")
    things.run(0)
    assert things.database.rows("SELECT * FROM thing2") != []


def test_a_missing_database_is_planned_then_made(things):
    things.csv("id,name\n1,a\n")
    things.migration(MIGRATION.replace("sqlite:things.db", "sqlite:new.db")
                     .replace("into: thing", "into: thing\n    create: true"))
    plan = things.wherry("plan", "things.yaml").expect(0)
    assert 'CREATE TABLE "thing"' in plan.out
    assert "CREATE TABLE" in things.wherry("plan", "things.yaml",
                                           "--json").expect(0).json()["items"][0]["creates"]
    assert not (things.workspace / "new.db").exists()
    for verb in ("status", "log"):
        assert "new.db" in things.wherry(verb, "things.yaml").expect(3).err
    things.run(0)
    assert things.workspace.sql("new.db").rows("SELECT name FROM thing") == [("a",)]


def test_an_unmapped_not_null_column_is_named(things):
    things.csv("id,name\n1,a\n")
    things.database.script("ALTER TABLE thing ADD COLUMN must INTEGER NOT NULL DEFAULT 0;"
                           "DROP TABLE thing;"
                           "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT,"
                           " must TEXT NOT NULL);")
    message = things.refused(2)
    assert "'must'" in message and "things.yaml:" in message


def test_a_read_only_database_is_out_of_reach(things):
    things.csv("id,name\n1,a\n")
    if os.geteuid() == 0:
        pytest.skip("root may write everything; a read-only file system is tried next")
    (things.workspace / "things.db").chmod(0o444)
    assert "things.db" in things.refused(3)


def test_a_read_only_file_system_is_out_of_reach(things, file_system):
    file_system.mount("size=2m")
    things.csv("id,name\n1,a\n")
    things.change("sqlite:things.db", "sqlite:small/things.db")
    database = things.workspace.sql("small/things.db").script(TABLE)
    things.run(0)
    file_system.remount("ro")
    message = things.refused(3)
    assert "things.db" in message or "small" in message
    for command in ("status", "log"):
        assert "1" in things.wherry(command, "things.yaml").expect(0).out
    file_system.remount("rw")
    assert database.value("SELECT count(*) FROM thing") == 1


def test_a_folder_is_no_database(things):
    things.csv("id,name\n1,a\n")
    things.change("sqlite:things.db", "sqlite:folder")
    (things.workspace / "folder").mkdir()
    assert "folder" in things.refused(3)


def test_a_file_that_is_no_database_is_out_of_reach(things):
    things.csv("id,name\n1,a\n")
    things.workspace.write("things.db", b"this is no database, though it is long enough" * 50)
    assert "things.db" in things.refused(3)
    assert (things.workspace / "things.db").read_bytes().startswith(b"this is no database")


def test_a_locked_database_is_waited_for_then_reported(things):
    things.csv("id,name\n1,a\n")
    things.change("sqlite:things.db", "sqlite:things.db?busy_timeout=200")
    connection = sqlite3.connect(things.database.path, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        document = things.run(3)
    finally:
        connection.close()
    assert "locked" in document["error"]["message"] or "busy" in document["error"]["message"]
    assert things.run(0)["total"]["inserted"] == 1


def test_a_full_disk_loses_nothing(things, file_system):
    file_system.mount("size=2m")
    things.csv("id,name\n" + "".join(f"{n},{'x' * 100}\n" for n in range(60000)))
    things.migration(MIGRATION.replace("sqlite:things.db", "sqlite:small/things.db") +
                     "limits: { group: 1000 }\n")
    database = things.workspace.sql("small/things.db").script(TABLE)
    document = things.run(3)
    assert "full" in document["error"]["message"]
    assert database.value("PRAGMA integrity_check") == "ok"
    kept = database.value("SELECT count(*) FROM thing")
    assert kept == document["total"]["inserted"] > 0
    file_system.remount("size=200m")
    things.run(0)
    assert database.value("SELECT count(*) FROM thing") == 60000


def test_a_file_size_limit_is_a_full_disk(things):
    things.csv("id,name\n" + "".join(f"{n},{'x' * 100}\n" for n in range(60000)))
    things.migration(MIGRATION + "limits: { group: 1000 }\n")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    result = subprocess.run([things.wherry.program, "run", "things.yaml"], check=False,
                            cwd=things.workspace.folder, env=things.wherry.environment(),
                            capture_output=True, preexec_fn=limit)
    assert result.returncode == 3, result.stderr
    assert things.database.value("PRAGMA integrity_check") == "ok"
    assert things.run(0)["total"]["read"] == 60000
    assert things.database.value("SELECT count(*) FROM thing") == 60000


# ---- the migration file


def test_cyclic_aliases_are_refused(things):
    things.csv("id,name\n1,a\n")
    things.migration(MIGRATION.replace("map: { id: id, name: name }",
                                       "map: &m { id: id, name: *m }"))
    assert "things.yaml:10:" in things.refused(2)


def test_aliases_that_multiply_are_refused(things):
    lines = ["wherry: 1", "a: &a [x, x, x, x, x, x, x, x, x]"]
    for outer, inner in zip("bcdefghij", "abcdefghi"):
        lines.append(f"{outer}: &{outer} [{', '.join(['*' + inner] * 9)}]")
    things.migration("\n".join(lines) + "\n")
    assert "things.yaml:" in things.refused(2)


def test_a_missing_variable_is_named_with_its_place(things):
    things.change("sqlite:things.db", "sqlite:${THINGS_DB}")
    message = things.refused(2)
    assert "things.yaml:4:" in message and "THINGS_DB" in message


def test_a_variable_is_taken_and_its_default(things):
    things.csv("id,name\n1,a\n")
    things.change("sqlite:things.db", "sqlite:${THINGS_DB:-things.db}")
    things.run(0)
    assert things.names() == ["a"]


@pytest.mark.parametrize("old, new, line, said", [
    ("    key: id", "    kye: id", 8, "'key'"),
    ("    key: id", "    key: id\n    key: id", 9, "key"),
    ("    key: id", "    key: [", 9, ""),
    ("    key: id", "    key: { a: 1 }", 8, ""),
    ("wherry: 1", "wherry: 2", 1, "2"),
    ("    key: id", "    key: idd", 8, "'idd'"),
    ("name: name }", "nome: name }", 10, "'nome'"),
    ("name: name }", "name: name || }", 10, ""),
    ("name: name }", "name: soundex(name) }", 10, "soundex"),
    ("    key: id", "\tkey: id", 8, ""),
    # YAML ate the quotes
    ("name: name }", "name: 'EU' }", 10, "a text is { value: EU } or \"'EU'\""),
    ("name: name }", "name: 'a' || name }", 10, "quotes as a whole: \"'a' || b\""),
    ("{ id: id, name: name }", "\n      id: id\n      name: 'a' || name", 12, "quotes as a whole: \"'a' || b\""),
])
def test_what_is_wrong_in_the_file_has_line_and_column(things, old, new, line, said):
    things.csv("id,name\n1,a\n")
    things.change(old, new)
    message = things.refused(2)
    assert f"things.yaml:{line}:" in message and said in message
    assert "^" in message


def test_a_migration_file_that_is_a_folder_is_refused(things):
    assert things.wherry("plan", ".").code == 2


def test_secrets_of_the_environment_stay_there(things):
    things.csv("id,name\n1,a\n")
    things.change("sqlite:things.db", "sqlite:${SECRET_PART}.db")
    env = {"SECRET_PART": "things"}
    things.wherry("run", "things.yaml", env=env).expect(0)
    stored = things.database.value("SELECT file FROM wherry_run")
    assert "sqlite:${SECRET_PART}.db" in stored


def test_a_password_in_a_url_is_not_shown_with_its_line(things):
    things.csv("id,name\n1,a\n")
    things.change("sqlite:things.db", "mysql://bob:hunter2@db.example/shop?sslkey=hunter3")
    told = things.refused(2)
    assert "db.example" in told and "hunter" not in told and "^" in told


# ---- the ledger


def test_a_ledger_of_another_destination_is_refused(things, workspace):
    things.csv("id,name\n1,a\n")
    things.run(0)
    other = workspace.sql("other.db").script(TABLE)
    source = sqlite3.connect(things.database.path)
    names = [row[0] for row in source.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'wherry%'"
        " AND name != 'wherry_identity'")]
    statements = [row[0] for row in source.execute(
        "SELECT sql FROM sqlite_schema WHERE tbl_name LIKE 'wherry%' AND sql IS NOT NULL"
        " AND tbl_name != 'wherry_identity'")]
    source.close()
    connection = sqlite3.connect(other.path)
    for statement in statements:
        connection.execute(statement)
    connection.execute("ATTACH ? AS old", (str(things.database.path),))
    for name in names:
        connection.execute(f'INSERT INTO "{name}" SELECT * FROM old."{name}"')
    connection.commit()
    connection.close()
    things.change("sqlite:things.db", "sqlite:other.db")
    result = things.wherry("run", "things.yaml")
    assert result.code in (2, 3), result.err
    assert "ledger" in result.err and "another" in result.err
    assert other.value("SELECT count(*) FROM thing") == 0


def test_a_ledger_of_a_newer_wherry_is_refused(things):
    things.csv("id,name\n1,a\n")
    things.run(0)
    things.csv("id,name\n1,changed\n")
    things.database.script("UPDATE wherry_ledger SET version = version + 999")
    for verb in ("run", "status", "log", "plan"):
        result = things.wherry(verb, "things.yaml").expect(2)
        assert "newer" in result.err
    assert things.names() == ["a"]


# ---- two at once


def test_a_second_run_at_the_same_time_is_refused(things):
    rows = "".join(f"{n},n{n}\n" for n in range(300_000))
    things.csv("id,name\n" + rows)
    things.migration(MIGRATION + "limits: { group: 500 }\n")
    first = things.wherry.start("run", "things.yaml", "--json")
    while first.poll() is None and not (things.workspace / "things.db-wherry-lock").exists():
        pass
    second = things.wherry("run", "things.yaml")
    while_running = first.poll() is None
    result = things.wherry.finish(first).expect(0)
    assert sum_closes(result.json()["total"])["inserted"] == 300_000
    if not while_running:
        pytest.skip("the first run was over before the second began")
    second.expect(3)
    assert str(first.pid) in second.err
