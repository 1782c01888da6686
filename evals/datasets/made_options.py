"""Options of data that are made up, from the JSON file that `--data` names. Must not know what is made."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from agent.errors import UsageProblem
from lm.types import Frozen

_Options = TypeVar("_Options", bound=Frozen)


def read_options(path: Path, kind: type[_Options], *, example: str) -> _Options:
    """The options in a JSON file; without a file, those of the defaults.

    Raises:
        UsageProblem: it is no such options; the message says why, and the hint shows the example.
    """
    if not path.is_file():
        return kind()
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path} is no set of options: {_reason(error)}", hint=f"it is like {example}") from error


def _reason(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
