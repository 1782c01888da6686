"""The types that a model may use, as source text rendered from the live classes, so that prompt and code cannot part.

Knows classes and how they are written down; neither prompts nor passages.
"""

import inspect
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from agent.facts.types import ROOTS, STANDARD_TYPES, FactType

_SHOWN_AS = {NoneType: "None", Decimal: "float"}


class Registry:
    """Types by name, in the order given."""

    def __init__(self, types: Sequence[type[FactType]] = STANDARD_TYPES) -> None:
        """Take types that derive from a root.

        Raises:
            ValueError: two share a name, one has no docstring, or one derives from no root.
        """
        self._types = {known.__name__: known for known in types}
        if len(self._types) != len(types):
            raise ValueError("two types share a name")
        for known in types:
            if not issubclass(known, ROOTS):
                raise ValueError(f"{known.__name__} derives from none of {', '.join(root.__name__ for root in ROOTS)}")
            if not known.__dict__.get("__doc__"):
                raise ValueError(f"{known.__name__} has no docstring, and a model knows it by nothing else")

    def __len__(self) -> int:
        return len(self._types)

    @property
    def names(self) -> tuple[str, ...]:
        """In order."""
        return tuple(self._types)

    def find(self, name: str) -> type[FactType] | None:
        """The type of that name; None: it may not be called."""
        return self._types.get(name)

    def only(self, names: Collection[str]) -> "Registry":
        """The registry of these types, of those that they derive from, and of those that their hints name."""
        wanted: set[type[FactType]] = set()
        waiting: list[type[FactType]] = [known for name, known in self._types.items() if name in names]
        while waiting:
            known = waiting.pop()
            if known not in wanted:
                wanted.add(known)
                hinted = {part for field in known.model_fields.values() for part in _types_in(field.annotation)}
                waiting += [other for other in self._types.values() if issubclass(known, other) or other in hinted]
        return Registry([known for known in self._types.values() if known in wanted])

    def catalogue(self) -> str:
        """A line a type: its name and what it is."""
        return "\n".join(f"{name}: {_said(known).splitlines()[0]}" for name, known in self._types.items())

    def definitions(self) -> str:
        """Class definitions as Python source: bases, docstrings, and the fields that a class adds to its base."""
        return "\n\n".join(self._definition(known) for known in self._types.values())

    def _definition(self, known: type[FactType]) -> str:
        bases = (above for above in known.__mro__[1:] if issubclass(above, FactType))
        base = next((above for above in bases if above in self._types.values()), None)
        inherited = base.model_fields if base else {}
        lines = [
            f"class {known.__name__}({base.__name__}):" if base else f"class {known.__name__}:",
            f'    """{_said(known)}"""',
        ]
        lines += [_field(name, field) for name, field in known.model_fields.items() if name not in inherited]
        return "\n".join(lines)


def call_of(stated: FactType) -> str:
    """The constructor call that makes this fact, without what is left at its default; numbers as digits."""
    given = ((name, getattr(stated, name)) for name in type(stated).model_fields if name in stated.model_fields_set)
    return f"{type(stated).__name__}({', '.join(f'{name}={_literal(value)}' for name, value in given)})"


def _literal(value: object) -> str:
    match value:
        case FactType():
            return call_of(value)
        case Decimal():
            return f"{value:f}"
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case dict():
            return "{" + ", ".join(f"{key!r}: {_literal(part)}" for key, part in value.items()) + "}"
    return repr(value)


def _said(known: type[FactType]) -> str:
    return inspect.cleandoc(known.__doc__ or "")


def _field(name: str, field: FieldInfo) -> str:
    default = "" if field.is_required() else f" = {field.get_default()!r}"
    return f"    {name}: {_hint(field.annotation)}{default}" + (f"  # {field.description}" if field.description else "")


def _hint(annotation: Any) -> str:
    """An annotation as one would write it: ``dict[str, list[Entity]]``, without what only validation needs."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _hint(inner[0])
    if origin in (Union, UnionType):
        return " | ".join(_hint(part) for part in inner)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(_hint(part) for part in inner)}]"
    return str(_SHOWN_AS.get(annotation) or getattr(annotation, "__name__", repr(annotation)))


def _types_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from _types_in(part)
