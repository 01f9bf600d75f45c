#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments of a run, each followed by a rerun: the destination and the ledger's
state must be those of a run that nobody disturbed, and the sum must close.

Some of the kills are followed by a change before the rerun: the source, the migration, or the
destination emptied. Then the end is that of an undisturbed run of the changed thing.
"""
import argparse
import contextlib
import ctypes
import ctypes.util
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WHERRY = ROOT / "build" / "release" / "wherry"
FOLDER = ROOT / "build" / "soak"

TABLE = """
    PRAGMA journal_mode=WAL;
    CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
                         balance NUMERIC(12,2) NOT NULL, born DATE NOT NULL, note TEXT);
"""
MIGRATION = """wherry: 1
name: soak
source: .
destination: sqlite:soak.db
items:
  person:
    from: soak.csv
    key: id
    into: person
    map:
      id: id
      name: trim(name)
      email: lower(email)
      balance: balance
      born: to_date(born, 'DD/MM/YYYY')
      note: note
"""


def write_source(rows, seed):
    rnd = random.Random(seed)
    numbers = list(range(1, rows + 1))
    # In order for the most part, as exports are, with stretches that are not.
    for _ in range(20):
        start = rnd.randrange(rows)
        stretch = numbers[start:start + rows // 200]
        rnd.shuffle(stretch)
        numbers[start:start + rows // 200] = stretch
    with open(FOLDER / "soak.csv", "w", encoding="utf-8") as file:
        file.write("id,name,email,balance,born,note\n")
        for place, number in enumerate(numbers):
            born = f"{rnd.randint(1, 28):02}/{rnd.randint(1, 12):02}/{rnd.randint(1940, 2009)}"
            if rnd.random() < 0.003:
                born = "31/02/2020"
            if rnd.random() < 0.002:
                number = numbers[rnd.randrange(place + 1)]
            name = f" Ann {number} "
            note = '"a ""b"", c"' if number % 3 == 0 else ""
            file.write(f"{number},{name},A{number}@X.org,{rnd.randint(0, 10**6) / 100:.2f},{born},{note}\n")


def new_database():
    for name in ("soak.db", "soak.db-wal", "soak.db-shm", "soak.db-wherry-lock"):
        (FOLDER / name).unlink(missing_ok=True)
    sql(TABLE)


def sql(script):
    done = subprocess.run(["sqlite3", FOLDER / "soak.db"], input=script, text=True, check=True,
                          stdout=subprocess.PIPE)
    return done.stdout


def digest(query):
    process = subprocess.Popen(["sqlite3", FOLDER / "soak.db", query], stdout=subprocess.PIPE)
    result = hashlib.sha256()
    for block in iter(lambda: process.stdout.read(1 << 20), b""):
        result.update(block)
    assert process.wait() == 0
    return result.hexdigest()


class Streams:
    """The byte strings of a blob of the ledger, as docs/ledger.md describes them."""

    EMPTY, PLAIN, CONSTANT, ZSTD = range(4)
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                     ctypes.c_size_t]

    def __init__(self, blob):
        self.blob = blob
        self.at = 1
        assert blob[0] == 1, "an unknown version of streams"
        entries = []
        for _ in range(self.varint()):
            coding = self.blob[self.at]
            self.at += 1
            size = self.varint() if coding != self.EMPTY else 0
            stored = self.varint() if coding == self.ZSTD else 1 if coding == self.CONSTANT else size
            entries.append((coding, size, stored))
        self.streams = [self.take(*entry) for entry in entries]

    def varint(self):
        number = shift = 0
        while True:
            byte = self.blob[self.at]
            self.at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    def take(self, coding, size, stored):
        bytes_ = self.blob[self.at:self.at + stored]
        self.at += stored
        if coding == self.CONSTANT:
            return bytes_ * size
        if coding != self.ZSTD:
            return bytes_
        room = ctypes.create_string_buffer(size)
        assert self.zstd.ZSTD_decompress(room, size, bytes_, stored) == size
        return room.raw


def state_digest():
    """Source hashes, owners and flags of all entries of the state, in the order of their hashes:
    that order, unlike the cut into pages, does not depend on how a run came to its end."""
    parts = {3: hashlib.sha256(), 4: hashlib.sha256(), 5: hashlib.sha256()}
    with contextlib.closing(sqlite3.connect(FOLDER / "soak.db")) as database:
        for page, in database.execute("SELECT page FROM wherry_state ORDER BY first_hash"):
            streams = Streams(page).streams
            for number, part in parts.items():
                part.update(streams[number])
    return [part.hexdigest() for part in parts.values()]


def left_behind():
    return {
        "rows": digest("SELECT * FROM person ORDER BY id"),
        "failures": digest("SELECT key, stage, rule, column_name, message, place "
                           "FROM wherry_failure WHERE run = (SELECT max(id) FROM wherry_run "
                           "WHERE is_partial = 0) ORDER BY place"),
        "owned": sql("SELECT sum(entries) FROM wherry_state;"),
        "state": state_digest(),
    }


def start(*options):
    return subprocess.Popen([WHERRY, "run", "soak.yaml", "--json", *options], cwd=FOLDER,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)


def finish():
    process = start()
    out, _ = process.communicate()
    assert process.returncode == 1, (process.returncode, out.decode(errors="replace"))
    document = json.loads(out)
    assert document["sum_closes"], document
    return document


def undisturbed(migration):
    (FOLDER / "soak.yaml").write_text(migration)
    new_database()
    started = time.monotonic()
    finish()
    return left_behind(), time.monotonic() - started


def kill_after(seconds):
    """True where the run was killed, not finished before."""
    process = start()
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def one_kill(rnd, seconds, expected, changed_map):
    """One or more kills, perhaps a change, a rerun, a comparison; tells what was done."""
    (FOLDER / "soak.yaml").write_text(MIGRATION)
    new_database()
    told = []
    for _ in range(rnd.choice([1, 1, 1, 2, 3])):
        moment = rnd.uniform(0.02, seconds)
        told.append(f"kill at {moment:.2f} s{'' if kill_after(moment) else ' (was through)'}")
    change = rnd.choice(["", "", "", "map", "emptied"])
    goal = expected
    if change == "map":
        (FOLDER / "soak.yaml").write_text(MIGRATION.replace("trim(name)", "upper(trim(name))"))
        goal = changed_map
    elif change == "emptied":
        sql("DELETE FROM person;")
    document = finish()
    told.append(change or "rerun")
    told.append("gone on" if document["resumed"] else "anew")
    found = left_behind()
    assert found == goal, (told, found, goal)
    # Whatever was killed when, each row was logged as inserted by one committed group, and no more.
    inserted = int(sql("SELECT sum(inserted) FROM wherry_chunk;"))
    rows = int(sql("SELECT count(*) FROM person;"))
    assert inserted == rows or change == "emptied", (told, inserted, rows)
    return ", ".join(told)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, required=True)
    arguments.add_argument("--kills", type=int, default=50)
    arguments.add_argument("--rows", type=int, default=3_000_000)
    options = arguments.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.environ["TZ"] = "UTC"
    rnd = random.Random(options.seed)
    write_source(options.rows, options.seed)
    changed_map, _ = undisturbed(MIGRATION.replace("trim(name)", "upper(trim(name))"))
    expected, seconds = undisturbed(MIGRATION)
    print(f"kills: {options.rows:,} rows, an undisturbed run takes {seconds:.1f} s", flush=True)
    for number in range(options.kills):
        told = one_kill(rnd, seconds, expected, changed_map)
        print(f"kills: {number + 1} of {options.kills}: {told}", flush=True)
    shutil.rmtree(FOLDER)
    print(f"kills: {options.kills} passed, 0 failed")


if __name__ == "__main__":
    sys.exit(main())
