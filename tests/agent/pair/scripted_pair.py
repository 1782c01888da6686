"""Writers and helpers for tests of the pair: what `ScriptedLM` is to say, as functions of the request."""

import json
import re
from collections.abc import Callable, Sequence

from lm.types import ChatRequest
from tests.agent import scripted_writers as writers
from tests.agent.scripted_writers import kind_of

_LINE = re.compile(r"^\[(\d+(?:, \d+)*)\] (?:\([^)]*\) )?(.*)$", re.MULTILINE)
_TAIL = re.compile(r" (?:to|by|without|because|that it|before|between|after) [^.]*\.$")

Say = Callable[[ChatRequest], str]


def numbers_in(line: str) -> list[int]:
    """The numbers before a line."""
    found = _LINE.match(line)
    return [int(number) for number in found[1].split(", ")] if found else []


def lines_of(request: ChatRequest) -> list[tuple[list[int], str]]:
    """The numbered lines of a prompt: numbers, and what the line says."""
    return [
        ([int(number) for number in numbers.split(", ")], text)
        for numbers, text in _LINE.findall(request.messages[-1].content)
    ]


def as_found(numbers: Sequence[int] = (), notes: Sequence[tuple[str, Sequence[int]]] = ()) -> str:
    """What a helper hands over."""
    return json.dumps(
        {
            "statements": list(numbers),
            "notes": [{"text": text, "statements": list(stands_on)} for text, stands_on in notes][:3],
        }
    )


def keeping_all(request: ChatRequest) -> str:
    """Keeps every statement, notes nothing."""
    return as_found([numbers[0] for numbers, _ in lines_of(request)])


def keeping_first(request: ChatRequest) -> str:
    """Keeps the first statement of each source."""
    return as_found([1])


def keeping_none(request: ChatRequest) -> str:
    """Finds nothing."""
    return as_found()


def noting(request: ChatRequest) -> str:
    """Notes each statement without its last part, and keeps those that have none to lose."""
    shortened = [(_TAIL.sub(".", text), numbers) for numbers, text in lines_of(request)]
    whole = {text for _, text in lines_of(request)}
    return as_found(
        [numbers[0] for text, numbers in shortened if text in whole],
        [(text, numbers) for text, numbers in shortened if text not in whole],
    )


LIE = "Zorro Quill of Atlantis paid 999 marks to the Moon Bank in 1897."


def lying(request: ChatRequest) -> str:
    """Notes what no statement says."""
    return as_found([1], [(LIE, [1, 2])])


def garbage(request: ChatRequest) -> str:
    """Says no JSON."""
    return '{"statements": [1, 2'


def writer_asking(*rounds: Sequence[str]) -> Say:
    """A faithful writer that asks these questions, a round each, and then nothing."""

    def say(request: ChatRequest) -> str:
        prompt = request.messages[-1].content
        if kind_of(request) == "pair_questions":
            open_rounds = [questions for questions in rounds if not any(f"- {one}\n" in prompt for one in questions)]
            return json.dumps({"questions": list(open_rounds[0]) if open_rounds else []})
        if kind_of(request) == "paragraph":
            return writers.paragraph((text, numbers) for numbers, text in lines_of(request))
        return writers.faithful(request)

    return say
