"""Runs of text as lines of a PDF: broken at spaces, measured, and drawn with their links.

Knows the typeface and widths. fpdf2's own breaking measures a line anew for each of its characters, which takes half a
minute for a long report, and refuses a character that does not fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont

from agent.export.paper import Run
from agent.export.pdf_fonts import FAMILY, Coverage, font_files, is_right_to_left

INK, LINK = (31, 29, 25), (18, 97, 111)


@dataclass(frozen=True)
class Piece:
    """Text in one style that stands on one line; `to` is the anchor that it leads to."""

    text: str
    style: str
    to: str = ""


Line = list[Piece]


class Typesetter:
    """Breaks, measures and draws for one PDF, whose unit is the point."""

    def __init__(self, pdf: FPDF) -> None:
        """Give the PDF its typeface."""
        self.pdf = pdf
        for style, path in font_files().items():
            pdf.add_font(FAMILY, style, path)
        fonts = {style: pdf.fonts[FAMILY + style] for style in font_files()}
        self._fonts = {style: font for style, font in fonts.items() if isinstance(font, TTFFont)}
        self.coverage = Coverage({style: frozenset(font.cmap) for style, font in self._fonts.items()})
        self._widths: dict[tuple[str, str], float] = {}

    def close(self) -> None:
        """Close the font files."""
        for font in self._fonts.values():
            font.close()

    def lines(self, runs: Sequence[Run], size: float, width: float) -> list[Line]:
        """The runs broken into lines no wider than `width` points; a word that is wider is broken anywhere."""
        lines: list[Line] = [[]]
        used = 0.0
        for word in self._fitting(self._pieces(runs), size, width):
            if lines[-1] and used + self._ink_width(word, size) > width:
                lines.append([])
                used = 0.0
            lines[-1] += word
            used += sum(self.width(piece, size) for piece in word)
        return [_joined(line) for line in lines if line]

    def width(self, piece: Piece, size: float) -> float:
        """How wide a piece is, in points."""
        key = (piece.text, piece.style)
        if key not in self._widths:
            self._widths[key] = self._measured(piece)
        return self._widths[key] * size

    def draw(self, line: Line, size: float, height: float, links: Mapping[str, int]) -> None:
        """Draw a line from where the PDF's pen stands; `links` are fpdf2's numbers of the anchors."""
        for piece in line:
            self.pdf.set_font(FAMILY, piece.style, size)
            self.pdf.set_text_color(*(LINK if piece.to else INK))
            link = links[piece.to] if piece.to else ""
            self.pdf.cell(self.width(piece, size), height, _as_seen(piece.text), link=link)

    def _pieces(self, runs: Sequence[Run]) -> Iterator[Piece]:
        for run in runs:
            text, style = self.coverage.shown(run.text, run.weight)
            yield Piece(text, style, run.to)

    def _fitting(self, pieces: Iterator[Piece], size: float, width: float) -> Iterator[Line]:
        """Words, each with the spaces behind it; of one that is too wide each character is a word."""
        for word in _words(pieces):
            if self._ink_width(word, size) <= width:
                yield word
            else:
                yield from ([replace(piece, text=character)] for piece in word for character in piece.text)

    def _ink_width(self, word: Line, size: float) -> float:
        """The width of a word without the spaces behind it."""
        last = replace(word[-1], text=word[-1].text.rstrip(" "))
        return sum(self.width(piece, size) for piece in (*word[:-1], last))

    def _measured(self, piece: Piece) -> float:
        """Its width at a size of one point."""
        font = self._fonts[piece.style]
        return sum(font.cw[ord(character)] for character in piece.text) / 1000


def _words(pieces: Iterator[Piece]) -> Iterator[Line]:
    """The pieces cut behind each run of spaces; what no space parts is one word, whatever its styles."""
    word: Line = []
    for piece in pieces:
        start = 0
        text = piece.text
        for end in range(1, len(text) + 1):
            if text[end - 1] == " " and (end == len(text) or text[end] != " "):
                yield [*word, replace(piece, text=text[start:end])]
                word, start = [], end
        if start < len(text):
            word.append(replace(piece, text=text[start:]))
    if word:
        yield word


def _as_seen(text: str) -> str:
    """The text in the order in which it stands on a line that runs from left to right."""
    if not is_right_to_left(text):
        return text
    return BidiParagraph(text, TextDirection.LTR).get_reordered_string()


def _joined(line: Line) -> Line:
    """The line with what stands side by side in one style and link as one piece, and no space at its end."""
    parts = [Piece("".join(p.text for p in group), *key) for key, group in groupby(line, lambda p: (p.style, p.to))]
    return [*parts[:-1], replace(parts[-1], text=parts[-1].text.rstrip(" "))]
