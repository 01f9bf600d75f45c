# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL's measurements are compared with: its own COPY, and the tools that people use instead.

A control whose program is not installed is None, and its line says so.
"""
import importlib.util
import os
import pathlib
import shutil

from measuring import ROOT, measure

PIPE = ('psql -qd source -c "COPY pgbench_accounts TO STDOUT (FORMAT binary)" | '
        'psql -qd bench -c "COPY pgbench_accounts FROM STDIN (FORMAT binary)"')
COPY = "\\copy person from people.bin with (format binary)"
UPSERT = """CREATE UNLOGGED TABLE staged (LIKE person);
\\copy staged from people.bin with (format binary)
INSERT INTO person SELECT * FROM staged ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, email = excluded.email, country = excluded.country, status = excluded.status,
  balance = excluded.balance, signup = excluded.signup, last_seen = excluded.last_seen, notes = excluded.notes;
DROP TABLE staged;
"""
# pgloader has no lower(trim()): it writes less than the migration does.
LOAD_CSV = """LOAD CSV FROM '{path}'
  HAVING FIELDS (id, first_name, last_name, email, country, status, balance,
    signup [date format 'DD/MM/YYYY'], last_seen, notes [null if blanks])
  INTO postgresql://{user}@unix:{host}:5432/bench
  TARGET TABLE person (id, name text using (format nil "~a ~a" first_name last_name), email, country,
    status, balance, signup, last_seen, notes)
  WITH skip header = 1, fields optionally enclosed by '"', fields escaped by double-quote,
    fields terminated by ',';
"""
LOAD_SQLITE = """LOAD DATABASE FROM sqlite://{path} INTO postgresql://{user}@unix:{host}:5432/bench
  WITH data only, include no drop, no truncate INCLUDING ONLY TABLE NAMES LIKE 'person';
"""
# It makes the table, and its key behind the rows.
LOAD_NEW_SQLITE = """LOAD DATABASE FROM sqlite://{path} INTO postgresql://{user}@unix:{host}:5432/bench
  WITH include no drop INCLUDING ONLY TABLE NAMES LIKE 'person';
"""


def copy_binary(folder):
    """people.bin, the rows that a run has converted, into the table."""
    return measure(["psql", "-qd", "bench", "-c", COPY], folder)


def copy_upsert(folder):
    (folder / "upsert.sql").write_text(UPSERT)
    return measure(["psql", "-qd", "bench", "-f", "upsert.sql"], folder)


def copy_pipe(folder):
    return measure(["bash", "-c", PIPE], folder)


def pgloader(command, path):
    """One of the LOAD commands above on the file at @p path."""
    if shutil.which("pgloader") is None:
        return None
    text = command.format(path=path, host=os.environ["PGHOST"], user=os.environ["PGUSER"])
    file = pathlib.Path(path.parent, "people.load")
    file.write_text(text)
    return measure(["pgloader", "--quiet", file], path.parent)


def ogr2ogr(path):
    """The table person of a SQLite database into the one in PostgreSQL."""
    if shutil.which("ogr2ogr") is None:
        return None
    return measure(["ogr2ogr", "-f", "PostgreSQL", "PG:dbname=bench", path, "person", "-append", "-nln",
                    "person", "-preserve_fid", "-gt", "65536", "--config", "PG_USE_COPY", "YES"],
                   path.parent)


def script(path):
    """The hand-written migration, a transaction an item."""
    if any(importlib.util.find_spec(name) is None for name in ("django", "psycopg2")):
        return None
    return measure(["/usr/bin/python3", ROOT / "bench" / "script.py", path], path.parent)
