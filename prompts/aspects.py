"""What is usually told under a common name: no sentence speaks like "Aftermath", some speak like "arrests, repairs".

Query expansion by hand: a heading of one word lies far from its own text in any embedding. The senses are of this
project; they were written without looking at the texts that they are measured on.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_MAX_WORDS = 6  # a longer heading says itself what it is about
_SEPARATED = re.compile(r"(?::|\s[–—-])\s+(?P<part>[^:,–—]+)$")
_OF = re.compile(r"^(?:the\s+)?(?P<part>[^:,]+?)\s+(?:of|in|at|on|after|during|for|from|behind|to|by)\s", re.IGNORECASE)


@cache
def _senses() -> Mapping[str, str]:
    senses: dict[str, str] = tomllib.loads(files("prompts").joinpath("aspects.toml").read_text("utf-8"))["senses"]
    return senses


@cache
def _forms() -> Mapping[str, re.Pattern[str]]:
    """What each key matches. A beginning is not enough: "insurgency" is no insurance, and a castle has no cast."""
    return {key: re.compile(rf"\b{key}(?:e?s|e?d|ing)?\b", re.IGNORECASE) for key in _senses()}


def sense_of(name: str) -> str:
    """What is usually told under this heading, in words of such text; empty where the heading is long or unknown."""
    if len(name.split()) > _MAX_WORDS:
        return ""
    found = [(match.group(), key) for key, form in _forms().items() for match in form.finditer(name)]
    return _senses()[max(found, key=lambda one: len(one[0]))[1]] if found else ""


def part_asked(topic: str) -> str:
    """The one part of its subject that a topic asks for ("Storm Eunice: impact", "Causes of the fire"); else empty."""
    if match := _SEPARATED.search(topic):
        return match["part"].strip() if len(match["part"].split()) <= _MAX_WORDS else ""
    match = _OF.match(topic)
    part = match["part"].strip() if match else ""
    return part if sense_of(part) else ""
