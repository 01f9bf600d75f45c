# SPDX-License-Identifier: Apache-2.0
"""A small migration that tests of runs share: people, in CSV, into a typed SQLite table.

Everything that could differ between two runs of the same migration can be read with `left_behind`:
the destination's rows and what the ledger holds of them, without times and numbers of runs.
"""
TABLE = """
    CREATE TABLE person (
        id      INTEGER PRIMARY KEY,
        name    TEXT NOT NULL,
        email   VARCHAR(60) NOT NULL UNIQUE,
        balance NUMERIC(12,2),
        born    DATE,
        country CHAR(2) NOT NULL
    );
"""

MIGRATION = """
    wherry: 1
    name: people
    source: .
    destination: sqlite:people.db
    items:
      person:
        from: people.csv
        key: id
        into: person
        {extra}
        map:
          id: id
          name: trim(name)
          email: lower(trim(email))
          balance: balance
          born: to_date(born, 'DD/MM/YYYY')
          country: country
        expect:
          - check: position('@' in email) > 1
            message: e-mail without @
"""

HEADER = "id,name,email,balance,born,country\n"


def person(number, **changes):
    """One record of the source as a line of CSV."""
    cells = {
        "id": number,
        "name": f" Ann {number} ",
        "email": f"Ann.{number}@Example.com",
        "balance": f"{number}.50",
        "born": f"{number % 28 + 1:02}/{number % 12 + 1:02}/{1950 + number % 50}",
        "country": "DE",
    }
    cells.update(changes)
    return ",".join(str(cell) for cell in cells.values()) + "\n"


def people(count, **special):
    """A file of `count` people; special={"p7": {...}} changes the cells of number 7."""
    lines = [HEADER]
    for number in range(1, count + 1):
        lines.append(person(number, **special.get(f"p{number}", {})))
    return "".join(lines)


def set_up(workspace, source, extra="", table=TABLE):
    """Writes source, migration and database; gives the migration's path."""
    workspace.write("people.csv", source)
    workspace.sql("people.db").script(table)
    return write_migration(workspace, extra)


def write_migration(workspace, extra="", text=MIGRATION):
    return workspace.write("people.yaml", text.format(extra=extra))


def run(wherry, *args, code=0, **kwargs):
    """Runs the migration; gives the one item type's part of the JSON result."""
    document = wherry("run", "people.yaml", *args, "--json", **kwargs).expect(code).json()
    item = document["items"][0]
    assert item["sum_closes"], document
    return item


def counts(item):
    """The counts that are not 0, without `read`."""
    return {name: count for name, count in item["counts"].items() if count and name != "read"}


def left_behind(database):
    """What a run left, told without times, run numbers and segment numbers."""
    failures = database.rows(
        "SELECT item, status, key, stage, rule, column_name, message, place, source, raw "
        "FROM wherry_failure ORDER BY place, key")
    return {"person": database.dump("person"), "failures": failures}


def log_of(wherry, key):
    """What the log says of one item, newest first."""
    return wherry("log", "people.yaml", "person", "--id", key, "--json").expect(0).ndjson()
