"""Atomic units rewritten by a small model, each checked by program against the turns that it names.

The model resolves who "it" and "you" are, which rules cannot; nothing that it writes is believed. A unit must stand on
turns that exist, bring no name, figure or negation that they lack, share most of its words with them, and be no order.
What it twists beyond that (who did it to whom) is not seen. What the rules draw from a turn gives way only to units
of the model that have most of its words, so little is lost by what the model overlooks.
"""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import Field

from lm.errors import ContextOverflow, LMError, MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema
from memory.calendar_spans import day_name
from memory.orders import is_code, is_order, speaks_to_machine
from memory.people import Circle
from memory.sayable import sayable
from memory.small_talk import content_words, speaks_as_i
from memory.time_words import resolve_times, with_meanings
from memory.unit_rules import RuleExtractor, gives_task
from memory.units import MemoryUnit, Turn
from memory.wording import FIGURE, NEGATION
from prompts.templates import render
from retrieval.dates import covered
from retrieval.lexical import Tokenizer
from retrieval.names import common_words, unsupported_names

logger = logging.getLogger(__name__)

_TOKENS_PER_TURN, _TOKENS = 70, 120
_SHARED = 0.75  # of a unit's stems that its turns must have; the rest is for resolving and joining
# Small models put one speaker's words into another's mouth; what somebody tells of the other is lost with it.
_OF_ANOTHER = "begins with one who did not say it"
_ELSEWHERE = frozenset(
    (_OF_ANOTHER, *(f"{what} that its turns lack" for what in ("a name", "a figure", "a negation", "words")))
)  # reasons against a unit that another turn may carry
_SAYS = 2  # words beside speakers, dates and small talk


class ProposedUnit(Frozen):
    """A unit as the model hands it over; numbers of turns start at 1."""

    text: str = Field(min_length=8, max_length=240)
    turns: list[int] = Field(min_length=1, max_length=2)


class ProposedUnits(Frozen):
    """All that a window says; none where it says nothing."""

    units: list[ProposedUnit] = Field(max_length=40)


class ModelExtractor:
    """Units by a model, and by rules where it fails.

    `tally` counts over the extractor's life: "proposed", "kept", "moved" to the turn that carries it,
    "malformed" and "unasked" windows, and refusals by their reason.
    """

    def __init__(self, helper: ChatModel, fallback: RuleExtractor, *, seed: int = 0) -> None:
        self._helper = helper
        self._fallback = fallback
        self._seed = seed
        self._tokenizer = Tokenizer()
        self.tally: Counter[str] = Counter()

    def extract(self, turns: Sequence[Turn], before: Sequence[Turn], *, scope: str) -> list[MemoryUnit]:
        """See `UnitExtractor`. While the model cannot be asked, rules alone draw units."""
        by_rules = self._fallback.extract(turns, before, scope=scope)
        circle = Circle.of([*before, *turns])
        shown = {
            turn.id: text
            for turn in turns
            # Of a task only what its giver says of himself is kept, and that the rules see.
            if (text := sayable(turn, self._fallback.machines)) and not gives_task(text, circle)
        }
        if not shown:
            return by_rules
        said = [turn for turn in turns if turn.id in shown]
        try:
            proposed = self._ask(said, before, shown)
        except (MalformedReply, ContextOverflow) as error:
            logger.info("units by rules turns=%d: %s", len(said), error)
            self.tally["malformed"] += 1
            return by_rules
        except LMError as error:
            logger.warning("the helper cannot be asked, units by rules turns=%d: %s", len(said), error)
            self.tally["unasked"] += 1
            return by_rules
        units = [unit for one in proposed.units if (unit := self._checked(one, said, shown, circle, scope))]
        units += self._overlooked(by_rules, units, circle)
        order = {turn.id: place for place, turn in enumerate(turns)}
        return sorted({unit.id: unit for unit in units}.values(), key=lambda unit: order[unit.parents[0]])

    def _overlooked(
        self, by_rules: Sequence[MemoryUnit], by_model: Sequence[MemoryUnit], circle: Circle
    ) -> list[MemoryUnit]:
        """Units of the rules most of whose words the model's units of the same turn lack."""
        said: dict[str, set[str]] = {}
        for unit in by_model:
            for parent in unit.parents:
                said.setdefault(parent, set()).update(self._stems(unit.text, circle))
        return [
            unit
            for unit in by_rules
            if 2 * len((own := self._stems(unit.text, circle)) & said.get(unit.parents[0], set())) <= len(own)
        ]

    def _stems(self, text: str, circle: Circle) -> set[str]:
        return set(self._tokenizer.words(circle.without_speakers(text)))

    def _ask(self, turns: Sequence[Turn], before: Sequence[Turn], shown: Mapping[str, str]) -> ProposedUnits:
        numbered = [
            f"[{number}] {turn.speaker}: {_dated(shown[turn.id], turn)}" for number, turn in enumerate(turns, start=1)
        ]
        earlier = [f"{turn.speaker}: {' '.join(text.split())}" for turn in before if (text := sayable(turn))]
        day = " to ".join(dict.fromkeys(day_name(turn.at) for turn in (turns[0], turns[-1])))
        messages = render("atomic_units", before="\n".join(earlier) or "(nothing)", day=day, turns="\n".join(numbered))
        schema = ProposedUnits.model_json_schema()
        schema["$defs"]["ProposedUnit"]["properties"]["turns"]["items"] |= {"minimum": 1, "maximum": len(turns)}
        request = ChatRequest(
            messages=messages,
            max_tokens=_TOKENS + _TOKENS_PER_TURN * len(turns),
            temperature=0.0,
            seed=self._seed,
            json_schema=JsonSchema(name="atomic_units", schema_text=json.dumps(schema)),
        )
        return ask_for_json(self._helper, request, ProposedUnits)

    def _checked(
        self, proposed: ProposedUnit, turns: Sequence[Turn], shown: Mapping[str, str], circle: Circle, scope: str
    ) -> MemoryUnit | None:
        """The unit; None where the check finds a reason against it, which is counted."""
        self.tally["proposed"] += 1
        text = " ".join(proposed.text.split())
        reason = self._reason_against(text, proposed.turns, turns, shown, circle)
        numbers: Sequence[int] = proposed.turns
        if reason in _ELSEWHERE:
            # Small models miscount; a turn that carries the unit alone is where it comes from.
            right = [n for n in range(1, len(turns) + 1) if not self._reason_against(text, [n], turns, shown, circle)]
            if len(right) == 1:
                numbers, reason = right, ""
                self.tally["moved"] += 1
        if reason:
            self.tally[reason] += 1
            logger.debug("refused unit: %s", reason)
            return None
        self.tally["kept"] += 1
        return _unit(text, [turns[number - 1] for number in dict.fromkeys(numbers)], circle, scope)

    def _reason_against(
        self,
        text: str,
        numbers: Sequence[int],
        turns: Sequence[Turn],
        shown: Mapping[str, str],
        circle: Circle,
    ) -> str:
        if not all(1 <= number <= len(turns) for number in numbers):
            return "no such turn"
        if speaks_to_machine(text) or is_order(text) or is_code(text) or text.endswith(("?", ":")):
            return "an order or a question"
        parents = [turns[number - 1] for number in numbers]
        if (subject := circle.first_speaker_in(text)) and subject not in {turn.speaker for turn in parents}:
            return _OF_ANOTHER
        evidence = "\n".join(
            f"{turn.speaker}: {_dated(shown[turn.id], turn)} ({day_name(turn.at)})" for turn in parents
        )
        people = " ".join(circle.speakers)
        if len(_content(circle.without_speakers(covered(text)))) < _SAYS:
            return "nothing said"
        if unsupported_names(text, f"{evidence}\n{people}", lexicon=common_words(evidence)):
            return "a name that its turns lack"
        if not _figures(text) <= _figures(evidence):
            return "a figure that its turns lack"
        if NEGATION.search(text) and not NEGATION.search(evidence):
            return "a negation that its turns lack"
        stems = set(self._tokenizer.words(text))
        known = set(self._tokenizer.words(f"{evidence}\n{people}"))
        return "" if stems and len(stems & known) >= _SHARED * len(stems) else "words that its turns lack"


def _content(text: str) -> set[str]:
    return {word for word in content_words(text) if not word.isdigit()}


def _dated(text: str, turn: Turn) -> str:
    return with_meanings(" ".join(text.split()), turn.at)


def _figures(text: str) -> set[str]:
    """Figures without separators and leading zeros: a month of an ISO date is the number of a month."""
    return {figure.replace(",", "").lstrip("0") for figure in FIGURE.findall(text)}


def _unit(text: str, parents: Sequence[Turn], circle: Circle, scope: str) -> MemoryUnit:
    """The unit; behind its speaker's name where it names none of those who said it, or says "I"."""
    speakers = list(dict.fromkeys(turn.speaker for turn in parents))
    names = circle.names(text)
    if speaks_as_i(text) or not any(speaker.split()[0] in text for speaker in speakers):
        text = f"{speakers[0]}: {text}"
    at = max(turn.at for turn in parents)
    return MemoryUnit(
        scope=scope,
        kind="statement",
        text=text,
        at=at,
        parents=tuple(turn.id for turn in parents),
        times=tuple(phrase.interval for phrase in resolve_times(text, at)),
        persons=circle.persons(text, speakers[0], names),
        entities=tuple(dict.fromkeys((*names, *speakers))),
    )
