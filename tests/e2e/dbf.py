# SPDX-License-Identifier: Apache-2.0
"""DBF files and their memo files for tests, as dBASE III, dBASE IV and Visual FoxPro write them."""
import struct

FOXPRO = (0x30, 0x31, 0x32)


class Memos:
    """A memo file that grows: kind "3" (dBASE III), "4" (dBASE IV) or "fpt" (FoxPro)."""

    def __init__(self, kind, block=None):
        self.kind = kind
        self.block = block or {"3": 512, "4": 512, "fpt": 64}[kind]
        self.blocks = bytearray()
        self.first = max(1, 512 // self.block)

    def add(self, content):
        """The number of the memo that holds these bytes."""
        number = self.first + len(self.blocks) // self.block
        if self.kind == "3":
            content += b"\x1a\x1a"
        elif self.kind == "4":
            content = b"\xff\xff\x08\x00" + struct.pack("<I", len(content) + 8) + content
        else:
            content = struct.pack(">II", 1, len(content)) + content
        self.blocks += content + b"\0" * (-len(content) % self.block)
        return number

    def file(self):
        end = self.first + len(self.blocks) // self.block
        header = bytearray(512)
        if self.kind == "fpt":
            struct.pack_into(">IHH", header, 0, end, 0, self.block)
        else:
            struct.pack_into("<I", header, 0, end)
        if self.kind == "4":
            struct.pack_into("<H", header, 20, self.block)
        return bytes(header[:512]) + bytes(self.blocks)


def descriptor(name, kind, length, decimals, flags):
    if kind == "C":
        length, decimals = length % 256, length // 256
    return struct.pack("<11sc4xBBB13x", name.encode(), kind.encode(), length, decimals, flags)


def header(version, fields, count, driver, record_size):
    parts = [descriptor(*field) for field in fields]
    link = bytes(263) if version in FOXPRO else b""
    size = 32 + 32 * len(parts) + 1 + len(link)
    start = struct.pack("<BBBBIHH17xBxx", version, 26, 11, 27, count, size, record_size, driver)
    return start + b"".join(parts) + b"\r" + link


def in_field(field, value):
    """The bytes of a value; bytes are taken as they are."""
    _, kind, length = field[:3]
    if isinstance(value, bytes):
        return value.ljust(length, b"\0" if kind in "0IBTYVQ" else b" ")
    if kind in "NF" or (kind == "M" and length == 10):
        text = "" if value is None else str(value)
        return text.rjust(length).encode()
    if kind in "MGPWI" and length == 4:
        return struct.pack("<i", value or 0)
    if kind == "L":
        return b" " if value is None else b"FT"[value:value + 1]
    if kind == "D":
        return (value.strftime("%Y%m%d") if value else "").ljust(8).encode()
    return (value or "").ljust(length).encode()


def table(fields, rows, version=0x03, driver=0, deleted=(), count=None, end=b"\x1a"):
    """A DBF file. A field is (name, type, length[, decimals[, flags]]); @deleted are indexes of rows."""
    fields = [tuple(field) + (0, 0)[len(field) - 3:] for field in fields]
    record_size = 1 + sum(field[2] for field in fields)
    records = bytearray()
    for index, row in enumerate(rows):
        record = b"".join(in_field(field, value) for field, value in zip(fields, row, strict=True))
        assert len(record) == record_size - 1, f"row {index}: {len(record)} bytes"
        records += (b"*" if index in deleted else b" ") + record
    count = len(rows) if count is None else count
    return header(version, fields, count, driver, record_size) + bytes(records) + end
