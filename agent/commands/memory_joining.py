"""`wellread memory consolidate`."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.memory_scope import scope_option
from agent.commands.memory_text import ID_SHOWN
from agent.counting import counted

if TYPE_CHECKING:
    from memory.unit_records import StoredUnit
    from memory.unit_store import UnitStore


@click.command("consolidate")
@scope_option("Whose memory.", default="user")
@click.option("--dry-run", is_flag=True, help="Show what would be joined, and change nothing.")
@pass_invocation
def consolidate_command(call: Invocation, scope: str, dry_run: bool) -> None:
    """Join units that say the same at about the same time, and mark those that say otherwise.

    The joined ones are archived, not lost. Words are found by rules, or by the helper if memory.extraction is "model".
    """
    from agent.long_term import consolidate_scope, open_helper, open_kept
    from memory.abstracting import ModelAbstractor

    settings = call.settings()
    by_model = settings.memory.extraction == "model"
    with (
        open_kept(settings) as kept,
        _copied(kept) if dry_run else nullcontext(kept) as store,
        open_helper(settings) if by_model else nullcontext() as helper,
    ):
        marked_before = set(store.contradictions(scope))
        abstractor = ModelAbstractor(helper, seed=settings.write.seed) if helper else None
        done = consolidate_scope(store, scope, settings.memory, abstractor=abstractor)
        groups = [(abstract, store.get(abstract.unit.members)) for abstract in store.get(done.abstracts)]
        pairs = [store.get(pair) for pair in store.contradictions(scope) if pair not in marked_before]
    shown = {
        **done.model_dump(mode="json"),
        "scope": scope,
        "is_dry_run": dry_run,
        "joined": [
            {"abstract": _plain(abstract), "members": [_plain(m) for m in members]} for abstract, members in groups
        ],
        "contradicting": [[_plain(one) for one in pair] for pair in pairs],
    }
    lines = [line for abstract, members in groups for line in _group_lines(abstract, members)]
    lines += [f"{_line(older)}\n  says otherwise than the newer {_line(newer)}" for older, newer in pairs]
    would = "would be " if dry_run else ""
    told = (
        f"{would}joined: {counted(done.archived, 'unit')} in {counted(done.clusters, 'group')}; "
        f"{would}marked: {counted(done.contradictions, 'contradiction')}"
    )
    call.emit(shown, "\n".join([*lines, told]))


@contextmanager
def _copied(store: "UnitStore") -> "Iterator[UnitStore]":
    """A copy of a memory, to be changed and thrown away."""
    from memory.unit_store import UnitStore

    with tempfile.TemporaryDirectory(prefix="wellread-") as folder:
        path = Path(folder) / "memory.sqlite"
        store.copy_to(path)
        with UnitStore(path, store.embedder) as copy:
            yield copy


def _plain(stored: "StoredUnit") -> dict[str, object]:
    return {"id": stored.id, "at": stored.unit.at, "text": stored.unit.text}


def _group_lines(abstract: "StoredUnit", members: "list[StoredUnit]") -> list[str]:
    return [_line(abstract), *(f"  {_line(member)}" for member in members)]


def _line(stored: "StoredUnit") -> str:
    return f"{stored.id[:ID_SHOWN]}  {stored.unit.at:%Y-%m-%d}  {stored.unit.text}"
