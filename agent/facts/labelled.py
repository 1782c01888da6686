"""Facts without a model: a line that is a figure behind a label, or straight under a heading, as profiles have them.

The subject is the document's title, the measure its headings and the label. What the line holds beside number, unit
and date is not understood, so then nothing is read from it. Grounded like a model's word. Knows lines; no prose.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from agent.facts.grounding import ground
from agent.facts.records import ExtractionResult, Fact, Rejection
from agent.facts.spans import ReadPassage
from agent.facts.types import Quantity
from agent.grounding.support import Stem
from agent.reading import Unit

_LINE = re.compile(
    r"""^\s*(?:[-*•]\s+)*
    (?:(?P<label>[^\n]+?):\s+)?
    (?P<sign>[-−]?)(?P<currency>[$€£¥]?)(?P<number>\d[\d,'’\u00a0\u202f]*(?:\.\d+)?)
    (?P<unit>\s?[%°]?(?:[\s-]?[^\W\d_](?:[^:;()\n]|\(s\))*)?)
    (?:\s*\((?P<date>[^()\n]*\b[12]\d{3}\b[^()\n]*)\))?\s*$""",
    re.VERBOSE,
)
_PER = re.compile(r"(?:/|\bper\s)\s?\d[\d,]*")  # "births/1,000 population": the one number that a unit may have
# More than a unit: a list, a range, a second number, a name ("4.6 million KABUL"), a sentence.
_NO_UNIT = re.compile(r"\d|,\s|\.\s*$|\b(?:and|or|to|versus|vs)\b|\b[A-Z][a-z]{2,}|\b[A-Z]{4,}")
_MAX_UNIT_WORDS = 6
_YEAR = re.compile(r"[12]\d{3}")
_NO_MEASURE = frozenset(
    ["code", "id", "isbn", "issn", "doi", "tel", "telephone", "phone", "fax", "page", "pages", "version", "zip",
     "postcode", "date", "year", "founded", "no", "nr"]
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
        line = _LINE.match(unit.text)
        # A profile's first heading is a chapter, which says nothing of the measure.
        path = unit.heading_path[1:] or unit.heading_path
        measure = " / ".join([*path, *([line["label"]] if line and line["label"] else [])])
        if line is None or not measure or not read.title or not _is_figure(line, measure):
            continue
        given = {
            "subject": read.title,
            "measure": measure,
            "value": line["sign"] + line["number"],
            "unit": f"{line['unit'].strip()} {line['currency']}".strip(),
            "as_of": line["date"],
        }
        try:
            yield unit, Quantity.model_validate(given)
        except ValidationError:  # longer than a fact's words may be
            continue


def _is_figure(line: re.Match[str], measure: str) -> bool:
    """Whether number and unit are that and no more: no year, no code, no sentence."""
    unit = line["unit"].strip()
    words = re.findall(r"\w+", measure.casefold())
    is_bare = not (unit or line["currency"])
    if is_bare and (_YEAR.fullmatch(line["number"]) or not _NO_MEASURE.isdisjoint(words[-1:])):
        return False
    return len(unit.split()) <= _MAX_UNIT_WORDS and not _NO_UNIT.search(_PER.sub("", unit))
