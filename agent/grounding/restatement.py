"""Is one sentence another one said again? For writers so small that they cannot be trusted with a paraphrase.

Measured on a 135 M model: what its restatements change, they mostly break ("Hale, the brother-in-law of finance
director Ruhn" became "Viktor Hale, finance director"). So a restatement may leave out a little and reorder nothing that
matters.
"""

from collections.abc import Callable, Sequence

from agent.grounding.numbers import figures
from agent.grounding.support import content_words, negates
from retrieval.names import proper_names

_MIN_KEPT = 0.8


def marks(text: str) -> list[str]:
    """Names and numbers in reading order."""
    found = [(figure.start, figure.value) for figure in figures(text)]
    found += [(name.start, name.text) for name in proper_names(text)]
    return [mark for _, mark in sorted(found)]


def _is_subsequence(shorter: Sequence[str], longer: Sequence[str]) -> bool:
    remaining = iter(longer)
    return all(item in remaining for item in shorter)


def restatement_faults(text: str, original: str, stem: Callable[[str], str]) -> list[str]:
    """What `text` adds to, leaves out of or turns round in `original`; empty when it says the same."""
    said, meant = content_words(text, stem), content_words(original, stem)
    faults = []
    if new := sorted(set(said) - set(meant)):
        faults.append(f"it adds {', '.join(new[:4])}")
    kept = len(set(said) & set(meant)) / max(1, len(set(meant)))
    if kept < _MIN_KEPT:
        faults.append(f"it keeps {kept:.0%} of what the sentence says")
    if not _is_subsequence([word for word in said if word in meant], meant):
        faults.append("it changes the order of what is said")
    if not _is_subsequence(marks(text), marks(original)):
        faults.append("it changes the order of names and numbers")
    if negates(text) != negates(original):
        faults.append("it turns a negation round")
    return faults
