# SPDX-License-Identifier: Apache-2.0
"""A packed source gives what the plain one gives; a broken one gives nothing and says why."""
import bz2
import gzip
import lzma

import pytest

from people import TABLE, left_behind, people, run, set_up
from random_tables import PACK

COUNT = 3000
BAD = {f"p{number}": {"born": "x"} for number in range(5, COUNT, 100)}
SOURCE = people(COUNT, **BAD)[:-1] + ',"one cell too many"\n'


def members(pack):
    """A packer that makes several members, one behind the other."""
    return lambda content: b"".join(pack(content[i:i + 50000])
                                    for i in range(0, len(content), 50000))


PACKERS = {"gz": members(gzip.compress), "bz2": members(bz2.compress),
           "xz": members(lzma.compress), "zip": PACK["zip"]}


def start_anew(workspace):
    workspace.remove_database("people.db")
    workspace.sql("people.db").script(TABLE)


@pytest.fixture
def plain(wherry, workspace):
    """What a run over the plain file leaves behind."""
    set_up(workspace, SOURCE)
    run(wherry, code=1)
    result = left_behind(workspace.sql("people.db"))
    assert len(result["failures"]) == len(BAD) + 1
    return result


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("arguments", [(), ("--workers", "2")])
def test_packed_and_plain_give_the_same(wherry, workspace, plain, packing, arguments):
    start_anew(workspace)
    workspace.write("people.csv", PACKERS[packing](SOURCE.encode()))
    run(wherry, *arguments, code=1)
    assert left_behind(workspace.sql("people.db")) == plain


def test_a_killed_run_over_a_packed_file_goes_on(wherry, workspace, plain, has_crash_points):
    start_anew(workspace)
    workspace.write("people.csv", gzip.compress(SOURCE.encode()))
    migration = workspace / "people.yaml"
    migration.write_text(migration.read_text() + "limits: { group: 500 }\n")
    assert wherry.is_killed("group.committed", "run", "people.yaml")
    assert 0 < workspace.sql("people.db").value("SELECT count(*) FROM person") < COUNT
    run(wherry, code=1)
    assert left_behind(workspace.sql("people.db")) == plain


@pytest.mark.parametrize("packing, place", [("gz", "cut short at byte"), ("bz2", "cut short at byte"),
                                            ("xz", "cut short at byte"), ("zip", "zip archive")])
def test_a_file_cut_short_stops_before_anything_is_written(wherry, workspace, packing, place):
    set_up(workspace, SOURCE)
    packed = PACKERS[packing](SOURCE.encode())
    workspace.write("people.csv", packed[:-20])
    result = wherry("run", "people.yaml")
    assert result.code in (2, 3)
    assert place in result.err and "people.csv" in result.err
    assert workspace.sql("people.db").value("SELECT count(*) FROM person") == 0
