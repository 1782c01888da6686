"""A finished `report.md` read back as text: sections, sentences with their citations, references.

Knows Markdown as far as reports use it. Must not import what wrote or checked the report: this is a second pair of
eyes, so even the splitting into sentences is its own.
"""

import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# What no writer wrote: the frame, and what is made by rule: figures that sources give differently, and what is missing.
FRAME_HEADINGS = frozenset({"introduction", "conclusion", "where the sources disagree", "what the corpus does not say"})
# Where sentences of the text may be said once more: chosen, not written again, so they are not counted twice.
FRONT_HEADINGS = frozenset({"abstract", "key findings"})

_REFERENCES = re.compile(r"^## References[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) (.*)$", re.MULTILINE)
_SECTION_LEVEL = 2
_REFERENCE_LINE = re.compile(r"^\[(\d+)\][ \t]+(.*)$", re.MULTILINE)
_MARK = r"\[\^?\d+(?:\s*[,;]\s*\d+)*\^?\]"
_MARKERS = re.compile(rf"\s*((?<!\\){_MARK}(?:\s*{_MARK})*)")
_ENTRY = re.compile(r"(?:^|\n)[ \t]*(?:[-*+]|\d{1,2}[.)])[ \t]+")
_NUMBER = re.compile(r"\d+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOTICE = re.compile(r"\*[^*].*(?<!\\)\*", re.DOTALL)
_STOP = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]*[^\W_a-z])")
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|ca|approx|est|no|nos|vol|fig|figs|sec|ch|pp?|ed|eds|mr|mrs|ms|dr|prof|st|sr|jr|"
    r"gen|col|lt|rev|inc|ltd|co|corp|dept|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|\b[^\W\d_](?:\.[^\W\d_])*)\.$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…][\"'”’»)\]]*$")
_LETTER = re.compile(r"[^\W\d_]")


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
        """Whether it stands in the introduction, the conclusion or the section on what sources disagree on."""
        return _is_frame(self.section)


@dataclass(frozen=True)
class Reference:
    """One line below "References": its number and the rest of the line, unescaped."""

    number: int
    text: str


@dataclass(frozen=True)
class ReportText:
    """A report as read. `sections` are its headings of the second level, `headings` those of all levels but the title;
    both leave the frame and the references out. `n_markers` counts `[n]`."""

    title: str
    sections: tuple[str, ...]
    headings: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    references: tuple[Reference, ...]
    n_markers: int


def read_report(markdown: str) -> ReportText:
    """The parts of a report; notices in italics and deeper headings are passed over."""
    ends = list(_REFERENCES.finditer(markdown))
    body, listed = (markdown[: ends[-1].start()], markdown[ends[-1].end() :]) if ends else (markdown, "")
    title, section = "", ""
    sections: list[str] = []
    deeper: list[str] = []
    sentences: list[Sentence] = []
    n_markers = 0
    # Models write a heading and go on in the next line; a blank line behind it makes it a block of its own.
    for position, block in enumerate(re.split(r"\n\s*\n", _HEADING.sub(r"\n\g<0>\n\n", body))):
        block = block.strip()
        if heading := _HEADING.fullmatch(block):
            level, name = len(heading[1]), unescaped(heading[2]).strip()
            if level == 1 and not title:
                title = name
                continue
            if level <= _SECTION_LEVEL:
                section = name
            if level == _SECTION_LEVEL:
                sections.append(name)
            deeper.append(name)
        elif block and not _NOTICE.fullmatch(block):
            n_markers += sum(len(_NUMBER.findall(run[1])) for run in _MARKERS.finditer(block))
            sentences += _sentences_of(block, section, position)
    own, chosen = _without_chosen(sentences)
    empty = {sentence.section for sentence in chosen} - {sentence.section for sentence in own}
    return ReportText(
        title=title,
        sections=tuple(name for name in sections if not _is_frame(name) and name not in empty),
        headings=tuple(name for name in deeper if name and not _is_frame(name) and name not in empty),
        sentences=tuple(own),
        references=tuple(Reference(int(n), unescaped(rest)) for n, rest in _REFERENCE_LINE.findall(listed)),
        n_markers=n_markers - sum(len(sentence.citations) for sentence in chosen),
    )


def _without_chosen(sentences: Sequence[Sentence]) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences without those of an abstract or of key findings that the text says word for word, and these."""
    in_front = [sentence for sentence in sentences if sentence.section.strip().casefold() in FRONT_HEADINGS]
    said = {sentence.text for sentence in sentences if sentence not in in_front}
    chosen = [sentence for sentence in in_front if sentence.text in said]
    return [sentence for sentence in sentences if sentence not in chosen], chosen


def _is_frame(heading: str) -> bool:
    return heading.strip().casefold() in FRAME_HEADINGS


def unescaped(markdown: str) -> str:
    """Inline Markdown without its backslashes and entities."""
    return html.unescape(_ESCAPE.sub(r"\1", markdown))


def split_sentences(text: str) -> list[str]:
    """Sentences of plain text. A stop inside quotation marks or brackets, or behind an abbreviation, ends none."""
    return [text[start:end].strip() for start, end in _spans(text)]


def cited_sentences(text: str) -> list[Sentence]:
    """The sentences of a cited text without headings or references."""
    blocks = enumerate(re.split(r"\n\s*\n", text.strip()))
    return [sentence for number, block in blocks for sentence in _sentences_of(block, "", number)]


def _spans(text: str, marks: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Where sentences begin and end; a stop with a mark behind it ends one whatever follows."""
    marked = [offset for offset in marks if _ENDS.search(text, 0, offset)]
    unmarked = [stop.end() for stop in _STOP.finditer(text) if not _SHORT.search(text[: stop.start() + 1])]
    found, start = [], 0
    for end in sorted({*marked, *unmarked}):
        if end in marked or not _is_open(text[start:end]):
            found.append((start, end))
            start = end
    return [(start, end) for start, end in [*found, (start, len(text))] if _LETTER.search(text[start:end])]


def _sentences_of(block: str, section: str, paragraph: int) -> Iterator[Sentence]:
    """The sentences of a paragraph; each entry of a list is parted from the others, and from its number."""
    for entry in _ENTRY.split(block):
        plain, marks = _without_marks(entry)
        spans = _spans(plain, [offset for offset, _ in marks])
        cited: list[tuple[int, ...]] = [()] * len(spans)
        for offset, numbers in marks if spans else []:
            # A mark belongs to the sentence that it stands in, or behind.
            index = max(bisect_left([start for start, _ in spans], offset) - 1, 0)
            cited[index] = tuple(dict.fromkeys((*cited[index], *numbers)))
        for index, (start, end) in enumerate(spans):
            later = next((numbers for numbers in cited[index:] if numbers), ())
            shared = () if cited[index] else later
            yield Sentence(plain[start:end].strip(), cited[index], shared, section, paragraph)


def without_marks(text: str) -> str:
    """A text without its citation marks."""
    return _without_marks(text)[0].strip()


def _without_marks(entry: str) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    """The text as it is read, and where in it which numbers stood."""
    plain, start, marks = "", 0, []
    for run in _MARKERS.finditer(entry):
        plain += unescaped(entry[start : run.start()])
        marks.append((len(plain), tuple(int(n) for n in _NUMBER.findall(run[1]))))
        start = run.end()
    return plain + unescaped(entry[start:]), marks


def _is_open(text: str) -> bool:
    """Whether quotation marks or brackets that began in `text` are still open at its end."""
    pairs = (("“", "”"), ("(", ")"), ("[", "]"), ("«", "»"))
    return text.count('"') % 2 == 1 or any(text.count(left) > text.count(right) for left, right in pairs)
