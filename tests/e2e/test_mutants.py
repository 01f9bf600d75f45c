# SPDX-License-Identifier: Apache-2.0
"""Damaged files of every format: no crash, no hang, the sum closes, and the exit code tells.

A few of each format; `make soak` takes thousands, of another seed:
WHERRY_MUTANTS=2000 WHERRY_SEED=7 WHERRY=build/dev/wherry python3 -m pytest tests/e2e/test_mutants.py
"""
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import sqlite3
import struct
import tempfile

import pytest
from conftest import sum_closes
from dbf import table
from random_tables import PACK
from xlsx import workbook

COUNT = int(os.environ.get("WHERRY_MUTANTS", 3))
SEED = int(os.environ.get("WHERRY_SEED", 1))
ROWS = 60

MIGRATION = """\
wherry: 1
name: mutant
source: "{source}"
destination: sqlite:out.db
items:
  thing: {{ from: "{from_}", {form} key: id, into: thing, create: true, map: {{ "*": same }} }}
"""


def rows():
    texts = ["plain", "a, b; c", 'say "yes"', "Zoë", "", "tab\there", "line\nbreak", "back\\slash"]
    return [(str(n), texts[n % len(texts)], f"{n}.5", f"2020-01-{n % 28 + 1:02}")
            for n in range(1, ROWS + 1)]


def quoted(delimiter):
    def cell(value):
        return '"' + value.replace('"', '""') + '"' if set(value) & set(' ,;"\n\t') else value
    lines = [("id", "name", "price", "day"), *rows()]
    return "".join(delimiter.join(map(cell, line)) + "\r\n" for line in lines).encode()


def escaped():
    def cell(value):
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") or "\\N"
    return "".join("\t".join(map(cell, row)) + "\n" for row in rows()).encode()


def objects():
    return [json.dumps({"id": row[0], "name": row[1], "price": float(row[2]), "in": {"day": row[3]}},
                       ensure_ascii=row[0].endswith("3")) for row in rows()]


def fixed():
    return "".join(f"{row[0]:>4}{row[1].replace(chr(10), ' '):<12}{row[2]:>8}\n"
                   for row in rows()).encode()


def dbf():
    fields = [("id", "N", 4), ("name", "C", 12), ("price", "N", 8, 1), ("day", "D", 8)]
    return table(fields, [(row[0], row[1].encode("cp850"), row[2], row[3].replace("-", "").encode())
                          for row in rows()], driver=0x02)


def foxpro():
    fields = [("id", "I", 4), ("name", "V", 12, 0, 2), ("price", "B", 8), ("_NullFlags", "0", 1, 0, 5)]
    records = []
    for row in rows():
        name = row[1].encode("cp1252")
        records.append((int(row[0]), name.ljust(11, b"\0") + bytes([len(name)]),
                        struct.pack("<d", float(row[2])), b"\x01" if name else b"\x02"))
    return table(fields, records, version=0x32, driver=0x03)


def database():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE thing (id TEXT PRIMARY KEY, name TEXT, price NUMERIC, day DATE)")
    connection.executemany("INSERT INTO thing VALUES (?, ?, ?, ?)", rows())
    connection.commit()
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        copy = sqlite3.connect(file.name)
        connection.backup(copy)
        copy.close()
        return pathlib.Path(file.name).read_bytes()


# A format is one line: the file's name, what makes it, and what the migration says of it.
FORMATS = {
    "csv": ("thing.csv", lambda: quoted(","), ""),
    "csv_stated": ("thing.csv", lambda: quoted(","), "format: { dialect: csv },"),
    "csv_semicolon": ("thing.txt", lambda: quoted(";"), 'format: { type: csv, delimiter: ";" },'),
    "csv_pad": ("thing.csv", lambda: quoted("\t"),
                'format: { delimiter: "\\t", ragged: pad, line_end: any },'),
    "mysql": ("thing.tsv", escaped, "format: { dialect: mysql, header: false, "
              "columns: [id, name, price, day] },"),
    "postgres": ("thing.tsv", escaped, "format: { dialect: postgres-text, header: false, "
                 "columns: [id, name, price, day] },"),
    "ndjson": ("thing.ndjson", lambda: ("\n".join(objects()) + "\n").encode(), ""),
    "json": ("thing.json", lambda: ("[" + ",\n ".join(objects()) + "]\n").encode(), ""),
    "fixed": ("thing.dat", fixed,
              'format: { type: fixed, fields: ["id 1 4", "name 5 12", "price 17 8"] },'),
    "gz": ("thing.csv.gz", lambda: PACK["gz"](quoted(",")), ""),
    "zst": ("thing.csv.zst", lambda: PACK["zst"](quoted(",")), ""),
    "xz": ("thing.csv.xz", lambda: PACK["xz"](quoted(",")), ""),
    "bz2": ("thing.csv.bz2", lambda: PACK["bz2"](quoted(",")), ""),
    "zip": ("thing.zip", lambda: PACK["zip"](quoted(",")), ""),
    "xlsx": ("thing.xlsx", lambda: workbook({"Things": [["id", "name", "price", "day"], *rows()]}), ""),
    "dbf": ("thing.dbf", dbf, ""),
    "foxpro": ("thing.dbf", foxpro, ""),
    "sqlite": ("thing.db", database, None),
}


def spliced(pick, content):
    """A piece of it in another place."""
    start, at = pick.randrange(len(content)), pick.randrange(len(content))
    piece = content[start:start + pick.randrange(1, 200)]
    return content[:at] + piece + content[at + pick.choice([0, len(piece)]):]


def flipped(pick, content):
    result = bytearray(content)
    for _ in range(pick.choice([1, 1, 2, 5, 40])):
        result[pick.randrange(len(result))] ^= 1 << pick.randrange(8)
    return bytes(result)


def poisoned(pick, content):
    result = bytearray(content)
    for _ in range(pick.choice([1, 2, 8])):
        result[pick.randrange(len(result))] = pick.choice(b'",;\n\r\t\\\0\xff{}[]:#\x1a')
    return bytes(result)


MUTATIONS = [
    flipped, flipped, poisoned, poisoned, spliced, spliced,
    lambda pick, content: content[:pick.randrange(len(content))],
    lambda pick, content: content[pick.randrange(len(content)):],
    lambda pick, content: content + content[pick.randrange(len(content)):],
    lambda pick, content: content + content,
]


def mutant(pick, content):
    for _ in range(pick.choice([1, 1, 1, 2, 3])):
        content = pick.choice(MUTATIONS)(pick, content) or b"\0"
    return content


def check(result, told):
    """What holds whatever became of the file."""
    assert result.code in (0, 1, 2, 3), f"{told}: exit code {result.code}\n{result.err}"
    if result.code >= 2:
        assert result.out or result.err, f"{told}: no word why"
        return
    total = sum_closes(result.json()["total"])
    refused = total["rejected"] + total["failed"]
    assert (refused > 0) == (result.code == 1), f"{told}: {total}"


def write(folder, name, damage=lambda content: content):
    """The file, damaged or not, and the migration that reads it."""
    file, make, form = FORMATS[name]
    (folder / file).write_bytes(damage(make()))
    source, from_ = (".", file) if form is not None else (f"sqlite:{file}", "thing")
    (folder / "m.yaml").write_text(MIGRATION.format(source=source, from_=from_, form=form or ""))


def try_one(wherry, folder, name, seed):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pick = random.Random(f"{name} {seed}")
    write(folder, name, lambda content: mutant(pick, content))
    result = wherry("run", "m.yaml", "--json", cwd=folder, timeout=60)
    check(result, f"WHERRY_SEED={seed} WHERRY_MUTANTS=1 ({name})")
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_do_no_harm(wherry, tmp_path, name):
    workers = os.cpu_count() if COUNT > 100 else 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        tasks = [pool.submit(try_one, wherry, tmp_path / str(seed), name, seed)
                 for seed in range(SEED, SEED + COUNT)]
        for task in tasks:
            task.result()


@pytest.mark.parametrize("name", FORMATS)
def test_undamaged_files_are_read(wherry, tmp_path, name):
    """So that what the mutants are made of is what the formats mean by it."""
    write(tmp_path, name)
    result = wherry("run", "m.yaml", "--json").expect(0)
    assert result.json()["total"]["inserted"] == ROWS
