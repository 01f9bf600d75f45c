#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast one thread reads files into columns: the same people as quoted CSV, NDJSON, fixed width, in
cp1252 and packed. Rates are of the bytes of the plain file.

What a packed file costs more than a plain one is set against its library alone, which unpacks the
same bytes from memory in this process.
"""
import argparse
import csv
import ctypes
import ctypes.util
import gzip
import json
import multiprocessing
import re
import sys
import time
import zlib

from measuring import DATA, ROOT, Table, measure, need_shared, people, warm

BUILD = ROOT / "build" / "dev" / "bench"
WIDTHS = {"id": 10, "first_name": 20, "last_name": 20, "email": 50, "country": 10, "status": 10,
          "balance": 12, "signup": 10, "last_seen": 20, "notes": 60}
PIECE = 1 << 20


# ---- input ---------------------------------------------------------------------------------------

def library(name):
    found = ctypes.util.find_library(name)
    if found is None:
        sys.exit(f"bench: lib{name} is not installed")
    return ctypes.CDLL(found)


def zstd_pack(data):
    zstd = library("zstd")
    zstd.ZSTD_compressBound.restype = zstd.ZSTD_compress.restype = ctypes.c_size_t
    room = ctypes.create_string_buffer(zstd.ZSTD_compressBound(ctypes.c_size_t(len(data))))
    size = zstd.ZSTD_compress(room, ctypes.c_size_t(len(room)), data, ctypes.c_size_t(len(data)), 3)
    return room.raw[:size]


def write_forms(rows, folder):
    source, _ = people(rows)
    folder.mkdir(parents=True, exist_ok=True)
    with open(source, encoding="utf-8", newline="") as file, \
            open(folder / "quoted.csv", "w", encoding="utf-8", newline="") as quoted, \
            open(folder / "people.ndjson", "w", encoding="utf-8") as ndjson, \
            open(folder / "fixed.txt", "w", encoding="utf-8") as fixed:
        records = csv.DictReader(file)
        to_csv = csv.writer(quoted, quoting=csv.QUOTE_ALL, lineterminator="\n")
        to_csv.writerow(WIDTHS)
        for record in records:
            to_csv.writerow(record.values())
            ndjson.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
            fixed.write("".join(record[name].replace("\n", " ")[:width].ljust(width)
                                for name, width in WIDTHS.items()) + "\n")
    place = 1
    with open(folder / "layout.csv", "w", encoding="utf-8") as layout:
        layout.write("column,start,length\n")
        for name, width in WIDTHS.items():
            layout.write(f"{name},{place},{width}\n")
            place += width
    plain = (folder / "quoted.csv").read_bytes()
    (folder / "cp1252.csv").write_bytes(plain.decode().encode("cp1252", "replace"))
    (folder / "quoted.csv.gz").write_bytes(gzip.compress(plain, 6))
    (folder / "quoted.csv.zst").write_bytes(zstd_pack(plain))
    (folder / "made").touch()


def forms(rows):
    folder = DATA / f"formats-{rows}"
    if not (folder / "made").exists():
        # In a process of its own: a command's peak memory counts what its parent had when it forked.
        made = multiprocessing.Process(target=write_forms, args=(rows, folder))
        made.start()
        made.join()
        if made.exitcode != 0:
            sys.exit("bench: the files were not made")
    return folder


# ---- measuring -----------------------------------------------------------------------------------

def read(path, *options):
    """Seconds to columns, the best of the program's rounds, and its peak memory in MiB."""
    warm(path)
    done = measure([BUILD / "format_read", path, *options], path.parent)
    found = re.search(r"(\d+) rows, (\d+) bad records; split [\d.]+ s, columns ([\d.]+) s", done.out)
    if found is None or int(found[2]) > 0:
        sys.exit(f"bench: {path.name}: {done.out}")
    return float(found[3]), done.memory, int(found[1])


def gzip_alone(data, _):
    unpacker = zlib.decompressobj(31)
    started = time.monotonic()
    for at in range(0, len(data), PIECE):
        unpacker.decompress(data[at:at + PIECE])
    return time.monotonic() - started


def zstd_alone(data, size):
    zstd = library("zstd")
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    room = ctypes.create_string_buffer(size)
    started = time.monotonic()
    got = zstd.ZSTD_decompress(room, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    took = time.monotonic() - started
    assert got == size
    return took


def rate(table, name, path, goal, *options):
    seconds, memory, rows = read(path, *options)
    rate_now = path.stat().st_size / 1e6 / seconds
    print(f"{name:34}{seconds:9.2f}{rows / seconds:12,.0f}{rate_now:8.0f}{'':8}{memory:7.0f}")
    if goal:
        table.goal(f"MB/s, {name}", rate_now, goal, at_least=True)
    return seconds, memory


def packed(table, name, path, plain_seconds, alone):
    seconds, _, rows = read(path)
    print(f"{name:34}{seconds:9.2f}{rows / seconds:12,.0f}{'':23}  "
          f"its library alone {alone:.2f} s")
    table.goal(f"what {name} adds / library", (seconds - plain_seconds) / alone, 1.15)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rows", type=int, nargs="?", default=1_000_000)
    rows = arguments.parse_args().rows
    need_shared()
    folder = forms(rows)
    plain = folder / "quoted.csv"
    print(f"\n{rows:,} people in files, one thread")
    table = Table(rows, plain.stat().st_size / 1e6)
    seconds, memory = rate(table, "quoted CSV", plain, 700)
    rate(table, "NDJSON", folder / "people.ndjson", 400, "type=ndjson")
    rate(table, "fixed width", folder / "fixed.txt", 1000, "type=fixed",
         f"layout={folder / 'layout.csv'}")
    rate(table, "CSV in cp1252", folder / "cp1252.csv", None, "encoding=cp1252")
    print(measure([BUILD / "decode", folder / "cp1252.csv", "cp1252"], folder).out.strip())
    _, small, _ = read(forms(rows // 4) / "quoted.csv")
    table.goal("peak memory / that of a quarter", memory / small, 1.1)
    size = plain.stat().st_size
    for name, suffix, alone in (("gzip", "gz", gzip_alone), ("zstd", "zst", zstd_alone)):
        path = folder / f"quoted.csv.{suffix}"
        data = path.read_bytes()
        packed(table, name, path, seconds, min(alone(data, size) for _ in range(3)))
    table.close()


if __name__ == "__main__":
    main()
