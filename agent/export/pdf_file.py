"""A paper as PDF, by fpdf2: pages with numbers, an outline, contents, and links from citations to sources and back.

Knows pages. The same paper gives the same bytes.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpdf import FPDF, ViewerPreferences

from agent.export.paper import Heading, Kind, Paper, Paragraph, Picture, Run, Table, Weight
from agent.export.pdf_fonts import FAMILY, missing_remark, unjoined_remark
from agent.export.pdf_lines import INK, Line, Typesetter

_MARGIN = 62.0  # points, as all lengths here
_SOFT, _RULE = (95, 90, 80), (228, 223, 211)
_TITLE_SIZE, _SMALL = 22.0, 8.5
_HEADING_SIZES: Mapping[int, float] = {1: 15.0, 2: 11.5}
_PAGE_NUMBER_WIDTH, _COLUMN_GAP = 30.0, 14.0
_INCH = 72.0


@dataclass(frozen=True)
class _Look:
    """How a kind of paragraph is set; `bullet` stands before it."""

    size: float
    leading: float
    indent: float = 0.0
    after: float = 7.0
    bullet: str = ""


_LOOKS: Mapping[Kind, _Look] = {
    "text": _Look(10.5, 15.5),
    "notice": _Look(9.5, 13.5),
    "item": _Look(10.5, 15.0, indent=14.0, after=4.0, bullet="•"),
    "reference": _Look(9.0, 12.5, after=6.0),
    "entry": _Look(9.0, 12.5, after=2.0),
    "quotation": _Look(8.5, 12.0, indent=16.0, after=3.0),
}
_CELL = _Look(8.5, 13.0, after=9.0)
_CONTENTS = _Look(10.0, 15.0, after=0.0)


@dataclass(frozen=True)
class PdfFile:
    """The file's bytes, and what its reader must know that other formats do not need; empty: nothing."""

    content: bytes
    remark: str


def pdf_of(paper: Paper) -> PdfFile:
    """The paper as a PDF file. It is set twice: the contents' page numbers are known when all is set."""
    first = _Press(paper, pages={}, n_pages=0)
    first.close()
    last = _Press(paper, pages=first.pages, n_pages=first.pdf.page)
    content = bytes(last.pdf.output())
    last.close()
    return PdfFile(content, last.remark)


class _Numbered(FPDF):
    """Pages with their number at the foot."""

    def __init__(self, n_pages: int) -> None:
        super().__init__(unit="pt", format="A4")
        self._n_pages = n_pages
        self.alias_nb_pages("")  # text that looks like its mark stays text

    def footer(self) -> None:
        """See `FPDF.footer`."""
        self.set_y(-_MARGIN / 1.5)
        self.set_font(FAMILY, "", _SMALL)
        self.set_text_color(*_SOFT)
        self.cell(0, 10, f"{self.page_no()} / {self._n_pages}", align="R")


class _Press:
    """Sets one paper when it is made; `pages` are those of its anchors."""

    def __init__(self, paper: Paper, *, pages: Mapping[str, int], n_pages: int) -> None:
        """Set it.

        Args:
            paper: What is set.
            pages: Of the anchors, for the contents; empty: not known yet.
            n_pages: In all.
        """
        self.pdf = _Numbered(n_pages)
        self.pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.pdf.set_auto_page_break(True, _MARGIN)
        self.pdf.c_margin = 0
        self.type = Typesetter(self.pdf)
        remarks = (missing_remark(self.type.coverage.missing(paper.texts())), unjoined_remark(paper.texts()))
        self.remark = " ".join(remark for remark in remarks if remark)
        self.pages: dict[str, int] = {}
        self._describe(paper)
        self.pdf.add_page()
        # Where they lead is said when it is reached; until then fpdf2 wants some page.
        self._links = {anchor: self.pdf.add_link(page=1) for anchor in paper.anchors()}
        self._front(paper, pages)
        for part in paper.parts:
            if isinstance(part, Heading):
                self._heading(part)
            elif isinstance(part, Paragraph):
                self._paragraph(part)
            elif isinstance(part, Picture):
                self._picture(part)
            else:
                self._table(part)

    def close(self) -> None:
        """Close the font files."""
        self.type.close()

    def _describe(self, paper: Paper) -> None:
        self.pdf.set_title(paper.title)
        self.pdf.set_subject(paper.topic)
        self.pdf.set_author("Wellread")
        self.pdf.set_creator(f"Wellread, run {paper.run_id}")
        self.pdf.set_lang(paper.language)
        self.pdf.set_creation_date(paper.created)
        self.pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def _front(self, paper: Paper, pages: Mapping[str, int]) -> None:
        self._lines([Run(paper.title, "strong")], _Look(_TITLE_SIZE, 28.0, after=6.0))
        self._lines([Run(f"Wellread · {paper.created:%Y-%m-%d} · {paper.run_id}")], _Look(_SMALL, 12.0, after=12.0))
        for paragraph in paper.front:
            self._paragraph(paragraph)
        if self.remark:
            self._paragraph(Paragraph((Run(self.remark, "slanted"),), "notice"))
        self.pdf.ln(8)
        for chapter in paper.chapters:
            lines = self.type.lines(
                [Run(chapter.text, to=chapter.anchor)], _CONTENTS.size, self.pdf.epw - _PAGE_NUMBER_WIDTH
            )
            self._draw(lines, _CONTENTS, number=str(pages.get(chapter.anchor, 0)))

    def _heading(self, heading: Heading) -> None:
        size = _HEADING_SIZES[heading.level]
        lines = self.type.lines([Run(heading.text, "strong")], size, self.pdf.epw)
        before = size if heading.level == 1 else size / 2
        self._keep(before + len(lines) * size * 1.3 + 40)
        if self.pdf.y > self.pdf.t_margin:
            self.pdf.ln(before)
        self._land(heading.anchor)
        shown, _ = self.type.coverage.shown(heading.text, "strong")
        self.pdf.start_section(shown, level=heading.level - 1)
        self._draw(lines, _Look(size, size * 1.3, after=5.0))

    def _paragraph(self, paragraph: Paragraph) -> None:
        look = _LOOKS[paragraph.kind]
        self._keep(look.leading)
        if paragraph.anchor:
            self._land(paragraph.anchor)
        self._lines(paragraph.runs, look)

    def _picture(self, picture: Picture) -> None:
        width = min(picture.width * _INCH, self.pdf.epw)
        self._keep(width * picture.height / picture.width + 2 * _LOOKS["quotation"].leading)
        self.pdf.image(io.BytesIO(picture.png), w=width, alt_text=picture.caption)
        self._paragraph(Paragraph((Run(picture.caption, "slanted"),), "quotation"))

    def _table(self, table: Table) -> None:
        rows = [*([table.header] if table.header else []), *table.rows]
        widths = self._column_widths(rows)
        for number, row in enumerate(rows):
            weight: Weight = "strong" if table.header and not number else "plain"
            cells = [
                self.type.lines([Run(cell, weight)], _CELL.size, width) for cell, width in zip(row, widths, strict=True)
            ]
            height = _CELL.leading * max(1, *map(len, cells))
            self._keep(height)
            self._row(cells, widths, height)
        self.pdf.ln(_CELL.after)

    def _column_widths(self, rows: Sequence[Sequence[str]]) -> list[float]:
        """As wide as their widest cell, narrower where the page is."""
        natural = [
            max(self._natural_width(row[column]) for row in rows) + 1 for column in range(len(rows[0]) if rows else 0)
        ]
        room = self.pdf.epw - _COLUMN_GAP * (len(natural) - 1)
        # What is wider than its share gives way first.
        share = room / max(1, len(natural))
        spare = room - sum(min(width, share) for width in natural)
        wide = sum(max(0.0, width - share) for width in natural)
        return [
            width if width <= share or wide <= spare else share + spare * (width - share) / wide for width in natural
        ]

    def _natural_width(self, cell: str) -> float:
        lines = self.type.lines([Run(cell, "strong")], _CELL.size, float("inf"))
        return sum(self.type.width(piece, _CELL.size) for line in lines for piece in line)

    def _row(self, cells: Sequence[Sequence[Line]], widths: Sequence[float], height: float) -> None:
        top, x = self.pdf.y, self.pdf.l_margin
        for number, (lines, width) in enumerate(zip(cells, widths, strict=True)):
            for at, line in enumerate(lines):
                used = sum(self.type.width(piece, _CELL.size) for piece in line)
                self.pdf.set_xy(x + (width - used if number else 0.0), top + at * _CELL.leading)
                self.type.draw(line, _CELL.size, _CELL.leading, self._links)
            x += width + _COLUMN_GAP
        self.pdf.set_draw_color(*_RULE)
        self.pdf.line(self.pdf.l_margin, top + height, x - _COLUMN_GAP, top + height)
        self.pdf.set_xy(self.pdf.l_margin, top + height)

    def _lines(self, runs: Sequence[Run], look: _Look) -> None:
        self._draw(self.type.lines(runs, look.size, self.pdf.epw - look.indent), look)

    def _draw(self, lines: Sequence[Line], look: _Look, *, number: str = "") -> None:
        """Draw lines below each other; `number` stands at the right end of the last."""
        for at, line in enumerate(lines):
            self._keep(look.leading)
            self.pdf.set_x(self.pdf.l_margin)
            if at == 0 and look.bullet:
                self.type.draw(
                    self.type.lines([Run(look.bullet)], look.size, look.indent)[0], look.size, look.leading, {}
                )
            self.pdf.set_x(self.pdf.l_margin + look.indent)
            self.type.draw(line, look.size, look.leading, self._links)
            if number and at == len(lines) - 1:
                self.pdf.set_text_color(*INK)
                self.pdf.set_x(self.pdf.w - self.pdf.r_margin - _PAGE_NUMBER_WIDTH)
                self.pdf.cell(_PAGE_NUMBER_WIDTH, look.leading, number, align="R")
            self.pdf.ln(look.leading)
        self.pdf.ln(look.after)

    def _keep(self, height: float) -> None:
        """Begin a new page where `height` does not fit on this one."""
        if self.pdf.will_page_break(height):
            self.pdf.add_page()

    def _land(self, anchor: str) -> None:
        """Let the links to an anchor lead here."""
        self.pages[anchor] = self.pdf.page
        self.pdf.set_link(self._links[anchor], page=self.pdf.page, y=self.pdf.y)
