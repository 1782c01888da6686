"""Documents that carry orders: the affair of the tests, written in six formats, with orders in six places.

A carrier is a place (body, title, alt text, hidden text, metadata, table) in those formats that have it. Without
orders the same writers make the clean corpus, so that two corpora differ by the orders alone.
"""

import base64
import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from fpdf import FPDF

from agent.export.pdf_fonts import font_files
from benchmarks.endurance.orders import Order
from tests.agent.affair import DOCUMENTS

# Which formats have the carrier; documents take turns.
FORMATS: dict[str, tuple[str, ...]] = {
    "body": ("md", "html", "docx", "pdf", "json"),
    "title": ("md", "html", "docx", "pdf", "json"),
    "alt text": ("html", "md", "docx"),
    "hidden": ("html", "docx", "pdf"),
    "metadata": ("html", "docx", "pdf", "md"),
    "table": ("html", "md", "docx", "csv"),
}
CARRIERS = tuple(FORMATS)
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Plain:
    """A document without a format: a title and its parts, each a heading ("" for none) and its lines."""

    name: str
    title: str
    parts: list[tuple[str, list[str]]] = field(default_factory=list)


def affair() -> list[Plain]:
    """The documents of the affair."""
    return [_plain(name, text) for name, text in DOCUMENTS.items()]


def write_corpus(folder: Path, carrier: str, orders: Sequence[Order]) -> None:
    """Write the affair with orders in one carrier, spread evenly over the documents; none: the clean corpus."""
    folder.mkdir(parents=True)
    documents = affair()
    for number, document in enumerate(documents):
        own = orders[number :: len(documents)]
        suffix = FORMATS[carrier][number % len(FORMATS[carrier])]
        _WRITERS[suffix](folder / f"{Path(document.name).stem}.{suffix}", document, carrier, own)


def _plain(name: str, text: str) -> Plain:
    title, *lines = [line for line in text.splitlines() if line.strip()]
    plain = Plain(name, title.removeprefix("# "), [("", [])])
    for line in lines:
        if line.startswith("## "):
            plain.parts.append((line.removeprefix("## "), []))
        else:
            plain.parts[-1][1].append(line)
    return plain


def _with_body(document: Plain, carrier: str, orders: Sequence[Order]) -> list[tuple[str, list[str]]]:
    """The parts; an order in the body is a line of its own behind one of the first lines, and once more within one."""
    parts = [(heading, list(lines)) for heading, lines in document.parts if lines]
    if carrier == "body":
        for number, order in enumerate(orders):
            lines = parts[number % len(parts)][1]
            lines.insert(1, order.line)
            lines[0] = f"{lines[0]} {order.line}"
    return parts


def _titles(document: Plain, carrier: str, orders: Sequence[Order]) -> tuple[str, list[str]]:
    """The title, which is the first order where titles carry, and headings that are the others."""
    if carrier != "title" or not orders:
        return document.title, []
    return f"{document.title}. {orders[0].line}", [order.line for order in orders[1:]]


def _markdown(path: Path, document: Plain, carrier: str, orders: Sequence[Order]) -> None:
    title, headings = _titles(document, carrier, orders)
    lines = []
    if carrier == "metadata":
        lines += ["---", f"title: {json.dumps(document.title)}"]
        lines += [f"{key}: {json.dumps(o.line)}" for key, o in zip(_META_KEYS, orders, strict=False)] + ["---", ""]
    lines += [f"# {title}", ""]
    if carrier == "alt text":
        lines += [line for order in orders for line in (f"![{order.line}](figure.png)", "")]
    for heading in headings:
        lines += [f"## {heading}", ""]
    for heading, texts in _with_body(document, carrier, orders):
        lines += [f"## {heading}", ""] if heading else []
        lines += [line for text in texts for line in (text, "")]
    if carrier == "table":
        rows = [order.line.replace("|", "/") for order in orders]
        lines += ["| Subject | Remark |", "|---|---|", *(f"| Brenholt cableway | {row} |" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


_META_KEYS = ("description", "author", "subject", "keywords", "summary", "comment", "abstract", "note")


def _html(path: Path, document: Plain, carrier: str, orders: Sequence[Order]) -> None:
    title, headings = _titles(document, carrier, orders)
    head = [f"<title>{escape(title)}</title>"]
    body = [f"<h1>{escape(title)}</h1>"]
    if carrier == "metadata":
        head += [f'<meta name="{k}" content="{escape(o.text)}">' for k, o in zip(_META_KEYS, orders, strict=False)]
    if carrier == "alt text":
        body += [f'<img src="f.png" alt="{escape(o.text)}" title="{escape(o.text)}">' for o in orders]
    body += [f"<h2>{escape(heading)}</h2>" for heading in headings]
    for heading, texts in _with_body(document, carrier, orders):
        body += [f"<h2>{escape(heading)}</h2>"] if heading else []
        body += [f"<p>{escape(text)}</p>" for text in texts]
        if carrier == "hidden":
            body += [_hidden_html(order.text, number) for number, order in enumerate(orders)]
            orders = ()
    if carrier == "table":
        rows = "".join(f"<tr><td>Brenholt cableway</td><td>{escape(o.text)}</td></tr>" for o in orders)
        body.append(f"<table><tr><th>Subject</th><th>Remark</th></tr>{rows}</table>")
    path.write_text(
        f"<!doctype html><html><head><meta charset=utf-8>{''.join(head)}</head><body>{''.join(body)}</body></html>",
        encoding="utf-8",
    )


# The ways in which pages hide text from a person; a person may yet see the last of them by selecting it.
_HIDING = (
    "<p style='display:none'>{}</p>",
    "<p hidden>{}</p>",
    "<span style='font-size:0'>{}</span>",
    "<div style='visibility:hidden'>{}</div>",
    "<!-- {} -->",
    "<p style='opacity:0'>{}</p>",
    "<p aria-hidden='true' style='position:absolute;left:-9999px'>{}</p>",
    "<p style='color:#fff;background:#fff'>{}</p>",
)


def _hidden_html(text: str, number: int) -> str:
    return _HIDING[number % len(_HIDING)].format(escape(text).replace("--", "- -"))


def _docx(path: Path, document: Plain, carrier: str, orders: Sequence[Order]) -> None:
    title, headings = _titles(document, carrier, orders)
    word = docx.Document()
    word.core_properties.title = _storable(title)[:255]
    if carrier == "metadata":
        for key, order in zip(("comments", "subject", "keywords", "category", "author"), orders, strict=False):
            setattr(word.core_properties, key, _storable(order.line)[:255])
    word.add_heading(_storable(title), 0)
    for heading in headings:
        word.add_heading(_storable(heading), 1)
    for heading, texts in _with_body(document, carrier, orders):
        if heading:
            word.add_heading(heading, 1)
        for text in texts:
            word.add_paragraph(_storable(text))
    _carry_in_docx(word, carrier, orders)
    word.save(str(path))


def _carry_in_docx(word: WordDocument, carrier: str, orders: Sequence[Order]) -> None:
    """Orders behind the text: in hidden runs, described pictures, or a table."""
    if carrier == "hidden":
        for order in orders:
            word.add_paragraph().add_run(_storable(order.text)).font.hidden = True
    if carrier == "alt text":
        for order in orders:
            picture = word.add_picture(io.BytesIO(_PNG))
            picture._inline.find(qn("wp:docPr")).set("descr", _storable(order.line))
    if carrier == "table":
        table = word.add_table(rows=0, cols=2)
        for row in [("Subject", "Remark"), *(("Brenholt cableway", order.text) for order in orders)]:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = _storable(text)


def _pdf(path: Path, document: Plain, carrier: str, orders: Sequence[Order]) -> None:
    title, headings = _titles(document, carrier, orders)
    pdf = FPDF()
    pdf.add_font("body", fname=font_files()[""])
    pdf.set_font("body", size=11)
    pdf.set_title(title)
    if carrier == "metadata":
        setters: list[Callable[[str], None]] = [pdf.set_subject, pdf.set_keywords, pdf.set_author]
        for setter, order in zip(setters, orders, strict=False):
            setter(order.line)
    pdf.add_page()

    def line(text: str) -> None:
        pdf.multi_cell(0, 6, _storable(text), new_x="LMARGIN", new_y="NEXT")

    line(title)
    for text in headings:
        line(text)
    for heading, texts in _with_body(document, carrier, orders):
        for text in [heading, *texts] if heading else texts:
            line(text)
    if carrier == "hidden":
        pdf.set_text_color(255, 255, 255)
        pdf.set_font("body", size=2)
        for order in orders:
            line(order.line)
    pdf.output(str(path))


def _json(path: Path, document: Plain, carrier: str, orders: Sequence[Order]) -> None:
    title, headings = _titles(document, carrier, orders)
    texts = [*headings, *(line for part in _with_body(document, carrier, orders) for line in part[1])]
    path.write_text(json.dumps([{"id": document.name, "title": title, "text": "\n\n".join(texts)}]), encoding="utf-8")


def _csv(path: Path, document: Plain, carrier: str, orders: Sequence[Order]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["Subject", "Statement", "Remark"])
        told = [(heading, text) for heading, texts in _with_body(document, carrier, orders) for text in texts]
        remarks = [order.line for order in orders] + [""] * len(told)
        for (heading, text), remark in zip(told, remarks, strict=False):
            rows.writerow([heading or document.title, text, remark])


def _storable(text: str) -> str:
    """The text without characters that no XML may hold."""
    return "".join(character for character in text if character in "\n\t" or ord(character) >= 32)


_WRITERS: dict[str, Callable[[Path, Plain, str, Sequence[Order]], None]] = {
    "md": _markdown,
    "html": _html,
    "docx": _docx,
    "pdf": _pdf,
    "json": _json,
    "csv": _csv,
}
