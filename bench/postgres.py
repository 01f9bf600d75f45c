#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL: whole processes beside their controls, on a server of the measurement's own with default
settings. WHERRY_BENCH_POSTGRES_ROWS says how many rows where that is to be another number.

The input and the controls are those of ../shared/bench.
"""
import argparse
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import controls
from measuring import ROOT, SHARED, WHERRY, Table, in_turns, measure, need_shared, people, warm

sys.path.insert(0, str(ROOT / "tests" / "differential"))
import server  # noqa: E402

PROGRAMS = "/usr/lib/postgresql/15/bin"
ACCOUNTS = """wherry: 1
name: accounts
source: postgresql:dbname=source
destination: postgresql:dbname=bench
items:
  account: { from: pgbench_accounts, key: aid, into: pgbench_accounts, map: { "*": same } }
"""
FROM_SQLITE = """wherry: 1
name: people
source: sqlite:people.db
destination: postgresql:dbname=bench
items:
  person: { from: person, key: id, into: person, create: true, map: { "*": same } }
"""
# A tenth of a percent of the rows breaks a foreign key, a CHECK or a unique key; a hundredth of a percent is
# refused by a trigger alone. The clean run has the same constraints, of rows that are not there.
REFUSING = """CREATE TABLE known (day date PRIMARY KEY);
INSERT INTO known SELECT day FROM generate_series(date '2010-01-01', date '2024-01-01', '1 day') AS day
  WHERE {sign} = -1 OR day NOT IN ('2011-01-02', '2017-07-07');
ALTER TABLE person ADD CHECK ({sign} * id % 3000 <> 1999);
CREATE UNIQUE INDEX ON person ((CASE WHEN {sign} * id % 3000 IN (7, 8) THEN id / 3000 ELSE -id END));
ALTER TABLE person ADD FOREIGN KEY (signup) REFERENCES known;
"""
TRIGGER = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END$$;
CREATE TRIGGER refuse BEFORE INSERT ON person FOR EACH ROW WHEN ({sign} * NEW.id % 10000 = 77)
  EXECUTE FUNCTION refuse();
"""
MAKE_EMPTY = """DROP SCHEMA IF EXISTS wherry CASCADE; DROP TABLE IF EXISTS person CASCADE;
DROP TABLE IF EXISTS known; DROP FUNCTION IF EXISTS refuse;
"""
MAKE_ACCOUNTS = """DROP SCHEMA IF EXISTS wherry CASCADE; DROP TABLE IF EXISTS pgbench_accounts;
CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
CHECKPOINT;
"""


def psql(*commands, database="bench"):
    """Runs statements; what the last of them prints."""
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database], check=True,
                          input="\n".join(commands), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return done.stdout.strip()


def empty(extra=""):
    """An empty table, no ledger, and no checkpoint that is due."""
    psql(MAKE_EMPTY, (SHARED / "person.sql").read_text(), extra)
    psql("CHECKPOINT;")


def run(path, *options, file="people.yaml"):
    env = {"PEOPLE_SOURCE": str(path.parent), "PEOPLE_DESTINATION": "postgresql:dbname=bench"}
    return measure([WHERRY, "run", path.parent / file, "--json", *options], path.parent, env,
                   accept=(0, 1))


def item(measured):
    return json.loads(measured.out[measured.out.index("{"):])["items"][0]


def counts(measured):
    return item(measured)["counts"]


def prepare(rows, *options):
    path, _ = people(rows, *options)
    warm(path)
    shutil.copy(SHARED / "people.yaml", path.parent / "people.yaml")
    return path


def converted(path):
    """people.bin beside the file: its rows as a run converts them. Made once."""
    if not (path.parent / "people.bin").exists():
        empty()
        run(path, "--workers", "2")
        psql(f"\\copy person to '{path.parent}/people.bin' with (format binary)")
    warm(path.parent / "people.bin")


def on_empty(measured, *arguments, extra=""):
    """What measures @p measured on an empty table."""
    def turn():
        empty(extra)
        return measured(*arguments)
    return turn


# ---- line 1: new rows ------------------------------------------------------------------------------

def first_runs(table, rows):
    for options in ((), ("--shuffle",)):
        what = "shuffled" if options else "sorted"
        path = prepare(rows, *options)
        converted(path)
        control = f"copy-binary, {what}"
        goals = {"one worker": ("1", 1.25), "two workers": ("2", 1.1)}
        made = {control: on_empty(controls.copy_binary, path.parent)}
        for name, (workers, _) in goals.items():
            made[f"run, {what}, {name}"] = on_empty(run, path, "--workers", workers)
        turns = in_turns(table, made, control=control)
        for name, (_, limit) in goals.items():
            done = turns[f"run, {what}, {name}"]
            table.goal(f"run / copy-binary, {what}, {name}", turns.ratio(f"run, {what}, {name}", control), limit)
            table.goal(f"peak MiB, {what}, {name}", turns.memory(f"run, {what}, {name}"), 256)
            table.goal(f"processor time in conversion, {what}, {name}", item(done)["conversion_cpu_seconds"] / done.cpu, 0.15)


def beside_pgloader(table, rows):
    path = prepare(rows)
    turns = in_turns(table, {"run, one worker": on_empty(run, path, "--workers", "1"),
                             "pgloader": on_empty(controls.pgloader, controls.LOAD_CSV, path)}, rounds=1)
    if "pgloader" not in turns:
        table.absent("pgloader", "pgloader")
        return
    assert int(psql("SELECT count(*) FROM person;")) == rows, "pgloader left rows out"
    table.goal("pgloader / run", turns.ratio("pgloader", "run, one worker"), 10, True)


def commits(table, rows):
    rows = max(rows // 1000, 300)
    path = prepare(rows)
    text = (SHARED / "people.yaml").read_text() + "\nlimits: { group: 1 }\n"
    (path.parent / "single.yaml").write_text(text)
    one = functools.partial(run, path, "--workers", "1", file="single.yaml")
    made = {"run, a commit for every item": on_empty(one), "script": on_empty(controls.script, path)}
    turns = in_turns(table.of(rows, path.stat().st_size / 1e6), made, control="script")
    if "script" not in turns:
        table.absent("script", "python3-django or python3-psycopg2")


# ---- line 2: rows that are there ---------------------------------------------------------------------

def versions():
    psql("SELECT pg_stat_force_next_flush();")
    return psql("SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables "
                "WHERE relname = 'person';")


def rerun(path, *options):
    before = versions()
    done = run(path, "--workers", "1", *options)
    assert versions() == before, "a rerun wrote rows"
    assert counts(done)["unchanged"] == counts(done)["read"]
    return done


def reruns(table, rows):
    path = prepare(rows)
    turns = in_turns(table, {"first run": on_empty(run, path, "--workers", "1"),
                             "rerun, nothing changed": functools.partial(rerun, path),
                             "rerun, --compare-all": functools.partial(rerun, path, "--compare-all"),
                             "rerun, --trust-ledger": functools.partial(rerun, path, "--trust-ledger")},
                     control="first run")
    table.goal("rerun / first run", turns.ratio("rerun, nothing changed", "first run"), 0.5)
    table.goal("trusted rerun / first run", turns.ratio("rerun, --trust-ledger", "first run"), 0.25)


def updates(table, rows):
    path = prepare(rows)
    converted(path)
    empty()
    controls.copy_binary(path.parent)

    def differing(measured, *arguments):
        psql("DROP SCHEMA IF EXISTS wherry CASCADE; UPDATE person SET balance = balance + 1;",
             "VACUUM person; CHECKPOINT;")
        return measured(*arguments)
    turns = in_turns(table, {
        "copy-upsert": functools.partial(differing, controls.copy_upsert, path.parent),
        "run, every row differs": functools.partial(differing, run, path, "--workers", "1")},
        control="copy-upsert")
    assert counts(turns["run, every row differs"])["updated"] == rows
    table.goal("all differ / copy-upsert", turns.ratio("run, every row differs", "copy-upsert"), 1.25)


# ---- line 3: rows that are refused -------------------------------------------------------------------

def refused(path):
    done = run(path, "--workers", "1")
    found = counts(done)["failed"] + counts(done)["rejected"]
    assert int(psql("SELECT count(*) FROM wherry.failure;")) == found > 0
    assert int(psql("SELECT count(*) FROM person;")) == counts(done)["inserted"]
    return done


def bad_rows(table, rows):
    for name, extra, options, limit in (("1% bad, 0.1% refused", REFUSING, ("--bad", "1"), 1.3),
                                        ("0.01% refused by a trigger", TRIGGER, (), 1.5)):
        clean = prepare(rows)
        bad = prepare(rows, *options)
        turns = in_turns(table, {
            "clean, same constraints": on_empty(run, clean, "--workers", "1", extra=extra.format(sign="-1")),
            name: on_empty(refused, bad, extra=extra.format(sign="1"))}, control="clean, same constraints")
        table.goal(f"{name} / clean", turns.ratio(name, "clean, same constraints"), limit)


# ---- line 4: other databases -------------------------------------------------------------------------

def pgbench(table, rows):
    rows = max(rows * 5 // 3 // 100_000, 1) * 100_000
    subprocess.run([f"{PROGRAMS}/pgbench", "-iqs", str(rows // 100_000), "source"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = pathlib.Path(os.environ["PGHOST"])
    (folder / "accounts.yaml").write_text(ACCOUNTS)

    def on_empty_accounts(measured, *arguments):
        psql(MAKE_ACCOUNTS)
        return measured(*arguments)

    def move(workers):
        return measure([WHERRY, "run", folder / "accounts.yaml", "--workers", workers, "--json"], folder)
    control = "COPY | COPY, pgbench"
    made = {control: functools.partial(on_empty_accounts, controls.copy_pipe, folder)}
    for workers in ("1", "2"):
        made[f"run, pgbench, {workers} worker(s)"] = functools.partial(on_empty_accounts, move, workers)
    turns = in_turns(table.of(rows), made, rounds=4, control=control)
    for workers, limit in (("1", 1.1), ("2", 1.0)):
        table.goal(f"pgbench / COPY | COPY, {workers} worker(s)",
                   turns.ratio(f"run, pgbench, {workers} worker(s)", control), limit)


def sqlite_people(path):
    """people.db beside the file: the typed rows in SQLite's table, with no ledger. Made once."""
    database = path.parent / "people.db"
    if database.exists():
        return database
    made = path.parent / "made.db"
    made.unlink(missing_ok=True)
    table = (SHARED / "person-sqlite.sql").read_text()
    subprocess.run(["sqlite3", made], input=table, text=True, check=True)
    env = {"PEOPLE_SOURCE": str(path.parent), "PEOPLE_DESTINATION": f"sqlite:{made}"}
    measure([WHERRY, "run", path.parent / "people.yaml"], path.parent, env)
    copy = f"ATTACH '{made}' AS made; INSERT INTO person SELECT * FROM made.person;"
    subprocess.run(["sqlite3", database], input=f"{table}\n{copy}", text=True, check=True)
    made.unlink()
    return database


def sqlite(table, rows):
    """With as many workers as a run takes by itself, which the goals are for, and beside it with one: then a
    single connection writes, and no run is faster than its COPY. What that takes for these rows, with nothing read
    and nothing logged, is measured as well. Into the table as it stands, and into one that each tool makes: then
    its key comes last, as with pgloader, whose faster way is the one that counts."""
    path = prepare(rows)
    database = sqlite_people(path)
    converted(path)
    warm(database)
    (database.parent / "sqlite.yaml").write_text(FROM_SQLITE)
    move = functools.partial(run, database, file="sqlite.yaml")
    one = functools.partial(run, database, "--workers", "1", file="sqlite.yaml")
    no_table = "DROP TABLE person;"
    control = "copy-binary, rows of SQLite"
    turns = in_turns(table, {
        control: on_empty(controls.copy_binary, path.parent),
        "run, from SQLite": on_empty(move),
        "run, from SQLite, one worker": on_empty(one),
        "run, from SQLite, new table": on_empty(move, extra=no_table),
        "ogr2ogr, from SQLite": on_empty(controls.ogr2ogr, database),
        "pgloader, from SQLite": on_empty(controls.pgloader, controls.LOAD_SQLITE, database),
        "pgloader, from SQLite, new table": on_empty(controls.pgloader, controls.LOAD_NEW_SQLITE, database,
                                                     extra=no_table)},
        rounds=3, control=control)
    if "ogr2ogr, from SQLite" in turns:
        table.goal("run / ogr2ogr, from SQLite", turns.ratio("run, from SQLite", "ogr2ogr, from SQLite"), 0.5)
    else:
        table.absent("ogr2ogr, from SQLite", "gdal-bin")
    if "pgloader, from SQLite" in turns:
        fastest = min(("pgloader, from SQLite", "pgloader, from SQLite, new table"),
                      key=lambda name: turns[name].seconds)
        table.goal("run, new table / pgloader, from SQLite", turns.ratio("run, from SQLite, new table", fastest), 0.25)
    else:
        table.absent("pgloader, from SQLite", "pgloader")


PARTS = {"pgbench": pgbench, "sqlite": sqlite, "first": first_runs, "pgloader": beside_pgloader,
         "commits": commits, "reruns": reruns, "updates": updates, "bad": bad_rows}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rows", type=int, nargs="?",
                           default=int(os.environ.get("WHERRY_BENCH_POSTGRES_ROWS", 3_000_000)))
    arguments.add_argument("--only", action="append", choices=PARTS, help="one part; repeatable")
    asked = arguments.parse_args()
    need_shared()
    if not pathlib.Path(PROGRAMS).is_dir():
        sys.exit("bench: PostgreSQL 15 is not installed (Debian's postgresql-15)")
    with tempfile.TemporaryDirectory() as folder, server.running(PROGRAMS, folder, settings=""):
        for database in ("source", "bench"):
            subprocess.run(["createdb", database], check=True)
        table = Table(asked.rows, prepare(asked.rows).stat().st_size / 1e6)
        for part in asked.only or PARTS:
            PARTS[part](table, asked.rows)
        table.close()


if __name__ == "__main__":
    main()
