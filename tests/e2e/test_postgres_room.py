# SPDX-License-Identifier: Apache-2.0
"""A role, or a database, that may have fewer connections than a run would open."""
import contextlib
import json
import os
import time

import pytest
from conftest import ServerDatabase

from people import counts

ROLE = f"sparse_{os.getpid()}"
COUNT = 4000
PAD = "x" * 1200  # several chunks, so that there is work for several workers


@contextlib.contextmanager
def limited(postgres, workspace, kind, most, limits=""):
    """A migration of COUNT rows by a role that may open so many connections."""
    name = ROLE if kind == "ROLE" else postgres.name
    postgres.script(f"CREATE ROLE {ROLE} LOGIN; CREATE TABLE thing (id bigint PRIMARY KEY, name text);"
                    f"GRANT ALL ON thing TO {ROLE}; GRANT CREATE ON DATABASE {postgres.name} TO {ROLE};"
                    f"ALTER {kind} {name} CONNECTION LIMIT {most}")
    workspace.write("things.csv", "id,name\n" + "".join(f"{n},{PAD} {n}\n" for n in range(COUNT)))
    url = json.dumps(postgres.url.replace("user=postgres", f"user={ROLE}"))
    workspace.write("things.yaml", f"""
        wherry: 1
        name: things
        source: .
        destination: {url}
        items:
          thing: {{ from: things.csv, key: id, into: thing, map: {{ "*": same }} }}
        limits: {{ group: 100 {limits} }}
        """)
    try:
        yield
    finally:
        postgres.script(f"ALTER DATABASE {postgres.name} CONNECTION LIMIT -1;"
                        f"DROP OWNED BY {ROLE} CASCADE; DROP ROLE {ROLE}")


@pytest.mark.parametrize("kind", ["ROLE", "DATABASE"])
def test_a_run_goes_on_with_the_workers_that_there_is_room_for(wherry, workspace, postgres, kind):
    # The test itself is one in the database.
    with limited(postgres, workspace, kind, 3 + (kind == "DATABASE")):
        result = wherry("run", "things.yaml", "--workers", 6, "--json").expect(0)
        assert counts(result.json()["items"][0]) == {"inserted": COUNT}
        assert "opens up to 7 connections to the destination, and there is room for 3" in result.err
        assert f"--workers 2, or ALTER {kind}" in result.err and "CONNECTION LIMIT " in result.err
        assert "too many connections" in result.err and "going on with 2 workers" in result.err
        assert "trying again" not in result.err and "connecting again" not in result.err


def test_plan_tells_how_many_connections_there_is_room_for(wherry, workspace, postgres):
    with limited(postgres, workspace, "ROLE", 1):
        assert f"ALTER ROLE {ROLE} CONNECTION LIMIT" in wherry("plan", "things.yaml").expect(0).out
        assert "there is room for 1: role" in wherry("plan", "things.yaml", "--json").expect(0).json()["room"]
        postgres.script(f"ALTER ROLE {ROLE} CONNECTION LIMIT 40")
        assert wherry("plan", "things.yaml", "--json").expect(0).json()["room"] is None


def test_a_single_worker_has_one_thread_where_there_is_no_room_for_two(wherry, workspace, postgres):
    with limited(postgres, workspace, "ROLE", 2):
        result = wherry("run", "things.yaml", "--workers", 1).expect(0)
        assert "the worker goes on in one thread" in result.err
        assert postgres.value("SELECT count(*) FROM thing") == COUNT


def test_a_run_that_has_no_room_whatever_others_do_ends_at_once(wherry, workspace, postgres):
    with limited(postgres, workspace, "ROLE", 1):
        result = wherry("run", "things.yaml", "--workers", 2).expect(3)
        assert "room for 1" in result.err and "It cannot work so: ALTER ROLE" in result.err
        assert "again for at most" not in result.err
        assert postgres.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'wherry'") == 0


def test_the_reason_is_told_once_where_others_have_all_the_room(wherry, workspace, postgres):
    other = ServerDatabase(postgres.host, postgres.name, user=ROLE)
    with limited(postgres, workspace, "ROLE", 2, ", reconnect: 1"), contextlib.closing(other):
        other.value("SELECT 1")
        result = wherry("run", "things.yaml", "--workers", 2).expect(3)
        assert "room for 1" in result.err and "It waits until others end theirs" in result.err
        assert result.err.count("again for at most 1 seconds") == 1
        assert result.err.count("going on with run") <= 1
        assert "too many connections" in result.err.splitlines()[-1]


def test_a_run_that_loses_its_room_goes_on_with_what_is_left(wherry, workspace, postgres):
    """Three connections of which two can be had again: whoever works no more gives his back."""
    with limited(postgres, workspace, "ROLE", -1, ", reconnect: 20"):
        postgres.script("""
            CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock_shared(71); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.id % 100 = 7 AND NEW.id > 1000) EXECUTE FUNCTION gate()
            """)
        with contextlib.closing(postgres.connection()) as holder:
            holder.cursor().execute("SELECT pg_advisory_lock(71)")
            process = wherry.start("run", "things.yaml", "--workers", 2, "--json")
            postgres.wait_for("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            postgres.script(f"ALTER ROLE {ROLE} CONNECTION LIMIT 2")
            postgres.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
        result = wherry.finish(process, timeout=15).expect(0)
        assert counts(result.json()["items"][0]) == {"inserted": COUNT}
        assert postgres.value("SELECT count(*) FROM thing") == COUNT


@contextlib.contextmanager
def copying(postgres, workspace, most, source_role=ROLE):
    """A migration from one table to another of the same server by a role that may open so many connections."""
    postgres.script(f"""CREATE ROLE {ROLE} LOGIN; CREATE TABLE here (id int PRIMARY KEY, pad text);
        INSERT INTO here SELECT n, '{PAD}' || n FROM generate_series(1, {COUNT}) AS n; ANALYZE here;
        CREATE TABLE thing (id int PRIMARY KEY, pad text); GRANT ALL ON here, thing TO {ROLE};
        GRANT CREATE ON DATABASE {postgres.name} TO {ROLE}; ALTER ROLE {ROLE} CONNECTION LIMIT {most}""")
    url = postgres.url.replace("user=postgres", "user=%s")
    workspace.write("things.yaml", f"""
        wherry: 1
        name: things
        source: {json.dumps(url % source_role)}
        destination: {json.dumps(url % ROLE)}
        items:
          thing: {{ from: here, key: id, into: thing, map: {{ "*": same }} }}
        limits: {{ group: 100 }}
        """)
    try:
        yield
    finally:
        postgres.script(f"DROP OWNED BY {ROLE} CASCADE; DROP ROLE {ROLE}")


def test_the_sources_connections_count_where_they_take_of_the_same_room(wherry, workspace, postgres):
    """Each worker has one to read and one to write; source and destination have one each."""
    with copying(postgres, workspace, 8):
        told = wherry("run", "things.yaml", "--workers", 6).expect(0).err
        assert ("opens up to 14 connections to the destination, 7 of them to read the source on the same server, "
                "and there is room for 8: ") in told
        assert "may have 8 connections at a time (CONNECTION LIMIT), and others have 0" in told
        assert f"--workers 3, or ALTER ROLE {ROLE} CONNECTION LIMIT 14" in told
        postgres.script("TRUNCATE thing")
        assert "connection" not in wherry("run", "things.yaml", "--workers", 3).expect(0).err
        assert postgres.value("SELECT count(*) FROM thing") == COUNT


def test_a_run_that_could_not_read_beside_writing_ends_at_once(wherry, workspace, postgres):
    with copying(postgres, workspace, 3):
        result = wherry("run", "things.yaml", "--workers", 1).expect(3)
        assert "room for 3" in result.err and "It cannot work so: ALTER ROLE" in result.err
        postgres.script(f"ALTER ROLE {ROLE} CONNECTION LIMIT 4")
        assert "one worker, in one thread" in wherry("run", "things.yaml", "--workers", 1).expect(0).err


def test_a_source_that_another_role_reads_takes_none_of_the_destinations_room(wherry, workspace, postgres):
    with copying(postgres, workspace, 7, source_role="postgres"):
        assert "connection" not in wherry("run", "things.yaml", "--workers", 6).expect(0).err


def test_a_source_without_room_while_items_are_tried_again_is_waited_for(wherry, workspace, postgres):
    postgres.script(f"""CREATE ROLE {ROLE} LOGIN; CREATE TABLE here (id int PRIMARY KEY, email text);
        INSERT INTO here SELECT n, 'e' || n FROM generate_series(1, 100) AS n; GRANT SELECT ON here TO {ROLE};
        CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE)""")
    workspace.write("people.yaml", f"""
        wherry: 1
        name: people
        source: {json.dumps(postgres.url.replace("user=postgres", f"user={ROLE}"))}
        destination: {json.dumps(postgres.url)}
        items:
          person: {{ query: "SELECT id, email FROM here ORDER BY id", key: id, into: person, map: {{ "*": same }} }}
        limits: {{ group: 10, reconnect: 60 }}
        """)
    wherry("run", "people.yaml").expect(0)
    postgres.script("""UPDATE here SET email = CASE id WHEN 3 THEN 'e95' ELSE 'e3' END WHERE id IN (3, 95);
        CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared(72); RETURN NEW; END $$;
        CREATE TRIGGER gate BEFORE INSERT ON wherry.failure FOR EACH ROW WHEN (NEW.key = '95')
            EXECUTE FUNCTION gate()""")
    try:
        with postgres.connection() as holder:
            holder.cursor().execute("SELECT pg_advisory_lock(72)")
            process = wherry.start("run", "people.yaml", "--workers", "1")
            postgres.wait_for("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
                              "AND objid = 72")
            postgres.script(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
            holder.cursor().execute("SELECT pg_advisory_unlock(72)")
        time.sleep(1.5)
        postgres.script(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
        result = wherry.finish(process).expect(0)
    finally:
        postgres.script(f"DROP OWNED BY {ROLE} CASCADE; DROP ROLE {ROLE}")
    assert "too many connections" in result.err and "2 items of 'person' went in when tried again" in result.err
    assert postgres.rows("SELECT id FROM person WHERE email <> 'e' || id ORDER BY id") == [(3,), (95,)]
