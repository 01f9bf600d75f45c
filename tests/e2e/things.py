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

# What PostgreSQL itself makes of the rows in `source`, each entered alone: `outcome` has those that it refuses.
ONE_BY_ONE = """
    CREATE TABLE outcome (id bigint, state text, message text);
    DO $$
    DECLARE
        row thing; state text; message text; detail text;
    BEGIN
        SET CONSTRAINTS ALL IMMEDIATE;
        FOR row IN SELECT * FROM source ORDER BY id LOOP
            BEGIN
                INSERT INTO thing SELECT row.*;
            EXCEPTION WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
                                        detail = PG_EXCEPTION_DETAIL;
                IF detail <> '' AND state <> '23514' THEN
                    message := message || ': ' || detail;
                END IF;
                INSERT INTO outcome VALUES (row.id, state, message);
            END;
        END LOOP;
    END $$;
"""


def write_migration(workspace, url, more=""):
    """people.yaml, which is what tests run; @p more ends it, with the indentation above."""
    workspace.write("people.yaml", MIGRATION % json.dumps(url) + more)
