"""Does a verb of the claim keep its sign and its certainty? Word by word, where `contrast` looks at whole sentences.

"The board did not approve the plan, and Hale resigned" has a negation; "Hale did not resign" has one too, and says the
opposite. So each verb is held against the places where the evidence has a form of it.
"""

from collections.abc import Sequence

from agent.grounding.verbs import Stem, Verb, uses, verbs

_HOW = {"doubt": "a doubt", "plan": "a plan"}


def turned_verbs(text: str, evidence: Sequence[str], stem: Stem) -> list[str]:
    """Verbs that the claim denies and the evidence does not, the reverse, and what it states flatly of a doubt or plan.

    Args:
        text: one sentence.
        evidence: the quotations that it cites, each by itself.
        stem: folds word forms.
    """
    faults = []
    for verb in verbs(text, stem):
        places = [use for quote in evidence for use in uses(verb.base, quote, stem)]
        if places:
            faults += _faults(verb, places)
    return list(dict.fromkeys(faults))


def _faults(verb: Verb, places: Sequence[Verb]) -> list[str]:
    alike = [place for place in places if place.is_negated == verb.is_negated]
    if not alike:
        said, known = ("not ", "") if verb.is_negated else ("", "not ")
        return [f"it says “{said}{verb.word}” where the evidence says “{known}{places[0].word}”"]
    if not verb.mood and all(place.mood for place in alike):
        return [f"it states “{verb.word}”, which the evidence gives as {_HOW[alike[0].mood]}"]
    return []
