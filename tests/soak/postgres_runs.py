# SPDX-License-Identifier: Apache-2.0
"""Runs of wherry into a PostgreSQL database of a trial's own, and what befalls them (postgres_edits.py, postgres_shapes.py)."""
import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "differential"))
import server  # noqa: E402

WHERRY = os.environ.get("WHERRY", str(ROOT / "build" / "dev" / "wherry"))  # a build with crash points
PROGRAMS = "/usr/lib/postgresql/15/bin"
SERVER = "-c fsync=off -c max_prepared_transactions=10"
MINE = "application_name LIKE 'wherry %' AND pid <> pg_backend_pid()"
# Where a run can be made to crash: all but those of files that are written whole. Some are not come to by each run.
POINTS = sorted({point for path in (ROOT / "src").rglob("*.c")
                 for point in re.findall(r'WH_CRASH_POINT\("([a-z_.]+)"\)', path.read_text())
                 if not point.startswith("output.")})


def make_parser(description):
    """A parser of what all trials take, for more to be added."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--seed", type=int, required=True)
    arguments.add_argument("--rounds", type=int, default=200)
    arguments.add_argument("--folder", help="where server and source lie")
    return arguments


@contextlib.contextmanager
def places(folder):
    """A server's socket and a folder for a trial, both in the folder that was asked for, if any."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["TZ"] = "UTC"
    folder = folder or server.quick_folder()
    with tempfile.TemporaryDirectory(dir=folder) as host, server.running(PROGRAMS, host, SERVER), \
            tempfile.TemporaryDirectory(dir=folder) as place:
        os.chmod(place, 0o755)
        yield pathlib.Path(place), host


class Runs:
    """A database, a folder with trial.yaml, and runs of it. Whoever inherits says what `options` a run may have."""

    def __init__(self, host, folder, name, rnd):
        self.host, self.folder, self.name, self.rnd = host, folder, name, rnd

    # ---- the server

    def connect(self, name=None):
        connection = psycopg2.connect(host=self.host, user="postgres", dbname=name or self.name, options="-c TimeZone=UTC")
        connection.autocommit = True
        return connection

    def sql(self, statement, name=None):
        with contextlib.closing(self.connect(name)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def make_databases(self, *names):
        for name in names:
            self.sql(f"CREATE DATABASE {name} STRATEGY file_copy", "postgres")

    def drop_databases(self, *names):
        for name in names:
            self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres")

    # ---- runs

    def options(self):
        raise NotImplementedError

    def start(self, *options, **environment):
        return subprocess.Popen([WHERRY, "run", "trial.yaml", "--json", "--workers", str(self.rnd.choice([1, 2, 3])), *options],
                                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env={**os.environ, **environment})

    def finish(self, process):
        out, said = process.communicate(timeout=300)
        assert process.returncode in (0, 1, 2, 3, 6, -9), (process.returncode, said.decode(), out.decode()[-2000:])
        if process.returncode in (0, 1):
            assert json.loads(out)["sum_closes"], out.decode()
        return process.returncode

    def moment(self, process):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=self.rnd.uniform(0.01, 0.4))

    # ---- what befalls them: each gives what it did

    def plain(self):
        options = self.options()
        return f"run {' '.join(options)[:30]} {self.finish(self.start(*options))}"

    def killed_at(self):
        point = self.rnd.choice(POINTS) + self.rnd.choice(["", "", ":2", ":3", ":5"])
        return f"{point} {self.finish(self.start(*self.options(), WHERRY_CRASH_AT=point))}"

    def killed(self):
        process = self.start(*self.options())
        self.moment(process)
        process.kill()
        return f"killed {self.finish(process)}"

    def interrupted(self):
        process = self.start(*self.options())
        self.moment(process)
        process.send_signal(signal.SIGINT)
        return f"interrupted {self.finish(process)}"

    def terminated(self):
        process = self.start(*self.options())
        for _ in range(self.rnd.choice([1, 2, 5])):
            self.moment(process)
            self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {MINE}")
        return f"terminated {self.finish(process)}"

    def server_restarted(self):
        process = self.start(*self.options())
        self.moment(process)
        server.stop(PROGRAMS, self.host)
        server.start(PROGRAMS, self.host, SERVER)
        return f"server restarted {self.finish(process)}"
