"""A helper that reads statements for a question: which of them matter, and what they say in fewer words.

The helper hands over numbers and notes; a note stands only if the statements that it names carry it, by the checks that
a sentence of a report has to pass (`agent.verify`). Knows prompts and checks; not whose statements they are, nor what
becomes of what is kept.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agent.draft import Candidate, whole_sentence
from agent.grounding.support import new_words
from agent.pair.lines import plain_sheet, unit_tokens
from agent.pair.records import Found, Unit
from agent.verify import Verifier
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen, JsonSchema
from prompts.statements import Statement
from prompts.templates import render

# MinionS (arXiv 2502.15964) cuts at 3,000 characters: small models lose the thread in longer ones.
_JOB_TOKENS = 800
_MAX_NOTES = 3
# A 1.5 B model copies single statements as notes, which costs most of its reply and condenses nothing, so the schema
# asks for two. A note on one is read all the same.
_MIN_NOTE_SOURCES, _MAX_NOTE_SOURCES = 2, 4
_REPLY_TOKENS = 360
_OVERHEAD_TOKENS = 400  # the prompt's own words, the questions, the chat template


class ProposedNote(Frozen):
    """A note as the helper hands it over; numbers of statements start at 1."""

    text: str = Field(min_length=8, max_length=300)
    statements: list[int] = Field(min_length=1, max_length=_MAX_NOTE_SOURCES)


class Proposed(Frozen):
    """What matters, as the helper hands it over."""

    statements: list[int]
    notes: list[ProposedNote] = Field(max_length=_MAX_NOTES)


@dataclass(frozen=True)
class Helper:
    """Reads for the writer.

    Attributes:
        model: Asked.
        verifier: Checks notes.
        seed: Of every call.
    """

    model: ChatModel
    verifier: Verifier
    seed: int

    def read(self, statements: Sequence[Statement], question: str) -> Found:
        """What of the statements matters for a question; positions are among them. Long ones are read in parts.

        Raises:
            MalformedReply: a reply never took the form.
            ContextOverflow: the window has no room for one statement.
            LMError: a call failed, or would break a budget.
        """
        kept: list[int] = []
        notes: list[Unit] = []
        n_failed = 0
        for part in self._parts(statements):
            found = self._read([statements[position] for position in part], question)
            kept += [part[position] for position in found.kept]
            notes += [Unit(sources=tuple(part[i] for i in note.sources), note=note.note) for note in found.notes]
            n_failed += found.n_failed
        return Found(kept=tuple(kept), notes=tuple(notes), n_failed=n_failed)

    def _parts(self, statements: Sequence[Statement]) -> list[list[int]]:
        room = min(_JOB_TOKENS, self.model.context_tokens - _REPLY_TOKENS - _OVERHEAD_TOKENS)
        parts: list[list[int]] = []
        used = 0
        for position in range(len(statements)):
            tokens = unit_tokens(Unit(sources=(position,)), statements, self.model.count_tokens)
            if not parts or used + tokens > room:
                parts.append([])
                used = 0
            parts[-1].append(position)
            used += tokens
        return parts

    def _read(self, statements: Sequence[Statement], question: str) -> Found:
        messages = render("pair_read", question=question, statements=plain_sheet(statements).text)
        request = ChatRequest(
            messages=messages,
            max_tokens=_REPLY_TOKENS,
            temperature=0.0,
            seed=self.seed,
            json_schema=_schema(len(statements)),
        )
        proposed = ask_for_json(self.model, request, Proposed)
        chosen = set(proposed.statements)
        notes: dict[str, Unit] = {}
        n_failed = 0
        for note in proposed.notes:
            stands = self._checked(note, statements)
            if stands is not None:
                notes.setdefault(stands.note, stands)
            n_failed += stands is None
            # What it names and does not say mattered to the helper all the same: that is told in its own words.
            chosen |= {number for number in note.statements if stands is None or number - 1 not in stands.sources}
        kept = tuple(position for position in range(len(statements)) if position + 1 in chosen)
        return Found(kept=kept, notes=tuple(notes.values()), n_failed=n_failed)

    def _checked(self, proposed: ProposedNote, statements: Sequence[Statement]) -> Unit | None:
        """The note with those of its statements that it says something of; None where they do not carry it, or one is
        unknown."""
        sources = tuple(dict.fromkeys(number - 1 for number in proposed.statements))
        # As it is: to look for better sources, as for a report's sentence, would find the two statements that a mixture
        # was made from.
        text = whole_sentence(proposed.text)
        if not self._is_carried(text, sources, statements):
            return None
        for source in reversed(sources):
            rest = tuple(one for one in sources if one != source)
            if rest and self._is_carried(text, rest, statements):
                sources = rest
        return Unit(sources=sources, note=text)

    def _is_carried(self, text: str, sources: tuple[int, ...], statements: Sequence[Statement]) -> bool:
        """As a report's sentence has to be, and without a single word of its own: a reader who reads no more than the
        note would take that for the source's."""
        if not self.verifier.verify(Candidate(text=text, sources=sources), statements).is_supported:
            return False
        cited = [statements[at] for at in sources]
        evidence = " ".join(f"{one.title} {' '.join(one.heading_path)} {one.quote} {one.sentence}" for one in cited)
        return not new_words(text, evidence, self.verifier.stem)


def _schema(n_statements: int) -> JsonSchema:
    schema = Proposed.model_json_schema()
    bounds = {"minimum": 1, "maximum": n_statements}
    schema["properties"]["statements"] |= {"maxItems": n_statements}
    schema["properties"]["statements"]["items"] |= bounds
    of_note = schema["$defs"]["ProposedNote"]["properties"]["statements"]
    of_note |= {"minItems": _MIN_NOTE_SOURCES}
    of_note["items"] |= bounds
    if n_statements < _MIN_NOTE_SOURCES:
        schema["properties"]["notes"] |= {"maxItems": 0}
    return JsonSchema(name="pair_read", schema_text=json.dumps(schema))
