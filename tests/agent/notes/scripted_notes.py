"""Models for tests of notes: what `ScriptedLM` is to say, by what it is asked for."""

import json
import re
from collections.abc import Callable, Iterator

from lm.scripted import ScriptedLM
from lm.types import ChatRequest

_PASSAGE = re.compile(r"^\[(\d+)\] \(([^)]*)\) (.+)$", re.MULTILINE)
_NOTES = re.compile(r"The first note:\n(.*)\n\nThe second note:\n(.*)\n\nWhich note", re.DOTALL)

Reply = Callable[[str], str]  # of the prompt


def note_model(*, lines: Reply, queries: Reply, verdict: Reply, **options: object) -> ScriptedLM:
    """A model that answers each kind of request by its own function of the prompt."""
    by_kind = {"note_lines": lines, "note_queries": queries, "Preference": verdict}
    return ScriptedLM(lambda request: by_kind[kind_of(request)](request.messages[-1].content), **options)


def kind_of(request: ChatRequest) -> str:
    assert request.json_schema is not None
    return request.json_schema.name


def kinds(model: ScriptedLM) -> list[str]:
    return [kind_of(request) for request in model.requests]


def as_lines(*pairs: tuple[str, list[int]]) -> str:
    return json.dumps({"lines": [{"text": text, "passages": numbers} for text, numbers in pairs]})


def shown(prompt: str) -> list[tuple[int, str]]:
    """The numbered passages of a prompt for lines."""
    return [(int(number), text) for number, _, text in _PASSAGE.findall(prompt)]


def copying(prompt: str) -> str:
    """Notes the first sentence of each passage."""
    return as_lines(*((text.split(". ")[0].rstrip(".") + ".", [number]) for number, text in shown(prompt)))


def always(text: str) -> Reply:
    return lambda prompt: text


def asking_anew() -> Reply:
    """Two queries that nobody asked before, each time."""
    numbers: Iterator[int] = iter(range(1, 1000))
    return lambda prompt: json.dumps({"queries": [f"query {next(numbers)}", f"query {next(numbers)}"]})


def prefer(place: str) -> str:
    return json.dumps({"better": place})


def notes_of(prompt: str) -> tuple[str, str]:
    """The two notes that a judge is shown."""
    found = _NOTES.search(prompt)
    assert found is not None
    return found[1], found[2]


def by_worth(worth: Callable[[str], float]) -> Reply:
    """A judge without an eye for places: the note of more worth is better."""

    def verdict(prompt: str) -> str:
        first, second = map(worth, notes_of(prompt))
        return prefer("first" if first > second else "second" if second > first else "neither")

    return verdict
