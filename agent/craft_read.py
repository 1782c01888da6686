"""Between graph and craft, second part: from an outline to what each block has read, owns and may say."""

from collections.abc import Mapping, Sequence

from agent.allot import allot
from agent.answer import answering, unmentioned
from agent.block_plans import require_own_evidence
from agent.brief import subject_matter
from agent.choose import choose
from agent.context import RunContext
from agent.dependencies import told_before
from agent.diary import step_event
from agent.draft import drafting_of
from agent.errors import NotEnoughEvidence
from agent.facts.records import FactsFile
from agent.forage import forage
from agent.foraged import Foraged, ForageGoal, ForageStep
from agent.frame import listed
from agent.progress import Event
from agent.records import AlignmentRecord, OwnedStatements, ReadingRecord, block_in
from agent.saturation import policy_of
from agent.settle import BlockContext
from agent.types import AtomicBlock, Brief, Outline

_ANSWER_PASSAGES = 20
_SURPLUS = {"paragraph": 2.2, "sentence": 1.5}


def forage_block(block: str, brief_id: str, outline_id: str, context: RunContext) -> tuple[str, list[str]]:
    """Read for one block; returns the id of what was read and the budget that cut it short, if one did."""
    brief, outline = context.store.get_model(brief_id, Brief), context.store.get_model(outline_id, Outline)
    _, planned = block_in(outline, block)
    policy = policy_of(context.write, is_answer=outline.is_answer)

    goal = ForageGoal(
        target=round(planned.depth * policy.share(planned.target_words, of=brief.words)),
        sign=context.write.saturation_sign,
        wants_all=brief.wants_all,
        way=context.write.foraging,
        # Measured on questions: sweeping sections finds no more of what answers them, and costs a search.
        granularity="single" if outline.is_answer else context.write.granularity,
    )
    n_visits = 0

    def on_step(step: ForageStep) -> None:
        nonlocal n_visits
        n_visits += 1
        context.progress.tell(step_event(step, block=block, visit=n_visits, goal=goal))

    foraged = forage(
        planned,
        searcher=context.searcher,
        corpus=context.corpus,
        goal=goal,
        topic=subject_matter(brief.topic),
        on_step=on_step,
        is_late=context.is_late,
    )
    numbers = {
        "unique": foraged.unique_characters,
        "target": foraged.target_characters,
        "passages": len(foraged.passages),
    }
    context.progress.tell(Event(name="foraged", block=block, message=foraged.stop_reason, numbers=numbers))
    stops = ["max_seconds"] if foraged.ending == "time" else []
    return context.store.put("foraged", foraged, parents=[outline_id]), stops


def allot_evidence(
    brief_id: str, outline_id: str, alignment_id: str, foraged: Mapping[str, str], context: RunContext
) -> tuple[dict[str, str], str]:
    """Give each statement to one block; returns the ids of their shares and of the account of reading."""
    store = context.store
    brief, outline = store.get_model(brief_id, Brief), store.get_model(outline_id, Outline)
    alignment = store.get_model(alignment_id, AlignmentRecord)
    read = [store.get_model(foraged[block], Foraged) for block in sorted(foraged)]
    shares, reading = allot(brief, outline, alignment, read, context)
    require_own_evidence(shares)
    if outline.is_answer:
        found = [*alignment.passages, *alignment.noted, *(passage for block in read for passage in block.passages)]
        _require_mentioned(brief.topic, found, reading, context)
    if not any(share.statements for share in shares):
        raise NotEnoughEvidence(
            f"{reading.passages} passages were read, and none holds a sentence that can be quoted",
            hint="look at the text that was ingested with `wellread corpus show ID`",
        )
    numbers = {
        "documents": reading.documents,
        "passages": reading.passages,
        "raw": reading.raw_characters,
        "unique": reading.unique_characters,
        "target": reading.target_characters,
        "instructions_ignored": reading.instructions_ignored,
    }
    context.progress.tell(Event(name="read", numbers=numbers))
    reading_id = store.put("reading", reading, parents=list(foraged.values()))
    return {share.block: store.put("owned", share, parents=[reading_id]) for share in shares}, reading_id


def _require_mentioned(question: str, passage_ids: Sequence[str], reading: ReadingRecord, context: RunContext) -> None:
    """Raises NotEnoughEvidence when nothing that was read so much as mentions what the question names."""
    passages = context.corpus.passages(list(dict.fromkeys(passage_ids)))
    titles = {context.corpus.document(passage.doc_id).title for passage in passages}
    lexicon = frozenset(context.store.get(reading.lexicon_id).text.split("\n"))
    if missing := unmentioned(question, [*titles, *(passage.text for passage in passages)], lexicon):
        raise NotEnoughEvidence(
            f"none of the {len(passages)} passages nearest to the question mentions {listed(missing)}",
            hint="check the spelling, look with `wellread search`, or add documents with `wellread ingest`",
        )


def select_for(block: str, owned_id: str, outline_id: str, facts_id: str | None, context: RunContext) -> str:
    """Choose the block's statements, with facts those first that carry a figure; returns the id of its context."""
    outline = context.store.get_model(outline_id, Outline)
    section, planned = block_in(outline, block)
    owned = context.store.get_model(owned_id, OwnedStatements)
    if outline.is_answer:
        around = context.corpus.passages(list({statement.passage_id for statement in owned.statements}))
        scores = _passage_scores(planned, context)
        # What a note stands on counts as the best of the search: it was read for this question, step by step.
        best = max(scores.values(), default=1.0)
        scores |= {s.passage_id: best for s, fit in zip(owned.statements, owned.fits, strict=True) if fit}
        chosen = answering(
            planned.question,
            owned.statements,
            passage_texts={passage.id: passage.text for passage in around},
            passage_scores=scores,
            embedder=context.fine,
            max_words=planned.target_words,
        )
        if not chosen:
            raise NotEnoughEvidence(
                f"none of {len(owned.statements)} statements that were read answers the question",
                hint="look with `wellread search`, or ask in the documents' words",
            )
    else:
        surplus = _SURPLUS[drafting_of(context.write.drafting, context.writer)]
        figures = context.store.get_model(facts_id, FactsFile).quantities if facts_id is not None else ()
        chosen = choose(planned, owned, fine=context.fine, surplus=surplus, figures=[fact.span for fact in figures])
    before = told_before(outline, block)
    record = BlockContext(block=planned, section=section.title, statements=tuple(chosen), told_before=before)
    return context.store.put("context", record, parents=[owned_id])


def _passage_scores(planned: AtomicBlock, context: RunContext) -> dict[str, float]:
    """How near passages are to the question or to one of its sub-questions, as a share of the nearest one's score."""
    scores: dict[str, float] = {}
    for query in dict.fromkeys((planned.question, *planned.queries)):
        hits = context.searcher.search_passages(query, _ANSWER_PASSAGES, doc_ids=planned.subject_ids or None)
        best = max((hit.score for hit in hits), default=0.0) or 1.0
        for hit in hits:
            scores[hit.passage.id] = max(scores.get(hit.passage.id, 0.0), hit.score / best)
    return scores
