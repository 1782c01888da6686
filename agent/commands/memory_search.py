"""`wellread memory search`: what would be recalled, and why."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.memory_scope import scope_option
from agent.commands.memory_text import ID_SHOWN
from agent.errors import UsageProblem

if TYPE_CHECKING:
    from memory.recall import RecalledUnit, Recollection
    from memory.unit_store import UnitStore

_LOG_K = 20
_NOTHING = "nothing found"


@click.command()
@click.argument("query")
@scope_option("Whose memory is asked.", default="user")
@click.option("-k", "--k", type=click.IntRange(1, 1000), help="Units to show; else as many as a chat would recall.")
@click.option("--log", is_flag=True, help="The raw log alone, by words: what the gate dropped is there too.")
@pass_invocation
def search(call: Invocation, query: str, scope: str, k: int | None, log: bool) -> None:
    """What is recalled for QUERY, best first, with the rank that each channel gave it.

    What stands in the raw log only, for the gate dropped it or nothing could be drawn from it, is marked.
    """
    if not query.strip():
        raise UsageProblem("the query is empty", hint='wellread memory search "WORDS"')
    from agent.long_term import open_kept
    from memory.recall import Recaller

    settings = call.settings()
    with open_kept(settings) as store:
        gate = _gate_of_turns(store, scope)
        if log:
            _show_log(call, store, query, scope, k or _LOG_K, gate)
            return
        own = settings.memory
        found = Recaller(store, store.embedder, k_base=own.k_base, k_gain=own.k_gain).recall(
            query, scopes=[scope], now=datetime.now(UTC), budget_tokens=own.recall_tokens if k is None else 10**9, k=k
        )
    marks = {unit.id: _mark(unit, gate) for unit in found.units}
    call.emit(_recalled(found, marks), _recalled_text(found, marks))


def _gate_of_turns(store: "UnitStore", scope: str) -> dict[str, bool]:
    """Whether a window that the gate kept holds a turn; a turn that no window holds has not been judged yet."""
    kept: dict[str, bool] = {}
    for window in store.windows(scope):
        for turn in window.turn_ids:
            kept[turn] = kept.get(turn, False) or window.kept
    return kept


def _mark(unit: "RecalledUnit", gate: Mapping[str, bool]) -> str:
    return _gate_word(unit.parents[0], gate, drawn=False) if unit.kind == "passage" else ""


def _gate_word(turn_id: str, gate: Mapping[str, bool], *, drawn: bool) -> str:
    if turn_id not in gate:
        return "not judged yet"
    if not gate[turn_id]:
        return "gated out"
    return "" if drawn else "in the log only"


def _recalled(found: "Recollection", marks: Mapping[str, str]) -> dict[str, object]:
    return {
        "query": found.question,
        "k": found.k,
        "complexity": found.complexity.model_dump(mode="json"),
        "tokens": found.tokens,
        "times": [time.model_dump(mode="json") for time in found.times],
        "persons": list(found.persons),
        "units": [{**unit.model_dump(mode="json"), "mark": marks[unit.id]} for unit in found.units],
    }


def _recalled_text(found: "Recollection", marks: Mapping[str, str]) -> str:
    if not found.units:
        return _NOTHING
    asked = [f"k {found.k}, complexity {found.complexity.value:.2f}, {found.tokens:,} tokens"]
    asked += [f"times {', '.join(f'{time.start} to {time.end}' for time in found.times)}"] if found.times else []
    asked += [f"persons {', '.join(found.persons)}"] if found.persons else []
    return "\n\n".join([*(_unit_text(n, unit, marks) for n, unit in enumerate(found.units, start=1)), "; ".join(asked)])


def _unit_text(number: int, unit: "RecalledUnit", marks: Mapping[str, str]) -> str:
    mark = f"  [{marks[unit.id]}]" if marks[unit.id] else ""
    ranks = ", ".join(f"{channel} {rank}" for channel, rank in unit.ranks.items())
    said = unit.line.replace("\n", "\n   ")
    return f"{number}. {said}{mark}\n   {unit.day}, {unit.kind} {unit.id[:ID_SHOWN]}  ({unit.score:.4f}: {ranks})"


def _show_log(call: Invocation, store: "UnitStore", query: str, scope: str, k: int, gate: Mapping[str, bool]) -> None:
    ranked = store.search_turns(scope, query, k)
    turns = {turn.id: turn for turn in store.turns(scope, ids=[id_ for id_, _ in ranked])}
    drawn: Collection[str] = store.units_from(scope, list(turns)).keys()
    shown = [
        {
            **turns[id_].model_dump(mode="json"),
            "score": score,
            "mark": _gate_word(id_, gate, drawn=id_ in drawn),
        }
        for id_, score in ranked
    ]
    lines = [
        f"{n}. {turns[id_].speaker}: {turns[id_].text}"
        + (f"  [{mark}]" if (mark := _gate_word(id_, gate, drawn=id_ in drawn)) else "")
        + f"\n   {turns[id_].at:%Y-%m-%d %H:%M}, turn {id_}  ({score:.3f})"
        for n, (id_, score) in enumerate(ranked, start=1)
    ]
    call.emit({"query": query, "turns": shown}, "\n\n".join(lines) or _NOTHING)
