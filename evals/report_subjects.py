"""Does each figure belong to the subject that its sentence names? For corpora of profiles, one document a subject.

Knows titles, sentences and the numbers of documents. Must not import what chose or checked the sentences.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from agent.types import Evidence
from evals.report_figures import Figure, figures_in, folded
from evals.report_text import Sentence
from retrieval.corpus import Corpus


@dataclass(frozen=True)
class SubjectFigure:
    """A figure, the subject that the text gives it, and whether it is wrong there; `is_right_by_chance`: would it have
    stood in a document drawn at random?"""

    sentence: Sentence
    figure: Figure
    subject: str
    is_wrong: bool
    is_right_by_chance: bool


class Subjects:
    """The documents of a corpus by title, and where their titles are named."""

    def __init__(self, corpus: Corpus) -> None:
        self.ids: dict[str, list[str]] = {}
        for document in corpus.documents():
            if title := folded(document.title):
                self.ids.setdefault(title, []).append(document.id)
        # Longer titles first: "Guinea-Bissau" is not "Guinea".
        names = sorted(self.ids, key=len, reverse=True)
        self._named = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names) or r"(?!)")
        self._corpus = corpus
        self.figures = cache(self._figures)

    def named_in(self, text: str) -> list[tuple[int, str]]:
        """Offsets and titles that a folded text names, from left to right."""
        return [(match.start(), match[0]) for match in self._named.finditer(text)]

    def _figures(self, title: str) -> list[Figure]:
        """All numbers in the documents with this title."""
        return [figure for id_ in self.ids[title] for figure in figures_in(folded(self._corpus.text(id_)))]


def subject_figures(
    sentences: Sequence[Sentence], evidence: Mapping[int, Evidence], corpus: Corpus, seed: int
) -> list[SubjectFigure]:
    """Every measured figure whose sentence or paragraph names a subject, judged.

    The subject is the one named nearest before the figure, else first in the sentence, else last in the paragraph so
    far. A figure is wrong when no cited document has that title and the figure is nowhere in that subject's document.
    """
    subjects = Subjects(corpus)
    rng = np.random.default_rng(seed)
    found: list[SubjectFigure] = []
    paragraph, last = -1, ""
    for sentence in sentences:
        if sentence.paragraph != paragraph:
            paragraph, last = sentence.paragraph, ""
        text = folded(sentence.text)
        named = subjects.named_in(text)
        cited = {folded(evidence[n].title) for n in sentence.citations or sentence.shared if n in evidence}
        for figure in figures_in(text):
            before = [title for start, title in named if start < figure.start]
            subject = before[-1] if before else named[0][1] if named else last
            if figure.is_measure and subject:
                is_wrong = subject not in cited and not figure.is_among(subjects.figures(subject))
                by_chance = _in_another(figure, subject, cited, subjects, rng)
                found.append(SubjectFigure(sentence, figure, subject, is_wrong, by_chance))
        last = named[-1][1] if named else last
    return found


def _in_another(figure: Figure, subject: str, cited: set[str], subjects: Subjects, rng: np.random.Generator) -> bool:
    others = sorted(set(subjects.ids) - cited - {subject})
    return bool(others) and figure.is_among(subjects.figures(others[int(rng.integers(len(others)))]))
