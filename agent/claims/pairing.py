"""Do two figures of one clause belong together in the source, too?

"The peak of 4.87 metres had a return period of about 140 years, and the barrage had been designed for one of 1,000
years" was retold as a peak of 4.87 metres with a return period of 1,000 years: each figure is there, under a name that
the sentence has. What tells it is that the source parts them.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.grounding.amounts import Amount, amounts, carries
from agent.grounding.numbered import is_year, measured_amounts
from agent.grounding.verbs import Stem, verbs

_CUT = re.compile(r";|,?\s+\b(?:and|but|while|whereas|although|though|yet|so)\b(?=\s)")
# `verbs` leaves these out, for they tell no deed; here they show a clause of its own as well as any.
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|has|have|had|does|do|did|will|would|can|could|may|might|must)\b")


def parted_figures(claim: str, quotes: Sequence[str], *, stem: Stem) -> list[str]:
    """Pairs of neighbouring figures of one clause that a quotation has in different clauses, and none has in one.

    Years and dates are left out: they belong to a whole sentence. Figures of which no quotation has both are left to
    other checks.

    Args:
        claim: one sentence.
        quotes: what it cites.
        stem: folds word forms.
    """
    clauses = [[amounts(one) for one in _clauses(quote, stem)] for quote in quotes]
    whole = [amounts(quote) for quote in quotes]
    parted: dict[str, None] = {}
    for clause in _clauses(claim, stem):
        counted = [one for one in measured_amounts(clause) if not is_year(one, clause)]
        for first, second in pairwise(counted):
            together = [quote for quote, stated in enumerate(whole) if _both(stated, first, second)]
            if together and not any(_both(stated, first, second) for at in together for stated in clauses[at]):
                parted[f"{first.figure.value} and {second.figure.value}"] = None
    return [f"the evidence says {pair} of different things" for pair in parted]


def _clauses(text: str, stem: Stem) -> list[str]:
    """Cut at marks and conjunctions with a verb on either side: coarser than claims are split, for no piece need stand
    alone."""
    found = [verb.start for verb in verbs(text, stem)] + [match.start() for match in _AUXILIARY.finditer(text)]
    starts = [0]
    cuts = [match.span() for match in _CUT.finditer(text)]
    for at, (start, end) in enumerate(cuts):
        following = cuts[at + 1][0] if at + 1 < len(cuts) else len(text)
        if any(starts[-1] <= verb < start for verb in found) and any(end <= verb < following for verb in found):
            starts.append(end)
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]


def _both(stated: Sequence[Amount], first: Amount, second: Amount) -> bool:
    return all(any(carries(one, said) for one in stated) for said in (first, second))
