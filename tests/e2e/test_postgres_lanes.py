# SPDX-License-Identifier: Apache-2.0
"""Two workers whose rows go to the end of one index write one after the other, unless one of them is held up."""
import contextlib
import signal
import time

import pytest
from conftest import sum_closes

from people import run
from things import write_migration

GROUP = 5000  # smaller groups wait for nobody
COUNT = 8 * GROUP
# More than the socket takes: who is held up has not sent most of its group.
WIDE = "wide" * 50
COMMITTED = "SELECT coalesce(sum(inserted), 0) FROM wherry.chunk"


@pytest.fixture
def held_up(wherry, workspace, postgres):
    """A run whose worker at the first row waits for somebody else's transaction, and how to end that."""
    postgres.script("CREATE TABLE thing (id bigint PRIMARY KEY, label text)")
    workspace.write("things.csv", "id,label\n" + "".join(f"{number},{WIDE}\n" for number in range(COUNT)))
    write_migration(workspace, postgres.url, f"    limits: {{ group: {GROUP} }}\n")
    with contextlib.closing(postgres.connection()) as other:
        other.cursor().execute("INSERT INTO thing VALUES (0, 'theirs')")
        process = wherry.start("run", "people.yaml", "--workers", "2", "--json")
        postgres.wait_for("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'wherry %' "
                          "AND wait_event = 'transactionid'")
        yield process, other


def test_a_worker_that_is_held_up_holds_up_no_other(wherry, postgres, held_up):
    process, other = held_up
    postgres.wait_for(f"SELECT (({COMMITTED}) >= {COUNT - 2 * GROUP})::int")
    assert postgres.value("SELECT count(*) FROM thing WHERE id = 0") == 0
    other.rollback()
    counts = sum_closes(wherry.finish(process).expect(0).json()["items"][0]["counts"])
    assert counts["inserted"] == COUNT == postgres.value("SELECT count(*) FROM thing")


def test_ctrl_c_is_heard_by_who_waits_for_a_worker_that_is_held_up(wherry, postgres, held_up):
    process, other = held_up
    time.sleep(0.3)  # the other worker has made its group meanwhile, or is at the next one
    process.send_signal(signal.SIGINT)
    before = int(postgres.value(COMMITTED))
    time.sleep(1.5)  # longer than anybody waits
    assert int(postgres.value(COMMITTED)) <= before + GROUP, "more than the group in hand"
    other.rollback()
    wherry.finish(process).expect(6)
    assert sum_closes(run(wherry)["counts"])["inserted"] == COUNT == postgres.value("SELECT count(*) FROM thing")
