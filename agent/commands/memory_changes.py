"""`wellread memory add` and `forget`."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.memory_scope import scope_option
from agent.commands.memory_text import ID_SHOWN, units_text
from agent.counting import counted
from agent.errors import UsageProblem
from memory.errors import UnknownRecord

if TYPE_CHECKING:
    from memory.forgetting import Forgotten
    from memory.unit_store import UnitStore

_MAX_CHARS = 2_000


@click.command()
@click.argument("text")
@scope_option("Whose memory it is added to.", default="user")
@pass_invocation
def add(call: Invocation, text: str, scope: str) -> None:
    """Add TEXT as a note. No gate asks whether it is worth it, but orders to the program are refused."""
    text = call.without_keys(text, "note")
    _require_note(text)
    from agent.long_term import embedder_of, open_unit_store
    from memory.by_hand import note_by_hand

    settings = call.settings()
    with open_unit_store(settings, embedder_of(settings)) as store:
        noted = note_by_hand(store, scope, text.strip(), datetime.now(UTC))
    call.emit(
        {"id": noted.unit.id, "is_new": noted.is_new, "unit": noted.unit.model_dump(mode="json")},
        f"{noted.unit.id[:ID_SHOWN]}  {noted.unit.text}",
    )


def _require_note(text: str) -> None:
    """Raise UsageProblem on what is no note."""
    from memory.orders import speaks_to_machine

    if not any(character.isalnum() for character in text):
        raise UsageProblem("the note says nothing", hint='wellread memory add "TEXT"')
    if len(text) > _MAX_CHARS:
        raise UsageProblem(
            f"the note has {len(text):,} characters, {_MAX_CHARS:,} are the most",
            hint="add it in parts, or `wellread ingest` it as a file",
        )
    if speaks_to_machine(text):
        raise UsageProblem(
            "the note reads as an order to a program, and memory keeps none: it is quoted, and never obeyed",
            hint='say what is so, as in "I prefer short answers"; how the program works is set in wellread.toml',
        )


@dataclass(frozen=True)
class _Wanted:
    """What is to be forgotten: ids of units, and (scope, id) of turns that have none."""

    units: Sequence[str]
    turns: Sequence[tuple[str, str]] = ()
    unknown: Sequence[str] = ()


@click.command()
@click.argument("unit_ids", nargs=-1, metavar="[ID...]")
@click.option("--query", metavar="WORDS", help="All units and turns of the log that have every one of these words.")
@scope_option("Where --query looks; else everywhere.")
@click.option("--keep-log", is_flag=True, help="Leave the text of the turns that they were drawn from in the raw log.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_invocation
def forget(
    call: Invocation, unit_ids: tuple[str, ...], query: str | None, scope: str | None, keep_log: bool, yes: bool
) -> None:
    """Forget units by ID, or by words: with vectors, abstracts that carry them, and the text of their turns.

    Shows what goes and asks first. What is forgotten cannot be brought back.
    """
    if bool(unit_ids) == bool(query and query.strip()):
        raise click.UsageError("say what to forget: ids of units, or --query WORDS, one of both")
    from agent.forgetting import summary
    from agent.long_term import open_kept
    from memory.forgetting import Forgotten

    settings = call.settings()
    with open_kept(settings) as store:
        wanted = _with_words(store, query, scope) if query else _named(store, unit_ids)
        expected = store.would_forget(wanted.units, keep_log=keep_log, turns=wanted.turns)
        if not (expected.units or expected.turns):
            raise UsageProblem(
                f"nothing to forget: {_told(query, wanted.unknown)}",
                hint="`wellread memory ls` and `wellread memory search` show ids; --query looks for whole words",
            )
        if wanted.unknown:
            call.note(f"not found: {', '.join(wanted.unknown)}")
        if not yes:
            call.note(_expected_text(store, expected, wanted, keep_log=keep_log))
            if not _is_confirmed():
                call.emit(
                    {**Forgotten().model_dump(mode="json"), "exchanges": 0, "unknown": list(wanted.unknown)},
                    "nothing forgotten",
                )
                return
        done, n_blanked = _forgotten(store, settings.home, wanted, keep_log=keep_log)
    told = f"; {counted(n_blanked, 'exchange')} of past chats" if n_blanked else ""
    call.emit(
        {**done.model_dump(mode="json"), "exchanges": n_blanked, "unknown": list(wanted.unknown)},
        f"forgotten: {summary(done)}{told}",
    )


def _forgotten(store: "UnitStore", home: Path, wanted: _Wanted, *, keep_log: bool) -> "tuple[Forgotten, int]":
    """Forget it: what went, and how many exchanges of chats were blanked out. Who keeps the log keeps the chats."""
    from agent.chat.sessions import ChatStore
    from agent.forgetting import forget_everywhere
    from agent.home import Home

    if keep_log:
        return store.forget(wanted.units, keep_log=True, turns=wanted.turns), 0
    path = Home(home).chats
    with ExitStack() as stack:
        chats = stack.enter_context(ChatStore(path)) if path.is_file() else None
        gone = forget_everywhere(store, chats, wanted.units, turns=wanted.turns)
    return gone.removed, len(gone.exchanges)


def _is_confirmed() -> bool:
    """Whether the user says yes.

    Raises:
        UsageProblem: nobody is there to ask.
    """
    try:
        # On stderr, for stdout has the result.
        return click.confirm("Forget this?", err=True)
    except click.Abort as error:
        if sys.stdin.isatty():  # Ctrl-C
            raise
        click.echo(err=True)
        raise UsageProblem("nobody said yes, so nothing was forgotten", hint="--yes forgets without asking") from error


def _told(query: str | None, unknown: Sequence[str]) -> str:
    return f"no unit and no turn has all of {query!r}" if query else f"no unit begins with {', '.join(unknown)}"


def _named(store: "UnitStore", unit_ids: Sequence[str]) -> _Wanted:
    """Units by prefixes.

    Raises:
        UsageProblem: several units begin with one of them: what goes must be said exactly.
    """
    found, unknown = dict[str, None](), []
    for prefix in unit_ids:
        try:
            found[store.find(prefix.lower()).id] = None
        except UnknownRecord as error:
            if "several" in str(error):
                raise UsageProblem(str(error), hint=error.hint) from error
            unknown.append(prefix)
    return _Wanted(units=list(found), unknown=unknown)


def _with_words(store: "UnitStore", query: str, scope: str | None) -> _Wanted:
    """Units and turns that have all words of the query, archived units too."""
    from memory.whole_words import having_words

    found = having_words(store, query, [scope] if scope else store.scopes())
    if not found.n_words:
        raise UsageProblem(f"{query!r} has no word to look for", hint="name what is to be forgotten")
    return _Wanted(units=[unit.id for unit in found.units], turns=found.turns)


def _expected_text(store: "UnitStore", expected: "Forgotten", wanted: _Wanted, *, keep_log: bool) -> str:
    from agent.forgetting import summary

    lines = [units_text(store.get([*expected.units, *expected.abstracts]))] if expected.units else []
    turns = [turn for scope in store.scopes() for turn in store.turns(scope, ids=expected.turns)]
    lines += ["turns of the log:", *(f"  {turn.id}  {turn.speaker}: {turn.text}" for turn in turns)] if turns else []
    lines += (
        [f"the log keeps its text: {counted(len(wanted.turns), 'turn')} have it"] if keep_log and wanted.turns else []
    )
    return "\n".join([*lines, f"in all: {summary(expected)}"])
