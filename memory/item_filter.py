"""Whether a JSON value meets a filter of LangGraph's store: equal fields, or comparisons (``$gt`` and the like).

Knows values. Must not know where they are stored.
"""

import operator
from collections.abc import Callable, Mapping, Sequence

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def meets(value: Mapping[str, object], wanted: Mapping[str, object] | None) -> bool:
    """Whether each field that is asked for is as it is asked for.

    Raises:
        ValueError: an operator is not known.
    """
    return all(_meets(value.get(field), asked) for field, asked in (wanted or {}).items())


def _meets(value: object, asked: object) -> bool:
    if isinstance(asked, Mapping):
        if any(str(name).startswith("$") for name in asked):
            return all(_compares(value, str(name), other) for name, other in asked.items())
        return isinstance(value, Mapping) and meets(value, asked)
    if isinstance(asked, Sequence) and not isinstance(asked, str):
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != len(asked):
            return False
        return all(_meets(one, other) for one, other in zip(value, asked, strict=True))
    return value == asked


def _compares(value: object, name: str, other: object) -> bool:
    if name == "$eq":
        return value == other
    if name == "$ne":
        return value != other
    if name not in _COMPARISONS:
        known = ", ".join(["$eq", "$ne", *_COMPARISONS])
        raise ValueError(f"unknown operator {name}; known are {known}")
    # A field that is missing, or is no number, meets no comparison.
    if not isinstance(value, int | float | str) or not isinstance(other, int | float | str):
        return False
    try:
        return _COMPARISONS[name](float(value), float(other))
    except ValueError:
        return False
