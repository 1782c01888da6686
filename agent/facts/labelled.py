"""Facts without a model: a line that is a figure behind a label, or straight under a heading, as profiles have them.

The subject is the document's title, the measure its headings and the label. What the line holds beside number, unit
and date is not understood, so then nothing is read from it. Grounded like a model's word. Knows lines; no prose.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from agent.facts.grounding import ground
from agent.facts.lines import LabelledLine, labelled_line
from agent.facts.records import ExtractionResult, Fact, Rejection
from agent.facts.spans import ReadPassage, folded
from agent.facts.types import Quantity
from agent.grounding.support import Stem, content_words
from agent.reading import Unit

_YEAR = re.compile(r"[12]\d{3}")
_NO_MEASURE = frozenset(
    ["code", "id", "isbn", "issn", "doi", "tel", "telephone", "phone", "fax", "page", "pages", "version", "zip",
     "postcode", "date", "year", "founded", "no", "nr", "chapter", "question", "step", "room", "figure", "table"]
)  # fmt: skip


class LabelledLines:
    """Reads what costs no call; takes an `Extractor`'s place."""

    passages_a_block = 200

    def __init__(self, *, stem: Stem) -> None:
        """Args: stem: folds word forms."""
        self._stem = stem

    def extract(self, read: ReadPassage) -> ExtractionResult:
        """The figures of the passage's labelled lines in order, each with its line as span."""
        judged = [ground(stated, replace(read, units=(unit,)), self._stem) for unit, stated in _stated(read)]
        return ExtractionResult(
            passage=read.passage.id,
            facts=tuple(one for one in judged if isinstance(one, Fact)),
            rejected=tuple(one for one in judged if isinstance(one, Rejection)),
        )


def _stated(read: ReadPassage) -> Iterator[tuple[Unit, Quantity]]:
    for unit in read.units:
        line = labelled_line(unit.text)
        if line is None or not read.title or not _is_figure(line):
            continue
        path = unit.heading_path
        if path and folded(path[0]) == folded(read.title):
            path = path[1:]
        given = {
            "subject": read.title,
            "measure": " / ".join([*path, *([line.label] if line.label else [])]),
            "value": line.sign + line.number,
            "unit": f"{line.unit} {line.currency}".strip(),
            "as_of": line.date,
        }
        try:
            yield unit, Quantity.model_validate(given)
        except ValidationError:  # no measure, or longer than a fact's words may be
            continue


def _is_figure(line: LabelledLine) -> bool:
    """Whether a number without a unit is one all the same: behind a label, and no year, no code, no page."""
    if line.unit or line.currency:
        return True
    words = re.findall(r"[^\W\d_]+", line.label.casefold())
    last = {*words[-1:], *content_words(" ".join(words), str)[-1:]}  # "chapter 3", "no.", "founded in"
    return bool(line.label) and not _YEAR.fullmatch(line.number) and last.isdisjoint(_NO_MEASURE)
