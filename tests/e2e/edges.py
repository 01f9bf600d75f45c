# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL table of values that something somewhere gets wrong, of every type that there is."""

# PostgreSQL's texts, "|" between them.
EDGES = {
    "smallint": "-32768|32767|0|-1",
    "integer": "1|-1|100|-2147483648|2147483647|0|1000000",
    "bigint": "2147483648|-2147483649|1000000000000000000|-9223372036854775808|9223372036854775807|-1|9007199254740993|0",
    "real": "0|1|-1.5|2.5e-10|100000|1e6|NaN|Infinity|-Infinity|-0|1e-45|-1e-45|1.17549435e-38|3.4028235e+38|0.1|16777217|0.3333333|1e10",
    "double precision": "0|1|-1.5|1e22|4.35|0.000123|NaN|Infinity|-Infinity|-0|5e-324|2.2250738585072014e-308|1.7976931348623157e+308|"
                        "0.1|0.30000000000000004|1e23|9007199254740993|123456789.123|-1e-7|1e15|1e16|100",
    "numeric": "1|-1|1e-30|3.14159265358979323846264338327950288|-0.5|10000|1e20|NaN|Infinity|-Infinity|0|0.00|-0.000|1e-16383|1e131071|-1e131071|0.10|1.50|1.5|1e3|"
               "12345678901234567890.123456789|-1e40|1000000|99999999999999999999999999999999999999|"
               "999999999999999999999999999999999999999|0.00000000000000000001|9007199254740993|"
               "-9223372036854775808|9223372036854775808|0.1234567890123456789|100000000000000.5",
    "numeric(10,2)": "0|-99999999.99|NaN|1.5|99999999.99|-0.01|12.30|100",
    "numeric(15,5)": "9999999999.99999|-0.00001|0.1",
    "numeric(20,4)": "1234567890123456.7891|-0.0001|NaN|0|1.5000",
    "numeric(38,0)": "99999999999999999999999999999999999999|-1|0",
    "numeric(6,-2)": "123456|-100|0",
    "numeric(3,5)": "0.00123|-0.00999",
    "boolean": "t|f",
    "text": "a|é|x'y|,|;|#|null|0x1F|1_000||''| lead and trail |tab\tnew\nline\r|Zoë 😀 \u0301|NULL|" r"\N|\.|a\tb|\\"
            "|\u00a0|\u2028\u2029|\ufeff|\ufffe\uffff|\ufffd|\U0001f1e9\U0001f1ea|\U00020000|\U0010ffff"
            "|\U000e0001|\u0001\u001f\u007f\u0080|007|1.50|1e3|-0|NaN|t|%s {} \"x\"|" + "long " * 2000,
    "varchar(5)": "äöüßé|12345| |\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600|",
    "char(4)": "|ab|a  b| ab|äöüß",
    "bpchar": "a  |a|  |",
    '"char"': "a| |\\377",
    "name": "a name|0|",
    "bytea": r"\x000102|\x7f80||\x00|\xff00fe0a0d5c27|\x0a|\x5c78|\x41",
    "date": "2024-12-31|1970-01-01|0001-01-02 BC|infinity|-infinity|4713-01-01 BC|0001-12-31 BC|0044-03-15 BC|0001-01-01|5874897-12-31|"
            "2000-02-29|1582-10-10|9999-12-31|10000-01-01|1900-02-28",
    "time": "00:00:01|23:00:00.1|00:00|24:00:00|23:59:59.999999|12:34:56.7|00:00:00.000001",
    "time(3)": "12:34:56.789|23:59:59.999",
    "timetz": "00:00+15:59|24:00:00-15:59|12:34:56.789123+05:45|12:00:00-00:00:01|00:00:00+00",
    "timetz(0)": "12:34:56-07",
    "timestamp": "2024-02-29 00:00:00|1900-01-01 12:00:00.5|0001-12-31 23:59:59.999999 BC|infinity|-infinity|4713-01-01 00:00 BC|294276-12-31 23:59:59.999999|"
                 "1999-12-31 23:59:59.9|0001-01-01 00:00|2000-01-01 00:00:00.000001|1969-12-31 23:59:59.999999",
    "timestamp(3)": "2020-01-31 12:34:56.789|infinity",
    "timestamptz": "1970-01-01 00:00:00+00|2038-01-19 03:14:08+00|infinity|-infinity|4713-01-01 00:00+00 BC|294276-12-31 23:59:59.999999+00|"
                   "2020-01-31 12:00+05:45|0044-03-15 12:00+00 BC|1883-11-18 12:03:58-05|2024-02-29 24:00+00",
    "timestamptz(0)": "2020-01-31 12:34:56+00",
    "interval": "1 year|-3 days|00:00:01.5|2 years 3 mons -4 days|0|1 year -2 months 3 days -04:05:06.789|178000000 years|-178000000 years|1 day|24:00|"
                "30 days|1 mon|-00:00:00.000001|-1 year|1 mon -1 day|2562047788:00:54.775807|99 years 11 mons",
    "interval day to second": "3 days 04:05:06|0",
    "interval(2)": "00:00:01.25",
    "interval year to month": "5 years 3 mons",
    "uuid": "00112233-4455-6677-8899-aabbccddeeff|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff|"
            "12345678-1234-1234-1234-123456789012",
    "json": r'{"b":1,  "a":[null, 1e400]}|"\u0041"|1.0|null|{"a":1,"a":2}|[]| 1 |"😀"|1e3',
    "jsonb": r'{"b":1,"a":[null,1e400]}|"\u0041\\"|1.0|[]|null|{}|"\ud83d\ude00"|-0.0|1.50|true|{"":""}',
    "jsonpath": "$.a[*] ? (@ > 1)|strict $|$",
    "xml": "<a b='1'>&amp;</a>|text|<!-- c -->|<a/><b/>|1.50|",
    "inet": "192.168.1.1/32|2001:db8::1/64|10.0.0.1|10.0.0.1/24|::1|fe80::/10|0.0.0.0/0|::ffff:1.2.3.4|255.255.255.255",
    "cidr": "10.0.0.0/8|::/0|192.168.0.0/32|10.1.2.3",
    "macaddr": "08:00:2b:01:02:03|ff:ff:ff:ff:ff:ff",
    "macaddr8": "08:00:2b:01:02:03:04:05",
    "bit": "0|1",
    "bit(3)": "101|000",
    "varbit": "|1|10101010101|0",
    "varbit(9)": "010",
    "money": "-92233720368547758.08|0.01|0|92233720368547758.07",
    "oid": "0|4294967295",
    "pg_lsn": "FFFFFFFF/FFFFFFFF|0/0",
    "xid8": "18446744073709551615",
    "tid": "(0,1)",
    "regtype": "integer|mood",
    "integer[]": "{}|{1,NULL,3}|{{1,2},{3,4}}|[5:6]={1,2}|[-1:0][2:3]={{1,2},{3,4}}|{NULL}|{-2147483648}",
    "smallint[]": "{1}",
    "bigint[]": "{9223372036854775807}",
    "text[]": r'{"",NULL,"null","a,b","{}","\"\\ x"}|{}|{NULL}|{{a,b},{c,NULL}}|{" a","tab	"}|{😀}',
    "varchar(3)[]": "{abc,NULL}|{}",
    "char(3)[]": "{a,abc}",
    "numeric[]": "{NaN,-Infinity,1.50}|{1e100}",
    "numeric(10,2)[]": "{1.50,NULL}",
    "real[]": "{-0,NaN,0.1}",
    "boolean[]": "{t,f,NULL}",
    "date[]": '{infinity,"0044-03-15 BC"}',
    "timestamptz[]": '{infinity,"2020-01-31 12:00+00"}',
    "interval[]": '{"1 day",NULL}',
    "bytea[]": r'{"\\x00","\\x"}',
    "jsonb[]": r'{"{\"a\": 1}",NULL}',
    "uuid[]": "{00000000-0000-0000-0000-000000000000}",
    "int4range": "empty|(,)|[1,5)|(1,5]|(,5)",
    "int8range": "[-9223372036854775808,)",
    "numrange": "[1.50,2]|(,NaN]|empty",
    "daterange": "[2020-01-31,infinity)|(,2020-01-31]",
    "tsrange": '["2020-01-31 12:00","2020-02-01 00:00"]',
    "tstzrange": '["2020-01-31 12:00+00",infinity)|(,)',
    "int4multirange": "{}|{[1,3),[5,7)}",
    "nummultirange": "{}|{[1,2),[3.5,4]}",
    "datemultirange": "{(,2020-01-31)}",
    "int4range[]": '{"[1,5)",empty}',
    "mood": "sad|very glad|01|",
    "mood[]": '{sad,"very glad"}|{NULL}',
    "pair": '(1,)|(,"a,b")|(,)|(2147483647,"""\\\\")',
    "pair[]": r'{"(1,a)","(,)"}',
    '"An odd ""type"""': "x|y z",
    "code": "abcd|é",
    "small": "1|32767",
    "price": "1.50|0.00",
    "codes": "{abcd,e}|{}",
    "ci": "MiXed|",
    "citext": "MiXed|007|1.50|",
    "citext[]": "{MiXed}",
    "point": "(1.5,-0)|(NaN,Infinity)|(0,0)",
    "line": "{1,-1,0}",
    "lseg": "[(0,0),(1,1)]",
    "box": "(1,1),(0,0)|(1e300,0),(-1,-5e-324)",
    "path": "((0,0),(1,1))|[(0,0),(1,1)]",
    "polygon": "((0,0),(1,1),(1,0))",
    "circle": "<(0,0),1.5>",
    "tsvector": "'a':1A 'b b':2||'it''s':3B,4|'007'",
    "tsquery": "'a' & !'b'||'a':*B <-> 'c d'",
}

TYPES = '''
CREATE TYPE mood AS ENUM ('sad', 'very glad', '01', '');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE "An odd ""type""" AS ENUM ('x', 'y z');
CREATE DOMAIN code AS varchar(4) CHECK (value <> '');
CREATE DOMAIN small AS smallint CHECK (value > 0);
CREATE DOMAIN price AS numeric(8,2) DEFAULT 0;
CREATE DOMAIN codes AS text[] CHECK (array_length(value, 1) < 5);
CREATE EXTENSION citext;
CREATE DOMAIN ci AS citext;
'''

# What SQLite cannot keep: a zero below zero, of which it makes zero.
NOT_IN_SQLITE = {("real", "-0"), ("double precision", "-0")}


def table(name="edge"):
    columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(EDGES))
    return f"CREATE TABLE {name} (id int PRIMARY KEY, {columns});"


def values():
    """(row, column, type, text): each value has a row of its own; row 0 holds nothing."""
    found = [(column, kind, text) for column, (kind, texts) in enumerate(EDGES.items())
             for text in texts.split("|")]
    return [(row, *value) for row, value in enumerate(found, 1)]


def fill(database):
    database.script(TYPES + table())

    def work(cursor):
        cursor.execute("INSERT INTO edge VALUES (0)")
        for row, column, _, text in values():
            cursor.execute(f"INSERT INTO edge (id, c{column}) VALUES (%s, %s)", (row, text))
    database._run(work)
    return database
