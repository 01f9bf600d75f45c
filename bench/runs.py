#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What wherry costs in a run: whole processes beside their controls, one after the other.

The input and the controls are those of ../shared/bench.
"""
import argparse
import functools
import json
import pathlib
import shutil
import subprocess
import sys

from measuring import (ROOT, SHARED, WHERRY, Table, cores, in_turns, measure, need_shared,
                       people, warm)

CSV_COUNT = ROOT / "build" / "dev" / "bench" / "csv_count"


def new_database(folder, name):
    path = folder / name
    for suffix in ("", "-wal", "-shm", "-journal", "-wherry-lock"):
        pathlib.Path(str(path) + suffix).unlink(missing_ok=True)
    schema = (SHARED / "person-sqlite.sql").read_text()
    subprocess.run(["sqlite3", path], input="PRAGMA journal_mode=WAL;\n" + schema, text=True,
                   check=True, stdout=subprocess.DEVNULL)
    return path


def migration(folder, name, change=None):
    text = (SHARED / "people.yaml").read_text()
    path = folder / name
    path.write_text(change(text) if change else text)
    return path


# ---- commands ------------------------------------------------------------------------------------

def run_import(path):
    database = new_database(path.parent, "import.db")
    return measure(["sqlite3", database, ".import --csv --skip 1 people.csv person"], path.parent)


class Migration:
    """wherry on one input and one database."""

    def __init__(self, path, name, change=None):
        self.folder = path.parent
        self.database = new_database(self.folder, f"{name}.db")
        self.file = migration(self.folder, f"{name}.yaml", change)
        self.env = {"PEOPLE_SOURCE": str(self.folder),
                    "PEOPLE_DESTINATION": f"sqlite:{self.database}"}

    def run(self, *options):
        return measure([WHERRY, "run", self.file, "--json", *options], self.folder, self.env,
                       accept=(0, 1))

    def item(self, measured):
        return json.loads(measured.out[measured.out.index("{"):])["items"][0]

    def sql(self, query):
        done = subprocess.run(["sqlite3", "-json", self.database, query], check=True,
                              stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout or "[]")

    def ledger_bytes(self):
        return self.sql("SELECT sum(pgsize) AS bytes FROM dbstat "
                        "WHERE name LIKE 'wherry!_%' ESCAPE '!' "
                        "OR name LIKE 'sqlite!_autoindex!_wherry%' ESCAPE '!'")[0]["bytes"]

    def log_id(self, key):
        return measure([WHERRY, "log", self.file, "person", "--id", key], self.folder, self.env)


# ---- what is measured ----------------------------------------------------------------------------

def first_runs(table, rows):
    """The first run, sorted and shuffled; gives the sorted one and its database."""
    result = None
    for options in ((), ("--shuffle",)):
        path, _ = people(rows, *options)
        warm(path)
        what = "shuffled" if options else "sorted"
        control = run_import(path)
        table.add(f"import, {what}", control)
        first = Migration(path, "first")
        measured = first.run()
        table.add(f"run, {what}", measured, control)
        table.goal(f"run / import, {what}", measured.seconds / control.seconds, 1.3)
        table.goal(f"peak MiB, {what}", measured.memory, 256)
        result = result or (first, measured)
    return result


def reruns(table, first, measured):
    again = first.run()
    table.add("rerun, nothing changed", again, measured)
    table.goal("rerun / first run", again.seconds / measured.seconds, 0.5)
    assert first.item(again)["counts"]["unchanged"] == table.rows
    trusted = first.run("--trust-ledger")
    table.add("rerun, --trust-ledger", trusted, measured)
    table.goal("trusted rerun / first run", trusted.seconds / measured.seconds, 0.25)


def log_costs(table, first, measured, path):
    share = first.ledger_bytes() / path.stat().st_size
    table.goal("ledger / source bytes", share, 0.55)
    by_id = min((first.log_id(str(table.rows // 2)) for _ in range(5)), key=lambda m: m.seconds)
    table.goal("seconds of log --id", by_id.seconds, 0.05)
    images_cost(table, path)
    rows = logging(path, "rows").run()
    table.add("run, log: rows", rows, measured)


def logging(path, log):
    return Migration(path, f"log-{log}",
                     lambda text: text.replace("into: person", f"into: person\n    log: {log}"))


def run_logging(path, log):
    return logging(path, log).run()


def images_cost(table, path):
    turns = in_turns(table, {f"run, log: {log}": functools.partial(run_logging, path, log)
                             for log in ("images", "keys")})
    table.goal("time that images take", 1 - turns.ratio("run, log: keys", "run, log: images"), 0.15)


def bad_items(table, rows):
    path, expected = people(rows, "--bad", "1")
    warm(path)
    kinds = {("map", "signup"): "date", ("expect", None): "email", ("map", "balance"): "balance",
             ("key", "id"): "repeat", ("read", None): "utf8", ("map", "country"): "country"}
    keys = None
    for workers in ("1", "2", "4"):
        bad = Migration(path, f"bad{workers}")
        done = bad.run("--workers", workers)
        table.add(f"run, 1% bad, {workers} worker(s)", done)
        found = {kinds[reason["stage"], reason["column"]]: reason["items"]
                 for reason in bad.item(done)["reasons"]}
        assert found == expected, (found, expected)
        refused = bad.sql("SELECT place, message FROM wherry_failure ORDER BY place")
        assert keys is None or refused == keys, "the refused items depend on the workers"
        keys = refused
    turns = in_turns(table, {"run, clean": lambda: Migration(people(rows)[0], "clean").run(),
                             "run, 1% bad": lambda: Migration(path, "bad").run()})
    table.goal("1% bad / clean", turns.ratio("run, 1% bad", "run, clean"), 1.25)


def proportion(table, rows, measured):
    third = rows // 3
    path, _ = people(third)
    warm(path)
    done = Migration(path, "third").run()
    table.add(f"run, {third:,} rows", done, rows=third, megabytes=path.stat().st_size / 1e6)
    table.goal("time for three times the rows / 3", measured.seconds / done.seconds / 3, 1.15)
    table.goal("peak MiB at a third", done.memory, 256)


def count_csv(path):
    if not CSV_COUNT.exists():
        print("csv_count is not built: scanning is not measured (cmake --preset dev)")
        return
    print(measure([CSV_COUNT, path], path.parent).out.strip())


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rows", type=int, nargs="?", default=3_000_000)
    rows = arguments.parse_args().rows
    need_shared()
    if not shutil.which("sqlite3"):
        sys.exit("bench: the control needs sqlite3")
    path, _ = people(rows)
    print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, {cores()} cores")
    table = Table(rows, path.stat().st_size / 1e6)
    first, measured = first_runs(table, rows)
    reruns(table, first, measured)
    log_costs(table, first, measured, path)
    bad_items(table, rows)
    proportion(table, rows, measured)
    count_csv(path)
    table.close()


if __name__ == "__main__":
    main()
