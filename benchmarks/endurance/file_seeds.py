"""Sound files of every format that ingest takes, and of some that it does not: what the mutators spoil.

Each holds headings, lists, a table, letters above ASCII and links where its format can. All are made here, by program.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import docx
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

# In each copy of a seed this is another number of four digits, so that no two records have the same id.
CASE_MARK = b"CASE"

_PACKED = (b"PK", b"%PDF", b"\x1f\x8b")
_MADE_AT = datetime(1968, 3, 9, tzinfo=UTC)  # in the files, so that the same seed gives the same bytes

_PARAGRAPHS = (
    "The Ulver Barrage was closed for nine days in March. Its engineer, Grete Holm, had warned twice.",
    "Costs rose from 4.1 to 11.8 million crowns; nobody asked why until the audit of 1968.",
    "Größe, façade and naïve stand here, beside 数, – and …, so that more than ASCII is read.",
)


@dataclass(frozen=True, slots=True)
class Seed:
    """A sound file: `suffix` names its format, `make` writes it."""

    name: str
    suffix: str
    make: Callable[[], bytes]
    is_taken: bool = True  # whether ingest reads this format


def _markdown() -> bytes:
    table = "| year | cost |\n|---|---|\n| 1966 | 4.1 |\n| 1967 | 11.8 |\n"
    lists = "- first\n- second with `code`\n\n1. one\n2. two\n"
    parts = [
        "---\ntitle: The Ulver Barrage CASE\n---\n# The barrage",
        *_PARAGRAPHS,
        "## Figures",
        table,
        "## Lists",
        lists,
        "```python\n# not a heading\nx = 1\n```",
        "Underlined\n----------",
        "See [the audit](https://example.org/audit) and ![a dam](dam.png).",
    ]
    return "\n\n".join(parts).encode()


def _html() -> bytes:
    rows = "".join(f"<tr><td>{year}</td><td>{cost}</td></tr>" for year, cost in ((1966, 4.1), (1967, 11.8)))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The Ulver Barrage CASE</title>'
        "<style>p { color: black }</style><script>var x = '<p>not text</p>'</script></head><body>"
        f"<nav><a href='#a'>menu</a></nav><h1>The barrage</h1><p>{_PARAGRAPHS[0]}</p><h2 id='a'>Figures</h2>"
        f"<table><tr><th>year</th><th>cost</th></tr>{rows}</table><p>{_PARAGRAPHS[1]}<br>And &amp; so on.</p>"
        "<ul><li>first</li><li>second</li></ul><pre>  code\n  more</pre><div hidden>unseen</div>"
        f"<p>{_PARAGRAPHS[2]}</p>"
        "</body></html>"
    ).encode()


def _rst() -> bytes:
    title = "The Ulver Barrage CASE"
    line = "=" * len(title)
    parts = [f"{line}\n{title}\n{line}", _PARAGRAPHS[0], "Figures\n-------", _PARAGRAPHS[1]]
    return "\n\n".join([*parts, "A :ref:`role <place>` and a `link <https://x.example>`_.", _PARAGRAPHS[2]]).encode()


def _text() -> bytes:
    return "\n\n".join(["The Ulver Barrage CASE", *_PARAGRAPHS * 3]).encode()


def _table(delimiter: str) -> bytes:
    rows = [("year", "name", "remark")]
    rows += [(str(1960 + n), f"Barrage CASE {n}", f'"said ""no"" {n}{delimiter} twice"') for n in range(40)]
    return "\r\n".join(delimiter.join(row) for row in rows).encode()


def _json() -> bytes:
    value = {
        "title": "The Ulver Barrage CASE",
        "years": [1966, 1967, None, True, 4.1e3],
        "parts": [{"name": f"part {n}", "text": text} for n, text in enumerate(_PARAGRAPHS)],
        "deep": {"a": {"b": {"c": ["x", {"d": "é\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")}]}}},
    }
    return json.dumps(value, indent=1).encode()


def _json_list() -> bytes:
    return json.dumps([{"id": f"CASE-{n}", "text": text} for n, text in enumerate(_PARAGRAPHS)]).encode()


def _lines() -> bytes:
    records = [{"id": f"CASE/{n}", "title": f"Record {n}", "text": _PARAGRAPHS[n % 3]} for n in range(12)]
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def _zipped_lines() -> bytes:
    return gzip.compress(_lines(), mtime=0)


def _word() -> bytes:
    word = docx.Document()
    word.core_properties.title = "The Ulver Barrage"
    word.add_heading("The barrage", 0)
    word.add_paragraph(_PARAGRAPHS[0])
    word.add_heading("Figures", 1)
    table = word.add_table(rows=2, cols=2)
    for row, (year, cost) in zip(table.rows, (("1966", "4.1"), ("1967", "11.8")), strict=True):
        row.cells[0].text, row.cells[1].text = year, cost
    word.add_paragraph("first", style="List Bullet")
    word.add_paragraph(_PARAGRAPHS[2])
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def _pdf() -> bytes:
    """Streams compressed, as office programs write them."""
    pdf = FPDF()
    pdf.set_title("The Ulver Barrage")
    pdf.set_creation_date(_MADE_AT)
    for text in _PARAGRAPHS[:2]:
        pdf.add_page()
        pdf.set_font("Helvetica", size=12)
        pdf.multi_cell(0, 6, text * 4)
    return bytes(pdf.output())


def _plain_pdf() -> bytes:
    """Streams as they are, so that mutators reach the operators."""
    pdf = FPDF()
    pdf.set_creation_date(_MADE_AT)
    pdf.set_compression(False)
    pdf.add_page()
    pdf.set_font("Times", size=12)
    pdf.multi_cell(0, 6, _PARAGRAPHS[0])
    return bytes(pdf.output())


def _outlined_pdf() -> bytes:
    """Written again by another program, with an outline."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_pdf())))
    writer.add_metadata({"/Title": "The Ulver Barrage"})
    writer.add_outline_item(title="Figures", page_number=0)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _sheet() -> bytes:
    cells = "".join(f'<row><c t="inlineStr"><is><t>{n}</t></is></c></row>' for n in range(50))
    return _zip_of({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": f"<worksheet>{cells}".encode()})


def _book() -> bytes:
    return _zip_of({"mimetype": b"application/epub+zip", "OEBPS/a.xhtml": _html()})


SEEDS = (
    Seed("markdown", ".md", _markdown),
    Seed("html", ".html", _html),
    Seed("rst", ".rst", _rst),
    Seed("text", ".txt", _text),
    Seed("csv", ".csv", lambda: _table(",")),
    Seed("tsv", ".tsv", lambda: _table("\t")),
    Seed("json", ".json", _json),
    Seed("json list", ".json", _json_list),
    Seed("jsonl", ".jsonl", _lines),
    Seed("jsonl.gz", ".jsonl.gz", _zipped_lines),
    Seed("docx", ".docx", _word),
    Seed("pdf", ".pdf", _pdf),
    Seed("plain pdf", ".pdf", _plain_pdf),
    Seed("outlined pdf", ".pdf", _outlined_pdf),
    Seed("xlsx", ".xlsx", _sheet, is_taken=False),
    Seed("epub", ".epub", _book, is_taken=False),
)


@cache
def seed_bytes(seed: Seed) -> bytes:
    """The file; made once."""
    return seed.make()


def numbered(raw: bytes, case: int) -> bytes:
    """The same file with this case's number in it, where it is a text: what is packed has sums of its bytes."""
    if raw.startswith(_PACKED):
        return raw
    return raw.replace(CASE_MARK, f"{case % 10_000:04d}".encode())
