#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tables of random shape in PostgreSQL: keys and columns of all types, partitions, constraints and triggers; filled from
PostgreSQL, SQLite or CSV, with bad records among the good ones; runs are killed and cut off, source and tables edited.

At the end of each round every item is in its table with the values of its record, or it is in the log with a reason and the
server, asked for that row alone, refuses it, too. Counts, log and status agree with the tables, and a run without changes
writes nothing.
"""
import collections
import contextlib
import json
import random
import sqlite3
import subprocess
import sys

import psycopg2

from edited_tables import COPIED, statements
from postgres_runs import WHERRY, Runs, make_parser, places
from random_shapes import Shape, TYPES, literal, names, quoted, text_of

WRITTEN = ("inserted", "updated", "unchanged")
REFUSED = ("rejected", "failed")


def escaped(text):
    """A part of a key of several columns."""
    return text.replace("\\", "\\\\").replace(",", "\\,")


class Life(Runs):
    """Tables, their source and the migration, and what becomes of them."""

    def __init__(self, trial, seed):
        super().__init__(trial.host, trial.folder, f"shapes_{seed % 2**32}", random.Random(seed))
        self.trial, self.seed, self.story = trial, seed, []
        self.from_ = self.rnd.choice(["table", "query", "sqlite", "csv"])
        self.shapes = []
        for number in range(self.rnd.choice([1, 1, 2, 3])):  # SQLite does not tell "Col" from "col"
            self.shapes.append(Shape(self.rnd, number, self.shapes[:], self.from_ != "sqlite"))
        self.size = self.rnd.choice([10, 60, 60, 300, 300, 1000, 3000])
        self.marks = 0  # each row of a source has one, by which the log's entries are told
        self.rows = {shape.name: [] for shape in self.shapes}
        self.limits = {"reconnect": 30}
        self.drift = "overwrite" if self.rnd.random() < 0.8 else "fail"
        self.log = self.rnd.choice(["images", "images", "rows", "keys"])
        self.is_edited, self.was_edited = False, False  # since the last whole run, and ever

    @property
    def is_text(self):
        return self.from_ in ("sqlite", "csv")

    def begin(self):
        for name in (self.name, f"{self.name}_source"):
            self.sql(f"CREATE DATABASE {name} TEMPLATE shapes STRATEGY file_copy", "postgres")
        for shape in self.shapes:
            for statement in shape.ddl():
                # What cannot be had in this table (a unique index without the partitions' key) is left out.
                with contextlib.nullcontext() if "CREATE TABLE" in statement else contextlib.suppress(psycopg2.Error):
                    self.sql(statement)
            self.rows[shape.name] = self.new_rows(shape, range(1, self.size + 1))
            self.disorder(shape)
        self.write_source()
        self.change_migration()

    def end(self):
        self.drop_databases(self.name, f"{self.name}_source")

    # ---- the source

    def new_rows(self, shape, numbers):
        rows = []
        for number in numbers:
            self.marks += 1
            rows.append(shape.make_row(number, self.marks, self.size))
        for row in self.rnd.sample(rows, len(rows) * self.rnd.choice([0, 0, 1, 5, 30]) // 100):
            shape.spoil(row, self.is_text)
        return rows

    def disorder(self, shape):
        rows = self.rows[shape.name]
        how = self.rnd.choice(["as it is", "backwards", "shuffled", "twice"])
        if how == "backwards":
            rows.reverse()
        elif how == "shuffled":
            self.rnd.shuffle(rows)
        elif how == "twice":
            some = self.rnd.sample(rows, min(len(rows), self.rnd.choice([1, 3, 30])))
            rows += self.new_rows(shape, [row.number for row in some])

    def change_source(self):
        for shape in self.shapes:
            rows = self.rows[shape.name]
            some = self.rnd.sample(range(len(rows)), min(len(rows), self.rnd.choice([0, 1, 5, 300])))
            for at, new in zip(some, self.new_rows(shape, [rows[at].number for at in some])):
                rows[at] = new
            gone = self.rnd.sample(range(len(rows)), min(len(rows) // 2, self.rnd.choice([0, 0, 1, 30])))
            for at in sorted(gone, reverse=True):
                del rows[at]
            first = self.rnd.randrange(1, 2 * self.size)
            rows += self.new_rows(shape, range(first, first + self.rnd.choice([0, 0, 1, 30])))
            if self.rnd.random() < 0.2:
                self.disorder(shape)
        self.write_source()
        return "source"

    def write_source(self):
        if self.from_ == "query":
            for rows in self.rows.values():
                rows.sort(key=lambda row: (row.mark % 7, row.mark))
        if self.from_ == "csv":
            for at, shape in enumerate(self.shapes):
                self.write_csv(shape, self.folder / f"s{at}.csv")
        elif self.from_ == "sqlite":
            self.write_sqlite()
        else:
            self.write_postgres()

    def source_columns(self, shape):
        return [shape.source_names[column.name] for column in shape.columns] + ["Mark"]

    def write_csv(self, shape, path):
        def cell(text):
            return "" if text is None else '"' + text.replace('"', '""') + '"'
        with open(path, "w", encoding="utf-8", newline="") as file:
            for line in [self.source_columns(shape), *([*row.values, str(row.mark)] for row in self.rows[shape.name])]:
                file.write(",".join(map(cell, line)) + "\n")

    def write_sqlite(self):
        with contextlib.closing(sqlite3.connect(self.folder / "source.db")) as file:
            file.execute("PRAGMA synchronous=OFF")
            for at, shape in enumerate(self.shapes):
                columns = [quoted(name) for name in self.source_columns(shape)]
                file.execute(f"DROP TABLE IF EXISTS s{at}")
                file.execute(f"CREATE TABLE s{at} ({', '.join(f'{column} TEXT' for column in columns)})")
                file.executemany(f"INSERT INTO s{at} VALUES ({', '.join('?' * len(columns))})",
                                 [[*row.values, row.mark] for row in self.rows[shape.name]])
            file.commit()

    def write_postgres(self):
        with contextlib.closing(self.connect(f"{self.name}_source")) as connection, connection.cursor() as cursor:
            cursor.execute("BEGIN")
            for at, shape in enumerate(self.shapes):
                columns = [f"{quoted(shape.source_names[column.name])} {column.wide}" for column in shape.columns]
                cursor.execute(f"DROP TABLE IF EXISTS s{at}; CREATE TABLE s{at} ({', '.join(columns)}, \"Mark\" bigint)")
                rows = [f"({', '.join(map(literal, row.values))}, {row.mark})" for row in self.rows[shape.name]]
                for start in range(0, len(rows), 500):
                    cursor.execute(f"INSERT INTO s{at} VALUES {', '.join(rows[start:start + 500])}")
                self.add_key(cursor, at, shape)
            cursor.execute("COMMIT")

    def add_key(self, cursor, at, shape):
        """A primary key, so that the source is read in its order, where its rows have one."""
        keys = ", ".join(quoted(shape.source_names[column.name]) for column in shape.key_columns)
        if self.seed % 2:
            cursor.execute("SAVEPOINT key")
            with contextlib.suppress(psycopg2.errors.UniqueViolation, psycopg2.errors.NotNullViolation):
                cursor.execute(f"ALTER TABLE s{at} ADD PRIMARY KEY ({keys})")
                return
            cursor.execute("ROLLBACK TO key")

    # ---- the migration

    def change_migration(self):
        self.limits.pop("group", None)
        if self.rnd.random() < 0.7:
            self.limits["group"] = self.rnd.choice([max(1, self.size // 300), 7, 50, 300, 700])
        self.limits["memory"] = self.rnd.choice(["16MiB", "64MiB", "512MiB"])
        self.limits["rate"] = self.rnd.choice(["1000000/s", f"{20 * self.size}/s"])
        self.write_migration(self.drift)
        return f"migration ({self.limits.get('group')})"

    def write_migration(self, drift):
        places = {"csv": ".", "sqlite": "sqlite:source.db"}
        document = {
            "wherry": 1, "name": "trial", "limits": self.limits,
            "source": places.get(self.from_, f"postgresql:host={self.host} user=postgres dbname={self.name}_source"),
            "destination": f"postgresql:host={self.host} user=postgres dbname={self.name}",
            "items": {f"i{at}": self.item(at, shape, drift) for at, shape in enumerate(self.shapes)}}
        (self.folder / "trial.yaml").write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")

    def item(self, at, shape, drift):
        origin = {"csv": {"from": f"s{at}.csv", "format": {"delimiter": ",", "quote": '"', "header": True}},
                  "query": {"query": f"SELECT * FROM s{at} ORDER BY \"Mark\" % 7, \"Mark\""}}.get(self.from_, {"from": f"s{at}"})
        maps = {"*": "same"}
        if not shape.is_same:
            maps = {column.name: quoted(shape.source_names[column.name]) for column in shape.columns}
        return {**origin, "key": [shape.source_names[column.name] for column in shape.key_columns],
                "match": [column.name for column in shape.key_columns], "into": shape.plain_name, "drift": drift,
                "log": self.log, "map": maps, "expect": [{"check": "note <> 'rejected'"}]}

    # ---- what others do

    def some(self, shape):
        rows = [row for row in self.rows[shape.name] if not row.is_spoilt]
        return self.rnd.sample(rows, min(len(rows), self.rnd.choice([1, 3, 60]))) or [shape.make_row(1, 0, 1)]

    def edit(self):
        """What the shape does not allow is left undone."""
        shape = self.rnd.choice(self.shapes)
        sent = statements(self.rnd, shape, *(shape.where(self.some(shape)) for _ in range(2)))
        self.is_edited, self.was_edited = True, True
        with contextlib.suppress(psycopg2.Error), contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'; SET statement_timeout = '20s'")
            cursor.execute(f"COPY {shape.name} TO '{self.host}/data/{COPIED}'")
            for statement in sent:
                cursor.execute(statement)
        return f"[{'; '.join(statement[:40] for statement in sent)}]"

    def options(self):
        return self.rnd.choice([[], [], [], [], ["--only", "failed"], ["--only", "rejected"], ["--limit", "100"], ["--dry-run"],
                                ["--rehearse"], ["--trust-ledger"], ["--compare-all"], ["--restart"]])

    # ---- what is to be

    def table(self, shape):
        """Rows by what is unique in them, with each column as text; and their versions."""
        columns = shape.columns + shape.unmapped
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute(f"SELECT xmin::text, {', '.join(text_of(column) for column in columns)} FROM {shape.name}")
            found = cursor.fetchall()
        width = len(shape.columns)
        return {self.key_of(shape, row[1:width + 1]): (row[1:width + 1], row[width + 1:], row[0]) for row in found}

    def key_of(self, shape, values):
        return tuple(column.kind.same(values[shape.columns.index(column)]) for column in shape.key_columns)

    def tables(self):
        return {shape.name: self.table(shape) for shape in self.shapes}

    def wherry(self, *command):
        done = subprocess.run([WHERRY, *command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=300)
        assert done.returncode == 0, (command, done.returncode, done.stderr.decode())
        return done.stdout.decode()

    def entries(self, at, shape, run):
        """What the log has of each record: of an unchanged one, and with `log: keys`, no more than its key."""
        by_mark, by_key = {}, collections.defaultdict(list)
        for line in self.wherry("log", "trial.yaml", f"i{at}", "--run", str(run), "--json").splitlines():
            entry = json.loads(line)
            if entry["failure"] is None and entry["status"] in REFUSED:
                continue  # tried again later in the run
            if entry["source"]:
                mark = int(entry["source"]["Mark"])
                assert mark not in by_mark, ("told twice", entry, by_mark[mark])
                by_mark[mark] = entry
            else:
                by_key[entry["key"]].append(entry)
        for some in by_key.values():
            some.sort(key=lambda entry: entry["status"] in REFUSED)
        found = []
        for row in self.rows[shape.name]:
            entry = by_mark.pop(row.mark, None) or next(iter(by_key[self.key_told(shape, row)]), None)
            assert entry, ("not in the log", row, self.key_told(shape, row), list(by_key)[:5])
            if not entry["source"]:
                by_key[entry["key"]].remove(entry)
            found.append((row, entry))
        assert not by_mark and not any(by_key.values()), ("more in the log than in the source", by_mark, by_key)
        return found

    def key_told(self, shape, row):
        """As log and failures have it."""
        texts = [(shape.source_names[column.name], row.values[shape.columns.index(column)]) for column in shape.key_columns]
        if any(text is None for _, text in texts):
            return None
        if len(texts) == 1:
            return texts[0][1]
        return ",".join(f"{escaped(name).replace('=', chr(92) + '=')}={escaped(text)}" for name, text in texts)

    def run_to_end(self, *options):
        process = self.start(*options)
        out, said = process.communicate(timeout=300)
        self.said = said.decode()
        assert process.returncode in (0, 1), (process.returncode, said.decode(), out.decode()[-3000:])
        document = json.loads(out)
        assert document["sum_closes"] and document["exit_code"] == process.returncode, document
        counts = [item["counts"] for item in document["items"]]
        refused = sum(count["rejected"] + count["failed"] for count in counts)
        assert process.returncode == int(refused > 0), document
        return document

    def check(self, document, before, after):
        """Each record against table and log; gives how many items have drifted."""
        told = json.loads(self.wherry("status", "trial.yaml", "--json"))["runs"]
        assert [run["total"] for run in told if run["run"] == document["run"]] == [document["total"]], (told, document)
        drifted = 0
        for at, shape in enumerate(self.shapes):
            counts = next(item["counts"] for item in document["items"] if item["item"] == f"i{at}")
            assert counts["read"] == len(self.rows[shape.name]), counts
            entries = self.entries(at, shape, document["run"])
            self.check_counts(counts, entries)
            winners = self.winners(shape, entries)
            self.check_rows(shape, winners, before[shape.name], after[shape.name], document["resumed"])
            refused = [(row, entry) for row, entry in entries if entry["status"] not in WRITTEN]
            drifted += self.check_refused(shape, refused, winners)
        return drifted

    def check_counts(self, counts, entries):
        told = collections.Counter(entry["status"] for _, entry in entries)
        wanted = {status: counts[status] for status in (*WRITTEN, *REFUSED, "skipped") if counts[status]}
        assert told == wanted, ("log", told, "counts", counts)

    def winners(self, shape, entries):
        """Records that are in the table, and their entries, by the row's key."""
        found = {}
        for row, entry in entries:
            if entry["status"] in WRITTEN:
                assert not row.is_spoilt, ("spoilt, and written", row, entry)
                key = shape.key_of(row)
                assert key not in found, ("two items in one row", row, entry, found[key])
                found[key] = (row, entry)
        return found

    def check_rows(self, shape, winners, before, after, is_resumed):
        for key, (row, entry) in winners.items():
            there = after.get(key)
            assert there and list(there[0]) == row.values, ("not as the source", row, entry, there)
            if is_resumed:
                continue
            was = before.get(key)
            status = "inserted" if was is None else "unchanged" if was[0] == there[0] else "updated"
            assert entry["status"] == status, (status, was, row, entry)
            assert status != "unchanged" or was[2] == there[2], ("another version", was, there, entry)
            is_generated = any("STORED" in column.more for column in shape.unmapped)
            assert was is None or was[1] == there[1] or is_generated, ("what is not mapped changed", was, there)
        for key in (before.keys() | after.keys()) - winners.keys():
            assert before.get(key) == after.get(key), ("nobody's row changed", key, before.get(key), after.get(key))

    def check_refused(self, shape, refused, winners):
        """No row that the server would take is refused; gives how many drifted, and are for the next run."""
        drifted = 0
        first = {}
        for row in self.rows[shape.name]:
            first.setdefault(shape.key_of(row), row.mark)
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            for row, entry in refused:
                key = shape.key_of(row)
                rule = entry["failure"]["rule"]
                if rule == "drift":
                    assert self.was_edited and self.drift == "fail", ("nobody edited", row, entry)
                    drifted += 1
                elif not (row.is_spoilt or key in winners or first[key] != row.mark or rule == "ownership"):
                    assert self.refusal(cursor, shape, row), ("the server takes it", row, entry, self.said)
        return drifted

    def refusal(self, cursor, shape, row):
        """Why the server does not take the row, or None."""
        values = ", ".join(map(literal, row.values))
        texts = ", ".join(text_of(column) for column in shape.columns)
        where = " AND ".join(f"{column} = {literal(row.values[shape.columns.index(column)])}" for column in shape.key_columns)
        cursor.execute("BEGIN; SET CONSTRAINTS ALL IMMEDIATE")
        try:
            cursor.execute(f"UPDATE {shape.name} SET ({names(shape.columns)}) = ROW({values}) WHERE {where} RETURNING {texts}")
            if cursor.rowcount == 0:
                cursor.execute(f"INSERT INTO {shape.name} ({names(shape.columns)}) OVERRIDING SYSTEM VALUE "
                               f"VALUES ({values}) RETURNING {texts}")
            written = cursor.fetchone()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return None if written and list(written) == row.values else f"it becomes {written}"
        except psycopg2.Error as error:
            return str(error)
        finally:
            cursor.execute("ROLLBACK")

    def check_rest(self):
        """A run without changes writes nothing."""
        before = self.tables()
        options = self.rnd.choice([[], ["--trust-ledger"], ["--compare-all"]])
        document = self.run_to_end(*options)
        assert self.tables() == before, ("a rerun wrote", options, document)
        for item in document["items"]:
            assert item["counts"]["inserted"] + item["counts"]["updated"] == 0, (options, item)

    # ---- a round

    def step(self):
        return self.rnd.choice([self.change_source] * 4 + [self.edit] * 3 + [self.plain] * 2 + [self.killed_at] * 4 +
                               [self.killed] * 3 + [self.interrupted, self.terminated, self.change_migration])()

    def run_and_check(self):
        before = self.tables()
        document = self.run_to_end()
        if document["resumed"] and self.is_edited:  # it does not look again at what it did before the edits
            before = self.tables()
            document = self.run_to_end()
        return document, self.check(document, before, self.tables())

    def round(self):
        self.story = [self.step() for _ in range(self.rnd.choice([0, 1, 2, 3, 5]))]
        document, drifted = self.run_and_check()
        if drifted:
            self.trial.drifted += drifted
            self.write_migration("overwrite")
            document, drifted = self.run_and_check()
            assert not drifted, document
        self.check_rest()
        self.write_migration(self.drift)
        self.is_edited = False
        total = document["total"]
        return ", ".join([*self.story, " ".join(f"{total[name]} {name}" for name in (*WRITTEN, *REFUSED))])


class Trial:
    def __init__(self, folder, host):
        self.folder, self.host, self.drifted = folder, host, 0

    def begin(self):
        """What each life's databases are copies of."""
        life = Runs(self.host, self.folder, "shapes", None)
        life.make_databases("shapes")
        life.sql(TYPES)

    def run(self, seed, rounds, is_patient):
        self.begin()
        done, failed = 0, []
        while done < rounds:
            life = Life(self, seed)
            try:
                done += self.one_life(life)
            except Exception as error:  # pylint: disable=broad-except
                done += 1
                failed.append(seed)
                print(f"shapes: seed {seed} FAILED: {life.story} {type(error).__name__} {str(error)[:3000]}", flush=True)
                if not is_patient:
                    raise
            life.end()
            seed += 1
        print(f"shapes: {done - len(failed)} rounds passed, {len(failed)} failed {failed}; {self.drifted} items had drifted")
        return 1 if failed else 0

    def one_life(self, life):
        life.begin()
        tables = "; ".join(f"{shape.name} ({', '.join(column.kind.ddl for column in shape.key_columns)}; "
                           f"{len(shape.columns)} columns)" for shape in life.shapes)
        print(f"shapes: seed {life.seed}: {tables}; {life.size} rows from {life.from_}", flush=True)
        rounds = life.rnd.choice([1, 2, 4])
        for number in range(rounds):
            print(f"shapes: seed {life.seed}, round {number + 1}: {life.round()}", flush=True)
        return rounds


def main():
    arguments = make_parser(__doc__)
    arguments.add_argument("--patient", action="store_true", help="go on with the next seed where one failed")
    options = arguments.parse_args()
    with places(options.folder) as (place, host):
        return Trial(place, host).run(options.seed, options.rounds, options.patient)


if __name__ == "__main__":
    sys.exit(main())
