"""Are a report's figures true of the works that it states them of?

Knows the texts of works by name, and Markdown as far as headings and paragraphs. Every figure is a claim: it is true
when it stands in the text of the work that the report gives it to. Must not know what the writer was shown.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from evals.report_figures import Figure, figures_in
from evals.report_subjects import Attributed, Names, attributed
from evals.report_text import read_report
from lm.copying import folded

_HEADING = re.compile(r"^#{1,6} +(.*)$")


@dataclass(frozen=True)
class ToldFigure:
    """A figure and the work it is given to, "" for none, in a sentence of a report."""

    sentence: str
    work: str
    shown: str
    is_true: bool


def told_figures(markdown: str, works: Mapping[str, str], padding: str = "") -> list[ToldFigure]:
    """The figures of a report in its order, each judged. One that is given to no work is true if any work has it: a
    summary may name none.

    Args:
        markdown: The report.
        works: The true text of each work, by its name.
        padding: What else is true, of no work: its figures are, in sentences that name none.
    """
    texts = {_shown(name): text for name, text in works.items()}
    names = Names(texts)

    beside = figures_in(folded(padding))

    @cache
    def figures_of(name: str) -> Sequence[Figure]:
        return figures_in(folded(texts[name]))

    def is_true(one: Attributed) -> bool:
        given_to = [one.subject] if one.subject else list(texts)
        # Not by the heading's name, which only stands in front of it.
        said = folded(one.sentence.text).removeprefix(f"{one.subject}: ")
        is_padding = not names.named_in(said) and one.figure.is_among(beside)
        return is_padding or any(one.figure.is_among(figures_of(name)) for name in given_to)

    sentences = read_report(_under_its_work(_with_one_spelling(markdown, texts), names)).sentences
    return [
        ToldFigure(one.sentence.text, one.subject, one.figure.shown, is_true(one))
        for one in attributed(sentences, names)
    ]


def _shown(name: str) -> str:
    return folded(name[:1].upper() + name[1:])


def _with_one_spelling(markdown: str, names: Iterable[str]) -> str:
    """Names of works as `_shown` has them, however the report writes their letters."""
    spelled = {name.casefold(): name for name in names}
    known = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in spelled) or r"(?!)", re.IGNORECASE)
    return known.sub(lambda found: spelled[found[0].casefold()], markdown)


def _under_its_work(markdown: str, names: Names) -> str:
    """The same, where a paragraph below a heading that names one work begins with that name: models put the name into
    the heading, and write "It was opened in 1850." below."""
    told: list[str] = []
    work, begins = "", False
    for line in markdown.splitlines():
        if heading := _HEADING.match(line):
            named = {name for _, name in names.named_in(folded(heading[1]))}
            work = named.pop() if len(named) == 1 else ""
            begins = True
        elif not line.strip():
            begins = True
        elif begins:
            line, begins = (f"{work}: {line}" if work else line), False
        told.append(line)
    return "\n".join(told)
