"""Detectors: how surely does a context support a text? Wellread's own support score, and what it has to beat."""

from collections.abc import Callable, Iterator, Sequence

from agent.grounding.numbers import unsupported_figures
from agent.grounding.support import embedding_support, support_score, token_support
from agent.stemming import english_stem
from evals.bench import Bench, Program
from evals.items import Item, Outcome
from evals.report_text import split_sentences
from retrieval.names import common_words, unsupported_names

# A claim may draw on up to three sentences together, as a quotation of a report does; of all such windows those with
# most of its words are looked at.
_LONGEST_WINDOW, _CANDIDATES = 3, 4
_WRONG_FIGURE = 0.5  # a number or name that the context lacks halves the support: the verifier refuses such a sentence


def support(item: Item, bench: Bench) -> Outcome:
    """The verifier's score over the best windows of the context, halved where its checks of numbers and names fail.

    The verifier itself judges a sentence against the quotations that it cites; here none is cited, so this stands in.

    A text is as sure as its weakest sentence.
    """
    context = _context(item)
    stem = english_stem()
    windows = list(_windows(context))
    lexicon = common_words(context)
    scores = []
    for sentence in split_sentences(item.text) or [item.text]:
        near = sorted(windows, key=lambda window: -token_support(sentence, window, stem))[:_CANDIDATES]
        score = max(support_score(sentence, window, window, embedder=bench.embedder, stem=stem) for window in near)
        if unsupported_figures(sentence, context) or unsupported_names(sentence, context, lexicon=lexicon):
            score *= _WRONG_FIGURE
        scores.append(score)
    return _judged(min(scores), scores)


def overlap(item: Item, bench: Bench) -> Outcome:
    """The share of the text's words that the context has."""
    return _judged(token_support(item.text, _context(item), english_stem()))


def cosine(item: Item, bench: Bench) -> Outcome:
    """The likeness of the text and the context as vectors; the context is read window by window."""
    return _judged(max(embedding_support(item.text, window, bench.embedder) for window in _windows(_context(item))))


def shortness(item: Item, bench: Bench) -> Outcome:
    """The shorter, the surer: no look at the context at all. In some sets this beats every detector."""
    return _judged(1.0 / (1.0 + len(item.text) / 100.0))


DETECTORS: dict[str, Callable[[], Program]] = {
    "support": lambda: support,
    "overlap": lambda: overlap,
    "cosine": lambda: cosine,
    "shortness": lambda: shortness,
}


def _judged(score: float, sentences: Sequence[float] = ()) -> Outcome:
    confidence = min(1.0, max(0.0, float(score)))
    return Outcome(
        text="supported" if confidence >= 0.5 else "not supported",
        confidence=confidence,
        details={"sentences": [round(float(one), 4) for one in sentences]},
    )


def _context(item: Item) -> str:
    return str(item.gold["context"])


def _windows(context: str) -> Iterator[str]:
    """Every run of one, two and three sentences, the short ones first."""
    sentences = split_sentences(context) or [context]
    for length in range(1, _LONGEST_WINDOW + 1):
        for start in range(max(0, len(sentences) - length + 1)):
            yield " ".join(sentences[start : start + length])
