# SPDX-License-Identifier: Apache-2.0
"""What role, database and others have in store for a session: what a run says of it, and what it does not mind."""
import contextlib
import json
import os

import pytest

from people import counts
from things import MIGRATION

ROLE = f"guest_{os.getpid()}"
COUNT = 1000


@pytest.fixture
def role(postgres, workspace):
    postgres.script(f"CREATE ROLE {ROLE} LOGIN; GRANT CREATE ON DATABASE {postgres.name} TO {ROLE};"
                    f"CREATE TABLE thing (id bigint PRIMARY KEY, name text); GRANT ALL ON thing TO {ROLE}")
    workspace.write("things.csv", "id,name\n" + "".join(f"{n},new\n" for n in range(1, COUNT + 1)))
    url = json.dumps(postgres.url.replace("user=postgres", f"user={ROLE}"))
    workspace.write("things.yaml", MIGRATION % url)
    yield ROLE
    postgres.script(f"DROP OWNED BY {ROLE} CASCADE; DROP ROLE {ROLE}")


def test_a_role_that_may_only_read_is_told_how_to_write(wherry, workspace, postgres, role):
    postgres.script(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    told = wherry("run", "things.yaml").expect(3).err
    assert "read-only transaction" in told and "default_transaction_read_only = off" in told
    assert "default_transaction_read_only = off" in wherry("plan", "things.yaml").expect(0).out
    # What the message says to do.
    text = (workspace / "things.yaml").read_text()
    workspace.write("things.yaml", text.replace(f"user={role}",
                                                f"user={role} options=-cdefault_transaction_read_only=off"))
    assert counts(wherry("run", "things.yaml", "--json").expect(0).json()["items"][0]) == {"inserted": COUNT}


def test_sessions_of_a_run_may_be_idle(wherry, workspace, postgres, role):
    """The run's own waits for the workers' end."""
    postgres.script(f"ALTER ROLE {role} SET idle_session_timeout = '100ms'")
    workspace.write("things.yaml", (workspace / "things.yaml").read_text() + "limits: { group: 100, rate: 1000/s }\n")
    assert "connecting again" not in wherry("run", "things.yaml").expect(0).err


def test_who_waits_for_a_lock_is_told_how_to_find_whose_it_is(wherry, workspace, postgres, role):
    with contextlib.closing(postgres.connection()) as holder:
        holder.cursor().execute("LOCK TABLE thing IN SHARE MODE")
        process = wherry.start("run", "things.yaml")
        while b"has not answered for 10 seconds" not in (line := process.stderr.readline()):
            assert line
        question = line.decode().split("whose: ")[1]
        assert postgres.rows(question)[0][0] == holder.get_backend_pid()
    wherry.finish(process).expect(0)
    assert postgres.value("SELECT count(*) FROM thing") == COUNT


def test_a_deadlock_is_told_in_one_line(wherry, workspace, postgres, role):
    """The run's session is the one that the server ends: it looks for a deadlock first."""
    assert wherry("run", "things.yaml").expect(0)
    workspace.write("things.csv", "id,name\n1,newer\n2,newer\n")
    with contextlib.closing(postgres.connection()) as other:
        cursor = other.cursor()
        cursor.execute("SET deadlock_timeout = '1min'; UPDATE thing SET name = 'new' WHERE id = 2")
        process = wherry.start("run", "things.yaml")
        postgres.wait_for("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        cursor.execute("UPDATE thing SET name = 'new' WHERE id = 1")
        other.commit()
    result = wherry.finish(process).expect(0)
    assert "deadlock detected: Process " in result.err and "\\n" not in result.err
