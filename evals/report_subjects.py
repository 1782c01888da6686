"""Does each figure belong to the subject that its sentence names? For corpora of profiles, one document a subject.

Knows titles, sentences and the numbers of documents. Must not import what chose or checked the sentences.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from agent.types import Evidence
from evals.report_figures import Figure, figures_in
from evals.report_text import Sentence
from lm.copying import folded
from retrieval.corpus import Corpus

# A name behind a figure is its subject ("…, against 15.91 births in India") only if no more than a unit stands between,
# and if the name before the figure is of another clause.
_UNIT_AND_PREPOSITION = re.compile(r"(?:[^,;.\d]|\d[,.\d]*){0,60}?\b(?:in|of) (?:the )?")
_NO_PART_OF_UNIT = re.compile(r"\b(?:and|as|but|is|than|that|to|was|were|while|with)\b")
_CLAUSE_END = re.compile(r"[,;:](?!\d)|\b(?:against|and|but|compared|than|versus|while)\b")


@dataclass(frozen=True)
class Attributed:
    """A figure and the subject that the text gives it, "" for none; `named` are all that its sentence names."""

    sentence: Sentence
    figure: Figure
    subject: str
    named: frozenset[str]


@dataclass(frozen=True)
class SubjectFigure:
    """A figure, the subject that the text gives it, and whether it is wrong there; `is_right_by_chance`: would it have
    stood in a document drawn at random?"""

    sentence: Sentence
    figure: Figure
    subject: str
    is_wrong: bool
    is_right_by_chance: bool


class Names:
    """Names of subjects, and where texts name them."""

    def __init__(self, names: Iterable[str]) -> None:
        # Longer names first: "Guinea-Bissau" is not "Guinea".
        ordered = sorted({name for name in map(folded, names) if name}, key=lambda name: (-len(name), name))
        self._named = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in ordered) or r"(?!)")

    def named_in(self, text: str) -> list[tuple[int, str]]:
        """Offsets and names that a folded text names, from left to right."""
        return [(match.start(), match[0]) for match in self._named.finditer(text)]


class Subjects(Names):
    """The documents of a corpus by title, and where their titles are named."""

    def __init__(self, corpus: Corpus) -> None:
        self.ids: dict[str, list[str]] = {}
        for document in corpus.documents():
            if title := folded(document.title):
                self.ids.setdefault(title, []).append(document.id)
        super().__init__(self.ids)
        self._corpus = corpus
        self.figures = cache(self._figures)

    def _figures(self, title: str) -> list[Figure]:
        """All numbers in the documents with this title."""
        return [figure for id_ in self.ids[title] for figure in figures_in(folded(self._corpus.text(id_)))]


def attributed(sentences: Iterable[Sentence], names: Names) -> Iterator[Attributed]:
    """Every figure with its subject, in the order of the text.

    The subject is the one named nearest before the figure, else first in the sentence, else last in the paragraph so
    far; but in "…, against 15.91 births in India", where the name before is of another clause, it is the one behind.
    """
    paragraph, last = -1, ""
    for sentence in sentences:
        if sentence.paragraph != paragraph:
            paragraph, last = sentence.paragraph, ""
        text = folded(sentence.text)
        named = names.named_in(text)
        all_named = frozenset(name for _, name in named)
        for figure in figures_in(text):
            yield Attributed(sentence, figure, _subject_of(figure, text, named) or last, all_named)
        last = named[-1][1] if named else last


def subject_figures(
    sentences: Sequence[Sentence], evidence: Mapping[int, Evidence], corpus: Corpus, seed: int
) -> list[SubjectFigure]:
    """Every measured figure whose sentence or paragraph names a subject, judged.

    A figure is wrong when no cited document has the subject as its title and the figure is nowhere in that subject's
    document.
    """
    subjects = Subjects(corpus)
    rng = np.random.default_rng(seed)
    found: list[SubjectFigure] = []
    for one in attributed(sentences, subjects):
        if one.figure.is_measure and one.subject:
            numbers = one.sentence.citations or one.sentence.shared
            cited = {folded(evidence[n].title) for n in numbers if n in evidence}
            is_wrong = one.subject not in cited and not one.figure.is_among(subjects.figures(one.subject))
            by_chance = _in_another(one.figure, one.subject, cited, subjects, rng)
            found.append(SubjectFigure(one.sentence, one.figure, one.subject, is_wrong, by_chance))
    return found


def _subject_of(figure: Figure, text: str, named: Sequence[tuple[int, str]]) -> str:
    before = [one for one in named if one[0] < figure.start]
    if not before:
        return named[0][1] if named else ""
    place, name = before[-1]
    after = next((one for one in named if one[0] > figure.start), None)
    if after is not None and _CLAUSE_END.search(text, place + len(name), figure.start):
        gap = text[figure.start + len(figure.shown) : after[0]]
        if _UNIT_AND_PREPOSITION.fullmatch(gap) and not _NO_PART_OF_UNIT.search(gap):
            return after[1]
    return name


def _in_another(figure: Figure, subject: str, cited: set[str], subjects: Subjects, rng: np.random.Generator) -> bool:
    others = sorted(set(subjects.ids) - cited - {subject})
    return bool(others) and figure.is_among(subjects.figures(others[int(rng.integers(len(others)))]))
