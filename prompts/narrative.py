"""Narrative schemas: how reporters, analysts and engineers lay out a text, as data to plan by and to check.

A schema is a file of `prompts/schemas/`: its slots in order, what each must answer, how much room it has, and rules of
order. Knows nothing of documents or outlines: who fills a slot, and with what, is the planner's business.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from lm.types import Frozen

RuleKind = Literal["first", "last", "before", "next to"]
Holding = Literal["dates", "figures", "names", "quotations"]

_SUFFIX = ".toml"
_TOPIC = "{topic}"
_KEY = r"[a-z][a-z_]*"
_RULE = re.compile(rf"(?P<a>{_KEY}) (?:(?P<end>first|last)|(?P<kind>before|next to) (?P<b>{_KEY}))")


class SchemaBroken(ValueError):
    """A schema file cannot be used. The message names the file and everything that is wrong in it."""


class OrderRule(Frozen):
    """One rule of order over slots: "x first", "x last", "x before y", "x next to y". Rules hold among the slots that
    are there: one that names a slot which was left out says nothing."""

    kind: RuleKind
    slots: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "OrderRule":
        """The rule that `text` writes. Raises ValueError."""
        found = _RULE.fullmatch(text.strip())
        if found is None:
            forms = "“X first”, “X last”, “X before Y” or “X next to Y”"
            raise ValueError(f"{text!r} is no rule of order; a rule is {forms}, with keys of slots")
        if found["end"]:
            return cls(kind="first" if found["end"] == "first" else "last", slots=(found["a"],))
        return cls(kind="before" if found["kind"] == "before" else "next to", slots=(found["a"], found["b"]))

    def __str__(self) -> str:
        return f"{self.slots[0]} {self.kind} {self.slots[1]}" if len(self.slots) > 1 else f"{self.slots[0]} {self.kind}"

    def holds(self, order: Sequence[str]) -> bool:
        """Whether slots in this order keep the rule; each stands there once at most."""
        if any(slot not in order for slot in self.slots):
            return True
        places = [order.index(slot) for slot in self.slots]
        if self.kind == "first":
            return places[0] == 0
        if self.kind == "last":
            return places[0] == len(order) - 1
        return places[0] < places[1] if self.kind == "before" else abs(places[0] - places[1]) == 1


class Slot(Frozen):
    """A place in the layout. `title` and `questions` may hold `{topic}`."""

    key: str = Field(pattern=rf"^{_KEY}$", description="What rules call it.")
    title: str = Field(min_length=3, max_length=90, description="The heading, where nobody finds a better one.")
    purpose: str = Field(min_length=10, description="What it does for the reader.")
    questions: tuple[str, ...] = Field(min_length=1, max_length=4, description="What its evidence must answer.")
    evidence: str = Field(min_length=3, description="The kind of evidence that it stands on, in words.")
    holds: tuple[Holding, ...] = Field(default=(), description="What a program must find in that evidence.")
    general: bool = Field(default=False, description="Whether whatever is on the topic is evidence for it.")
    share: float = Field(gt=0.0, le=1.0, description="Of the body's length.")
    required: bool = Field(default=False, description="Whether the layout is another one without it.")

    @field_validator("questions")
    @classmethod
    def _ask_of_the_topic(cls, questions: tuple[str, ...]) -> tuple[str, ...]:
        for question in questions:
            if question.count(_TOPIC) != 1:
                raise ValueError(f"the question {question!r} must hold {_TOPIC} once")
        return questions

    @property
    def bare_questions(self) -> tuple[str, ...]:
        """The questions without the topic: what is asked of any."""
        return tuple(question.replace(_TOPIC, "it") for question in self.questions)

    @property
    def needs(self) -> tuple[str, ...]:
        """The kinds of evidence one by one; what an item adds to the one before it ("with their years") is none."""
        items = (item.strip() for item in self.evidence.removesuffix(".").split(","))
        return tuple(item.removeprefix("and ") for item in items if item and not item.startswith("with "))

    def asked_of(self, topic: str) -> tuple[str, ...]:
        """The questions, asked of a topic."""
        return tuple(question.replace(_TOPIC, topic) for question in self.questions)

    def titled_for(self, topic: str) -> str:
        """The heading for a topic."""
        return self.title.replace(_TOPIC, topic)


class Signals(Frozen):
    """What a program can see of whether a request wants this schema."""

    forms: tuple[str, ...] = Field(default=(), description="Names of the form; a request that begins with one asks.")
    cues: tuple[str, ...] = Field(default=(), description="Words of requests that it suits.")
    examples: tuple[str, ...] = Field(min_length=1, description="Requests that it suits.")
    evidence: tuple[Holding, ...] = Field(default=(), description="What the first passages should hold.")
    documents: int = Field(default=0, ge=0, description="Documents that the request should name by their titles.")


class Move(Frozen):
    """How a text opens or ends: the move in words, and what to look for in the evidence to make it."""

    move: str = Field(min_length=10)
    question: str = Field(min_length=5)


class NarrativeSchema(Frozen):
    """A layout with its reasons. `tension` and `resolution` name the slots that raise the question and settle it."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9-]*$")
    name: str = Field(min_length=3)
    when: str = Field(min_length=20, description="When it fits, in a sentence.")
    tension: str
    resolution: str
    order: tuple[OrderRule, ...] = ()
    signals: Signals
    opening: Move
    ending: Move
    slots: tuple[Slot, ...] = Field(min_length=2, max_length=12)

    @field_validator("order", mode="before")
    @classmethod
    def _read_rules(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        return tuple(OrderRule.read(rule) if isinstance(rule, str) else rule for rule in value)

    def slot(self, key: str) -> Slot:
        """A slot by its key. Raises KeyError."""
        for slot in self.slots:
            if slot.key == key:
                return slot
        raise KeyError(key)


def schema_faults(schema: NarrativeSchema) -> list[str]:
    """What is wrong with a schema that has the right form: keys, shares, and rules that its own order breaks."""
    keys = [slot.key for slot in schema.slots]
    faults = [f"two slots have the key {key}" for key in dict.fromkeys(k for k in keys if keys.count(k) > 1)]
    titles = [slot.title.casefold() for slot in schema.slots]
    faults += [
        f"two slots have the title {title!r}" for title in dict.fromkeys(t for t in titles if titles.count(t) > 1)
    ]
    total = sum(slot.share for slot in schema.slots)
    if abs(total - 1.0) > 1e-6:
        faults.append(f"the shares of the slots sum to {total:.3g} and not to 1")
    if not any(slot.required for slot in schema.slots):
        faults.append("no slot is required")
    for place, key in (("tension", schema.tension), ("resolution", schema.resolution)):
        if key not in keys:
            faults.append(f"{place} names the slot {key}, which is not there; slots are {', '.join(keys)}")
    for rule in schema.order:
        unknown = [key for key in rule.slots if key not in keys]
        if unknown:
            faults.append(f"the rule “{rule}” names {unknown[0]}, which is no slot; slots are {', '.join(keys)}")
        elif len(set(rule.slots)) < len(rule.slots):
            faults.append(f"the rule “{rule}” names one slot twice")
        elif not rule.holds(keys):
            faults.append(f"the order of the slots breaks the rule “{rule}”")
    if (
        schema.tension in keys
        and schema.resolution in keys
        and keys.index(schema.tension) >= keys.index(schema.resolution)
    ):
        faults.append(f"the tension {schema.tension} must come before the resolution {schema.resolution}")
    return faults


def read_schema(text: str, where: str) -> NarrativeSchema:
    """The schema that TOML text holds.

    Raises:
        SchemaBroken: it is no TOML, lacks a key, has one too many, or contradicts itself; `where` names it.
    """
    try:
        schema = NarrativeSchema.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SchemaBroken(f"{where} is not valid TOML: {error}") from error
    except ValidationError as error:
        parts = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors(include_url=False)]
        raise SchemaBroken(f"{where}: {'; '.join(parts)}") from error
    if faults := schema_faults(schema):
        raise SchemaBroken(f"{where}: {'; '.join(faults)}")
    return schema


@cache
def schema_names() -> tuple[str, ...]:
    """Names of the schemas that come with the program, in order: their files' stems. Reads no file."""
    entries = files("prompts").joinpath("schemas").iterdir()
    return tuple(sorted(entry.name.removesuffix(_SUFFIX) for entry in entries if entry.name.endswith(_SUFFIX)))


@cache
def load_schema(name: str) -> NarrativeSchema:
    """A schema by its name.

    Raises:
        KeyError: there is none of that name.
        SchemaBroken: its file cannot be used.
    """
    if name not in schema_names():
        raise KeyError(name)
    return read_schema(_schema_text(name), f"prompts/schemas/{name}{_SUFFIX}")


def _schema_text(name: str) -> str:
    return files("prompts").joinpath("schemas", name + _SUFFIX).read_text(encoding="utf-8")


def load_schemas() -> dict[str, NarrativeSchema]:
    """Every schema that comes with the program, by name. Raises SchemaBroken."""
    return {name: load_schema(name) for name in schema_names()}


def schema_digests() -> dict[str, str]:
    """SHA-256, as hex, of every schema's text by name, so that a run can say which text its plan was made by."""
    return {name: sha256(_schema_text(name).encode()).hexdigest() for name in schema_names()}
