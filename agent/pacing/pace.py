"""A report's settled blocks, paced: first the order, then the rhythm, until nothing changes any more.

Sections that say something of the world are paced; introduction, conclusion and the order of sections stay.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agent.allocate import folded
from agent.draft import Candidate
from agent.pacing.order import delayed
from agent.pacing.rhythm import Changes, Pulse, Rhythm, pulse_of
from agent.pacing.telling import Section, ordered_as_told, sections_of, settled_as_told
from agent.progress import Event
from agent.settle import SettledBlock
from agent.types import Outline, PacingTally
from agent.verify import Verdict, Verifier
from prompts.statements import Statement


@dataclass(frozen=True)
class Paced:
    """The outline with its blocks in the order of telling, the blocks as they are told, and what was done."""

    outline: Outline
    settled: Mapping[str, SettledBlock]
    tally: PacingTally


def pace(outline: Outline, settled: Mapping[str, SettledBlock], verifier: Verifier) -> Paced:
    """Pace a report before it is assembled.

    Neither dispersion is farther from its band than before; each sentence says the same numbers, dates and names of the
    same sources, and stands before the verifier; paced again, nothing changes.
    """
    plans = [section for section in outline.sections if section.kind == "section"]
    before = sections_of(plans, settled)
    paced = {block.id for plan in plans for block in plan.blocks}
    elsewhere = {folded(one.text) for name, block in settled.items() if name not in paced for one in block.sentences}
    depends_on = {block.id: block.depends_on for plan in plans for block in plan.blocks}
    rhythm = Rhythm(_Standing(verifier), frozenset(verifier.lexicon), frozenset(elsewhere))
    sections, made = before, Changes()
    while True:  # it ends: each step brings a distance down, or a verdict to its place, and never one up
        after, more = _step(sections, rhythm, depends_on)
        if after == sections:
            made = made if any(made.counts) else more
            break
        sections, made = after, made.plus(more)
    ordered = {plan.id: ordered_as_told(plan, section) for plan, section in zip(plans, sections, strict=True)}
    told = tuple(ordered.get(section.id, section) for section in outline.sections)
    return Paced(
        outline=outline.model_copy(update={"sections": told}),
        settled=settled_as_told(sections, settled),
        tally=_tally(pulse_of(before), pulse_of(sections), made),
    )


def paced_event(tally: PacingTally) -> Event:
    """What was done, as the run tells it."""
    counts = tally.model_dump(include={"joined", "split", "merged", "parted", "delayed", "reverted"})
    spreads = {"sentence_cv": tally.sentence_cv, "paragraph_cv": tally.paragraph_cv}
    numbers = {
        f"{name}_{when}": round(value, 4)
        for name, pair in spreads.items()
        for when, value in zip(("before", "after"), pair, strict=True)
        if value is not None
    }
    return Event(name="paced", message=f"paced: {tally.told}", numbers=counts | numbers)


@dataclass(frozen=True)
class _Standing:
    """Whether a sentence stands on all of some statements, held to the rules for what a writer has written."""

    verifier: Verifier

    def __call__(self, text: str, sources: Sequence[Statement]) -> Verdict:
        return self.verifier.verify(Candidate(text=text, sources=tuple(range(len(sources)))), sources)


def _step(
    sections: Sequence[Section], rhythm: Rhythm, depends_on: Mapping[str, Collection[str]]
) -> tuple[list[Section], Changes]:
    """The order and then the rhythm; the rhythm alone where with the order a dispersion would be farther from its
    band."""
    moved = [delayed(section, depends_on) for section in sections]
    n_moved = sum(n for _, n in moved)
    found, made = rhythm.broken([section for section, _ in moved])
    if pulse_of(found).is_no_farther_than(pulse_of(sections)):
        return found, made.plus(Changes(delayed=n_moved))
    found, alone = rhythm.broken(sections)
    return found, alone.plus(Changes(reverted=n_moved + made.reverted))


def _tally(before: Pulse, after: Pulse, made: Changes) -> PacingTally:
    return PacingTally(
        joined=made.joined,
        split=made.split,
        merged=made.merged,
        parted=made.parted,
        delayed=made.delayed,
        reverted=made.reverted,
        sentence_cv=(before.sentences.variation, after.sentences.variation),
        paragraph_cv=(before.paragraphs.variation, after.paragraphs.variation),
    )
