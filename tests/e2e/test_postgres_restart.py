# SPDX-License-Identifier: Apache-2.0
"""A server that restarts while a run plans and begins: nothing is written yet, and the run waits for it as later."""
import json
import tempfile

import pytest
from conftest import ServerDatabase

from people import MIGRATION, counts, people, run
from proxy import Restart
from test_postgres import TABLE

pytestmark = pytest.mark.costly

COUNT = 500


@pytest.fixture
def restarting(workspace, postgres):
    """restarting(number, …) → a proxy before the server: a Restart that the migration goes through."""
    with tempfile.TemporaryDirectory() as folder:
        proxies = []

        def make(number, migration=MIGRATION, **how):
            workspace.write("people.csv", people(COUNT, p7={"name": "Refused"}))
            postgres.script(TABLE)
            url = json.dumps(ServerDatabase(folder, postgres.name).url)
            workspace.write("people.yaml", migration.replace("sqlite:people.db", url).format(extra=""))
            proxies.append(Restart(folder, postgres.host, number, **how))
            return proxies[-1]

        yield make
        for proxy in proxies:
            proxy.close()


# Planning asks from 5 to 20, the ledger is made from 21 to 38, then the run begins.
@pytest.mark.parametrize("number", [3, 6, 13, 17, 24, 28, 34, 40, 45, 60])
def test_a_run_waits_for_a_server_that_restarts_meanwhile(wherry, postgres, restarting, number):
    proxy = restarting(number)
    assert counts(run(wherry, code=1)) == {"inserted": COUNT - 1, "failed": 1}
    assert proxy.was_cut and postgres.value("SELECT count(*)::int FROM person") == COUNT - 1
    assert postgres.rows("SELECT sum(inserted)::int, sum(failed)::int FROM wherry.chunk") == [(COUNT - 1, 1)]
    assert postgres.rows("SELECT state FROM wherry.run WHERE id = (SELECT max(id) FROM wherry.run)") == [("done",)]


@pytest.mark.parametrize("number, command", [(1, "run"), (7, "plan"), (12, "plan")])
def test_what_is_not_waited_for_names_the_connection(wherry, restarting, number, command):
    """A run whose server is not there, and a command that only looks."""
    proxy = restarting(number, is_silent=True)
    result = wherry(command, "people.yaml").expect(3)
    assert proxy.was_cut and "server closed the connection unexpectedly" in result.err
    assert "people.yaml:5:" in result.err and "destination:" in result.err


@pytest.mark.parametrize("later", [8, 15, 45])
def test_a_run_that_is_begun_anew_is_so_once(wherry, postgres, restarting, later):
    proxy = restarting(1 << 30)
    run(wherry, code=1)
    postgres.script("UPDATE wherry.run SET state = 'interrupted'")
    proxy.left = proxy.said + later
    assert counts(run(wherry, "--restart", code=1)) == {"unchanged": COUNT - 1, "failed": 1}
    assert proxy.was_cut
    assert postgres.rows("SELECT id::int, state FROM wherry.run ORDER BY id") == [(1, "abandoned"), (2, "done")]


def test_standard_input_is_not_read_twice(wherry, postgres, restarting):
    proxy = restarting(12, MIGRATION.replace("from: people.csv", "from: '-'"))
    given = people(COUNT).encode()
    assert "server closed the connection" in wherry("run", "people.yaml", given=given).expect(3).err
    assert proxy.was_cut and postgres.value("SELECT count(*)::int FROM person") == 0
    assert counts(run(wherry, given=given)) == {"inserted": COUNT}
