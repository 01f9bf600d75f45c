# SPDX-License-Identifier: Apache-2.0
"""The state of a first run into PostgreSQL is written in layers while the rows are copied, by one worker or several;
whatever happens then, the next run knows every item."""
import json
import os

import pytest
from conftest import sum_closes

pytestmark = pytest.mark.costly

COUNT = 150_000  # two layers and the rest
TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM wherry.state"
ENTRIES = "SELECT sum(entries)::int FROM wherry.state"
WAITING = "query LIKE 'COPY wherry.%state%' AND wait_event_type = 'Lock'"


@pytest.fixture
def source(new_postgres):
    return new_postgres().script(
        f"CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t SELECT i, 'name ' || i "
        f"FROM generate_series(1, {COUNT}) i")


def write_migration(workspace, source, url):
    workspace.write("copy.yaml", f"""\
wherry: 1
name: copy
source: {json.dumps(source.url)}
destination: {json.dumps(url)}
items:
  t: {{ from: t, key: id, into: t, map: {{ id: id, name: name }} }}
""")


@pytest.fixture
def target(new_postgres, workspace, source):
    database = new_postgres().script("CREATE TABLE t (id int PRIMARY KEY, name text)")
    write_migration(workspace, source, database.url)
    return database


def run(wherry, *options, workers="2"):
    document = wherry("run", "copy.yaml", "--workers", workers, *options, "--json").expect(0).json()
    return sum_closes(document["items"][0]["counts"])


def check_known(wherry, target):
    """Every item is known, with its source: of an edited row that is, a run that trusts the ledger notices nothing."""
    target.script("UPDATE t SET name = name || '!'")
    assert run(wherry, "--trust-ledger")["unchanged"] == COUNT
    target.script("UPDATE t SET name = left(name, -1)")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_layers_become_one_with_the_next_change(wherry, source, target, workers):
    assert run(wherry, workers=workers)["inserted"] == COUNT
    assert target.value(TRANSACTIONS) > 1
    assert target.value(ENTRIES) == COUNT
    pages = target.value("SELECT count(*) FROM wherry.state")
    check_known(wherry, target)
    assert target.value(TRANSACTIONS) > 1  # a run without a change leaves them
    source.script("UPDATE t SET name = 'new' WHERE id % 100 = 7")
    counts = run(wherry, "--trust-ledger")
    assert (counts["updated"], counts["unchanged"]) == (COUNT // 100, COUNT - COUNT // 100)
    assert target.value(TRANSACTIONS) == 1
    assert target.value(ENTRIES) == COUNT
    assert target.value("SELECT count(*) FROM wherry.state") <= pages
    check_known(wherry, target)
    assert target.dump("t") == source.dump("t")


def test_one_worker_writes_no_layer_where_there_is_no_room_for_its_connection(wherry, workspace, source, target):
    role = f"narrow_{os.getpid()}"
    target.script(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 3; GRANT ALL ON t TO {role};"
                  f"GRANT CREATE ON DATABASE {target.name} TO {role}")
    write_migration(workspace, source, target.url.replace("user=postgres", f"user={role}"))
    try:
        assert run(wherry, workers="1")["inserted"] == COUNT
        assert target.value(TRANSACTIONS) == 1
        assert target.value(ENTRIES) == COUNT
    finally:
        target.script(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


@pytest.mark.parametrize("point,workers", [
    ("state.ahead.before_commit", "2"), ("state.ahead.after_commit:2", "1"), ("state.ahead.after_commit:2", "2"),
    ("state.save.begin", "2"), ("state.save.before_commit", "2"), ("state.save.after_commit", "2")])
def test_a_kill_leaves_no_item_unknown(wherry, source, target, has_crash_points, point, workers):
    assert wherry.is_killed(point, "run", "copy.yaml", "--workers", workers)
    run(wherry)
    assert target.dump("t") == source.dump("t")
    assert target.value(ENTRIES) == COUNT
    check_known(wherry, target)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_layer_that_could_not_be_written_is_made_good(wherry, source, target, workers):
    """Its session ends while it waits: the run's own, which also holds the run lock."""
    source.script("ALTER TABLE t RENAME TO full_t; CREATE TABLE t (LIKE full_t INCLUDING ALL)")
    assert run(wherry)["read"] == 0
    source.script("DROP TABLE t; ALTER TABLE full_t RENAME TO t")
    with target.connection() as connection:
        connection.cursor().execute("LOCK TABLE wherry.state IN EXCLUSIVE MODE")
        process = wherry.start("run", "copy.yaml", "--workers", workers, "--json")
        target.wait_for(f"SELECT count(*) FROM pg_stat_activity WHERE {WAITING}")
        target.wait_for(f"SELECT (count(*) = {COUNT})::int FROM t")
        ended = target.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {WAITING}")
        assert ended == [('t',)]
        connection.rollback()
    counts = wherry.finish(process).expect(0).json()["items"][0]["counts"]
    assert sum_closes(counts)["inserted"] == COUNT
    assert target.value(TRANSACTIONS) == 1
    assert target.value(ENTRIES) == COUNT
    check_known(wherry, target)
