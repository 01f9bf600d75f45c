# SPDX-License-Identifier: Apache-2.0
"""A table `thing`, moved as it is from things.csv: what its constraints make of it is what tests look at."""
import json

MIGRATION = """
    wherry: 1
    name: things
    source: .
    destination: %s
    items:
      thing:
        from: things.csv
        key: id
        into: thing
        map: { "*": same }
"""


def write_migration(workspace, url, more=""):
    """people.yaml, which is what tests run; @p more ends it, with the indentation above."""
    workspace.write("people.yaml", MIGRATION % json.dumps(url) + more)
