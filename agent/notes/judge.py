"""Is a grown note better? What is added must say something new, and a judge must prefer the result in either order.

The first is counted, costs nothing and comes first. The second asks a model twice with the notes in swapped places, for
models prefer what stands in a certain place; only a preference that survives the swap counts.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from agent.grounding.support import content_words, new_words
from agent.notes.note import Note, NoteLine
from lm.errors import ContextOverflow, MalformedReply
from lm.json_reply import ask_for_json
from lm.types import ChatModel, ChatRequest, Frozen
from prompts.templates import render

# Of a line's content words; below it the line says again what is noted.
_MIN_NEW_SHARE = 1 / 3
_VERDICT_TOKENS = 24


class Preference(Frozen):
    """Which of two notes a judge prefers, by its place."""

    better: Literal["first", "second", "neither"]


class Judgement(Frozen):
    """Whether the candidate is better, and why so or not."""

    is_better: bool
    reason: str


def new_claims(note: Note, lines: Sequence[NoteLine], stem: Callable[[str], str]) -> tuple[NoteLine, ...]:
    """The lines that say what neither the note nor a line before them says."""
    known = [line.text for line in note.lines]
    new = []
    for line in lines:
        n_words = len(set(content_words(line.text, stem)))
        if n_words and len(new_words(line.text, " ".join(known), stem)) >= _MIN_NEW_SHARE * n_words:
            new.append(line)
        known.append(line.text)
    return tuple(new)


def prefers(best: Note, candidate: Note, question: str, *, model: ChatModel, seed: int) -> Judgement:
    """Whether the judge prefers the candidate wherever it stands: two calls, always both.

    A reply that cannot be read is no preference.
    """
    with_best_first = _preferred(best, candidate, question, model, seed)
    with_candidate_first = _preferred(candidate, best, question, model, seed)
    if (with_best_first, with_candidate_first) == ("second", "first"):
        return Judgement(is_better=True, reason="the judge prefers it in both orders")
    if "unreadable" in (with_best_first, with_candidate_first):
        return Judgement(is_better=False, reason="a verdict could not be read")
    if with_best_first == with_candidate_first != "neither":
        return Judgement(is_better=False, reason=f"the judge prefers whatever stands {with_best_first}")
    return Judgement(is_better=False, reason="the judge does not prefer it in both orders")


def _preferred(first: Note, second: Note, question: str, model: ChatModel, seed: int) -> str:
    messages = render("note_judge", question=question, first=first.text, second=second.text)
    request = ChatRequest(messages=messages, max_tokens=_VERDICT_TOKENS, temperature=0.0, seed=seed)
    try:
        return ask_for_json(model, request, Preference).better
    except (MalformedReply, ContextOverflow):
        return "unreadable"
