# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the program, a folder to work in, SQL, the closing sum.

By hand, against any build:  WHERRY=build/dev/wherry python3 -m pytest tests/e2e -q
"""
import dataclasses
import json
import os
import pathlib
import sqlite3
import subprocess
import textwrap

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATUSES = ("inserted", "updated", "unchanged", "skipped", "rejected", "failed")
SANITIZER_EXIT = 99  # see tests/CMakeLists.txt


def pytest_configure(config):
    config.addinivalue_line("markers", "workers: exercises several workers; runs under TSan, too")
    config.addinivalue_line("markers", "slow: takes more than about five seconds")


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

    A fixed environment, stdin closed, a timeout; `env` adds to the environment (None removes a
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
        result.update(env or {})
        return {name: str(value) for name, value in result.items() if value is not None}

    def start(self, *args, env=None, cwd=None):
        """The program as a subprocess.Popen that runs on: for signals and kills."""
        return subprocess.Popen(
            [self.program, *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment(env), cwd=cwd or self.folder)

    def finish(self, process, args=(), timeout=300):
        """Waits for what start() gave, and checks what every run must hold."""
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
            pytest.fail(f"not finished after {timeout} s: wherry {' '.join(map(str, args))}\n"
                        f"--- stderr\n{err.decode(errors='replace')}")
        result = Result(tuple(args), process.returncode, out.decode(errors="surrogateescape"),
                        err.decode(errors="surrogateescape"))
        found = result.code == SANITIZER_EXIT or "runtime error:" in result.err
        assert not found, f"a sanitizer found something:\n{result.err}"
        return result

    def __call__(self, *args, env=None, cwd=None, timeout=300):
        return self.finish(self.start(*args, env=env, cwd=cwd), args, timeout)


@pytest.fixture
def wherry(tmp_path):
    """The program named by $WHERRY, run in the test's own folder."""
    program = os.environ.get("WHERRY")
    if not program:
        pytest.fail("WHERRY does not name the program; run the tests with `make test`")
    return Wherry(pathlib.Path(program).resolve(), tmp_path)


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


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


class Database:
    """One SQLite file. No connection stays open between calls, so none is in wherry's way."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def _run(self, work):
        connection = sqlite3.connect(self.path)
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
