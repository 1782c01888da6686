"""Demands and what came of them, in words for a reader."""

from collections.abc import Mapping

from agent.constraints.types import Checked, Demand, DemandKind, Ledger
from agent.counting import counted


def limits_told(ledger: Ledger) -> tuple[str, ...]:
    """What was not met, in sentences for the reader; all sections' lengths in one."""
    failed = ledger.unmet
    lines = [unmet_told(entry) for entry in failed if entry.demand.kind != "section_length"]
    lengths = [f"“{one.demand.wanted}” ({one.found})" for one in failed if one.demand.kind == "section_length"]
    if lengths:
        lines.append(f"Not of the length that the plan gave them: {', '.join(lengths)}.")
    return tuple(lines)


_ASKED: Mapping[DemandKind, str] = {
    "length": "Asked for: {}",
    "section_length": "Planned: “{}”",
    "sections": "Asked for: {}",
    "section": "Asked for: a section “{}”",
    "language": "Asked for: the language “{}”",
    "audience": "Asked for: readers “{}”",
    "avoid": "To be avoided: “{}”",
    "mention": "To be mentioned: “{}”",
    "citations": "Asked for: citations “{}”",
}


def asked_told(demand: Demand) -> str:
    """A demand in a few words, for a reader."""
    return _ASKED[demand.kind].format(demand.wanted)


def unmet_told(entry: Checked) -> str:
    """What was asked for and what there is in its place, in one sentence."""
    why = f" ({entry.why})" if entry.why else ""
    return f"{asked_told(entry.demand)}; there: {entry.found}{why}."


def in_short(ledger: Ledger) -> str:
    """What was not met, in one line; sections that are off their length are counted."""
    failed = ledger.unmet
    parts = [f"{asked_told(one.demand)} ({one.found})" for one in failed if one.demand.kind != "section_length"]
    n = sum(one.demand.kind == "section_length" for one in failed)
    parts += [f"{counted(n, 'section')} {'is' if n == 1 else 'are'} not of the planned length"] if n else []
    return "; ".join(parts)
