"""A sentence cut into clauses that can be checked one by one, each with a verb of its own.

Cut where a mark or a conjunction parts two stretches that both have a verb ("… opened in 2012 and cost 3 million"), and
around relative clauses. A clause without a subject of its own is given the words that bear it. What cannot be cut
surely stays whole: a check of more than one clause is weaker, a check of half a clause is wrong.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.grounding.numbers import figures
from agent.grounding.verbs import Stem, Verb, verbs
from retrieval.names import proper_names

_CUT = re.compile(
    r"(?P<semicolon>;\s+)"
    r"|(?P<relative>,\s+(?:which|who|whose|where)\s+)"
    r"|(?P<joined>,?\s+(?:and then|and|but|yet|while|whereas|although|though|because|so that)\s+)"
)
_CLOSED = re.compile(r"“[^”]*”|\"[^\"]*\"|\([^)]*\)|\[[^\]]*\]")
_PRONOUN = re.compile(r"(?:he|she|it|they|who|which|this|that|these|those|we|i|there|one)\b", re.IGNORECASE)
_DETERMINED = re.compile(
    r"(?:the|a|an|its|his|her|their|no|all|each|every|some|many|most|several|both)\b", re.IGNORECASE
)
_AUXILIARIES_BEFORE = re.compile(
    r"(?:\s*\b(?:is|are|was|were|be|been|being|has|have|had|does|do|did|can|could|will|would|may|might|must|shall|should"
    r"|not|never|also|later|then|first|already|still|both|reportedly|allegedly|probably|fail(?:s|ed)? to"
    r"|refuse[sd]? to|decline[sd]? to|plan(?:s|ned)? to|expected to)\b|\s*n['’]t\b)+\s*$",
    re.IGNORECASE,
)
_MIN_SUBJECT, _MAX_SUBJECT_WORDS = 2, 14


@dataclass(frozen=True)
class Clause:
    """A piece of a sentence at [start, end), and the subject that it borrows where it has none; empty: its own."""

    text: str
    start: int
    end: int
    subject: str = ""

    @property
    def standalone(self) -> str:
        """The clause with its subject, as a sentence."""
        words = f"{self.subject} {self.text}".strip().rstrip(".,;: ")
        return f"{words[:1].upper()}{words[1:]}."


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    is_relative: bool = False


def split_claims(sentence: str, stem: Stem, *, lexicon: Collection[str] = frozenset()) -> list[Clause]:
    """The clauses of one sentence in reading order; the whole sentence where it cannot be cut.

    Args:
        sentence: English prose.
        stem: folds word forms.
        lexicon: lower-case words known to be common, as for `proper_names`.
    """
    found = verbs(sentence, stem)
    pieces = _pieces(sentence, found)
    clauses: list[Clause] = []
    for piece in pieces:
        if len(pieces) > 1 and not _has_verb(found, piece.start, piece.end):
            continue  # "The barrage" before its relative clause: the clauses behind it borrow it
        borrowed = _borrowed(sentence, piece, pieces, found, lexicon)
        start = piece.end - len(sentence[piece.start : piece.end].lstrip())
        clauses.append(Clause(sentence[start : piece.end], start, piece.end, borrowed))
    return clauses


def is_checkable(clause: Clause, stem: Stem, *, lexicon: Collection[str] = frozenset()) -> bool:
    """Whether it has anything that a source can be asked for: a figure, a name or a verb."""
    text = clause.text
    return bool(figures(text) or proper_names(text, lexicon=lexicon) or verbs(text, stem))


def _pieces(sentence: str, found: Sequence[Verb]) -> list[_Piece]:
    closed = [match.span() for match in _CLOSED.finditer(sentence)]
    pieces = [_Piece(0, len(sentence))]
    for cut in _CUT.finditer(sentence):
        if any(start <= cut.start() < end for start, end in closed):
            continue
        last = pieces[-1]
        if cut["relative"]:
            pieces[-1:] = _around_relative(sentence, last, cut, found)
        elif last.is_relative and cut["joined"] and not cut[0].startswith(","):
            continue  # "which cost 3 million and was late" stays within its relative clause
        elif _has_verb(found, last.start, cut.start()) and _opens_clause(sentence, cut.end(), last.end, found):
            pieces[-1:] = [_Piece(last.start, cut.start(), last.is_relative), _Piece(cut.end(), last.end)]
    return pieces


def _around_relative(sentence: str, piece: _Piece, cut: re.Match[str], found: Sequence[Verb]) -> list[_Piece]:
    """Before, within and behind a relative clause; the piece as it is where one of these has no verb."""
    comma = sentence.find(",", cut.end(), piece.end)
    end = comma if comma >= 0 else piece.end
    has_main_before = _has_verb(found, piece.start, cut.start())
    has_main_behind = comma >= 0 and _has_verb(found, comma, piece.end)
    if not _has_verb(found, cut.end(), end) or not (has_main_before or has_main_behind):
        return [piece]
    relative = _Piece(cut.end(), end, is_relative=True)
    head = _Piece(piece.start, cut.start())
    if comma < 0:
        return [head, relative]
    return [head, relative, _Piece(comma + 1, piece.end)]


def _has_verb(found: Sequence[Verb], start: int, end: int) -> bool:
    return any(start <= verb.start < end for verb in found)


def _opens_clause(sentence: str, start: int, end: int, found: Sequence[Verb]) -> bool:
    """Whether a clause begins here: a verb at once, or a subject with a verb before the next mark or conjunction."""
    stop = re.compile(r"[;:]|\b(?:and|but|which|who|while|because)\b").search(sentence, start, end)
    within = [verb for verb in found if start <= verb.start < (stop.start() if stop else end)]
    if not within:
        return False
    before = sentence[start : within[0].start]
    bare = _AUXILIARIES_BEFORE.sub("", f" {before}").strip()
    is_subject = bool(bare) and (bare[0].isupper() or bool(_PRONOUN.match(bare) or _DETERMINED.match(bare)))
    return not bare or (is_subject and len(bare.split()) <= _MAX_SUBJECT_WORDS) or bare[0].isdigit()


def _borrowed(
    sentence: str, piece: _Piece, pieces: Sequence[_Piece], found: Sequence[Verb], lexicon: Collection[str]
) -> str:
    """The subject of a clause that has none: of a relative clause what it follows, else the one before."""
    at = pieces.index(piece)
    if at == 0:
        return ""
    if piece.is_relative:
        head = sentence[pieces[at - 1].start : piece.start]
        names = proper_names(head, lexicon=lexicon)
        has_short_head = not names and not _has_verb(found, pieces[at - 1].start, piece.start)
        return (
            names[-1].text if names else sentence[pieces[at - 1].start : pieces[at - 1].end] if has_short_head else ""
        )
    first = next((verb for verb in found if piece.start <= verb.start < piece.end), None)
    own = _AUXILIARIES_BEFORE.sub("", f" {sentence[piece.start : first.start]}").strip(" ,") if first else ""
    if own:
        return ""
    earlier = [one for one in pieces[:at] if not one.is_relative]
    return _subject_of(sentence, earlier, found) if earlier else ""


def _subject_of(sentence: str, pieces: Sequence[_Piece], found: Sequence[Verb]) -> str:
    """What stands before the first verb of the last of these clauses that has a subject."""
    for piece in reversed(pieces):
        first = next((verb for verb in found if piece.start <= verb.start < piece.end), None)
        before = sentence[piece.start : first.start] if first else sentence[piece.start : piece.end]
        subject = _AUXILIARIES_BEFORE.sub("", f" {before}").strip(" ,")
        opening = re.match(r"(?:In|On|At|By|Since|After|Before|During|Until|From) [^,]+, ", subject)
        subject = subject[opening.end() :] if opening else subject
        if len(subject) >= _MIN_SUBJECT and len(subject.split()) <= _MAX_SUBJECT_WORDS:
            return subject
    return ""
