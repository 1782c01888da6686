"""Reading passages: from spans of a corpus to statements that can be quoted.

Joins what retrieval knows (passages, sections) with what prompts know (how a quotation reads as a sentence). Every
statement it returns stands verbatim at its offsets; text addressed to a machine is left out and counted.
"""

import csv
import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from agent.grounding.numbers import figures
from agent.leaning import dated_source, day_word
from agent.stemming import english_stem
from agent.surroundings import Surroundings
from prompts.attributing import attributed
from prompts.instructions import gives_order
from prompts.plain_text import plain
from prompts.sentences import sentence_spans
from prompts.statements import (
    Kind,
    Statement,
    attribute_sentence,
    is_anaphoric,
    is_prose,
    named,
    record_sentence,
    row_sentence,
    sentence_start,
    short_title,
)
from retrieval.corpus import Corpus
from retrieval.names import proper_names
from retrieval.types import Passage, Section

_COLUMNS = "columns: "
_MAX_GROUP_CHARS = 320
_MAX_LINE_CHARS = 240
_MIN_SHEET_LINES = 2
_APPARATUS = re.compile(
    r"^(?:acknowledge?ments?|references?|bibliography|copyright|licen[cs]e|footnotes|change ?log|revision history|"
    r"(?:table of )?contents|further reading|external links|see also)$",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_LONE_DASH = re.compile(r"(?:^|\s*\n)[^\S\n]*-[^\S\n]*\n\s*")
_ADORNMENT = re.compile(r"^[\W_]+$")
_LABELLED = re.compile(r"^[-*\s]*[A-Za-z][\w ,()%/'’&.+-]{1,60}: \S")
_TURN = re.compile(r"^[-*\s]*[A-Z][\w’'-]+: [A-Z][a-z]+ .*[.!?]$")  # "Aas: Describe 23:52."
_FIGURE_LINE = re.compile(r"^[-*\s]*[A-Za-z][^:\n]{1,60}: [-−+$€£]?\d")
# "The fund was divided by damage: 171 million crowns for …" is told, and no label.
_TOLD_FIGURE = re.compile(r"^[-*\s]*(?:The|An?|[A-Z]\w+) [^:\n]*\b(?:is|are|was|were|has|have|had)\b[^:\n]*: ")
# Values of a profile that begin with no figure: "USA 19%, China 18%", "copper ore, zinc ore, gold (2023)".
_SHARES = re.compile(r"^[-*\s]*(?:[^\d,;%]{2,40}\d[\d.]*\s?%[,;]?\s*){2,}(?:\(\d{4}(?: est\.)?\))?$")
_DATED_VALUE = re.compile(r"^[-*\s]*[^.!?:]*[^.!?:\s] \((?:1[5-9]|20)\d\d(?: est\.)?\)$")
_MAX_LIST_WORDS = 40
# A fact sheet without headings; what heads a letter is no fact.
_SHEET_LINE = re.compile(
    r"^[-*\s]*(?!(?:date|dated|time|tel|telephone|phone|fax|page|pages|p|no|nr|ref|reference|version|isbn|issn|doi|id|"
    r"sent|received|printed|updated|published|vol|volume|issue|figure|table|step|note|part|chapter|section)\b)"
    r"[A-Za-z][\w ()%/.-]{0,40}: [-−+$€£]?\d",
    re.IGNORECASE,
)
_RECORD_LINE = re.compile(r"^[-*\s]*(?P<key>[^\W\d_][\w ()%/.-]{0,60}): +(?P<value>\S.*)$", re.DOTALL)
# What an interested person says is told as said by it: in a release the rock was delivered, in the ledger it was not.
_TESTIMONY = re.compile(
    r"\b(?:interview|testimony|witness statement|statement of|press release|news release|open letter|"
    r"letter (?:from|of|by)|speech|op-ed|opinion piece|questions and answers|diary of)\b",
    re.IGNORECASE,
)
_KEYS_OF_NAMES = frozenset(("id", "name", "title", "url", "uri", "uuid", "key", "slug", "hash"))
_NO_VALUES = frozenset(("null", "true", "false"))
_JSON = "application/json"
_AT_HAND = 4096  # passages whose statements are kept, the last ones: some 50 MB
_NOT_A_FACT = re.compile(
    r"[|{}<>=#\\?]|(?<![^\W_])_|_(?![^\W_])|::|https?:|\S@\S|\w\(|\)\.|`|"
    r"\b(?:print|import|return|def|class|for \w+ in)\b"
)


@dataclass
class Reading:
    """Statements of some passages in reading order, and how many sentences were addressed to a machine."""

    statements: list[Statement] = field(default_factory=list)
    instructions: int = 0


@dataclass(frozen=True)
class Unit:
    """A sentence or a line at [start, end) of its document's text, under its headings."""

    start: int
    end: int
    text: str
    heading_path: tuple[str, ...]


class Reader:
    """Reads passages of one corpus, each once; headings of a document are looked up once.

    It is for a corpus as it stands: one that has changed wants a new reader. Threads may share it.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._read: OrderedDict[str, tuple[list[Statement], int]] = OrderedDict()
        self._lock = threading.Lock()
        self._sections: dict[str, tuple[list[int], list[Section]]] = {}
        self._stem = english_stem()
        self._around: dict[str, Surroundings] = {}

    def read(self, passages: Iterable[Passage]) -> Reading:
        """Statements of the passages; order of passages kept, no statement twice."""
        reading = Reading()
        seen: set[tuple[str, int, int]] = set()
        for passage in passages:
            statements, n_instructions = self._statements_of(passage)
            reading.instructions += n_instructions
            for statement in statements:
                if statement.key not in seen:
                    seen.add(statement.key)
                    reading.statements.append(statement)
        return reading

    def _statements_of(self, passage: Passage) -> tuple[list[Statement], int]:
        with self._lock:
            known = self._read.get(passage.id)
        if known is None:
            safe, n_instructions = self.units(passage)
            document = self._corpus.document(passage.doc_id)
            around = self._around_in(document.id, document.title)
            is_record = document.media_type == _JSON
            known = _statements(safe, passage, document.title, around, is_record=is_record), n_instructions
        with self._lock:
            self._read[passage.id] = known
            self._read.move_to_end(passage.id)
            while len(self._read) > _AT_HAND:
                self._read.popitem(last=False)
        return known

    def units(self, passage: Passage) -> tuple[list[Unit], int]:
        """Sentences and lines that tell something, in order, and how many were left out as orders to a machine."""
        units = [unit for unit in self._units(passage) if not _is_heading(unit) and not _is_apparatus(unit)]
        safe = [unit for unit in units if not gives_order(unit.text)]
        return safe, len(units) - len(safe)

    def _around_in(self, doc_id: str, title: str) -> Surroundings:
        if doc_id not in self._around:
            self._around[doc_id] = Surroundings(self._corpus.text(doc_id), title, self._stem)
        return self._around[doc_id]

    def _headings_at(self, doc_id: str, position: int) -> tuple[str, ...] | None:
        if doc_id not in self._sections:
            sections = sorted(self._corpus.sections(doc_id), key=lambda section: (section.start, -section.end))
            self._sections[doc_id] = ([section.start for section in sections], sections)
        starts, sections = self._sections[doc_id]
        for i in range(bisect_right(starts, position) - 1, -1, -1):
            if sections[i].end > position:
                return sections[i].heading_path
        return None

    def _units(self, passage: Passage) -> list[Unit]:
        units = []
        is_table = passage.heading_path[-1:] and passage.heading_path[-1].startswith(_COLUMNS)
        spans = [match.span() for match in _LINE.finditer(passage.text)] if is_table else _spans(passage.text)
        for start, end in spans:
            start, end = passage.start + start, passage.start + end
            path = self._headings_at(passage.doc_id, start)
            path = passage.heading_path if path is None or is_table else path
            units.append(Unit(start, end, passage.text[start - passage.start : end - passage.start], path))
        return units


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Sentences and lines; a lone dash, which opens a record in a list, parts what stands around it."""
    for start, end in sentence_spans(text):
        for dash in _LONE_DASH.finditer(text, start, end):
            if dash.start() > start:
                yield start, dash.start()
            start = dash.end()
        if start < end:
            yield start, end


def _is_apparatus(unit: Unit) -> bool:
    """Whether the unit stands under a heading that is about the document and not its matter."""
    return any(_APPARATUS.match(plain(heading)) for heading in unit.heading_path)


def _is_heading(unit: Unit) -> bool:
    bare = plain(unit.text.lstrip("#").strip())
    return bool(_ADORNMENT.match(bare)) or (bool(unit.heading_path) and bare == plain(unit.heading_path[-1]))


def _statements(
    units: Sequence[Unit], passage: Passage, title: str, around: Surroundings, *, is_record: bool
) -> list[Statement]:
    statements: list[Statement] = []
    group: list[Unit] = []

    def close() -> None:
        if group and (statement := _attribute_statement(group, passage, title, is_record=is_record)):
            statements.append(statement)
        group.clear()

    for unit in units:
        if group and (unit.heading_path != group[-1].heading_path or unit.end - group[0].start > _MAX_GROUP_CHARS):
            close()
        if unit.heading_path and unit.heading_path[-1].startswith(_COLUMNS):
            statements += _row_statement(unit, passage, title)
            continue
        is_attribute = _is_record_line(unit) if is_record else _is_attribute(unit, title)
        said = _sentence_of(unit, is_record=is_record)
        sentence = named(plain(said.text), title)
        is_label = is_attribute and _FIGURE_LINE.match(said.text) and not _TOLD_FIGURE.match(said.text)
        if is_prose(sentence) and not is_label:
            close()
            statements.append(_prose_statement(said, sentence, passage, title, around))
        elif is_attribute:
            group.append(unit)
        elif not is_record:  # a record's names and keys part nothing
            close()
    close()
    return statements


def _prose_statement(unit: Unit, sentence: str, passage: Passage, title: str, around: Surroundings) -> Statement:
    """The sentence as it is; behind its source where it has a figure of nobody, is true on the source's day, or is what
    somebody says for himself."""
    is_of_a_day = bool(day_word(sentence))
    source = dated_source(title, unit.heading_path) if is_of_a_day else ""
    shown = sentence
    if is_of_a_day or _TESTIMONY.search(title) or not _says_whom(sentence):
        first = sentence.split(" ", 1)[0].rstrip(",:;")
        ordinary = (first.lower(),) if around.is_ordinary(first) else ()
        shown = attributed(sentence, source or title, ordinary=ordinary)
    statement = _statement([unit], passage, title, shown, "prose")
    leans = is_anaphoric(sentence) or around.leans(sentence, unit.start)
    return statement.model_copy(update={"is_anaphoric": leans, "is_undated": is_of_a_day and not source})


def _sentence_of(unit: Unit, *, is_record: bool) -> Unit:
    """The unit from where its sentence begins: without a list marker, a glued heading or a record's key."""
    line = _RECORD_LINE.match(unit.text) if is_record else None
    start = line.start("value") if line and is_prose(plain(line["value"])) else sentence_start(unit.text)
    return replace(unit, start=unit.start + start, text=unit.text[start:]) if start < len(unit.text) else unit


def _is_record_line(unit: Unit) -> bool:
    """Whether the unit is a key of a record with a value that says something."""
    line = _RECORD_LINE.match(unit.text)
    if line is None or len(unit.text) > _MAX_LINE_CHARS or _NOT_A_FACT.search(unit.text):
        return False
    is_key = line["key"][0].islower() or bool(re.match(r"[-−+$€£]?\d", line["value"]))
    return is_key and line["key"].lower() not in _KEYS_OF_NAMES and line["value"].strip() not in _NO_VALUES


def _says_whom(sentence: str) -> bool:
    """Whether the sentence can stand alone: it has no figure, or it names somebody or something."""
    return all(figure.is_spelled for figure in figures(sentence)) or bool(
        proper_names(sentence, lexicon={sentence.split()[0].lower()})
    )


def _is_attribute(unit: Unit, title: str) -> bool:
    """Whether the unit is a figure with its label, as profiles and fact sheets have them; never a line of code."""
    text = unit.text.strip()
    if not _facet(unit, title):
        return bool(_SHEET_LINE.match(text)) and len(text.split()) <= 14 and not _NOT_A_FACT.search(text)
    if not 2 <= len(text) <= _MAX_LINE_CHARS:
        return False
    if _NOT_A_FACT.search(text):
        return False
    if _TURN.match(text):
        return False
    labelled = _LABELLED.match(text)
    if _SHARES.match(text) or _DATED_VALUE.search(text):
        return len(text.split()) <= _MAX_LIST_WORDS
    return bool(labelled and (len(text.split()) <= 14 or re.search(r"\d", text[labelled.end() - 1 :][:60]))) or bool(
        re.match(r"^[-*\s]*[-−+$€£]?\d[\d.,]*(?:\s|%|$)", text) and len(text.split()) <= 25
    )


def _facet(unit: Unit, title: str) -> str:
    """The heading that says what a label stands for; empty where there is none, or only the title again."""
    return unit.heading_path[-1] if unit.heading_path and unit.heading_path[-1] != title else ""


def _attribute_statement(units: Sequence[Unit], passage: Passage, title: str, *, is_record: bool) -> Statement | None:
    texts = [unit.text for unit in units]
    lines = "\n".join(texts)
    facet = _facet(units[0], title)
    if is_record:
        sentence = record_sentence(texts, subject=title, facets=units[0].heading_path)
    elif facet:
        sentence = attribute_sentence(texts, title=short_title(title), leaf=facet)
    else:
        sentence = record_sentence(texts, subject=short_title(title))
    # One labelled figure in running text is not yet a fact sheet.
    is_stray = not is_record and not facet and len(units) < _MIN_SHEET_LINES
    if is_stray or not (is_record or figures(lines)) or "?" in lines or len(sentence.split()) > 80:
        return None
    return _statement(units, passage, title, sentence, "attribute")


def _row_statement(unit: Unit, passage: Passage, title: str) -> list[Statement]:
    columns = [name.strip() for name in unit.heading_path[-1].removeprefix(_COLUMNS).split(" | ")]
    line = unit.text.strip()
    rows = [next(csv.reader([line], delimiter=delimiter), []) for delimiter in (",", "\t", ";", "|")]
    row = next((row for row in rows if len(row) == len(columns)), None)
    if row is None or row == columns or len(columns) > 10:
        return []
    sentence = row_sentence(row, columns, title=title)
    return [_statement([unit], passage, title, sentence, "row")] if sentence else []


def _statement(units: Sequence[Unit], passage: Passage, title: str, sentence: str, kind: Kind) -> Statement:
    start, end = units[0].start, units[-1].end
    return Statement(
        doc_id=passage.doc_id,
        passage_id=passage.id,
        title=title,
        page=passage.page,
        heading_path=units[0].heading_path,
        start=start,
        end=end,
        quote=passage.text[start - passage.start : end - passage.start],
        sentence=sentence,
        kind=kind,
    )
