# SPDX-License-Identifier: Apache-2.0
"""Random files through other formats and back: CSV → NDJSON → CSV, CSV → SQLite → CSV, every value the
same; one of the two ways reads the file packed.

A few here; `make soak` takes 10,000 of another seed:
WHERRY_ROUND_TRIPS=10000 WHERRY_SEED=7 WHERRY=build/dev/wherry python3 -m pytest tests/e2e/test_round_trip.py
"""
import concurrent.futures
import json
import os
import shutil

from conftest import IS_SANITIZED, sum_closes
from random_tables import PACK, Table, Written, unpacked

COUNT = int(os.environ.get("WHERRY_ROUND_TRIPS", 15 if IS_SANITIZED else 40))
SEED = int(os.environ.get("WHERRY_SEED", 1))
TOGETHER = 40  # files of one migration: starting a program for each would take most of the time


class Case:
    """A random table on its way; all its names begin with its own."""

    def __init__(self, seed):
        self.table = Table(seed)
        self.name = f"t{seed}"
        self.told = f"WHERRY_SEED={seed} WHERRY_ROUND_TRIPS=1 repeats this"
        self.lines = f"{self.name}.{['ndjson', 'json', 'ndjson.gz', 'jsonl.zst'][seed % 4]}"
        self.written = Written(seed)
        self.back = f"{self.name}.{self.written.ending}"

    def write(self, folder):
        (folder / f"{self.name}.csv").write_bytes(self.table.content)
        (folder / f"{self.name}.{self.table.packing}").write_bytes(
            PACK[self.table.packing](self.table.content))

    def check_lines(self, path):
        text = unpacked(path).decode()
        objects = (json.loads(text) if ".json" in path.suffixes else
                   [json.loads(line) for line in text.split("\n")[:-1]])
        wanted = [dict(zip(self.table.columns, row)) for row in self.table.rows]
        assert objects == wanted, self.told

    def check_back(self, path, is_in_order):
        rows = self.written.rows(path)
        if self.written.has_header:
            assert rows.pop(0) == self.table.columns, self.told
        wanted = self.table.rows
        if not is_in_order:
            rows, wanted = ({row[0]: row for row in some} for some in (rows, wanted))
        assert rows == wanted, self.told


def migrate(wherry, folder, name, places, items):
    """Runs one migration of several item types: {name: what is said of it}."""
    source, destination = places
    lines = "".join(f'  {item}: {{ {said}, key: id, map: {{ "*": same }} }}\n'
                    for item, said in items.items())
    (folder / f"{name}.yaml").write_text(
        f"wherry: 1\nname: {name}\nsource: {source}\ndestination: {destination}\nitems:\n{lines}")
    result = wherry("run", f"{name}.yaml", "--json", cwd=folder)
    assert result.code in (0, 1), f"{folder}: exit code {result.code}\n{result.err}"
    return {item["item"]: sum_closes(item["counts"]) for item in result.json()["items"]}


def check_counts(case, counts, refused):
    assert counts["inserted"] == len(case.table.rows), f"{case.told}: {counts}"
    assert counts["rejected"] == refused, f"{case.told}: {counts}"


def through(wherry, folder, cases, way):
    """Both halves of one way; `way` is where to, and what is read and written on it."""
    there, back, first, second = way
    for name, places, said in ((f"to_{back}", (".", there), first), (back, (there, back), second)):
        counts = migrate(wherry, folder, name, places, {case.name: said(case) for case in cases})
        for case in cases:
            refused = case.table.refused if said is first else 0
            check_counts(case, counts[case.name], refused)


def as_lines(case):
    columns = json.dumps(case.table.columns)
    return (f"from: {case.lines}, format: {{ columns: {columns} }}, into: {case.back}, "
            f"into_format: {case.written.options()}")


def as_table(case):
    return f"from: {case.name}, into: {case.back}, into_format: {case.written.options()}"


def read_plain(case):
    return f"from: {case.name}.csv, format: {case.table.format()}, into: {case.lines}"


def read_packed(case):
    return (f"from: {case.name}.{case.table.packing}, format: {case.table.format()}, "
            f"into: {case.name}, create: true")


def try_some(wherry, folder, seeds):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    cases = [Case(seed) for seed in seeds]
    for case in cases:
        case.write(folder)
    through(wherry, folder, cases, ("lines", "back_from_lines", read_plain, as_lines))
    through(wherry, folder, cases, ("sqlite:t.db", "back_from_sqlite", read_packed, as_table))
    for case in cases:
        case.check_lines(folder / "lines" / case.lines)
        case.check_back(folder / "back_from_lines" / case.back, True)
        case.check_back(folder / "back_from_sqlite" / case.back, False)
    shutil.rmtree(folder)


def test_every_value_comes_back(wherry, tmp_path):
    workers = os.cpu_count() if COUNT > 100 else 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        tasks = [pool.submit(try_some, wherry, tmp_path / str(start),
                             range(start, min(start + TOGETHER, SEED + COUNT)))
                 for start in range(SEED, SEED + COUNT, TOGETHER)]
        for task in tasks:
            task.result()
