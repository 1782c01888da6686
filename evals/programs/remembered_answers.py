"""Answers about long conversations by one reader: from a memory's units, from whole turns, or from all that fits."""

from collections.abc import Callable, Sequence

from agent.short_answers import ANSWER_TOKENS, cleaned
from evals.bench import Bench, Program, Unparsed
from evals.datasets.conversations import turns_of
from evals.items import Item, Outcome
from evals.programs.remembering import (
    Memories,
    Shown,
    TurnSearch,
    as_text,
    cut_to,
    lived_through,
    turns_alone,
    turns_for,
    units_for,
)
from lm.types import ChatRequest
from prompts.templates import render

_OVERHEAD_TOKENS = 300  # the reader's own words, the question, and the chat template


def from_units(*, k: int | None = 0) -> Program:
    """The reader is shown units, as many as the allowance of evidence holds or as the question deserves."""
    memories = Memories(lived_through())

    def program(item: Item, bench: Bench) -> Outcome:
        shown = units_for(item, memories.of(item, bench), budget=bench.evidence_tokens, k=k)
        return _read(item, cut_to(shown, bench.evidence_tokens, bench.writer.count_tokens), bench)

    return program


def from_turns(search: TurnSearch) -> Program:
    """The reader is shown whole turns, as many as the allowance of evidence holds."""
    memories = Memories(turns_alone)

    def program(item: Item, bench: Bench) -> Outcome:
        shown = turns_for(item, memories.of(item, bench), search, bench)
        return _read(item, cut_to(shown, bench.evidence_tokens, bench.writer.count_tokens), bench)

    return program


def from_everything() -> Program:
    """The reader is shown the conversation from its beginning, cut to its window; the allowance does not bind it."""

    def program(item: Item, bench: Bench) -> Outcome:
        room = bench.writer.context_tokens - ANSWER_TOKENS - _OVERHEAD_TOKENS
        turns = [
            Shown(f"{turn.speaker}: {' '.join(turn.text.split())}", f"{turn.at.day} {turn.at:%B %Y}", (turn.id,))
            for turn in turns_of(item)
        ]
        # Thousands of tokens that begin alike for all questions of a conversation: computed anew they would take hours.
        return _read(item, cut_to(turns, room, bench.writer.count_tokens), bench, reuse_prefix=True)

    return program


def _read(item: Item, shown: Sequence[Shown], bench: Bench, *, reuse_prefix: bool | None = None) -> Outcome:
    evidence = "\n".join(as_text(shown)) or "(nothing)"
    request = ChatRequest(
        messages=render("conversation_answer", evidence=evidence, question=item.text),
        max_tokens=ANSWER_TOKENS,
        temperature=0.0,
        seed=bench.seed,
        reuse_prefix=reuse_prefix,
    )
    reply = bench.writer.chat(request).text
    answer = cleaned(reply)
    if not answer:
        raise Unparsed(f"the reply has no answer in it: {reply[:80]!r}")
    turns = sorted({id_ for one in shown for id_ in one.turns})
    tokens = bench.writer.count_tokens(evidence)
    return Outcome(text=answer, evidence_tokens=tokens, details={"turns": list(turns)})


Programs = dict[str, Callable[[], Program]]
PROGRAMS: Programs = {
    "units": lambda: from_units(),
    "units-by-complexity": lambda: from_units(k=None),
    "turns-hybrid": lambda: from_turns("hybrid"),
    "full-context": from_everything,
}
