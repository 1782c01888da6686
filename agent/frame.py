"""The report's frame: what the introduction and the conclusion say of the report itself.

Its sentences carry no citation because they state nothing of the world: they name the topic, the sources and where the
evidence is thick or thin. They carry no figures either.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from agent.brief import title_of
from agent.foraged import DEPTHS, MOST_FOR_ALL, Ending
from agent.records import ReadingRecord
from agent.types import AtomicBlock, Brief, Outline, RunFigures, SectionPlan
from prompts.plain_text import plain
from prompts.statements import short_title

_MIN_LENGTH_SHARE, _MOST_TOO_LONG = 0.85, 0.15
# Of several blocks the first of these counts.
_WHY_ENDED: Mapping[Ending, str] = {
    "time": "the run's time was over",
    "most": f"a section reads no more than {MOST_FOR_ALL:,} characters",
    "depth": f"no more than the best {DEPTHS[-1]} passages of a query are read",
    "nothing_new": "neither the queries nor what stands beside their finds brought anything new",
}
MIN_FRAMED_WORDS = 300  # a shorter report has neither introduction nor conclusion
_MIN_QUOTED_WORDS = 15  # an introduction with less room for evidence has none: a block says one sentence at least
_INTRODUCTION_SHARE, _CONCLUSION_SHARE = 0.08, 0.06
_ENDING = "Outcome, consequences, decisions and open questions"


def body_words(words: int) -> int:
    """What is left for the sections of a report of `words` words."""
    share = 1.0 if words < MIN_FRAMED_WORDS else 1.0 - _INTRODUCTION_SHARE - _CONCLUSION_SHARE
    return round(words * share)


def framed(outline: Outline, brief: Brief) -> Outline:
    """The outline with an introduction and a conclusion; a short report has neither.

    What the introduction says of the report's subject and course is part of its length: only what that leaves is for
    evidence, and where that is less than a sentence the introduction has no block. Which sources it will name is not
    known yet, and not counted.
    """
    if brief.words < MIN_FRAMED_WORDS:
        return outline
    frame = opening_sentences(brief.topic, [section.title for section in outline.sections], ())
    left = round(brief.words * _INTRODUCTION_SHARE) - sum(len(sentence.split()) for sentence in frame)
    opening: tuple[AtomicBlock, ...] = ()
    if left >= _MIN_QUOTED_WORDS:
        question = f"{outline.opening}: {brief.topic}" if outline.opening else brief.topic
        opening = (AtomicBlock(id="s00b01", question=question, target_words=left),)
    closing = AtomicBlock(
        id="s99b01",
        question=f"{outline.ending or _ENDING}: {brief.topic}",
        target_words=round(brief.words * _CONCLUSION_SHARE),
    )
    sections = (
        SectionPlan(id="s00", title="Introduction", blocks=opening, kind="introduction"),
        *outline.sections,
        SectionPlan(id="s99", title="Conclusion", blocks=(closing,), kind="conclusion"),
    )
    return outline.model_copy(update={"sections": sections})


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def opening_sentences(topic: str, section_titles: Sequence[str], source_titles: Sequence[str]) -> list[str]:
    """What the report is about, what it is built on, and its course."""
    matter = title_of(topic)
    sentences = [f"The subject of this report is “{matter}”."]
    leading = [f"“{short_title(title)}”" for title, _ in Counter(source_titles).most_common(4)]
    if len(leading) > 1:
        sentences.append(f"The sources it leans on most are {listed(leading)}.")
    if len(section_titles) > 1:
        first, last = plain(section_titles[0]), plain(section_titles[-1])
        sentences.append(f"It begins with “{first}” and ends with “{last}”.")
    return [
        sentence for sentence in sentences if not any(c.isdigit() for c in sentence.replace(matter, ""))
    ] or sentences[:1]


def limits_of_length(words_asked: int, figures: RunFigures) -> tuple[str, ...]:
    """Whether the length that was asked for was missed, where no ledger tells of it."""
    limits = []
    if figures.words < _MIN_LENGTH_SHARE * words_asked:
        limits.append(
            f"This report has {figures.words:,} words where {words_asked:,} were asked for; its sections found no more "
            "to say that stood on a quotation."
        )
    if figures.words - words_asked > _MOST_TOO_LONG * words_asked:
        limits.append(
            f"This report has {figures.words:,} words where {words_asked:,} were asked for; its parts end with whole "
            "sentences."
        )
    return tuple(limits)


def limits_of_reading(reading: ReadingRecord, figures: RunFigures) -> tuple[str, ...]:
    """How widely was read for what was written, where that is less than was aimed for."""
    limits = []
    if figures.saturation_ratio < reading.ratio_asked:
        limits.append(
            f"For each character written, {figures.saturation_ratio:.1f} distinct characters were read where "
            f"{reading.ratio_asked:g} were aimed for."
        )
    if reading.unique_characters < reading.floor_characters:
        limits.append(
            f"It stands on {reading.unique_characters:,} distinct characters of evidence; under "
            f"{reading.floor_characters:,} a report is thin, and should be read as a first look."
        )
    return tuple(limits)


def limits_of_all(reading: ReadingRecord) -> str:
    """For who asked for all of something: what of the corpus was read, and why no more. That nothing is missing cannot
    be shown: what no query reached may be one more, and a report tells as much as its length allows."""
    read = (
        f"{reading.passages:,} of the corpus's {reading.corpus_passages:,} passages were read (repeats not counted), "
        f"in {reading.documents:,} of its {reading.corpus_documents:,} documents"
    )
    why = next((why for ending, why in _WHY_ENDED.items() if ending in reading.endings), "")
    if why and reading.passages < reading.corpus_passages:
        read += f"; reading ended because {why}"
    return f"All of something was asked for, and this may be incomplete: {read}."


def limits_of_subjects(reading: ReadingRecord, told: Collection[str]) -> tuple[str, ...]:
    """Which of the documents that the topic names are not told of, and why; `told`: ids of those that are."""
    missing: dict[str, list[str]] = {}
    for subject in reading.subjects:
        if subject.document not in told:
            why = "no sentence from there stood and found room, or another says the same"
            if not subject.statements:
                why = "what was read from there holds no sentence that can be quoted"
            if not subject.passages:
                why = "nothing from there was read"
            missing.setdefault(why, []).append(f"“{plain(subject.title)}”")
    return tuple(f"The topic names {listed(names)}, not told of here: {why}." for why, names in missing.items())


def closing_sentences(thin_titles: Sequence[str]) -> list[str]:
    """Where the documents said little.

    Args:
        thin_titles: Titles of the sections that are much shorter than planned.
    """
    if not thin_titles:
        return []
    names = listed([f"“{plain(title)}”" for title in thin_titles])
    return [f"Least was found on {names}, where a reader should look for more before deciding."]
