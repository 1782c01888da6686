"""What the corpus does not say: planned questions without a sentence, thin sections, what the plan lacked, and what was
dropped because nothing carried it.

Knows plans and claims. It speaks of what was read alone: that nothing more stands in the corpus cannot be shown.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from agent.grounding.support import Stem, content_words
from agent.records import ReadingRecord
from agent.render_markdown import shorten
from agent.types import AtomicBlock, Claim, Evidence, Outline, SectionPlan
from prompts.instructions import oversteps
from prompts.plain_text import plain

THIN_SHARE = 0.45
_MAX_QUESTIONS = 12
_MAX_CHARS = 160
# The first that fits counts. What was dropped for want of room, or because it was said already, is no gap.
_WHY: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"^the (?:number|name|date) .* is not in the evidence$"),
        "named a figure, a name or a date that is not there",
    ),
    (
        re.compile(r"^the evidence (?:does not state the figure|gives the figure of something|tells of something of)"),
        "gave a figure to something else",
    ),
    (re.compile(r"^no name stands beside the figure"), "gave a figure without saying of what"),
    (re.compile(r"^no source speaks of both"), "joined what no source tells together"),
    (re.compile(r"^a citation does not resolve|^the quote of .* is not in its"), "cited what could not be found"),
    (re.compile(r"^it is not a whole sentence|^it has \d+ words|^it holds an address"), "made no fit sentence"),
    (re.compile(r"^it \w+|^“.*” makes a|^the evidence |^support [\d.]+ is under"), "said something else, or more"),
)
_OTHERWISE = "failed another check"
_NO_GAP = re.compile(
    r"already says it$|^the block has no room for it$|^not what was asked for$|^the length asked for has no room$"
)


def unsaid_in(
    outline: Outline, claims: Sequence[Claim], evidence: Sequence[Evidence], reading: ReadingRecord, stem: Stem
) -> tuple[str, ...]:
    """Sentences for the reader, most telling first; none where there is nothing to say.

    Args:
        outline: What was planned.
        claims: Every sentence of the report and of its drafts, with its fate.
        evidence: What the shown sentences cite.
        reading: The account of what was read.
        stem: Folds word forms together.
    """
    shown = Counter(claim.block for claim in claims if claim.action != "dropped" and claim.block)
    lines = [*_questions(outline, shown)]
    if not outline.is_answer:  # of an answer, "up to so many words" was asked
        lines += _thin_sections(outline, claims)
    lines += [*_first_look(outline, evidence, stem), *_dropped(claims)]
    return (_as_far_as_read(reading), *lines) if lines else ()


def _as_far_as_read(reading: ReadingRecord) -> str:
    of_all = f" of {reading.corpus_passages:,}" if reading.corpus_passages else ""
    late = " The run's time was over before all was read that was meant to be." if "time" in reading.endings else ""
    return f"This holds for what was read of the corpus (passages: {reading.passages:,}{of_all}).{late}"


def _questions(outline: Outline, shown: Mapping[str, int]) -> Iterator[str]:
    empty = [
        block
        for section in outline.sections
        if section.kind == "section"
        for block in section.blocks
        if not shown.get(block.id)
    ]
    for block in empty[:_MAX_QUESTIONS]:
        yield f"No sentence that stands on a quotation was found for {_named(block)}."
    if len(empty) > _MAX_QUESTIONS:
        yield f"Nor for {len(empty) - _MAX_QUESTIONS} more of the planned questions."


def _named(block: AtomicBlock) -> str:
    question = plain(block.question)
    return "one of the planned questions" if oversteps(question) else f"“{shorten(question, _MAX_CHARS)}”"


def is_thin(section: SectionPlan, words: int) -> bool:
    """Whether a section of so many words is much shorter than planned."""
    return words < THIN_SHARE * sum(block.target_words for block in section.blocks)


def _thin_sections(outline: Outline, claims: Sequence[Claim]) -> Iterator[str]:
    words: Counter[str] = Counter()
    for claim in claims:
        if claim.action != "dropped" and claim.block:
            words[claim.block] += len(claim.sentence.split())
    for section in outline.sections:
        found = sum(words[block.id] for block in section.blocks)
        if section.kind == "section" and found and is_thin(section, found):
            planned = sum(block.target_words for block in section.blocks)
            yield f"“{plain(section.title)}” has {found:,} words where {planned:,} were planned."


def _first_look(outline: Outline, evidence: Sequence[Evidence], stem: Stem) -> Iterator[str]:
    """What the plan lacked and no single quotation names since."""
    held = [frozenset(content_words(" ".join((one.title, *one.heading_path, one.quote)), stem)) for one in evidence]
    for gap in outline.missing:
        words = frozenset(content_words(gap, stem))
        if words and not oversteps(gap) and not any(words <= known for known in held):
            named = shorten(plain(gap), _MAX_CHARS)
            yield f"The plan's first look at the corpus lacked “{named}”; it was searched for."


def _dropped(claims: Sequence[Claim]) -> Iterator[str]:
    why = Counter(_reason(claim) for claim in claims if claim.action == "dropped" and claim.block and _is_gap(claim))
    if total := sum(why.values()):
        told = "; ".join(f"{'it' if total == 1 else n} {reason}" for reason, n in why.most_common())
        noun = "drafted sentence was" if total == 1 else "drafted sentences were"
        yield f"{total} {noun} dropped because no quotation carried {'it' if total == 1 else 'them'}: {told}."


def _is_gap(claim: Claim) -> bool:
    return not any(_NO_GAP.search(reason) for reason in claim.reasons)


def _reason(claim: Claim) -> str:
    return next((why for sign, why in _WHY for reason in claim.reasons if sign.search(reason)), _OTHERWISE)
