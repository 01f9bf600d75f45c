# SPDX-License-Identifier: Apache-2.0
"""Tables of random shape, and source rows for them (postgres_shapes.py)."""
import dataclasses
import datetime

from edited_tables import uuid_of

TYPES = """CREATE EXTENSION citext; CREATE EXTENSION btree_gist;
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy "so"');
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE DOMAIN code AS varchar(8) CHECK (VALUE ~ '^[a-z]');
    CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE FUNCTION alter_note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note = ''altered''; RETURN NEW; END';
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''not this one'' USING ERRCODE = ''P0042''; END';"""


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def text_of(column):
    """As COPY … TO has it; a cast would take the spaces of char(n) away."""
    return f"CASE WHEN {column} IS NOT NULL THEN format('%s', {column}) END"


@dataclasses.dataclass(frozen=True)
class Kind:
    """A type of column, and values of it as PostgreSQL prints them."""

    ddl: str
    wide: str  # a source's type that takes what this one refuses
    make: object  # (random, number) → text; of a key's column, another text for each number
    wrong: tuple = ()  # what the wide type takes, and this one does not, or not as it stands
    broken: tuple = ()  # what only a text holds
    same: object = staticmethod(lambda text: text)  # what texts have in common that the server takes for equal


def stamp(number, form):
    return (datetime.datetime(1999, 1, 1) + datetime.timedelta(hours=7 * number)).strftime(form)


KEYS = (
    Kind("int", "bigint", lambda rnd, n: str(3 * n - 500), ("3000000000",), ("1x", "1.5")),
    Kind("bigint", "numeric", lambda rnd, n: str((n - 90) * 10**11), ("9223372036854775808",), ("one",)),
    Kind("text", "text", lambda rnd, n: f"{'aBzé'[n % 4]} {n}, k"),
    Kind('text COLLATE "C"', "text", lambda rnd, n: f"{n}\t'\\{n % 3}"),
    Kind("uuid", "text", lambda rnd, n: uuid_of(n), ("no-uuid",)),
    Kind("date", "date", lambda rnd, n: stamp(4 * n, "%Y-%m-%d"), (), ("2020-02-30",)),
    Kind("numeric", "numeric", lambda rnd, n: f"{n}.{n % 10}50", (), ("1e",), lambda text: text.rstrip("0")),
    Kind("numeric(12,3)", "numeric", lambda rnd, n: f"{n - 50}.125", ("1.2345", "1234567890.5"), ("",)),
    Kind("char(9)", "text", lambda rnd, n: f"c{n}".ljust(9), ("more than nine",), (), lambda text: text.rstrip()),
    Kind("citext", "text", lambda rnd, n: f"{'aBcD'[n % 4]}x{n}", (), (), str.lower),
    Kind("timestamptz", "timestamptz", lambda rnd, n: stamp(n, "%Y-%m-%d %H:%M:%S+00"), (), ("noon",)),
    Kind("varchar(12)", "text", lambda rnd, n: f"{n:x}/{n}", ("more than twelve",)),
)
OTHERS = (
    Kind("smallint", "int", lambda rnd, n: str(rnd.randrange(-99, 99)), ("40000",), ("x",)),
    Kind("bigint", "numeric", lambda rnd, n: str(rnd.randrange(10**15)), ("1e30",), ("0x1",)),
    Kind("numeric(9,2)", "numeric", lambda rnd, n: f"{rnd.randrange(10**7) / 100:.2f}", ("0.001", "12345678.00"), ("1,5",)),
    Kind("numeric", "numeric", lambda rnd, n: rnd.choice(["NaN", "Infinity", "0.000000000000000000001", "1" * 60, "-7"])),
    Kind("real", "double precision", lambda rnd, n: str(rnd.randrange(999) / 4).removesuffix(".0"), ("1e300",), ("1..5",)),
    Kind("double precision", "double precision", lambda rnd, n: rnd.choice(["0.1", "-0", "1e+300", "NaN"]), (), ("1e400",)),
    Kind("boolean", "boolean", lambda rnd, n: rnd.choice("tf"), (), ("maybe",)),
    Kind("varchar(6)", "text", lambda rnd, n: rnd.choice(["", "x", "ßäöü€", "  a  "]), ("seven c",)),
    Kind("char(5)", "text", lambda rnd, n: rnd.choice(["a    ", "     ", "abcde"]), ("abcdef",)),
    Kind("citext", "text", lambda rnd, n: rnd.choice(["Ann", "ann", "ANN", "x"])),
    Kind("date", "date", lambda rnd, n: rnd.choice(["2020-02-29", "infinity", "0044-03-15 BC"]), (), ("2021-02-29",)),
    Kind("time", "time", lambda rnd, n: f"0{rnd.randrange(9)}:30:00.5", (), ("25:00",)),
    Kind("timetz", "timetz", lambda rnd, n: f"0{rnd.randrange(9)}:30:00+02", (), ("25:00",)),
    Kind("timestamp", "timestamp", lambda rnd, n: stamp(rnd.randrange(9999), "%Y-%m-%d %H:%M:%S"), (), ("2020-13-01",)),
    Kind("timestamp(0)", "timestamp", lambda rnd, n: stamp(rnd.randrange(9999), "%Y-%m-%d %H:%M:%S"),
         ("2020-01-01 00:00:00.5",), ("2020-13-01",)),
    Kind("timestamptz", "timestamptz", lambda rnd, n: rnd.choice(["-infinity", "2020-01-01 00:00:00.000001+00"]), (), ("x",)),
    Kind("interval", "interval", lambda rnd, n: rnd.choice(["1 year 2 mons", "3 days 04:05:06", "-00:00:01"]), (), ("1 week day",)),
    Kind("uuid", "text", lambda rnd, n: uuid_of(rnd.randrange(10**6)), ("x",)),
    Kind("bytea", "bytea", lambda rnd, n: "\\x" + rnd.choice(["", "00ff", "5c5c27"]), (), ("\\xabc",)),
    Kind("json", "json", lambda rnd, n: rnd.choice(['{"a":  1}', "[]", '"\\u00e9"', " 7"]), (), ("{a}",)),
    Kind("jsonb", "text", lambda rnd, n: rnd.choice(['{"a": [1, null]}', "[]", '"x"']), ('{"b":2}', "{b}")),
    Kind("int[]", "text", lambda rnd, n: rnd.choice(["{}", "{1,NULL,-3}", "{{1,2},{3,4}}", "[0:1]={5,6}"]), ("{1, 2}", "{1.5}")),
    Kind("text[]", "text", lambda rnd, n: rnd.choice(["{}", '{a,"b c","NULL",NULL,"\\"q\\\\"}', '{""}']), ("{'a", '{"a"}')),
    Kind("int4range", "text", lambda rnd, n: f"[{rnd.randrange(50)},{rnd.randrange(51, 99)})", ("(1,3]", "[3,1)")),
    Kind("tstzrange", "text", lambda rnd, n: rnd.choice(["empty", '["2020-01-01 00:00:00+00",)']), ("[x,)",)),
    Kind("inet", "text", lambda rnd, n: rnd.choice(["10.0.0.1", "::1", "10.1.0.0/16"]), ("10.0.0.256",)),
    Kind("varbit(4)", "text", lambda rnd, n: rnd.choice(["", "1", "0101"]), ("01010", "2")),
    Kind("mood", "text", lambda rnd, n: rnd.choice(["sad", "ok", 'happy "so"']), ("furious",)),
    Kind("mood[]", "text", lambda rnd, n: rnd.choice(["{}", "{sad,ok}"]), ("{furious}",)),
    Kind("positive", "int", lambda rnd, n: str(rnd.randrange(1, 99)), ("0", "-7"), ("x",)),
    Kind("code", "text", lambda rnd, n: rnd.choice(["a", "abcdefgh"]), ("0", "", "abcdefghi")),
    Kind("money", "text", lambda rnd, n: rnd.choice(["$1.50", "-$3.00"]), ("x",)),
    Kind("xml", "text", lambda rnd, n: rnd.choice(["<a/>", "<a>b</a>", "text"]), ("<a>",)),
)
TEXT = Kind("text", "text", lambda rnd, n: rnd.choice(["x", "y", "a b", f"z{rnd.randrange(99)}", "\\N", "N\n\r\t", "日本"]))
NUMBER = Kind("int", "int", lambda rnd, n: str(rnd.randrange(40)))
SPAN = Kind("int4range", "text", lambda rnd, n: f"[{rnd.randrange(0, 9000) * 10},{rnd.randrange(90_001, 90_040)})")
NAMES = ["plain", "Größe", "two words", 'a "quoted" one', "it's", "select", "日本", "UPPER", "a,b", "back\\slash", "$1", "%s",
         "dotted.name", "x" * 63, "ä" * 31, "col", "Col", "{brace}", "a=b", "#no", "per%cent", "CamelCase", "_", "nulls", "key"]


@dataclasses.dataclass
class Column:
    name: str
    kind: Kind
    more: str = ""  # behind the type
    wide: str = "text"  # the type that it has in a source

    def __str__(self):
        return quoted(self.name)


@dataclasses.dataclass
class Reference:
    """Columns that hold the key of another row; the source's rows name some that are not there."""

    columns: list
    to: object  # a Shape
    more: str

    def __str__(self):
        return (f"FOREIGN KEY ({names(self.columns)}) REFERENCES {self.to.name} ({names(self.to.key_columns)}) {self.more}")


@dataclasses.dataclass
class Row:
    """A source's record: texts in the order of the shape's columns; it is spoilt where no run may write it."""

    number: int
    mark: int  # another one for each row of the source
    values: list
    is_spoilt: bool = False


def names(columns):
    return ", ".join(map(str, columns))


class Shape:
    """A table; for edited_tables.statements() it is like one of its own."""

    def __init__(self, rnd, number, others, may_be_same):
        self.rnd, self.others = rnd, others
        self.plain_name = rnd.choice(["t", "Table", "Order lines", "naïve", "dot.ted", 'q"', "y" * 60]) + str(number)
        self.name = quoted(self.plain_name)
        self.free_names = rnd.sample(NAMES, len(NAMES))
        self.key_columns = [self.new_column(kind) for kind in rnd.sample(KEYS, rnd.choice([1, 1, 1, 2, 3]))]
        self.telling = rnd.randrange(len(self.key_columns))  # the one that tells rows apart
        self.references = []
        self.columns = self.key_columns + self.other_columns()
        self.unmapped = self.unmapped_columns()
        self.source_names = {column.name: column.name for column in self.columns}
        self.is_same = may_be_same and rnd.random() < 0.4
        if not self.is_same:
            self.source_names = {column.name: f"S {at}" for at, column in enumerate(self.columns)}
        self.text = "note"

    def new_column(self, kind, more="", name=None):
        wide = self.rnd.choice(["text", kind.wide, kind.wide])
        return Column(name or self.free_names.pop(), kind, more, wide)

    def other_columns(self):
        rnd = self.rnd
        columns = [self.new_column(TEXT, name="note")]
        for kind in rnd.choices(OTHERS, k=rnd.randrange(11)):
            columns.append(self.new_column(kind, rnd.choice(["", "", "", " NOT NULL"])))
        for kind, often in ((NUMBER, 0.5), (TEXT, 0.3), (SPAN, 0.3)):
            if rnd.random() < often:
                columns.append(self.new_column(kind))
        parents = [self.rnd.choice([self, *self.others])] if rnd.random() < 0.5 else []
        for parent in parents:
            refers = [self.new_column(column.kind, name=f"ref {at} {column.name}"[:20])
                      for at, column in enumerate(parent.key_columns)]
            how = rnd.choice(["", "", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED", "MATCH FULL", "ON UPDATE CASCADE"])
            self.references.append(Reference(refers, parent, how))
            columns += refers
        rnd.shuffle(columns)
        return columns

    def unmapped_columns(self):
        some = [self.new_column(TEXT, " DEFAULT 'x' NOT NULL"),
                self.new_column(NUMBER, " GENERATED ALWAYS AS (length(note) + 1) STORED"),
                self.new_column(NUMBER, " GENERATED BY DEFAULT AS IDENTITY"), self.new_column(TEXT)]
        return self.rnd.sample(some, self.rnd.choice([0, 0, 1, 2]))

    # ---- the destination's table

    def ddl(self):
        rnd = self.rnd
        columns = self.columns + self.unmapped
        rnd.shuffle(columns)
        key = names(rnd.sample(self.key_columns, len(self.key_columns)))
        self.has_surrogate = rnd.random() < 0.15
        own = f"PRIMARY KEY ({key})"
        if self.has_surrogate:
            own = f"surrogate bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, UNIQUE ({key})"
        lines = [f"{column} {column.kind.ddl}{column.more}" + " NOT NULL" * (column in self.key_columns) for column in columns]
        if self.has_surrogate or rnd.random() < 0.75:
            yield f"CREATE TABLE {self.name} ({', '.join(lines)}, {own})"
        else:
            yield from self.partitioned(f"{', '.join(lines)}, {own}")
        yield from self.constraints()
        yield from self.triggers()

    def partitioned(self, body):
        by = self.key_columns[self.telling]
        part = quoted(self.plain_name[:50] + "_p")[:-1]
        how = self.rnd.choice(["RANGE", "HASH", "LIST"])
        yield f"CREATE TABLE {self.name} ({body}) PARTITION BY {how} ({by})"
        if how == "HASH":
            for at in range(3):
                yield f'CREATE TABLE {part}{at}" PARTITION OF {self.name} FOR VALUES WITH (MODULUS 3, REMAINDER {at})'
            return
        middle = [by.kind.make(self.rnd, number) for number in (40, 41, 42)]
        if how == "LIST":
            yield f'CREATE TABLE {part}0" PARTITION OF {self.name} FOR VALUES IN ({", ".join(map(literal, middle))})'
        else:
            yield f'CREATE TABLE {part}0" PARTITION OF {self.name} FOR VALUES FROM (MINVALUE) TO ({literal(middle[0])})'
        if self.rnd.random() < 0.8:  # otherwise most rows have no place
            yield f'CREATE TABLE {part}1" PARTITION OF {self.name} DEFAULT'

    def constraints(self):
        rnd = self.rnd
        keyed = names(self.key_columns)
        for column in self.columns:
            if column.kind in (NUMBER, TEXT) and column.name != "note" and column not in self.key_columns:
                also = rnd.choice(["", "", f", {keyed}"])
                yield rnd.choice([
                    f"CREATE UNIQUE INDEX ON {self.name} ({column}{also})",
                    f"CREATE UNIQUE INDEX ON {self.name} ({column}{also}) WHERE note <> 'x'",
                    f"CREATE UNIQUE INDEX ON {self.name} ((upper({column}::text)){also})",
                    f"ALTER TABLE {self.name} ADD UNIQUE NULLS NOT DISTINCT ({column}{also})",
                    f"ALTER TABLE {self.name} ADD UNIQUE ({column}{also}) DEFERRABLE INITIALLY DEFERRED",
                    f"ALTER TABLE {self.name} ADD EXCLUDE USING gist ({column} WITH =)",
                    f"ALTER TABLE {self.name} ADD CHECK ({column} IS DISTINCT FROM '7')"])
            if column.kind is SPAN:
                yield f"ALTER TABLE {self.name} ADD EXCLUDE USING gist ({column} WITH =)"
        for reference in self.references:
            yield f"ALTER TABLE {self.name} ADD {reference}"
        if rnd.random() < 0.4:
            yield f"ALTER TABLE {self.name} ADD CHECK (note <> 'refused')"

    def triggers(self):
        rnd = self.rnd
        when = f"ON {self.name} FOR EACH ROW WHEN (NEW.note = "
        made = [f"CREATE TRIGGER swallow BEFORE {rnd.choice(['INSERT', 'INSERT OR UPDATE'])} {when}'swallowed') "
                "EXECUTE FUNCTION swallow()",
                f"CREATE TRIGGER alter_note BEFORE INSERT OR UPDATE {when}'alter me') EXECUTE FUNCTION alter_note()",
                f"CREATE TRIGGER refuse {rnd.choice(['BEFORE', 'AFTER'])} INSERT OR UPDATE {when}'refuse me') "
                "EXECUTE FUNCTION refuse()",
                f"CREATE CONSTRAINT TRIGGER later AFTER INSERT OR UPDATE ON {self.name} DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW WHEN (NEW.note = 'refuse me') EXECUTE FUNCTION refuse()"]
        return rnd.sample(made, rnd.choice([0, 0, 0, 1, 2]))

    # ---- rows of the source

    def key_texts(self, number):
        return [column.kind.make(self.rnd, number if at == self.telling else number % 5)
                for at, column in enumerate(self.key_columns)]

    def make_row(self, number, mark, size):
        """Of @p size numbers, about."""
        values = {}
        for column in self.columns:
            value = column.kind.make(self.rnd, number)
            if column.kind is NUMBER:
                value = str(self.rnd.randrange(3 * size))
            elif column.kind is TEXT and column.name != "note":
                value = f"{self.rnd.choice('aA')}{self.rnd.randrange(3 * size)}"
            may_be_null = "NOT NULL" not in column.more and column.name != "note"
            values[column.name] = None if may_be_null and self.rnd.random() < 0.1 else value
        for reference in self.references:
            to = reference.to.key_texts(self.rnd.randrange(1, size + 1 + size // 20))
            is_null = self.rnd.random() < 0.3
            values.update((column.name, None if is_null else text) for column, text in zip(reference.columns, to))
        values.update((column.name, text) for column, text in zip(self.key_columns, self.key_texts(number)))
        return Row(number, mark, [values[column.name] for column in self.columns])

    def spoil(self, row, is_text):
        """Gives the row a value that does not fit, or a note that check or trigger may refuse."""
        at = self.rnd.randrange(len(self.columns))
        column = self.columns[at]
        wrong = column.kind.wrong + (column.kind.broken if is_text or column.wide == "text" else ())
        if "NOT NULL" in column.more or column in self.key_columns:
            wrong += (None,)
        if wrong:
            row.values[at] = self.rnd.choice(wrong)
            row.is_spoilt = True
            return
        row.values[self.note] = self.rnd.choice(["rejected", "refused", "swallowed", "alter me", "refuse me"])
        row.is_spoilt |= row.values[self.note] == "rejected"

    @property
    def note(self):
        return next(at for at, column in enumerate(self.columns) if column.name == "note")

    def key_of(self, row):
        """What the server takes for the row's key; None where one is missing."""
        texts = [(column, row.values[self.columns.index(column)]) for column in self.key_columns]
        if any(text is None for _, text in texts):
            return None
        return tuple(column.kind.same(text) for column, text in texts)

    # ---- for edits

    def stranger(self, rnd):
        row = self.make_row(rnd.randrange(10**4, 10**5), 0, 1)
        texts = ", ".join(map(literal, row.values))
        return f"INSERT INTO {self.name} ({names(self.columns)}) OVERRIDING SYSTEM VALUE VALUES ({texts}) ON CONFLICT DO NOTHING"

    def where(self, rows):
        keys = ", ".join("(" + ", ".join(literal(row.values[self.columns.index(column)]) for column in self.key_columns) + ")"
                         for row in rows)
        return f"({names(self.key_columns)}) IN ({keys})"
