# SPDX-License-Identifier: Apache-2.0
"""What is lost between wherry and a server, and how a run goes on: no item lost, none doubled."""
import contextlib
import functools
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest
from conftest import IS_SANITIZED, ROOT, ServerDatabase, thinned

from people import MIGRATION, counts, people, run
from proxy import Proxy, Restart

sys.path.insert(0, str(ROOT / "tests" / "differential"))
import server  # noqa: E402

pytestmark = pytest.mark.costly

TABLE = """
    CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL CHECK (name <> 'Refused'),
                         email varchar(60) NOT NULL UNIQUE, balance numeric(12,2), born date,
                         country char(2) NOT NULL);
"""
COUNT = 4_000 if IS_SANITIZED else 100_000
GROUP = COUNT // 10
# Several chunks, and several groups in some of them.
FIRST_WIDE, WIDTH = (1, 1200) if IS_SANITIZED else (75_001, 150)
WIDE = "x" * WIDTH
SPECIAL = {f"p{number}": {"name": f"Ann {number} {WIDE}"} for number in range(FIRST_WIDE, COUNT + 1)}
SPECIAL.update({f"p{number}": {"born": "x", "name": WIDE} for number in range(50, COUNT, COUNT // 8)})
SPECIAL.update({f"p{number}": {"name": "Refused"} for number in range(123, COUNT, COUNT // 4)})
EXPECTED = {"inserted": COUNT - 12, "rejected": 8, "failed": 4}


def gate(table, condition):
    """At the commit of such rows a lock is asked for that a test can hold."""
    return f"""
        CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared(71); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION gate();
        """


GATED = TABLE + gate("person", f"NEW.id > {COUNT // 2} AND NEW.id % {GROUP} = 7")  # in mid-run
WRITERS = ("application_name LIKE 'wherry %' AND pid <> pg_backend_pid()")


@functools.cache
def source():
    return people(COUNT, **SPECIAL).encode()


def set_up(workspace, database, table=TABLE, url=None, limits=""):
    workspace.write("people.csv", source())
    database.script(table)
    path = workspace.write("people.yaml", MIGRATION.replace(
        "sqlite:people.db", json.dumps(url or database.url)).format(extra=""))
    path.write_text(path.read_text() + f"limits: {{ group: {GROUP}{limits} }}\n")


def left_behind(database):
    """The table and the log in figures, every row of the table hashed, and the refused items."""
    figures = database.rows(
        "SELECT count(*), sum(hashtextextended(p::text, 0)), (SELECT sum(inserted) FROM wherry.chunk),"
        " (SELECT sum(items) FROM wherry.segment), (SELECT sum(entries) FROM wherry.state) FROM person AS p")
    failures = database.rows("SELECT item, status, key, stage, rule, column_name, message, sqlstate, "
                             "place, source, raw FROM wherry.failure ORDER BY place, key")
    return {"figures": figures, "failures": failures}


@pytest.fixture(scope="module")
def once():
    return {}


@pytest.fixture
def undisturbed(wherry, workspace, new_postgres, once):
    """What a run that nobody disturbs leaves behind."""
    if not once:
        database = new_postgres()
        set_up(workspace, database)
        assert counts(run(wherry, code=1)) == EXPECTED
        once.update(left_behind(database))
    return once


def check(database, undisturbed):
    """All is as if nothing had happened, and each item was logged as inserted by one group."""
    assert left_behind(database) == undisturbed


def finish(wherry, process, code=1):
    result = wherry.finish(process).expect(code)
    document = result.json()
    assert document["sum_closes"] and counts(document["items"][0]) == EXPECTED, document
    return result


@contextlib.contextmanager
def holding(database, statement):
    connection = database.connection()
    try:
        connection.cursor().execute(statement)
        yield
    finally:
        connection.close()


def blocked(condition="true"):
    return (f"SELECT count(*) FROM pg_stat_activity WHERE {WRITERS} AND wait_event_type = 'Lock' "
            f"AND {condition}")


def end_sessions(database, condition="true"):
    rows = database.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                         f"WHERE {WRITERS} AND {condition}")
    assert rows
    database.wait_for(f"SELECT CASE WHEN EXISTS (SELECT FROM pg_stat_activity WHERE {WRITERS} AND "
                      f"({condition}) AND state = 'idle in transaction') THEN 0 ELSE 1 END")


POINTS = {
    "before the first group": ["ledger.upgrade.before_commit", "ledger.prepared", "tables.created", "run.begun",
                               "survey.done"],
    "in a group": ["group.claimed:3", "group.written:3", "group.logged:3", "group.committed:2", "chunk.done"],
    "behind the last": ["state.save.begin", "state.save.before_commit", "state.save.after_commit", "item.done",
                        "run.ended"],
}


@pytest.mark.parametrize("stage", POINTS)
def test_runs_that_are_killed_at_each_named_point_in_turn_leave_nothing_undone(
        wherry, workspace, postgres, has_crash_points, undisturbed, stage):
    set_up(workspace, postgres)
    for point in POINTS[stage]:
        assert wherry.is_killed(point, "run", "people.yaml"), f"{point} is never reached"
        if stage != "before the first group":
            rows, logged = postgres.rows(
                "SELECT count(*), (SELECT sum(inserted)::bigint FROM wherry.chunk) FROM person")[0]
            assert rows == logged > 0, point
    if stage != "behind the last":
        finish(wherry, wherry.start("run", "people.yaml", "--json"))
    check(postgres, undisturbed)
    if stage == "behind the last":
        assert counts(run(wherry, code=1)) == {"unchanged": COUNT - 12, "rejected": 8, "failed": 4}


def is_done(database):
    """The latest run is, though its process may have been killed behind that."""
    return database.value("SELECT to_regclass('wherry.run')") is not None and \
        database.rows("SELECT state FROM wherry.run ORDER BY id DESC LIMIT 1") == [("done",)]


@pytest.mark.skipif(IS_SANITIZED, reason="what a kill leaves is the same without a sanitizer")
def test_kills_at_random_leave_nothing_undone(wherry, workspace, postgres, undisturbed):
    seed = int(os.environ.get("WHERRY_SEED", random.randrange(1 << 30)))
    print(f"WHERRY_SEED={seed} repeats this")
    moments = random.Random(seed)
    set_up(workspace, postgres)
    for _ in range(3):
        process = wherry.start("run", "people.yaml", "--json")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0.1, 0.5))
        process.kill()
        if wherry.finish(process).code != -signal.SIGKILL or is_done(postgres):
            break
    else:
        finish(wherry, wherry.start("run", "people.yaml", "--json"))
    check(postgres, undisturbed)


STATES = {
    "in COPY": ("LOCK TABLE person IN EXCLUSIVE MODE", "query LIKE '%COPY%'"),
    "writing the log": ("LOCK TABLE wherry.segment IN EXCLUSIVE MODE", "query LIKE '%segment%'"),
    "idle in its transaction": ("LOCK TABLE wherry.segment IN EXCLUSIVE MODE",
                                "query LIKE '%segment%'"),
    "in COMMIT": ("SELECT pg_advisory_lock(71)", "query = 'COMMIT'"),
}


@pytest.mark.workers
@pytest.mark.parametrize("state,workers", thinned(
    [("in COPY", 2), ("writing the log", 1), ("idle in its transaction", 2), ("in COMMIT", 2)],
    lambda state, workers: state != "writing the log"))
def test_a_session_that_is_terminated_is_made_anew(wherry, workspace, postgres, undisturbed, state,
                                                   workers):
    set_up(workspace, postgres, table=GATED)
    statement, query = STATES[state]
    if "wherry" in statement:
        wherry("run", "people.yaml", "--id", "1").expect(0)
        postgres.script("DELETE FROM person; TRUNCATE wherry.run, wherry.chunk, wherry.segment, "
                        "wherry.item, wherry.state, wherry.state_mark, wherry.filter")
    with holding(postgres, statement):
        process = wherry.start("run", "people.yaml", "--workers", workers, "--json")
        postgres.wait_for(blocked(query))
        if state.startswith("idle"):
            process.send_signal(signal.SIGSTOP)
        else:
            end_sessions(postgres, query)
    if state.startswith("idle"):
        postgres.wait_for(f"SELECT count(*) FROM pg_stat_activity WHERE {WRITERS} AND "
                          "state = 'idle in transaction'")
        end_sessions(postgres)
        process.send_signal(signal.SIGCONT)
    assert "going on" in finish(wherry, process).err
    check(postgres, undisturbed)


def test_a_session_that_is_lost_while_vanished_rows_are_deleted_is_made_anew(wherry, workspace, postgres):
    set_up(workspace, postgres, limits=", deletes: 50%")
    path = workspace / "people.yaml"
    path.write_text(path.read_text().replace("key: id", "key: id\n    missing: delete"))
    workspace.write("people.csv", people(1000))
    run(wherry)
    workspace.write("people.csv", people(900))
    postgres.script(gate("person", "true").replace("AFTER INSERT", "AFTER DELETE"))
    with holding(postgres, "SELECT pg_advisory_lock(71)"):
        process = wherry.start("run", "people.yaml", "--json")
        postgres.wait_for(blocked("query = 'COMMIT'"))
        end_sessions(postgres)
    item = wherry.finish(process).expect(0).json()["items"][0]
    assert item["sum_closes"] and counts(item) == {"unchanged": 900, "deleted": 100}
    assert postgres.value("SELECT count(*) FROM person") == 900
    assert counts(run(wherry)) == {"unchanged": 900}


def forget_first_chunk(database):
    """The server as it was before the first chunk was committed: of one worker's, the first rows."""
    chunk, rows = database.rows("SELECT id, read FROM wherry.chunk WHERE is_done = 1 ORDER BY id")[0]
    database.script(f"""
        DELETE FROM person WHERE id <= {rows};
        DELETE FROM wherry.failure WHERE segment IN (SELECT id FROM wherry.segment WHERE chunk = {chunk});
        DELETE FROM wherry.segment WHERE chunk = {chunk};
        UPDATE wherry.chunk SET is_started = 0, position = 0, digest = 0, is_done = 0, read = 0, inserted = 0,
            rejected = 0, failed = 0 WHERE id = {chunk}""")


def test_a_server_that_lacks_what_was_committed_gets_it_again(wherry, workspace, postgres, undisturbed):
    """As a standby does that takes over before all has come to it."""
    set_up(workspace, postgres, table=GATED)
    with holding(postgres, "SELECT pg_advisory_lock(71)"):
        process = wherry.start("run", "people.yaml", "--workers", 1, "--json")
        postgres.wait_for(blocked("query = 'COMMIT'"))
        process.send_signal(signal.SIGSTOP)
        end_sessions(postgres)
    forget_first_chunk(postgres)
    process.send_signal(signal.SIGCONT)
    assert "lacks some of what was committed" in finish(wherry, process).err
    check(postgres, undisturbed)


@pytest.mark.parametrize("mode,number", thinned(
    [("cut", 8), ("delay", 6)], keep=lambda mode, number: mode == "delay"))
def test_a_commit_whose_answer_never_came_is_decided_by_the_chunks_row(
        wherry, workspace, postgres, undisturbed, mode, number):
    with tempfile.TemporaryDirectory() as folder:
        proxy = Proxy(folder, postgres.host, mode, number)
        set_up(workspace, postgres, url=ServerDatabase(folder, postgres.name).url)
        finish(wherry, wherry.start("run", "people.yaml", "--workers", 2, "--json"))
        assert proxy.was_cut
        check(postgres, undisturbed)
        proxy.close()


PROGRAMS = "/usr/lib/postgresql/15/bin"


@pytest.mark.workers
def test_a_server_that_stops_at_once_and_comes_back(wherry, workspace, postgres, undisturbed):
    """And has lost the commits that it had not written to its log yet."""
    set_up(workspace, postgres, table=GATED)
    postgres.outside("ALTER SYSTEM SET wal_writer_delay = '10s'").outside("SELECT pg_reload_conf()")
    with contextlib.suppress(Exception), holding(postgres, "SELECT pg_advisory_lock(71)"):
        process = wherry.start("run", "people.yaml", "--json")
        postgres.wait_for(blocked("query = 'COMMIT'"))
        postgres.close()
        server.stop(PROGRAMS, postgres.host)
        server.start(PROGRAMS, postgres.host)
    finish(wherry, process)
    check(postgres, undisturbed)


def test_a_server_that_stays_away_ends_the_run_and_the_next_goes_on(wherry, workspace, postgres,
                                                                    undisturbed):
    set_up(workspace, postgres, table=GATED, limits=", reconnect: 1")
    with contextlib.suppress(Exception), holding(postgres, "SELECT pg_advisory_lock(71)"):
        process = wherry.start("run", "people.yaml")
        postgres.wait_for(blocked("query = 'COMMIT'"))
        postgres.close()
        server.stop(PROGRAMS, postgres.host)
    result = wherry.finish(process)
    server.start(PROGRAMS, postgres.host)
    result.expect(3)
    assert "run again to go on" in result.err and "limits.reconnect" in result.err
    assert "could not be counted" in result.out and "inserted" not in result.out
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert document["resumed"] and counts(document["items"][0]) == EXPECTED
    check(postgres, undisturbed)


def test_a_process_whose_run_was_taken_over_writes_nothing_more(wherry, workspace, postgres,
                                                                undisturbed):
    set_up(workspace, postgres, table=GATED)
    with holding(postgres, "SELECT pg_advisory_lock(71)"):
        process = wherry.start("run", "people.yaml", "--workers", 2)
        postgres.wait_for(blocked("query = 'COMMIT'"))
        process.send_signal(signal.SIGSTOP)
        end_sessions(postgres)
    document = wherry("run", "people.yaml", "--json").expect(1).json()
    assert document["resumed"]
    process.send_signal(signal.SIGCONT)
    assert "another process has gone on" in wherry.finish(process).expect(3).err
    check(postgres, undisturbed)


@contextlib.contextmanager
def small_disk(size):
    """A folder of the server's on a file system of that size; the test skips where none can be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder],
                                 check=False, stderr=subprocess.DEVNULL)
        if mounted.returncode != 0:
            pytest.skip("no file system can be mounted here")
        try:
            space = pathlib.Path(folder, "space")
            space.mkdir()
            shutil.chown(space, "postgres")
            yield space
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_is_full_ends_the_run_and_the_next_goes_on(wherry, workspace, postgres, undisturbed):
    set_up(workspace, postgres)
    with small_disk("2m" if IS_SANITIZED else "8m") as space:
        postgres.outside(f"CREATE TABLESPACE small LOCATION '{space}'")
        postgres.script("ALTER TABLE person SET TABLESPACE small")
        assert "No space left on device" in wherry("run", "people.yaml").expect(3).err
        assert postgres.value("SELECT count(*) FROM person") > 0
        subprocess.run(["mount", "-o", "remount,size=100m", space.parent], check=True)
        finish(wherry, wherry.start("run", "people.yaml", "--json"))
        check(postgres, undisturbed)
        postgres.script("DROP TABLE person")
        postgres.outside("DROP TABLESPACE small")


SOURCE = """
    CREATE TABLE old AS SELECT n::bigint AS id, 'Ann ' || n AS name, repeat('y', 700) AS pad
        FROM generate_series(1, 3000) AS n;
    ALTER TABLE old ADD PRIMARY KEY (id);
"""
READERS = "datname = current_database() AND pid <> pg_backend_pid()"


@pytest.mark.parametrize("lost,said", [("query LIKE 'COPY%'", "going on"),
                                       ("true", "in a new snapshot")])
def test_a_source_that_is_lost_is_read_on(wherry, workspace, new_postgres, lost, said):
    source, destination = new_postgres(), new_postgres()
    source.script(SOURCE)
    destination.script("CREATE TABLE new (id bigint PRIMARY KEY, name text, pad text);" +
                       gate("new", "NEW.id % 300 = 7"))
    workspace.write("people.yaml", f"""
        wherry: 1
        name: move
        source: {json.dumps(source.url)}
        destination: {json.dumps(destination.url)}
        items:
          new: {{ from: old, key: id, into: new, map: {{ "*": same }} }}
        limits: {{ group: 300 }}
        """)
    with holding(destination, "SELECT pg_advisory_lock(71)"):
        process = wherry.start("run", "people.yaml", "--json")
        destination.wait_for(blocked("query = 'COMMIT'"))
        assert source.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           f"WHERE {READERS} AND {lost}")
    result = wherry.finish(process).expect(0)
    assert said in result.err, result.err
    assert result.json()["sum_closes"]
    assert destination.value("SELECT count(*) FROM new") == 3000
    assert destination.value("SELECT sum(inserted)::int FROM wherry.chunk") == 3000
    assert counts(wherry("run", "people.yaml", "--json").expect(0).json()["items"][0]) == {
        "unchanged": 3000}


CLERK = f"knocker_{os.getpid()}"
DOORS = {
    "may not log in": (f"ALTER ROLE {CLERK} NOLOGIN", "is not permitted to log in"),
    "is one too many": (f"ALTER ROLE {CLERK} CONNECTION LIMIT 0", None),  # that passes
}


@pytest.mark.parametrize("door", DOORS)
def test_a_server_that_says_no_is_not_asked_again(wherry, workspace, postgres, undisturbed, door):
    shut, said = DOORS[door]
    url = postgres.url.replace("user=postgres", f"user={CLERK}")
    set_up(workspace, postgres, table=GATED, url=url)
    postgres.script(f"DROP ROLE IF EXISTS {CLERK}; CREATE ROLE {CLERK} LOGIN; GRANT ALL ON person TO {CLERK};"
                    f"GRANT CREATE ON DATABASE {postgres.name} TO {CLERK}")
    with holding(postgres, "SELECT pg_advisory_lock(71)"):
        process = wherry.start("run", "people.yaml", "--json")
        postgres.wait_for(blocked("query = 'COMMIT'"))
        postgres.script(shut)
        end_sessions(postgres)
    if said is None:
        time.sleep(0.3)
        postgres.script(f"ALTER ROLE {CLERK} CONNECTION LIMIT -1")
        assert "going on" in finish(wherry, process).err
    else:
        result = wherry.finish(process, timeout=20).expect(3)
        postgres.script(f"ALTER ROLE {CLERK} LOGIN")
        assert said in result.err and "LOCATION" not in result.err, result.err
        assert wherry("run", "people.yaml", "--json").expect(1).json()["resumed"]
    check(postgres, undisturbed)
    postgres.script(f"DROP OWNED BY {CLERK}; DROP ROLE {CLERK}")


@contextlib.contextmanager
def silence(folder):
    """A server that takes connections and says nothing."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/.s.PGSQL.5432")
        listener.listen(16)
        yield


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_server_that_says_nothing(wherry, workspace, postgres, tmp_path, is_stopped):
    with tempfile.TemporaryDirectory() as folder, silence(folder):
        url = f"postgresql:host={folder} user=postgres dbname=x"
        set_up(workspace, postgres, url=url + ("" if is_stopped else " connect_timeout=2"))
        started = time.monotonic()
        process = wherry.start("run", "people.yaml")
        if is_stopped:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
        result = wherry.finish(process).expect(6 if is_stopped else 3)
        assert time.monotonic() - started < 8
        assert ("interrupted" if is_stopped else "5432' within 2 seconds (connect_timeout)") in result.err
        assert "in hand" not in result.err, "nothing is, while wherry connects"


def test_several_hosts(wherry, workspace, postgres):
    """One that is not there, or says nothing in the time that it has, is passed by; nobody waits who has had enough."""
    def several(*hosts, more=""):
        return f"postgresql:host={','.join(hosts)} user=postgres dbname={postgres.name} {more}"

    def status(url):
        set_up(workspace, postgres, table="SELECT 1", url=url)
        started = time.monotonic()
        return wherry("status", "people.yaml"), time.monotonic() - started
    with tempfile.TemporaryDirectory() as nobody, tempfile.TemporaryDirectory() as mute, silence(mute):
        for order in ((nobody, postgres.host), (postgres.host, nobody)):
            for attributes in ("any", "read-write", "prefer-standby"):
                result, took = status(several(*order, more=f"target_session_attrs={attributes}"))
                assert result.expect(0) and took < 5
        result, took = status(several(nobody, postgres.host, more="target_session_attrs=standby"))
        assert "standby" in result.expect(3).err and "No such file" in result.err
        result, took = status(several(nobody, nobody + "x"))
        assert result.expect(3).err.count("connection to server") == 2 and "; connection to server" in result.err
        assert "Is the server running" not in result.err
        result, took = status(several(mute, nobody, postgres.host, more="connect_timeout=2 port=5432"))
        assert result.expect(0) and 2 <= took < 8
        result, took = status(several(nobody, mute, more="connect_timeout=2"))
        assert f"no answer from '{mute}:5432' within 2 seconds" in result.expect(3).err and took < 8
        result, took = status(several(mute, nobody, more="connect_timeout=2 port=5432"))
        assert "(connect_timeout); connection to server" in result.expect(3).err
        with tempfile.TemporaryDirectory() as dumb, silence(dumb):
            result, took = status(several(mute, dumb, more="connect_timeout=2"))
            assert f"no answer from '{mute}:5432'" in result.expect(3).err and took < 10
            assert f"no answer from '{dumb}:5432'" in result.err
        for hosts in ((mute, postgres.host), (nobody, mute)):
            set_up(workspace, postgres, table="SELECT 1", url=several(*hosts))
            process = wherry.start("run", "people.yaml")
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            asked = time.monotonic()
            assert "interrupted" in wherry.finish(process).expect(6).err
            assert time.monotonic() - asked < 3


class Second(Proxy):
    """Once it is asked, the first server is there again."""

    def __init__(self, folder, server, first):
        self.first = first
        super().__init__(folder, server, "none", 0)

    def _begin(self, client):
        self.first.until = 0
        super()._begin(client)


@pytest.mark.parametrize("side", ["source", "destination"])
def test_all_connections_of_a_run_are_to_one_server(wherry, workspace, postgres, side):
    """The one that the first connection reached, though one that stands before it in the URL is there by then."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first = Restart(one, postgres.host, 0)
        first.until = time.monotonic() + 600
        second = Second(two, postgres.host, first)
        several = json.dumps(f"postgresql:host={one},{two} user=postgres dbname={postgres.name}")
        postgres.script(TABLE + "CREATE TABLE old (id text PRIMARY KEY, name text, email text, balance text, born text, "
                        "country text); INSERT INTO old SELECT n, 'Ann', 'ann' || n || '@a.de', '1', '01/01/2000', 'DE' "
                        "FROM generate_series(1, 30000) AS n; ANALYZE old")
        direct = json.dumps(postgres.url)
        text = MIGRATION.replace("source: .", f"source: {several if side == 'source' else direct}")
        text = text.replace("sqlite:people.db", several if side == "destination" else direct)
        workspace.write("people.yaml", text.replace("people.csv", "old").format(extra=""))
        assert counts(run(wherry, "--workers", 2)) == {"inserted": 30000}
        assert first.said == 0 and len(second.ends) >= 2 * 2, "the run's own connection and a worker's"
        first.close()
        second.close()


def test_a_silent_server_costs_its_time_once(wherry, workspace, postgres):
    with tempfile.TemporaryDirectory() as mute, silence(mute):
        set_up(workspace, postgres, url=f"postgresql:host={mute},{postgres.host} user=postgres "
                                        f"dbname={postgres.name} connect_timeout=2")
        started = time.monotonic()
        run(wherry, "--limit", 10)
        assert 2 <= time.monotonic() - started < 4


@contextlib.contextmanager
def listening(host, certificate):
    """The suite's server, on a port of its own, with TLS, and a password for one role."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rules = pathlib.Path(host) / "data" / "pg_hba.conf"
    before = rules.read_text()
    server.stop(PROGRAMS, host)
    try:
        rules.write_text("hostssl all keeper 127.0.0.1/32 scram-sha-256\n" + before)
        server.start(PROGRAMS, host, f"{server.HASTY} -c listen_addresses=127.0.0.1 -c port={port} -c ssl=on "
                     f"-c ssl_cert_file={certificate}.crt -c ssl_key_file={certificate}.key")
        yield port
    finally:
        server.stop(PROGRAMS, host, check=False)
        rules.write_text(before)
        server.start(PROGRAMS, host)


def make_certificate(path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                    f"{path}.key", "-out", f"{path}.crt"], check=True, stderr=subprocess.DEVNULL)
    os.chmod(f"{path}.key", 0o600)
    if os.geteuid() == 0:
        shutil.chown(f"{path}.key", "postgres")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
def test_passwords_services_and_certificates_are_read_as_libpq_does(wherry, workspace, postgres):
    own, other = f"{postgres.host}/own", f"{postgres.host}/other"
    make_certificate(own)
    make_certificate(other)
    postgres.script(TABLE + "DROP ROLE IF EXISTS keeper; CREATE ROLE keeper SUPERUSER LOGIN PASSWORD 'pass word'")
    workspace.write("people.csv", people(3))

    def plan(url, code, password="pass word", **changes):
        words = {"host": "localhost", "dbname": postgres.name, "user": "keeper", "sslmode": "verify-full",
                 "sslrootcert": own + ".crt", "port": port, **changes}
        url = url or "postgresql:" + " ".join(f"{name}={value}" for name, value in words.items())
        workspace.write("people.yaml", MIGRATION.replace("sqlite:people.db", json.dumps(url)).format(extra=""))
        workspace.write("pgpass", f"localhost:{port}:*:keeper:{password}\n").chmod(0o600)
        result = wherry("plan", "people.yaml", env={"PGPASSFILE": workspace / "pgpass", "PGSERVICEFILE":
                                                    workspace / "services"}).expect(code)
        assert "LOCATION" not in result.err and "pass word" not in result.err
        return result.err

    with listening(postgres.host, own) as port:
        plan(None, 0)
        workspace.write("services", f"[shop]\nhost=localhost\nport={port}\ndbname={postgres.name}\nuser=keeper\n"
                        f"sslmode=verify-full\nsslrootcert={own}.crt\n")
        plan("postgresql:service=shop", 0)
        assert "certificate verify failed" in plan(None, 3, sslrootcert=other + ".crt")
        assert "does not match host name" in plan(None, 3, host="127.0.0.1")
        assert "password authentication failed for user" in plan(None, 3, password="another")
        assert "does not exist" in plan(None, 3, dbname="nowhere")
        assert "no password supplied" in plan(None, 3, host="127.0.0.1", sslmode="require")
