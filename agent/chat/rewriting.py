"""A question made self-contained from the conversation: "and in 2021?" asks what was asked before, of another year.

By rules; a writer that is not very small is asked where a rule sees that the question leans on what came before, and
is believed only where it brings no name and no figure of its own.
"""

import re
from collections.abc import Sequence
from typing import Literal

from agent.chat.antecedents import Asked, leans_on_names, with_names
from agent.draft import is_very_small
from lm.errors import BudgetExceeded
from lm.types import ChatModel, ChatRequest, Frozen
from prompts.instructions import looks_like_instruction
from prompts.templates import render
from retrieval.names import proper_names, unmentioned_names

_REPLY_TOKENS, _MOST_WORDS, _SHOWN_BEFORE = 80, 60, 3
_WH = r"why|when|where|who|whom|whose|which|what|how"
_AUXILIARY = re.compile(
    r"\b(?:did|does|do|was|were|is|are|has|have|had|can|could|will|would|should|may|might)\b", re.IGNORECASE
)
_JOINED = re.compile(r"^(?:(?:and|but|or|so|also|then|ok(?:ay)?)[,\s]+)+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about\s+", re.IGNORECASE)
_BARE = re.compile(
    r"^(?P<wh>why|when|where|who|by whom|since when|until when|how(?! (?:come|so)\b)(?: [a-z]+)?|"
    r"(?:(?:in|on|at|by|for|since) )?(?:what|which) (?:year|month|day|date|time|place|town|company|person))"
    r"(?: (?:not|exactly))?\W*$",
    re.IGNORECASE,
)
_WHY_THAT = re.compile(
    r"^(?P<wh>why|when|where|how) (?:did|was|is|has) (?:this|that|it) (?:happen(?:ed)?|so|the case|come about)\W*$",
    re.IGNORECASE,
)
_OPENS_QUESTION = re.compile(
    rf"^(?:(?:in|on|at|by|for|from|to|of|with|since|until)\s+)?(?:{_WH}|did|does|do|was|were|is|are|has|have|had|can|"
    r"could|will|would|should|list|name|tell|give|show|explain|describe|compare|find)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,-])(?:1[5-9]|20|21)\d\d(?![\d.,]*\d)")
_NUMBERED = re.compile(r"\b([A-Za-z]{3,}) (\d+)\b")
_CODE = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])\w[\w-]*\w\b")
_PREPOSITION = re.compile(r"^(?:in|on|at|by|for|from|to|of|with|during|since|until|after|before|under|near)\b", re.I)
_FIGURE = re.compile(r"\d[\d.,]*")
_FRAGMENT_WORDS = 6


class Understood(Frozen):
    """The question to look up, and who made it so; "" where it stands as it was asked."""

    question: str
    by: Literal["", "rules", "model"] = ""


def understood(question: str, before: Sequence[Asked], writer: ChatModel, *, seed: int) -> Understood:
    """The question as it is to be looked up, in the light of what was asked before it, the newest last."""
    if not before or not leans(question):
        return Understood(question=question)
    if not is_very_small(writer):
        said = _asked_of(writer, question, before, seed)
        if said is not None and said != question:
            return Understood(question=said, by="model")
    rewritten = self_contained(question, before)
    return Understood(question=rewritten, by="rules" if rewritten != question else "")


def leans(question: str) -> bool:
    """Whether the question cannot be understood alone, as far as its form shows."""
    return _fragment(question) is not None or _bare(question) is not None or leans_on_names(question)


def self_contained(question: str, before: Sequence[Asked]) -> str:
    """By rules: a bare "why?" takes the last question's matter, a fragment its place in it, a pronoun its name."""
    last = before[-1].question
    if (bare := _bare(question)) is not None:
        return _asked_anew(bare, last)
    if (fragment := _fragment(question)) is not None:
        return _put_into(last, with_names(fragment, before))
    return with_names(question, before)


def _bare(question: str) -> str | None:
    rest = _JOINED.sub("", question.strip())
    match = _BARE.match(rest) or _WHY_THAT.match(rest)
    return match["wh"] if match else None


def _fragment(question: str) -> str | None:
    """What a question consists of that has no verb of its own: "in 2021", "the turbines"."""
    stripped = question.strip().rstrip("?!. ")
    rest = _JOINED.sub("", stripped)
    about = _ABOUT.sub("", rest)
    if about != rest:
        return about
    has_verb = _OPENS_QUESTION.match(rest) or _AUXILIARY.search(rest)
    is_joined = rest != stripped
    if rest and not has_verb and question.strip().endswith("?") and (is_joined or _PREPOSITION.match(rest)):
        return rest if len(rest.split()) <= _FRAGMENT_WORDS else None
    return None


def _asked_anew(wh: str, last: str) -> str:
    """ "Why?" after "On which date did Krenn resign?" is "Why did Krenn resign?"."""
    auxiliary = _AUXILIARY.search(last)
    asked = wh[:1].upper() + wh[1:]
    return f"{asked} {last[auxiliary.start() :]}" if auxiliary else f"{asked}: {last}"


def _put_into(last: str, fragment: str) -> str:
    """The last question with the fragment in the place of its like: a year, a numbered thing, a code, a name."""
    for pattern in (_NUMBERED, _YEAR, _CODE):
        new, old = pattern.search(fragment), list(pattern.finditer(last))
        if pattern is _NUMBERED and new:
            old = [match for match in old if match[1].lower() == new[1].lower()]
        if new and old:
            return last[: old[-1].start()] + new.group() + last[old[-1].end() :]
    names, places = proper_names(f"of {fragment}"), proper_names(last)
    places = [name for name in places if name.start > 0]
    if names and places:
        at = places[-1]
        shown = f"of {fragment}"[names[0].start : names[0].end]
        return last[: at.start] + shown + last[at.end :]
    joint = " " if _PREPOSITION.match(fragment) else ", and "
    return f"{last.rstrip('?!. ')}{joint}{fragment}?"


def _asked_of(writer: ChatModel, question: str, before: Sequence[Asked], seed: int) -> str | None:
    """The writer's rewriting; None where it cannot be had or brings something of its own."""
    shown = "\n".join(f"Q: {one.question}\nA: {one.answer}" for one in before[-_SHOWN_BEFORE:])
    request = ChatRequest(
        messages=render("self_contained_question", conversation=shown, question=question),
        max_tokens=_REPLY_TOKENS,
        seed=seed,
    )
    try:
        reply = writer.chat(request).text.strip()
    except BudgetExceeded:  # the rules cost nothing
        return None
    line = next((line.strip(' "“”*`') for line in reply.splitlines() if line.strip()), "")
    line = re.sub(r"^(?:Q|Question|Rewritten question):\s*", "", line)
    return line if _is_believable(line, f"{shown}\n{question}") else None


def _is_believable(line: str, known: str) -> bool:
    if not line.endswith("?") or len(line.split()) > _MOST_WORDS or looks_like_instruction(line):
        return False
    figures = {figure.rstrip(".,") for figure in _FIGURE.findall(known)}
    return not unmentioned_names(line, known) and all(
        figure.rstrip(".,") in figures for figure in _FIGURE.findall(line)
    )
