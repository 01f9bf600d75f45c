# SPDX-License-Identifier: Apache-2.0
"""Rows that PostgreSQL refuses, many at a time: each is told as if the rows had gone in one by one."""
import random

import pytest

from people import counts, run
from things import ONE_BY_ONE, write_migration

pytestmark = pytest.mark.costly

# Types that differ from those of the keys, NULLs in them, a collation that takes two texts for one, an index that is
# partial and of expressions, constraints that were not checked for the rows that are there.
EVERYTHING = """
    CREATE TABLE town (code text PRIMARY KEY);
    CREATE TABLE known (a int, part text, PRIMARY KEY (part, a));
    CREATE TABLE thing (
        id     bigint PRIMARY KEY,
        a      smallint,
        part   varchar(10),
        town   varchar(10) REFERENCES town,
        label  text COLLATE public.ci UNIQUE,
        amount numeric(12,2) CHECK (amount >= 0),
        kind   text,
        FOREIGN KEY (part, a) REFERENCES known MATCH FULL,
        UNIQUE (kind, a)
    );
    INSERT INTO thing VALUES (-1, NULL, NULL, NULL, 'LABEL 70', 5, 'free');
    ALTER TABLE thing ADD CHECK (length(kind) < 6 OR a IS NULL) NOT VALID;
    CREATE UNIQUE INDEX ON thing (lower(kind), (amount::int / 4)) WHERE kind <> 'free';
    INSERT INTO town SELECT 'town ' || n FROM generate_series(0, 30) AS n WHERE n % 10 <> 3;
    INSERT INTO known SELECT n, 'part' FROM generate_series(0, 30) AS n WHERE n % 15 <> 4;
"""

# Questions that the server does not answer: a key that cannot be made of every row, a CHECK that does something.
UNANSWERED = """
    CREATE TABLE town (code text PRIMARY KEY);
    CREATE SEQUENCE asked;
    CREATE FUNCTION counts(amount numeric) RETURNS bool LANGUAGE plpgsql AS
        'BEGIN PERFORM nextval(''asked''); RETURN amount >= 0; END';
    CREATE TABLE thing (
        id bigint PRIMARY KEY, a int, part text, town text REFERENCES town, label text,
        amount numeric(12,2) CHECK (counts(amount)), kind text
    );
    CREATE UNIQUE INDEX ON thing (town, (100000 / (a - 7)), label);
    INSERT INTO town SELECT 'town ' || n FROM generate_series(0, 30) AS n WHERE n % 10 <> 3;
"""

PARTITIONED = """
    CREATE TABLE town (code text PRIMARY KEY);
    CREATE TABLE thing (
        id bigint, a int, part text, town text REFERENCES town, label text,
        amount numeric(12,2) CHECK (amount >= 0), kind text, PRIMARY KEY (id)
    ) PARTITION BY RANGE (id);
    CREATE TABLE first PARTITION OF thing FOR VALUES FROM (0) TO (1000);
    CREATE TABLE second PARTITION OF thing FOR VALUES FROM (1000) TO (10000);
    CREATE UNIQUE INDEX ON thing (id, lower(label));
    CREATE UNIQUE INDEX ON second (label, amount);
    INSERT INTO town SELECT 'town ' || n FROM generate_series(0, 30) AS n WHERE n % 10 <> 3;
"""

# NULL equals NULL, in columns and expressions, in an index that is partial and has a collation of its own.
NULLS_EQUAL = """
    CREATE TABLE thing (
        id bigint PRIMARY KEY, a int, part text, town text, label text, amount numeric(12,2) NOT NULL,
        kind text, UNIQUE NULLS NOT DISTINCT (label, a)
    );
    CREATE UNIQUE INDEX ON thing (amount, part) NULLS NOT DISTINCT;
    CREATE UNIQUE INDEX ON thing (part COLLATE public.ci, nullif(town, 'town 4'), label, (nullif(amount, -1)))
        NULLS NOT DISTINCT WHERE kind <> 'free';
    INSERT INTO thing VALUES (-1, NULL, 'PART', 'town 4', 'label 70', 5, 'k'), (-2, 7, NULL, 'town 1', NULL, 5, 'k');
"""

# Equal keys beside ranges that touch or have no end, ranges alone, and operators that are neither.
EXCLUDED = """
    CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
    CREATE TABLE thing (
        id bigint PRIMARY KEY, a int, part text, town text, label text, amount numeric(12,2), kind text,
        EXCLUDE USING btree (label WITH =) WHERE (id % 4 = 0 OR id % 4 = 3 AND a IS NULL),
        EXCLUDE USING gist (town WITH =, numrange(amount, amount + CASE a WHEN 3 THEN 90 ELSE 16 END) WITH &&)
            WHERE (id % 4 = 1),
        EXCLUDE USING gist (numrange(amount + 0, CASE WHEN a = 5 THEN amount + 18 ELSE amount + 15 END, '[]') WITH &&)
            WHERE (id % 4 = 2),
        EXCLUDE USING gist ((amount::int / 100) WITH =, lower(kind) WITH <>) WHERE (id % 4 = 3 AND a > 25)
    );
    INSERT INTO thing VALUES (-1, 1, NULL, 'town 1', 'label 70', 5000.25, NULL), (-2, 5, 'x', NULL, 'b', 8000, NULL);
"""

# Most rows are in the way of others, and which are cannot be asked: boxes have no order. What else is wrong with rows is
# told beside it.
CAGES = """
    CREATE TABLE town (code text PRIMARY KEY);
    CREATE TABLE thing (
        id bigint PRIMARY KEY, a int, part varchar(10), town char(8) REFERENCES town, label text,
        amount numeric(12,2) CHECK (amount >= 0), kind text, UNIQUE (label, id){deferrable},
        EXCLUDE USING gist (box(point(a * 10, id / 40), point(a * 10 + 9, id / 40 + 2)) WITH &&)
    );
    INSERT INTO thing (id, a) VALUES (-1, 3);
    INSERT INTO town SELECT 'town ' || n FROM generate_series(0, 30) AS n WHERE n % 10 <> 3;
"""

TO_ITSELF = """
    CREATE TABLE thing (
        id bigint PRIMARY KEY, a bigint REFERENCES thing, part text, town text, label text UNIQUE,
        amount numeric(12,2) CHECK (amount >= 0), kind text
    );
    INSERT INTO thing SELECT -n FROM generate_series(1, 40) AS n;
    UPDATE thing SET id = -id - 1000 WHERE id % 10 = 4;
"""


def things(seed, count=3000, refers_back=False):
    """Rows of which some break this or that; id, a, part, town, label, amount, kind."""
    dice = random.Random(seed)

    def seldom(rare, usual):
        return rare if dice.random() < 0.01 else usual
    rows = []
    for number in range(1, count + 1):
        part = seldom("", seldom("no", "part")) if dice.random() < 0.5 else ""
        a = seldom("", dice.randrange(31)) if part or seldom(True, False) else ""
        if refers_back:
            a = seldom(number + 5, -dice.randrange(1, 41))
        rows.append([number, a, part, seldom("", f"town {dice.choice([0, 1, 2, 4, 5, seldom(13, 6)])}"),
                     seldom("", f"{dice.choice(['Label', 'label'])} {seldom(number - 1, number)}"),
                     seldom("-1", f"{number * 4}.25"),
                     seldom("a long kind", f"{dice.choice('kK')}{number % 1000}" if part else "free")])
    return rows


def written(database):
    return database.rows("SELECT id, a, part, town, label, amount::text, kind FROM thing ORDER BY id")


def one_by_one(database, rows, table):
    """What becomes of the rows where each is a statement of its own: in a schema with the same names."""
    values = ",".join("(" + ",".join("NULL" if cell == "" else "'%s'" % cell for cell in row) + ")" for row in rows)
    database.script(f"""CREATE SCHEMA single; SET search_path = single, public; {table}
        CREATE TABLE source (LIKE thing); INSERT INTO source VALUES {values}; {ONE_BY_ONE}""")
    found = (database.rows("SELECT id::text, state, message FROM single.outcome ORDER BY outcome.id"),
             database.rows("SELECT id, a, part, town, label, amount::text, kind FROM single.thing ORDER BY id"))
    database.script("SET search_path = public; DROP SCHEMA single CASCADE")
    return found


def set_up(workspace, database, rows, table):
    header = ["id", "a", "part", "town", "label", "amount", "kind"]
    workspace.write("things.csv", "\n".join(",".join(str(cell) for cell in row) for row in [header, *rows]) + "\n")
    write_migration(workspace, database.url)
    database.script(f"SET search_path = public; {table}")


@pytest.mark.parametrize("table, seed", [(EVERYTHING, 1), (EVERYTHING, 2), (UNANSWERED, 3), (PARTITIONED, 4),
                                         (TO_ITSELF, 5), (NULLS_EQUAL, 7), (EXCLUDED, 8),
                                         (CAGES.format(deferrable=""), 9),
                                         (CAGES.format(deferrable=" DEFERRABLE"), 10)],
                         ids=["everything", "another seed", "unanswered", "partitioned", "to itself", "nulls equal",
                              "excluded", "cages", "cages, deferrable"])
def test_rows_fail_as_they_would_one_by_one(wherry, workspace, postgres, table, seed):
    rows = things(seed, refers_back=table is TO_ITSELF)
    postgres.script("CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    expected, there = one_by_one(postgres, rows, table)
    set_up(workspace, postgres, rows, table)
    done = counts(run(wherry, code=1))
    failed = postgres.rows("SELECT key, sqlstate, message FROM wherry.failure ORDER BY key::bigint")
    if table is TO_ITSELF:  # a row may come together with the one that it refers to
        expected = [row for row in expected if row[0] in {key for key, _, _ in failed}]
    else:
        assert written(postgres) == there
    if "box(" in table:  # a row may break several; those put off are told what they break in the end
        expected, failed = ([key for key, _, _ in told] for told in (expected, failed))
    assert failed == expected and len(failed) > 20
    assert done == {"inserted": len(rows) - len(failed), "failed": len(failed)}
    if table is UNANSWERED:
        assert postgres.value("SELECT last_value FROM asked") < 8 * len(rows)


@pytest.mark.parametrize("table", [EVERYTHING, NULLS_EQUAL, EXCLUDED], ids=["everything", "nulls equal", "excluded"])
def test_rows_that_break_what_was_broken_before_cost_no_other_row_a_second_try(wherry, workspace, postgres, table):
    """The server counts rows that are taken back, too."""
    rows = things(6, 20000)
    postgres.script("CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    set_up(workspace, postgres, rows, table)
    failed = counts(run(wherry, code=1))["failed"]
    assert failed > 300
    tried = postgres.value("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'thing'") - 2
    assert tried - (len(rows) - failed) < len(rows) / 2


@pytest.mark.parametrize("table, values, most", [(CAGES.format(deferrable=""), [1, 2, 3], 4),
                                                 (TO_ITSELF, [-1, -2, 999999], 40)], ids=["cages", "to itself"])
def test_rows_that_nobody_can_foresee_do_not_bloat_the_table(wherry, workspace, postgres, table, values, most):
    """What is taken back stays behind as dead rows."""
    dice = random.Random(11)
    rows = [[number, dice.choice(values), "", "", "", "5", "free"] for number in range(1, 4001)]
    set_up(workspace, postgres, rows, table)
    before = postgres.value("SELECT count(*) FROM thing")
    done = counts(run(wherry, code=1))
    assert done["failed"] > 1000
    tried = postgres.value("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'thing'") - before
    assert tried - done["inserted"] < most * done["failed"]


def test_rows_written_around_others_are_told_by_their_very_keys(wherry, workspace, postgres):
    """Of two keys that a collation takes for one, the first of which is in nobody's way, one is written."""
    dice = random.Random(3)
    postgres.script("""CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE thing (id text COLLATE public.ci PRIMARY KEY, a int, part int,
            EXCLUDE USING gist (box(point(a * 10, part / 40), point(a * 10 + 9, part / 40 + 2)) WITH &&))""")
    rows = []
    for number in range(3000):
        rows.append([f"K{number}", dice.choice([1, 2, 3]), len(rows)])
        if number > 1000 and number % 50 == 0:
            rows.append([f"k{number}", 900 + len(rows), len(rows)])
    workspace.write("things.csv", "id,a,part\n" + "".join(f"{key},{a},{part}\n" for key, a, part in rows))
    write_migration(workspace, postgres.url)
    done = counts(run(wherry, code=1))
    there = {key for key, in postgres.rows("SELECT id FROM thing")}
    failed = {key for key, in postgres.rows("SELECT key FROM wherry.failure")}
    assert not there & failed and there | failed == {key for key, _, _ in rows}
    assert done == {"inserted": len(there), "failed": len(failed)}
    assert all((f"K{number}" in there) != (f"k{number}" in there) for number in range(1050, 3000, 50))


def test_updates_that_are_refused_let_inserts_go_around_as_before(wherry, workspace, postgres):
    table = CAGES.format(deferrable="")
    dice = random.Random(11)
    rows = [[number, dice.choice([1, 2, 3]), "", "", "", "5", "free"] for number in range(1, 16001)]
    for row in rows[::200]:  # there as it is, and no CHECK lets it become what it is to be
        row[1], row[5] = "", "-1"
    set_up(workspace, postgres, rows, table)
    postgres.script("INSERT INTO thing (id, amount) VALUES " + ",".join(f"({row[0]}, 1)" for row in rows[::200]))
    before = postgres.value("SELECT count(*) FROM thing")
    path = workspace / "people.yaml"
    path.write_text(path.read_text() + "limits: { group: 2000 }\n")
    done = counts(run(wherry, "--workers", "1", code=1))
    tried = postgres.value("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'thing'") - before
    assert tried - done["inserted"] < 4 * done["failed"]


@pytest.mark.parametrize("empty", ["ROLLBACK", "DELETE FROM thing"])
def test_a_table_that_seems_empty_is_not_read_whole_for_each_row(wherry, workspace, postgres, empty):
    """Statistics that were made when a COPY had been undone say that all blocks have no row."""
    count, repeated = 6000, 50
    postgres.script("CREATE TABLE thing (id bigint PRIMARY KEY, label text UNIQUE)")
    postgres.script(f"INSERT INTO thing SELECT n, 'label ' || n FROM generate_series(1, {count}) AS n; {empty}")
    postgres.script("ANALYZE thing")
    rows = [f"{number},label {number % (count - repeated)}\n" for number in range(count)]
    workspace.write("things.csv", "id,label\n" + "".join(rows))
    write_migration(workspace, postgres.url, "    limits: { group: 2000 }\n")
    done = counts(run(wherry, "--workers", "1", code=1))
    assert done == {"inserted": count - repeated, "failed": repeated}
    read = postgres.value("SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes WHERE relname = 'thing'")
    assert read < 10 * count
