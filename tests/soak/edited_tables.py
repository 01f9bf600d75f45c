# SPDX-License-Identifier: Apache-2.0
"""Tables that are edited while and between runs (postgres_edits.py), and what somebody may send to do so."""
import dataclasses
import re

COPIED = "copied"  # a file in the server's folder, with the rows of the table


@dataclasses.dataclass(frozen=True)
class Table:
    """A table and what its rows are made of: texts as PostgreSQL prints them, the key's columns first."""

    name: str
    ddl: str
    columns: tuple
    key: tuple
    text: str  # the column that edits write to, and that one of two mappings makes capital
    make: object  # (random, number) → a row

    def key_of(self, row):
        return row[:len(self.key)]

    def stranger(self, rnd):
        """Inserts a row that the source does not have."""
        values = ", ".join(f"'{value}'" for value in self.make(rnd, rnd.randrange(10**6, 10**7)))
        return f"INSERT INTO {self.name} VALUES ({values}) ON CONFLICT DO NOTHING"

    def where(self, rows):
        """A condition that holds for these rows' keys."""
        keys = ", ".join("(" + ", ".join(f"'{value}'" for value in self.key_of(row)) + ")" for row in rows)
        texts = ", ".join(f"{column}::text" for column in self.key)
        return f"({texts}) IN ({keys})"


def uuid_of(number):
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}"


TABLES = {table.name: table for table in (
    Table("person", "CREATE TABLE person (id int PRIMARY KEY, name text CHECK (lower(name) <> 'refused'), "
                    "size numeric(8,2), day date)",
          ("id", "name", "size", "day"), ("id",), "name",
          lambda rnd, n: (str(n), rnd.choice(["ann", "bob", f"nn {rnd.randrange(99)}"]),
                          f"{rnd.randrange(10**6) / 100:.2f}", f"2020-01-{rnd.randint(1, 28):02}")),
    Table("code", 'CREATE TABLE code (code text COLLATE "en-x-icu" PRIMARY KEY, label text UNIQUE, note varchar(40))',
          ("code", "label", "note"), ("code",), "note",
          lambda rnd, n: (f"{'aBcD'[n % 4]}{n}", f"l{n}", rnd.choice(["x", "y", f"z{rnd.randrange(99)}"]))),
    Table("token", "CREATE TABLE token (id uuid PRIMARY KEY, doc jsonb, tags text[], "
                   "note text CHECK (lower(note) <> 'refused'))",
          ("id", "doc", "tags", "note"), ("id",), "note",
          lambda rnd, n: (uuid_of(n), f'{{"n": {rnd.randrange(99)}}}', f"{{a,b{rnd.randrange(9)}}}",
                          rnd.choice(["x", "y"]))),
    Table("place", 'CREATE TABLE place (region int, street text COLLATE "C", note text, amount bigint, '
                   "PRIMARY KEY (street, region))",
          ("region", "street", "note", "amount"), ("region", "street"), "note",
          lambda rnd, n: (str(n % 7), f"street {n}", rnd.choice(["x", "y", "a b"]), str(rnd.randrange(10**12)))),
)}


def without_constraints(ddl):
    """For a source: what it has may be refused."""
    return re.sub(r" UNIQUE| CHECK \(lower\(\w+\) <> 'refused'\)", "", ddl)


def statements(rnd, table, some, more):
    """What somebody may send, one statement after the other; @p some and @p more are conditions on the table's rows."""
    t, text = table.name, table.text
    prepared = f"p{rnd.randrange(10**9)}"
    keep = [f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {t}", f"TRUNCATE {t}", f"INSERT INTO {t} SELECT * FROM kept"]
    edit = f"UPDATE {t} SET {text} = 'edited' WHERE {some}"
    return rnd.choice([
        [edit],
        [f"UPDATE {t} SET {text} = {text} WHERE {some}"],
        [f"UPDATE {t} SET {text} = 'x' || {text} WHERE {some}", f"UPDATE {t} SET {text} = substr({text}, 2) WHERE {some}"],
        [f"DELETE FROM {t} WHERE {some}"],
        [table.stranger(rnd)],
        [f"TRUNCATE {t}"],
        [*keep, edit],
        ["BEGIN", f"LOCK {t}", *keep, edit, "COMMIT"],
        ["BEGIN", edit, "ROLLBACK"],
        ["BEGIN", "SAVEPOINT a", edit, "SAVEPOINT b", f"DELETE FROM {t} WHERE {more}", "ROLLBACK TO b", "RELEASE a", "COMMIT"],
        ["BEGIN", f"SELECT FROM {t} WHERE {some} FOR UPDATE", "COMMIT"],
        ["BEGIN", f"SELECT FROM {t} WHERE {more} FOR SHARE", edit, "COMMIT"],
        ["BEGIN", edit, f"PREPARE TRANSACTION '{prepared}'", f"COMMIT PREPARED '{prepared}'"],
        ["BEGIN", edit, f"PREPARE TRANSACTION '{prepared}'", f"ROLLBACK PREPARED '{prepared}'"],
        [f"VACUUM FULL {t}"], [f"VACUUM FREEZE {t}"], [f"CLUSTER {t} USING {t}_pkey"],
        ["BEGIN", f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {t}", f"TRUNCATE {t}",
         f"COPY {t} FROM '{COPIED}' (FREEZE)", "COMMIT"],
        [f"ALTER TABLE {t} ADD extra int DEFAULT 7", f"ALTER TABLE {t} DROP extra"],
        [f"ALTER TABLE {t} ADD extra float DEFAULT random()", f"ALTER TABLE {t} DROP extra"],
        [f"ALTER TABLE {t} ALTER {text} TYPE varchar(80)"], [f"ALTER TABLE {t} ALTER {text} TYPE text"],
        [f"ALTER TABLE {t} ALTER {text} TYPE text USING {text} || 'y'"],
        [f"ALTER TABLE {t} SET UNLOGGED", f"ALTER TABLE {t} SET LOGGED"],
        [f"CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
         f"'BEGIN NEW.{text} = ''touched''; RETURN NEW; END'",
         f"CREATE TRIGGER touch BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION touch()", edit,
         f"DROP TRIGGER touch ON {t}"],
        ["BEGIN", f"CREATE TABLE copy (LIKE {t} INCLUDING ALL)", f"INSERT INTO copy SELECT * FROM {t}", f"DROP TABLE {t}",
         f"ALTER TABLE copy RENAME TO {t}", f"ALTER INDEX copy_pkey RENAME TO {t}_pkey", "COMMIT"],
    ])
