"""One value of one key: where it came from, whether it is allowed, and how TOML writes it."""

import difflib
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from agent.errors import UsageProblem
from agent.settings import Settings

Layer = Literal["flag", "env", "file", "user file", "default"]
STRENGTH: tuple[Layer, ...] = get_args(Layer)


class ConfigError(UsageProblem):
    """A setting is unknown, has a bad value, or would be ignored."""


@dataclass(frozen=True)
class Offer:
    """What one source said about one key. `note` tells why the strongest offer did not win, if it did not."""

    layer: Layer
    source: str
    value: object
    note: str = ""


def leaf_fields(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every dotted key that can be set, in order, with its field."""
    for name, field in model.model_fields.items():
        if inner := submodel(field):
            yield from leaf_fields(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def near_misses(word: str, known: Sequence[str]) -> list[str]:
    """Up to three known words that `word` may have been meant to be."""
    if best := difflib.get_close_matches(word, known, n=1, cutoff=0.85):
        return best
    by_tail = [key for key in known if key.rpartition(".")[2] == word.rpartition(".")[2]]
    return list(dict.fromkeys(difflib.get_close_matches(word, known, n=3, cutoff=0.6) + by_tail))[:3]


def submodel(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field's table is, or None for a value."""
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def allowed_keys(key: str, model: type[BaseModel], prefix: str) -> str:
    """What may stand in the place of an unknown key, likely meanings first."""
    near = near_misses(key, [prefix + name for name in model.model_fields]) or near_misses(
        key, [name for name, _ in leaf_fields()]
    )
    allowed = ", ".join(model.model_fields)
    guess = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{guess}allowed {'in [' + prefix[:-1] + ']' if prefix else 'here'}: {allowed}"


def checked(offer: Offer, key: str, base: Path) -> Offer:
    """The offer with its value in the field's type; relative paths start at `base`."""
    field = dict(leaf_fields()).get(key)
    if field is None:
        raise ConfigError(f"{offer.source}: unknown key {key}", hint=allowed_keys(key, Settings, ""))
    value = None if offer.value == "none" and _may_be_none(field) else offer.value
    try:
        value = _adapter(field).validate_python(value)
    except ValidationError as error:
        raise ConfigError(f"{offer.source}: {key}: {_complaint(error)}", hint=f"{key}: {meaning_of(field)}") from error
    if isinstance(value, Path):
        value = (base / value.expanduser()).resolve()
    return replace(offer, value=value)


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    # A type built at run time: the field's own, with the field's own bounds.
    annotated: Any = Annotated[(field.annotation, field)]
    return TypeAdapter(annotated)


def _may_be_none(field: FieldInfo) -> bool:
    return get_origin(field.annotation) in (Union, types.UnionType) and type(None) in get_args(field.annotation)


def _complaint(error: ValidationError) -> str:
    # The offending input is left out: it may be a key that was pasted into the wrong place.
    said = []
    for part in error.errors(include_input=False):
        place = ".".join(str(step) for step in part["loc"] if step != "[key]")
        message = part["msg"].removeprefix("Value error, ")
        said.append(f"{place}: {message}" if place else message)
    return "; ".join(dict.fromkeys(said))


def meaning_of(field: FieldInfo) -> str:
    """What a field is for, and its default."""
    default = field.get_default(call_default_factory=True)
    return f"{field.description} Default: {'none' if default is None else toml_text(default)}."


def toml_text(value: object) -> str:
    """A value as TOML writes it; none has no TOML, and is written as the string that `load` understands."""
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(toml_text(item) for item in value) + "]"
    if isinstance(value, BaseModel):
        return toml_text(value.model_dump(exclude_none=True))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml_text(str(k))} = {toml_text(v)}" for k, v in value.items()) + "}"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
