"""`wellread memory`: what is remembered of chats and reports. Here: looking at it; what changes it stands beside."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

import click

from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.commands.memory_changes import add, forget
from agent.commands.memory_files import export, import_command
from agent.commands.memory_joining import consolidate_command
from agent.commands.memory_scope import scope_option
from agent.commands.memory_search import search
from agent.commands.memory_text import units_text
from agent.counting import counted
from memory.units import UnitKind

if TYPE_CHECKING:
    from memory.unit_records import StoredUnit, WindowRecord
    from memory.unit_upkeep import StoreStats

_NAMES_SHOWN = 6
_NOTHING = "nothing is remembered yet"


@click.group()
def memory() -> None:
    """Look at what is remembered of chats and reports, add to it, and have it forgotten."""


for command in (search, add, forget, consolidate_command, export, import_command):
    memory.add_command(command)


@memory.command("ls")
@scope_option("Of this scope only, as user or project.")
@click.option("--kind", type=click.Choice(get_args(UnitKind)[:-1]), help="Units of this kind only.")
@click.option("--archived", is_flag=True, help="Archived units too: those that an abstract stands for.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Rows to show, the latest first.")
@click.option("--gate", is_flag=True, help="The gate's decisions on windows of turns, in place of units.")
@pass_invocation
def ls_command(call: Invocation, scope: str | None, kind: str | None, archived: bool, limit: int, gate: bool) -> None:
    """The units, latest first: id, when it was said, kind and text."""
    if gate and (kind or archived):
        raise click.UsageError("--gate is about windows: leave out --kind and --archived")
    from agent.long_term import open_kept

    with open_kept(call.settings()) as store:
        scopes = [scope] if scope else store.scopes()
        if gate:
            _list_windows(call, store.windows(scopes)[::-1] if scopes else [], limit)
            return
        found = store.latest_units(scopes, limit, kind=kind, include_archived=archived) if scopes else []
        held = store.stats(scopes or None)
    shown = [{**stored.unit.model_dump(mode="json"), **_standing(stored)} for stored in found]
    n_all = held.active_by_kind.get(kind, 0) if kind else held.active
    call.emit({"units": shown, "active": n_all, "archived": held.archived}, units_text(found, kind) or _NOTHING)
    if not archived and n_all > len(found):
        call.note(f"the latest {len(found):,} of {counted(n_all, 'unit')}; --limit shows more")


@memory.command()
@click.argument("unit_id", metavar="ID")
@pass_invocation
def show(call: Invocation, unit_id: str) -> None:
    """One unit, by ID or the beginning of it: what it says, what it was drawn from, and which window let it in."""
    from agent.commands.memory_unit import UnitView, view_text
    from agent.long_term import open_kept

    with open_kept(call.settings()) as store:
        view = UnitView.of(store, store.find(unit_id))
    call.emit(view.model_dump(mode="json"), view_text(view))


@memory.command()
@scope_option("Of this scope only.")
@pass_invocation
def stats(call: Invocation, scope: str | None) -> None:
    """How much each scope holds: units by kind, turns, and what the gate let in."""
    from agent.long_term import open_kept

    with open_kept(call.settings()) as store:
        scopes = [scope] if scope else store.scopes()
        found = [store.stats(one) for one in scopes]
        file_bytes = store.stats().file_bytes
    shown = [{"scope": one.scopes[0], "share_kept": _share(one), **_counts(one)} for one in found]
    call.emit({"scopes": shown, "file_bytes": file_bytes}, _stats_text(found, file_bytes) if found else _NOTHING)


@memory.command()
@pass_invocation
def verify(call: Invocation) -> None:
    """Read everything again and compare: hashes, links, words, vectors. Exit code 5 if something disagrees."""
    from agent.long_term import open_kept

    with open_kept(call.settings()) as store:
        problems = store.verify()
        n_units = store.stats().active
    call.emit(
        {"is_sound": not problems, "problems": problems, "units": n_units},
        "\n".join(problems) if problems else f"sound: {counted(n_units, 'unit')}",
    )
    if problems:
        call.note("fix: `wellread memory export` what can be read, move the file away, and `wellread memory import` it")
        click.get_current_context().exit(5)


def _standing(stored: "StoredUnit") -> dict[str, object]:
    return stored.model_dump(mode="json", exclude={"unit"})


def _counts(found: "StoreStats") -> dict[str, object]:
    return found.model_dump(mode="json", exclude={"scopes", "file_bytes"})


def _share(found: "StoreStats") -> float | None:
    """Of the windows that the gate let in."""
    n_windows = found.windows_kept + found.windows_dropped
    return round(found.windows_kept / n_windows, 4) if n_windows else None


def _list_windows(call: Invocation, found: "Sequence[WindowRecord]", limit: int) -> None:
    rows = [
        (
            f"{window.at:%Y-%m-%d %H:%M}",
            window.scope,
            f"{window.session}: {window.first_turn + 1}-{window.last_turn + 1}",
            "kept" if window.kept else "dropped",
            f"{window.h:.2f} of {window.threshold:g}",
            window.reason + _named(window),
        )
        for window in found[:limit]
    ]
    header = ("JUDGED", "SCOPE", "TURNS", "GATE", "SCORE", "REASON")
    text = rows_text(rows, header) if rows else "the gate has judged nothing yet"
    call.emit({"windows": [w.model_dump(mode="json") for w in found[:limit]], "judged": len(found)}, text)
    if len(found) > limit:
        call.note(f"the latest {limit:,} of {counted(len(found), 'window')}; --limit shows more")


def _named(window: "WindowRecord") -> str:
    names = window.new_entities[:_NAMES_SHOWN]
    more = len(window.new_entities) - len(names)
    return f" ({', '.join(names)}{f' and {more} more' if more else ''})" if names else ""


def _stats_text(found: "Sequence[StoreStats]", file_bytes: int) -> str:
    rows = []
    for one in found:
        share = _share(one)
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in one.active_by_kind.items()) or "none"
        windows = f"{one.windows_kept:,} kept, {one.windows_dropped:,} dropped"
        windows += f" ({share:.0%} kept)" if share is not None else ""
        rows.append((one.scopes[0], kinds, f"{one.archived:,}", f"{one.turns:,}", windows))
    return f"{rows_text(rows, ('SCOPE', 'UNITS', 'ARCHIVED', 'TURNS', 'WINDOWS'))}\nfile: {file_bytes:,} bytes"
