"""Batch files: JSON lines or CSV, read whole and checked before anything is run.

Knows files and lines. Must not know how a batch is run.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agent.batch.items import BatchItem, name_in_files
from agent.errors import UsageProblem

_SHOWN_FAULTS = 20
_LINE_END = re.compile(r"\r\n|\r|\n")
_LISTS = {name for name, field in BatchItem.model_fields.items() if field.default == ()}
_NAMES = {name_in_files(field) for field in BatchItem.model_fields}


@dataclass(frozen=True)
class Placed:
    """An item and the line that it begins on, from 1."""

    line: int
    item: BatchItem


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line."""

    line: int
    message: str


def read_items(path: Path, hushed: Callable[[str], str] = str) -> list[Placed]:
    """The items of a file, in its order: `.csv` is CSV with a header, anything else JSON lines.

    Args:
        path: of the file.
        hushed: what the file's text is rid of before anything of it is kept.

    A line of JSON is an object, or a string, which is a topic. In CSV a cell that is empty is not given, and lists
    are split at semicolons.

    Raises:
        UsageProblem: the file cannot be read, holds nothing, or has lines that are no briefs: all of them are told.
    """
    text = hushed(_text_of(path))
    rows = _csv_rows(path, text) if path.suffix.lower() == ".csv" else _json_rows(text)
    placed: list[Placed] = []
    faults: list[Fault] = []
    for line, row in rows:
        found = row if isinstance(row, Fault) else _item(line, row)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            placed.append(Placed(line, found))
    faults += _twice(placed)
    if faults:
        raise UsageProblem(_told(path, faults), hint=f"a line may have: {', '.join(sorted(_NAMES))}")
    if not placed:
        raise UsageProblem(f"{path} holds no topic and no question", hint="write one brief a line; see docs/cli.md")
    return placed


def _told(path: Path, faults: Sequence[Fault]) -> str:
    shown = sorted(faults, key=lambda fault: fault.line)[:_SHOWN_FAULTS]
    more = f"\n  … and {len(faults) - len(shown)} more" if len(faults) > len(shown) else ""
    lines = "".join(f"\n  line {fault.line}: {fault.message}" for fault in shown)
    return f"{path} cannot be run:{lines}{more}"


def _text_of(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"cannot read {path}: {error.strerror or error}", hint="check the path") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise UsageProblem(f"{path}, line {line} is not UTF-8", hint="save the file as UTF-8") from error


def _json_rows(text: str) -> Iterator[tuple[int, object]]:
    # Not splitlines(): it would also cut at U+2028 and the like, which may stand raw inside a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply or too long"
            yield number, Fault(number, f"no JSON: {reason}")
            continue
        yield number, {"topic": value} if isinstance(value, str) else value


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, object]]:
    # Not splitlines(): a row would also end at U+2028, U+0085 and the like.
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
        if unknown := [name for name in header if name not in _NAMES]:
            raise UsageProblem(
                f"{path}: its first line names columns that no brief has: {', '.join(map(repr, unknown))}",
                hint=f"columns are {', '.join(sorted(_NAMES))}",
            )
        if doubled := [name for name, times in Counter(header).items() if times > 1]:
            raise UsageProblem(
                f"{path}: its first line names columns twice: {', '.join(map(repr, doubled))}",
                hint="a brief has one of each; a list's values stand in one cell, parted by semicolons",
            )
        reader.fieldnames = header
        for row in reader:
            line = reader.line_num - sum(len(_LINE_END.findall(cell)) for cell in _cells(row))
            if None in row:
                yield line, Fault(line, f"more cells than the {len(header)} columns of the header")
            else:
                yield line, {name: _cell(name, value) for name, value in row.items() if (value or "").strip()}
    except csv.Error as error:
        line = reader.line_num + 1  # of the last row that could be read
        yield line, Fault(line, f"no CSV: {error}")


def _cells(row: Mapping[str | None, str | list[str] | None]) -> Iterator[str]:
    for value in row.values():  # what is beyond the header comes as a list, what is missing as None
        yield from [value] if isinstance(value, str) else value or ()


def _cell(name: str, value: str) -> object:
    return [part.strip() for part in value.split(";") if part.strip()] if name in _LISTS else value.strip()


def _item(line: int, row: object) -> BatchItem | Fault:
    if not isinstance(row, dict):
        return Fault(line, "neither an object nor a topic in quotation marks")
    try:
        return BatchItem.model_validate(row)
    except ValidationError as error:
        return Fault(line, "; ".join(_reasons(error)))


def _reasons(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        place = ".".join(map(str, one["loc"]))
        message = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            message = "no such key"
        yield f"{place}: {message}" if place else message


def _twice(placed: Iterable[Placed]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for one in placed:
        # Folders bear these names, and some disks do not tell capitals apart.
        line = first.setdefault(one.item.name.casefold(), one.line)
        if line != one.line and one.item.id is None:
            yield Fault(one.line, f"the same as line {line}; give each an id if both are wanted")
        elif line != one.line:
            yield Fault(one.line, f"the id {one.item.id!r} stands at line {line} too")
