# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL as the destination: what test_run and its like hold for SQLite holds there, too, and what
only a server does is noticed."""
import json
import os
import random
import re

import pytest
from conftest import STATUSES

from people import HEADER, MIGRATION, counts, people, person, run
from things import write_migration

pytestmark = pytest.mark.costly

TABLE = """
    CREATE TABLE person (
        id      bigint PRIMARY KEY,
        name    text NOT NULL CHECK (name <> 'Refused'),
        email   varchar(60) NOT NULL UNIQUE,
        balance numeric(12,2),
        born    date,
        country char(2) NOT NULL
    );
"""

def set_up(workspace, database, source, extra="", table=TABLE):
    workspace.write("people.csv", source)
    database.script(table)
    text = MIGRATION.replace("sqlite:people.db", json.dumps(database.url))
    return workspace.write("people.yaml", text.format(extra=extra))


def left_behind(database):
    failures = database.rows(
        "SELECT item, status, key, stage, rule, column_name, message, sqlstate, place, source, raw "
        "FROM wherry.failure ORDER BY place, key")
    return {"person": database.dump("person"), "failures": failures}


def test_a_first_run_inserts_and_a_rerun_writes_no_row(wherry, workspace, postgres):
    set_up(workspace, postgres, people(5000))
    assert counts(run(wherry)) == {"inserted": 5000}
    versions = postgres.rows("SELECT id, xmin::text FROM person ORDER BY id")
    assert postgres.rows("SELECT * FROM person WHERE id = 7") == [
        (7, "Ann 7", "ann.7@example.com", "7.50", "1957-08-08", "DE")]
    assert counts(run(wherry)) == {"unchanged": 5000}
    assert counts(run(wherry, "--trust-ledger")) == {"unchanged": 5000}
    assert postgres.rows("SELECT id, xmin::text FROM person ORDER BY id") == versions


def test_no_run_reads_the_whole_table_to_say_how_many_rows_it_has(wherry, workspace, postgres):
    set_up(workspace, postgres, people(1000))
    run(wherry)
    assert postgres.rows_read("person") < 10
    workspace.write("people.csv", people(1100))
    run(wherry)
    assert postgres.rows_read("person") < 1500, "only those that were there are compared"


def test_changed_rows_are_updated_and_edited_ones_are_left_alone(wherry, workspace, postgres):
    set_up(workspace, postgres, people(3000))
    run(wherry)
    postgres.script("UPDATE person SET name = 'Edited' WHERE id = 5; DELETE FROM person WHERE id = 6")
    changes = {f"p{number}": {"name": "New"} for number in range(1, 3000, 2)}
    workspace.write("people.csv", people(3000, **changes))
    assert counts(run(wherry, code=1)) == {"updated": 1499, "unchanged": 1499, "inserted": 1,
                                           "failed": 1}
    assert postgres.value("SELECT name FROM person WHERE id = 5") == "Edited"
    assert postgres.value("SELECT count(*) FROM person WHERE name = 'New'") == 1499
    assert "edited" in postgres.value("SELECT message FROM wherry.failure").lower() or \
        "changed" in postgres.value("SELECT message FROM wherry.failure").lower()


def shuffled(numbers):
    numbers = list(numbers)
    random.Random(5).shuffle(numbers)
    return numbers


def test_keys_in_any_order_need_no_survey_and_go_in_by_their_order(wherry, workspace, postgres):
    numbers = shuffled(range(-3000, 3000))
    set_up(workspace, postgres, HEADER + "".join(map(person, numbers)))
    item = run(wherry)
    assert item["survey_seconds"] < 0.01 and counts(item) == {"inserted": 6000}
    assert [key for key, in postgres.rows("SELECT id FROM person ORDER BY ctid")] == sorted(numbers)


def test_of_scattered_keys_that_repeat_the_first_wins(wherry, workspace, postgres):
    rows = "".join(map(person, shuffled(range(1, 5001))))
    again = person(77, email="later@example.com") + person(6000) + person(6000, email="too@example.com")
    path = set_up(workspace, postgres, HEADER + rows + again)
    path.write_text(path.read_text() + "limits: { group: 500 }\n")
    item = run(wherry, "--workers", "1", code=1)
    assert item["survey_seconds"] > 0 and counts(item) == {"inserted": 5001, "rejected": 2}
    assert postgres.value("SELECT email FROM person WHERE id = 77") == "ann.77@example.com"
    assert postgres.rows("SELECT key FROM wherry.failure ORDER BY id") == [("77",), ("6000",)]


def test_scattered_keys_that_are_far_apart_are_surveyed(wherry, workspace, postgres):
    """Each would take a page of the bitmap."""
    numbers = [number << 30 for number in shuffled(range(3000))]
    set_up(workspace, postgres, HEADER + "".join(person(n, balance=1) for n in numbers))
    item = run(wherry)
    assert item["survey_seconds"] > 0.001 and counts(item) == {"inserted": 3000}


BAD = {"p100": {"born": "x"}, "p200": {"name": "Refused"}, "p201": {"name": "Refused"},
       "p300": {"email": "ann.1@example.com"}, "p400": {"country": "DEU"}, "p3000": {"name": ""},
       "p2999": {"name": "Refused"}, "p5000": {"name": "Refused"},
       "p8000": {"email": "ann.1@example.com"}}


def test_bad_rows_are_kept_with_the_servers_own_words_and_spoil_no_other(wherry, workspace,
                                                                       postgres):
    set_up(workspace, postgres, people(9000, **BAD))
    item = run(wherry, code=1)
    assert counts(item) == {"inserted": 8991, "rejected": 3, "failed": 6}
    assert postgres.value("SELECT count(*) FROM person") == 8991
    failed = postgres.rows("SELECT key, sqlstate, message FROM wherry.failure "
                           "WHERE status = 'failed' ORDER BY key")
    assert [(key, state) for key, state, _ in failed] == [
        ("200", "23514"), ("201", "23514"), ("2999", "23514"), ("300", "23505"), ("5000", "23514"),
        ("8000", "23505")]
    assert "person_name_check" in failed[0][2]
    assert "Key (email)=(ann.1@example.com) already exists." in failed[3][2]
    workspace.write("people.csv", people(3000, p100=BAD["p100"]))
    assert counts(run(wherry, code=1)) == {"inserted": 6, "unchanged": 2993, "rejected": 1}


def test_rows_that_refer_to_nothing_fail_without_a_search(wherry, workspace, postgres):
    """The sequence, which no rollback sets back, counts the statements: halving would take twice as many."""
    countries = "CREATE TABLE country (code char(2), born date, PRIMARY KEY (code, born));"
    table = TABLE.replace("country char(2) NOT NULL", """country char(2) NOT NULL,
        FOREIGN KEY (country, born) REFERENCES country""")
    set_up(workspace, postgres, people(2000, p700={"country": "ZZ"}, p1999={"country": "ZZ"}),
           table=countries + table + """CREATE SEQUENCE tries;
        CREATE FUNCTION tried() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM nextval(''tries''); RETURN NULL; END';
        CREATE TRIGGER tried BEFORE INSERT ON person EXECUTE FUNCTION tried();""")
    postgres.script("INSERT INTO country SELECT 'DE', d FROM generate_series("
                    "date '1900-01-01', date '2020-01-01', '1 day') AS d")
    assert counts(run(wherry, code=1)) == {"inserted": 1998, "failed": 2}
    failed = postgres.rows("SELECT key, sqlstate, message FROM wherry.failure ORDER BY key")
    assert [(key, state) for key, state, _ in failed] == [("1999", "23503"), ("700", "23503")]
    assert "(ZZ, " in failed[0][2]
    assert postgres.value("SELECT last_value FROM tries") <= 10


def test_a_row_that_refers_to_what_was_absent_before_costs_no_other_a_try(wherry, workspace, postgres):
    """The sequence counts statements: of each bad row that of the rows before it, and its own."""
    table = "CREATE TABLE country (code char(2) PRIMARY KEY);" + TABLE.replace(
        "country char(2) NOT NULL", "country char(2) NOT NULL REFERENCES country")
    bad = {f"p{number}": {"country": "ZZ" if number % 200 else "QQ"} for number in range(100, 4000, 100)}
    set_up(workspace, postgres, people(4000, **bad), table=table + """CREATE SEQUENCE tries;
        CREATE FUNCTION tried() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM nextval(''tries''); RETURN NULL; END';
        CREATE TRIGGER tried BEFORE INSERT ON person EXECUTE FUNCTION tried();""")
    postgres.script("INSERT INTO country VALUES ('DE')")
    assert counts(run(wherry, code=1)) == {"inserted": 3961, "failed": 39}
    assert postgres.value("SELECT count(*) FROM wherry.failure WHERE sqlstate = '23503'") == 39
    assert postgres.value("SELECT last_value FROM tries") <= 2 * 39 + 10


def test_a_deferred_constraint_fails_the_item_that_breaks_it(wherry, workspace, postgres):
    table = TABLE.replace("UNIQUE,", "UNIQUE DEFERRABLE INITIALLY DEFERRED,")
    set_up(workspace, postgres, people(2000, p300={"email": "ann.1@example.com"}), table=table)
    assert counts(run(wherry, code=1)) == {"inserted": 1999, "failed": 1}
    assert postgres.rows("SELECT key, sqlstate FROM wherry.failure") == [("300", "23505")]


def test_rows_of_somebody_elses_are_compared_and_taken_over(wherry, workspace, postgres):
    set_up(workspace, postgres, people(2000))
    postgres.script(
        "INSERT INTO person SELECT i, 'Ann ' || i, 'ann.' || i || '@example.com', i + 0.5, NULL, 'DE' "
        "FROM generate_series(1, 1000) i")
    assert counts(run(wherry)) == {"inserted": 1000, "updated": 1000}


def test_a_row_that_another_item_type_wrote_is_shown_though_it_is_the_same(wherry, workspace, postgres):
    path = set_up(workspace, postgres, people(100))
    text = path.read_text()
    path.write_text(text + text.partition("items:\n")[2].replace("person:", "second:", 1))
    items = wherry("run", "people.yaml", "--json").expect(1).json()["items"]
    assert [counts(item) for item in items] == [{"inserted": 100}, {"failed": 100}]
    entry = wherry("log", "people.yaml", "second", "--id", "7", "--json").expect(0).ndjson()[0]
    assert entry["before"]["name"] == entry["wanted"]["name"] == "Ann 7"


@pytest.mark.parametrize("log", ["images", "rows"])
def test_what_only_an_insert_writes_is_logged_of_unchanged_rows_as_it_stays(wherry, workspace, postgres, log):
    def logged(id):
        entry = wherry("log", "people.yaml", "--id", str(id), "--json").expect(0).ndjson()[0]
        return [entry[image]["made"] for image in ("source", "after")]

    def plain(run):
        return postgres.rows("SELECT source::json->>'made', after_image::json->>'made' FROM wherry.row "
                             f"WHERE run = {run} ORDER BY key")

    postgres.script("CREATE TABLE note (id int PRIMARY KEY, text text, made text);"
                    "INSERT INTO note VALUES (3, 'c', 'there'), (4, 'd', NULL), (5, 'e', '2005')")
    write_migration(workspace, postgres.url, f"        log: {log}\n")
    path = workspace.folder / "people.yaml"
    path.write_text(re.sub(r"into: \w+", "into: note", path.read_text()).replace(
        'map: { "*": same }', "map: { id: id, text: text, made: { insert: made } }"))
    workspace.write("things.csv", "id,text,made\n1,a,2001\n2,b,2002\n3,c,2003\n4,d,2004\n5,e,2005\n")
    assert counts(run(wherry)) == {"inserted": 2, "unchanged": 3}
    wanted = [("2001", "2001"), ("2002", "2002"), ("2003", "there"), ("2004", None), ("2005", "2005")]
    assert [tuple(logged(id)) for id in range(1, 6)] == wanted
    assert log != "rows" or plain(1) == wanted
    workspace.write("things.csv", "id,text,made\n1,a,2011\n2,B,2012\n3,c,2013\n4,d,\n5,e,2015\n")
    assert counts(run(wherry)) == {"updated": 1, "unchanged": 4}
    wanted = [("2011", "2001"), ("2012", "2002"), ("2013", "there"), (None, None), ("2015", "2005")]
    assert [tuple(logged(id)) for id in range(1, 6)] == wanted
    assert log != "rows" or plain(2) == wanted


@pytest.mark.workers
def test_two_workers_leave_what_one_leaves(wherry, workspace, postgres, new_postgres):
    bad = {f"p{number}": {"born": "x"} for number in range(5, 90000, 1000)}
    bad.update({f"p{number}": {"name": "Refused"} for number in range(6, 90000, 9000)})
    source = people(90000, **bad)
    set_up(workspace, postgres, source)
    one = counts(run(wherry, "--workers", 1, code=1))
    other = new_postgres()
    set_up(workspace, other, source)
    assert counts(run(wherry, "--workers", 2, code=1)) == one
    assert left_behind(other) == left_behind(postgres)


def test_vanished_items_are_deleted_where_the_migration_says_so(wherry, workspace, postgres, has_crash_points):
    path = set_up(workspace, postgres, people(1000), extra="missing: delete")
    path.write_text(path.read_text() + "limits: { deletes: 50% }\n")
    run(wherry)
    lines = people(1000).splitlines(keepends=True)
    workspace.write("people.csv", "".join(lines[:-100]))
    assert wherry.is_killed("vanished.deleted", "run", "people.yaml")
    assert postgres.value("SELECT count(*) FROM person") == 1000
    assert run(wherry)["counts"] == {**dict.fromkeys(STATUSES, 0), "read": 900, "unchanged": 900, "deleted": 100}
    assert postgres.value("SELECT count(*) FROM person") == 900
    assert counts(run(wherry)) == {"unchanged": 900}


def test_a_rehearsal_and_a_dry_run_leave_nothing(wherry, workspace, postgres):
    set_up(workspace, postgres, people(1000))
    wherry("run", "people.yaml", "--dry-run").expect(0)
    assert postgres.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'wherry'") == 0
    wherry("run", "people.yaml", "--rehearse").expect(0)
    assert postgres.value("SELECT count(*) FROM person") == 0
    assert postgres.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'wherry'") == 0


def write_making(workspace, database, records, into, mapped):
    """An item type whose table the run makes."""
    workspace.write("a.csv", records)
    workspace.write("m.yaml", f"""
        wherry: 1
        name: a
        source: .
        destination: {json.dumps(database.url)}
        items:
          a:
            from: a.csv
            key: id
            into: {into}
            create: true
            map: {{ {mapped} }}
        """)


def test_a_table_is_made_in_the_schema_that_its_name_says(wherry, workspace, postgres):
    postgres.script('CREATE SCHEMA "Sales"')
    write_making(workspace, postgres, 'id,"the ""name""",at\n1,x,2020-01-31\n2,y,2020-02-01\n', "Sales.Order lines",
                 '''id: "id::bigint", 'the "name"': '"the ""name"""', at: "at::date"''')
    wherry("run", "m.yaml").expect(0)
    assert postgres.rows('SELECT * FROM "Sales"."Order lines" ORDER BY id') == [
        (1, "x", "2020-01-31"), (2, "y", "2020-02-01")]
    wherry("run", "m.yaml").expect(0)
    assert "2 unchanged" in wherry("run", "m.yaml").expect(0).out


def test_a_table_is_the_one_that_its_long_name_says(wherry, workspace, postgres, new_postgres):
    """Schema and table are 63 bytes each at most, and both together more than one name may have."""
    schema = "customer_relationship_management_archive"
    named, other = "orders_of_the_year_two_thousand", "orders_of_the_year_two"
    assert len(f"{schema}.{other}") == 63
    source = new_postgres()
    for database in (source, postgres):
        database.script(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.{named} (id int PRIMARY KEY, v text);"
                        f"CREATE TABLE {schema}.{other} (id int PRIMARY KEY, v text)")
    source.script(f"INSERT INTO {schema}.{named} VALUES (1, 'this one'), (2, 'too');"
                  f"INSERT INTO {schema}.{other} VALUES (3, 'not this one')")
    postgres.script(f"INSERT INTO {schema}.{other} VALUES (4, 'of somebody')")
    workspace.write("m.yaml", f'''
        wherry: 1
        name: long names
        source: {json.dumps(source.url)}
        destination: {json.dumps(postgres.url)}
        items:
          order: {{ from: {schema}.{named}, key: id, into: {schema}.{named}, map: {{ "*": same }} }}
        ''')
    assert "2 inserted" in wherry("run", "m.yaml").expect(0).out
    assert postgres.rows(f"SELECT * FROM {schema}.{named} ORDER BY id") == [(1, "this one"), (2, "too")]
    assert postgres.rows(f"SELECT * FROM {schema}.{other}") == [(4, "of somebody")]


@pytest.mark.parametrize("into, column, named", [
    ("t" * 64, "v", f"the name of table '{'t' * 64}' has 64 bytes, of which PostgreSQL would keep 63"),
    ("s" * 64 + ".t", "v", f"the name of schema '{'s' * 64}' has 64 bytes"),
    ("t" * 63, "é" * 32, f"the name of column '{'é' * 32}' has 64 bytes"),
    ("t" * 63, "é" * 31 + "e", None)])
def test_no_table_is_made_under_a_name_that_the_server_would_cut(wherry, workspace, postgres, into, column, named):
    write_making(workspace, postgres, f"id,{column}\n1,x\n", into, f"""id: 'id::int', "{column}": '"{column}"'""")
    if named is None:
        wherry("run", "m.yaml").expect(0)
        assert postgres.rows(f'SELECT "{column}" FROM "{into}"') == [("x",)]
    else:
        assert named in wherry("plan", "m.yaml").expect(2).err


TYPES = """
    CREATE TYPE mood AS ENUM ('sad', 'glad');
    CREATE DOMAIN code AS varchar(5) CHECK (VALUE <> 'none');
    CREATE TABLE thing (
        id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        mood    mood,
        code    code,
        tag     uuid,
        doc     json,
        at      timestamp(3),
        flag    boolean,
        pad     char(5),
        data    bytea,
        span    interval,
        ratio   real,
        twice   integer GENERATED ALWAYS AS (id * 2) STORED
    );
"""

THINGS = """id,mood,code,tag,doc,at,flag,pad,data,span,ratio
1,glad,abc,6f9619ff-8b86-d011-b42d-00c04fc964ff,"{""a"":  1}",2020-01-31 12:34:56.789,t,ab,\\x00ff,1 day,0.1
2,angry,,,,,,,,,
3,,none,,,,,,,,
4,,,6F9619FF-8B86-D011-B42D-00C04FC964FF,,,,,,,
5,,,no uuid at all,,,,,,,
6,,,,,2020-01-31 12:34:56.7891,,,,,
7,,,,{,,,,,,
8,,,,,,,toolong,,,
9,sad,,,,infinity,f,,,30 days,NaN
"""


def test_types_of_the_servers_own_are_written_or_refused_with_a_reason(wherry, workspace, postgres):
    postgres.script(TYPES)
    workspace.write("things.csv", THINGS)
    workspace.write("m.yaml", f"""
        wherry: 1
        name: things
        source: .
        destination: {json.dumps(postgres.url)}
        items:
          thing:
            from: things.csv
            key: id
            into: thing
            map: {{ "*": same }}
        """)
    document = wherry("run", "m.yaml", "--json").expect(1).json()
    assert document["items"][0]["sum_closes"]
    assert postgres.rows("SELECT * FROM thing ORDER BY id") == [
        (1, "glad", "abc", "6f9619ff-8b86-d011-b42d-00c04fc964ff", '{"a":  1}',
         "2020-01-31 12:34:56.789", "t", "ab   ", "\\x00ff", "1 day", "0.1", 2),
        (9, "sad", None, None, None, "infinity", "f", None, None, "30 days", "NaN", 18)]
    reasons = dict(postgres.rows("SELECT key, sqlstate FROM wherry.failure"))
    assert reasons["2"] == "22P02" and reasons["3"] == "23514" and reasons["7"] == "22P02"
    assert set(reasons) == {"2", "3", "4", "5", "6", "7", "8"}
    again = wherry("run", "m.yaml", "--json").expect(1).json()["items"][0]
    assert counts(again) == {"unchanged": 2, "rejected": 4, "failed": 3}


OTHERS = """
    CREATE TYPE pair AS (a integer, b text);
    CREATE DOMAIN short AS bit varying(4) CHECK (VALUE <> B'1');
    CREATE TABLE other (
        at    inet PRIMARY KEY,
        doc   jsonb,
        tags  text[],
        pair  pair,
        bits  bit varying(4),
        short short,
        kind  regtype,
        born  date
    );
"""

OTHER_THINGS = r"""at,doc,tags,pair,bits,short,kind,born
10.0.0.1,"{""a"": [1, null]}","{a,""b c"",NULL}","(1,""x, y"")",101,0,integer,2020-01-31
10.0.0.2,"{""b"": ""\\\\\\t""}",{},,,,,
10.0.0.3,"{""a"":1}",,,,,,
10.0.0.4,{,,,,,,
10.0.0.5,,"{a, b}",,,,,
10.0.0.6,,,,10101,,,
10.0.0.7,,,,,1,,
10.0.0.8,,,,,,nothing,
10.0.0.9/32,,,,,,,
no address,,,,,,,
"""


def test_types_without_a_form_of_their_own_are_written_as_text(wherry, workspace, postgres):
    postgres.script(OTHERS)
    workspace.write("other.csv", OTHER_THINGS)
    workspace.write("m.yaml", f"""
        wherry: 1
        name: others
        source: .
        destination: {json.dumps(postgres.url)}
        items:
          other:
            from: other.csv
            format: {{ escape: none }}
            key: at
            into: other
            drift: overwrite
            map: {{ "*": same }}
        """)
    document = wherry("run", "m.yaml", "--json").expect(1).json()
    expected = [("10.0.0.1", '{"a": [1, null]}', '{a,"b c",NULL}', '(1,"x, y")', "101", "0",
                 "integer", "2020-01-31"),
                ("10.0.0.2", r'{"b": "\\\\\\t"}', "{}", None, None, None, None, None)]
    assert postgres.dump("other") == expected
    assert document["items"][0]["sum_closes"]
    assert counts(document["items"][0]) == {"inserted": 2, "rejected": 7, "failed": 1}
    reasons = dict(postgres.rows("SELECT key, sqlstate || ' ' || column_name FROM wherry.failure "
                                 "WHERE column_name IS NOT NULL"))
    assert reasons["10.0.0.4"] == "22P02 doc" and reasons["10.0.0.8"] == "22P02 kind"
    assert postgres.value("SELECT sqlstate FROM wherry.failure WHERE key = '10.0.0.7'") == "23514"
    # Changed and deleted by what was read: as text, too.
    postgres.script("UPDATE other SET doc = '{}', tags = NULL WHERE at = '10.0.0.1'")
    assert counts(wherry("run", "m.yaml", "--json").expect(1).json()["items"][0]) == {
        "updated": 1, "unchanged": 1, "rejected": 7, "failed": 1}
    assert postgres.dump("other") == expected


def write_texts(workspace, database, lines):
    """Lists as texts into the table `listed`, whose key is id."""
    workspace.write("listed.csv", "id,list\n" + lines)
    return workspace.write("m.yaml", f"""
        wherry: 1
        name: lists
        source: .
        destination: {json.dumps(database.url)}
        items:
          listed:
            from: listed.csv
            key: id
            into: listed
            map: {{ "*": same }}
        """)


def test_a_domains_scale_does_not_round_in_silence(wherry, workspace, postgres):
    postgres.script("CREATE DOMAIN prices AS numeric(10,2)[];"
                    "CREATE DOMAIN fares AS prices;"
                    "CREATE TABLE listed (id int PRIMARY KEY, list fares)")
    write_texts(workspace, postgres, '1,"{1.25,2.50}"\n2,{1.234}\n3,{0.10}\n')
    document = wherry("run", "m.yaml", "--json").expect(1).json()
    assert counts(document["items"][0]) == {"inserted": 2, "rejected": 1}
    assert postgres.rows("SELECT id, list::text FROM listed ORDER BY id") == [
        (1, "{1.25,2.50}"), (3, "{0.10}")]


def test_a_text_that_a_type_refuses_without_an_errcode_spoils_no_other(wherry, workspace, postgres):
    postgres.script("""
        CREATE FUNCTION is_sound(text) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            IF $1 = 'bad' THEN RAISE EXCEPTION 'parse error' USING ERRCODE = 'XX000'; END IF;
            RETURN true;
        END $$;
        CREATE DOMAIN sound AS text CHECK (is_sound(VALUE));
        CREATE TABLE listed (id int PRIMARY KEY, list sound[]);
    """)
    write_texts(workspace, postgres, "1,{good}\n2,{bad}\n3,{fine}\n")
    document = wherry("run", "m.yaml", "--json").expect(1).json()
    assert counts(document["items"][0]) == {"inserted": 2, "rejected": 1}
    assert postgres.rows("SELECT id FROM listed ORDER BY id") == [(1,), (3,)]


def test_what_is_not_written_is_refused_by_name(wherry, workspace, postgres):
    def refusal(table, name="person"):
        set_up(workspace, postgres, people(3), table=table)
        result = wherry("run", "people.yaml")
        assert result.code in (2, 3), result
        postgres.script(f"DROP TABLE IF EXISTS {name} CASCADE")
        return result.err

    changed = TABLE.replace("country char(2) NOT NULL",
                            "country char(2) GENERATED ALWAYS AS ('DE') STORED")
    assert "generated" in refusal(changed)
    view = TABLE.replace("TABLE person", "TABLE people") + \
        "; CREATE VIEW person AS SELECT * FROM people"
    assert "is a view" in refusal(view, "people")
    assert "did you mean 'persons'" in refusal(TABLE.replace("TABLE person", "TABLE persons"),
                                               "persons")


def test_a_trigger_that_alters_or_swallows_a_row_fails_the_item(wherry, workspace, postgres):
    trigger = TABLE + """;
        CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.id = 77 THEN RETURN NULL; END IF;
            IF NEW.id = 78 THEN RAISE EXCEPTION 'not this one'; END IF;
            IF NEW.id = 79 THEN NEW.balance := NEW.balance + 1; END IF;
            IF NEW.id = 80 THEN NEW.id := 8080; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER meddle BEFORE INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION meddle();
        CREATE FUNCTION tail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE person SET name = name || '!' WHERE id = NEW.id; RETURN NULL; END $$;
        CREATE TRIGGER tail AFTER INSERT ON person FOR EACH ROW WHEN (NEW.id = 81) EXECUTE FUNCTION tail();
    """
    set_up(workspace, postgres, people(500), table=trigger)
    assert "has triggers (meddle, tail)" in wherry("plan", "people.yaml").expect(0).out
    assert counts(run(wherry, code=1)) == {"inserted": 495, "failed": 5}
    failed = postgres.rows("SELECT key, message FROM wherry.failure ORDER BY key")
    assert [key for key, _ in failed] == ["77", "78", "79", "80", "81"]
    assert "ignored the row" in failed[0][1] and "not this one" in failed[1][1]
    said = "a trigger of table 'person' (meddle, tail) altered the row that was written, in %s; map what"
    for (_, message), what in zip(failed[2:], ("column balance", "its key, or took it away", "column name")):
        assert message.startswith(said % what)
    assert postgres.value("SELECT count(*) FROM person") == 495
    postgres.script("ALTER TABLE person DISABLE TRIGGER USER")
    run(wherry)
    postgres.script("ALTER TABLE person ENABLE TRIGGER USER")
    workspace.write("people.csv", people(500, **{f"p{number}": {"name": "New"} for number in range(70, 90)}))
    assert counts(run(wherry, code=1)) == {"unchanged": 480, "updated": 16, "failed": 4}
    failed = postgres.rows("SELECT key, message FROM wherry.failure WHERE run = 3 ORDER BY key")
    assert failed[0][1] == "a trigger of table 'person' (meddle, tail) ignored the row"
    assert [key for key, _ in failed] == ["77", "78", "79", "80"] and "in column balance;" in failed[2][1]
    postgres.script("CREATE RULE elsewhere AS ON INSERT TO person DO INSTEAD NOTHING")
    assert "ALTER TABLE public.person DISABLE RULE elsewhere" in wherry("plan", "people.yaml").expect(2).err


def test_columns_that_a_trigger_alters_are_named_and_not_their_values(wherry, workspace, postgres):
    columns = [f"c{n}" for n in range(120)]
    postgres.script(f"""
        CREATE TABLE thing (id int PRIMARY KEY, doc json, "Odd, one" text, {", ".join(f"{c} text" for c in columns)});
        CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.id = 1 THEN NEW.doc := '{{"secret":1}}'; NEW."Odd, one" := 'secret'; END IF;
            IF NEW.id = 2 THEN {"".join(f"NEW.{c} := 'secret'; " for c in columns)} END IF;
            IF NEW.id = 3 THEN NEW.c7 := NULL; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER meddle BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION meddle()""")
    workspace.write("things.csv", 'id,doc,"Odd, one",' + ",".join(columns) + "\n" +
                    "".join(f"{n},{{}},x{',x' * 120}\n" for n in range(1, 6)))
    write_migration(workspace, postgres.url)
    assert counts(run(wherry, code=1)) == {"inserted": 2, "failed": 3}
    said = dict(postgres.rows("SELECT key, message FROM wherry.failure"))
    assert "(meddle) altered the row that was written, in columns doc, Odd, one; map" in said["1"]
    assert "in columns c0, c1, c2, c3, c4, c5, c6, c7 and 112 more; map" in said["2"]
    assert "in column c7; map" in said["3"] and "secret" not in "".join(said.values())


def test_whatever_a_row_is_refused_for_fails_that_row_alone(wherry, workspace, postgres):
    """Codes of the user's own, and those that elsewhere tell of a wrong statement or a broken server."""
    codes = ["U0001", "AB123", "ZZ001", "0A000", "42P01", "42883", "55000", "XX000", "HV000"]
    trigger = TABLE + f""";
        ALTER TABLE person ADD CHECK (id <> 99 OR ('..' || id)::regclass IS NULL);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE codes text[] := '{{{",".join(codes)}}}';
        BEGIN
            IF NEW.id = 98 THEN EXECUTE 'SELECT FROM nowhere'; END IF;
            IF NEW.id <= {len(codes)} THEN RAISE EXCEPTION 'not %', NEW.id USING ERRCODE = codes[NEW.id]; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION refuse();
    """
    set_up(workspace, postgres, people(300), table=trigger)
    assert counts(run(wherry, code=1)) == {"inserted": 300 - len(codes) - 2, "failed": len(codes) + 2}
    failed = postgres.rows("SELECT key::int, sqlstate FROM wherry.failure ORDER BY key::int")
    assert failed == [*enumerate(codes, 1), (98, "42P01"), (99, "42602")]
    postgres.script("ALTER TABLE person DISABLE TRIGGER USER; ALTER TABLE person DROP CONSTRAINT person_id_check")
    run(wherry)
    postgres.script("ALTER TABLE person ENABLE TRIGGER USER")
    workspace.write("people.csv", people(300, **{f"p{number}": {"name": "New"} for number in (1, 4, 5, 8, 98, 150)}))
    assert counts(run(wherry, code=1)) == {"unchanged": 294, "updated": 1, "failed": 5}


def test_a_check_that_raises_what_a_statement_may_fails_its_row_alone(wherry, workspace, postgres):
    """In an UPDATE the server does not say that it was looking at a row."""
    set_up(workspace, postgres, people(300), table=TABLE + """
        ALTER TABLE person ADD CHECK (name <> 'Odd' OR ('..' || id)::regclass IS NULL);""")
    run(wherry)
    workspace.write("people.csv", people(300, p5={"name": "Odd"}, p150={"name": "New"}, p201={"name": "Odd"}))
    assert counts(run(wherry, code=1)) == {"unchanged": 297, "updated": 1, "failed": 2}
    assert postgres.rows("SELECT key, sqlstate FROM wherry.failure ORDER BY id") == [("5", "42602"), ("201", "42602")]
    assert postgres.rows("SELECT id::int FROM person WHERE name = 'New'") == [(150,)]


@pytest.mark.parametrize("check", ["name <> 'Odd'", "email LIKE '%@%'"])
def test_a_check_that_raises_what_a_statement_may_spoils_no_exchange_of_others(wherry, workspace, postgres, check):
    """Of a row as it is to be, or of one that has given up its unique value for a moment: then none can be exchanged."""
    def write(**special):
        pairs = {1: 2, 2: 1, 11: 12, 12: 11}
        workspace.write("people.csv", people(20, **{f"p{one}": {"email": f"ann.{other}@example.com", **special.get(f"p{one}", {})}
                                                    for one, other in pairs.items()}))
    set_up(workspace, postgres, people(20), table=TABLE + f"""
        ALTER TABLE person ADD CHECK ({check} OR ('..' || id)::regclass IS NULL);""")
    run(wherry)
    write(p1={"name": "Odd"})
    assert counts(run(wherry, code=1)) == {"unchanged": 16, **({"updated": 2, "failed": 2} if "Odd" in check else {"failed": 4})}
    states = postgres.rows("SELECT sqlstate, count(*)::int FROM wherry.failure GROUP BY 1 ORDER BY 1")
    assert states == ([("23505", 1), ("42602", 1)] if "Odd" in check else [("23505", 4)])
    assert "invalid name syntax" in postgres.value("SELECT string_agg(message, '') FROM wherry.failure")


def test_an_update_that_fails_without_any_row_blames_none(wherry, workspace, postgres):
    """A trigger that was made for rows, on the statement: it says no more than the CHECK above."""
    set_up(workspace, postgres, people(300))
    run(wherry)
    postgres.script("""ALTER TABLE person ADD COLUMN words tsvector;
        CREATE TRIGGER words BEFORE UPDATE ON person FOR EACH STATEMENT
            EXECUTE FUNCTION tsvector_update_trigger(words, 'pg_catalog.simple', name)""")
    workspace.write("people.csv", people(300, p5={"name": "New"}))
    assert "must be fired for row" in wherry("run", "people.yaml").expect(3).err
    assert postgres.rows("SELECT count(*)::int FROM wherry.failure") == [(0,)]


def test_a_trigger_may_alter_every_row(wherry, workspace, postgres):
    trigger = TABLE + """;
        CREATE FUNCTION upper() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
        CREATE TRIGGER upper BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION upper();
    """
    set_up(workspace, postgres, people(300), table=trigger)
    assert counts(run(wherry, code=1)) == {"failed": 300}
    assert postgres.value("SELECT count(*) FROM person") == 0
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("trim(name)", "upper(trim(name))"))
    assert counts(run(wherry)) == {"inserted": 300}


def test_a_second_run_at_the_same_time_is_told_who_runs(wherry, workspace, postgres):
    set_up(workspace, postgres, people(100))
    run(wherry)
    postgres.script("ALTER TABLE wherry.run ADD x int DEFAULT 1")
    with postgres.connection() as connection:
        cursor = connection.cursor()
        cursor.execute("LOCK TABLE wherry.run")
        first = wherry.start("run", "people.yaml")
        postgres.wait_for("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        second = wherry("run", "people.yaml")
        connection.rollback()
    wherry.finish(first)
    assert second.code == 3 and f"process {first.pid} on" in second.err


@pytest.mark.parametrize("url", [
    "postgresql://me:s3cret@localhost:1/shop",
    "postgresql://me:s3cret%zz@localhost/shop",
    "postgresql:host=localhost port=1 password=s3cret user=me",
    "postgresql:host=localhost password='s3cret",
    "postgresql://me:s3cret@[::1/shop",
])
def test_a_password_is_never_told(wherry, workspace, postgres, url):
    set_up(workspace, postgres, people(1))
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace(json.dumps(postgres.url), json.dumps(url)))
    for verb in ("plan", "run", "status"):
        result = wherry(verb, "people.yaml")
        assert result.code in (2, 3)
        assert "s3cret" not in result.out + result.err


def test_a_role_without_privileges_is_told_what_to_grant(wherry, workspace, postgres):
    set_up(workspace, postgres, people(10))
    postgres.script("CREATE ROLE clerk LOGIN; GRANT SELECT ON person TO clerk; REVOKE ALL ON SCHEMA public FROM PUBLIC")
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("user=postgres", "user=clerk").replace("into: person",
                                                                                    "into: public.person"))
    for grant in ("USAGE ON SCHEMA public", "SELECT, INSERT, UPDATE ON public.person",
                  f"CREATE ON DATABASE {postgres.name}"):
        result = wherry("plan", "people.yaml").expect(3)
        assert f"GRANT {grant} TO" in result.err
        postgres.script(f"GRANT {grant} TO clerk")
    assert "lacks" not in wherry("plan", "people.yaml").expect(0).out
    postgres.script("REVOKE UPDATE ON person FROM clerk; GRANT UPDATE (name) ON person TO clerk")
    path.write_text(path.read_text().replace("into:", "missing: delete\n    into:"))
    advice = "GRANT UPDATE, DELETE ON public.person TO clerk"
    assert advice in wherry("plan", "people.yaml").expect(0).out
    assert counts(run(wherry)) == {"inserted": 10}
    postgres.script("DROP OWNED BY clerk; CREATE SCHEMA wherry; GRANT USAGE ON SCHEMA public TO clerk;"
                    "GRANT SELECT, INSERT, UPDATE ON person TO clerk")
    assert "GRANT USAGE, CREATE ON SCHEMA wherry TO clerk" in wherry("plan", "people.yaml").expect(3).err
    postgres.script("DROP OWNED BY clerk; DROP ROLE clerk")


def test_a_role_that_may_not_read_the_ledger_is_told_what_to_grant(wherry, workspace, postgres):
    role = f"auditor-{os.getpid()}"
    set_up(workspace, postgres, people(10))
    run(wherry)
    postgres.script(f'CREATE ROLE "{role}" LOGIN')
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("user=postgres", f"user={role}"))
    use, read = f'GRANT USAGE ON SCHEMA wherry TO "{role}"', f'GRANT SELECT ON ALL TABLES IN SCHEMA wherry TO "{role}"'
    for grant in (use, read):
        for verb in ("status", "log"):
            told = wherry(verb, "people.yaml").expect(3).err
            assert f'role "{role}" may not read the ledger' in told and use in told and read in told, told
        postgres.script(grant)
    for verb in ("status", "log"):
        wherry(verb, "people.yaml").expect(0)
    postgres.script(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def test_a_table_in_a_schema_that_the_role_may_not_use_is_not_missing(wherry, workspace, postgres):
    role = f"Two words {os.getpid()}"
    set_up(workspace, postgres, people(10))
    postgres.script(f'CREATE ROLE "{role}" LOGIN; GRANT SELECT, INSERT, UPDATE ON person TO "{role}";'
                    f'GRANT CREATE ON DATABASE {postgres.name} TO "{role}"; CREATE SCHEMA own AUTHORIZATION "{role}";'
                    "CREATE SCHEMA other; CREATE TABLE other.elsewhere (id int);"
                    "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    path = workspace / "people.yaml"
    text = path.read_text().replace(postgres.url, postgres.url.replace("user=postgres", f"user='{role}'"))
    path.write_text(text)
    hidden = f"there is a table 'person' in schema public, which role '{role}' may not use"
    for command in (["plan"], ["run", "--dry-run"], ["run"]):
        told = wherry(command[0], "people.yaml", *command[1:]).expect(3).err
        assert "people.yaml:10:" in told and hidden in told, told
        assert f'GRANT USAGE ON SCHEMA public TO "{role}"' in told and "create: true" not in told
    path.write_text(text.replace("into: person", "into: elsewhere"))
    assert "has no table 'elsewhere'" in wherry("plan", "people.yaml").expect(2).err, "no name alone means it"
    # A new table is made where the role may.
    path.write_text(text.replace("into: person", "create: true\n    into: person"))
    postgres.script(f'ALTER ROLE "{role}" SET search_path = own, public')
    assert counts(run(wherry)) == {"inserted": 10}
    assert postgres.rows("SELECT count(*) FROM own.person") == [(10,)]
    postgres.script(f'DROP TABLE own.person; DROP SCHEMA wherry CASCADE; GRANT USAGE ON SCHEMA public TO "{role}"')
    path.write_text(text)
    assert counts(run(wherry)) == {"inserted": 10}
    postgres.script(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def test_a_role_that_may_not_make_a_table_is_told_what_to_grant(wherry, workspace, postgres):
    role = f"maker_{os.getpid()}"
    set_up(workspace, postgres, people(10), table=f"CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC")
    path = workspace / "people.yaml"
    text = path.read_text().replace("user=postgres", f"user={role}").replace("into:", "create: true\n    into:")

    def is_refused(into, code, *words):
        path.write_text(text.replace("into: person", f"into: {into}"))
        for command in (["plan"], ["run", "--dry-run"], ["run"]):
            told = wherry(command[0], "people.yaml", *command[1:]).expect(code).err
            assert "people.yaml:11:" in told and all(word in told for word in words), told

    is_refused("person", 3, "search_path", f"GRANT USAGE, CREATE ON SCHEMA … TO {role}")
    is_refused("New.person", 2, f'CREATE SCHEMA "New" AUTHORIZATION {role}')
    is_refused("public.person", 3, f"GRANT USAGE, CREATE ON SCHEMA public TO {role}")
    postgres.script(f"GRANT CREATE ON SCHEMA public TO {role}")
    is_refused("public.person", 3, f"GRANT USAGE ON SCHEMA public TO {role}")
    postgres.script(f"GRANT USAGE ON SCHEMA public TO {role}; REVOKE CREATE ON SCHEMA public FROM {role}")
    is_refused("person", 3, "table 'person' in schema public", f"GRANT CREATE ON SCHEMA public TO {role}")
    postgres.script(f"GRANT CREATE ON SCHEMA public TO {role}")
    is_refused("person", 3, f"GRANT CREATE ON DATABASE {postgres.name} TO {role}")
    postgres.script(f"CREATE SCHEMA wherry; GRANT USAGE ON SCHEMA wherry TO {role}")
    is_refused("person", 3, f"GRANT USAGE, CREATE ON SCHEMA wherry TO {role}")
    postgres.script(f"GRANT CREATE ON SCHEMA wherry TO {role}")
    wherry("plan", "people.yaml").expect(0)
    assert counts(run(wherry)) == {"inserted": 10}
    # The ledger's tables may be somebody else's.
    postgres.script(f"REASSIGN OWNED BY {role} TO postgres; GRANT SELECT ON ALL TABLES IN SCHEMA wherry TO {role}")
    is_refused("other", 3, f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA wherry TO {role}")
    postgres.script(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA wherry TO {role};"
                    f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA wherry TO {role}")
    assert counts(run(wherry)) == {"inserted": 10}
    postgres.script(f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.parametrize("unique", ["", "DEFERRABLE"])
def test_rows_hand_unique_values_on_to_each_other(wherry, workspace, postgres, unique):
    def write(order):
        changes = {f"p{at}": {"email": f"{name}@x.org", "balance": f"{ord(name)}.00"} for at, name in enumerate(order, 1)}
        workspace.write("people.csv", people(len(order), **changes))
    set_up(workspace, postgres, "", table=TABLE.replace("UNIQUE", f"UNIQUE {unique}").replace(
        "balance numeric(12,2)", f"balance int UNIQUE {unique}"))
    (workspace / "people.yaml").write_text((workspace / "people.yaml").read_text().replace(
        "balance: balance", "balance: balance::numeric::int"))
    for order in ("abcdefgh", "bcdefghi", "badchgfe", "hgfedcba", "bhcaedfg"):  # along, back, in circles
        write(order)
        run(wherry)
        assert "".join(row[0][0] for row in postgres.rows("SELECT email FROM person ORDER BY id")) == order
    assert counts(run(wherry)) == {"unchanged": 8}
    postgres.script("INSERT INTO person VALUES (99, 'x', 'z@x.org', 1, NULL, 'FR')")
    write("hzcadefg")  # 2 may not have z, so that 1 may not have h; 5 and 6 may change places
    assert counts(run(wherry, code=1)) == {"unchanged": 4, "updated": 2, "failed": 2}
    assert postgres.rows("SELECT sqlstate FROM wherry.failure") == [("23505",)] * 2
    assert postgres.value("SELECT string_agg(left(email, 1), '' ORDER BY id) FROM person") == "bhcadefgz"
    if unique:
        return
    postgres.script("ALTER TABLE person ADD CONSTRAINT real CHECK (email LIKE '%@%'), ALTER balance SET NOT NULL;"
                    "UPDATE person SET balance = -2147483648 WHERE id = 3")
    write("hb")
    assert counts(run(wherry, "--where", "id IN ('1', '2')", code=1)) == {"failed": 2}
    message = postgres.value("SELECT message FROM wherry.failure WHERE run = 8 AND key = '1'")
    assert "exchanged values cannot be written here" in message and 'check constraint "real"' in message


UNIQUES = {"text": "label text UNIQUE", "not null": "label text NOT NULL UNIQUE", "number": "label bigint NOT NULL UNIQUE",
           "two columns": "label text, UNIQUE (label, kind)", "equal nulls": "label text, UNIQUE NULLS NOT DISTINCT (label, kind)"}


def wishes(seed, count):
    """By id, the value that each row wants: those of others in circles and chains, new ones, some that nobody may have."""
    dice = random.Random(seed)
    ids = list(range(1, count + 1))
    dice.shuffle(ids)
    wanted = {}
    while ids:
        ring = [ids.pop() for _ in range(min(len(ids), dice.choice([1, 2, 3, 10, 40, 200])))]
        end = dice.choice([ring[0], ring[0], ring[0], 100000 + ring[0], 9999990, dice.randrange(1, count)])
        wanted.update(zip(ring, [*ring[1:], end]))
    return {row: wanted[row] for row in sorted(wanted)}


def granted(wanted, taken, bad):
    """Those that can have what they want: whoever cannot keeps what it has, which nobody else can have then. Bad rows
    want something else, too, that they cannot have, and so take nothing from anybody."""
    first = {}
    for row, value in wanted.items():
        if row not in bad:
            first.setdefault(value, row)
    refused = [row for row, value in wanted.items() if value == taken or first.get(value) != row]
    claims = {value: row for value, row in first.items() if row not in refused}
    for row in refused:
        if row in claims:
            refused.append(claims.pop(row))
    return {row for row in wanted if row not in refused}


@pytest.mark.parametrize("unique", UNIQUES)
def test_many_rows_hand_unique_values_on_at_once(wherry, workspace, postgres, unique):
    count = 6000
    postgres.script(f"""CREATE TABLE thing (id bigint PRIMARY KEY, kind text, code bigint UNIQUE CHECK (code < 20000), {UNIQUES[unique]});
        INSERT INTO thing SELECT n, 'k', n, n FROM generate_series(1, {count}) AS n;
        INSERT INTO thing SELECT -n, 'k', -n, 9999989 + n FROM generate_series(1, {count}) AS n""")
    wanted = wishes(9, count)
    rivals = [row for row, value in wanted.items() if list(wanted.values()).count(value) > 1]
    bad = {row: code for first, second in zip(rivals[::8], rivals[1::8]) for row, code in [(first, -first), (second, 20000 + second)]}
    workspace.write("things.csv", "id,kind,code,label\n" + "".join(
        f"{row},k,{bad.get(row, row)},{value}\n" for row, value in wanted.items()))
    write_migration(workspace, postgres.url)
    can = granted(wanted, 9999990, bad)
    same = sum(wanted[row] == row for row in can)
    assert 2000 < len(can) < count - 1000
    done = counts(run(wherry, "--workers", "1", code=1))
    assert done == {"updated": len(can) - same, "unchanged": same, "failed": count - len(can)}
    expected = [(row, str(wanted[row] if row in can else row)) for row in wanted]
    assert postgres.rows("SELECT id, label::text FROM thing WHERE id > 0 ORDER BY id") == expected
    failed = postgres.rows("SELECT DISTINCT sqlstate, message LIKE '%unique constraint%' FROM wherry.failure ORDER BY 1")
    assert failed == [("23505", "t"), ("23514", "f")]
    assert postgres.value("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'thing'") < 10 * count


def test_a_plan_names_types_as_the_destination_does(wherry, workspace, postgres):
    postgres.script("CREATE TABLE thing (id int PRIMARY KEY, host inet NOT NULL, place point, label varchar(9))")
    workspace.write("things.csv", "id,host,place,label\n1,10.0.0.1,\"(1,2)\",a\n")
    write_migration(workspace, postgres.url)
    out = wherry("plan", "people.yaml").expect(0).out
    shown = dict(re.findall(r"^    (\w+) +(\w.*?)  +\w+ +(?:same|match)$", out, re.M))
    assert shown == {"id": "integer not null", "host": "inet not null", "place": "point",
                     "label": "character varying(9)"}


@pytest.mark.parametrize("group", [100, 1])
@pytest.mark.parametrize("kind, one, other", [("float8", "0", "-0"), ("numeric", "7.0", "7.00")])
def test_of_two_keys_that_are_equal_to_the_destination_the_second_fails(wherry, workspace, postgres, kind, one, other,
                                                                       group):
    postgres.script(f"CREATE TABLE thing (id {kind} PRIMARY KEY, label text)")
    workspace.write("things.csv", f"id,label\n{one},first\n{other},second\n3,third\n")
    write_migration(workspace, postgres.url, f"    limits: {{ group: {group} }}\n")
    for again in ({"inserted": 2, "failed": 1}, {"unchanged": 2, "failed": 1}):
        assert counts(run(wherry, "--workers", "1", code=1)) == again
        assert postgres.rows("SELECT id::text, label FROM thing ORDER BY label") == [(one, "first"), ("3", "third")]
        assert postgres.value("SELECT key FROM wherry.failure WHERE run = (SELECT max(id) FROM wherry.run)") == other


def test_a_key_of_char_n_is_named_without_its_spaces(wherry, workspace, new_postgres):
    source, destination = new_postgres(), new_postgres()
    table = "CREATE TABLE thing (id char(6), part char(3), label text, PRIMARY KEY (id, part));"
    source.script(table + "INSERT INTO thing VALUES ('a', 'ä', 'first'), ('ab', 'x,y', 'second')")
    destination.script(table)
    write_migration(workspace, destination.url)
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("source: .", f"source: {json.dumps(source.url)}").replace(
        "things.csv", "thing").replace("key: id", "key: [id, part]"))
    assert "not simply the key" not in wherry("plan", "people.yaml").expect(0).out
    assert counts(run(wherry)) == {"inserted": 2}
    for key in ("id=a,part=ä", "id=a     ,part=ä ", "part=ä,id=a  "):
        assert "first" in wherry("log", "people.yaml", "--id", key).expect(0).out
        assert counts(run(wherry, "--id", key)) == {"unchanged": 1}
    assert "second" in wherry("log", "people.yaml", "--id", "id=ab,part=x\\,y").expect(0).out
    wherry("run", "people.yaml", "--id", "id=a,part=a").expect(1)


def test_rows_hand_on_what_an_exclusion_constraint_keeps_apart(wherry, workspace, postgres):
    """Bookings that each move to where the next one was, and back: the order of the rows decides."""
    count = 30

    def write(shift):
        workspace.write("things.csv", "id,span\n" + "".join(
            f'{number},"[{number + shift},{number + shift + 1})"\n' for number in range(1, count + 1)))
    postgres.script("CREATE TABLE thing (id bigint PRIMARY KEY, span int4range, EXCLUDE USING gist (span WITH &&))")
    write_migration(workspace, postgres.url)
    for shift, kind in (0, "inserted"), (1, "updated"), (0, "updated"):
        write(shift)
        assert counts(run(wherry)) == {kind: count}
        assert postgres.value(f"SELECT count(*) FROM thing WHERE lower(span) = id + {shift}") == count
    postgres.script("UPDATE thing SET id = 99 WHERE id = 30")
    write(1)
    assert counts(run(wherry, code=1)) == {"inserted": 1, "failed": count - 1}


def test_a_range_is_written_as_the_server_prints_it_or_not_at_all(wherry, workspace, postgres):
    """Of [1,1) nothing would be left but that it is empty: like [1,3] it would come back as another text."""
    postgres.script("CREATE TABLE thing (id int PRIMARY KEY, span int4range)")
    workspace.write("things.csv", 'id,span\n1,"[1,1)"\n2,"(1,2)"\n3,"[1,3]"\n4,"[1,4)"\n5,empty\n6,"(,)"\n')
    write_migration(workspace, postgres.url)
    assert counts(run(wherry, code=1)) == {"inserted": 3, "rejected": 3}
    told = wherry("log", "people.yaml", "--rejected", "--json").expect(0).ndjson()
    assert [entry["key"] for entry in told] == ["1", "2", "3"]
    assert "'[1,1)' would be changed by the destination's storage" in told[0]["failure"]["message"]
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace('"*": same', """id: id, span: "CASE WHEN span <> '(,)' AND span NOT LIKE '[%]'
            AND split_part(btrim(span, '[]()'), ',', 1) = split_part(btrim(span, '[]()'), ',', 2) THEN 'empty' ELSE span END" """))
    assert counts(run(wherry, code=1)) == {"inserted": 1, "unchanged": 3, "rejected": 2}
    assert postgres.rows("SELECT id, span::text FROM thing ORDER BY id") == [
        (1, "empty"), (4, "[1,4)"), (5, "empty"), (6, "(,)")]


@pytest.mark.parametrize("other", ["UNIQUE", "CHECK (code <> 40 OR id = 40)"])
def test_a_bad_row_takes_no_unique_value_from_others(wherry, workspace, postgres, other):
    def write(*rows):
        workspace.write("things.csv", "id,label,code\n" + "".join(f"{row},{label},{code}\n" for row, label, code in rows))
    postgres.script(f"CREATE TABLE thing (id int PRIMARY KEY, label int UNIQUE, code int {other})")
    write_migration(workspace, postgres.url)
    rest = [(row, row, row) for row in range(4, 41)]
    write((1, 1, 1), (2, 2, 2), (3, 3, 3), *rest)
    run(wherry)
    write((1, 3, 40), (2, 3, 2), (3, 2, 3), *rest)  # 1 cannot have 40's code: 2 and 3 may change places
    assert counts(run(wherry, code=1)) == {"updated": 2, "unchanged": 37, "failed": 1}
    assert postgres.rows("SELECT id, label, code FROM thing WHERE id < 4 ORDER BY id") == [(1, 1, 1), (2, 3, 2), (3, 2, 3)]


def test_a_plan_advises_on_what_of_the_destination_costs_or_surprises(wherry, workspace, postgres):
    def advice():
        notes = wherry("plan", "people.yaml", "--json").expect(0).json()["items"][0]["notes"]
        return [note["text"] for note in notes if note["warning"]]

    set_up(workspace, postgres, people(10), extra="missing: delete")
    assert advice() == []
    assert ", 49,152 items a commit\n" in wherry("plan", "people.yaml").expect(0).out
    postgres.script("""
        CREATE INDEX by_name ON person (name);
        CREATE INDEX "By born" ON person (born DESC) WHERE born IS NOT NULL;
        CREATE TABLE visit (id int, person bigint CONSTRAINT visit_of REFERENCES person, other bigint);
        CREATE TABLE country (code text PRIMARY KEY);
        ALTER TABLE person ADD CONSTRAINT lives_in FOREIGN KEY (country) REFERENCES country;
    """)
    visits, = advice()
    assert "a pass over all of visit, whose foreign key visit_of has no index: CREATE INDEX ON visit (person)" in visits
    postgres.script("CREATE INDEX useless ON visit (other, person); CREATE INDEX useful ON visit (person, other);"
                    "UPDATE pg_class SET reltuples = 2e6 WHERE relname = 'country'")
    assert advice() == [], "few rows are no load that an index slows down"

    workspace.write("people.csv", people(10) + " \n" * (8 << 20))
    indexes, lookups = advice()
    assert "has 2 indexes that no key needs (By born, by_name)" in indexes
    assert indexes.endswith('DROP INDEX public."By born", public.by_name; behind it: CREATE INDEX "By born" ON '
                            'public.person USING btree (born DESC) WHERE (born IS NOT NULL); CREATE INDEX by_name ON '
                            'public.person USING btree (name)')
    assert "looks each new row up in country (about 2000000 rows)" in lookups
    assert "ALTER TABLE public.person ADD CONSTRAINT lives_in FOREIGN KEY (country) REFERENCES country(code)" in lookups
    postgres.script("INSERT INTO country VALUES ('DE'); INSERT INTO person VALUES (1, 'a', 'a@b', 1, NULL, 'DE')")
    assert advice() == []

    postgres.script("CREATE PUBLICATION changes FOR TABLE person;"
                    "ALTER TABLE person REPLICA IDENTITY NOTHING")
    assert "published (changes) without a replica identity" in advice()[0]
    postgres.script("ALTER TABLE person REPLICA IDENTITY FULL")
    assert advice()[0].endswith("ALTER TABLE public.person REPLICA IDENTITY DEFAULT")
    postgres.script("DROP PUBLICATION changes; DROP TABLE visit; ALTER TABLE person SET UNLOGGED")
    assert "ALTER TABLE public.person SET LOGGED" in advice()[0]


@pytest.mark.parametrize("table", ["person", "wherry.segment"])
def test_an_interrupt_ends_a_wait_for_somebody_elses_lock(wherry, workspace, postgres, table):
    import signal
    import time
    set_up(workspace, postgres, people(100))
    run(wherry)
    workspace.write("people.csv", people(100) + person(101))
    with postgres.connection() as connection:
        connection.cursor().execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        first = wherry.start("run", "people.yaml")
        postgres.wait_for("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        first.send_signal(signal.SIGINT)
        started = time.monotonic()
        result = wherry.finish(first).expect(6)
        assert time.monotonic() - started < 5, "about half a second, on a machine at rest"
        connection.rollback()
    assert "goes on where this run st" in result.out
    assert counts(run(wherry)) == {"unchanged": 100, "inserted": 1}


@pytest.mark.parametrize("order", ["rising", "falling"])
def test_rows_that_somebody_inserts_in_mid_run_are_written_after_another_look(wherry, workspace, postgres, order):
    """They are found in the order of their keys, whatever that of the source is."""
    numbers = range(1, 301) if order == "rising" else range(300, 0, -1)
    set_up(workspace, postgres, HEADER + "".join(person(number) for number in numbers))
    with postgres.connection() as connection:
        connection.cursor().execute("INSERT INTO person SELECT n, 'Other', 'other' || n || '@example.com', 0, NULL, 'DE' "
                                    "FROM generate_series(1, 300) n")
        first = wherry.start("run", "people.yaml", "--json")
        postgres.wait_for("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        connection.commit()
    assert counts(wherry.finish(first).expect(0).json()["items"][0]) == {"updated": 300}
    assert postgres.value("SELECT count(*)::int FROM person WHERE name <> 'Other'") == 300
    assert counts(run(wherry)) == {"unchanged": 300}


def test_an_interrupt_ends_a_copy_that_the_server_no_longer_takes(wherry, workspace, postgres):
    import signal
    import time
    set_up(workspace, postgres, people(20000))
    with postgres.connection() as connection:
        connection.cursor().execute("INSERT INTO person VALUES (3, 'Other', 'other@example.com', 0, NULL, 'DE')")
        first = wherry.start("run", "people.yaml", "--workers", 1)
        postgres.wait_for("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        time.sleep(0.3)
        first.send_signal(signal.SIGINT)
        started = time.monotonic()
        try:
            first.wait(10)
        finally:
            connection.rollback()
        assert time.monotonic() - started < 8, "about half a second, on a machine at rest"
    wherry.finish(first).expect(6)
    assert counts(run(wherry)) == {"inserted": 20000}


NUMBERED = """
CREATE TABLE always (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
CREATE TABLE "By default" (id bigint GENERATED BY DEFAULT AS IDENTITY (INCREMENT -1) PRIMARY KEY, name text);
CREATE TABLE serial (id serial PRIMARY KEY, name text);
CREATE SEQUENCE own START 5; CREATE TABLE drawn (id int PRIMARY KEY DEFAULT nextval('own'), name text, other serial);
CREATE TABLE ahead (id serial PRIMARY KEY, name text); SELECT setval('ahead_id_seq', 1000);
"""


def test_sequences_go_on_behind_what_was_written(wherry, workspace, postgres):
    tables = ["always", "By default", "serial", "drawn", "ahead"]
    postgres.script(NUMBERED)
    workspace.write("n.csv", "id,name\n1,a\n7,b\n-3,c\n")
    workspace.write("n.yaml", f"wherry: 1\nname: n\nsource: .\ndestination: {json.dumps(postgres.url)}\nitems:\n" +
                    "".join(f'  {table}: {{ from: n.csv, key: id, into: {table}, map: {{ id: id, name: name }} }}\n'
                            for table in tables))
    wherry("run", "n.yaml", "--rehearse").expect(0)
    assert postgres.value("SELECT last_value FROM serial_id_seq") == 1
    said = wherry("run", "n.yaml").expect(0).out
    assert "serial: the sequence of id goes on behind 7" in said
    assert "By default: the sequence of id goes on behind -3" in said
    assert "ahead: the sequence" not in said and "other" not in said

    def next_number(table):
        return postgres.value(f"INSERT INTO \"{table}\" (name) VALUES ('new') RETURNING id")
    assert [next_number(table) for table in tables] == [8, -4, 8, 8, 1001]
    assert "the sequence" not in wherry("run", "n.yaml").expect(0).out
    assert [next_number(table) for table in tables] == [9, -5, 9, 9, 1002]
    workspace.write("n.csv", "id,name\n100,late\n")
    wherry("run", "n.yaml").expect(0)
    assert next_number("serial") == 101 and next_number("ahead") == 1003


def test_what_the_role_may_not_do_behind_a_run_is_told(wherry, workspace, postgres):
    role = f"writer_{os.getpid()}"
    postgres.script(f"CREATE TABLE serial (id serial PRIMARY KEY, name text); CREATE ROLE {role} LOGIN;"
                    f"GRANT SELECT, INSERT, UPDATE ON serial TO {role}; CREATE SCHEMA wherry AUTHORIZATION {role}")
    workspace.write("n.csv", "id,name\n7,b\n")
    url = json.dumps(postgres.url.replace("user=postgres", f"user={role}"))
    workspace.write("n.yaml", f"wherry: 1\nname: n\nsource: .\ndestination: {url}\nitems:\n"
                    "  serial: { from: n.csv, key: id, into: serial, map: { id: id, name: name } }\n"
                    "analyze: true\n")
    try:
        said = wherry("run", "n.yaml").expect(0)
        assert "GRANT SELECT, UPDATE ON SEQUENCE public.serial_id_seq" in said.out
        assert "'serial' was not analyzed: only its owner may; run ANALYZE public.serial" in said.err
        postgres.script(f"ALTER TABLE serial OWNER TO {role}")
        workspace.write("n.csv", "id,name\n7,b\n8,c\n")
        assert "analyzed" not in wherry("run", "n.yaml").expect(0).err
        assert postgres.value("SELECT reltuples::int FROM pg_class WHERE relname = 'serial'") == 2
    finally:
        postgres.script(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_guard_lets_a_run_pause(wherry, workspace, postgres):
    path = set_up(workspace, postgres, people(50))
    plain = path.read_text()
    path.write_text(plain + 'guard: { query: "SELECT \'a\'", above: 3 }\n')
    assert "it gives 'a', which is no number" in wherry("plan", "people.yaml").expect(2).err
    path.write_text(plain + 'guard: { query: "SELECT max(n) FROM busy", above: 3.5 }\n')
    postgres.script("CREATE TABLE busy (n int); INSERT INTO busy VALUES (4)")
    process = wherry.start("run", "people.yaml", "--json")
    while "pausing: the query of 'guard' gives 4, above 3.5" not in (line := process.stderr.readline().decode()):
        assert line
    assert postgres.value("SELECT count(*) FROM person") == 0
    postgres.script("DELETE FROM busy")
    result = wherry.finish(process).expect(0)
    assert "going on after a pause of" in result.err
    assert result.json()["paused_seconds"] > 0 and result.json()["total"]["inserted"] == 50


def test_a_guard_writes_nothing(wherry, workspace, postgres):
    path = set_up(workspace, postgres, people(50))
    postgres.script("CREATE TABLE busy (n int)")
    path.write_text(path.read_text() + 'guard: { query: "INSERT INTO busy VALUES (1) RETURNING n", above: 3 }\n')
    assert "read-only transaction" in wherry("run", "people.yaml").expect(2).err
    assert postgres.value("SELECT count(*) FROM busy") == 0
    path.write_text(path.read_text().replace("INSERT INTO busy VALUES (1) RETURNING n", "SELECT 'NaN'::float8"))
    assert "it gives 'NaN', which is no number" in wherry("run", "people.yaml").expect(2).err


def test_a_lock_that_is_not_to_be_had_in_time_is_waited_for(wherry, workspace, postgres):
    set_up(workspace, postgres, people(50))
    postgres.script("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 200', current_database()); END $$")
    with postgres.connection() as connection:
        connection.cursor().execute("LOCK TABLE person IN EXCLUSIVE MODE")
        process = wherry.start("run", "people.yaml")
        while b"lock timeout; trying again" not in (line := process.stderr.readline()):
            assert line
        connection.rollback()
    assert "going on" in wherry.finish(process).expect(0).err


def test_statistics_that_a_time_limit_forbids_fail_no_run(wherry, workspace, postgres):
    path = set_up(workspace, postgres, people(50))
    path.write_text(path.read_text() + "analyze: true\nlimits: { reconnect: 5 }\n")
    postgres.script("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 200', current_database()); END $$")
    with postgres.connection() as connection:
        connection.cursor().execute("LOCK TABLE person IN SHARE UPDATE EXCLUSIVE MODE")
        result = wherry("run", "people.yaml").expect(0)
    assert "table 'person' was not analyzed: canceling statement due to lock timeout" in result.err
