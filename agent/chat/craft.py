"""Between the chat's graph and its craft: what each node reads from the session store, and what it writes there.

Every step writes what it found before the next begins, so that a kill costs one step, and `/why` can tell them all.
"""

from collections.abc import Sequence

from agent.chat.answering import (
    checked,
    from_report,
    noted,
    telling_repetition,
    verified,
    with_memory,
    without_evidence,
)
from agent.chat.antecedents import Asked
from agent.chat.context import ChatContext
from agent.chat.memory import NoMemory, Remembered
from agent.chat.quoting import answering_notes, bearing_notes, note_of
from agent.chat.records import (
    USER,
    WELLREAD,
    Answer,
    AnswerSentence,
    Considered,
    Decided,
    Exchange,
    Kept,
    RecalledNote,
    Route,
)
from agent.chat.rewriting import understood
from agent.chat.routing import is_small_talk, route_of
from agent.types import Report
from memory.units import Turn
from retrieval.names import proper_names

_LOOKED_BACK = 6  # exchanges in which a name is looked for


def understand(session: str, number: int, context: ChatContext) -> None:
    """Rewrite the question and recall for it."""
    exchange = context.sessions.exchange(session, number)
    run = context.run
    meant = understood(exchange.question, _before(exchange, context), run.writer, seed=run.write.seed)
    recalled = context.memory.recall(meant.question, context.clock())
    considered = Considered(
        question=meant.question,
        rewritten_by=meant.by,
        recalled=tuple(note_of(one) for one in recalled.units),
        k=recalled.k,
        complexity=recalled.complexity,
        recall_tokens=recalled.tokens,
        recall_reason=recalled.reason,
    )
    context.sessions.consider(session, number, considered)


def _before(exchange: Exchange, context: ChatContext) -> list[Asked]:
    """What was asked of the documents, and answered, before this question."""
    return [
        Asked(question=one.considered.question, answer=one.answer.plain()[0])
        for one in context.sessions.exchanges(exchange.session)
        if one.number < exchange.number and one.considered and one.answer and one.considered.route != "noted"
    ][-_LOOKED_BACK:]


def choose_route(session: str, number: int, context: ChatContext) -> Route:
    """Where to look, by what the user wrote."""
    exchange = context.sessions.exchange(session, number)
    route, reason = route_of(exchange.question)
    _reconsider(exchange, context, route=route, route_reason=reason)
    return route


def question_of(session: str, number: int, context: ChatContext) -> str:
    """What is looked up."""
    return _considered(context.sessions.exchange(session, number)).question


def names_something(session: str, number: int, context: ChatContext) -> bool:
    """Whether the question names something that a document may know."""
    return any(name.start > 0 for name in proper_names(question_of(session, number, context)))


def tell_gap(session: str, number: int, reason: str, context: ChatContext) -> None:
    """Keep why the documents gave no answer."""
    _reconsider(context.sessions.exchange(session, number), context, gap=reason)


def compose_from_memory(session: str, number: int, context: ChatContext) -> int:
    """Draft an answer of the recalled units that answer; returns how many there are."""
    considered = _considered(context.sessions.exchange(session, number))
    notes = _answering(considered, context)
    context.sessions.compose(session, number, with_memory(Answer(sentences=()), notes))
    return len(notes)


def compose(
    session: str, number: int, route: Route, report_id: str, stops: Sequence[str], context: ChatContext
) -> None:
    """Draft the answer: what the documents say, and what memory has beside it."""
    exchange = context.sessions.exchange(session, number)
    considered = _considered(exchange)
    if route == "noted":
        keeps = not isinstance(context.memory, NoMemory)
        draft = noted(is_small_talk(exchange.question), keeps=keeps)
    elif report_id:
        notes = bearing_notes(considered.question, considered.recalled, stem=context.run.stem)
        draft = with_memory(from_report(context.run.store.get_model(report_id, Report)), notes)
        draft = telling_repetition(draft, _before(exchange, context), considered.question)
    elif route == "memory" and exchange.draft is not None and exchange.draft.sentences:
        draft = exchange.draft
    else:
        draft = without_evidence(route, looked_in_corpus=bool(considered.gap))
        draft = with_memory(draft, _answering(considered, context) if route == "corpus" else [])
    context.sessions.compose(session, number, draft.model_copy(update={"stops": tuple(stops)}))


def _answering(considered: Considered, context: ChatContext) -> list[RecalledNote]:
    run = context.run
    return answering_notes(considered.question, considered.recalled, embedder=run.fine, stem=run.stem)


def verify_and_say(session: str, number: int, context: ChatContext) -> None:
    """Check each sentence and say it if it passes; write the whole answer down."""
    exchange = context.sessions.exchange(session, number)
    draft = exchange.draft or without_evidence("corpus", looked_in_corpus=True)
    shown: list[AnswerSentence] = []
    refused: list[str] = []
    for sentence, problem in verified(draft, _considered(exchange), context.run.corpus.text):
        if problem:
            refused.append(f"{sentence.text} ({problem})")
        else:
            shown.append(sentence)
            context.say(sentence)
    now = context.clock()
    answer = checked(draft, shown, refused, (now - context.began).total_seconds())
    if not shown:
        for sentence in answer.sentences:
            context.say(sentence)
    context.sessions.answer(session, number, answer, now)


def remember(session: str, number: int, context: ChatContext) -> None:
    """Hand question and answer to memory; doing it twice changes nothing."""
    exchange = context.sessions.exchange(session, number)
    kept = kept_of(context.memory.remember(turns_of(exchange)))
    context.sessions.remembered(session, number, kept)


def kept_of(remembered: Remembered) -> Kept:
    """What became of the turns, as the session keeps it."""
    return Kept(
        windows_kept=remembered.kept_windows,
        windows_dropped=remembered.dropped_windows,
        units=len(remembered.units),
        decisions=tuple(
            Decided(kept=one.kept, score=round(one.h, 4), threshold=one.threshold, reason=one.reason)
            for one in remembered.scores
        ),
    )


def turns_of(exchange: Exchange) -> Sequence[Turn]:
    """The exchange as memory logs it: what was quoted from memory is marked, and never stored again."""
    said = [
        Turn(
            id=exchange.question_id,
            session=exchange.session,
            speaker=USER,
            text=exchange.question,
            at=exchange.asked_at,
        )
    ]
    if exchange.answer is not None and exchange.answered_at is not None:
        text, recalled = exchange.answer.plain()
        said.append(
            Turn(
                id=exchange.answer_id,
                session=exchange.session,
                speaker=WELLREAD,
                text=text,
                at=exchange.answered_at,
                recalled=recalled,
            )
        )
    return said


def _considered(exchange: Exchange) -> Considered:
    return exchange.considered or Considered(question=exchange.question)


def _reconsider(exchange: Exchange, context: ChatContext, **changes: str) -> None:
    considered = _considered(exchange).model_copy(update=changes)
    context.sessions.consider(exchange.session, exchange.number, considered)
