# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL 15 server of one's own, for the time of a comparison."""
import contextlib
import glob
import os
import pathlib
import shutil
import subprocess
import tempfile

SETTINGS = ("-c TimeZone=UTC -c DateStyle=ISO,MDY -c IntervalStyle=postgres "
            "-c extra_float_digits=1 -c client_min_messages=error")
# A server of a test outlives its own stop at once, but not the machine's; nothing runs beside the test.
HASTY = "-c fsync=off -c full_page_writes=off -c autovacuum=off -c max_wal_size=256MB"
MEMORY = "/dev/shm"
MEMORY_NEEDED = 4 << 30
DATA = pathlib.Path(__file__).resolve().parents[1] / "postgres-data"


def quick_folder():
    """Where a short-lived server's folder is made: in memory where there is plenty, None for the usual place."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < MEMORY_NEEDED:
        return None
    return MEMORY


def as_server_user(command):
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


@contextlib.contextmanager
def postgresql():
    """Sets the environment so that psql reaches a server: the one PGHOST names, or one that lives as
    long as the context. Gives False where there is none to be had."""
    os.environ.update(PGOPTIONS=SETTINGS, PGCLIENTENCODING="UTF8")
    programs = glob.glob("/usr/lib/postgresql/15/bin")
    if "PGHOST" in os.environ:
        yield True
    elif not programs or shutil.which("psql") is None:
        yield False
    else:
        with tempfile.TemporaryDirectory(dir=quick_folder()) as folder, running(programs[0], folder):
            yield True


def control(programs, folder, *args, check=True):
    subprocess.run(as_server_user([f"{programs}/pg_ctl", "-D", f"{folder}/data", "-s", "-w", "-l",
                                   f"{folder}/log", *args]), check=check, cwd="/")


def start(programs, folder, settings=HASTY):
    control(programs, folder, "-o",
            f"-c listen_addresses='' -k {folder} -c TimeZone=UTC {settings}", "start")


def stop(programs, folder, check=True):
    control(programs, folder, "-m", "immediate", "stop", check=check)


@contextlib.contextmanager
def running(programs, folder, settings=HASTY):
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    subprocess.run([DATA, folder], check=True)
    start(programs, folder, settings)
    os.environ.update(PGHOST=folder, PGUSER="postgres")
    try:
        yield
    finally:
        stop(programs, folder, check=False)
        del os.environ["PGHOST"]
