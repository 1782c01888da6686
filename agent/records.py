"""Records that nodes hand each other through the store."""

from agent.difficulty import Route, Signs
from agent.draft import Candidate
from agent.foraged import Ending
from agent.types import AtomicBlock, Outline, SectionPlan
from lm.types import Frozen
from prompts.statements import Statement


class AlignmentRecord(Frozen):
    """P0: passages of the first retrieval, best first, and those that a note stands on, where one was taken."""

    passages: tuple[str, ...]
    noted: tuple[str, ...] = ()
    best_cosine: float
    word_share: float


class Routed(Frozen):
    """How hard a question looked, and how it is worked on therefore."""

    signs: Signs
    route: Route


class OwnedStatements(Frozen):
    """The statements that belong to one block, in reading order, each with its fit to the block's question; for an
    answer that is 1 where a note stands on the statement's passage, else 0."""

    block: str
    statements: tuple[Statement, ...]
    fits: tuple[float, ...]


class SubjectReading(Frozen):
    """What was read of a document that the topic names."""

    document: str
    title: str
    passages: int
    statements: int


class ReadingRecord(Frozen):
    """The account of everything that was read for a run. Characters; near-duplicates removed in `unique_characters`.

    `endings`: why the blocks' foraging ended, each reason once; `subjects`: the documents that the topic names.
    """

    passages: int
    documents: int
    raw_characters: int
    unique_characters: int
    target_characters: int
    ratio_asked: float
    floor_characters: int = 0
    instructions_ignored: int
    lexicon_id: str
    corpus_passages: int = 0
    corpus_documents: int = 0
    endings: tuple[Ending, ...] = ()
    subjects: tuple[SubjectReading, ...] = ()


class DraftRecord(Frozen):
    """A block's draft, not yet believed; `chosen`, from 0, is its place among the `drafts` that were written of it. A
    block that was not written as a paragraph has none."""

    candidates: tuple[Candidate, ...]
    drafts: int = 0
    chosen: int = 0


def blocks_of(outline: Outline) -> list[tuple[SectionPlan, AtomicBlock]]:
    """Every block with its section, in the order of the report."""
    return [(section, block) for section in outline.sections for block in section.blocks]


def block_in(outline: Outline, block_id: str) -> tuple[SectionPlan, AtomicBlock]:
    """A block and its section by the block's id.

    Raises:
        KeyError: the outline has no such block.
    """
    for section, block in blocks_of(outline):
        if block.id == block_id:
            return section, block
    raise KeyError(block_id)
