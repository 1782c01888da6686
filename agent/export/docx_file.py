"""A paper as DOCX, by python-docx: real headings, links from citations to sources and back, page numbers.

Knows WordprocessingML. The same paper gives the same bytes.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from itertools import count

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Inches, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from agent.export.paper import Heading, Kind, Paper, Paragraph, Picture, Run, Table

_INK, _SOFT, _LINK = RGBColor(0x1F, 0x1D, 0x19), RGBColor(0x5F, 0x5A, 0x50), RGBColor(0x12, 0x61, 0x6F)
_MARGIN = Cm(2.3)
_STYLES: Mapping[Kind, str] = {
    "text": "Normal",
    "notice": "Normal",
    "item": "List Bullet",
    "reference": "Reference",
    "entry": "Entry",
    "quotation": "Quotation",
}
_OWN_STYLES: Mapping[str, tuple[float, float]] = {"Reference": (9.5, 0.0), "Entry": (9.5, 0.0), "Quotation": (9.0, 0.6)}
# What the zip format can say at the least: a file's own time is in its properties.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def docx_of(paper: Paper) -> bytes:
    """The paper as a DOCX file."""
    document = Document()
    _describe(document, paper)
    _set_styles(document, paper.language)
    _number_pages(document)
    press = _Press(document, paper.anchors())
    document.add_paragraph(paper.title, style="Title")
    document.add_paragraph(f"Wellread · {paper.created:%Y-%m-%d} · {paper.run_id}", style="Subtitle")
    for paragraph in paper.front:
        press.paragraph(paragraph)
    for chapter in paper.chapters:
        press.contents_line(chapter)
    for part in paper.parts:
        press.part(part)
    stream = io.BytesIO()
    document.save(stream)
    return _without_times(stream.getvalue())


def _describe(document: DocumentType, paper: Paper) -> None:
    """The file's properties; times are without a zone there, and mean UTC."""
    began = paper.created.astimezone(UTC).replace(tzinfo=None)
    properties = document.core_properties
    # Longer ones are refused by python-docx.
    properties.title, properties.subject = paper.title[:255], paper.topic[:255]
    properties.author = properties.last_modified_by = "Wellread"
    properties.identifier = paper.run_id[:255]
    properties.language = paper.language[:255]
    properties.comments, properties.revision = "", 1
    properties.created = properties.modified = began


def _set_styles(document: DocumentType, language: str) -> None:
    styles = document.styles
    for element in styles.element.iter(qn("w:lang")):
        element.set(qn("w:val"), language)
    for name in ("Title", "Subtitle", "Heading 1", "Heading 2"):
        styles[name].font.color.rgb = _SOFT if name == "Subtitle" else _INK
    styles["Subtitle"].font.size = Pt(9)
    styles["Subtitle"].font.italic = False
    for name, (size, indent) in _OWN_STYLES.items():
        style = styles.add_style(name, 1)  # 1: of paragraphs
        style.base_style = styles["Normal"]
        style.font.size = Pt(size)
        style.paragraph_format.left_indent = Cm(indent)
        style.paragraph_format.space_after = Pt(4)
    for section in document.sections:
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN


def _number_pages(document: DocumentType) -> None:
    foot = document.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for instruction, after in (("PAGE", " / "), ("NUMPAGES", "")):
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), instruction)
        field.append(_text_element(foot, "1"))
        foot._p.append(field)
        foot.add_run(after)


def _text_element(paragraph: DocxParagraph, text: str) -> BaseOxmlElement:
    """A run's element, taken out of the paragraph so that it can be put elsewhere."""
    element: BaseOxmlElement = paragraph.add_run(text)._r
    paragraph._p.remove(element)
    return element


class _Press:
    """Writes parts one after another; bookmarks have the names of anchors, shortened to what Word allows."""

    def __init__(self, document: DocumentType, anchors: Sequence[str]) -> None:
        self._document = document
        self._names = {anchor: anchor.replace("-", "_")[:40] for anchor in anchors}
        self._ids = count(1)

    def part(self, part: Heading | Paragraph | Table | Picture) -> None:
        """Write one part."""
        if isinstance(part, Heading):
            self._bookmark(self._document.add_heading(part.text, level=part.level), part.anchor)
        elif isinstance(part, Paragraph):
            self.paragraph(part)
        elif isinstance(part, Picture):
            self._picture(part)
        else:
            self._table(part)

    def paragraph(self, paragraph: Paragraph) -> None:
        """Write one paragraph."""
        written = self._document.add_paragraph(style=_STYLES[paragraph.kind])
        for run in paragraph.runs:
            self._run(written, run)
        if paragraph.anchor:
            self._bookmark(written, paragraph.anchor)

    def contents_line(self, chapter: Heading) -> None:
        """Write a line of the contents, which leads to its chapter."""
        written = self._document.add_paragraph()
        written.paragraph_format.space_after = Pt(0)
        self._run(written, Run(chapter.text, to=chapter.anchor))

    def _run(self, paragraph: DocxParagraph, run: Run) -> None:
        written = paragraph.add_run(run.text)
        written.bold = run.weight == "strong" or None
        written.italic = run.weight == "slanted" or None
        if run.to:
            written.font.color.rgb = _LINK
            link = OxmlElement("w:hyperlink")
            link.set(qn("w:anchor"), self._names[run.to])
            link.set(qn("w:history"), "1")
            paragraph._p.append(link)
            link.append(written._r)

    def _bookmark(self, paragraph: DocxParagraph, anchor: str) -> None:
        number = str(next(self._ids))
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        start.set(qn("w:id"), number)
        start.set(qn("w:name"), self._names[anchor])
        end.set(qn("w:id"), number)
        at = 1 if paragraph._p.pPr is not None else 0  # the paragraph's properties stand first
        paragraph._p.insert(at, start)
        paragraph._p.append(end)

    def _picture(self, picture: Picture) -> None:
        shape = self._document.add_picture(io.BytesIO(picture.png), width=Inches(picture.width))
        shape._inline.docPr.set("descr", picture.caption)
        self._document.add_paragraph(picture.caption, style="Caption")

    def _table(self, table: Table) -> None:
        rows = [*([table.header] if table.header else []), *table.rows]
        if not rows:
            return
        written = self._document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
        for number, (cells, row) in enumerate(zip(_cells(written._tbl), rows, strict=True)):
            for at, (cell, text) in enumerate(zip(cells, row, strict=True)):
                paragraph = DocxParagraph(cell.p_lst[0], written)
                paragraph.paragraph_format.space_after = Pt(0)
                run = paragraph.add_run(text)
                run.font.size = Pt(9)
                run.bold = (bool(table.header) and not number) or None
                if at:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self._document.add_paragraph()


def _cells(table: BaseOxmlElement) -> Iterator[list[BaseOxmlElement]]:
    for row in table.tr_lst:
        yield list(row.tc_lst)


def _without_times(archive: bytes) -> bytes:
    """The same archive with no file times in it: python-docx writes the clock's."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return stream.getvalue()
