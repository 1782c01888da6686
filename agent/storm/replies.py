"""What a small model meant: a question, an answer or headings, found in whatever it wrote around them.

Replies are asked for in lines, not in JSON: there is less to get wrong, and fewer tokens to pay for. JSON is
understood all the same. Nothing is asked for twice: what cannot be read is refused, and the plan goes on without it.
"""

import json
import re

from agent.headings import cleaned_headings, names_a_part
from lm.json_text import extract_json
from prompts.instructions import oversteps, steers
from prompts.plain_text import plain
from prompts.sentences import sentence_spans

_MAX_ANSWER_SENTENCES = 4
_MIN_QUESTION_WORDS, _MAX_QUESTION_CHARS = 4, 240
_MAX_HEADING_WORDS, _MAX_HEADING_CHARS = 10, 90
_LABEL = re.compile(r"^\W*(?:(?:next |my |your )?question|writer|interviewer|q)\s*\d*\s*[:.)]\s*", re.IGNORECASE)
_ANSWER_LABEL = re.compile(r"^\W*(?:(?:my |your )?answer|expert|a)\s*:\s*", re.IGNORECASE)
_THANKS = re.compile(r"^\W*(?:thank|no (?:more|further) questions?|nothing (?:else|is left))", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"\b(?:I|we) (?:do not|don['’]t) know\b|\bcannot (?:be )?(?:find|found|answer)|"
    r"\b(?:sentences|documents|text|passages?|sources?|evidence|information)\b[^.]{0,30}"
    r"\b(?:do|does|did|is|are) not (?:say|mention|answer|contain|provide|state|give|include|specify|available)|"
    r"^\W*(?:unknown|none|not (?:stated|mentioned|known|available))\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\s*\[\s*(\d{1,2}(?:\s*[,;]\s*\d{1,2})*)\s*\]")


def ends_talk(reply: str) -> bool:
    """Whether the writer has no more questions."""
    return bool(_THANKS.match(reply)) and "?" not in reply


def question_in(reply: str) -> str | None:
    """The first question of a reply; None where there is none that could be asked of a search."""
    text = " ".join(_strings(reply)) or reply
    for line in text.splitlines():
        line = _LABEL.sub("", plain(line)).strip("\"“”' ")
        for start, end in sentence_spans(line):
            asked = _LABEL.sub("", line[start:end]).strip('"“” ')
            if not asked.endswith("?") or oversteps(asked):
                continue
            if len(asked.split()) >= _MIN_QUESTION_WORDS and len(asked) <= _MAX_QUESTION_CHARS:
                return asked
    return None


def says_unknown(reply: str) -> bool:
    """Whether the expert says that it does not know."""
    return bool(_UNKNOWN.search(reply))


def answer_in(reply: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of an answer with the numbers that they cite, from 1; not those that say that nothing is known.

    A sentence cut off at the end is left out: what it would have said is not known.
    """
    text = _ANSWER_LABEL.sub("", " ".join(" ".join(_strings(reply) or reply.splitlines()).split()))
    said: list[tuple[str, tuple[int, ...]]] = []
    for piece in _pieces(text):
        numbers = tuple(dict.fromkeys(int(n) for found in _NUMBERS.findall(piece) for n in re.findall(r"\d+", found)))
        sentence = re.sub(r"\s+([.,;!?])", r"\1", _NUMBERS.sub("", piece)).strip(" -*•")
        is_whole = bool(re.search(r"[.!]['\"”’)]*$", sentence)) or bool(numbers)
        if is_whole and not says_unknown(sentence):
            said.append((sentence, numbers))
    return said[:_MAX_ANSWER_SENTENCES]


def headings_in(reply: str, most: int) -> list[str]:
    """The first so many headings of a reply, each on a line or in a list of JSON; nothing that is a sentence, nothing
    twice, and no introduction or conclusion, which a report has anyway."""
    kept: dict[str, str] = {}
    for heading in cleaned_headings(_strings(reply) or reply.splitlines()):
        is_short = len(heading) <= _MAX_HEADING_CHARS and len(heading.split()) <= _MAX_HEADING_WORDS
        is_sentence = heading[-1:] in ("?", "!")
        if is_short and names_a_part(heading) and not is_sentence and not steers(heading):
            kept.setdefault(heading.casefold(), heading)
    return list(kept.values())[:most]


def _pieces(text: str) -> list[str]:
    """Sentences; a citation that stands behind a full stop goes with the sentence before it."""
    moved = re.sub(r"([.!])((?:\s*\[\d[\d,; ]*\])+)", r"\2\1", text)
    return [moved[start:end] for start, end in sentence_spans(moved)]


def _strings(reply: str) -> list[str]:
    """The texts in the JSON of a reply, in order, without keys; none where there is no JSON of that kind."""
    found = extract_json(reply) if re.match(r"^\s*(?:```|[{\[]\s*[\"{\[])", reply) else None
    return _leaves(json.loads(found)) if found else []


def _leaves(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [leaf for part in parts for leaf in _leaves(part)]
