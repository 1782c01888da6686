"""REDUCE: what was kept of all sources, as lines within an allowance of the writer's tokens.

A note stands for its statements where it is clearly shorter and leaves out none of their figures, else it gives way to
them. Quotations are whole or not there. Pure: the same finds give the same lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.grounding.numbers import unsupported_figures
from agent.pair.lines import TokenCounter, fitting, sheet_of, sheet_tokens
from agent.pair.records import Found, Unit
from prompts.statements import Statement

_MAX_NOTE_SHARE = 0.75  # of its statements' tokens; a note that is hardly shorter only adds a reader's word


@dataclass(frozen=True)
class Matter:
    """What a block may say.

    Attributes:
        statements: All of its own that can be quoted, in reading order.
        order: Their positions, best first.
        n_chosen: How many of these the rule alone would hand to the writer.
        min_words: The block needs at least so many to say anything.
    """

    statements: tuple[Statement, ...]
    order: tuple[int, ...]
    n_chosen: int
    min_words: int

    @cached_property
    def rank(self) -> dict[int, int]:
        """Of each position its place in `order`."""
        return {position: rank for rank, position in enumerate(self.order)}


@dataclass(frozen=True)
class Reduced:
    """Lines as they are shown, source by source, how many tokens they take, and how many of them the rule added."""

    units: tuple[Unit, ...]
    tokens: int
    n_filled: int


def reduced(
    found: Sequence[Found],
    wanted: Sequence[Found],
    matter: Matter,
    *,
    max_tokens: int,
    count_tokens: TokenCounter,
) -> Reduced:
    """The best of what was found that fits.

    Args:
        found: By source.
        wanted: By round: what the writer asked for goes before everything else.
        matter: What was read.
        max_tokens: The allowance.
        count_tokens: The writer's.
    """
    asked_for = {at for one in wanted for at in (*one.kept, *(at for note in one.notes for at in note.sources))}
    units = units_of([*found, *wanted], matter.statements, count_tokens)
    filling = _filling(units, matter)

    def rank(unit: Unit) -> tuple[bool, int]:
        return asked_for.isdisjoint(unit.sources), min(matter.rank[at] for at in unit.sources)

    ranked = [*sorted(units, key=rank), *filling]
    shown = fitting(ranked, matter.statements, max_tokens=max_tokens, count_tokens=count_tokens)
    tokens = sheet_tokens(sheet_of(shown, matter.statements), count_tokens)
    return Reduced(tuple(shown), tokens, n_filled=sum(unit in filling for unit in shown))


def units_of(found: Sequence[Found], statements: Sequence[Statement], count_tokens: TokenCounter) -> list[Unit]:
    """Notes that stand for their statements, each once, and every other statement that was kept."""
    notes: dict[str, Unit] = {}
    kept = {at for one in found for at in one.kept}
    for note in (note for one in found for note in one.notes):
        if _stands_for_all(note, statements, count_tokens):
            notes.setdefault(note.note, note)
        else:
            kept |= set(note.sources)
    noted = {at for note in notes.values() for at in note.sources}
    return [*notes.values(), *(Unit(sources=(at,)) for at in sorted(kept - noted))]


def _stands_for_all(note: Unit, statements: Sequence[Statement], count_tokens: TokenCounter) -> bool:
    """Whether a note may be read in place of its statements: clearly shorter, and no figure of theirs is lost."""
    sentences = [statements[at].sentence for at in note.sources]
    is_shorter = count_tokens(note.note) <= _MAX_NOTE_SHARE * sum(map(count_tokens, sentences))
    return is_shorter and not any(unsupported_figures(sentence, note.note) for sentence in sentences)


def _filling(units: Sequence[Unit], matter: Matter) -> list[Unit]:
    """Statements of the rule's own choice, best first, until the block has enough words to say anything."""
    used = {at for unit in units for at in unit.sources}
    words = sum(len((unit.note or matter.statements[unit.sources[0]].sentence).split()) for unit in units)
    filling = []
    for at in matter.order[: matter.n_chosen]:
        if words >= matter.min_words:
            break
        if at not in used:
            filling.append(Unit(sources=(at,)))
            words += len(matter.statements[at].sentence.split())
    return filling
