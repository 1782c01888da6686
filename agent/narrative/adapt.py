"""A model fits a schema's headings and questions to the topic: one call, each slot checked by itself.

What fails a check keeps the pattern of its schema. The model cannot add a slot, drop one or move one.
"""

import json
from collections.abc import Sequence

from pydantic import Field

from agent.headings import cleaned_heading, names_a_part
from agent.narrative.evidence import FilledSlot, Lookup
from lm.errors import MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema
from prompts.fit import fit_lines
from prompts.instructions import looks_like_instruction, oversteps, steers
from prompts.templates import render
from retrieval.types import Hit

_MAX_TITLE_LIKENESS = 0.82
_MIN_PURPOSE_LIKENESS = 0.3  # of a question to those of the pattern
_NOTES, _NOTE_CHARS, _NOTE_TOKENS = 24, 280, 1_500


class AdaptedSlot(Frozen):
    """A slot as the model would have it."""

    key: str
    title: str = Field(min_length=3, max_length=90)
    questions: list[str] = Field(min_length=1, max_length=4)


class AdaptedSlots(Frozen):
    """The model's reply."""

    slots: list[AdaptedSlot] = Field(min_length=1, max_length=12)


class Adapter:
    """Adapts filled slots by a model that has seen the first retrieval."""

    def __init__(self, writer: ChatModel, found: Sequence[Hit], lookup: Lookup, *, seed: int) -> None:
        """Begin nothing yet; `found` empty: the model sees no notes."""
        self._writer = writer
        self._found = found
        self._lookup = lookup
        self._seed = seed

    def __call__(self, filled: Sequence[FilledSlot], topic: str) -> tuple[list[FilledSlot], str]:
        """The slots with what could be adapted, and what came of it.

        Raises:
            LMError: the call failed; BudgetExceeded is one of them.
        """
        try:
            reply = ask_for_json(self._writer, self._request(filled, topic), AdaptedSlots)
        except MalformedReply as error:
            return list(filled), f"the model fitted nothing to the topic: {error}"
        proposed = {slot.key: slot for slot in reversed(reply.slots)}  # of two with one key the first counts
        adapted: list[FilledSlot] = []
        faults: list[str] = []
        for entry in filled:
            own = proposed.get(entry.slot.key)
            new = self._checked(entry, own, adapted) if own is not None else "nothing was proposed"
            if isinstance(new, str):
                faults.append(f"“{entry.title}” stays as it is: {new}")
            adapted.append(entry if isinstance(new, str) else new)
        told = f"the model fitted {len(filled) - len(faults)} of {len(filled)} to the topic"
        return adapted, told + (f" ({faults[0]})" if faults else "")

    def _checked(self, entry: FilledSlot, own: AdaptedSlot, earlier: Sequence[FilledSlot]) -> FilledSlot | str:
        title = cleaned_heading(own.title)
        questions = list(dict.fromkeys(" ".join(question.split()) for question in own.questions if question.strip()))
        questions = questions[: len(entry.evidence.questions)]
        if len(title) < 3 or not questions:
            return "the proposal is empty"
        if not names_a_part(title):
            return f"“{own.title}” names no part of a topic"
        if steers(title) or any(map(oversteps, questions)):
            return "the proposal is an order"
        asked = {question for other in earlier for question in other.evidence.questions}
        if asked.intersection(questions):
            return "it asks what another part asks"
        encode = self._lookup.embedder.encode
        if (
            earlier
            and float((encode([other.title for other in earlier]) @ encode([title])[0]).max()) > _MAX_TITLE_LIKENESS
        ):
            return f"“{title}” is like another heading"
        near = encode(questions) @ encode(list(entry.evidence.questions)).T
        if float(near.max(axis=1).min()) < _MIN_PURPOSE_LIKENESS:
            return "the proposal asks something else"
        evidence = self._lookup.evidence(entry.slot, questions)
        return evidence if isinstance(evidence, str) else FilledSlot(entry.slot, title, evidence)

    def _request(self, filled: Sequence[FilledSlot], topic: str) -> ChatRequest:
        slots = "\n".join(
            f"- {entry.slot.key}: “{entry.title}”. {entry.slot.purpose} Questions: {' '.join(entry.evidence.questions)}"
            for entry in filled
        )
        max_tokens = 60 + 130 * len(filled)
        excerpts = [(hit.title, " ".join(hit.passage.text.split())[:_NOTE_CHARS]) for hit in self._found[:_NOTES]]
        lines = [f"- ({title}) {text}" for title, text in excerpts if not looks_like_instruction(f"{title} {text}")]
        room = self._writer.context_tokens - max_tokens - self._writer.count_tokens(slots) - 500
        notes = fit_lines(lines, max_tokens=max(0, min(room, _NOTE_TOKENS)), count_tokens=self._writer.count_tokens)
        messages = render("adapt_schema", topic=topic, notes="\n".join(notes), slots=slots)
        json_schema = JsonSchema(name="slots", schema_text=json.dumps(_json_schema([e.slot.key for e in filled])))
        return ChatRequest(
            messages=messages, max_tokens=max_tokens, temperature=0.0, seed=self._seed, json_schema=json_schema
        )


def _json_schema(keys: Sequence[str]) -> dict[str, object]:
    schema = AdaptedSlots.model_json_schema()
    schema["properties"]["slots"] |= {"minItems": len(keys), "maxItems": len(keys)}
    schema["$defs"]["AdaptedSlot"]["properties"]["key"] |= {"enum": list(keys)}
    return schema
