# SPDX-License-Identifier: Apache-2.0
"""Small workbooks for tests, of texts, numbers and dates, as spreadsheet programs write them."""
import datetime
import io
import zipfile
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = (f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm"/>'
          '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>'
          '</styleSheet>')

CONTENT_TYPES = ('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                 '<Default Extension="xml" ContentType="application/xml"/>'
                 '<Default Extension="rels" ContentType='
                 '"application/vnd.openxmlformats-package.relationships+xml"/></Types>')


def serial(value):
    """The number that stands for a date, or a date and a time."""
    start = datetime.datetime(1899, 12, 30)
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    return (value - start) / datetime.timedelta(days=1)


class Texts:
    """The texts that cells share, by their numbers."""

    def __init__(self):
        self.numbers = {}

    def number(self, text):
        return self.numbers.setdefault(text, len(self.numbers))

    def part(self):
        items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>'
                        for text in self.numbers)
        return f'<sst xmlns="{MAIN}">{items}</sst>'


def cell(value, texts):
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime.datetime):
        return f'<c s="2"><v>{serial(value)!r}</v></c>'
    if isinstance(value, datetime.date):
        return f'<c s="1"><v>{serial(value):.0f}</v></c>'
    if isinstance(value, str) and value.startswith("#"):
        return f'<c t="e"><v>{escape(value)}</v></c>'
    if isinstance(value, str):
        return f'<c t="s"><v>{texts.number(value)}</v></c>'
    return f"<c><v>{value}</v></c>"


def sheet_part(rows, texts):
    lines = "".join(f"<row>{''.join(cell(value, texts) for value in row)}</row>" for row in rows)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def relations(entries):
    items = "".join(f'<Relationship Id="{name}" Type="{REL}/{kind}" Target="{target}"/>'
                    for name, kind, target in entries)
    return f'<Relationships xmlns="{PACKAGE}">{items}</Relationships>'


def workbook(sheets):
    """The bytes of a workbook: {name: rows}."""
    texts = Texts()
    names = list(sheets)
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="s{i}"/>'
                     for i, name in enumerate(names, 1))
    parts = {f"xl/worksheets/sheet{i}.xml": sheet_part(sheets[name], texts)
             for i, name in enumerate(names, 1)}
    parts["xl/workbook.xml"] = (f'<workbook xmlns="{MAIN}" xmlns:r="{REL}">'
                                f"<sheets>{listed}</sheets></workbook>")
    parts["xl/_rels/workbook.xml.rels"] = relations(
        [(f"s{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(names) + 1)]
        + [("t", "sharedStrings", "sharedStrings.xml"), ("y", "styles", "styles.xml")])
    parts["[Content_Types].xml"] = CONTENT_TYPES
    parts["_rels/.rels"] = relations([("b", "officeDocument", "xl/workbook.xml")])
    parts["xl/sharedStrings.xml"] = texts.part()
    parts["xl/styles.xml"] = STYLES
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return room.getvalue()
