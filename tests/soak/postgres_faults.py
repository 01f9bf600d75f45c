#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL at full size, with faults: kill -9 at every named crash point and at random moments,
pg_terminate_backend of any session in any state, a server that stops at once and comes back, that loses a
process and starts anew, or that falls silent, a COMMIT whose answer is cut off or that comes late, a process
that is stopped until another one has taken its run over, a disk that is full. Each is followed by a rerun:
table and log must be those of a run that nobody disturbed, the sum closes, and each row was logged as inserted
once.
"""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "differential"))
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import proxy  # noqa: E402
import server  # noqa: E402

WHERRY = ROOT / "build" / "dev" / "wherry"  # with crash points
PROGRAMS = "/usr/lib/postgresql/15/bin"
MINE = "application_name LIKE 'wherry %' AND pid <> pg_backend_pid()"
TABLE = """CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL CHECK (name <> 'Ann 71'),
    email text NOT NULL UNIQUE, balance numeric(12,2) NOT NULL, born date NOT NULL, note text);"""
# Rows are read back, a few are swallowed, and something is left to be done at each COMMIT.
TRIGGERS = """CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER swallow BEFORE INSERT ON person FOR EACH ROW WHEN (NEW.id % 9973 = 17) EXECUTE FUNCTION swallow();
    CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON person DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.id % 9973 = 18) EXECUTE FUNCTION late();"""
TABLES = {"soak": TABLE, "soak_triggers": TABLE + TRIGGERS}
SERVER = "-c fsync=off"
MIGRATION = """wherry: 1
name: soak
source: .
destination: "postgresql:host={host} user=postgres dbname={name}"
items:
  person:
    from: soak.csv
    key: id
    into: person
    map: {{ "*": same, name: trim(name), born: "to_date(born, 'DD/MM/YYYY')" }}
limits: {{ reconnect: 60 }}
"""
POINTS = ["ledger.upgrade.before_commit", "ledger.prepared", "tables.created", "run.begun",
          "survey.done", "group.claimed", "group.written", "group.logged", "group.committed",
          "chunk.done", "item.done", "state.ahead.before_commit", "state.ahead.after_commit",
          "state.save.begin", "state.save.before_commit", "state.save.after_commit", "run.ended"]
STATES = ["true", "state = 'active'", "state = 'idle'", "state = 'idle in transaction'",
          "query = 'COMMIT'", "query LIKE '%COPY%'", "query LIKE '%wherry.%'"]


def write_source(folder, rows, seed):
    rnd = random.Random(seed)
    with open(folder / "soak.csv", "w", encoding="utf-8") as file:
        file.write("id,name,email,balance,born,note\n")
        for number in range(1, rows + 1):
            born = f"{rnd.randint(1, 28):02}/{rnd.randint(1, 12):02}/{rnd.randint(1940, 2009)}"
            if rnd.random() < 0.003:
                born = "31/02/2020"
            name = 71 if rnd.random() < 0.0005 else f"No {number}"  # the CHECK refuses that one
            file.write(f"{number}, Ann {name} ,a{number}@x.org,{rnd.randint(0, 10**6) / 100:.2f},"
                       f"{born},\n")


class Soak:
    """A server, a source, and what an undisturbed run leaves."""

    def __init__(self, folder, host, options):
        self.folder, self.host, self.options = folder, host, options
        self.rnd = random.Random(options.seed)
        self.expected, self.seconds = {}, 0.0
        self.often = {}  # how often a crash point is reached
        self.numbers = 0
        self.table = "soak"

    # ---- the server

    def sql(self, statement, name="postgres"):
        connection = psycopg2.connect(host=self.host, user="postgres", dbname=name)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def wait_for_server(self):
        for _ in range(600):
            with contextlib.suppress(psycopg2.OperationalError):
                return self.sql("SELECT 1")
            time.sleep(0.1)
        raise AssertionError("the server does not come back")

    def end_sessions(self, which="true"):
        return self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {MINE} AND {which}")

    def new_database(self, table=None, through=None):
        self.numbers += 1
        name = f"soak_{self.numbers}"
        self.table = self.rnd.choice(list(TABLES)) if table is None else table
        self.sql(f"CREATE DATABASE {name} STRATEGY file_copy TEMPLATE {self.table}")
        self.point_to(name, through or self.host)
        return name

    def point_to(self, name, host):
        (self.folder / "soak.yaml").write_text(MIGRATION.format(host=host, name=name))

    def left_behind(self, name):
        """What must be the same; the newest run's failures are told by place."""
        last = "(SELECT max(id) FROM wherry.run)"
        return self.sql(
            "SELECT (SELECT count(*) || ' ' || sum(hashtextextended(p::text, 0)) FROM person p),"
            " (SELECT count(*)::text || md5(string_agg(concat_ws('|', key, stage, column_name, sqlstate,"
            f" place), ',' ORDER BY place, key)) FROM wherry.failure WHERE run = {last}),"
            " (SELECT sum(inserted)::text FROM wherry.chunk),"
            f" (SELECT sum(items)::text FROM wherry.segment WHERE run = {last}),"
            " (SELECT sum(entries)::text FROM wherry.state)", name)[0]

    # ---- runs

    def start(self, **environment):
        workers = str(self.rnd.choice((1, 2, 3)))
        return subprocess.Popen([WHERRY, "run", "soak.yaml", "--json", "--workers", workers], cwd=self.folder,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env={**os.environ, **environment})

    def finish(self, process, codes=(1,)):
        out, said = process.communicate(timeout=600)
        assert process.returncode in codes, (process.returncode, said.decode(), out.decode()[-2000:])
        if process.returncode == 1:
            assert json.loads(out)["sum_closes"], out.decode()
        return said.decode()

    def finish_if_begun(self, process):
        """As finish(), but for a run that had not begun yet: nobody could go on with that one."""
        out, said = process.communicate(timeout=600)
        has_begun = process.returncode == 3 and json.loads(out).get("run")
        assert process.returncode in (1, 3) and not has_begun, (said.decode(), out.decode()[-2000:])
        return f"exit code {process.returncode}"

    def moment(self, process, most=1.0):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=self.rnd.uniform(0.02, self.seconds * most))

    def check(self, name, told):
        self.finish(self.start())
        found = self.left_behind(name)
        assert found == self.expected[self.table], (told, found, self.expected[self.table])
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    # ---- faults: each gives what it did

    def named(self, point):
        number = self.rnd.randint(1, self.often.get(point.partition(".")[0], 1))
        process = self.start(WHERRY_CRASH_AT=point if number == 1 else f"{point}:{number}")
        process.communicate(timeout=600)
        assert process.returncode == -signal.SIGKILL, (point, process.returncode)
        return f"{point}:{number}"

    def kill(self):
        times = self.rnd.choice([1, 1, 2, 3])
        for _ in range(times):
            process = self.start()
            self.moment(process)
            process.kill()
            process.communicate()
        return f"{times} at random"

    def terminate(self):
        process = self.start()
        ended = 0
        for _ in range(self.rnd.choice([1, 2, 5])):
            self.moment(process, 0.5)
            ended += len(self.end_sessions(self.rnd.choice(STATES)))
        return f"{ended} sessions, {self.finish_if_begun(process)}"

    def restart(self):
        process = self.start()
        self.moment(process)
        server.stop(PROGRAMS, self.host)
        time.sleep(self.rnd.choice([0, 0.5, 2]))
        server.start(PROGRAMS, self.host, SERVER)
        return self.finish_if_begun(process)

    def crash(self):
        """One session's process dies, and the server starts all of them anew."""
        process = self.start()
        self.moment(process)
        sessions = self.sql(f"SELECT pid FROM pg_stat_activity WHERE {MINE}")
        for (pid,) in self.rnd.sample(sessions, min(1, len(sessions))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        told = self.finish_if_begun(process)
        self.wait_for_server()
        return told

    def silence(self):
        """All of the server stops for good, as far as wherry can tell; Ctrl-C ends the wait."""
        process = self.start()
        self.moment(process)
        with open(f"{self.host}/data/postmaster.pid", encoding="utf-8") as file:
            postmaster = int(file.readline())
        children = subprocess.run(["pgrep", "-P", str(postmaster)], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.split()
        stopped = [postmaster, *map(int, children)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            process.wait(timeout=30)
            waited = time.monotonic() - started
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        self.finish(process, (1, 3, 6))
        return f"Ctrl-C took {waited:.1f} s, exit code {process.returncode}"

    def interrupt(self):
        process = self.start()
        self.moment(process)
        process.send_signal(signal.SIGINT)
        self.finish(process, (1, 6))
        return f"exit code {process.returncode}"

    def take_over(self):
        process = self.start()
        self.moment(process)
        process.send_signal(signal.SIGSTOP)
        self.end_sessions()
        time.sleep(0.2)
        other = self.start()
        self.moment(other)
        process.send_signal(signal.SIGCONT)
        self.finish(other, (1, 3))
        self.finish(process, (1, 3))
        return f"exit codes {process.returncode} and {other.returncode}"

    # ---- faults on the way, and of the disk

    def cut(self, mode):
        """A COMMIT that is cut off, or late: the database is reached through a proxy of its own."""
        with tempfile.TemporaryDirectory() as folder:
            between = proxy.Proxy(folder, self.host, mode, self.rnd.randint(4, 12))
            name = self.new_database(through=folder)
            self.finish(self.start())
            was_cut = between.was_cut
            between.close()
        self.point_to(name, self.host)
        self.check(name, mode)
        return "a COMMIT was lost" if was_cut else "there were not so many COMMITs"

    def full_disk(self):
        """A table in a tablespace on a file system that is too small, then on one that is not."""
        place = self.folder / "small"
        place.mkdir()
        size = max(self.options.rows // 12_000, 4)  # MiB, about half of what the table takes
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", place]
        if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode != 0:
            place.rmdir()
            return "skipped: no file system can be mounted here"
        try:
            (place / "space").mkdir()
            shutil.chown(place / "space", "postgres")
            self.sql(f"CREATE TABLESPACE small LOCATION '{place}/space'")
            name = self.new_database("soak")
            self.sql("ALTER TABLE person SET TABLESPACE small; ALTER INDEX person_pkey SET TABLESPACE small", name)
            said = self.finish(self.start(), (3,))
            assert "No space left on device" in said, said
            subprocess.run(["mount", "-o", f"remount,size={size * 20}m", place], check=True)
            self.check(name, "full disk")
            self.sql("DROP TABLESPACE small")
            return "the run ended with 3, the next went on"
        finally:
            subprocess.run(["umount", "-l", place], check=False)

    # ---- all of them

    def tell(self, number, name, told):
        print(f"faults: {number} {name}: {told}", flush=True)

    def on_new(self, fault, *args):
        name = self.new_database()
        told = fault(*args)
        self.check(name, (fault.__name__, told))
        return f"{told} ({self.table})"

    def undisturbed(self, table):
        self.sql(f"CREATE DATABASE {table}")
        self.sql(TABLES[table], table)
        name = self.new_database(table)
        started = time.monotonic()
        self.finish(self.start())
        self.seconds = time.monotonic() - started
        self.expected[table] = self.left_behind(name)
        groups, chunks = self.sql("SELECT count(*), count(DISTINCT chunk) FROM wherry.segment", name)[0]
        self.often = {"group": groups, "chunk": chunks}
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")
        print(f"faults: {self.options.rows:,} rows in {groups} groups, an undisturbed run of '{table}' takes "
              f"{self.seconds:.1f} s", flush=True)

    def run(self):
        for table in reversed(TABLES):
            self.undisturbed(table)
        done = collections.Counter()
        plan = [("kill", self.named, point) for point in POINTS]
        plan += [("cut", None, mode) for mode in ("cut", "delay")]
        plan += [(fault.__name__, fault) for fault in (self.kill, self.terminate, self.restart, self.crash,
                                                       self.silence, self.interrupt, self.take_over)]
        random_ones = plan[len(POINTS):]
        plan += [self.rnd.choice(random_ones) for _ in range(self.options.faults)]
        started = time.monotonic()
        for number, (name, fault, *args) in enumerate(plan, 1):
            told = self.cut(*args) if fault is None else self.on_new(fault, *args)
            self.tell(f"{number} of {len(plan)}", name, told)
            done[name] += 1
        self.tell("last", "full disk", self.full_disk())
        print(f"faults: {len(plan)} passed, 0 failed in {time.monotonic() - started:.0f} s: " +
              ", ".join(f"{count} {name}" for name, count in sorted(done.items())))


def main():
    # A shell that starts this in the background has Ctrl-C ignored, and so would have what is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, required=True)
    arguments.add_argument("--faults", type=int, default=30, help="beside one of each kind")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--folder", help="where server and source lie")
    options = arguments.parse_args()
    os.environ["TZ"] = "UTC"
    with tempfile.TemporaryDirectory(dir=options.folder) as host, server.running(PROGRAMS, host, SERVER), \
            tempfile.TemporaryDirectory(dir=options.folder) as folder:
        os.chmod(folder, 0o755)
        write_source(pathlib.Path(folder), options.rows, options.seed)
        Soak(pathlib.Path(folder), host, options).run()


if __name__ == "__main__":
    sys.exit(main())
