"""Logic fog, read as an order: what settles a section's matter is told last, after what led to it.

Whole sentences move, and no word of them. A sentence takes along those that lean on it, none is moved past a later
date, and none that gives somebody's full name is moved behind the short one. Nothing is left out or made vague.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from agent.pacing.telling import Paragraph, Section, Told, as_shown
from prompts.statements import is_anaphoric
from retrieval.dates import moments
from retrieval.names import proper_names

_VERDICT = re.compile(
    r"^(?:In (?:conclusion|short|sum|summary|the end)|Overall|Ultimately|Altogether|All in all|On balance)\b|"
    r"\b(?:main|root|real|decisive|direct|immediate|technical|underlying) (?:causes?|reasons?)\b"
    r".*\b(?:was|were|is|are)\b|"
    r"\b(?:concluded|ruled|decided) that\b|\bbottom line\b|\b(?:was|were) (?:to blame|responsible for|found guilty)\b|"
    r"\b(?:could|should|would) have been (?:prevented|avoided)\b"
)
_MIN_UNITS = 3  # of fewer nothing leads to a verdict

Unit = tuple[Told, ...]
NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})


def is_verdict(sentence: str) -> bool:
    """Whether the sentence settles its section's matter: a conclusion, a cause, a blame."""
    return bool(_VERDICT.search(sentence))


def leans(sentence: str) -> bool:
    """Whether the sentence leans on the one before it."""
    return is_anaphoric(sentence) or sentence.startswith("According to the same ")


def units_of(sentences: Sequence[Told]) -> list[Unit]:
    """Sentences with those that lean on them; the first is a unit whatever it leans on."""
    units: list[list[Told]] = []
    for told in sentences:
        if units and leans(told.text):
            units[-1].append(told)
        else:
            units.append([told])
    return [tuple(unit) for unit in units]


def delayed(section: Section, depends_on: Mapping[str, Collection[str]] = NOTHING) -> tuple[Section, int]:
    """The section with its verdicts behind the rest of their blocks, and the block with the verdict behind the others;
    and how many sentences or blocks were moved. No block is moved behind one that depends on it."""
    found, n_moved = section, 0
    for block in _blocks(section):
        found, moved = _verdict_last(found, block)
        n_moved += moved
    return _block_last(found, n_moved, depends_on)


def _blocks(section: Section) -> list[str]:
    return list(dict.fromkeys(told.block for paragraph in section for told in paragraph))


def _of_block(section: Section, block: str) -> list[Told]:
    return [told for paragraph in section for told in paragraph if told.block == block]


def _verdict_last(section: Section, block: str) -> tuple[Section, int]:
    units = units_of(_of_block(section, block))
    if len(units) < _MIN_UNITS or is_verdict(units[-1][0].text):
        return section, 0
    # The last verdict of several: the others were what it rests on. The first unit may lean on another block.
    for at in range(len(units) - 2, -1, -1):
        if is_verdict(units[at][0].text):
            may_move = not leans(units[at][0].text) and _may_pass(units[at], units[at + 1 :])
            return (as_shown(_moved(section, units[at])), 1) if may_move else (section, 0)
    return section, 0


def _moved(section: Section, unit: Unit) -> Section:
    """The unit behind the last sentence of its block, in that one's paragraph."""
    ids = {id(told) for told in unit}
    last = next(told for told in reversed(_of_block(section, unit[0].block)) if id(told) not in ids)
    paragraphs: list[Paragraph] = []
    for paragraph in section:
        kept: list[Told] = []
        for told in paragraph:
            if id(told) not in ids:
                kept.append(told)
            if told is last:
                kept += unit
        if kept:
            paragraphs.append(tuple(kept))
    return tuple(paragraphs)


def _block_last(section: Section, n_moved: int, depends_on: Mapping[str, Collection[str]]) -> tuple[Section, int]:
    """The last block that ends with a verdict behind all others, where the section's last does not."""
    blocks = _blocks(section)
    told = {block: _of_block(section, block) for block in blocks}
    if len(blocks) < 2 or any(leans(told[block][0].text) for block in blocks):
        return section, n_moved
    ending = [block for block in blocks if is_verdict(units_of(told[block])[-1][0].text)]
    if not ending or blocks[-1] in ending:
        return section, n_moved
    own = [paragraph for paragraph in section if any(one.block == ending[-1] for one in paragraph)]
    if any(one.block != ending[-1] for paragraph in own for one in paragraph):
        return section, n_moved  # it shares a paragraph with another
    passed = blocks[blocks.index(ending[-1]) + 1 :]
    behind = [one for block in passed for one in told[block]]
    if any(ending[-1] in depends_on.get(block, ()) for block in passed):
        return section, n_moved
    if not _may_pass(tuple(told[ending[-1]]), [tuple(behind)]):
        return section, n_moved
    return (*(paragraph for paragraph in section if paragraph not in own), *own), n_moved + 1


def _may_pass(unit: Unit, behind: Sequence[Unit]) -> bool:
    """Whether what stands behind a unit may come before it."""
    passed = [told for other in behind for told in other]
    if any(told.is_fixed for told in (*unit, *passed)):
        return False  # which block says it first decides which source it is cited to
    own_dates = [date for told in unit for date in moments(told.text)]
    their_dates = [date for told in passed for date in moments(told.text)]
    if any(_is_before(own, their) for own in own_dates for their in their_dates):
        return False
    full = [set(name.words) for told in unit for name in proper_names(told.text)]
    short = [set(name.words) for told in passed for name in proper_names(told.text)]
    return not any(part < whole for whole in full for part in short)


def _is_before(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    n = min(len(one), len(other))
    return one[:n] < other[:n]
