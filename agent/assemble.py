"""Assembly: settled blocks to a report. Numbers the evidence, frames it, and sees that no sentence is said twice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from agent.allocate import folded
from agent.constraints.gathering import wanted_of
from agent.constraints.phrases import said_phrases
from agent.errors import NotEnoughEvidence
from agent.facts.records import Contradiction, Span
from agent.frame import (
    closing_sentences,
    limits_of_all,
    limits_of_length,
    limits_of_reading,
    limits_of_subjects,
    opening_sentences,
)
from agent.paragraphs import paragraph_sizes, said_after
from agent.plan_aspects import parts_are_asked
from agent.records import ReadingRecord
from agent.settle import SettledBlock, SettledSentence
from agent.stemming import english_stem
from agent.types import Brief, Claim, Evidence, Outline, PacingTally, Report, ReportSection, RunFigures, SectionPlan
from agent.unsaid import is_thin, unsaid_in
from prompts.statements import Statement

_MAX_DISAGREEMENTS = 10


class _Desk:
    """Hands out evidence numbers and claim ids, and remembers what was said."""

    def __init__(self) -> None:
        self.evidence: dict[tuple[str, int, int], Evidence] = {}
        self.claims: list[Claim] = []
        self._said: set[str] = set()

    def number(self, statement: Statement) -> int:
        """The evidence number of a statement."""
        return self.cite(
            Span(
                document=statement.doc_id,
                title=statement.title,
                heading_path=statement.heading_path,
                passage=statement.passage_id,
                page=statement.page,
                start=statement.start,
                end=statement.end,
                text=statement.quote,
            )
        )

    def cite(self, span: Span) -> int:
        """The evidence number of a span: its own, or the next."""
        key = (span.document, span.start, span.end)
        if key not in self.evidence:
            number = len(self.evidence) + 1
            self.evidence[key] = Evidence(number=number, quote=span.text, **span.model_dump(exclude={"text"}))
        return self.evidence[key].number

    def claim(self, section: SectionPlan, block: str, sentence: SettledSentence, *, shown_as: str = "") -> Claim | None:
        """File a sentence; None when the report already says it (it is then filed as dropped).

        `shown_as` is the sentence as its neighbours let it be said; what counts as said is the sentence itself.
        """
        repeats = sentence.action != "dropped" and folded(sentence.text) in self._said
        is_shown = sentence.action != "dropped" and not repeats
        claim = Claim(
            id=f"c{len(self.claims) + 1:04d}",
            section=section.title,
            kind=section.kind,
            block=block,
            sentence=shown_as or sentence.text,
            citations=tuple(sorted({self.number(source) for source in sentence.sources})) if is_shown else (),
            support=sentence.support,
            action=sentence.action if is_shown else "dropped",
            reasons=(*sentence.reasons, "another section already says it") if repeats else sentence.reasons,
            doubt=sentence.doubt,
            uncertainty=sentence.uncertainty,
        )
        self.claims.append(claim)
        if is_shown:
            self._said.add(folded(sentence.text))
        return claim if is_shown else None

    def open_with_names(
        self, paragraphs: Sequence[Sequence[str]], told: Sequence[tuple[Claim | None, SettledSentence]]
    ) -> None:
        """What opens a paragraph is shown with its name: a pronoun there would mean a sentence of another paragraph."""
        opening = {paragraph[0] for paragraph in paragraphs}
        for claim, sentence in told:
            if claim is not None and claim.id in opening and claim.sentence == sentence.as_written:
                self.claims[self.claims.index(claim)] = claim.model_copy(update={"sentence": sentence.text})

    def framing(self, section: SectionPlan, text: str) -> Claim:
        """File a sentence about the report itself: no citation, nothing to support."""
        return self.told(section, text, (), "says something of the report, not of the world")

    def told(self, section: SectionPlan, text: str, citations: tuple[int, ...], *reasons: str) -> Claim:
        """File a sentence of no block, which nobody drafted."""
        claim = Claim(
            id=f"c{len(self.claims) + 1:04d}",
            section=section.title,
            kind=section.kind,
            block="",
            sentence=text,
            citations=citations,
            support=1.0,
            action="kept",
            reasons=reasons,
        )
        self.claims.append(claim)
        return claim


def _paragraphs(claims: Sequence[Claim | None], sizes: Sequence[int]) -> list[tuple[str, ...]]:
    """Claim ids cut into paragraphs of so many sentences, or by length; a sentence without a claim is not shown."""
    if not sizes:
        claims = [claim for claim in claims if claim]
        sizes = paragraph_sizes([len(claim.sentence.split()) for claim in claims if claim])
    remaining = iter(claims)
    cut = [[claim.id for claim in islice(remaining, size) if claim] for size in sizes]
    return [tuple(paragraph) for paragraph in cut if paragraph]


def _body(
    section: SectionPlan, settled: Mapping[str, SettledBlock], desk: _Desk
) -> tuple[list[tuple[str, ...]], list[Claim]]:
    paragraphs: list[tuple[str, ...]] = []
    shown: list[Claim] = []
    for block in section.blocks:
        done = settled.get(block.id)
        if done is None:
            continue
        claims: list[Claim | None] = []
        before: SettledSentence | None = None
        for sentence in done.sentences:
            claims.append(desk.claim(section, block.id, sentence, shown_as=said_after(before, sentence)))
            before = sentence if claims[-1] else before
        for sentence in done.dropped:
            desk.claim(section, block.id, sentence)
        own = _paragraphs(claims, done.paragraphs)
        desk.open_with_names(own, [*zip(claims, done.sentences, strict=True)])
        if done.runs_on and paragraphs and own:
            paragraphs[-1] += own.pop(0)
        paragraphs += own
        shown += [claim for claim in claims if claim]
    return paragraphs, shown


def _notice(section: SectionPlan, shown: Sequence[Claim]) -> str:
    if section.kind != "section":
        return ""
    words = sum(len(claim.sentence.split()) for claim in shown)
    if not shown:
        return "The documents hold nothing on this that could be quoted, so nothing is said."
    if is_thin(section, words):
        return "The documents say little on this; the section is shorter than planned."
    return ""


def assemble(
    brief: Brief,
    outline: Outline,
    settled: Mapping[str, SettledBlock],
    reading: ReadingRecord,
    contradictions: Sequence[Contradiction] = (),
    *,
    candidates: int = 1,
    pacing: PacingTally | None = None,
) -> Report:
    """The report of a run; `run_id`, tokens, money and seconds are filled in by the run.

    Contradictions get a section of their own at the end, which is missing where there are none. `candidates` is how
    many drafts of a paragraph were asked for, `pacing` what was done to the blocks before.

    Raises:
        NotEnoughEvidence: no section has a sentence that stands.
    """
    desk = _Desk()
    bodies = {section.id: _body(section, settled, desk) for section in outline.sections}
    if not any(shown for section in outline.sections if section.kind == "section" for shown in [bodies[section.id][1]]):
        raise NotEnoughEvidence(
            "no sentence stood on a quotation in any section",
            hint="ask a narrower topic, or add documents on it",
        )
    # Nobody misses a heading of our own making; its question is told of all the same, among what the corpus lacks. Who
    # names a form wants to know which part of it stayed empty.
    is_asked = outline.origin in ("user", "schema") or parts_are_asked(brief)
    sections = [one for one in outline.sections if is_asked or one.kind != "section" or bodies[one.id][1]]
    main = [section for section in sections if section.kind == "section"]
    notices = {section.id: _notice(section, bodies[section.id][1]) for section in sections}
    told = [section.title for section in main if bodies[section.id][1]]
    thin = [section.title for section in main if notices[section.id]]
    titles = [evidence.title for evidence in desk.evidence.values()]
    avoided = wanted_of(brief.demands, "avoid")
    finished = []
    for section in sections:
        paragraphs, _ = bodies[section.id]
        if section.kind == "introduction":
            frame = _free_of(avoided, opening_sentences(brief.topic, told, titles))
            paragraphs = [tuple(desk.framing(section, text).id for text in frame), *paragraphs]
        elif section.kind == "conclusion":
            frame = _free_of(avoided, closing_sentences(thin))
            paragraphs = [*paragraphs, tuple(desk.framing(section, text).id for text in frame)]
        kept = tuple(paragraph for paragraph in paragraphs if paragraph)
        if not kept and section.kind == "conclusion":
            continue
        finished.append(
            ReportSection(title=section.title, kind=section.kind, paragraphs=kept, notice=notices[section.id])
        )
    finished += _disagreements(contradictions, desk)
    figures = _figures(finished, desk, reading, settled, candidates=candidates)
    figures = figures.model_copy(update={"pacing": pacing})
    return Report(
        title=outline.title,
        topic=brief.topic,
        run_id="",
        sections=tuple(finished),
        claims=tuple(desk.claims),
        evidence=tuple(desk.evidence.values()),
        figures=figures,
        limits=tuple(_limits(brief, outline, reading, figures, desk)),
        unsaid=unsaid_in(outline, desk.claims, [*desk.evidence.values()], reading, english_stem()),
    )


def _free_of(avoided: Sequence[str], sentences: Sequence[str]) -> list[str]:
    """Sentences of the frame without those that name, of titles, what is to be avoided."""
    return [sentence for sentence in sentences if not said_phrases(sentence, avoided)]


def _limits(brief: Brief, outline: Outline, reading: ReadingRecord, figures: RunFigures, desk: _Desk) -> Iterator[str]:
    if brief.wants_all:
        yield limits_of_all(reading)
    numbers = {number for claim in desk.claims if claim.block for number in claim.citations}
    yield from limits_of_subjects(reading, {one.document for one in desk.evidence.values() if one.number in numbers})
    if not outline.is_answer:  # of an answer, "up to so many words" was asked
        if not brief.demands:  # the ledger tells of the length
            yield from limits_of_length(brief.words, figures)
        yield from limits_of_reading(reading, figures)


def _disagreements(contradictions: Sequence[Contradiction], desk: _Desk) -> list[ReportSection]:
    """Which figures the sources give differently, each value as its source writes it; `facts.json` has them all."""
    section = SectionPlan(id="s98", title="Where the sources disagree", blocks=(), kind="disagreements")
    claims: list[Claim] = []
    n_left = len(contradictions) - _MAX_DISAGREEMENTS
    notice = f"{_MAX_DISAGREEMENTS} of {len(contradictions):,} are told; facts.json has them all." if n_left > 0 else ""
    for one in contradictions[:_MAX_DISAGREEMENTS]:
        dated = f" ({one.as_of})" if one.as_of else ""
        said = f"“{one.values[0]}” in one place and “{one.values[1]}” in another"
        citations = (desk.cite(one.one.span), desk.cite(one.other.span))
        claims.append(desk.told(section, f"For “{one.measure}” of {one.subject}{dated}, {said}.", citations))
    paragraphs = tuple((claim.id,) for claim in claims)
    told = ReportSection(title=section.title, kind=section.kind, paragraphs=paragraphs, notice=notice)
    return [told] if claims else []


def _figures(
    sections: Sequence[ReportSection],
    desk: _Desk,
    reading: ReadingRecord,
    settled: Mapping[str, SettledBlock],
    *,
    candidates: int,
) -> RunFigures:
    shown_ids = {claim_id for section in sections for paragraph in section.paragraphs for claim_id in paragraph}
    shown = [claim for claim in desk.claims if claim.id in shown_ids]
    drafted = [claim for claim in shown if claim.citations and claim.block]
    written = sum(len(claim.sentence) + 1 for claim in shown)
    return RunFigures(
        words=sum(len(claim.sentence.split()) for claim in shown),
        sections=sum(section.kind != "disagreements" for section in sections),
        # Frame sentences and those made by rule belong to no block: nobody checked them against anything.
        claims=dict(sorted(Counter(claim.action for claim in desk.claims if claim.block).items())),
        citations=sum(len(claim.citations) for claim in shown),
        sources=len(desk.evidence),
        documents=len({evidence.document for evidence in desk.evidence.values()}),
        characters_read=reading.raw_characters,
        characters_unique=reading.unique_characters,
        characters_written=written,
        saturation_ratio=round(reading.unique_characters / written, 2) if written else 0.0,
        mean_support=round(sum(claim.support for claim in drafted) / len(drafted), 4) if drafted else 0.0,
        candidates=candidates,
        drafts=sum(block.drafts for block in settled.values()),
        drafts_preferred=sum(block.chosen > 0 for block in settled.values()),
    )
