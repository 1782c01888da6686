"""What can be stated: classes that a model reads as source and instantiates in its reply (KnowCoder, arXiv:2403.07969).

The four roots are `Entity`, `Relation`, `Event` and `Quantity`; a type of one's own derives from one of them. Name,
docstring, hints and field descriptions are all that a model sees of a class (`registry` renders them), and the hints
are what its calls are held to. Knows no passage: where a fact stands is found by `grounding`, never said by a model.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Self, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)

from agent.grounding.numbers import figures
from lm.types import Frozen

TYPE_KEY = "type"  # the key under which a stored fact names its class
_MAX_EXPONENT = 30


def _number(value: object) -> object:
    """A number in quotation marks, as a passage writes it, is that number."""
    if not isinstance(value, str):
        return value
    found = figures(value)
    if len(found) != 1 or value.strip() != value[found[0].start : found[0].end] or not found[0].amount:
        raise ValueError("a number alone is wanted, without its unit")
    return found[0].amount


def _of_this_world(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value.adjusted()) > _MAX_EXPONENT:
        raise ValueError(f"more than 1e{_MAX_EXPONENT}, or no number")
    return value


def _none_if_blank(value: object) -> object:
    """A field that a model fills with nothing is not filled."""
    return None if isinstance(value, str) and not value.strip() else value


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
OptionalWords = Annotated[Words | None, BeforeValidator(_none_if_blank)]
Number = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_of_this_world)]


class FactType(Frozen):
    """Base of the four roots. A stored fact carries the name of its class."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    @model_serializer(mode="wrap")
    def _with_type(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {TYPE_KEY: type(self).__name__, **serialize(self)}

    @model_validator(mode="wrap")
    @classmethod
    def _of_type(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, dict) or TYPE_KEY not in value:
            return validate(value)
        named = next((known for known in _with_subclasses(cls) if known.__name__ == value[TYPE_KEY]), None)
        if named is None:
            raise ValueError(f"there is no {cls.__name__} of type {value[TYPE_KEY]!r}")
        rest = {key: part for key, part in value.items() if key != TYPE_KEY}
        return validate(rest) if named is cls else cast(Self, named.model_validate(rest))


def _with_subclasses(root: type[FactType]) -> Iterator[type[FactType]]:
    yield root
    for below in root.__subclasses__():
        yield from _with_subclasses(below)


class Entity(FactType):
    """Something with a name of its own. Use a more exact class where one fits."""

    name: Words = Field(description="as the passage writes it")


class Person(Entity):
    """A human being, e.g. Marie Curie, Judge Okafor."""


class Organisation(Entity):
    """A firm, office, party, court or other body, e.g. Harbour Board, Siemens."""


class Place(Entity):
    """A country, town, river, building or other place, e.g. Norway, Pier 4."""


class Relation(FactType):
    """What holds between two entities: the head is/does TRIGGER the tail, e.g. sister of, belonged to, built."""

    head_entity: SerializeAsAny[Entity]
    tail_entity: SerializeAsAny[Entity]
    trigger: Words = Field(description="the words of the passage that say what holds")


class Event(FactType):
    """Something that happened, e.g. a vote, a payment, a collapse."""

    trigger: Words = Field(description="the word of the passage that says what happened")
    args: dict[Words, list[SerializeAsAny[Entity]]] = Field(default={}, description="role: who or what had it")
    time: OptionalWords = Field(default=None, description="when, as the passage writes it")


class Quantity(FactType):
    """A figure of something: the MEASURE of SUBJECT is VALUE UNIT, e.g. the length of the Elbe is 1,094 km."""

    subject: Words = Field(description="whose figure it is: a name of the passage or its title")
    measure: Words = Field(description="what is measured, in the passage's words: heading and label")
    value: Number = Field(description="digits only, no separators")
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = Field(
        default="", description="as the passage writes it behind the number"
    )
    as_of: OptionalWords = Field(default=None, description="date or year, as the passage writes it")


ROOTS: tuple[type[FactType], ...] = (Entity, Relation, Event, Quantity)
STANDARD_TYPES: tuple[type[FactType], ...] = (Entity, Person, Organisation, Place, Relation, Event, Quantity)
