"""JSON and JSON lines, row by row into a model, with one clear message for what is wrong and where.

Must not know any data set.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from agent.errors import UsageProblem

Filled = Annotated[str, StringConstraints(pattern=r"\S")]  # a text that is more than white space
RowId = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Row(BaseModel):
    """Base of what a line holds: keys that the model does not name are not looked at; a number can be an id."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


M = TypeVar("M", bound=BaseModel)
_WANTED = {"tuple_type": "it should be a list", "model_type": "it should be an object"}


@dataclass(frozen=True, slots=True)
class Read(Generic[M]):
    """A row and the line, from 1, that it begins on."""

    line: int
    row: M


def read_jsonl(path: Path, model: type[M], *, key: Callable[[M], str | None] | None = None) -> list[Read[M]]:
    """The rows of a file of JSON lines; empty lines are passed over.

    Args:
        path: the file.
        model: what each line must be.
        key: what no two rows may share, None for a row that may; without it the row's `id`, where it has one.

    Raises:
        UsageProblem: the file is missing, empty or not UTF-8; a line is no JSON, has a wrong field, or an id that an
            earlier line has. Names file and line.
    """
    # Not splitlines(): it would also cut at U+2028 and the like, which may stand raw inside a JSON string.
    numbered = ((n, line) for n, line in enumerate(read_text(path).split("\n"), start=1) if line.strip())
    return _checked(path, [Read(n, _row(path, n, line, model)) for n, line in numbered], key)


def read_json(path: Path, model: type[M], *, key: Callable[[M], str | None] | None = None) -> list[Read[M]]:
    """The rows of a file that is one JSON list, or an object whose ``data`` is the list.

    Args:
        path: the file.
        model: what each entry must be.
        key: as in `read_jsonl`.

    Raises:
        UsageProblem: as in `read_jsonl`; the line is the one that the entry begins on.
    """
    text = read_text(path)
    rows = [
        Read(line, _validated(f"{path}, line {line} (entry {n})", value, model))
        for n, (line, value) in enumerate(_entries(path, text), start=1)
    ]
    return _checked(path, rows, key)


def read_rows(path: Path, model: type[M], *, key: Callable[[M], str | None] | None = None) -> list[Read[M]]:
    """`read_json` or `read_jsonl`, by how the file begins."""
    return (read_json if is_json_list(path) else read_jsonl)(path, model, key=key)


def is_json_list(path: Path) -> bool:
    """Does the file hold one JSON list (or an object with one below ``data``) rather than JSON lines?

    Raises:
        UsageProblem: the file cannot be read, or is not UTF-8.
    """
    text = read_text(path).lstrip()
    if not text.startswith("{"):
        return text.startswith("[")
    try:
        return isinstance(json.loads(text).get("data"), list)
    except (ValueError, RecursionError):
        return False


def first_keys(path: Path) -> frozenset[str]:
    """The keys of the first row of a JSON or JSON-lines file; none where there is no such row.

    Raises:
        UsageProblem: the file cannot be read, or is not UTF-8.
    """
    text = read_text(path)
    try:
        if is_json_list(path):
            value = next((value for _, value in _entries(path, text)), None)
        else:
            value = json.loads(next((line for line in text.split("\n") if line.strip()), "null"))
    except (UsageProblem, ValueError, RecursionError):
        return frozenset()
    return frozenset(value) if isinstance(value, dict) else frozenset()


def read_text(path: Path) -> str:
    """A file's text, without a byte-order mark.

    Raises:
        UsageProblem: missing, unreadable, or not UTF-8: with the line of the first wrong byte.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"cannot read {path}: {error.strerror or error}", hint="check the path") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UsageProblem(f"{path}, line {line} is not UTF-8", hint="save the file as UTF-8") from error


def digest_of(paths: Iterable[Path]) -> str:
    """One SHA-256 over names and contents of files, in the order given; names as seen from the folder of them all.

    Raises:
        UsageProblem: a file cannot be read.
    """
    whole, paths = sha256(), list(paths)
    folder = os.path.commonpath([path.resolve().parent for path in paths]) if paths else ""
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageProblem(f"cannot read {path}: {error.strerror or error}", hint="check the path") from error
        name = path.resolve().relative_to(folder).as_posix()
        whole.update(f"{name}\0{sha256(content).hexdigest()}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()


def _row(path: Path, number: int, line: str, model: type[M]) -> M:
    where = f"{path}, line {number}"
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _no_json(where, error) from error
    return _validated(where, value, model)


def _validated(where: str, value: object, model: type[M]) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        if not field:
            wanted = f"is no object: {first['msg']}" if first["type"] == "model_type" else f"is wrong: {first['msg']}"
            raise UsageProblem(f"{where} {wanted}", hint=_wants(model)) from error
        message = f"{where}: the field {field!r} is wrong: {_WANTED.get(first['type'], first['msg'])}"
        if first["type"] == "missing":
            message = f"{where}: the field {field!r} is missing"
        raise UsageProblem(message, hint=_wants(model)) from error


def _wants(model: type[BaseModel]) -> str:
    names = [field.alias or name for name, field in model.model_fields.items() if field.is_required()]
    return f"a row needs {', '.join(names)}" if names else "see the format's description"


def _no_json(where: str, error: Exception) -> UsageProblem:
    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return UsageProblem(f"{where} is no JSON: {reason}", hint="is the file cut off, or another format?")


def _entries(path: Path, text: str) -> Iterator[tuple[int, object]]:
    """The entries of a list with the lines that they begin on."""
    decoder = json.JSONDecoder()
    at = _list_start(path, text)
    line, counted = 1, 0
    while True:
        at = _skip(text, at, " \t\r\n,")
        line, counted = line + text.count("\n", counted, at), at
        if at >= len(text):
            raise UsageProblem(f"{path}, line {line} is no JSON: the list does not end", hint="is the file cut off?")
        if text[at] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            wrong = line + text.count("\n", counted, error.pos) if isinstance(error, json.JSONDecodeError) else line
            raise _no_json(f"{path}, line {wrong}", error) from error
        yield line, value


def _list_start(path: Path, text: str) -> int:
    """Where the first entry may begin."""
    at = _skip(text, 0, " \t\r\n")
    if text.startswith("{", at):
        at = _skip(text, text.find('"data"', at) + len('"data"'), " \t\r\n:")
    if not text.strip():
        raise _empty(path)
    if not text.startswith("[", at):
        raise UsageProblem(f"{path}, line 1 is no JSON list", hint="the file should begin with [")
    return at + 1


def _skip(text: str, at: int, passed: str) -> int:
    while at < len(text) and text[at] in passed:
        at += 1
    return at


def _checked(path: Path, rows: list[Read[M]], key: Callable[[M], str | None] | None) -> list[Read[M]]:
    if not rows:
        raise _empty(path)
    check_unique(path, [(read.line, key(read.row) if key else _id_of(read.row)) for read in rows])
    return rows


def check_unique(path: Path, ids: Sequence[tuple[int, str | None]]) -> None:
    """Raise for the first id that two lines share; None is no id.

    Raises:
        UsageProblem: names the file, the id and both lines.
    """
    lines: dict[str, int] = {}
    for line, id_ in ids:
        if id_ is not None and lines.setdefault(id_, line) != line:
            raise UsageProblem(
                f"{path}: lines {lines[id_]} and {line} have the same id {id_!r}",
                hint="give each row an id of its own",
            )


def _id_of(row: BaseModel) -> str | None:
    id_ = getattr(row, "id", None)
    return id_ if isinstance(id_, str) else None


def _empty(path: Path) -> UsageProblem:
    return UsageProblem(f"{path} is empty: line 1 should hold the first row", hint="check the path")
