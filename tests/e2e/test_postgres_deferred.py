# SPDX-License-Identifier: Apache-2.0
"""Deferred constraints in PostgreSQL: what the commit would refuse fails alone, with the server's own words."""
import random
import re

import pytest

from people import counts, run
from things import ONE_BY_ONE, write_migration

pytestmark = pytest.mark.costly

DEFERRED = "DEFERRABLE INITIALLY DEFERRED"

# Deferred ones of both kinds, NULLs in them, one beside another that is not deferred, and a unique key of two columns.
PLAIN = f"""
    CREATE TABLE town (code text PRIMARY KEY);
    CREATE TABLE known (a int, part text, PRIMARY KEY (part, a));
    CREATE TABLE thing (
        id     bigint PRIMARY KEY,
        label  text UNIQUE {DEFERRED},
        town   varchar(10) REFERENCES town {DEFERRED},
        a      smallint,
        part   text,
        amount numeric(12,2) CHECK (amount >= 0),
        FOREIGN KEY (part, a) REFERENCES known MATCH FULL {DEFERRED},
        UNIQUE (a, amount) {DEFERRED}
    );
    INSERT INTO thing (id, label) VALUES (-1, 'label 70');
    INSERT INTO town SELECT 'town ' || n FROM generate_series(0, 9) AS n WHERE n <> 3;
    INSERT INTO known SELECT n, 'part' FROM generate_series(0, 9) AS n WHERE n <> 4;
    INSERT INTO thing (id, a, part, amount) VALUES (-2, 7, 'part', 9);
"""

# The same, refused by exclusion constraints.
EXCLUDING = PLAIN.replace("UNIQUE (a, amount)", "EXCLUDE USING btree (a WITH =, amount WITH =)").replace(
    f"text UNIQUE {DEFERRED}", f"text, EXCLUDE USING btree (label WITH =) {DEFERRED}")

# A trigger of a user's that looks at each row when the transaction ends: nobody can foresee it.
TRIGGER = PLAIN + f"""
    CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.id % 500 = 77 THEN RAISE EXCEPTION 'not %', NEW.id USING DETAIL = 'it is odd'; END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER look AFTER INSERT OR UPDATE ON thing {DEFERRED}
        FOR EACH ROW EXECUTE FUNCTION look();
"""

COLUMNS = "id, label, town, a, part, amount::text"


def things(count):
    """id, label, town, a, part, amount; of which some break this or that, and some two at once."""
    rows = []
    for number in range(1, count + 1):
        part = ["", "part"][number % 2]
        rows.append([number, f"label {number - 30 if number % 97 == 0 else number}",
                     "" if number % 5 == 0 else f"town {3 if number % 101 == 0 else 1}",
                     (4 if number % 103 == 0 else 7) if part or number % 212 == 0 else "",
                     part, -1 if number % 107 == 0 else number - number % 2 * (number % 109 == 1) * 2])
    return rows


def set_up(workspace, database, rows, table, header="id,label,town,a,part,amount", limits=""):
    lines = [header] + [",".join(str(cell) for cell in row) for row in rows]
    workspace.write("things.csv", "\n".join(lines) + "\n")
    write_migration(workspace, database.url, limits)
    if table:
        database.script(f"SET search_path = public; {table}")


def as_values(rows):
    return "VALUES " + ",".join("(" + ",".join("NULL" if cell == "" else "'%s'" % cell for cell in row) + ")" for row in rows)


def one_by_one(database, rows, table):
    """What becomes of the rows where each is a transaction of its own: in a schema with the same names."""
    database.script(f"""CREATE SCHEMA single; SET search_path = single, public; {table}
        CREATE TABLE source (LIKE thing); INSERT INTO source {as_values(rows)}; {ONE_BY_ONE}""")
    found = (database.rows("SELECT id::text, state, message FROM single.outcome ORDER BY outcome.id"),
             database.rows(f"SELECT {COLUMNS} FROM single.thing ORDER BY id"))
    database.script("SET search_path = public; DROP SCHEMA single CASCADE")
    return found


def failures(database):
    return database.rows("SELECT key, sqlstate, message FROM wherry.failure ORDER BY key::bigint")


@pytest.mark.parametrize("table", [PLAIN, EXCLUDING, TRIGGER], ids=["plain", "excluding", "trigger"])
@pytest.mark.parametrize("limits", ["", "    limits: { group: 700 }\n"], ids=["one group", "groups"])
def test_rows_fail_as_they_would_one_by_one(wherry, workspace, postgres, table, limits):
    rows = things(3000)
    expected, there = one_by_one(postgres, rows, table)
    set_up(workspace, postgres, rows, table, limits=limits)
    done = counts(run(wherry, code=1))
    assert failures(postgres) == expected and len(expected) > 100
    assert postgres.rows(f"SELECT {COLUMNS} FROM thing ORDER BY id") == there
    assert done == {"inserted": len(rows) - len(expected), "failed": len(expected)}
    assert counts(run(wherry, code=1)) == {"unchanged": len(rows) - len(expected), "failed": len(expected)}


STAFF = f"""
    CREATE TABLE thing (id bigint PRIMARY KEY, boss bigint REFERENCES thing %s {DEFERRED}, label text UNIQUE);
    %s
"""

@pytest.mark.parametrize("action, index", [("", "CREATE INDEX ON thing (boss);"), ("", ""),
                                           ("ON DELETE CASCADE", "CREATE INDEX ON thing (boss);")],
                         ids=["taken out", "dear to take out", "would take others along"])
def test_rows_that_refer_to_each_other_stand_beside_bad_ones(wherry, workspace, postgres, action, index):
    bosses = {n: n + 1 for n in range(1, 6001, 2)} | {n: n - 1 for n in range(2, 6001, 2)}  # in pairs
    bosses |= {8: 900000, 5000: 5000, 5600: 900001, 5801: 11, 7000: ""}  # … some of them broken
    gone = [7, 8, 5599, 5600]
    chain = range(6001, 8001)  # each one's boss comes next, and the last one's never
    bosses |= {n: n + 1 for n in chain}
    set_up(workspace, postgres, [[n, boss, f"label {n}"] for n, boss in bosses.items()],
           STAFF % (action, index), "id,boss,label")
    expected = sorted([*gone, *chain])
    assert counts(run(wherry, code=1)) == {"inserted": len(bosses) - len(expected), "failed": len(expected)}
    found = failures(postgres)
    assert [int(key) for key, _, _ in found] == expected
    assert {state for _, state, _ in found} == {"23503"}
    assert all(message == 'insert or update on table "thing" violates foreign key constraint "thing_boss_fkey": '
               f'Key (boss)=({bosses[int(key)]}) is not present in table "thing".' for key, _, message in found)
    assert postgres.value("SELECT count(*) FROM thing AS t WHERE boss IS NOT NULL AND NOT EXISTS "
                          "(SELECT FROM thing AS b WHERE b.id = t.boss)") == 0
    assert postgres.value("SELECT count(*) FROM thing") == len(bosses) - len(expected)


@pytest.mark.parametrize("index", ["CREATE INDEX ON thing (boss);", ""], ids=["taken out", "dear to take out"])
def test_rows_that_wait_for_a_later_group_are_not_tried_one_by_one(wherry, workspace, postgres, index):
    limits = "    limits: { group: 50 }\n"
    set_up(workspace, postgres, [], STAFF % ("", index), "id,boss,label", limits)
    run(wherry)
    postgres.script("""
        CREATE TABLE tried (key text, message text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO tried VALUES (NEW.key, NEW.message); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT ON wherry.failure FOR EACH ROW EXECUTE FUNCTION note()""")
    bosses = {n: n + 1 for n in range(1, 1000)} | {500: 9999, 1000: ""}
    set_up(workspace, postgres, [[n, boss, f"label {n}"] for n, boss in bosses.items()], "", "id,boss,label", limits)
    assert counts(run(wherry, code=1)) == {"inserted": 500, "failed": 500}
    # The first group is refused by its COMMIT, and those whose boss never comes say so in the server's words, once.
    waited, keys = postgres.rows("SELECT count(*), count(DISTINCT key) FROM tried WHERE message LIKE '%not there yet%'")[0]
    assert waited == keys > 900
    assert postgres.value("SELECT count(*) FROM tried WHERE message NOT LIKE '%not there yet%'") == 500
    assert postgres.value("SELECT count(*) FROM wherry.failure WHERE message LIKE '%is not present in table%'") == 500


def test_rows_that_refer_to_each_other_stand_beside_one_that_a_trigger_refuses(wherry, workspace, postgres):
    trigger = f"""
        CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'not %', NEW.id; END $$;
        CREATE CONSTRAINT TRIGGER look AFTER INSERT ON thing {DEFERRED}
            FOR EACH ROW WHEN (NEW.id % 100 = 50) EXECUTE FUNCTION look();
    """
    bosses = {n: n + 1 if n % 100 != 49 else "" for n in range(1, 1000)} | {1000: ""}
    set_up(workspace, postgres, [[n, boss, ""] for n, boss in bosses.items()],
           STAFF % ("", trigger), "id,boss,label")
    assert counts(run(wherry, code=1)) == {"inserted": 990, "failed": 10}
    assert failures(postgres) == [(str(n), "P0001", f"not {n}") for n in range(50, 1000, 100)]


def test_updates_that_break_one_leave_the_others_alone(wherry, workspace, postgres):
    def write(labels, towns):
        set_up(workspace, postgres, [[n, label, towns.get(n, "town 1"), "", "", ""]
                                     for n, label in enumerate(labels, 1)], "")
    set_up(workspace, postgres, [], PLAIN)
    write("abcdefgh", {})
    run(wherry)
    write("badchgfe", {})  # swapped
    assert counts(run(wherry)) == {"updated": 8}
    postgres.script("INSERT INTO thing (id, label) VALUES (99, 'z')")
    write("hzdchgfa", {5: "town 3", 4: "town 2"})  # 2 may not have z and keeps a, so that 8 may not have that
    assert counts(run(wherry, code=1)) == {"updated": 1, "failed": 4, "unchanged": 3}
    assert [(key, state) for key, state, _ in failures(postgres)] == [
        ("1", "23505"), ("2", "23505"), ("5", "23503"), ("8", "23505")]
    assert postgres.rows("SELECT string_agg(label, '' ORDER BY id), string_agg(right(town, 1), '' ORDER BY id) "
                         "FROM thing WHERE id BETWEEN 1 AND 8") == [("badchgfe", "11121111")]


def test_many_updates_that_want_one_value_leave_it_to_the_first(wherry, workspace, postgres):
    def write(label):
        set_up(workspace, postgres, [[n, label % n] for n in range(1, 201)], "", header="id,label")
    set_up(workspace, postgres, [], f"CREATE TABLE thing (id bigint PRIMARY KEY, label text UNIQUE {DEFERRED});")
    write("label %s")
    assert counts(run(wherry)) == {"inserted": 200}
    write("one%.0s")
    assert counts(run(wherry, code=1)) == {"updated": 1, "failed": 199}
    assert {state for _, state, _ in failures(postgres)} == {"23505"}
    assert postgres.rows("SELECT id FROM thing WHERE label = 'one'") == [(1,)]


def test_a_rehearsal_tells_what_the_commit_would_refuse(wherry, workspace, postgres):
    rows = things(1000)
    set_up(workspace, postgres, rows, PLAIN)
    told = counts(run(wherry, "--rehearse", code=1))
    assert postgres.value("SELECT count(*) FROM thing") == 2
    assert told == counts(run(wherry, code=1)) and told["failed"] > 30


# SET CONSTRAINTS takes a name for all tables' of a schema.
NAMESAKE = "CREATE TABLE other (boss bigint CONSTRAINT thing_boss_fkey REFERENCES thing DEFERRABLE);"


@pytest.mark.parametrize("other", ["", NAMESAKE], ids=["alone", "with a namesake that is not deferred"])
def test_the_groups_of_a_rehearsal_begin_as_those_of_a_run(wherry, workspace, postgres, other):
    """Each pair is legal only while the constraint is deferred: a bad row between them is found by trying."""
    rows = [row for n in range(1, 900, 3) for row in ([n, n + 2, f"a {n}"], [n + 1, "", f"{n % 30}"], [n + 2, n, f"b {n}"])]
    set_up(workspace, postgres, rows, STAFF % ("", other), "id,boss,label", limits="    limits: { group: 90 }\n")
    told = counts(run(wherry, "--rehearse", code=1))
    assert told == counts(run(wherry, code=1)) == {"inserted": 610, "failed": 290}


# A trigger of a user's for whom constraints are never to be enforced early.
DEFERS_AGAIN = """
    CREATE FUNCTION defer_again() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN SET CONSTRAINTS ALL DEFERRED; RETURN NEW; END';
    CREATE TRIGGER defer_again %s INSERT ON thing FOR EACH ROW EXECUTE FUNCTION defer_again();
"""


@pytest.mark.parametrize("when", ["BEFORE", "AFTER"])
@pytest.mark.parametrize("group", [1, 60, 1000])
def test_a_trigger_that_defers_constraints_again_hides_nothing(wherry, workspace, postgres, when, group):
    rows = [[n, f"label {n // 2 if n % 50 == 0 else n}"] for n in range(1, 201)]
    set_up(workspace, postgres, rows, STAFF.replace("label text UNIQUE", f"label text UNIQUE {DEFERRED}") % ("", "") +
           DEFERS_AGAIN % when, "id,label", limits=f"    limits: {{ group: {group} }}\n")
    told = counts(run(wherry, "--rehearse", code=1))
    assert postgres.value("SELECT count(*) FROM thing") == 0
    assert told == counts(run(wherry, code=1)) == {"inserted": 198, "failed": 2}


def test_a_rehearsal_defers_no_constraint_that_is_only_deferrable(wherry, workspace, postgres):
    """Its trigger runs with each statement, in the second group of a rehearsal, too. Sequences outlive the rollback."""
    set_up(workspace, postgres, [[n, "", f"label {n}"] for n in range(1, 201)], STAFF % ("", "") + """
        CREATE SEQUENCE seen; CREATE SEQUENCE late;
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''seen''); RETURN NULL; END';
        CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF (SELECT last_value FROM seen) < (SELECT count(*) FROM thing) THEN PERFORM nextval('late'); END IF;
            RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER see AFTER INSERT ON thing DEFERRABLE INITIALLY IMMEDIATE
            FOR EACH ROW EXECUTE FUNCTION see();
        CREATE TRIGGER late AFTER INSERT ON thing FOR EACH STATEMENT EXECUTE FUNCTION look();
    """, "id,boss,label", limits="    limits: { group: 60 }\n")
    run(wherry, "--rehearse")
    assert postgres.value("SELECT last_value FROM seen") == 200
    assert not postgres.value("SELECT is_called::int FROM late")


def test_a_commit_that_is_refused_whatever_is_left_out_ends_the_run(wherry, workspace, postgres):
    """Somebody's deferred triggers on the ledger: no item's fault, and no bug of wherry's."""
    set_up(workspace, postgres, [[n, "", f"label {n}"] for n in range(1, 9)], STAFF % ("", ""), "id,boss,label")
    run(wherry, "--limit", "1")
    postgres.script(f"""
        CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not today''; END';
        CREATE CONSTRAINT TRIGGER look AFTER INSERT ON wherry.segment {DEFERRED}
            FOR EACH ROW EXECUTE FUNCTION look();""" + (DEFERS_AGAIN % "BEFORE").replace("ON thing", "ON wherry.segment"))
    result = wherry("run", "people.yaml").expect(3)
    assert "nothing but the ledger" in result.err and "not today" in result.err
    assert postgres.value("SELECT count(*) FROM thing") == 1


@pytest.mark.parametrize("table", [PLAIN, EXCLUDING], ids=["plain", "excluding"])
def test_bad_rows_cost_no_other_row_a_second_try_once_one_is_known(wherry, workspace, postgres, table):
    """The server counts rows that are taken back, too."""
    rows = things(20000)
    set_up(workspace, postgres, rows, table, limits="    limits: { group: 4000 }\n")
    failed = counts(run(wherry, "--workers", 1, code=1))["failed"]
    assert failed > 400
    tried = postgres.value("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'thing'") - 2
    assert tried - len(rows) < len(rows) / 2


# Tables in which no two rows may have one label, whichever way that is said.
TAKEN = {
    "unique": "UNIQUE (label)",
    "nulls": "UNIQUE NULLS NOT DISTINCT (label)",
    "excluding": "EXCLUDE (label WITH =)",
    "expression": "CHECK (true)); CREATE UNIQUE INDEX ON thing (lower(label)",
    "partial": "CHECK (true)); CREATE UNIQUE INDEX ON thing (label) WHERE (id < 100",
}
CLAIMED = f"""CREATE TABLE thing (id bigint PRIMARY KEY, boss bigint REFERENCES thing {DEFERRED}, label text,
    friend bigint REFERENCES thing, %s);"""


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("existing", [False, True], ids=["inserts", "updates"])
def test_a_row_that_is_refused_keeps_no_value_from_another_one(wherry, workspace, postgres, taken, existing):
    label = "" if taken == "nulls" else "a"
    rows = [[1, "", "b", ""], [2, 999, label, ""], [3, 1, label, ""], [4, "", "c", 3], [5, 999, label, ""], [6, 1, label, ""],
            [7, 999, "d", ""], [8, 999, "d", ""], [9, "", "d", ""], [10, 4, "e", ""]]
    before = [[id, "", f"before {id}", ""] for id, *_ in rows] if existing else []
    set_up(workspace, postgres, before, CLAIMED % TAKEN[taken], "id,boss,label,friend")
    run(wherry)
    set_up(workspace, postgres, rows, "", "id,boss,label,friend")
    assert counts(run(wherry, code=1)) == {"updated" if existing else "inserted": 5, "failed": 5}
    assert postgres.rows("SELECT id, boss, coalesce(label, ''), friend FROM thing WHERE label IS NULL OR label NOT LIKE 'before%' "
                         "ORDER BY id") == [(1, None, "b", None), (3, 1, label, None), (4, None, "c", 3), (9, None, "d", None),
                                            (10, 4, "e", None)]
    assert counts(run(wherry, code=1)) == {"unchanged": 5, "failed": 5}


def test_of_keys_that_are_one_to_the_server_the_next_gets_in_where_the_first_is_refused(wherry, workspace, postgres):
    postgres.script("CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    set_up(workspace, postgres, [["A", "nowhere"], ["b", "B"], ["a", "b"], ["B", ""]], f"""CREATE TABLE thing (
        id text COLLATE ci PRIMARY KEY, boss text COLLATE ci REFERENCES thing {DEFERRED});""", "id,boss")
    assert counts(run(wherry, code=1)) == {"inserted": 2, "failed": 2}
    assert postgres.rows("SELECT id, boss FROM thing ORDER BY id") == [("a", "b"), ("b", "B")]


def test_a_row_that_was_there_when_it_was_written_is_written_again_beside_a_bad_one(wherry, workspace, postgres):
    """What was read in a transaction that is rolled back is known of no longer."""
    set_up(workspace, postgres, [[1, "", "b"], [2, 999, "a"], [3, 1, "a"], [4, "", "c"]], STAFF % ("", """
        CREATE FUNCTION bring() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO thing VALUES (4, NULL, 'old'); RETURN NEW; END $$;
        CREATE TRIGGER bring BEFORE INSERT ON thing FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION bring();
    """), "id,boss,label")
    assert counts(run(wherry, code=1)) == {"inserted": 2, "updated": 1, "failed": 1}
    assert postgres.rows("SELECT id, boss, label FROM thing ORDER BY id") == [(1, None, "b"), (3, 1, "a"), (4, None, "c")]


# Rows of `source` that `thing` has not, though they go in, each entered alone beside all that got in.
LEFT_OUT = """
    DROP TABLE IF EXISTS left_out;
    CREATE TABLE left_out (id bigint);
    DO $$
    DECLARE
        row thing; message text;
    BEGIN
        SET CONSTRAINTS ALL IMMEDIATE;
        FOR row IN SELECT * FROM source EXCEPT SELECT * FROM thing LOOP
            BEGIN
                INSERT INTO thing SELECT row.* ON CONFLICT (id) DO UPDATE SET
                    (boss, friend, town, label, badge, span, amount) = (EXCLUDED.boss, EXCLUDED.friend, EXCLUDED.town,
                    EXCLUDED.label, EXCLUDED.badge, EXCLUDED.span, EXCLUDED.amount);
                RAISE EXCEPTION 'it goes in';
            EXCEPTION WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
                IF message = 'it goes in' THEN INSERT INTO left_out VALUES (row.id); END IF;
            END;
        END LOOP;
    END $$;
"""
MANY_WAYS = f"""
    CREATE TABLE town (code text PRIMARY KEY);
    INSERT INTO town VALUES ('here'), ('there');
    CREATE TABLE thing (
        id     bigint PRIMARY KEY,
        boss   bigint REFERENCES thing {DEFERRED},
        friend bigint REFERENCES thing,
        town   text REFERENCES town {DEFERRED},
        label  text UNIQUE,
        badge  text UNIQUE %s,
        span   int4range, EXCLUDE USING gist (span WITH &&) %s,
        amount int CHECK (amount > 0)
    );
    CREATE TABLE source (LIKE thing);
"""


def wishes(dice, count, within):
    """Rows that stand in each other's way, of which some cannot be; @p within: they may refer to each other."""
    def other(share):
        return dice.randint(1, count + 1) if within and dice.random() < share else ""
    for id in range(1, count + 1):
        start = dice.randint(1, 200)
        yield [id, other(0.3), other(0.1), dice.choice(["here", "there", "", "nowhere"]),
               f"label {dice.randint(1, count)}", f"badge {dice.randint(1, count)}" if dice.random() < 0.5 else "",
               f"[{start},{start + 3})" if dice.random() < 0.5 else "", dice.choice([1, 1, 1, 1, 1, -1])]


def is_true(database, key, why):
    """Whether what a row is said to be refused for is so in the end."""
    detail = re.search(r"Key \((\w+)\)=\((.*?)\) (is not|conflicts with existing key .*=\((.*)\)|already)", why)
    if detail is None:
        return "amount_check" in why and database.value(f"SELECT amount FROM source WHERE id = {key}") < 0
    column, value, what, other = detail.groups()
    table = "town" if column == "town" else "thing"
    column = {"town": "code", "boss": "id", "friend": "id"}.get(column, column)
    there = database.value(f"SELECT count(*) FROM {table} WHERE {column} = '{other or value}'")
    return there == (what != "is not")


@pytest.mark.parametrize("seed", range(8))
def test_a_row_fails_only_for_what_is_in_the_table_in_the_end(wherry, workspace, postgres, seed):
    dice = random.Random(seed)
    limits = ["", "    limits: { group: 7 }\n"][seed % 2]
    defers = [["", DEFERRED][seed >> bit & 1] for bit in (1, 2)]
    postgres.script(MANY_WAYS % tuple(defers))
    for _ in range(2):
        rows = list(wishes(dice, 40, within=not limits))
        postgres.script(f"TRUNCATE source; INSERT INTO source {as_values(rows)}")
        set_up(workspace, postgres, [[f'"{cell}"' if cell else "" for cell in row] for row in rows], "",
               "id,boss,friend,town,label,badge,span,amount", limits)
        failed = counts(run(wherry, code=1))["failed"]
        assert postgres.rows(LEFT_OUT + "SELECT * FROM left_out ORDER BY id") == []
        said = dict(postgres.rows("SELECT key, message FROM wherry.failure WHERE run = (SELECT max(id) FROM wherry.run)"))
        assert len(said) == failed
        # What is tried again in vain keeps the words of the first time.
        assert [why for key, why in said.items() if not limits and not is_true(postgres, key, why)] == []
