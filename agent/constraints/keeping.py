"""The self-check: a drafted report against its demands, at most two rounds of repair, and what could not be met."""

from collections.abc import Callable, Sequence

from agent.constraints.checks import check, unmet
from agent.constraints.gathering import planned_demands
from agent.constraints.mending import Draft, Mender
from agent.constraints.telling import shown_in
from agent.constraints.types import Checked, Demand, Ledger
from agent.types import Outline, Report

MAX_ROUNDS = 2

Assembled = Callable[[Draft], Report]


def demands_on(demands: Sequence[Demand], outline: Outline) -> tuple[Demand, ...]:
    """What is asked for and what the plan promises."""
    return (*demands, *planned_demands(outline))


def mended(draft: Draft, mender: Mender, assembled: Assembled) -> tuple[Draft, int]:
    """The draft after at most two rounds of repair, and how many there were.

    A round that mends nothing is the last, and is not counted.
    """
    repairs: list[str] = []
    rounds = 0
    while rounds < MAX_ROUNDS:
        report = assembled(draft)
        failed = unmet(check(report, demands_on(mender.demands, draft.outline), mender.verifier.stem))
        figures = report.figures
        after = mender.round(draft, failed, words=figures.words, front=figures.front_words) if failed else draft
        if not after.repairs or after is draft:
            break
        repairs += after.repairs
        draft, rounds = Draft(after.outline, after.settled), rounds + 1
    return Draft(draft.outline, draft.settled, tuple(repairs)), rounds


def ledger_of(report: Report, draft: Draft, mender: Mender, rounds: int) -> Ledger:
    """The final check, with why a length is short where the evidence ended."""
    entries = check(report, demands_on(mender.demands, draft.outline), mender.verifier.stem)
    spare = _spare(draft, mender)
    short = sum(entry.demand.kind == "section_length" and entry.state == "unmet" for entry in entries)
    explained = tuple(_explained(entry, report, spare, short) for entry in entries)
    return Ledger(entries=explained, rounds=rounds, repairs=draft.repairs)


def _spare(draft: Draft, mender: Mender) -> dict[str, int]:
    """By section's title, how many statements it could still quote."""
    said = {source.key for one in shown_in(draft.outline, draft.settled) for source in one.sentence.sources}
    return {
        section.title: sum(one.key not in said for block in section.blocks for one in mender.spares.get(block.id, ()))
        for section in draft.outline.sections
        if section.kind == "section"
    }


def _explained(entry: Checked, report: Report, spare: dict[str, int], short: int) -> Checked:
    demand = entry.demand
    if entry.state != "unmet" or entry.why:
        return entry
    if demand.kind == "length" and report.figures.words < (demand.least or 0):
        told = f"what was read gives no more: {short} of {len(spare)} sections are off their share"
        return entry.model_copy(update={"why": told})
    if demand.kind == "section_length":
        n = spare.get(demand.wanted, 0)
        left = f"{n} more of its statements are there, and none was new, fitted and stood"
        return entry.model_copy(update={"why": left if n else "nothing else that was read on it can be quoted"})
    return entry
