"""A section as it will be told: its paragraphs of settled sentences, each with the block that it is of.

Knows how blocks become paragraphs and back; not why anything is moved.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from agent.allocate import folded
from agent.paragraphs import paragraph_sizes, said_after
from agent.settle import SettledBlock, SettledSentence
from agent.types import SectionPlan


@dataclass(frozen=True)
class Told:
    """A sentence in its place. One that is fixed is said by several blocks: the report will drop all but the first, and
    knows them by their words. What is shown may name its source in short."""

    block: str
    sentence: SettledSentence
    is_fixed: bool = False
    shown: str = ""

    @property
    def text(self) -> str:
        """The sentence."""
        return self.sentence.text

    @property
    def words(self) -> int:
        """Of the sentence as it is shown."""
        return len((self.shown or self.sentence.text).split())


Paragraph = tuple[Told, ...]
Section = tuple[Paragraph, ...]


def words_in(paragraph: Paragraph) -> int:
    """Words of a paragraph."""
    return sum(told.words for told in paragraph)


def sections_of(plans: Sequence[SectionPlan], settled: Mapping[str, SettledBlock]) -> list[Section]:
    """The sections as they would be told now."""
    said = Counter(folded(sentence.text) for block in settled.values() for sentence in block.sentences)
    return [_section(plan, settled, said) for plan in plans]


def _section(plan: SectionPlan, settled: Mapping[str, SettledBlock], said: Mapping[str, int]) -> Section:
    paragraphs: list[Paragraph] = []
    for planned in plan.blocks:
        block = settled.get(planned.id)
        if block is None or not block.sentences:
            continue
        own_told = [Told(planned.id, one, is_fixed=said[folded(one.text)] > 1) for one in block.sentences]
        told = as_shown((tuple(own_told),))[0]
        sizes = block.paragraphs or paragraph_sizes([one.words for one in told])
        own = list(_cut(told, sizes))
        if block.runs_on and paragraphs:
            paragraphs[-1] += own.pop(0)
        paragraphs += own
    return tuple(paragraphs)


def as_shown(section: Section) -> Section:
    """The section with what is shown of each sentence after the one before it in its block."""
    before: Told | None = None
    paragraphs = []
    for paragraph in section:
        shown = []
        for told in paragraph:
            one = before.sentence if before is not None and before.block == told.block else None
            shown.append(replace(told, shown=said_after(one, told.sentence)))
            before = told
        paragraphs.append(tuple(shown))
    return tuple(paragraphs)


def _cut(told: Sequence[Told], sizes: Sequence[int]) -> Iterator[Paragraph]:
    at = 0
    for size in sizes:
        yield tuple(told[at : at + size])
        at += size


def settled_as_told(sections: Sequence[Section], settled: Mapping[str, SettledBlock]) -> dict[str, SettledBlock]:
    """The blocks with the sentences, the order and the paragraphs of the sections; others stay as they are."""
    found = dict(settled)
    for section in sections:
        sizes: dict[str, list[int]] = {}
        runs_on: set[str] = set()
        sentences: dict[str, list[SettledSentence]] = {}
        for paragraph in section:
            for place, (block, group) in enumerate(groupby(paragraph, key=lambda told: told.block)):
                own = [told.sentence for told in group]
                if place and block not in sizes:
                    runs_on.add(block)
                sizes.setdefault(block, []).append(len(own))
                sentences.setdefault(block, []).extend(own)
        for block, own in sentences.items():
            changes = {"sentences": tuple(own), "paragraphs": tuple(sizes[block]), "runs_on": block in runs_on}
            found[block] = settled[block].model_copy(update=changes)
    return found


def ordered_as_told(plan: SectionPlan, section: Section) -> SectionPlan:
    """The plan with its blocks in the order of the section; those that say nothing come last."""
    order = list(dict.fromkeys(told.block for paragraph in section for told in paragraph))
    places = {block: place for place, block in enumerate(order)}
    blocks = sorted(plan.blocks, key=lambda block: places.get(block.id, len(places)))
    return plan.model_copy(update={"blocks": tuple(blocks)})
