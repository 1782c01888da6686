"""Does a source say what a sentence says? By words, for machines without a model of entailment.

The sentence of the source that is nearest decides whether a negation is shared: a whole passage nearly always has one.

Its name stands in every figure that it gave (``citation_recall_lexical``): it is no NLI model, and it knows neither
paraphrase nor negation beyond a word. Must not import what the writer checks itself with.
"""

import re

from evals.report_figures import figures_in
from evals.report_text import split_sentences
from lm.copying import folded

NAME = "lexical"
# A choice by hand, before any figure was seen.
MIN_COVERED = 0.6

_WORD = re.compile(r"[^\W\d_][\w'-]*")
_STOP = frozenset(
    """a an the of in on at to for from by with without and or but nor so as is are was were be been being has have had
    do does did will would can could may might must shall should it its this that these those there here he she they
    his her their we our you your i me my him them us who whom whose which what when where why how than then also such
    not no if into over under about after before between during through while because very more most some any all
    each other only own same""".split()  # noqa: SIM905
)
_NEGATIONS = frozenset(["not", "no", "never", "none", "nobody", "nothing", "neither", "cannot", "without"])
_SUFFIX = re.compile(r"(?:ies|ing|ed|es|s|ly|'s)$")


def entails(premise: str, hypothesis: str) -> bool:
    """Whether the premise holds most content words of the hypothesis, all its numbers, and negates where it does."""
    source, said = folded(premise), folded(hypothesis)
    known = figures_in(source)
    if not all(figure.is_among(known) for figure in figures_in(said)):
        return False
    nearest = max(split_sentences(source) or [source], key=lambda sentence: covered(sentence, said))
    return _negates(said) == _negates(nearest) and covered(source, said) >= MIN_COVERED


def covered(source: str, said: str) -> float:
    """Share of the content words of `said` that `source` has, in some form; 1 where it has none."""
    words = _content(said)
    return len(words & _content(source)) / len(words) if words else 1.0


def _content(text: str) -> set[str]:
    words = map(str.lower, _WORD.findall(text))
    return {_SUFFIX.sub("", word) for word in words if word not in _STOP and len(word) > 1}


def _negates(text: str) -> bool:
    words = set(map(str.lower, _WORD.findall(text)))
    return bool(words & _NEGATIONS) or "n't" in text
