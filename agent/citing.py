"""Which evidence does a drafted sentence stand on? Small writers say what one statement says and cite another.

A citation is the program's finding, not the model's word: where other statements of the block carry the sentence
clearly better than those that it cites, they are cited in their place. `verify` then judges as ever.
"""

from collections.abc import Callable, Sequence

from agent.draft import Candidate
from agent.grounding.support import content_words
from prompts.statements import Statement

_MAX_SOURCES = 3
_MIN_NEW_WORDS = 2  # that a further source must bring
_CLEARLY_BETTER = 0.15


def best_cited(candidate: Candidate, statements: Sequence[Statement], stem: Callable[[str], str]) -> Candidate:
    """The candidate with the sources that cover most of its content words, if they cover clearly more than its own.

    One that cites what does not exist stays as it is: `verify` says so.
    """
    wanted = set(content_words(candidate.text, stem))
    resolves = all(0 <= i < len(statements) for i in candidate.sources)
    if not wanted or not resolves or candidate.kind != "written":
        return candidate
    known = [set(content_words(f"{s.title} {' '.join(s.heading_path)} {s.quote}", stem)) & wanted for s in statements]
    own = set().union(*(known[i] for i in candidate.sources))
    chosen: list[int] = []
    covered: set[str] = set()
    while known and len(chosen) < _MAX_SOURCES:
        best = max(range(len(known)), key=lambda i: len(known[i] - covered))
        if len(known[best] - covered) < _MIN_NEW_WORDS:
            break
        chosen.append(best)
        covered |= known[best]
    if len(covered) - len(own) < _CLEARLY_BETTER * len(wanted):
        return candidate
    return candidate.model_copy(update={"sources": tuple(sorted(chosen))})
