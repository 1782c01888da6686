"""Atomic units drawn from turns by rules: what was said, in the speaker's own words, with its times written out.

A unit is a verbatim quotation behind the name of who says it, so no rewriting can make it lie. Left out is what says
nothing to remember (`small_talk`), what orders or speaks to a machine (`orders`), and what was shown from memory. Knows
English; other languages stay in the raw log alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memory.orders import is_code, is_commission, is_order, shows_something
from memory.people import Circle
from memory.sayable import IMAGE, MACHINES, sayable
from memory.small_talk import content_words, has_figure, is_about_the_other, tells_of_someone
from memory.time_words import resolve_times, with_meanings
from memory.units import MemoryUnit, Turn
from prompts.sentences import sentence_spans
from retrieval.names import proper_names

_MAX_WORDS = 60  # of a sentence; longer ones are lists, logs or ramblings
_JOINED_WORDS = 32  # of sentences that make one unit
# Of an answer that takes its question along, and of the question. Chosen on two LoCoMo conversations: with the question
# an answer is found by the words that were asked (evidence recall in 500 tokens .75, without it .69).
_ANSWER_WORDS, _QUESTION_WORDS = 24, 16
_CAPTION_WORDS = 14
_MIN_WORDS = 2  # of content: a sentence that is nobody's own ("The donations got us a fire truck") needs as many

_PHOTO = re.compile(r" ?\[photo: [^\]]*\]$")
_PHOTO_OF = re.compile(r"^(?:an? )?(?:close[- ]up )?(?:photo(?:graphy?)?|picture|image)s? of (?:an? )?", re.IGNORECASE)
_REMINDS = re.compile(
    r"\W*(?:please )?(?:remember|note|keep in mind|don['’]t forget)[,:]? (?:that )?(?=(?:I|I['’]\w+|my|we|our)\b)|"
    r"\W*(?:please |just )?call me (?-i:[A-Z])",
    re.IGNORECASE,
)
# Who somebody is may stand beside a task without being a part of it.
_OF_ONESELF = re.compile(
    r"\W*(?:I am|I['’]m|I was born|My name is|Call me|I work|I live|I study|I prefer|I moved)\b", re.IGNORECASE
)
_LEANS = re.compile(
    r"\W*(?:(?:and|but|so|also|plus|because|then) )?(?:it|its|it['’]s|that|that['’]s|this|these|those|there|she|he|"
    r"they|her|his|their|them|she['’]s|he['’]s|they['’]re|which|such|the (?:one|ones|same)|one of)\b",
    re.IGNORECASE,
)
_INTERJECTION = re.compile(
    r"(?:(?:hey|hi|hello|wow|oh|well|aww*|haha|thanks(?: so much| a lot)?|thank you(?: so much)?|congrats|cool|nice|"
    r"awesome|great|yeah|yep|sure|absolutely|definitely|totally|of course|for sure|by the way|guess what)"
    r"(?:,? [A-Z][a-z]+)?[,!.…—-]+ )+",
    re.IGNORECASE,
)
_PROPOSES = re.compile(r"\W*(?:how about|what about|wanna|shall we|should we|want to|do you want to|let['’]s)\b", re.I)
_RECALLS = re.compile(r"\W*(?:did i (?:tell|mention)|have i (?:told|mentioned)|remember (?:when|that|how|the)|"
                      r"do you remember (?:when|that|how))\b", re.IGNORECASE)  # fmt: skip
_DEICTIC = re.compile(r"\b(?:this|these|here(?:['’]s)?|look|check|took)\b", re.IGNORECASE)


class UnitExtractor(Protocol):
    """Turns to units."""

    def extract(self, turns: Sequence[Turn], before: Sequence[Turn], *, scope: str) -> list[MemoryUnit]:
        """Units of `turns` in the order in which they were said; the earlier turns `before` tell who and what is meant,
        and give no units of their own."""
        ...


@dataclass(frozen=True)
class _Piece:
    """Sentences that make one unit."""

    text: str
    question: str = ""
    asked_in: str = ""


@dataclass(frozen=True)
class RuleExtractor:
    """Units by rules.

    Attributes:
        machines: Speakers that are programs, in lower case: they give no units.
    """

    machines: frozenset[str] = MACHINES

    def extract(self, turns: Sequence[Turn], before: Sequence[Turn], *, scope: str) -> list[MemoryUnit]:
        """See `UnitExtractor`."""
        circle = Circle.of([*before, *turns])
        units: list[MemoryUnit] = []
        earlier = list(before)
        for turn in turns:
            units += self._units_of(turn, earlier, circle, scope)
            earlier.append(turn)
        return list({unit.id: unit for unit in units}.values())

    def _units_of(self, turn: Turn, earlier: Sequence[Turn], circle: Circle, scope: str) -> list[MemoryUnit]:
        text = sayable(turn, self.machines)
        pieces = _pieces(text, turn, earlier[-1] if earlier else None, circle)
        return [_unit(piece, turn, circle, scope) for piece in pieces]


def _pieces(text: str, turn: Turn, previous: Turn | None, circle: Circle) -> list[_Piece]:
    captions = [caption for match in IMAGE.finditer(text) if (caption := _caption(match["caption"]))]
    said = IMAGE.sub(" ", text)
    sentences = [" ".join(said[start:end].split()) for start, end in sentence_spans(said)]
    question, asked_in = _question_before(turn, previous)
    kept: list[list[str]] = []
    last_kept = -2
    is_answer = bool(question)
    if is_task([circle.without_speakers(sentence) for sentence in sentences]):
        sentences, captions = [sentence for sentence in sentences if _OF_ONESELF.match(sentence)], []
    for place, sentence in enumerate(sentences):
        bare = _INTERJECTION.sub("", sentence, count=1)
        if not _is_worth_keeping(circle.without_speakers(bare), turn, is_answer=is_answer and not kept):
            continue
        n_words = len(bare.split())
        if last_kept == place - 1 and _LEANS.match(bare) and _count(kept[-1]) + n_words <= _JOINED_WORDS:
            kept[-1].append(bare)
        else:
            kept.append([bare])
        last_kept = place
    return _with_captions(_with_question(kept, question, asked_in), captions, sentences)


def gives_task(text: str, circle: Circle) -> bool:
    """Whether a turn that says this gives somebody a task, so that whatever else it says is about the task."""
    said = IMAGE.sub(" ", text)
    sentences = [" ".join(said[start:end].split()) for start, end in sentence_spans(said)]
    return is_task([circle.without_speakers(sentence) for sentence in sentences])


def is_task(sentences: Sequence[str]) -> bool:
    """Whether the first sentence that says anything gives a task, and so all of the turn is about it."""
    bare = (_INTERJECTION.sub("", sentence, count=1) for sentence in sentences)
    opening = next((sentence for sentence in bare if content_words(sentence)), "")
    return is_commission(opening) and not _REMINDS.match(opening)


def _count(sentences: Sequence[str]) -> int:
    return sum(len(sentence.split()) for sentence in sentences)


def _is_worth_keeping(sentence: str, turn: Turn, *, is_answer: bool) -> bool:
    words = sentence.split()
    if is_code(sentence):
        return False
    if len(words) > _MAX_WORDS or not content_words(sentence):
        return is_answer and _answers_shortly(sentence)
    has_time = any(True for _ in resolve_times(sentence, turn.at))
    if sentence.rstrip("\"'”’)").endswith("?"):
        return bool((_PROPOSES.match(sentence) and has_time) or _RECALLS.match(sentence))
    if (
        is_order(sentence)
        and not _REMINDS.match(sentence)
        and not (has_time and (_PROPOSES.match(sentence) or shows_something(sentence)))
    ):
        return False
    is_particular = has_time or has_figure(sentence) or _names_within(sentence)
    if is_about_the_other(sentence) and not is_particular:
        return False
    return is_answer or is_particular or tells_of_someone(sentence) or len(content_words(sentence)) >= _MIN_WORDS


def _answers_shortly(sentence: str) -> bool:
    """Yes and no are the whole answer to some questions."""
    return bool(re.fullmatch(r"\W*(?:yes|no|nope|not yet|never|yep|yeah)\W*", sentence, re.IGNORECASE))


def _names_within(sentence: str) -> bool:
    """Whether a name stands in it that is not its first word: that one has its capital from the sentence."""
    return any(name.start > 3 for name in proper_names(sentence))


def _question_before(turn: Turn, previous: Turn | None) -> tuple[str, str]:
    """The last question of the turn before, if somebody else put one at its end and it is short."""
    if previous is None or previous.speaker == turn.speaker:
        return "", ""
    text = IMAGE.sub(" ", sayable(previous))
    asked = [text[start:end] for start, end in sentence_spans(text)][-2:]
    questions = [" ".join(sentence.split()) for sentence in asked if sentence.endswith("?")]
    if not questions or len(questions[-1].split()) > _QUESTION_WORDS or is_commission(questions[-1]):
        return "", ""
    return questions[-1], previous.id


def _with_question(kept: Sequence[Sequence[str]], question: str, asked_in: str) -> list[_Piece]:
    pieces = [_Piece(" ".join(sentences)) for sentences in kept]
    if pieces and question and content_words(question):
        first = pieces[0].text
        if len(first.split()) <= _ANSWER_WORDS:
            pieces[0] = _Piece(first, question, asked_in)
    return pieces


def _with_captions(pieces: list[_Piece], captions: Sequence[str], sentences: Sequence[str]) -> list[_Piece]:
    """What a photo shows, beside the sentence that points at it or else the last that is kept."""
    if not captions:
        return pieces
    photo = f"[photo: {'; '.join(captions)}]"
    if not pieces:
        pointing = [sentence for sentence in sentences if _DEICTIC.search(sentence) and not sentence.endswith("?")]
        return [_Piece(" ".join([*pointing[-1:], photo]))]
    places = [i for i, piece in enumerate(pieces) if _DEICTIC.search(piece.text)] or [len(pieces) - 1]
    at = places[-1]
    pieces[at] = _Piece(f"{pieces[at].text} {photo}", pieces[at].question, pieces[at].asked_in)
    return pieces


def _caption(text: str) -> str:
    """What a photo shows, in few words; "" where it is an order that only pretends to."""
    text = " ".join(text.split())
    shown = _PHOTO_OF.sub("", text)
    return "" if shown == text and is_order(text) else " ".join(shown.split()[:_CAPTION_WORDS])


def _unit(piece: _Piece, turn: Turn, circle: Circle, scope: str) -> MemoryUnit:
    photo = _PHOTO.search(piece.text)
    said, shown = (piece.text[: photo.start()], piece.text[photo.start() :]) if photo else (piece.text, "")
    asked = f' (asked "{piece.question}")' if piece.question else ""
    names = circle.names(f"{piece.question} {said}" if piece.question else said)
    return MemoryUnit(
        scope=scope,
        kind="statement",
        text=f"{turn.speaker}{asked}: {with_meanings(said, turn.at)}{shown}",
        at=turn.at,
        parents=(turn.id, piece.asked_in) if piece.asked_in else (turn.id,),
        times=tuple(phrase.interval for phrase in resolve_times(said, turn.at)),
        persons=circle.persons(said, turn.speaker, names),
        entities=tuple(dict.fromkeys((*names, turn.speaker))),
    )
