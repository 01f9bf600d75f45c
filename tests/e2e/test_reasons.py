# SPDX-License-Identifier: Apache-2.0
"""Failed writes are told apart by what refused them, wherever they are summed up."""
from people import run
from things import write_migration

# Each bad row breaks one thing, and no two lots are of one size.
THINGS = """\
id,town,amount,label
1,Riga,1,a
2,Oslo,1,b
3,Oslo,1,c
4,Oslo,1,d
5,Riga,-1,e
6,Riga,-1,f
7,Riga,-1,g
8,Riga,-1,h
9,Riga,1,a
10,Riga,1,a
11,Riga,1,odd
"""


def kinds(item):
    """{(constraint, column, SQLSTATE): items} of the failed writes."""
    return {(reason["rule"], reason["column"], reason["sqlstate"]): reason["items"]
            for reason in item["reasons"] if reason["stage"] == "write"}


def test_postgres_reasons_are_told_apart_by_constraint(wherry, workspace, postgres):
    postgres.script("""
        CREATE TABLE town (name text PRIMARY KEY);
        INSERT INTO town VALUES ('Riga');
        CREATE TABLE thing (id int PRIMARY KEY, town text CONSTRAINT "in a town" REFERENCES town,
                            amount int CONSTRAINT "not below" CHECK (amount >= 0), label text UNIQUE);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.label = 'odd' THEN RAISE 'thing % is odd', NEW.id USING ERRCODE = '23514'; END IF;
            RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION refuse();
        """)
    workspace.write("things.csv", THINGS)
    write_migration(workspace, postgres.url)
    item = run(wherry, code=1)
    expected = {("not below", None, "23514"): 4, ("in a town", None, "23503"): 3,
                ("thing_label_key", None, "23505"): 2, (None, None, "23514"): 1}
    assert kinds(item) == expected
    example = item["reasons"][0]["example"]
    assert example["key"] == "5" and example["place"] == "things.csv:6" and "not below" in example["message"]
    newest = wherry("status", "people.yaml", "--json").expect(0).json()["runs"][0]
    assert newest["items"][0]["reasons"] == item["reasons"]
    text = wherry("run", "people.yaml").expect(1).out
    for said in (text, wherry("status", "people.yaml").expect(0).out):
        assert "4  failed: at the write, by 'not below' (23514)" in said
        assert "3  failed: at the write, by 'in a town' (23503)" in said
        assert "1  failed: at the write (23514)" in said and "thing 11 is odd" in said
    oldest = wherry("status", "people.yaml", "--json").expect(0).json()["runs"][1]
    assert "reasons" not in oldest["items"][0]
    listed = wherry("log", "people.yaml", "--failed", "--rule", "in a town", "--json").expect(0).ndjson()
    assert [entry["key"] for entry in listed] == ["2", "3", "4"]
    assert listed[0]["failure"]["rule"] == "in a town"


def test_a_value_that_may_not_be_null_is_told_by_its_column(wherry, workspace, postgres):
    postgres.script("""
        CREATE TABLE thing (id int PRIMARY KEY, town text, amount int, label text);
        CREATE FUNCTION empty() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.amount := CASE WHEN NEW.id < 3 THEN NULL ELSE NEW.amount END; RETURN NEW; END $$;
        CREATE TRIGGER empty BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION empty();
        ALTER TABLE thing ALTER amount SET NOT NULL;
        """)
    workspace.write("things.csv", THINGS)
    write_migration(workspace, postgres.url)
    assert kinds(run(wherry, code=1)) == {(None, "amount", "23502"): 2}


def test_sqlite_reasons_are_told_apart_by_constraint(wherry, workspace):
    workspace.sql("people.db").script("""
        CREATE TABLE town (name TEXT PRIMARY KEY);
        INSERT INTO town VALUES ('Riga');
        CREATE TABLE thing (id INTEGER PRIMARY KEY, town TEXT REFERENCES town DEFERRABLE INITIALLY DEFERRED,
                            amount INTEGER CONSTRAINT "not below" CHECK (amount >= 0), label TEXT UNIQUE);
        CREATE TRIGGER refuse BEFORE INSERT ON thing WHEN NEW.label = 'odd'
        BEGIN SELECT RAISE(ABORT, 'that is odd'); END;
        """)
    workspace.write("things.csv", THINGS)
    write_migration(workspace, "sqlite:people.db")
    assert kinds(run(wherry, code=1)) == {
        ("not below", None, "23514"): 4, ("town", "town", "23503"): 3,
        ("thing.label", None, "23505"): 2, (None, None, "P0001"): 1}


def test_what_wherry_itself_keeps_out_has_a_name(wherry, workspace):
    database = workspace.sql("people.db")
    database.script("CREATE TABLE thing (id INTEGER PRIMARY KEY, town TEXT, amount INTEGER, label TEXT);")
    workspace.write("things.csv", THINGS)
    write_migration(workspace, "sqlite:people.db")
    run(wherry)
    database.script("UPDATE thing SET label = 'edited' WHERE id < 4;")
    workspace.write("things.csv", THINGS.replace("Oslo", "Bonn").replace("1,Riga,1,a", "1,Bonn,1,a"))
    assert kinds(run(wherry, code=1)) == {("drift", None, None): 3}
    assert "failed: at the write, by 'drift'" in wherry("status", "people.yaml").expect(0).out
