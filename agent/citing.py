"""Which evidence does a drafted sentence stand on? Small writers say what one statement says and cite another.

A citation is the program's finding, not the model's word: where other statements of the block carry the sentence
clearly better than those that it cites, they are cited in their place. `verify` then judges as ever. Of what stands,
a citation that adds nothing is taken away.
"""

from collections.abc import Callable, Sequence

from agent.draft import Candidate
from agent.grounding.support import content_words
from agent.verify import Verdict, Verifier
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
    known = [_words_of(s, stem) & wanted for s in statements]
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


def fewest_cited(
    candidate: Candidate, statements: Sequence[Statement], verifier: Verifier
) -> tuple[Candidate, Verdict]:
    """The candidate with no citation that adds nothing, and its verdict; one that does not stand stays as it is.

    Where a source says all that the cited ones together say of the sentence, those stay that carry it alone: they
    corroborate each other. Else one after the other goes whose words the others have and that the verifier can spare.
    """
    verdict = verifier.verify(candidate, statements)
    if not verdict.is_supported or candidate.kind != "written" or len(candidate.sources) < 2:
        return candidate, verdict
    wanted = set(content_words(candidate.text, verifier.stem))
    known = {i: _words_of(statements[i], verifier.stem) & wanted for i in candidate.sources}
    everything = set().union(*known.values())
    alone = {i: verifier.verify(_citing(candidate, (i,)), statements) for i in candidate.sources}
    carriers = tuple(i for i in candidate.sources if alone[i].is_supported)
    if any(known[i] == everything for i in carriers):
        return _kept(candidate, carriers, statements, verifier, verdict)
    left = candidate.sources
    for i in sorted(candidate.sources, key=lambda at: len(known[at])):
        others = tuple(at for at in left if at != i)
        says_all = bool(others) and set().union(*(known[at] for at in others)) == everything
        if says_all and verifier.verify(_citing(candidate, others), statements).is_supported:
            left = others
    return _kept(candidate, left, statements, verifier, verdict)


def _words_of(statement: Statement, stem: Callable[[str], str]) -> set[str]:
    return set(content_words(f"{statement.title} {' '.join(statement.heading_path)} {statement.quote}", stem))


def _citing(candidate: Candidate, sources: tuple[int, ...]) -> Candidate:
    return candidate.model_copy(update={"sources": sources})


def _kept(
    candidate: Candidate, sources: tuple[int, ...], statements: Sequence[Statement], verifier: Verifier, had: Verdict
) -> tuple[Candidate, Verdict]:
    """The candidate with these sources; as it was, where they are all that it has, or together no longer carry it."""
    if sources == candidate.sources:
        return candidate, had
    fewer = _citing(candidate, sources)
    verdict = verifier.verify(fewer, statements)
    return (fewer, verdict) if verdict.is_supported else (candidate, had)
