# SPDX-License-Identifier: Apache-2.0
"""The README's tour, typed as it stands there, prints what it says. A line with only … stands for
the rest of the output."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import ROOT


def blocks(kind):
    """The README's code blocks of one kind, in order."""
    text = (ROOT / "README.md").read_text().split("## Five minutes")[1].split("\n## ")[0]
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)


def steps(block):
    """(command, output) for each line that begins with a prompt."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def without_times(text):
    text = re.sub(r"\d\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d", "<time>", text)
    text = re.sub(r" *(–|[\d,]+/s) +\d+(\.\d)? s\b", " <rate>", text)
    return re.sub(r" +rate +time", " <rate>", text)


def test_the_tour_prints_what_the_readme_says(wherry, tmp_path):
    if not shutil.which("sqlite3"):
        pytest.skip("sqlite3, which the tour uses, is missing")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "wherry").symlink_to(wherry.program)
    env = wherry.environment({"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})

    def shell(command):
        return subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, text=True,
                              capture_output=True, check=False, timeout=120)

    assert shell(blocks("")[0]).returncode == 0
    pathlib.Path(tmp_path / "crm.yaml").write_text(blocks("yaml")[0])
    typed = [step for block in blocks("console") for step in steps(block)]
    assert len(typed) == 5
    for command, output in typed:
        result = shell(command)
        assert result.returncode in (0, 1), result.stderr
        expected, left_out, _ = output.partition("…\n")
        printed = without_times(result.stdout)
        if left_out:
            assert printed.startswith(without_times(expected)), command
        else:
            assert printed == without_times(expected), command
