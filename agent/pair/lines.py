"""Lines of notes and statements as a model reads them, and which of them an allowance of tokens has room for.

A source is named once, above its lines: on each of them its title and heading take half of the tokens. Knows no model
but by a count of tokens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.pair.records import Unit
from prompts.instructions import looks_like_instruction
from prompts.statements import Statement

TokenCounter = Callable[[str], int]


@dataclass(frozen=True)
class Sheet:
    """Lines under the titles of their sources. `order` has the positions of the statements that the numbers in the
    lines stand for: number n is `order[n - 1]`."""

    lines: tuple[str, ...]
    order: tuple[int, ...]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def sheet_of(units: Sequence[Unit], statements: Sequence[Statement]) -> Sheet:
    """The units in their order, numbered from 1."""
    order = list(dict.fromkeys(position for unit in units for position in unit.sources))
    number = {position: n for n, position in enumerate(order, start=1)}
    lines: list[str] = []
    title = None
    for unit in units:
        first = statements[unit.sources[0]]
        if first.title != title:
            title = first.title
            lines += _heading(first)
        lines.append(f"[{', '.join(str(number[position]) for position in unit.sources)}] {_said(unit, first)}")
    return Sheet(tuple(lines), tuple(order))


def plain_sheet(statements: Sequence[Statement]) -> Sheet:
    """All statements in their order: number n is that at position n - 1."""
    return sheet_of(_each(statements), statements)


def tokens_of_all(statements: Sequence[Statement], count_tokens: TokenCounter) -> int:
    """Tokens of all statements, source by source."""
    return _takes(_each(statements), statements, count_tokens)


def _each(statements: Sequence[Statement]) -> list[Unit]:
    return [Unit(sources=(position,)) for position in range(len(statements))]


def _heading(statement: Statement) -> list[str]:
    """One line; none above a text without a title."""
    if not statement.title:
        return []
    return ["Source:" if looks_like_instruction(statement.title) else f"Source “{statement.title}”:"]


def _said(unit: Unit, statement: Statement) -> str:
    if unit.note:
        return unit.note
    is_headed = statement.leaf != statement.title and not looks_like_instruction(statement.leaf)
    return f"({statement.leaf}) {_on_one_line(statement)}" if is_headed else _on_one_line(statement)


def _on_one_line(statement: Statement) -> str:
    return " ".join(statement.sentence.split())


def unit_tokens(unit: Unit, statements: Sequence[Statement], count_tokens: TokenCounter) -> int:
    """Tokens of a unit's line, without its source's title; a number counts as one of two digits."""
    return count_tokens(f"[{', '.join('10' for _ in unit.sources)}] {_said(unit, statements[unit.sources[0]])}") + 1


def sheet_tokens(sheet: Sheet, count_tokens: TokenCounter) -> int:
    """Tokens of the lines; a newline counts as one."""
    return sum(count_tokens(line) + 1 for line in sheet.lines)


def by_source(units: Sequence[Unit], statements: Sequence[Statement]) -> list[Unit]:
    """The units source by source, in the order in which each source, and each unit of it, first comes."""
    rank: dict[str, int] = {}
    for unit in units:
        rank.setdefault(statements[unit.sources[0]].doc_id, len(rank))
    return sorted(units, key=lambda unit: rank[statements[unit.sources[0]].doc_id])


def fitting(
    ranked: Sequence[Unit], statements: Sequence[Statement], *, max_tokens: int, count_tokens: TokenCounter
) -> list[Unit]:
    """The first units that fit together, passing over what is too long; by source. One at least, if there is any.

    Args:
        ranked: Best first.
        statements: What their positions mean.
        max_tokens: Of the lines, titles included.
        count_tokens: Of the model that reads them.
    """
    if _takes(ranked, statements, count_tokens) <= max_tokens:
        return by_source(ranked, statements)
    chosen: list[Unit] = []
    titled: set[str] = set()
    used = 0
    for unit in ranked:
        first = statements[unit.sources[0]]
        tokens = unit_tokens(unit, statements, count_tokens)
        if first.doc_id not in titled:
            tokens += sum(count_tokens(line) + 1 for line in _heading(first))
        if not chosen or used + tokens <= max_tokens:
            chosen.append(unit)
            titled.add(first.doc_id)
            used += tokens
    while len(chosen) > 1 and _takes(chosen, statements, count_tokens) > max_tokens:
        chosen.pop()  # numbers of three digits
    return by_source(chosen, statements)


def _takes(units: Sequence[Unit], statements: Sequence[Statement], count_tokens: TokenCounter) -> int:
    return sheet_tokens(sheet_of(by_source(units, statements), statements), count_tokens)
