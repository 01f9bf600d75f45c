# SPDX-License-Identifier: Apache-2.0
"""What only looks, beside a run that goes on: what belongs together in its answer is of one moment."""
import contextlib
import os
import subprocess
import tempfile

import pytest
from conftest import IS_SANITIZED, ServerDatabase

from proxy import Hold
from things import write_migration

COUNT = 50
TABLE = "CREATE TABLE thing (id bigint PRIMARY KEY, size bigint CHECK (size <> 7))"


def write_things(workspace, count, file="things.csv"):
    workspace.write(file, "id,size\n" + "".join(f"{number},{number}\n" for number in range(1, count + 1)))


@pytest.fixture
def migrated(wherry, workspace, postgres):
    """All things are there but the seventh, which was refused."""
    postgres.script(TABLE)
    write_things(workspace, COUNT)
    write_migration(workspace, postgres.url)
    wherry("run", "people.yaml").expect(1)
    return postgres


@pytest.fixture
def looking(wherry, workspace, migrated):
    """looking(args, words): a command that is held at the statement with those words for as long as the block goes on;
    gives a list that has the command's result then."""
    @contextlib.contextmanager
    def look(args, words):
        with tempfile.TemporaryDirectory() as folder:
            proxy = Hold(folder, migrated.host, words)
            write_migration(workspace, ServerDatabase(folder, migrated.name).url)
            process = wherry.start(*args)
            results = []
            try:
                assert proxy.came.wait(60)
                write_migration(workspace, migrated.url)
                yield results
            finally:
                proxy.may_go.set()
                results.append(wherry.finish(process, args))
                proxy.close()
    return look


def test_a_dry_run_loads_the_state_that_was_there_before_a_run_saves_its_own(wherry, workspace, looking):
    with looking(("run", "people.yaml", "--dry-run", "--json"), "AND first_hash >= ") as results:
        write_things(workspace, 2 * COUNT, "more.csv")
        workspace.write("more.yaml", (workspace / "people.yaml").read_text().replace("things.csv", "more.csv"))
        wherry("run", "more.yaml").expect(1)
    assert results[0].expect(0).json()["items"][0]["counts"]["unchanged"] == COUNT - 1


def test_status_tells_reasons_of_the_moment_of_its_counts(migrated, looking):
    with looking(("status", "people.yaml", "--json"), "GROUP BY status, stage") as results:
        migrated.script("UPDATE wherry.failure SET message = 'of later'; UPDATE wherry.chunk SET failed = 2")
    run = results[0].expect(0).json()["runs"][0]
    assert run["items"][0]["counts"]["failed"] == 1
    assert "thing_size_check" in str(run) and "of later" not in str(run)


def test_the_log_of_a_key_tells_a_failure_of_the_moment_of_its_group(migrated, looking):
    """An item that is tried again meanwhile has none any more."""
    with looking(("log", "people.yaml", "--id", "7"), "+segment = ") as results:
        migrated.script("DELETE FROM wherry.failure")
    assert "thing_size_check" in results[0].expect(0).out


def peak_of(wherry, *args):
    """The most memory that a command takes, in MiB."""
    process = subprocess.Popen([wherry.program, *args], cwd=wherry.folder, env=wherry.environment(),
                               stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer keeps what was freed")
def test_a_list_of_failures_takes_the_memory_of_a_part(wherry, migrated):
    few = peak_of(wherry, "log", "people.yaml", "--failed", "--export", "csv")
    migrated.script("""INSERT INTO wherry.failure (run, item, status, key, stage, message, at)
        SELECT run, item, status, i, stage, repeat(message, 20), at FROM wherry.failure, generate_series(1, 40000) i""")
    assert peak_of(wherry, "log", "people.yaml", "--failed", "--export", "csv") < few + 20
