# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the program, a folder to work in, SQL, the closing sum.

By hand, against any build:  WHERRY=build/dev/wherry python3 -m pytest tests/e2e -q
"""
import dataclasses
import itertools
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATUSES = ("inserted", "updated", "unchanged", "skipped", "rejected", "failed")
numbers = itertools.count()  # of databases on the suite's server
SANITIZER_EXIT = 99  # see tests/CMakeLists.txt
LEAKS_EVERY = 3  # the search for leaks takes as long as the rest of a short run: every third process makes it
starts = itertools.count()  # of the program
IS_SANITIZED = bool(os.environ.get("WHERRY_SANITIZE"))


def thinned(cases, keep):
    """All cases, or, where a sanitizer runs along and each one takes several times as long, those
    that `keep` is true for: what a case tests of the state on disk, the build without one tests."""
    return [case for case in cases if keep(*case) or not IS_SANITIZED]


def pytest_configure(config):
    config.addinivalue_line("markers", "workers: exercises several workers; runs under TSan, too")
    config.addinivalue_line("markers", "slow: takes more than about five seconds")
    config.addinivalue_line("markers", "costly: its cases take the same path with other data: a "
                                       "sanitizer runs along with every second one")


def pytest_collection_modifyitems(config, items):
    """Where a sanitizer runs along, every second case of a costly test with more than three is run."""
    of_test = {}
    for item in items:
        if IS_SANITIZED and hasattr(item, "callspec") and item.get_closest_marker("costly"):
            of_test.setdefault((item.path, item.originalname), []).append(item)
    left_out = {id(item) for cases in of_test.values() if len(cases) > 3 for item in cases[1::2]}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in left_out])
    items[:] = [item for item in items if id(item) not in left_out]


@dataclasses.dataclass(frozen=True)
class Result:
    """What one run of the program came to."""

    args: tuple
    code: int  # exit code; -N where signal N ended it
    out: str
    err: str

    def json(self):
        """The one JSON document on stdout."""
        return json.loads(self.out)

    def ndjson(self):
        """The JSON documents on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def expect(self, code):
        """This result, after checking its exit code; what was said is shown where it differs."""
        assert self.code == code, (
            f"exit code {self.code}, not {code}: wherry {' '.join(map(str, self.args))}\n"
            f"--- stdout\n{self.out}\n--- stderr\n{self.err}")
        return self


class Wherry:
    """The program under test: wherry("run", file, "--json", cwd=…).expect(0).json()

    A fixed environment, stdin empty unless `given` (bytes) is, a timeout; `env` adds to the environment (None removes a
    name). What a sanitizer finds fails the test, whatever exit code the test expects.
    """

    def __init__(self, program, folder):
        self.program = str(program)
        self.folder = folder

    def environment(self, env=None):
        result = {name: os.environ[name]
                  for name in ("PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                               "TSAN_OPTIONS", "LLVM_PROFILE_FILE") if name in os.environ}
        result.update({"LC_ALL": "C.UTF-8", "TZ": "UTC"})
        if next(starts) % LEAKS_EVERY:
            result["ASAN_OPTIONS"] = result.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        result.update(env or {})
        return {name: str(value) for name, value in result.items() if value is not None}

    def start(self, *args, env=None, cwd=None, stdin=subprocess.DEVNULL, **popen):
        """The program as a subprocess.Popen that runs on: for signals and kills."""
        return subprocess.Popen(
            [self.program, *map(str, args)], stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment(env), cwd=cwd or self.folder, **popen)

    def finish(self, process, args=(), timeout=300, given=None):
        """Waits for what start() gave, and checks what every run must hold."""
        try:
            out, err = process.communicate(given, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
            pytest.fail(f"not finished after {timeout} s: wherry {' '.join(map(str, args))}\n"
                        f"--- stderr\n{err.decode(errors='replace')}")
        result = Result(tuple(args), process.returncode, out.decode(errors="surrogateescape"),
                        err.decode(errors="surrogateescape"))
        found = result.code in (SANITIZER_EXIT, -signal.SIGILL) or "runtime error:" in result.err
        assert not found, f"a sanitizer found something:\n{result.err}"
        return result

    def __call__(self, *args, env=None, cwd=None, timeout=300, given=None):
        stdin = subprocess.DEVNULL if given is None else subprocess.PIPE
        process = self.start(*args, env=env, cwd=cwd, stdin=stdin)
        return self.finish(process, args, timeout, given)

    def is_killed(self, point, *args, **options):
        """True where the program came to the named point at which it was to be killed."""
        return self(*args, env={"WHERRY_CRASH_AT": point}, **options).code == -signal.SIGKILL


@pytest.fixture
def wherry(tmp_path):
    """The program named by $WHERRY, run in the test's own folder."""
    program = os.environ.get("WHERRY")
    if not program:
        pytest.fail("WHERRY does not name the program; run the tests with `make test`")
    return Wherry(pathlib.Path(program).resolve(), tmp_path)


@pytest.fixture(scope="session")
def has_crash_points():
    """The test skips where the program cannot be killed at named points."""
    program = pathlib.Path(os.environ.get("WHERRY", "/dev/null"))
    if b"WHERRY_CRASH_AT" not in program.read_bytes():
        pytest.skip("this build has no crash points")


class Workspace:
    """The test's own folder: writes files, hands out paths."""

    def __init__(self, folder):
        self.folder = folder

    def __truediv__(self, name):
        return self.folder / name

    def write(self, name, content):
        """Writes bytes as they are, or text without its common indentation; gives the path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = textwrap.dedent(content).encode()
        path.write_bytes(content)
        return path

    def sql(self, name):
        """The SQLite database of that name, made where it is missing. See Database."""
        return Database(self.folder / name)

    def remove_database(self, name):
        """As if there had been none."""
        for end in ("", "-wal", "-shm"):
            (self.folder / (name + end)).unlink(missing_ok=True)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


class Database:
    """One SQLite file. No connection stays open between calls, so none is in wherry's way."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def _run(self, work):
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA synchronous=OFF")  # what a test writes need not outlive a crash
        try:
            result = work(connection)
            connection.commit()
            return result
        finally:
            connection.close()

    def script(self, statements):
        """Runs statements; gives this database."""
        self._run(lambda connection: connection.executescript(statements))
        return self

    def rows(self, query, parameters=()):
        """All rows of a query, as a list of tuples."""
        return self._run(lambda connection: connection.execute(query, parameters).fetchall())

    def value(self, query, parameters=()):
        """The first value of the first row."""
        return self.rows(query, parameters)[0][0]

    def dump(self, table):
        """All rows of a table in key order: what two runs are compared by."""
        return self.rows(f'SELECT * FROM "{table}" ORDER BY 1')


@pytest.fixture
def sql():
    """sql(path) → Database."""
    return Database


class ServerDatabase:
    """One database of the suite's PostgreSQL server. Values come back as psql prints them: numbers and
    dates as text, but for whole numbers. One session is kept for all that a test asks."""

    def __init__(self, host, name, user="postgres"):
        self.host = host
        self.name = name
        self.user = user
        self.session = None
        self.url = f"postgresql:host={host} user={user} dbname={name}"

    def connection(self):
        import psycopg2
        import psycopg2.extensions
        connection = psycopg2.connect(host=self.host, user=self.user, dbname=self.name,
                                      options="-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex")
        kept = (20, 21, 23)  # int8, int2, int4; all others as text
        everything = psycopg2.extensions.new_type(
            tuple(oid for oid in range(16, 5000) if oid not in kept), "TEXT",
            lambda value, cursor: value)
        psycopg2.extensions.register_type(everything, connection)
        return connection

    def _run(self, work):
        if self.session is None:
            self.session = self.connection()
        with self.session:
            return work(self.session.cursor())

    def close(self):
        """Ends the session that is kept; the next question begins another: for a server that stops."""
        if self.session is not None:
            self.session.close()
        self.session = None

    def script(self, statements):
        """Runs statements; gives this database."""
        self._run(lambda cursor: cursor.execute(statements))
        return self

    def outside(self, statement):
        """Runs a statement that is no part of a transaction; gives this database."""
        connection = self.connection()
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()
        return self

    def rows(self, query):
        """All rows of a query, as a list of tuples."""
        def work(cursor):
            cursor.execute(query)
            return cursor.fetchall()
        return self._run(work)

    def value(self, query):
        """The first value of the first row."""
        return self.rows(query)[0][0]

    def dump(self, table):
        """All rows of a table in key order: what two runs are compared by."""
        return self.rows(f'SELECT * FROM "{table}" ORDER BY 1')

    def rows_read(self, table):
        """So many of its rows statements have read. A session counts them at its latest when it ends; this one when
        it is told to."""
        self.value("SELECT pg_stat_force_next_flush()")
        self.wait_for("""SELECT (count(*) = 0)::int FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend'""")
        return self.value(f"""SELECT (t.seq_tup_read + (SELECT sum(i.idx_tup_read) FROM pg_stat_user_indexes i
            WHERE i.relid = t.relid))::int FROM pg_stat_user_tables t WHERE t.relname = '{table}'""")

    def wait_for(self, query):
        """Until the query's value, a number, is not 0; a minute at most."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if int(self.value(query)):
                return
            time.sleep(0.02)
        pytest.fail(f"nothing came of: {query}")


@pytest.fixture(scope="session")
def postgres_host(tmp_path_factory):
    """A PostgreSQL server for the time of the session; the test skips where there is none."""
    pytest.importorskip("psycopg2")
    sys.path.insert(0, str(ROOT / "tests" / "differential"))
    import server
    programs = pathlib.Path("/usr/lib/postgresql/15/bin")
    if not programs.is_dir():
        pytest.skip("PostgreSQL 15 is not installed (Debian's postgresql-15)")
    with tempfile.TemporaryDirectory(dir=server.quick_folder()) as folder, \
            server.running(str(programs), folder):
        yield folder


@pytest.fixture
def new_postgres(postgres_host):
    """new_postgres(how) → ServerDatabase, an empty one; @p how is for CREATE DATABASE. It goes when its server does: dropping one
    waits for a checkpoint."""
    made = []

    def make(how=""):
        name = f"test_{os.getpid()}_{next(numbers)}"
        ServerDatabase(postgres_host, "postgres").outside(f"CREATE DATABASE {name} STRATEGY file_copy {how}")
        made.append(ServerDatabase(postgres_host, name))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def postgres(new_postgres):
    return new_postgres()


@pytest.fixture
def shared_data():
    """The data sets beside the checkout; the test skips where they are missing."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data sets are not beside this checkout")
    return folder


def sum_closes(counts):
    """read = inserted + updated + unchanged + skipped + rejected + failed, with all seven named.

    Takes the counts of one item type, as `--json` gives them; gives them back.
    """
    parts = {status: counts[status] for status in STATUSES}
    assert counts["read"] == sum(parts.values()), f"the sum does not close: {counts}"
    return counts
