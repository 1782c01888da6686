"""From what the blocks read to what each may say: top up, cut into statements, give each to one block."""

from collections.abc import Mapping, Sequence

import numpy as np

from agent.allocate import Share, allocate, distinct
from agent.brief import subject_matter
from agent.constraints.gathering import wanted_of
from agent.constraints.phrases import said_phrases
from agent.context import RunContext
from agent.foraged import Foraged
from agent.plan_aspects import aspects_of, parts_are_asked
from agent.progress import Event
from agent.reading import Reading
from agent.records import AlignmentRecord, OwnedStatements, ReadingRecord, SubjectReading, blocks_of
from agent.relevance import (
    DOCUMENT_WEIGHT,
    Asked,
    Contexts,
    document_worth,
    fit,
    near_enough,
    not_far,
    on_subject,
    topic_worth,
)
from agent.saturation import policy_of
from agent.types import AtomicBlock, Brief, Outline, SectionPlan
from lm.embedding import Embedder, FloatArray
from prompts.extractive import MAX_SENTENCE_WORDS, select
from prompts.statements import Statement
from retrieval.names import common_words
from retrieval.near_duplicates import UniqueReading
from retrieval.types import Passage

_KEPT_SURPLUS = 2.0
_MOST_OVER = 15  # words by which a sentence of the frame may pass its section's length, while there are shorter ones
_TOP_UP_DEPTHS = (60, 150, 400, 1000)


def _top_up(reading: UniqueReading, target: int, brief: Brief, context: RunContext) -> list[Passage]:
    """More passages on the topic until the whole run's target is read: blocks overlap, so their sum is less than the
    parts."""
    extra: list[Passage] = []
    query = subject_matter(brief.topic)[:400]
    for depth in _TOP_UP_DEPTHS:
        if reading.unique_characters >= target or context.is_late():
            break
        for hit in context.searcher.search_passages(query, depth, doc_ids=brief.subjects or None):
            if reading.unique_characters < target and reading.read(hit.passage):
                extra.append(hit.passage)
    if extra:
        context.progress.tell(
            Event(name="top_up", numbers={"passages": len(extra), "unique": reading.unique_characters})
        )
    return extra


def _frame_share(
    section: SectionPlan, topic: str, owned: dict[str, list[Share]], needs: dict[str, int], embedder: Embedder
) -> list[Share]:
    """Statements near to the topic that the sections' blocks can spare, for an introduction or a conclusion.

    Args:
        section: The introduction or the conclusion.
        topic: What the report is about.
        owned: What each block has; blocks that are not in `needs` spare nothing.
        needs: Words that each section's block is to write.
        embedder: For nearness to the topic.
    """
    spare: list[Statement] = []
    words_left: dict[str, int] = {}
    owner: dict[tuple[str, int, int], str] = {}
    for block_id, shares in owned.items():
        usable = [share.statement for share in shares if share.statement.stands_alone]
        # What a block keeps is more than it needs: some of it will not stand.
        words_left[block_id] = sum(map(_words, usable)) - round(_KEPT_SURPLUS * needs.get(block_id, 0))
        if block_id in needs:
            spare += [s for s in usable if s.kind == "prose" and _words(s) <= MAX_SENTENCE_WORDS]
            owner |= {statement.key: block_id for statement in usable}
    question = topic if section.kind == "introduction" else section.blocks[0].question
    target = section.blocks[0].target_words
    fitting = [statement for statement in spare if _words(statement) <= target + _MOST_OVER]
    wanted = 3 * target
    taken: list[Statement] = []
    for selected in select(fitting or spare, question, embedder=embedder, max_words=2 * wanted, diversity=0.5):
        block_id, words = owner[selected.statement.key], _words(selected.statement)
        if words_left[block_id] >= words and sum(map(_words, taken)) < wanted:
            words_left[block_id] -= words
            taken.append(selected.statement)
    return [Share(statement, 0.0) for statement in taken]


def _words(statement: Statement) -> int:
    return len(statement.sentence.split())


def allot(
    brief: Brief,
    outline: Outline,
    alignment: AlignmentRecord,
    foraged: Sequence[Foraged],
    context: RunContext,
) -> tuple[list[OwnedStatements], ReadingRecord]:
    """Each block's own statements, and the account of what was read for all of them."""
    found = [passage for f in foraged for passage in context.corpus.passages(f.passages)]
    reading = UniqueReading()
    passages: dict[str, Passage] = {}
    for passage in [*found, *context.corpus.passages([*alignment.passages, *alignment.noted])]:
        reading.read(passage)
        passages.setdefault(passage.id, passage)
    target = policy_of(context.write, is_answer=outline.is_answer).required(brief.words)
    extra = _top_up(reading, target, brief, context)
    passages |= {passage.id: passage for passage in extra}
    read = context.reader.read(passages.values())
    if outline.is_answer:
        owned = _owned_by_answer(outline, read.statements, alignment)
    else:
        # What must not be said is not handed to a writer; the check afterwards is for what it says of its own.
        avoided = wanted_of(brief.demands, "avoid")
        statements = [one for one in read.statements if not said_phrases(one.sentence, avoided)]
        owned = _owned_by_blocks(brief, outline, statements, passages, context)
    record = _account(brief, outline, foraged, passages, reading, read, context)
    return [_recorded(block_id, own) for block_id, own in owned.items()], record


def _owned_by_answer(
    outline: Outline, statements: Sequence[Statement], alignment: AlignmentRecord
) -> dict[str, list[Share]]:
    """Everything that was read is a candidate; what a note stands on fits."""
    noted = frozenset(alignment.noted)
    block = outline.sections[0].blocks[0]
    return {block.id: [Share(s, float(s.passage_id in noted)) for s in distinct(statements)]}


def _owned_by_blocks(
    brief: Brief,
    outline: Outline,
    statements: Sequence[Statement],
    passages: Mapping[str, Passage],
    context: RunContext,
) -> dict[str, list[Share]]:
    """Each statement to the block that it fits best; then what they can spare to introduction and conclusion."""
    placed = [(section, block) for section, block in blocks_of(outline) if section.kind == "section"]
    blocks = [block for _, block in placed]
    statements, fits = _judged(brief, outline.origin, placed, distinct(statements), passages, context)
    owned = allocate(blocks, statements, fits)
    needs = {block.id: block.target_words for block in blocks}
    for section in outline.sections:
        if section.kind != "section" and section.blocks:
            share = _frame_share(section, subject_matter(brief.topic), owned, needs, context.fine)
            taken = {spared.statement.key for spared in share}
            owned = {block_id: [s for s in own if s.statement.key not in taken] for block_id, own in owned.items()}
            owned[section.blocks[0].id] = share
    return owned


def _judged(
    brief: Brief,
    origin: str,
    placed: Sequence[tuple[SectionPlan, AtomicBlock]],
    statements: Sequence[Statement],
    passages: Mapping[str, Passage],
    context: RunContext,
) -> tuple[list[Statement], FloatArray]:
    """The statements that are near enough to the topic, and how well each fits each block, topic included.

    Blocks with facets take what stands under these. Who names documents, or has a plan of parts, has said where to look
    or what for, so there the topic alone keeps little away: "the failure of the barrage" is far from its money. A plan
    by rule over what was found near to the topic is strict about it.
    """
    if not statements:
        return [], np.zeros((0, len(placed)), dtype=np.float32)
    around = Contexts.of(statements, passages)
    fits = fit(statements, [Asked(block.question, section.title) for section, block in placed], around, context.fine)
    if any(block.facets for _, block in placed):
        return list(statements), fits
    subject, _ = aspects_of(brief.topic)
    if brief.subjects:
        worth, rows = np.zeros(len(statements), dtype=np.float32), not_far(statements, subject, around, context.fine)
    elif origin != "rules" or parts_are_asked(brief):
        worth = document_worth(statements, subject, around, context.fine, context.searcher.static_vectors)
        rows = on_subject(worth)
        worth = DOCUMENT_WEIGHT * worth
    else:
        worth = topic_worth(statements, subject, around, context.fine, context.searcher.static_vectors)
        rows = near_enough(worth)
    return [statements[row] for row in rows], (fits + worth[:, None])[rows]


def _account(
    brief: Brief,
    outline: Outline,
    foraged: Sequence[Foraged],
    passages: Mapping[str, Passage],
    reading: UniqueReading,
    read: Reading,
    context: RunContext,
) -> ReadingRecord:
    policy = policy_of(context.write, is_answer=outline.is_answer)
    lexicon = sorted(common_words("\n".join(passage.text for passage in passages.values())))
    return ReadingRecord(
        passages=len(passages),
        documents=len({passage.doc_id for passage in passages.values()}),
        raw_characters=reading.raw_characters,
        unique_characters=reading.unique_characters,
        target_characters=policy.required(brief.words),
        ratio_asked=policy.ratio,
        floor_characters=policy.floor,
        instructions_ignored=read.instructions,
        lexicon_id=context.store.put("lexicon", "\n".join(lexicon)),
        corpus_passages=context.corpus.passage_count(),
        corpus_documents=len(context.corpus.documents()),
        endings=tuple(dict.fromkeys(one.ending for one in foraged)),
        subjects=tuple(_subject(doc_id, passages, read, context) for doc_id in brief.subjects),
    )


def _subject(doc_id: str, passages: Mapping[str, Passage], read: Reading, context: RunContext) -> SubjectReading:
    return SubjectReading(
        document=doc_id,
        title=context.corpus.document(doc_id).title,
        passages=sum(passage.doc_id == doc_id for passage in passages.values()),
        statements=sum(statement.doc_id == doc_id for statement in read.statements),
    )


def _recorded(block_id: str, own: Sequence[Share]) -> OwnedStatements:
    return OwnedStatements(
        block=block_id,
        statements=tuple(share.statement for share in own),
        fits=tuple(round(share.fit, 4) for share in own),
    )
