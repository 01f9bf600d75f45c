# SPDX-License-Identifier: Apache-2.0
"""Twenty clean rules over an old database. Each has, beside it, one statement in SQLite's own SQL that
does the same to a copy of the source: how many rows it changes is what the rule must count, and what
it leaves is what the destination must hold. WHERRY_RULE_ROWS sets the size (the soak test: 200,000).
"""
import os
import random
import sqlite3

import pytest
from people import counts

ROWS = int(os.environ.get("WHERRY_RULE_ROWS", "2000"))

SOURCE = """
    CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, status TEXT,
        country TEXT, balance TEXT, born TEXT, zip TEXT, city TEXT, changed TEXT NOT NULL)
"""

DESTINATION = """
    CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, status TEXT,
        country TEXT, balance NUMERIC(12,2), born DATE, zip TEXT, city TEXT, changed DATE NOT NULL);
    CREATE TABLE written (kind TEXT, id INTEGER);
    CREATE TRIGGER inserted AFTER INSERT ON person BEGIN INSERT INTO written VALUES ('I', NEW.id); END;
    CREATE TRIGGER updated AFTER UPDATE ON person BEGIN INSERT INTO written VALUES ('U', NEW.id); END;
    CREATE TRIGGER deleted AFTER DELETE ON person BEGIN INSERT INTO written VALUES ('D', OLD.id); END;
"""

BLANK = "' ' || char(9) || char(10) || char(11) || char(12) || char(13)"
TEXTS = ("name", "email", "phone", "status", "country", "balance", "born", "zip", "city", "changed")


def stripped(column):
    """Without the two control characters that the generator writes, and blanks at the ends."""
    return f"trim(replace(replace({column}, char(2), ''), char(127), ''), {BLANK})"


def tidied():
    """Of the rule for all columns: one UPDATE that sets all of them."""
    values = ", ".join(f"{name} = nullif({stripped(name)}, '')" for name in TEXTS)
    differ = " OR ".join(f"{name} IS NOT nullif({stripped(name)}, '')" for name in TEXTS)
    return f"UPDATE person SET {values} WHERE {differ}"


def setting(column, value, when):
    return f"UPDATE person SET {column} = {value} WHERE ({when}) AND {column} IS NOT ({value})"


DIGITS = "replace(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '/', ''), '(', ''), ')', '')"

# name, the rule, what SQLite says it is
RULES = [
    ("codes", "map_values: { status: { A: active, B: blocked, C: closed, '?': null } }",
     "UPDATE person SET status = CASE status WHEN 'A' THEN 'active' WHEN 'B' THEN 'blocked' "
     "WHEN 'C' THEN 'closed' ELSE NULL END WHERE status IN ('A', 'B', 'C', '?')"),
    ("small addresses", "{ tidy: lower, columns: email }",
     "UPDATE person SET email = lower(email) WHERE email GLOB '*[A-Z]*'"),
    ("mistyped hosts", "{ when: email LIKE '%@gmial.com', set: "
     "{ email: 'replace(email, ''gmial'', ''gmail'')' } }",
     setting("email", "substr(email, 1, length(email) - 9) || 'gmail.com'",
             "substr(email, -10) = '@gmial.com'")),
    ("no real address", "{ when: 'email IN (''none@example.com'', ''x@x'')', set: "
     "{ email: { value: null } } }",
     "UPDATE person SET email = NULL WHERE email = 'none@example.com' OR email = 'x@x'"),
    ("address without @", "{ when: email NOT LIKE '%@%', reject: e-mail without @ }",
     "DELETE FROM person WHERE instr(email, '@') = 0"),
    ("test persons", "{ when: name LIKE 'TEST %', skip: made for a test }",
     "DELETE FROM person WHERE substr(name, 1, 5) = 'TEST '"),
    ("unknown phones", "{ when: 'lower(phone) IN (''-'', ''n/a'', ''unknown'')', set: "
     "{ phone: { value: null } } }",
     "UPDATE person SET phone = NULL WHERE phone IN ('-', 'n/a', 'N/A', 'unknown', 'Unknown')"),
    ("digits of phones", "{ set: { phone: \"translate(phone, ' -/()', '')\" } }",
     setting("phone", DIGITS, "1")),
    ("00 is a plus", "{ when: phone LIKE '00%', set: { phone: \"'+' || substr(phone, 3)\" } }",
     setting("phone", "'+' || substr(phone, 3)", "substr(phone, 1, 2) = '00'")),
    ("at home in Germany", "{ when: 'phone ~ ''^0[1-9]''', set: { phone: \"'+49' || substr(phone, 2)\" } }",
     setting("phone", "'+49' || substr(phone, 2)", "phone GLOB '0[1-9]*'")),
    ("countries", "map_values: { country: { Germany: DE, Deutschland: DE, France: FR, Polska: PL } }",
     "UPDATE person SET country = CASE country WHEN 'France' THEN 'FR' WHEN 'Polska' THEN 'PL' "
     "ELSE 'DE' END WHERE country IN ('Germany', 'Deutschland', 'France', 'Polska')"),
    ("minus behind", "{ when: balance LIKE '%-', set: { balance: \"'-' || left(balance, -1)\" } }",
     setting("balance", "'-' || substr(balance, 1, length(balance) - 1)",
             "substr(balance, -1) = '-'")),
    ("decimal comma", "{ when: \"balance LIKE '%,%'\", set: { balance: "
     "\"parse_number(balance, ',', '.')::text\" } }",
     setting("balance", "replace(replace(balance, '.', ''), ',', '.')", "instr(balance, ',') > 0")),
    ("days that are none", "{ when: 'born IN (''01.01.1900'', ''31.12.9999'')', set: "
     "{ born: { value: null } } }",
     "UPDATE person SET born = NULL WHERE born IN ('01.01.1900', '31.12.9999')"),
    ("two-digit years", "{ when: length(born) = 8, set: { born: \"left(born, 6) || CASE WHEN "
     "right(born, 2) > '30' THEN '19' ELSE '20' END || right(born, 2)\" } }",
     setting("born", "substr(born, 1, 6) || CASE WHEN CAST(substr(born, 7) AS INTEGER) > 30 "
             "THEN '19' ELSE '20' END || substr(born, 7)", "born GLOB '??.??.??'")),
    ("not born yet", "{ when: \"to_date(born, 'DD.MM.YYYY') > '2026-01-01'\", reject: not born yet }",
     "DELETE FROM person WHERE CAST(substr(born, 7) AS INTEGER) >= 2026 AND born <> '01.01.2026'"),
    ("surname first", "{ when: 'name LIKE ''%, %''', set: { name: "
     "\"split_part(name, ', ', 2) || ' ' || split_part(name, ', ', 1)\" } }",
     setting("name", "substr(name, instr(name, ', ') + 2) || ' ' || "
             "substr(name, 1, instr(name, ', ') - 1)", "instr(name, ', ') > 0")),
    ("short postcodes", "{ when: 'zip ~ ''^[0-9]{1,4}$''', set: { zip: \"lpad(zip, 5, '0')\" } }",
     setting("zip", "substr('00000' || zip, -5)",
             "zip NOT GLOB '*[^0-9]*' AND length(zip) BETWEEN 1 AND 4")),
    ("one for an address", "{ duplicates: email, keep: max(changed) }",
     "DELETE FROM person WHERE email IS NOT NULL AND id NOT IN (SELECT first_value(id) OVER "
     "(PARTITION BY email ORDER BY changed DESC, id) FROM person WHERE email IS NOT NULL)"),
    ("one for a name and birthday", "{ duplicates: [name, born], keep: most complete }",
     "DELETE FROM person WHERE name IS NOT NULL AND born IS NOT NULL AND id NOT IN (SELECT "
     "first_value(id) OVER (PARTITION BY name, born ORDER BY (email IS NOT NULL) + "
     "(phone IS NOT NULL) + (status IS NOT NULL) + (country IS NOT NULL) + (balance IS NOT NULL) + "
     "(zip IS NOT NULL) + (city IS NOT NULL) DESC, id) FROM person "
     "WHERE name IS NOT NULL AND born IS NOT NULL)"),
]

MIGRATION = """wherry: 1
name: twenty
source: sqlite:old.db
destination: sqlite:new.db
defaults:
  clean:
    - { name: tidy, tidy: [strip_control, trim, null_if_blank] }
items:
  person:
    from: person
    key: id
    into: person
    clean:
%s
    map:
      "*": same
      born: to_date(born, 'DD.MM.YYYY')
      city: city
"""


def migration_text():
    lines = []
    for name, rule, _ in RULES:
        body = rule.strip()
        if body.startswith("{"):
            lines.append(f"      - {{ name: {name}, {body[1:]}")
        else:
            lines.append(f"      - name: {name}\n        {body}")
    return MIGRATION % "\n".join(lines)


def person(number, random):
    """One row of the old database, with what old databases hold."""
    pick = random.choice
    first, last = pick(("Ann", "Bob", "Éva", "Jo")), pick(("Lee", "Ngo", "Ödön")) + str(number % 997)
    name = pick((f"{first} {last}", f"{last}, {first}", f" {first} {last}", f"{first}\x02 {last}"))
    email = pick((f"{first[-1]}.{number}@Example.com", f"p{number % 1500}@gmial.com", f"p{number % 1500}@gmail.com",
                  "none@example.com", f"user{number}@example.org", "  ", None))
    born = f"{number % 28 + 1:02}.{number % 12 + 1:02}."
    return (number, "TEST person" if number % 89 == 0 else name,
            "nobody" if number % 97 == 0 else "X@x" if number % 61 == 0 else email,
            pick(("-", "N/A", "unknown", "030 / 123 45", "(0171) 99-88", "0049 30 77", "+49301", None, "")),
            pick("AABBC?") + pick(("", " ")), pick(("Germany", "Deutschland", "FR", "France", "Polska", "DE")),
            pick(("1.234,50", "12,00-", "99.5", "7-", "1234", "\t", None)),
            pick((born + str(1940 + number % 70), born + f"{number % 100:02}", "01.01.1900", "31.12.9999",
                  None, born + "2027" if number % 7 == 0 else born + "2001")),
            pick(("1067", "80331", "W1A 1AA", "7", "", None)), pick(("Ulm", "Köln\x7f", "\r\nGraz ", None)),
            f"2020-{number % 12 + 1:02}-{number % 27 + 1:02}")


@pytest.fixture
def old(workspace):
    """The old database; its rows are the same in every run."""
    seeded = random.Random(20)
    people = [person(number, seeded) for number in range(1, ROWS + 1)]
    for number in range(40, ROWS, 40):  # some were written down twice, with less the second time
        people[number] = (number + 1, *people[number - 1][1:2], f"again{number}@example.org", None,
                          *people[number - 1][4:])
    database = workspace.sql("old.db").script(SOURCE)
    connection = sqlite3.connect(database.path)
    connection.executemany("INSERT INTO person VALUES (?,?,?,?,?,?,?,?,?,?,?)", people)
    connection.commit()
    connection.close()
    workspace.sql("new.db").script(DESTINATION)
    return database


def by_sql(old):
    """Every rule's count and what is left at the end, by SQL on a copy of the source."""
    copy = sqlite3.connect(":memory:")
    sqlite3.connect(old.path).backup(copy)
    hits = {"tidy": copy.execute(tidied()).rowcount}
    for name, _, statement in RULES:
        hits[name] = copy.execute(statement).rowcount
    left = copy.execute(
        "SELECT id, name, email, phone, status, country, CAST(balance AS NUMERIC), substr(born, 7) || '-' || "
        "substr(born, 4, 2) || '-' || substr(born, 1, 2), zip, city, changed FROM person ORDER BY id")
    return hits, left.fetchall()


def run(wherry, *options):
    document = wherry("run", "twenty.yaml", *options, "--json").expect(1).json()
    item = document["items"][0]
    assert item["sum_closes"]
    return item


def test_each_of_twenty_rules_counts_what_sql_counts_and_reruns_write_only_differences(
        wherry, workspace, old):
    text = migration_text()
    hits, left = by_sql(old)
    assert len(RULES) >= 20 and all(hits.values()), hits
    workspace.write("twenty.yaml", text)
    new = workspace.sql("new.db")

    item = run(wherry)
    assert {rule["name"]: rule["hits"] for rule in item["rules"]} == hits
    refused = hits["address without @"] + hits["not born yet"]
    skipped = (hits["test persons"] + hits["one for an address"] +
               hits["one for a name and birthday"])
    assert counts(item) == {"inserted": len(left), "rejected": refused, "skipped": skipped}
    assert new.rows("SELECT * FROM person ORDER BY id") == left
    assert new.rows("SELECT kind, count(*) FROM written GROUP BY 1") == [("I", len(left))]

    for name in ("countries", "not born yet"):
        listed = wherry("log", "twenty.yaml", "--rule", name, "--json").expect(0).ndjson()
        assert len(listed) == hits[name] and all(name in entry["rules"] for entry in listed)

    again = run(wherry)
    assert counts(again) == {"unchanged": len(left), "rejected": refused, "skipped": skipped}
    assert {rule["name"]: rule["hits"] for rule in again["rules"]} == hits
    assert new.value("SELECT count(*) FROM written") == len(left)

    # Another map: towns in capitals. Only rows that have a town are written, and no column but it.
    workspace.write("twenty.yaml", text.replace("city: city", "city: upper(city)"))
    changed = new.value("SELECT count(*) FROM person WHERE city IS NOT NULL")
    item = run(wherry)
    assert counts(item) == {"updated": changed, "unchanged": len(left) - changed,
                            "rejected": refused, "skipped": skipped}
    assert new.rows("SELECT id FROM written WHERE kind <> 'I' ORDER BY id") == new.rows(
        "SELECT id FROM person WHERE city IS NOT NULL ORDER BY id")
    log = wherry("log", "twenty.yaml", "--json").expect(0).ndjson()
    differing = {entry["key"] for entry in log
                 if entry["before"] is not None and entry["before"] != entry["after"]}
    assert {entry["key"] for entry in log if entry["status"] == "updated"} == differing
    assert len(differing) == changed
    assert new.rows("SELECT status, sum(items) FROM (SELECT 'updated' AS status, updated AS items FROM "
                    "wherry_chunk WHERE run = 3)") == [("updated", changed)]

    # Another rule: closed is spelt as gone. Only rows of that status are written.
    workspace.write("twenty.yaml", text.replace("city: city", "city: upper(city)").replace(
        "C: closed", "C: gone"))
    closed = new.value("SELECT count(*) FROM person WHERE status = 'closed'")
    assert counts(run(wherry))["updated"] == closed
    assert new.value("SELECT count(*) FROM written WHERE kind = 'U'") == changed + closed
