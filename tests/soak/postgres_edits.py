#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Between runs into PostgreSQL, and during them, source, destination, ledger and migration change; runs are killed, cut
off and interrupted, dumps are put back. At the end of each round a run leaves what the source has in every row that the
source has, tells as inserted, updated and refused what was, and leaves to `--compare-all` nothing to find.

A run that goes on with an older one does not look again at what that one did: what others changed in such rows is for the
next run, and counted here. Everything else that a run leaves undone ends the trial; its seed repeats the plan of it, not the
moments.
"""
import collections
import contextlib
import csv
import json
import random
import subprocess
import sys
import threading
import time

import psycopg2

from edited_tables import COPIED, TABLES, statements, without_constraints
from postgres_runs import PROGRAMS, Runs, make_parser, places

MIGRATION = """wherry: 1
name: trial
source: {source}
destination: "postgresql:host={host} user=postgres dbname={name}"
items:
{items}limits: {{ {limits} }}
"""
ITEM = """  {name}:
    from: {origin}
    key: [{key}]
    match: [{key}]
    into: {name}
    drift: {drift}
    missing: {missing}
    expect: [{{ check: "lower({text}) <> 'rejected'" }}]
    map: {{ {map} }}
"""


class Life(Runs):
    """A database, a source and a migration, and what becomes of them."""

    def __init__(self, trial, seed):
        super().__init__(trial.host, trial.folder, f"life_{seed % 2**32}", random.Random(seed))
        self.trial = trial
        self.tables = [TABLES[name] for name in self.rnd.sample(sorted(TABLES), self.rnd.choice([1, 1, 2]))]
        self.is_live = self.rnd.random() < 0.3
        self.drift = "overwrite" if self.rnd.random() < 0.7 else "fail"
        self.vanished = "keep" if self.rnd.random() < 0.8 else "delete"
        self.size = self.rnd.choice([200, 700, 2000, 5000])
        self.source, self.capital, self.story = {}, False, []
        self.limits = {"reconnect": 30, "deletes": "100%"}
        self.dumps = []
        self.is_old = False  # the ledger was put back
        self.is_edited = True  # somebody edited the destination since the last whole run
        for table in self.tables:
            self.source[table.name] = {}
            for number in range(1, self.size + 1):
                row = table.make(self.rnd, number)
                self.source[table.name][table.key_of(row)] = row
            self.spoil(table)

    # ---- the server

    def rows(self, table):
        columns = ", ".join(f"{column}::text" for column in table.columns)
        return {table.key_of(row): row for row in self.sql(f"SELECT {columns} FROM {table.name}")}

    def tool(self, *command):
        done = subprocess.run([f"{PROGRAMS}/{command[0]}", "-h", self.host, "-U", "postgres", *command[1:]],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, (command, done.stderr.decode())

    # ---- source and migration

    def begin(self):
        self.make_databases(self.name, *[f"{self.name}_source"] * self.is_live)
        for table in self.tables:
            self.sql(table.ddl)
            if self.is_live:
                self.sql(without_constraints(table.ddl), f"{self.name}_source")
        self.write_source(self.tables)
        self.change_migration()

    def end(self):
        self.drop_databases(self.name, f"{self.name}_source")

    def write_source(self, tables):
        for table in tables:
            rows = list(self.source[table.name].values())
            if self.is_live:
                self.write_live(table, rows)
                continue
            with open(self.folder / f"{table.name}.csv", "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(table.columns)
                writer.writerows(rows)

    def write_live(self, table, rows):
        with contextlib.closing(self.connect(f"{self.name}_source")) as connection, connection.cursor() as cursor:
            values = b",".join(cursor.mogrify(f"({','.join(['%s'] * len(row))})", row) for row in rows)
            cursor.execute(f"BEGIN; DELETE FROM {table.name}")
            if rows:
                types = self.sql("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
                                 f"'{table.name}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                                 f"{self.name}_source")
                casts = ", ".join(f"c{n}::{kind}" for n, (kind,) in enumerate(types))
                names = ", ".join(f"c{n}" for n in range(len(table.columns)))
                cursor.execute(f"INSERT INTO {table.name} SELECT {casts} FROM (VALUES ".encode() + values +
                               f") v({names})".encode())
            cursor.execute("COMMIT")

    def change_migration(self):
        """Another mapping, another size of groups."""
        self.capital = self.rnd.random() < 0.3
        self.limits.pop("group", None)
        if self.rnd.random() < 0.7:
            self.limits["group"] = self.rnd.choice([50, 256, 300, 700])
        self.limits["rate"] = self.rnd.choice(["1000000/s", f"{5 * self.size}/s"])  # some runs last long enough to be killed
        self.write_migration()
        return f"migration ({'capital' if self.capital else 'as it is'}, {self.limits.get('group')})"

    def write_migration(self, drift=None):
        items = ""
        for table in self.tables:
            maps = {column: column for column in table.columns}
            if self.capital:
                maps[table.text] = f"upper({table.text})"
            items += ITEM.format(name=table.name, key=", ".join(table.key), drift=drift or self.drift, text=table.text,
                                 origin=table.name if self.is_live else f"{table.name}.csv", missing=self.vanished,
                                 map=", ".join(f'{column}: "{how}"' for column, how in maps.items()))
        source = f'"postgresql:host={self.host} user=postgres dbname={self.name}_source"' if self.is_live else "."
        (self.folder / "trial.yaml").write_text(MIGRATION.format(
            source=source, host=self.host, name=self.name, items=items,
            limits=", ".join(f"{name}: {value}" for name, value in self.limits.items())))

    def spoil(self, table):
        """Has a check reject some rows, and the table's CHECK refuse some."""
        rows = self.source[table.name]
        at = table.columns.index(table.text)
        for word in ["rejected"] + ["refused"] * ("CHECK" in table.ddl):
            if self.rnd.random() < 0.3:
                for key in self.rnd.sample(sorted(rows), min(len(rows), self.rnd.choice([1, 5, 40]))):
                    rows[key] = (*rows[key][:at], word, *rows[key][at + 1:])

    def spoilt(self, table, words=("rejected", "refused")):
        at = table.columns.index(table.text)
        return {key for key, row in self.source[table.name].items() if row[at] in words}

    def wanted(self, table):
        """What is to be there; of what is refused nobody knows."""
        at = table.columns.index(table.text)
        spoilt = self.spoilt(table)
        change = (lambda row: (*row[:at], row[at].upper(), *row[at + 1:])) if self.capital else (lambda row: row)
        return {key: change(row) for key, row in self.source[table.name].items() if key not in spoilt}

    def change_source(self):
        for table in self.tables:
            rows = self.source[table.name]
            some = self.rnd.sample(sorted(rows), min(len(rows), self.rnd.choice([0, 1, 5, 300, 1000])))
            for key in some:
                made = table.make(self.rnd, self.rnd.randrange(1, 10**6))
                row = rows[key]
                rows[key] = row[:len(table.key)] + tuple(
                    old if column == "label" or self.rnd.random() < 0.3 else new
                    for column, old, new in list(zip(table.columns, row, made))[len(table.key):])
            for key in self.rnd.sample(sorted(rows), min(len(rows) // 2, self.rnd.choice([0, 0, 1, 30, 300]))):
                del rows[key]
            for _ in range(self.rnd.choice([0, 0, 1, 30, 400])):
                row = table.make(self.rnd, self.rnd.randrange(1, 2 * self.size))
                if table.name != "code" or row[1] not in {other[1] for other in rows.values()}:
                    rows.setdefault(table.key_of(row), row)
            self.spoil(table)
            if table.name == "code":
                self.hand_on_labels(rows)
            if self.rnd.random() < 0.1:
                shuffled = list(rows.items())
                self.rnd.shuffle(shuffled)
                self.source[table.name] = dict(shuffled)
        self.write_source(self.tables)
        return "source"

    def hand_on_labels(self, rows):
        used = {row[1] for row in rows.values()}
        assert len(used) == len(rows)
        keys = self.rnd.sample(sorted(rows), min(len(rows), self.rnd.choice([0, 2, 3])))
        labels = [rows[key][1] for key in keys] + [f"l{self.rnd.randrange(10**7, 10**9)}"]
        for key, label in zip(keys, labels[1:]):
            rows[key] = (rows[key][0], label, rows[key][2])

    # ---- what others do to the destination

    def some(self, table):
        rows = sorted(self.source[table.name].values())
        return self.rnd.sample(rows, min(len(rows), self.rnd.choice([1, 3, 60, 400]))) or [table.make(self.rnd, 1)]

    def edit(self):
        table = self.rnd.choice(self.tables)
        sent = statements(self.rnd, table, *(table.where(self.some(table)) for _ in range(2)))
        if any(COPIED in statement for statement in sent):
            self.sql(f"COPY {table.name} TO '{self.host}/data/{COPIED}'")
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'; SET statement_timeout = '20s'")
            for statement in sent:
                cursor.execute(statement)
        self.is_edited = True
        return f"[{'; '.join(statement[:40] for statement in sent)}]"

    def edit_meanwhile(self, process):
        """Edits while the run is under way; what locks keep from being done is left undone."""
        while process.poll() is None:
            with contextlib.suppress(psycopg2.Error):
                self.edit()
            time.sleep(self.rnd.uniform(0, 0.05))

    # ---- dumps

    def dump_ledger(self):
        if not self.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'wherry'"):
            return "no ledger yet"
        path = self.folder / f"ledger_{len(self.dumps)}.sql"
        self.tool("pg_dump", "-n", "wherry", "-f", str(path), self.name)
        self.dumps.append(path)
        return "ledger dumped"

    def restore_ledger(self):
        if not self.dumps:
            return self.dump_ledger()
        path = self.rnd.choice(self.dumps)
        self.sql("DROP SCHEMA IF EXISTS wherry CASCADE")
        self.tool("psql", "-q", *self.rnd.choice([[], ["-1"]]), "-v", "ON_ERROR_STOP=1", "-f", str(path), self.name)
        self.say_where_the_ledger_is()
        self.is_old = True
        return f"old ledger {path.stem[7:]} put back"

    def drop_ledger(self):
        self.sql("DROP SCHEMA IF EXISTS wherry CASCADE")
        return "ledger dropped"

    def restore_all(self):
        path = self.folder / "all.sql"
        self.tool("pg_dump", "-f", str(path), self.name)
        self.drop_databases(self.name)
        self.make_databases(self.name)
        self.tool("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(path), self.name)
        if self.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'wherry'"):
            self.say_where_the_ledger_is()
        return "all dumped and restored"

    def say_where_the_ledger_is(self):
        """What wherry says to do where its tables were copied."""
        self.sql("UPDATE wherry.ledger SET destination = 'postgresql ' || s.system_identifier || '/' || d.oid "
                 "FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()")

    # ---- runs

    def options(self):
        table = self.rnd.choice(self.tables)
        some = self.some(table)[:3]
        ids = []
        for row in some:
            ids += ["--id", ",".join(f"{c}={v}" for c, v in zip(table.key, row)) if len(table.key) > 1 else row[0]]
        return self.rnd.choice([[], [], [], [], ["--only", "failed"], ["--limit", "100"], ["--dry-run"], ["--rehearse"],
                                ["--trust-ledger"], ["--restart"], [table.name, *ids]])

    def edited_meanwhile(self):
        process = self.start(*self.options())
        thread = threading.Thread(target=self.edit_meanwhile, args=(process,))
        thread.start()
        code = self.finish(process)
        thread.join()
        for gid, in self.sql("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"):
            self.sql(f"ROLLBACK PREPARED '{gid}'")
        return f"edited meanwhile {code}"

    # ---- a round

    def step(self):
        return self.rnd.choice(
            [self.change_source] * 4 + [self.edit] * 6 + [self.plain] * 2 + [self.killed_at] * 4 + [self.killed] * 3 +
            [self.interrupted, self.terminated] + [self.server_restarted] * (self.rnd.random() < 0.3) +
            [self.edited_meanwhile] * 3 + [self.dump_ledger] * 2 + [self.restore_ledger] * 2 +
            [self.drop_ledger] * (self.rnd.random() < 0.2) + [self.restore_all] * (self.rnd.random() < 0.3) +
            [self.change_migration])()

    def make_way(self):
        """Rows of others', or that the source no longer has, that hold what the source wants to be unique; and those
        that a spoilt item keeps as they are while another one wants their label."""
        for table in self.tables:
            if table.name == "code":
                wanted = self.source[table.name]
                there = self.rows(table)
                spoilt = self.spoilt(table)
                labels = {row[1] for row in wanted.values()}
                takers = {row[1] for key, row in wanted.items() if key not in spoilt}
                gone = [row for key, row in there.items()
                        if key not in wanted and row[1] in labels or key in spoilt and row[1] in takers]
                if gone:
                    self.sql(f"DELETE FROM code WHERE {table.where(gone)}")

    def run_to_end(self, *options):
        """A whole run: what it told, its exit code, and the tables as it left them."""
        before = {table.name: self.rows(table) for table in self.tables}
        process = self.start(*options)
        out, said = process.communicate(timeout=300)
        assert process.returncode in (0, 1), (self.story, process.returncode, said.decode(), out.decode()[-2000:])
        document = json.loads(out)
        assert document["sum_closes"], (self.story, document)
        after = {table.name: self.rows(table) for table in self.tables}
        if not document["resumed"]:
            self.check_counts(document, before, after)
        return document, process.returncode, after

    def check_counts(self, document, before, after):
        for item in document["items"]:
            old, new = before[item["item"]], after[item["item"]]
            counts = item["counts"]
            inserted = len(new.keys() - old.keys())
            updated = sum(1 for key, row in new.items() if key in old and old[key] != row)
            deleted = len(old.keys() - new.keys())
            told = tuple(counts.get(name, 0) for name in ("inserted", "updated", "deleted"))
            assert told == (inserted, updated, deleted), (self.story, "told", told, "did", (inserted, updated, deleted))
            assert counts["read"] == len(self.source[item["item"]]), (self.story, counts)
            table = TABLES[item["item"]]
            rejected, refused = len(self.spoilt(table, ["rejected"])), len(self.spoilt(table, ["refused"]))
            drifted, by_check = self.failures(document, table)
            # A refused row may have drifted before; labels that others' rows have fail, too.
            is_told = counts["rejected"] == rejected and counts["failed"] == drifted + by_check >= refused >= by_check
            assert is_told or table.name == "code", (self.story, counts, rejected, refused, drifted, by_check)

    def failures(self, document, table):
        """How many items failed for their drift, and how many by the table's CHECK."""
        return self.sql("SELECT count(*) FILTER (WHERE rule = 'drift'), "
                        "count(*) FILTER (WHERE status = 'failed' AND sqlstate = '23514') "
                        f"FROM wherry.failure WHERE run = {document['run']} AND item = '{table.name}'")[0]

    def excuse(self, document, code, left, told):
        """Why a run may have left rows as they were; what it is to do is told to the next one."""
        if document["resumed"]:
            waits = code == 1 and all(name == "code" for name, *_ in left)
            assert waits or self.is_edited or self.is_old, (self.story, told, left[:5])
            why = "gone on with, old ledger" if self.is_old else "gone on with"
        elif self.drift == "fail":
            self.expect_drift(document, left)
            self.write_migration("overwrite")
            why = "drifted"
        else:
            # Who wants a unique value that another group's row still has waits for the next run.
            assert code == 1 and all(name == "code" for name, *_ in left), (self.story, told, code, len(left), left[:5])
            why = "waited for a label"
        self.trial.left[why] += 1
        told.append(f"{len(left)} left ({why})")

    def expect_drift(self, document, left):
        """Each row that differs was told to have drifted."""
        for table in self.tables:
            told, _ = self.failures(document, table)
            found = sum(1 for name, *_ in left if name == table.name)
            most = found + len(self.spoilt(table))
            assert found <= told <= most or table.name == "code", (self.story, table.name, told, found, most)

    def differences(self, after):
        found = []
        for table in self.tables:
            wanted = self.wanted(table)
            found += [(table.name, row, after[table.name].get(key)) for key, row in wanted.items()
                      if after[table.name].get(key) != row]
        return found

    def round(self):
        self.story.append([self.step() for _ in range(self.rnd.choice([1, 2, 3, 5, 8]))])
        del self.story[:-4]
        self.make_way()
        document, code, after = self.run_to_end()
        left = self.differences(after)
        told = self.story[-1] + ["gone on" if document["resumed"] else "anew", f"exit code {code}"]
        for _ in range(5):
            if not left:
                break
            self.excuse(document, code, left, told)
            document, code, after = self.run_to_end()
            left = self.differences(after)
        assert not left, (self.story, told, code, len(left), left[:5])
        document, code, after = self.run_to_end("--compare-all")
        assert not self.differences(after), (self.story, told, "compare-all", self.differences(after)[:5])
        changed = [(item["item"], item["counts"]) for item in document["items"]
                   if item["counts"]["inserted"] + item["counts"]["updated"] > 0]
        is_spoilt = any(self.spoilt(table) for table in self.tables)
        assert code == int(is_spoilt) and not changed, (self.story, told, "compare-all", code, changed)
        self.write_migration()
        self.is_old, self.is_edited = False, False
        return ", ".join(told)


class Trial:
    def __init__(self, folder, host):
        self.folder, self.host = folder, host
        self.left = collections.Counter()

    def run(self, seed, rounds):
        done = 0
        while done < rounds:
            life = Life(self, seed)
            life.begin()
            tables = ", ".join(table.name for table in life.tables)
            print(f"edits: seed {seed}: {tables}, {life.size} rows{', live' if life.is_live else ''}, "
                  f"missing: {life.vanished}", flush=True)
            for number in range(life.rnd.choice([4, 8, 12])):
                told = life.round()
                done += 1
                print(f"edits: {done}: seed {seed}, round {number + 1}: {told}", flush=True)
            life.end()
            seed += 1
        print(f"edits: {done} rounds passed, 0 failed; left to the next run: {dict(self.left)}")


def main():
    arguments = make_parser(__doc__)
    options = arguments.parse_args()
    with places(options.folder) as (place, host):
        Trial(place, host).run(options.seed, options.rounds)


if __name__ == "__main__":
    sys.exit(main())
