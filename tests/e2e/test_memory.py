# SPDX-License-Identifier: Apache-2.0
"""What a run takes of memory at its peak stays below limits.memory and what every run needs beside it."""
import subprocess
import sys

import pytest

from conftest import IS_SANITIZED, sum_closes

COLUMNS = 100
ROWS = 8000
LIMIT = 32  # MiB
BASE = 64   # MiB; docs/migration-file.md names it

# The peak of a process counts what it had before it became another program: this one has little.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(code)
"""
MIGRATION = """
    wherry: 1
    name: memory
    source: .
    destination: %s
    limits: { memory: %dMiB }
    items:
      wide: { from: wide.csv, key: id, into: wide, map: { "*": same } }
"""

pytestmark = [pytest.mark.workers,
              pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer takes memory of its own")]


class Wide:
    """A table of many columns, moved from a file by a few workers."""

    def __init__(self, wherry, workspace, url, destination):
        self.wherry, self.workspace, self.destination = wherry, workspace, destination
        names = [f"c{n}" for n in range(COLUMNS)]
        destination.script(f"CREATE TABLE wide (id bigint PRIMARY KEY, {' text, '.join(names)} text)")
        self.header = ",".join(["id"] + names)
        workspace.write("wide.yaml", MIGRATION % (url, LIMIT))

    def fill(self, what):
        with open(self.workspace / "wide.csv", "w") as out:
            print(self.header, file=out)
            for row in range(ROWS):
                print(row, *(f"{what} {row} {column}" for column in range(COLUMNS)), sep=",", file=out)

    def peak(self, workers):
        """MiB that a run takes."""
        done = subprocess.run(
            [sys.executable, "-c", LAUNCHER, self.wherry.program, "run", "wide.yaml", "--workers", str(workers)],
            cwd=self.workspace.folder, env=self.wherry.environment(), stdout=subprocess.PIPE, check=True)
        return int(done.stdout)

    def counts(self):
        result = self.wherry("run", "wide.yaml", "--json").expect(0).json()
        counts = result["items"][0]["counts"]
        sum_closes(counts)
        return counts


def stays_within_its_limit(wide, workers):
    for what in ("new", "changed"):
        wide.fill(what)
        assert wide.peak(workers) < LIMIT + BASE, what
    assert wide.counts()["unchanged"] == ROWS
    last = wide.destination.value(f"SELECT c7 FROM wide WHERE id = {ROWS - 1}")
    assert last == f"changed {ROWS - 1} 7"


@pytest.mark.parametrize("workers", [2, 4])
def test_rows_of_many_columns_stay_within_the_limit_in_sqlite(wherry, workspace, workers):
    stays_within_its_limit(Wide(wherry, workspace, "sqlite:wide.db", workspace.sql("wide.db")), workers)


def test_rows_of_many_columns_stay_within_the_limit_in_postgresql(wherry, workspace, postgres):
    stays_within_its_limit(Wide(wherry, workspace, postgres.url, postgres), 2)
