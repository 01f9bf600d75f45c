# SPDX-License-Identifier: Apache-2.0
"""Databases of PostgreSQL's whose encoding is not UTF8: what it lacks is refused item by item, and logged all the same."""
import pytest

from people import counts, run
from things import write_migration

pytestmark = pytest.mark.costly

TABLE = "CREATE TABLE thing (id text PRIMARY KEY, label varchar(20), extra jsonb);"
THINGS = "id,label,extra\n"
ITEMS = ('zoë,Zoë,"{""a"": ""ë""}"\nb,日本 ß,\n日,plain,\nc,x,"{""a"": ""😀""}"\n'
         '&#x65E5;,&#x26; & &#x,\n')

def set_up(workspace, database, rows, more=""):
    workspace.write("things.csv", THINGS + rows)
    database.script(TABLE)
    write_migration(workspace, database.url, more)


def in_encoding(new_postgres, encoding):
    return new_postgres(f"TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")


def told(wherry, key):
    """What the log says of the item, newest first."""
    return wherry("log", "people.yaml", "thing", "--id", key, "--json").expect(0).ndjson()


def test_an_item_with_a_character_that_the_encoding_lacks_is_rejected_alone(wherry, workspace, new_postgres):
    latin = in_encoding(new_postgres, "LATIN1")
    set_up(workspace, latin, ITEMS, "  # 日本\n")
    assert "the database's encoding is LATIN1" in wherry("plan", "people.yaml").expect(0).out
    assert counts(run(wherry, code=1)) == {"inserted": 2, "rejected": 3}
    assert latin.rows("SELECT id, label FROM thing ORDER BY id") == [
        ("&#x65E5;", "&#x26; & &#x"), ("zoë", "Zoë")]
    lacks = "which the database's encoding LATIN1 lacks"
    rejected = wherry("log", "people.yaml", "--rejected", "--json").expect(0).ndjson()
    assert [(entry["key"], *map(entry["failure"].get, ("column", "sqlstate", "message")))
            for entry in rejected] == [
        ("b", "label", "22P05", f"'日本 ß' holds '日' (U+65E5), {lacks}"),
        ("日", "id", "22P05", f"'日' holds '日' (U+65E5), {lacks}"),
        ("c", "extra", "22P05", f"""'{{"a": "😀"}}' holds '😀' (U+1F600), {lacks}""")]
    assert latin.rows("SELECT key, source::json ->> 'label' FROM wherry.failure ORDER BY id") == [
        ("b", "&#x65E5;&#x672C; ß"), ("&#x65E5;", "plain"), ("c", "x")]


def test_what_the_ledger_cannot_hold_is_told_as_it_was(wherry, workspace, new_postgres):
    set_up(workspace, in_encoding(new_postgres, "LATIN1"), ITEMS, "        log: rows\n")
    assert counts(run(wherry, code=1)) == {"inserted": 2, "rejected": 3}
    assert told(wherry, "日")[0]["source"]["id"] == "日"
    assert told(wherry, "&#x65E5;")[0]["after"]["label"] == "&#x26; & &#x"
    assert "日本 ß" in wherry("status", "people.yaml").expect(0).out
    assert counts(run(wherry, "--id", "日", code=1)) == {"rejected": 1}
    extract = wherry("log", "people.yaml", "--rejected", "--export", "ndjson", "--run", "1").expect(0).out
    workspace.write("mended.ndjson", extract.replace("日本", "Japan").replace("😀", ":)"))
    assert counts(run(wherry, "--from", "mended.ndjson", code=1)) == {"inserted": 2, "rejected": 1}


def test_a_mended_source_is_taken_and_a_spoilt_one_leaves_the_row(wherry, workspace, new_postgres):
    latin = in_encoding(new_postgres, "LATIN1")
    set_up(workspace, latin, ITEMS)
    run(wherry, code=1)
    workspace.write("things.csv", THINGS + ITEMS.replace("日本", "Japan").replace("Zoë", "Zo™"))
    assert counts(run(wherry, code=1)) == {"inserted": 1, "unchanged": 1, "rejected": 3}
    assert latin.rows("SELECT label FROM thing WHERE id IN ('b', 'zoë') ORDER BY id") == [("Japan ß",), ("Zoë",)]


def test_many_refusals_go_into_the_ledger_together(wherry, workspace, new_postgres):
    latin = in_encoding(new_postgres, "LATIN1")
    set_up(workspace, latin, "".join(f"{number} €,x,\n" for number in range(500)))
    assert counts(run(wherry, code=1)) == {"rejected": 500}
    assert latin.rows("SELECT count(*)::int FROM wherry.failure WHERE key LIKE '% &#x20AC;'") == [(500,)]
    assert told(wherry, "7 €")[0]["status"] == "rejected"


@pytest.mark.parametrize("encoding, there, lacking", [
    ("WIN1253", "αβγ €", "ж"),  # not every byte is a character there
    ("KOI8R", "жук", "α"),
    ("EUC_JP", "日本", "한"),  # characters of several bytes: only the server knows them
])
def test_each_encoding_has_its_characters(wherry, workspace, new_postgres, encoding, there, lacking):
    database = in_encoding(new_postgres, encoding)
    set_up(workspace, database, f"1,{there},\n2,{lacking},\n3,a,\n{there},b,\n{lacking},c,\n")
    assert counts(run(wherry, code=1)) == {"inserted": 3, "rejected": 2}
    stored = database.value("SELECT encode(convert_to(label, 'UTF8'), 'hex') FROM thing WHERE id = '1'")
    assert bytes.fromhex(stored).decode() == there
    assert "lacks" in told(wherry, lacking)[0]["failure"]["message"] and told(wherry, "2")[0]["source"]["label"] == lacking
    assert told(wherry, there)[0]["after"]["id"] == there
    assert counts(run(wherry, code=1)) == {"unchanged": 3, "rejected": 2}
