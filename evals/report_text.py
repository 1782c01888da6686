"""A finished `report.md` read back as text: sections, sentences with their citations, references.

Knows Markdown as far as reports use it. Must not import what wrote or checked the report: this is a second pair of
eyes, so even the splitting into sentences is its own.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

FRAME_HEADINGS = frozenset({"introduction", "conclusion"})

_REFERENCES = re.compile(r"^## References[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} .*$", re.MULTILINE)
_REFERENCE_LINE = re.compile(r"^\[(\d+)\][ \t]+(.*)$", re.MULTILINE)
_MARKERS = re.compile(r"\s*((?<!\\)\[\d+\](?:\s*\[\d+\])*)")
_NUMBER = re.compile(r"\d+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOTICE = re.compile(r"\*[^*].*(?<!\\)\*", re.DOTALL)
_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*[^\W_a-z])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|ca|approx|est|no|nos|vol|fig|figs|sec|ch|pp?|ed|eds|mr|mrs|ms|dr|prof|st|sr|jr|"
    r"gen|col|lt|rev|inc|ltd|co|corp|dept|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|\b[^\W\d_](?:\.[^\W\d_])*)\.$",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Sentence:
    """One sentence as a reader sees it, without its markers.

    `citations` are the numbers right behind it; `shared` are those behind a later sentence, when no other marker stands
    between them. `paragraph` counts over the whole report.
    """

    text: str
    citations: tuple[int, ...]
    shared: tuple[int, ...]
    section: str
    paragraph: int

    @property
    def is_frame(self) -> bool:
        """Whether it stands in the introduction or the conclusion."""
        return self.section.strip().casefold() in FRAME_HEADINGS


@dataclass(frozen=True)
class Reference:
    """One line below "References": its number and the rest of the line, unescaped."""

    number: int
    text: str


@dataclass(frozen=True)
class ReportText:
    """A report as read. `sections` leaves introduction, conclusion and references out; `n_markers` counts `[n]`."""

    title: str
    sections: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    references: tuple[Reference, ...]
    n_markers: int


def read_report(markdown: str) -> ReportText:
    """The parts of a report; notices in italics and deeper headings are passed over."""
    headings = list(_REFERENCES.finditer(markdown))
    body, listed = (markdown[: headings[-1].start()], markdown[headings[-1].end() :]) if headings else (markdown, "")
    title, section, sections = "", "", []
    sentences: list[Sentence] = []
    n_markers = 0
    # Models write a heading and go on in the next line; a blank line behind it makes it a block of its own.
    for position, block in enumerate(re.split(r"\n\s*\n", _HEADING.sub(r"\n\g<0>\n\n", body))):
        block = block.strip()
        if block.startswith("# "):
            title = unescaped(block[2:]).strip()
        elif block.startswith("## "):
            section = unescaped(block[3:]).strip()
            sections.append(section)
        elif block and not block.startswith("#") and not _NOTICE.fullmatch(block):
            n_markers += sum(len(_NUMBER.findall(run[1])) for run in _MARKERS.finditer(block))
            sentences += _sentences_of(block, section, position)
    return ReportText(
        title=title,
        sections=tuple(name for name in sections if name.strip().casefold() not in FRAME_HEADINGS),
        sentences=tuple(sentences),
        references=tuple(Reference(int(n), unescaped(rest)) for n, rest in _REFERENCE_LINE.findall(listed)),
        n_markers=n_markers,
    )


def unescaped(markdown: str) -> str:
    """Inline Markdown without its backslashes and entities."""
    return html.unescape(_ESCAPE.sub(r"\1", markdown))


def split_sentences(text: str) -> list[str]:
    """Sentences of plain text. A stop inside quotation marks or brackets, or behind an abbreviation, ends none."""
    found, start = [], 0
    for stop in _STOP.finditer(text):
        piece = text[start : stop.end()]
        if _is_open(piece) or _SHORT.search(text[start : stop.start() + 1]):
            continue
        found.append(piece.strip())
        start = stop.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if _WORD.search(sentence)]


def _sentences_of(block: str, section: str, paragraph: int) -> Iterator[Sentence]:
    start = 0
    for run in _MARKERS.finditer(block):
        numbers = tuple(dict.fromkeys(int(n) for n in _NUMBER.findall(run[1])))
        texts = split_sentences(unescaped(block[start : run.start()])) or [""]
        yield from (Sentence(text, (), numbers, section, paragraph) for text in texts[:-1])
        yield Sentence(texts[-1], numbers, (), section, paragraph)
        start = run.end()
    yield from (Sentence(text, (), (), section, paragraph) for text in split_sentences(unescaped(block[start:])))


def _is_open(text: str) -> bool:
    """Whether quotation marks or brackets that began in `text` are still open at its end."""
    pairs = (("“", "”"), ("(", ")"), ("[", "]"), ("«", "»"))
    return text.count('"') % 2 == 1 or any(text.count(left) > text.count(right) for left, right in pairs)
