"""A writer's paragraph as it is read: whole sentences one by one, also out of a reply that broke off.

Small writers put several sentences where one was asked for, break off where a text's length ends, and say the same
again until their tokens end. What is whole of it has been paid for. Nothing here is believed.
"""

import json
import re
from typing import NamedTuple

from pydantic import Field, ValidationError

from agent.allocate import folded
from agent.entropy.sentences import text_places
from lm.types import Frozen, JsonSchema
from prompts.sentences import sentence_spans

_MAX_TEXT = 420  # characters asked for; what is longer is read all the same
_META = re.compile(
    r"^(?:here(?: is|'s)|sure|rewritten|sentence|note|answer|rewrite|output)\b[^:]{0,40}:\s*", re.IGNORECASE
)
_MARKER = re.compile(r"\s*\[\d+(?:\s*[,;]\s*\d+)*\]")
ENDS = re.compile(r"[.!?]['\"”’)\]]*$")


class DraftedSentence(Frozen):
    """A sentence as the writer hands it over; `evidence` numbers start at 1."""

    text: str = Field(min_length=12)
    evidence: list[int] = Field(min_length=1, max_length=4)


class DraftedParagraph(Frozen):
    """A paragraph as the writer hands it over."""

    sentences: list[DraftedSentence] = Field(min_length=1)


class Said(NamedTuple):
    """A whole sentence, its evidence's numbers, and which of the reply's texts it is from, from 0; None: not found."""

    text: str
    evidence: tuple[int, ...]
    item: int | None


def paragraph_schema(most_sentences: int, *, n_evidence: int) -> JsonSchema:
    """The form that a paragraph is asked for in: so many sentences, so many numbers to cite."""
    schema = DraftedParagraph.model_json_schema()
    schema["properties"]["sentences"]["maxItems"] = most_sentences
    properties = schema["$defs"]["DraftedSentence"]["properties"]
    properties["text"] |= {"maxLength": _MAX_TEXT}
    properties["evidence"]["items"] |= {"minimum": 1, "maximum": n_evidence}
    return JsonSchema(name="paragraph", schema_text=json.dumps(schema))


def rescued(text: str) -> DraftedParagraph | None:
    """The sentences that are whole in a reply that broke off or has bad ones among them; None where none is."""
    decoder, found = json.JSONDecoder(), []
    at = text.find("{", text.find("[") + 1)
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            found.append(DraftedSentence.model_validate(value))
        except ValidationError:
            pass
        except (json.JSONDecodeError, RecursionError):
            break
        at = text.find("{", end)
    return DraftedParagraph(sentences=found) if found else None


def sentences_said(paragraph: DraftedParagraph, reply: str) -> list[Said]:
    """Each sentence of the paragraph once. Of a text of several, what is no whole one is left out."""
    said: dict[str, Said] = {}
    for drafted, item in zip(paragraph.sentences, _items(paragraph, reply), strict=True):
        numbers = tuple(dict.fromkeys(drafted.evidence))
        for text in _parted(clean(drafted.text)):
            said.setdefault(folded(text), Said(text, numbers, item))
    return list(said.values())


def _items(paragraph: DraftedParagraph, reply: str) -> list[int | None]:
    """Which text of the reply each sentence is: those that were no good are counted too, for their tokens are there."""
    decoder, texts = json.JSONDecoder(), []
    for place in text_places(reply):
        try:
            texts.append(decoder.raw_decode(reply, place - 1)[0])
        except json.JSONDecodeError:
            texts.append(None)
    items: list[int | None] = []
    at = 0
    for one in paragraph.sentences:
        found = next((i for i in range(at, len(texts)) if texts[i] == one.text), None)
        items.append(found)
        at = at if found is None else found + 1
    return items


def _parted(text: str) -> list[str]:
    """Whole sentences of a text; the text itself where there is no more than one of any kind."""
    parts = [text[start:end] for start, end in sentence_spans(text)]
    whole = [part for part in parts if ENDS.search(part) and not part[:1].islower()]
    return whole if len(parts) > 1 and whole else [text]


def clean(text: str) -> str:
    """A model's sentence without quotation marks around it, chatter before it and citation marks of its own."""
    line = next((line for line in text.strip().splitlines() if line.strip()), "")
    line = _META.sub("", _MARKER.sub("", line).strip())
    if len(line) > 2 and line[0] in '"“' and line[-1] in '"”' and not re.search(r"[\"“”]", line[1:-1]):
        line = line[1:-1]
    return re.sub(r"\s+", " ", line).strip()
