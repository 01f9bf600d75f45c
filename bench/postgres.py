#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL: whole processes beside their controls, on a server of the measurement's own with default
settings. WHERRY_BENCH_POSTGRES_ROWS says how many rows where that is to be another number.

The input and the controls are those of ../shared/bench.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from measuring import ROOT, SHARED, WHERRY, Table, measure, need_shared, people, warm

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
PIPE = ('psql -qd source -c "COPY pgbench_accounts TO STDOUT (FORMAT binary)" | '
        'psql -qd bench -c "COPY pgbench_accounts FROM STDIN (FORMAT binary)"')
UPSERT = """CREATE UNLOGGED TABLE staged (LIKE person);
\\copy staged from people.bin with (format binary)
INSERT INTO person SELECT * FROM staged ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, email = excluded.email, country = excluded.country, status = excluded.status,
  balance = excluded.balance, signup = excluded.signup, last_seen = excluded.last_seen, notes = excluded.notes;
DROP TABLE staged;
"""
# A tenth of a percent is refused by a CHECK or a unique key; a hundredth of a percent by a trigger alone.
REFUSING = """ALTER TABLE person ADD CHECK (id % 2000 <> 1999);
CREATE UNIQUE INDEX ON person ((CASE WHEN id % 2000 IN (7, 8) THEN id / 2000 ELSE -id END));
"""
TRIGGER = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END$$;
CREATE TRIGGER refuse BEFORE INSERT ON person FOR EACH ROW WHEN (NEW.id % 10000 = 77) EXECUTE FUNCTION refuse();
"""


def psql(*commands, database="bench"):
    """Runs statements; what the last of them prints."""
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database], check=True,
                          input="\n".join(commands), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return done.stdout.strip()


def empty(extra=""):
    """An empty table, no ledger, and no checkpoint that is due."""
    psql("DROP SCHEMA IF EXISTS wherry CASCADE;", (SHARED / "person.sql").read_text(), extra)
    psql("CHECKPOINT;")


def run(path, *options, file="people.yaml"):
    env = {"PEOPLE_SOURCE": str(path.parent), "PEOPLE_DESTINATION": "postgresql:dbname=bench"}
    return measure([WHERRY, "run", path.parent / file, "--json", *options], path.parent, env,
                   accept=(0, 1))


def counts(measured):
    return json.loads(measured.out[measured.out.index("{"):])["items"][0]["counts"]


def prepare(rows, *options):
    path, _ = people(rows, *options)
    warm(path)
    shutil.copy(SHARED / "people.yaml", path.parent / "people.yaml")
    return path


def copy_binary(path):
    """The control: rows that a run has converted, into the empty table."""
    psql(f"\\copy person to '{path.parent}/people.bin' with (format binary)")
    empty()
    return measure(["psql", "-qd", "bench", "-c",
                    "\\copy person from people.bin with (format binary)"], path.parent)


def first_runs(table, rows):
    first = None
    for options in ((), ("--shuffle",)):
        what = "shuffled" if options else "sorted"
        path = prepare(rows, *options)
        empty()
        one = run(path, "--workers", "1")
        control = copy_binary(path)
        empty()
        two = run(path, "--workers", "2")
        table.add(f"copy-binary, {what}", control)
        for name, done, limit in (("one worker", one, 1.25), ("two workers", two, 1.1)):
            table.add(f"run, {what}, {name}", done, control)
            table.goal(f"run / copy-binary, {what}, {name}", done.seconds / control.seconds, limit)
            table.goal(f"peak MiB, {what}, {name}", done.memory, 256)
        first = first or one
    return first


def versions():
    psql("SELECT pg_stat_force_next_flush();")
    return psql("SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables "
                "WHERE relname = 'person';")


def reruns(table, rows):
    path = prepare(rows)
    empty()
    first = run(path, "--workers", "1")
    before = versions()
    again = run(path, "--workers", "1")
    trusted = run(path, "--workers", "1", "--trust-ledger")
    assert versions() == before, "a rerun wrote rows"
    assert counts(again)["unchanged"] == rows
    table.add("rerun, nothing changed", again, first)
    table.goal("rerun / first run", again.seconds / first.seconds, 0.5)
    table.add("rerun, --trust-ledger", trusted, first)
    table.goal("trusted rerun / first run", trusted.seconds / first.seconds, 0.25)
    psql("UPDATE person SET balance = balance + 1;",
         "DROP SCHEMA wherry CASCADE; VACUUM person; CHECKPOINT;")
    updated = run(path, "--workers", "1")
    assert counts(updated)["updated"] == rows
    psql("UPDATE person SET balance = balance + 1; VACUUM person; CHECKPOINT;")
    (path.parent / "upsert.sql").write_text(UPSERT)
    control = measure(["psql", "-qd", "bench", "-f", "upsert.sql"], path.parent)
    table.add("copy-upsert", control)
    table.add("run, every row differs", updated, control)
    table.goal("all differ / copy-upsert", updated.seconds / control.seconds, 1.25)
    return first


def bad_rows(table, rows, clean):
    for name, extra, options, limit in (("1% bad, 0.1% refused", REFUSING, ("--bad", "1"), 1.3),
                                        ("0.01% refused by a trigger", TRIGGER, (), 1.5)):
        path = prepare(rows, *options)
        empty(extra)
        done = run(path, "--workers", "1")
        refused = counts(done)["failed"] + counts(done)["rejected"]
        assert int(psql("SELECT count(*) FROM wherry.failure;")) == refused > 0
        table.add(f"run, {name}", done, clean)
        table.goal(f"{name} / clean", done.seconds / clean.seconds, limit)


def commits(table, rows):
    path = prepare(max(rows // 1000, 100))
    text = (SHARED / "people.yaml").read_text() + "\nlimits: { group: 1 }\n"
    (path.parent / "single.yaml").write_text(text)
    empty()
    done = run(path, "--workers", "1", file="single.yaml")
    table.add("run, a commit for every item", done, rows=max(rows // 1000, 100),
              megabytes=path.stat().st_size / 1e6)


def pgbench(table, rows, folder):
    scale = max(rows // 100_000, 1)
    subprocess.run([f"{PROGRAMS}/pgbench", "-iqs", str(scale), "source"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    make = ("DROP SCHEMA IF EXISTS wherry CASCADE; DROP TABLE IF EXISTS pgbench_accounts; CREATE TABLE "
            "pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));")
    file = pathlib.Path(folder, "accounts.yaml")
    file.write_text(ACCOUNTS)
    psql(make, "CHECKPOINT;")
    control = measure(["bash", "-c", PIPE], folder)
    table.add("COPY | COPY, pgbench", control, rows=scale * 100_000)
    for workers, limit in (("1", 1.1), ("2", 1.0)):
        psql(make, "CHECKPOINT;")
        done = measure([WHERRY, "run", file, "--workers", workers, "--json"], folder)
        table.add(f"run, pgbench, {workers} worker(s)", done, control, rows=scale * 100_000)
        table.goal(f"pgbench / COPY | COPY, {workers} worker(s)", done.seconds / control.seconds, limit)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rows", type=int, nargs="?", default=3_000_000)
    rows = int(os.environ.get("WHERRY_BENCH_POSTGRES_ROWS", arguments.parse_args().rows))
    need_shared()
    if not pathlib.Path(PROGRAMS).is_dir():
        sys.exit("bench: PostgreSQL 15 is not installed (Debian's postgresql-15)")
    with tempfile.TemporaryDirectory() as folder, server.running(PROGRAMS, folder, settings=""):
        for database in ("source", "bench"):
            subprocess.run(["createdb", database], check=True)
        table = Table(rows, prepare(rows).stat().st_size / 1e6)
        pgbench(table, rows, folder)
        first_runs(table, rows)
        clean = reruns(table, rows)
        bad_rows(table, rows, clean)
        commits(table, rows)
        table.close()


if __name__ == "__main__":
    main()
