"""What is named in parts of what was found: groups of passages that are alike, each by its own headings and names."""

import re
from collections import Counter
from collections.abc import Sequence

from agent.alike import alike
from agent.plan_clusters import is_generic
from lm.embedding import FloatArray
from prompts.instructions import looks_like_instruction
from prompts.plain_text import plain
from retrieval.dates import MONTHS
from retrieval.names import common_words, proper_names
from retrieval.types import Hit

_TERMS, _MAX_TERM_WORDS = 3, 6
_STEM = 5  # letters by which two forms of a word are told
_LEAST_PASSAGES = 2  # of a part that has something of its own to tell
_ADDRESS = re.compile(r"\S*(?://|www\.|@|_)\S*|\S*\.(?:html?|com|org|net)\b\S*")
_TERM = re.compile(r"[^\W\d_][\w’'.&-]*(?: [\w’'.&-]+)*")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DATE_WORDS = frozenset([*map(str.lower, MONTHS), *_WEEKDAYS])


def facets_of(hits: Sequence[Hit], vectors: FloatArray, n: int, *, known: Sequence[str]) -> list[tuple[str, ...]]:
    """Terms of at most `n` groups of the passages, the group of the best passage first; groups without terms are left
    out. What is known, as the topic and the passages' titles are, names no part of it."""
    n = min(n, len(hits) // _LEAST_PASSAGES)
    if n < 1:
        return []
    labels = alike(vectors, n)
    lexicon = common_words("\n".join(hit.passage.text for hit in hits))
    said = _folded(" ".join((*known, *(hit.title for hit in hits))))
    terms = [[term for term in _terms(hit, lexicon) if not _folded(term) <= said] for hit in hits]
    counts = Counter(term for own in terms for term in own)
    facets = []
    for label in dict.fromkeys(labels):
        within = Counter(term for own, other in zip(terms, labels, strict=True) if other == label for term in own)
        # A term tells a part from the others by the share of its passages that are the part's.
        ranked = sorted(within, key=lambda term: (-(within[term] ** 2) / counts[term], term))
        facets.append(_apart(ranked))
    return [facet for facet in facets if facet]


def _terms(hit: Hit, lexicon: set[str]) -> list[str]:
    """Headings of a passage and names in it. A single word that opens a sentence may be any word, and a part that bears
    the name of a month is no part."""
    text = _ADDRESS.sub(" ", plain(hit.passage.text))
    names = [
        text[name.start : name.end]
        for name in proper_names(text, lexicon=lexicon)
        if len(name.words) > 1 or re.search(r"\w[,;]? $", text[: name.start])
    ]
    headings = [plain(heading).strip(" .:") for heading in hit.passage.heading_path]
    found = dict.fromkeys(re.sub(r"[’']s?$", "", " ".join(term.split())) for term in (*headings, *names))
    return [term for term in found if _is_term(term)]


def _is_term(term: str) -> bool:
    return (
        len(term) > 2
        and len(term.split()) <= _MAX_TERM_WORDS
        and _TERM.fullmatch(term) is not None
        and not _folded(term) <= _DATE_WORDS
        and not is_generic(term)
        and not looks_like_instruction(term)
    )


def _apart(ranked: Sequence[str]) -> tuple[str, ...]:
    """The first terms that share no word with one another, in no form ("Kosovo", "Kosovar")."""
    kept: list[str] = []
    for term in ranked:
        own = {word[:_STEM] for word in _folded(term)}
        if len(kept) < _TERMS and not any(own & {word[:_STEM] for word in _folded(other)} for other in kept):
            kept.append(term)
    return tuple(kept)


def _folded(text: str) -> set[str]:
    return {word.strip(".,;:()'\"’“”") for word in text.casefold().split()}
