"""Takes texts out of what is kept: of prose its length is left, of JSON its shape.

Knows which words are the program's own. Must not know where anything is kept; keys are `agent.redacting`'s.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """What stays of a JSON value, by the key that it stands under; the length is left of every other text.

    Attributes:
        own: Words of the program: names of things, states, reasons out of a fixed list.
        prose: Messages of the program, which lose what they quote.
        whole: Values that stay, but for what the user asked for in words (`WISHES`).
    """

    own: Collection[str] = ()
    prose: Collection[str] = ()
    whole: Collection[str] = ()


WISHES = frozenset(("section_titles", "avoid", "mention", "audience", "documents"))  # settings, by the end of their key


EVENT = Rule(
    own=("at", "name", "block", "stage", "role", "model", "finish", "error", "stops", "version", "status", "by",
         "foraging", "granularity", "saturation_sign"),
)  # fmt: skip
ERROR = Rule(own=("at", "type"), prose=("message", "hint"))
PLAN = Rule(own=("id", "block", "kind", "status"))
MANIFEST = Rule(
    own=("run_id", "mode", "started_at", "version", "python"), whole=("config", "packages", "prompts", "schemas")
)
# Of sections and blocks, as this program counts them: an id of evidence is the path of a document, one of a user's plan
# may be a word of theirs.
_COUNTED = re.compile(r"[a-z]\d{1,3}(?:[a-z]\d{1,3})*")
_MOST_CHARS = 100  # of an own word: a longer one is none of ours
_QUOTED = re.compile(r"'[^'\n]{13,}'|\"[^\"\n]{13,}\"|“[^”\n]{13,}”|`[^`\n]{60,}`")
_MOST_PROSE = 400


def shape(value: object, rule: Rule) -> object:
    """A JSON value without its texts: numbers, switches and what `rule` says stay."""
    if isinstance(value, str):
        return length_of(value)
    if isinstance(value, Mapping):
        return {key: _under(key, inner, rule) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [shape(inner, rule) for inner in value]
    return value


def _under(key: str, value: object, rule: Rule) -> object:
    if key in rule.whole:
        return without_wishes(value)
    if isinstance(value, str) and key in rule.prose:
        return said(value)
    if isinstance(value, str) and key in rule.own and len(value) <= _MOST_CHARS:
        return value if key != "id" or _COUNTED.fullmatch(value) else length_of(value)
    return shape(value, rule)


def without_wishes(value: object) -> object:
    """Settings without the words of the user's wishes."""
    if isinstance(value, Mapping):
        return {key: shape(inner, Rule()) if key in WISHES else without_wishes(inner) for key, inner in value.items()}
    return value


def length_of(text: str) -> str:
    """What stands in the place of a text."""
    return f"<{len(text)} characters>" if text else ""


def said(message: str) -> str:
    """A message of the program without what it quotes: its beginning, for one that goes on for long."""
    without = _QUOTED.sub(lambda quoted: length_of(quoted[0][1:-1]), message)
    return without if len(without) <= _MOST_PROSE else f"{without[:_MOST_PROSE]} {length_of(without[_MOST_PROSE:])}"


def without(text: str, phrases: Collection[str], stand_in: str) -> str:
    """`text` with a word in the place of each of these phrases, longest first."""
    for phrase in sorted(phrases, key=len, reverse=True):
        text = text.replace(phrase, stand_in)
    return text
