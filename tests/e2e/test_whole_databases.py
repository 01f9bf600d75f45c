# SPDX-License-Identifier: Apache-2.0
"""Whole PostgreSQL databases, all their tables in one migration file: to SQLite and back, value for value.

Sakila and Chinook stand beside the checkout; without them, and under sanitizers, where they take long,
those tests skip.
"""
import json
import re
import subprocess

import pytest
from conftest import IS_SANITIZED, sum_closes

PROGRAMS = "/usr/lib/postgresql/15/bin"


def psql(database, script):
    subprocess.run([f"{PROGRAMS}/psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", database.host, "-U", "postgres",
                    "-d", database.name], input=script, check=True, stdout=subprocess.DEVNULL)


def tables(database):
    """Each table with the columns that its rows are known by."""
    return dict(database.rows("""
        SELECT c.relname, coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(k.conkey, a.attnum)),
                                   'tid, bid, aid, mtime')
        FROM pg_class c LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS
          (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) GROUP BY 1 ORDER BY 1"""))


def content(database):
    """What COPY … TO says of each table."""
    found = {}
    for table, key in tables(database).items():
        command = f"COPY (SELECT * FROM {table} ORDER BY {key}) TO STDOUT"
        found[table] = subprocess.run([f"{PROGRAMS}/psql", "-h", database.host, "-U", "postgres", "-d", database.name,
                                       "-c", command], check=True, stdout=subprocess.PIPE).stdout
    return found


def write(workspace, name, places, keys, create):
    items = "".join(f"  {table}: {{ from: {table}, key: [{key}], into: {table}, {create}"
                    f'map: {{ "*": same }} }}\n' for table, key in keys.items())
    source, destination = map(json.dumps, places)
    workspace.write(f"{name}.yaml", f"wherry: 1\nname: {name}\nsource: {source}\n"
                                    f"destination: {destination}\nitems:\n{items}")


def run(wherry, name, rows):
    document = wherry("run", f"{name}.yaml", "--json").expect(0).json()
    assert sum(sum_closes(item["counts"])["inserted"] for item in document["items"]) == rows
    return [item["item"] for item in document["items"]]


def go_there_and_back(wherry, workspace, old, back, create="", between=lambda: None):
    """How many rows there are in all, and the order in which the tables came back."""
    expected = content(old)
    rows = sum(lines.count(b"\n") for lines in expected.values())
    write(workspace, "there", (old.url, "sqlite:between.db"), tables(old), "create: true, ")
    write(workspace, "back", ("sqlite:between.db", back.url), tables(old), create)
    run(wherry, "there", rows)
    between()
    order = run(wherry, "back", rows)
    assert content(back) == expected
    return rows, order


@pytest.fixture
def large(shared_data):
    if IS_SANITIZED:
        pytest.skip("takes long under sanitizers")
    return shared_data


def test_sakila_goes_to_sqlite_and_back(wherry, workspace, new_postgres, large):
    old, back = new_postgres(), new_postgres()
    schema = (large / "sakila" / "postgres-sakila-schema.sql").read_bytes()
    psql(old, schema + (large / "sakila" / "postgres-sakila-insert-data-using-copy.sql").read_bytes())
    psql(back, schema)

    def between():
        refused = wherry("plan", "back.yaml").expect(2).err
        back.script(re.search("ALTER TABLE .* DISABLE RULE .*", refused).group())
        said = wherry("plan", "back.yaml").expect(0).out
        assert "rows of 'staff' refer to those of 'store', which refer back" in said
        assert "ALTER TABLE … DROP CONSTRAINT" in said
        back.script("ALTER TABLE staff DROP CONSTRAINT staff_store_id_fkey")
    rows, order = go_there_and_back(wherry, workspace, old, back, between=between)
    assert rows == 46273
    back.script("ALTER TABLE staff ADD FOREIGN KEY (store_id) REFERENCES store (store_id)")
    assert [name for name in order if name in ("country", "city", "address", "customer", "payment")] == [
        "country", "city", "address", "customer", "payment"]


def test_chinook_goes_to_sqlite_and_back(wherry, workspace, new_postgres, large):
    old, back = new_postgres(), new_postgres()
    script = "".join(line for line in (large / "chinook" / "Chinook_PostgreSql.sql").read_text().splitlines(True)
                     if not line.startswith(("DROP DATABASE", "CREATE DATABASE", "\\c")))
    psql(old, script.encode())
    dump = subprocess.run([f"{PROGRAMS}/pg_dump", "-s", "-h", old.host, "-U", "postgres", old.name],
                          check=True, stdout=subprocess.PIPE)
    psql(back, dump.stdout)
    assert go_there_and_back(wherry, workspace, old, back)[0] == 15607


def test_pgbench_goes_to_sqlite_and_back(wherry, workspace, new_postgres):
    old, back = new_postgres(), new_postgres()
    program = [f"{PROGRAMS}/pgbench", "-h", old.host, "-U", "postgres"]
    subprocess.run([*program, "-i", "-I", "dtp", old.name], check=True, stderr=subprocess.DEVNULL)
    old.script("INSERT INTO pgbench_branches VALUES (1, 7, 'x'), (2, -7, NULL);"
               "INSERT INTO pgbench_tellers SELECT i, 1, 0, '' FROM generate_series(1, 10) i;"
               "INSERT INTO pgbench_accounts SELECT i, 1, i, ' ' FROM generate_series(1, 2000) i")
    subprocess.run([*program, "-n", "-t", "20", "-s", "1", "-D", "scale=1", "-f", "/dev/stdin", old.name], check=True,
                   input=b"\\set aid random(1, 2000)\nINSERT INTO pgbench_history VALUES (1, 1, :aid, -5, clock_timestamp());",
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rows, _ = go_there_and_back(wherry, workspace, old, back, "create: true, ")
    assert rows == 2032


def test_what_is_referred_to_comes_first_in_sqlite_too(wherry, workspace):
    workspace.sql("old.db").script("""
        CREATE TABLE c (id INTEGER PRIMARY KEY, b INTEGER); INSERT INTO c VALUES (1, 2), (2, NULL);
        CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO b VALUES (2, 3);
        CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (3);""")
    workspace.sql("new.db").script("""
        CREATE TABLE C (id INTEGER PRIMARY KEY, b INTEGER REFERENCES B);
        CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES A);
        CREATE TABLE a (id INTEGER PRIMARY KEY);""")
    write(workspace, "copy", ("sqlite:old.db", "sqlite:new.db"), {"c": "id", "b": "id", "a": "id"}, "")
    assert run(wherry, "copy", 4) == ["a", "b", "c"]


CIRCLE = """
    CREATE TABLE store (id integer PRIMARY KEY, manager integer{});
    CREATE TABLE staff (id integer PRIMARY KEY, store integer NOT NULL{});
    """
CIRCLE_ROWS = "INSERT INTO store VALUES (1, 7), (2, NULL), (3, 8); INSERT INTO staff VALUES (7, 2), (8, 2);"


@pytest.mark.parametrize("destination", ("sqlite", "postgres"))
def test_a_run_tells_of_item_types_that_refer_to_each_other(wherry, workspace, request, destination):
    workspace.sql("old.db").script(CIRCLE.format("", "") + CIRCLE_ROWS)
    if destination == "sqlite":
        new, place = workspace.sql("new.db"), "sqlite:new.db"
        new.script(CIRCLE.format(" REFERENCES staff", " REFERENCES store"))
    else:
        new = request.getfixturevalue("new_postgres")()
        place = new.url
        new.script(CIRCLE.format("", " REFERENCES store") + "ALTER TABLE store ADD FOREIGN KEY (manager) REFERENCES staff")
    write(workspace, "copy", ("sqlite:old.db", place), {"store": "id", "staff": "id"}, "")
    told = ("2 items of 'store' failed, whose rows refer to those of 'staff', which refer back and are written "
            "later: `wherry plan` says what to do")
    assert told in wherry("run", "copy.yaml").expect(1).err
    # Staff is there now, and the rerun has nothing to tell.
    done = wherry("run", "copy.yaml").expect(0)
    assert "refer back" not in done.out + done.err
    assert new.rows("SELECT id, manager FROM store ORDER BY id") == [(1, 7), (2, None), (3, 8)]
