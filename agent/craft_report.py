"""Between graph and craft, last part: from settled blocks to the report, held to what was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agent.assemble import assemble
from agent.choose import ranked, usable_of
from agent.constraints.keeping import ledger_of, mended
from agent.constraints.mending import Draft, Mender
from agent.constraints.outcomes import limits_told
from agent.context import RunContext
from agent.craft_write import verifier_of
from agent.estimating import estimate_of, is_own_sentence_in, with_probabilities
from agent.facts.records import Contradiction, FactsFile
from agent.front import front_of, front_words
from agent.pacing.pace import pace, paced_event
from agent.progress import Event
from agent.records import OwnedStatements, ReadingRecord, blocks_of
from agent.settle import SettledBlock
from agent.types import Brief, Outline, PacingTally, Report
from agent.verify import Verifier
from prompts.statements import Statement

_LOOKED_UP = 12  # passages that are searched for a phrase that nothing read mentions


@dataclass(frozen=True)
class _Parts:
    """What a report is assembled from, besides its draft."""

    brief: Brief
    reading: ReadingRecord
    contradictions: Sequence[Contradiction]


def assemble_report(
    brief_id: str,
    outline_id: str,
    reading_id: str,
    owned: Mapping[str, str],
    settled: Mapping[str, str],
    facts_id: str | None,
    context: RunContext,
) -> str:
    """Mend the blocks where the request is not met, pace them, assemble the report; returns its id.

    Raises:
        NotEnoughEvidence: no sentence of a section survived.
    """
    store = context.store
    outline = store.get_model(outline_id, Outline)
    parts = _Parts(
        brief=store.get_model(brief_id, Brief),
        reading=store.get_model(reading_id, ReadingRecord),
        contradictions=store.get_model(facts_id, FactsFile).contradictions if facts_id is not None else (),
    )
    draft = Draft(outline, {block: store.get_model(record_id, SettledBlock) for block, record_id in settled.items()})
    verifier = verifier_of(reading_id, context)
    if outline.is_answer:
        report = _finished(draft, parts, verifier, context)[1]
    elif not parts.brief.demands:
        report = _paced(draft, parts, verifier, context)[1]
    else:
        report = _kept(draft, _mender(parts.brief, outline, owned, verifier, context), parts, context)
    figures = report.figures
    numbers = {"words": figures.words, "characters": figures.characters_written, "ratio": figures.saturation_ratio}
    context.progress.tell(Event(name="assembled", numbers=numbers))
    return store.put("report", report, parents=[outline_id, reading_id, *settled.values()])


def _kept(draft: Draft, mender: Mender, parts: _Parts, context: RunContext) -> Report:
    """The report with its ledger, after as many rounds of repair as it takes and two at most."""
    draft, rounds = mended(draft, mender, partial(_assembled, parts=parts, context=context))
    paced, report = _paced(draft, parts, mender.verifier, context)
    ledger = ledger_of(report, paced, mender, rounds)
    numbers = {"demands": len(ledger.entries), "unmet": len(ledger.unmet), "rounds": rounds}
    context.progress.tell(Event(name="checked", message="; ".join(ledger.repairs), numbers=numbers))
    figures = report.figures.model_copy(update={"demands": ledger.counts})
    limits = (*limits_told(ledger), *report.limits)
    return report.model_copy(update={"ledger": ledger, "limits": limits, "figures": figures})


def _paced(draft: Draft, parts: _Parts, verifier: Verifier, context: RunContext) -> tuple[Draft, Report]:
    """The draft as it is told, and its report; pacing comes last, for it keeps every word."""
    if context.write.pacing == "off":
        return _finished(draft, parts, verifier, context)
    paced = pace(draft.outline, draft.settled, verifier)
    context.progress.tell(paced_event(paced.tally))
    draft = Draft(paced.outline, paced.settled, draft.repairs)
    return _finished(draft, parts, verifier, context, pacing=paced.tally)


def _finished(
    draft: Draft, parts: _Parts, verifier: Verifier, context: RunContext, *, pacing: PacingTally | None = None
) -> tuple[Draft, Report]:
    """The draft with a probability for each sentence of its own, where they can be told, and its report."""
    cascade = context.cascade
    has_own = is_own_sentence_in(draft.settled)
    estimator = cascade.estimator if cascade is not None else context.open_estimator() if has_own else None
    if estimator is None or not has_own:
        return draft, _assembled(draft, parts=parts, context=context, pacing=pacing)
    draft = replace(draft, settled=with_probabilities(draft.settled, estimator, verifier.lexicon))
    report = _assembled(draft, parts=parts, context=context, pacing=pacing)
    estimate = estimate_of(estimator.model, decides=cascade is not None)
    return draft, report.model_copy(update={"estimate": estimate})


def _assembled(draft: Draft, *, parts: _Parts, context: RunContext, pacing: PacingTally | None = None) -> Report:
    """The report of a draft, with what stands in front of it where that is wanted."""
    report = assemble(
        parts.brief,
        draft.outline,
        draft.settled,
        parts.reading,
        parts.contradictions,
        candidates=context.write.candidates,
        pacing=pacing,
    )
    wants_front = context.write.front == "on" and not draft.outline.is_answer
    front = front_of(report, context.fine, context.stem) if wants_front else None
    if front is None:
        return report
    figures = report.figures.model_copy(update={"front_words": front_words(report, front)})
    return report.model_copy(update={"front": front, "figures": figures})


def _mender(
    brief: Brief, outline: Outline, owned: Mapping[str, str], verifier: Verifier, context: RunContext
) -> Mender:
    spares: dict[str, list[Statement]] = {}
    for _, block in blocks_of(outline):
        if block.id in owned:
            usable = usable_of(context.store.get_model(owned[block.id], OwnedStatements))
            spares[block.id] = ranked(block, usable, fine=context.fine) if usable else []

    def look_up(phrase: str) -> list[Statement]:
        hits = context.searcher.search_passages(phrase, _LOOKED_UP, doc_ids=brief.subjects or None)
        return context.reader.read([hit.passage for hit in hits]).statements

    return Mender(demands=brief.demands, spares=spares, verifier=verifier, look_up=look_up)
