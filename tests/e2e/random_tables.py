# SPDX-License-Identifier: Apache-2.0
"""Random tables of ugly values, and CSV files of them in random dialects, encodings and packings.

The same seed gives the same table and file. What writes and reads CSV here shares nothing with wherry.
"""
import bz2
import ctypes
import gzip
import io
import json
import lzma
import random
import zipfile

PIECES = [
    "", " ", "  ", "\t", ",", ";", "|", "||", "§", '"', '""', "'", "''", "\\", "\\\\", "\\N", "\\n", "\\.",
    "\n", "\r\n", "\r", "\n\n", "\v", "\f", "\x1a", "\x7f", "\x01", "\x85", "\u2028", "\u00a0", "#", "//",
    "--", "NULL", "null", "NaN", "true", "0", "007", "-0", "1e5", "0x1F", "1,5", "12345678901234567890.10",
    "2020-02-30", "=1+1", "+1", "@x", "a", "b c", "Zoë", "Zoe\u0308", "ß", "İ", "日本語", "😀",
    "👩\u200d👧", "\u202eabc\u202c", "ابت", "\ufeff", "\ufffd", "\uffff", "\U0010ffff", "<b>&amp;</b>",
    "{}", "[1]", "%s", "a longer word", "  padded  ", "x" * 70, '",\n"', "é" * 33,
]
NAMES = ["a", "B", "a b", "Größe", "名", "#n", "x'y", 'say "hi"', "1st", "select", "semi;colon", "😀"]
ENCODINGS = ["latin1", "cp1252", "UTF-16LE", "UTF-16BE", "UTF-16", "GB18030", "CP932", "KOI8-R", "cp037"]
PACKINGS = ["gz", "zst", "bz2", "xz", "zip"]


def zstd_call(function, content, room):
    """What a function of libzstd makes of the content, in that many bytes; None where these are too few."""
    zstd = ctypes.CDLL("libzstd.so.1")
    call = zstd[function]
    call.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(room)
    level = (3,) if function == "ZSTD_compress" else ()
    size = call(out, ctypes.c_size_t(room), content, ctypes.c_size_t(len(content)), *level)
    return None if zstd.ZSTD_isError(ctypes.c_size_t(size)) else ctypes.string_at(out, size)


def with_zstd(content):
    return zstd_call("ZSTD_compress", content, len(content) + (len(content) >> 7) + 1024)


def without_zstd(packed):
    for bits in range(14, 28, 2):
        content = zstd_call("ZSTD_decompress", packed, len(packed) + (1 << bits))
        if content is not None:
            return content
    raise AssertionError("zstd cannot unpack it")


def in_archive(content, member="thing.csv"):
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return room.getvalue()


PACK = {"gz": lambda content: gzip.compress(content, 1, mtime=0), "zst": with_zstd,
        "bz2": bz2.compress, "xz": lambda content: lzma.compress(content, preset=0),
        "zip": in_archive}


def unpacked(path):
    """A file's bytes, out of its zstd frames or gzip members where it has them."""
    packed = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(packed)
    return without_zstd(packed) if path.suffix == ".zst" else packed


class Dialect:
    """How a file is written. `options` is what `format:` says of it."""

    def __init__(self, pick):
        self.kind = pick.choice(["quoted", "quoted", "quoted", "quoted", "both", "escaped", "mysql",
                                 "postgres-text"])
        named = self.kind in ("mysql", "postgres-text")
        self.quote = pick.choice('""\'') if self.kind in ("quoted", "both") else None
        self.escape = None if self.kind == "quoted" else "\\"
        self.delimiter = "\t" if named else pick.choice([",", ";", "\t", "|", "||", "-|-", "§", "aab"])
        self.nulls = ["\\N"] if self.quote is None else pick.choice(
            [[""], [""], ["", "NULL"], ["NULL", "\\N"], []])
        self.line_end, self.break_ = ("lf", "\n") if self.kind == "mysql" else pick.choice(
            [("standard", "\n"), ("standard", "\r\n"), ("lf", "\n"), ("any", "\r"), ("any", "\n"),
             ("any", "\r\n")])
        self.comment = None if named else pick.choice([None, None, "#", "//"])
        self.quote_spaces = self.quote is not None and pick.random() < 0.2
        self.header = not named and pick.random() < 0.7
        self.skip = pick.choice([0, 0, 0, 1, 3])
        self.skip_end = pick.choice([0, 0, 0, 2])
        if self.delimiter == "aab" and self.escape:
            self.delimiter = ","

    def options(self):
        result = {"dialect": self.kind if self.kind in ("mysql", "postgres-text") else "csv",
                  "delimiter": self.delimiter, "quote": self.quote or "none",
                  "escape": self.escape or "none", "line_end": self.line_end, "nulls": self.nulls,
                  "skip": self.skip, "skip_end": self.skip_end, "header": self.header}
        if self.comment:
            result["comment"] = self.comment
        if self.quote_spaces:
            result["quote_spaces"] = True
        return result

    def must_quote(self, text):
        special = set(self.delimiter) | {self.quote, "\n", "\ufeff"} | set(self.comment or "")
        if self.escape:
            special.add(self.escape)
        if self.line_end != "lf":
            special.add("\r")
        spaced = self.quote_spaces and text != text.strip(" \t")
        return text in self.nulls or text == "" or spaced or bool(special & set(text))

    def quoted(self, text, pick):
        if self.escape:
            text = text.replace(self.escape, self.escape * 2)
        escaped = self.escape and pick.random() < 0.5
        text = text.replace(self.quote, (self.escape if escaped else self.quote) + self.quote)
        space = pick.choice(["", " ", "  " if "\t" in self.delimiter else "\t "])
        space = space if self.quote_spaces else ""
        return space + self.quote + text + self.quote + space

    def escaped(self, text):
        """Where there are no quotes: what ends cells and lines has an escape before it."""
        if self.kind in ("mysql", "postgres-text"):
            for plain, sign in (("\\", "\\"), ("\n", "n"), ("\r", "r"), ("\t", "t")):
                text = text.replace(plain, "\\" + sign)
            return text
        special = set(self.delimiter) | {"\\", "\n", "\r"} | set(self.comment or "")
        return "".join("\\" + one if one in special else one for one in text)

    def cell(self, value, pick):
        if value is None:
            return pick.choice(self.nulls)
        if self.quote is None:
            return self.escaped(value)
        if self.must_quote(value) or pick.random() < 0.2:
            return self.quoted(value, pick)
        return value


class Table:
    """Columns, rows of texts and None, and the file of them."""

    def __init__(self, seed):
        pick = random.Random(f"table {seed}")
        self.seed = seed
        self.dialect = Dialect(pick)
        self.encoding = pick.choice(ENCODINGS) if pick.random() < 0.4 else "UTF-8"
        if not self.holds(self.dialect.delimiter):
            self.dialect.delimiter = ";"
        self.pieces = [piece for piece in PIECES if self.holds(piece)]
        names = [name for name in NAMES if self.holds(name)]
        self.columns = ["id", *pick.sample(names, pick.choice([0, 1, 2, 3, 3, 4, 6]))]
        count = pick.choice([0, 1, 2, 5, 10, 20, 20, 40])
        self.rows = [self.row(number, pick) for number in range(count)]
        self.packing = pick.choice(PACKINGS)
        self.content, self.refused = self.write(pick)

    def holds(self, text):
        try:
            # NEL ends lines in EBCDIC, and a mark in UTF-16 would be taken for its own.
            return text.encode(self.encoding) and not (self.encoding == "cp037" and "\x85" in text)
        except UnicodeEncodeError:
            return False

    def text(self, pick):
        if pick.random() < 0.002:
            return pick.choice(self.pieces) * pick.randrange(1, 30000)
        return "".join(pick.choice(self.pieces) for _ in range(pick.choice([0, 1, 1, 2, 3, 5])))

    def row(self, number, pick):
        """Its key is unlike all others; 1 of 5 values is NULL where the dialect has a NULL."""
        has_null = bool(self.dialect.nulls)
        key = pick.choice(["", "", "", "k ", " ", "0", "Zoe", '"', "#"]) + str(number)
        return [key] + [None if has_null and pick.random() < 0.2 else self.text(pick)
                        for _ in self.columns[1:]]

    def junk(self, pick):
        """A line that is no record."""
        return "".join(piece for piece in pick.choices(self.pieces, k=3) if not set(piece) & set("\r\n"))

    def write(self, pick):
        """The file's bytes, and how many of its records have no row."""
        dialect = self.dialect
        lines = [self.junk(pick) for _ in range(dialect.skip)]
        if dialect.header:
            lines.append(dialect.delimiter.join(dialect.cell(name, pick) for name in self.columns))
        refused = 0
        for row in self.rows:
            if dialect.comment and pick.random() < 0.1:
                lines.append(dialect.comment + pick.choice(["", "a comment", "1;2,3"]))
            if pick.random() < 0.02:
                lines.append(dialect.delimiter.join(["x\0"] + ["y"] * (len(self.columns) - 1)))
                refused += 1
            lines.append(dialect.delimiter.join(dialect.cell(value, pick) for value in row))
        lines.extend(self.junk(pick) for _ in range(dialect.skip_end))
        text = "".join(line + dialect.break_ for line in lines)
        if self.rows and not dialect.skip_end and pick.random() < 0.3:
            text = text[:-len(dialect.break_)]
        mark = "\ufeff" if self.encoding.startswith("UTF-") and self.encoding != "UTF-16" and \
            pick.random() < 0.3 else ""
        return (mark + text).encode(self.encoding), refused

    def format(self):
        """What `format:` says, as JSON, which is YAML."""
        options = {"type": "csv", **self.dialect.options()}
        if self.encoding != "UTF-8":
            options["encoding"] = self.encoding
        if not self.dialect.header:
            options["columns"] = self.columns
        return json.dumps(options, ensure_ascii=False)


class Written:
    """How wherry is to write a CSV file, and what it wrote."""

    def __init__(self, seed):
        pick = random.Random(f"written {seed}")
        self.delimiter = pick.choice([",", ",", ";", "\t", "|", "^"])
        self.quote = pick.choice(['"', '"', '"', "'"])
        self.null = pick.choice(["", "", "", "NULL", "\\N"])
        self.has_header = pick.random() < 0.8
        self.is_crlf = pick.random() < 0.3
        self.ending = pick.choice(["csv", "csv", "csv", "csv.gz", "csv.zst"])

    def options(self):
        return json.dumps({"delimiter": self.delimiter, "quote": self.quote, "null": self.null,
                           "header": self.has_header, "crlf": self.is_crlf})

    def rows(self, path):
        """Header, if there is one, and rows; None where an unquoted cell is the null text."""
        text = unpacked(path).decode()
        line_end = "\r\n" if self.is_crlf else "\n"
        result, row, at = [], [], 0
        while at < len(text):
            value, at = self.cell(text, at, line_end)
            row.append(value)
            if text.startswith(self.delimiter, at):
                at += 1
                continue
            assert text.startswith(line_end, at), f"neither a delimiter nor a line end at {at}"
            at += len(line_end)
            result.append(row)
            row = []
        assert not row, "the last line is not ended"
        return result

    def cell(self, text, start, line_end):
        """The cell at `start`, and where it ends."""
        if text[start] != self.quote:
            end = min(place for place in (text.find(self.delimiter, start), text.find(line_end, start))
                      if place >= 0)
            cell = text[start:end]
            return (None if cell == self.null else cell), end
        at, parts = start + 1, []
        while True:
            end = text.index(self.quote, at)
            parts.append(text[at:end])
            if not text.startswith(self.quote, end + 1):
                return self.quote.join(parts), end + 1
            at = end + 2
