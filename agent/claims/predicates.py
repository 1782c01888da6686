"""Is what happened on a date, or to a figure, what the source says happened? Verbs beside dates and figures.

"The barrage was opened on 19 April 2007" has every name, date and number of "19 April 2007: The Assembly adopts the
Barrage Act", and one word of its own. So a verb that stands in a clause with a date or a figure must be said by a
statement that gives this date or figure: in any form, or by a word that means the same. Where a clause has neither, any
cited statement may say it ("Generics were introduced in PEP 443" where the source knows generic functions only).

Embeddings alone cannot tell a synonym from an opposite ("bought" is nearer to "sold" than "rose" to "increased"), so
what means the same is a short list first, then likeness above a high bar with the listed opposites left out.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from agent.claims.splitting import Clause, split_claims
from agent.grounding.amounts import Amount, amounts
from agent.grounding.amounts import carries as carries_amount
from agent.grounding.contrast import opposites
from agent.grounding.numbered import measured_amounts
from agent.grounding.verbs import Stem, Verb, base_form, verbs
from lm.embedding import Embedder
from retrieval.dates import Date, dates, unsupported_dates

_LIKE = 0.72
# Within a group all say the same beside a date or a figure. Base forms.
_SAME = (
    "rise increase grow climb gain",
    "fall decrease decline drop shrink",
    "begin start commence launch open",
    "end finish stop cease conclude halt",
    "close shut",
    "build construct erect",
    "found establish create set form",
    "buy purchase acquire",
    "pay spend cost transfer",
    "say state declare report tell note write announce",
    "adopt pass approve enact",
    "approve authorise authorize allow permit grant agree",
    "choose select pick decide",
    "elect vote appoint name",
    "die kill lose perish",
    "injure hurt wound",
    "fail collapse break tear rupture",
    "check inspect examine test",
    "warn alert caution",
    "publish release issue",
    "postpone defer delay",
    "happen occur take",
    "make produce manufacture",
    "contain include hold comprise",
    "measure record find show register",
    "dismiss sack fire remove",
    "resign quit step leave",
    "hire employ engage recruit",
    "sentence imprison jail",
    "fine penalise penalize",
    "ask request demand call order",
    "move shift relocate evacuate",
    "flood inundate submerge drown",
    "repair mend fix",
    "replace exchange substitute",
    "reach amount total number count",
    "extend lengthen enlarge expand",
    "lower reduce cut lessen",
    "raise lift",
    "receive get obtain",
    "give provide supply grant deliver award",
    "have possess own",
    "use employ apply",
    "meet convene assemble",
    "lie locate situate stand",
    "last run continue",
    "estimate put value reckon calculate assess",
    "sign conclude",
    "visit tour",
    "live reside dwell inhabit",
)
# Verbs that say no more than that something is so: any predicate carries them.
_LIGHT = ("be", "have", "do", "make", "take", "give", "get", "come", "go", "say", "state", "note", "report", "show",
          "see", "become", "remain", "follow", "include", "involve", "mention", "list", "accord", "base", "relate",
          "use", "occur", "happen", "stand", "hold", "put", "set", "keep", "call", "name", "date", "total", "number",
          "amount", "reach", "concern", "describe", "regard", "record", "mark", "lie")  # fmt: skip
# Without a date or figure these say as little: what something is, has, is for, wants or makes possible. No deeds.
_BARELY = ("represent", "mean", "constitute", "comprise", "consist", "contain", "present", "provide", "allow", "permit",
           "enable", "let", "help", "serve", "act", "exist", "appear", "seem", "locate", "situate", "find", "know",
           "need", "want", "require", "apply", "belong", "refer", "differ", "work", "deal", "tend")  # fmt: skip
# Verbs that stand before another, which is judged in their place; `polarity` reads what they deny or plan.
_LEADING = ("fail", "refuse", "decline", "neglect", "omit", "plan", "intend", "expect", "propose", "begin", "continue",
            "try", "need", "want", "order", "decide", "agree", "help")  # fmt: skip


@lru_cache(maxsize=4)
def _groups(stem: Stem) -> dict[str, frozenset[str]]:
    """For each base, all bases that mean the same."""
    groups: dict[str, frozenset[str]] = {}
    for line in _SAME:
        group = frozenset(base_form(word, stem) for word in line.split())
        for base in group:
            groups[base] = groups.get(base, frozenset()) | group
    return groups


@lru_cache(maxsize=4)
def _bases(words: tuple[str, ...], stem: Stem) -> frozenset[str]:
    return frozenset(base_form(word, stem) for word in words)


def _is_empty(verb: Verb, text: str, stem: Stem) -> bool:
    """Whether another word says what happened: "the report remained open", "the board refused to pay"."""
    leads = bool(re.match(r"\s+to\b", text[verb.end :]))
    return verb.base in _bases(_LIGHT, stem) or (leads and verb.base in _bases(_LEADING, stem))


def changed_predicates(
    sentence: str, statements: Sequence[str], *, stem: Stem, embedder: Embedder, lexicon: Collection[str] = frozenset()
) -> list[str]:
    """Verbs beside a date or figure that no statement with this date or figure says, in words.

    Args:
        sentence: the claim.
        statements: each cited statement by itself, with the title and headings that it stands under.
        stem: folds word forms.
        embedder: for likeness of single words.
        lexicon: lower-case words known to be common.
    """
    faults = []
    for clause in split_claims(sentence, stem, lexicon=lexicon):
        marked = [one for one in (_anchor(mark, clause, statements) for mark in _marks(clause)) if one]
        if not marked:
            continue
        said = [verb for verb in verbs(clause.text, stem) if not _is_empty(verb, clause.text, stem)]
        texts = list(dict.fromkeys(text for _, stating in marked for text in stating))
        for verb in said:
            if not any(_says(text, verb, stem, embedder) for text in texts):
                faults.append(f"the evidence does not say “{verb.word}” of {marked[0][0]}")
    return list(dict.fromkeys(faults))


def foreign_predicates(
    sentence: str, statements: Sequence[str], *, stem: Stem, embedder: Embedder, lexicon: Collection[str] = frozenset()
) -> list[str]:
    """Verbs of clauses without a date or figure that no statement says, in words. Arguments as `changed_predicates`."""
    faults = []
    for clause in split_claims(sentence, stem, lexicon=lexicon):
        if any(_anchor(mark, clause, statements) for mark in _marks(clause)):
            continue
        for verb in verbs(clause.text, stem):
            is_said = _is_empty(verb, clause.text, stem) or verb.base in _bases(_BARELY, stem)
            if not is_said and not any(_says(text, verb, stem, embedder) for text in statements):
                faults.append(f"the evidence does not say “{verb.word}”")
    return list(dict.fromkeys(faults))


def _marks(clause: Clause) -> list[Date | Amount]:
    return [*dates(clause.text), *measured_amounts(clause.text)]


def _anchor(mark: Date | Amount, clause: Clause, statements: Sequence[str]) -> tuple[str, list[str]] | None:
    """A date or figure as written, and the statements that give it; None where none does (other checks say so)."""
    if isinstance(mark, Date):
        stating = [text for text in statements if not unsupported_dates([mark], text)]
        shown = clause.text[mark.start : mark.end]
    else:
        stating = [text for text in statements if any(carries_amount(other, mark) for other in amounts(text))]
        shown = clause.text[mark.figure.start : mark.figure.end]
    return (shown, stating) if stating else None


def _says(text: str, verb: Verb, stem: Stem, embedder: Embedder) -> bool:
    words = _words(text)
    bases = {base_form(word, stem) for word in words}
    if _groups(stem).get(verb.base, frozenset([verb.base])) & bases:
        return True
    others = sorted({other.word for other in verbs(text, stem)})
    return bool(others) and _nearest(verb.word, others, embedder, stem) >= _LIKE


def _nearest(word: str, others: Sequence[str], embedder: Embedder, stem: Stem) -> float:
    """The likeness of the verb to the nearest of the others that is not its listed opposite."""
    fair = [other for other in others if not opposites(word, other, stem)]
    if not fair:
        return 0.0
    vectors = embedder.encode([word, *fair])
    return float((vectors[1:] @ vectors[0]).max())


def _words(text: str) -> list[str]:
    return [word.strip(".,;:!?()[]“”\"'’") for word in text.replace("-", " ").split()]
