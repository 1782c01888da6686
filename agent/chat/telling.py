"""Answers, sources and sessions as text and as plain values. Knows no terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from agent.chat.memory import RecalledUnit
from agent.chat.quoting import note_of
from agent.chat.records import Answer, Considered, Exchange, MemoryQuote, RecalledNote, Session
from agent.render_markdown import escaped
from agent.types import Evidence
from memory.calendar_spans import day_name
from memory.recall import otherwise

_CALLED = {
    "statement": "said",
    "note": "noted",
    "fact": "found in a report",
    "summary": "from a report",
    "rejected": "rejected",
    "abstract": "joined from several",
    "passage": "said",
}
_STATUS = {"asked": "not answered", "stopped": "stopped", "failed": "failed"}


def source_line(source: Evidence) -> str:
    """A source with its quotation."""
    page = f", p. {source.page}" if source.page else ""
    return f"[{source.number}] {source.title}{page} ({source.document}): “{' '.join(source.quote.split())}”"


def memory_line(quote: MemoryQuote) -> str:
    """A quotation from memory: who said it, and when."""
    who = f" by {quote.speaker}" if quote.speaker else ""
    when = day_name(quote.at)
    source = f"[m{quote.number}] memory {quote.unit[:12]}, {_CALLED[quote.kind]}{who}, {when}"
    return f"{source}: “{quote.quote}”{otherwise(quote.superseded_on)}"


def sources_text(answer: Answer) -> str:
    """All that an answer stands on, a line each; what it says itself where there is nothing."""
    lines = [*map(source_line, answer.evidence), *map(memory_line, answer.memories)]
    return "\n".join(lines)


def note_line(note: RecalledNote) -> str:
    """A recalled unit with its scores."""
    channels = ", ".join(f"{name} {score:g}" for name, score in note.channels.items())
    scores = f"{note.score:g}" + (f": {channels}" if channels else "")
    return f"{note.id[:12]}  {note.at:%Y-%m-%d}  {note.text}{otherwise(note.superseded_on)}  ({scores})"


def notes_of(recalled: Sequence[RecalledUnit]) -> list[RecalledNote]:
    """Recalled units as the session keeps them."""
    return [note_of(one) for one in recalled]


def why_text(exchange: Exchange) -> str:
    """How the last answer came about."""
    considered = exchange.considered or Considered(question=exchange.question)
    lines = [f"asked      {exchange.question}"]
    if considered.rewritten_by:
        lines.append(f"looked up  {considered.question}  (rewritten by {_by(considered)})")
    lines.append(f"route      {considered.route}: {considered.route_reason}")
    if considered.gap:
        lines.append(f"documents  {considered.gap}")
    told = f"{len(considered.recalled)} of up to {considered.k} units, {considered.recall_tokens} tokens"
    reason = f"; {considered.recall_reason}" if considered.recall_reason else ""
    lines.append(f"recalled   {told}{reason}" if considered.k else f"recalled   nothing{reason}")
    lines += [f"           {note_line(note)}" for note in considered.recalled]
    lines += list(_gate_lines(exchange))
    if exchange.answer is not None:
        lines += [f"refused    {one}" for one in exchange.answer.refused]
        lines.append(f"took       {exchange.answer.seconds:.1f} s")
    return "\n".join(lines)


def _by(considered: Considered) -> str:
    return {"model": "the writer's model, checked", "rules": "rules"}.get(considered.rewritten_by, "nobody")


def _gate_lines(exchange: Exchange) -> Iterator[str]:
    if exchange.kept is None:
        yield "memory     not handed over yet"
        return
    kept = exchange.kept
    yield f"memory     {kept.units} new units; windows kept {kept.windows_kept}, dropped {kept.windows_dropped}"
    if kept.decisions:
        last = kept.decisions[-1]
        said = "kept" if last.kept else "dropped"
        yield f"gate       {said}: {last.score:.2f} against {last.threshold:.2f}; {last.reason}"


def exchange_values(exchange: Exchange) -> dict[str, Any]:
    """An exchange as one JSON object."""
    answer, considered = exchange.answer, exchange.considered
    shown: dict[str, Any] = {
        "session": exchange.session,
        "number": exchange.number,
        "question": exchange.question,
        "status": exchange.status,
        "asked_at": exchange.asked_at.isoformat(),
    }
    if considered is not None:
        shown |= {"looked_up": considered.question, "route": considered.route, "recalled": len(considered.recalled)}
    if answer is not None:
        shown |= {
            "answer": answer.marked,
            "is_grounded": answer.is_grounded,
            "sources": [source.model_dump() for source in answer.evidence],
            "memories": [quote.model_dump(mode="json") for quote in answer.memories],
            "limits": list(answer.limits),
            "stops": list(answer.stops),
            "seconds": answer.seconds,
        }
    return shown


def transcript(session: Session, exchanges: Sequence[Exchange]) -> str:
    """The conversation as Markdown, every answer with its sources below it."""
    parts = [f"# Conversation of {session.started_at:%Y-%m-%d %H:%M} UTC", f"Session `{session.id}`."]
    for one in exchanges:
        parts.append(f"## {one.number}. {escaped(one.question)}")
        if one.answer is None:
            parts.append(f"*{_STATUS.get(one.status, one.status)}*")
            continue
        said = " ".join(
            escaped(sentence.text) + sentence.marked.removeprefix(sentence.text) for sentence in one.answer.sentences
        )
        parts.append(said)
        parts += [f"*{escaped(limit)}*" for limit in one.answer.limits]
        parts += [f"- {_listed(line)}" for line in sources_text(one.answer).splitlines()]
    return "\n\n".join(parts) + "\n"


def _listed(line: str) -> str:
    number, _, rest = line.partition(" ")
    return f"{number} {escaped(rest)}"
