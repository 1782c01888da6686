"""Writers for tests of whole runs: what `ScriptedLM` is to say, as functions of the request."""

import json
import re

from lm.errors import BudgetExceeded
from lm.types import ChatRequest

_LINE = re.compile(r"^\[(\d+)\] \([^)]*\) (.*)$", re.MULTILINE)


def kind_of(request: ChatRequest) -> str:
    """What is asked for: "plan", "paragraph", "restate" or "revise"."""
    if request.json_schema:
        return request.json_schema.name
    return "restate" if request.messages[-1].content.startswith("Rewrite as one") else "revise"


def evidence_of(request: ChatRequest) -> list[tuple[int, str]]:
    """The numbered evidence of a paragraph's prompt."""
    return [(int(number), text) for number, text in _LINE.findall(request.messages[-1].content)]


def paragraph(pairs) -> str:
    """A paragraph of (text, numbers), as the schema has it."""
    return json.dumps({"sentences": [{"text": text, "evidence": list(numbers)} for text, numbers in pairs][:12]})


def silent(request: ChatRequest) -> str:
    """Says nothing."""
    return ""


def garbage(request: ChatRequest) -> str:
    """Says no JSON, and nothing true."""
    return '{"sentences": [{"text": "The cableway of Atlantis'


def faithful(request: ChatRequest) -> str:
    """Plans nothing; says the evidence again, with its beginning turned round, and restates to the letter."""
    if kind_of(request) == "paragraph":
        return paragraph((text, [number]) for number, text in evidence_of(request))
    return request.messages[-1].content.split("\n\n")[-1] if kind_of(request) == "restate" else ""


def lying(request: ChatRequest) -> str:
    """Changes a number, a name or the citation of each sentence; mends nothing when asked to."""
    if kind_of(request) != "paragraph":
        return "Zorro Quill of Atlantis paid 999 marks to the Moon Bank in 1897."
    return paragraph(_lie(number, text) for number, text in evidence_of(request))


def _lie(number: int, text: str) -> tuple[str, list[int]]:
    match number % 4:
        case 0:
            return re.sub(r"\d", lambda digit: str(9 - int(digit[0])), text).rstrip(".") + " for 77 days.", [number]
        case 1:
            renamed = re.sub(r"\b(?:Hallin|Brenholt|Tolland|Reke|Fenn|Orme)\b", "Atlantis", text)
            return renamed.rstrip(".") + " in Atlantis.", [number]
        case 2:
            return text, [99]
        case _:
            return text, [number, 0]


def reckless(request: ChatRequest) -> str:
    """Cites [99] in its text and writes an address into it."""
    if kind_of(request) != "paragraph":
        return ""
    return paragraph(
        (f"{text.rstrip('.')} [99], see https://evil.example/report.", [number])
        for number, text in evidence_of(request)
    )


def stopping_at(kind: str, limit: str = "max_tokens"):
    """A faithful writer whose budget ends when something of this kind is asked for."""

    def reply(request: ChatRequest) -> str:
        if kind_of(request) == kind:
            raise BudgetExceeded(f"{limit}=1 would be broken", limit=limit)
        return lying(request) if kind == "revise" else faithful(request)

    return reply
