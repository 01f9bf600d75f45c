# SPDX-License-Identifier: Apache-2.0
"""What all measurements share: commands, the table they are printed in, and the input.

Every command is a whole process; its wall time, processor time and peak memory are the system's own
figures (wait4). Only ratios and rates of one run are goals.
"""
import ast
import copy
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "bench"
DATA = ROOT / "build" / "bench-data"
WHERRY = ROOT / "build" / "trained" / "wherry"


class Measured:
    """One process: wall seconds, processor seconds, peak memory in MiB, output."""

    def __init__(self, seconds, cpu, memory, out, code):
        self.seconds = seconds
        self.cpu = cpu
        self.memory = memory
        self.out = out
        self.code = code


def measure(command, cwd, env=None, accept=(0,)):
    out_path = DATA / "out"
    with open(out_path, "wb") as out:
        started = time.monotonic()
        process = subprocess.Popen([str(part) for part in command], cwd=cwd, stdout=out,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    text = out_path.read_text(errors="replace")
    if process.returncode not in accept:
        sys.exit(f"bench: exit code {process.returncode}: {' '.join(map(str, command))}\n{text}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text,
                    process.returncode)


class Table:
    """Prints measurements as they come, and remembers which goals were missed."""

    def __init__(self, rows, megabytes):
        self.rows = rows
        self.megabytes = megabytes
        self.missed = []
        print(f"{'':34}{'seconds':>9}{'rows/s':>12}{'MB/s':>8}{'CPU s':>8}{'MiB':>7}  ratio")

    def of(self, rows, megabytes=None):
        """The same table, for measurements of so many rows."""
        other = copy.copy(self)
        other.rows = rows
        other.megabytes = megabytes
        return other

    def add(self, name, measured, control=None, rows=None, megabytes=None):
        rows = rows or self.rows
        megabytes = megabytes or self.megabytes
        rate = f"{megabytes / measured.seconds:8.0f}" if megabytes else " " * 8
        ratio = f"{measured.seconds / control.seconds:6.2f}" if control else ""
        print(f"{name:34}{measured.seconds:9.2f}{rows / measured.seconds:12,.0f}"
              f"{rate}{measured.cpu:8.2f}{measured.memory:7.0f} {ratio}", flush=True)

    def absent(self, name, package):
        """A control that cannot be measured here, and with it what is compared with it."""
        print(f"{name:34} is not measured: {package} is not installed", flush=True)

    def goal(self, text, value, limit, at_least=False):
        holds = value >= limit if at_least else value <= limit
        print(f"    {'holds ' if holds else 'MISSED'} {text}: {value:.3f}, "
              f"at {'least' if at_least else 'most'} {limit}", flush=True)
        if not holds:
            self.missed.append(text)

    def close(self):
        if self.missed:
            sys.exit(f"bench: missed: {'; '.join(self.missed)}")


class Turns:
    """What took turns: by name the run of each round, and what is to be said of them."""

    def __init__(self, runs):
        self.runs = runs

    def __contains__(self, name):
        return name in self.runs

    def __getitem__(self, name):
        """The one in the middle by its time, of two the faster one."""
        return sorted(self.runs[name], key=lambda run: run.seconds)[(len(self.runs[name]) - 1) // 2]

    def ratio(self, name, control):
        """The median of what it takes of the control's time in the same round."""
        return statistics.median(done.seconds / beside.seconds
                                 for done, beside in zip(self.runs[name], self.runs[control]))

    def memory(self, name):
        """The most that one of its runs took, in MiB."""
        return max(done.memory for done in self.runs[name])


def in_turns(table, made, rounds=2, control=None):
    """Rounds of each, so that a machine that is slow for a while is slow for all: {name: what measures it}. Their
    lines show the one in the middle, and its ratio to that of the one named @p control. One that measures nothing
    (None: its program is not installed) is not in the answer."""
    turns = Turns({})
    for _ in range(rounds):
        for name, measured in made.items():
            done = measured()
            if done is not None:
                turns.runs.setdefault(name, []).append(done)
    for name in turns.runs:
        table.add(name, turns[name], turns[control] if control in turns and name != control else None)
    return turns


def cores():
    return os.cpu_count()


def need_shared():
    """The generator, the migration and the controls stand beside the checkout."""
    if not SHARED.is_dir():
        sys.exit("bench: ../shared/bench, which has the input and the controls, is not there")
    DATA.mkdir(parents=True, exist_ok=True)


# ---- input ---------------------------------------------------------------------------------------

def people(rows, *options):
    """people.csv with these options, made once; gives its path and the generator's counts."""
    name = "-".join(["people", str(rows), *options]).replace("--", "").replace(" ", "")
    folder = DATA / name
    path = folder / "people.csv"
    counts = folder / "counts"
    if not counts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as out:
            made = subprocess.run(["/usr/bin/python3", SHARED / "people.py", str(rows), *options],
                                  stdout=out, stderr=subprocess.PIPE, check=True)
        counts.write_bytes(made.stderr)
    text = counts.read_text()
    return path, ast.literal_eval(text[text.index("{"):])


def warm(path):
    """Reads the file once, so that no command pays for the disk."""
    with open(path, "rb") as file:
        while file.read(1 << 20):
            pass
