"""Is the figure one of what the sentence says it measures? "The failure of gate 17 was 0.64" of a utilisation of 0.64.

Name and figure are right, and the noun between them stands in the title: only the place of the noun tells. Looked at
are clauses that say what something is in figures ("the N of X was 0.64"), where the noun must stand in a quotation that
gives the figure. By word order; what it does not take for such a clause it does not judge.
"""

import re
from collections.abc import Sequence

from agent.grounding.amounts import amounts, carries
from agent.grounding.support import Stem, content_words

_MEASURED = re.compile(
    r"\b[Tt]he (?:[a-z]+ )?(?P<noun>[a-z]{4,}) (?:of|in|at|for) [^,;:.]{2,60}? "
    r"(?:is|are|was|were|has been|had been|would be|would have been|amounted to|stood at|reached|came to|totalled) "
    r"(?:about |only |some |nearly |almost |over |under |around |approximately )?(?=[$€£]?\d)"
)


def foreign_measures(claim: str, quotes: Sequence[str], stem: Stem) -> list[str]:
    """What a figure is said to measure and no quotation with the figure speaks of, as "noun: value".

    Args:
        claim: one sentence.
        quotes: its quotations in prose; lines and rows say what they measure in their label or heading.
        stem: folds word forms.
    """
    failed = []
    for match in _MEASURED.finditer(claim):
        said = next((one for one in amounts(claim) if one.figure.start >= match.end()), None)
        if said is None:
            continue
        giving = [quote for quote in quotes if any(carries(one, said) for one in amounts(quote))]
        noun = stem(match["noun"])
        if giving and not any(noun in content_words(quote, stem) for quote in giving):
            failed.append(f"{match['noun']}: {said.figure.value}")
    return failed
