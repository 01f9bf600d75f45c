# SPDX-License-Identifier: Apache-2.0
"""What random-expressions draws from: values of each type, arguments that have to be of a certain kind, and forms
that have a grammar of their own."""

# The catalog's names of types, as case files have them.
TYPES = {
    "boolean": "bool", "smallint": "int2", "integer": "int4", "bigint": "int8", "real": "float4",
    "double precision": "float8", "numeric": "numeric", "date": "date", "time without time zone": "time",
    "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz", "interval": "interval",
    "text": "text", "character": "bpchar", "bytea": "bytea", "uuid": "uuid", "json": "json", "jsonb": "jsonb",
    "text[]": "_text",
}
KINDS = list(TYPES.values())
# As casts write them.
WRITTEN = {kind: kind for kind in KINDS} | {"bpchar": "char(4)", "_text": "text[]"}

VALUES = {
    "bool": ["t", "f"],
    "int2": ["0", "1", "-1", "7", "32767", "-32768"],
    "int4": ["0", "1", "-1", "2", "7", "-13", "100", "2147483647", "-2147483648"],
    "int8": ["0", "1", "-5", "9223372036854775807", "-9223372036854775808", "4294967296"],
    "float4": ["0", "1", "-1.5", "0.1", "3.25e+10", "1e-10", "NaN", "Infinity"],
    "float8": ["0", "1", "-1", "0.5", "2.5", "-3.7", "1e15", "1e-7", "NaN", "Infinity", "-Infinity", "123456789.125"],
    "numeric": ["0", "1", "-1", "0.5", "2.50", "-3.1415926535", "99999999999999999999.99", "0.000001", "1e30", "NaN",
                "Infinity", "123456.789"],
    "date": ["2020-02-29", "2000-01-01", "1999-12-31", "0001-01-01", "infinity", "0044-03-15 BC"],
    "time": ["00:00:00", "13:45:56.789", "23:59:59.999999", "24:00:00", "02:30:00"],
    "timestamp": ["2020-02-29 13:45:56.789", "2000-01-01 00:00:00", "1969-12-31 23:59:59.5", "2021-03-28 02:30:00",
                  "2020-10-25 02:30:00", "-infinity", "0044-03-15 12:00:00 BC"],
    "timestamptz": ["2020-02-29 13:45:56.789+00", "2021-03-28 01:00:00+00", "2020-10-25 00:30:00+00", "infinity",
                    "1900-01-01 00:00:00+00"],
    "interval": ["1 day", "-2 mons +3 days", "04:05:06.7", "1 year 2 mons", "-00:00:00.5", "00:00:00", "-25:00:00"],
    "text": ["", "a", "abc", " pad ", "ÄÖü ß", "日本語", "12", "-7", "3.50", "a,b,,c", "Hello World", "%_x", "\\\\", "aaa",
             "2020-02-29", "😀é", "e\u0301", "true", "{a,b}"],
    "bpchar": ["", "a", "abc ", "ÄÖ", "12  ", "😀"],
    "bytea": ["\\\\x", "\\\\x00", "\\\\x616263", "\\\\xff00ff", "\\\\xf09f9880"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"],
    "json": ['{"a": 1, "b": [1, null, "x"]}', "[]", '"text"', "null", "[1, 2.50, {\"a\": {\"b\": 2}}]", "12", "true",
             '{"a":1,"a":2,"é":"😀"}'],
    "jsonb": ['{"a": 1, "b": [1, null, "x"]}', "[]", '"text"', "null", "[1, 2.50, {\"a\": {\"b\": 2}}]", "12", "true",
              '{"a": {"b": [3]}, "é": "😀"}'],
    "_text": ["{}", "{a}", "{a,NULL,\"b c\"}", "{a,b,0}", "{😀,\"\"}"],
}

# Fields and formats are those of the type of the other argument, which has to be that one.
EXACT = {"extract", "date_part", "date_trunc", "to_char"}
# A name and a value in turn.
PAIRED = {"json_build_object", "jsonb_build_object"}

LITERALS = {
    "pattern": ["'%'", "'a%'", "'%c'", "'%b%'", "'_b_'", "'A_C'", "'%ö%'", "'_'", "'a\\%'", "'%,%,%'"],
    "similar": ["'%(b|d)%'", "'a_*'", "'[a-c]+'", "'_{2,3}'", "'%'"],
    "regex": ["'a'", "'[a-z]+'", "'^\\s*(\\w+)'", "'\\d+'", "'(b|c)'", "'a|ab'", "'^.'", "'.$'", "'[^a-zA-Z]'", "'ö'", "'x*'"],
    "part": ["'(\\d+)'", "'(b)'", "'^(.)'", "'[a-c]+'"],
    "flags": ["'g'", "'i'", "''", "'gi'"],
    "match_flags": ["'i'", "''", "'c'"],
    "form": ["'NFC'", "'NFD'", "'NFKC'", "'NFKD'"],
    "zone": ["'UTC'", "'Europe/Berlin'", "'America/New_York'", "'Asia/Kolkata'", "'CET'", "'UTC+3'"],
    "date_field": ["'year'", "'month'", "'day'", "'dow'", "'isodow'", "'doy'", "'week'", "'isoyear'", "'quarter'", "'decade'",
                   "'century'", "'millennium'", "'epoch'", "'julian'"],
    "moment_field": ["'year'", "'month'", "'day'", "'hour'", "'minute'", "'second'", "'milliseconds'", "'microseconds'",
                     "'dow'", "'isodow'", "'doy'", "'week'", "'isoyear'", "'quarter'", "'decade'", "'century'", "'epoch'",
                     "'millennium'", "'julian'"],
    "time_field": ["'hour'", "'minute'", "'second'", "'milliseconds'", "'microseconds'", "'epoch'"],
    "span_field": ["'year'", "'month'", "'day'", "'hour'", "'minute'", "'second'", "'milliseconds'", "'microseconds'", "'epoch'",
                   "'quarter'", "'decade'", "'century'", "'millennium'"],
    "unit": ["'year'", "'month'", "'day'", "'hour'", "'minute'", "'second'", "'milliseconds'", "'microseconds'", "'week'",
             "'quarter'", "'decade'", "'century'", "'millennium'"],
    "span_unit": ["'year'", "'month'", "'day'", "'hour'", "'minute'", "'second'", "'decade'", "'quarter'"],
    "moment_format": ["'YYYY-MM-DD HH24:MI:SS.US'", "'FMDay, DD Mon YYYY BC'", "'IYYY-IW-ID'", "'DDD J Q CC'", "'HH12:MI AM MS'",
                      "'D WW W IW YYYY'"],
    "number_format": ["'999G990D99'", "'FM9990.099'", "'S9999'", "'9.99EEEE'", "'RN'", "'000PR'", "'99V9'", "'FM999MI'"],
    "template": ["'%s'", "'<%s|%5s>'", "'%L'", "'%1$s %1$L'", "'100%%'", "'%-4s|'"],
    "bytes_form": ["'hex'", "'base64'", "'escape'"],
    "escaped": ["'caf\\00e9'", "'\\+01F600'", "'abc'", "'\\\\'"],
    "finite": ["date '2020-02-29'", "date '1999-12-31'", "date '0044-03-15 BC'"],
    "length": ["0", "1", "3", "7", "12"],
    "digits": ["0", "1", "2", "5", "-1", "-2"],
}

FLAGS = "{match_flags}"
# Function and number of the argument, from 0: what stands there. {name} is one of LITERALS or an expression.
ARGUMENTS = {
    ("extract", 0): {"date": "{date_field}", "timestamp": "{moment_field}", "timestamptz": "{moment_field}",
                     "time": "{time_field}", "interval": "{span_field}"},
    ("date_part", 0): {"date": "{date_field}", "timestamp": "{moment_field}", "timestamptz": "{moment_field}",
                       "time": "{time_field}", "interval": "{span_field}"},
    ("date_trunc", 0): {"timestamp": "{unit}", "timestamptz": "{unit}", "interval": "{span_unit}"},
    ("date_trunc", 2): "{zone}", ("make_timestamptz", 6): "{zone}", ("timezone", 0): {"text": "{zone}"},
    ("to_char", 1): {"timestamp": "{moment_format}", "timestamptz": "{moment_format}", "": "{number_format}"},
    ("to_date", 0): "'2020-02-' || (20 + abs({small}))", ("to_date", 1): "'YYYY-MM-DD'",
    ("to_timestamp", 0): {"text": "'2020-02-29 1' || {length} % 10 || ':00'"}, ("to_timestamp", 1): "'YYYY-MM-DD HH24:MI'",
    ("to_number", 0): "abs({small})::text", ("to_number", 1): "'99'",
    ("regexp_replace", 1): "{regex}", ("regexp_replace", 2): "{text}", ("regexp_replace", 3): "{flags}",
    ("regexp_like", 1): "{regex}", ("regexp_like", 2): FLAGS, ("regexp_substr", 1): "{regex}", ("regexp_count", 1): "{regex}",
    ("regexp_instr", 1): "{regex}", ("regexp_count", 3): FLAGS, ("regexp_substr", 4): FLAGS, ("regexp_instr", 5): FLAGS,
    ("regexp_replace", 5): "{flags}", ("regexp_split_to_array", 1): "{regex}", ("regexp_split_to_array", 2): FLAGS,
    ("regexp_substr", 5): "{small}", ("regexp_instr", 6): "{small}", ("substring", 1): {"text text": "{part}"},
    ("~", 0): {"text text": "{text} || ''"}, ("~*", 0): "{text} || ''", ("!~", 0): "{text} || ''", ("!~*", 0): "{text} || ''",
    ("~", 1): {"text text": "{regex}"}, ("~*", 1): "{regex}", ("!~", 1): "{regex}", ("!~*", 1): "{regex}",
    ("normalize", 1): "{form}", ("is_normalized", 1): "{form}", ("unistr", 0): "{escaped}", ("format", 0): {"text any": "{template}", "": "'100%%'"},
    ("encode", 1): "{bytes_form}", ("decode", 1): "{bytes_form}", ("convert_from", 1): "'UTF8'::text", ("convert_to", 1): "'UTF8'",
    ("repeat", 1): "{small}", ("chr", 0): "65 + abs({small})", ("factorial", 0): "{small}::bigint",
    ("power", 1): {"numeric numeric": "{small}::numeric", "": "{small}::float8"},
    ("pow", 1): {"numeric numeric": "{small}::numeric", "": "{small}::float8"},
    ("^", 1): {"numeric numeric": "{small}::numeric", "": "{small}::float8"},
    ("exp", 0): {"numeric": "{small}::numeric / 3", "": "{float8}"}, ("age", 0): "{finite} - {small}", ("age", 1): "{finite} + {small}",
    ("width_bucket", 3): "{length}",
    ("get_bit", 1): "{small}::bigint", ("set_bit", 1): "{small}::bigint", ("set_bit", 2): "abs({small}) % 2",
    ("make_date", 0): "2000 + {small}", ("make_timestamp", 0): "2000 + {small}", ("make_timestamptz", 0): "2000 + {small}",
    ("make_interval", 6): "{small}::float8", ("array_prepend", 0): "{text} || ''", ("||", 0): {"text text[]": "{text} || ''"}, ("array_length", 1): "1", ("array_upper", 1): "1",
    ("-", 1): {"date integer": "{small}"}, ("+", 1): {"date integer": "{small}"}, ("+", 0): {"integer date": "{small}"},
    ("*", 1): {"interval double precision": "{small}::float8"}, ("*", 0): {"double precision interval": "{small}::float8"},
}
# Texts that are cast: only what is written as the type is printed, for what PostgreSQL guesses wherry refuses.
CAST_FROM_TEXT = {kind: ["{" + kind + "}::text"] for kind in ("date", "time", "timestamp", "timestamptz", "interval", "_text")}

FORMS = {
    "bool": ["{text} LIKE {pattern}", "{text} NOT LIKE {pattern}", "{text} ILIKE {pattern}", "{text} SIMILAR TO {similar}",
             "{text} IN ({text}, {text}, 'a')", "{text} NOT IN ('a', 'abc', '12')", "{int4} IN (1, 2, {int4})",
             "{int4} BETWEEN {int4} AND {int8}", "{text} NOT BETWEEN {text} AND {text}", "{int4} BETWEEN SYMMETRIC {int4} AND 5",
             "{int4} IS DISTINCT FROM {numeric}", "{text} IS NOT DISTINCT FROM {text}", "{any} IS NULL", "{any} IS NOT NULL",
             "{bool} IS TRUE", "{bool} IS NOT FALSE", "{bool} IS UNKNOWN", "NOT {bool}", "{text} = ANY ({_text})",
             "{text} <> ALL ({_text})", "{text} < ANY ({_text})"],
    "text": ["trim({text})", "trim(leading 'a' from {text})", "{text}::varchar(3)", "({_text})[{small}]",
             "(regexp_match({text}, {part}))[1]", "overlay({text} placing {text} from abs({small}) + 1 for abs({small}))"],
    "numeric": ["{numeric}::numeric(12,2)", "{numeric} / {small}"],
    "_text": ["ARRAY[{text}, {text}]", "({_text})[{small}:{small}]"],
    "jsonb": ["({jsonb})['a']", "({jsonb})[{small}]"],
}
ONLY_COLUMNS = ["CASE WHEN {bool} THEN {T} ELSE {T} END", "coalesce({T}, {T})",
                "CASE {text} WHEN 'a' THEN {T} WHEN {text} THEN {T} END", "CASE {int4} WHEN 1 THEN {T} WHEN {small} THEN {T} ELSE {T} END"]
WITH_EQUALITY = ["nullif({T}, {T})"]
WITH_ORDER = ["greatest({T}, {T}, {T})", "least({T}, {T})"]
LOGIC = ["{bool} AND {bool}", "{bool} OR {bool}"]


def shared_forms(kind):
    """Forms that choose which of their inputs they look at."""
    forms = ONLY_COLUMNS + (WITH_EQUALITY if kind not in ("json", "jsonb") else [])
    forms = forms + (WITH_ORDER if kind not in ("json", "jsonb", "_text") else [])
    return [form.replace("{T}", "{" + kind + "}") for form in forms] + (LOGIC if kind == "bool" else [])


def argument(entry, signature, at):
    """What argument `at` is drawn from, or None: an expression of its type."""
    if entry["kind"] == "cast":
        is_text = signature["arguments"][0] in ("text", "character")
        return CAST_FROM_TEXT.get(TYPES[signature["result"]]) if is_text else None
    pool = ARGUMENTS.get((entry["name"], at))
    if isinstance(pool, dict):
        types = " ".join(signature["arguments"])
        kinds = [TYPES.get(name, name) for name in signature["arguments"]]
        named = [pool[key] for key in pool if key and (key == types or key in kinds)]
        pool = named[0] if named else pool.get("")
    return None if pool is None else [pool]
