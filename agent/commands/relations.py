"""`wellread corpus relate` and `relations`: notes on how names are related, to search by."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation
from agent.commands.sitting import budget_flags, budget_options
from agent.errors import NotEnoughEvidence, UsageProblem
from agent.exit_codes import BUDGET, DONE
from agent.model_settings import ChatRole

if TYPE_CHECKING:
    from agent.relations.records import Refusal, Synthesis
    from agent.relations.synthesis import Synthesizer
    from agent.services import Services
    from retrieval.corpus import Corpus
    from retrieval.derived_notes import DerivedNote
    from retrieval.entity_pairs import EntityPair

_CALLS = "calls"
_MAX_DOCUMENTS = 30  # on a topic: more would have to be embedded to be ranked
# A pair is on a topic if a passage of it is among so many. Likeness of all passages to it was tried: the weights of
# pairs differ more than likenesses do, so the same pairs came first whatever the topic.
_TOPIC_PASSAGES = 30


@click.command("relate")
@click.option("--topic", help="Relate what has to do with this; else the whole corpus alike.")
@click.option("--calls", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="Calls of the model.")
@click.option("--full", is_flag=True, help="All pairs and triples of each document's entities, for comparison.")
@click.option("--model", help="The helper, e.g. embedded:qwen2.5-coder-1.5b or openai:NAME.")
@budget_options
@pass_invocation
def relate(
    called: Invocation,
    topic: str | None,
    calls: int,
    full: bool,
    model: str | None,
    max_tokens: int | None,
    max_usd: float | None,
    max_seconds: float | None,
) -> int:
    """Have the helper write notes on how names are related; searches follow them to the passages behind them."""
    if topic is not None and not topic.strip():
        raise UsageProblem("the topic is empty", hint="leave --topic out to relate the whole corpus alike")
    from agent.relations.note_store import NoteStore
    from agent.relations.synthesis import Synthesizer
    from agent.services import open_services

    flags = {"roles.helper.model": model, **budget_flags(max_tokens, max_usd, max_seconds)}
    need: tuple[ChatRole, ...] = ("helper",)
    with (
        open_services(called.settings(flags), need=need, tell=called.note) as services,
        services.home.relations_lock(lambda: called.note("waiting for another `wellread corpus relate`")),
        NoteStore.open(services.home.memory) as store,
    ):
        removed = store.remove_stale(services.corpus)
        helper, seed = services.models["helper"], services.settings.write.seed
        synthesizer = Synthesizer(helper, services.corpus, store, seed=seed, tell=called.note)
        done = (_by_documents if full else _by_pairs)(services, synthesizer, topic, calls)
        n_notes = len(store.notes())
    figures = {_CALLS: done.calls, "replayed": done.replayed, "known": done.known, "removed": removed, "notes": n_notes}
    shown = {
        "topic": topic,
        "scheme": "full" if full else "pairs",
        **figures,
        "written": [_note(note) for note in done.written],
        "refused": [_refusal(refusal) for refusal in done.refused],
        "stopped_by": done.stopped_by,
    }
    called.emit(shown, _text(done, removed, n_notes))
    if done.stopped_by:
        called.note(f"stopped by {done.stopped_by}; the same command goes on where it stopped")
    # That the calls are used up is what a number of pairs asks for; documents are then not done.
    is_short = done.stopped_by is not None and (full or done.stopped_by != _CALLS)
    return BUDGET if is_short else DONE


@click.command("relations")
@click.option(
    "--refused", is_flag=True, help="Notes that their passages do not carry, with the reasons, in their place."
)
@pass_invocation
def relations(called: Invocation, refused: bool) -> None:
    """The derived notes, each with the passages that it was written from."""
    from agent.home import Home
    from agent.relations.note_store import NoteStore
    from agent.searching import open_home_corpus

    settings = called.settings()
    memory = Home(settings.home).memory
    notes: list[DerivedNote] = []
    refusals: list[Refusal] = []
    with open_home_corpus(settings) as corpus:
        if memory.is_file():
            with NoteStore.open(memory) as store:
                notes, refusals = store.notes(), store.refusals()
        if refused:
            text = "\n\n".join(f"{_refused_text(one)}\n   {one.note.text or '(nothing)'}" for one in refusals)
            called.emit({"refused": [_refusal(one) for one in refusals]}, text or "no note was refused")
            return
        listed = [(note, _parents(note, corpus)) for note in notes]
    called.emit(
        {"notes": [{**_note(note), "parents": parents, "is_stale": None in parents} for note, parents in listed]},
        "\n\n".join(_listed_text(note, parents) for note, parents in listed) or "there are no notes",
    )


def _by_pairs(services: "Services", synthesizer: "Synthesizer", topic: str | None, calls: int) -> "Synthesis":
    # Each pair takes a call, so no more can be reached; those that are done count the calls that they took.
    return synthesizer.synthesize(_pairs(services, topic, calls), calls)


def _pairs(services: "Services", topic: str | None, k: int) -> "list[EntityPair]":
    from retrieval.entity_pairs import NameTable

    relevance = services.searcher.relevance_to(topic, _TOPIC_PASSAGES) if topic else None
    pairs = NameTable(services.corpus.iter_passages()).best_pairs(k, relevance=relevance)
    if not pairs:
        about = f" on {topic!r}" if topic else ""
        raise NotEnoughEvidence(
            f"no two names{about} share a document or a third name", hint="leave --topic out, or ingest more documents"
        )
    return pairs


def _by_documents(services: "Services", synthesizer: "Synthesizer", topic: str | None, calls: int) -> "Synthesis":
    documents = [document.id for document in services.corpus.documents()]
    if topic:
        found = services.searcher.search_documents(topic, _MAX_DOCUMENTS)
        documents = [hit.document.id for hit in found]
    if not documents:
        raise NotEnoughEvidence(f"no document has to do with {topic!r}", hint="leave --topic out, or say it otherwise")
    return synthesizer.synthesize_documents(documents, calls)


def _note(note: "DerivedNote") -> dict[str, object]:
    return note.model_dump(mode="json")


def _refusal(refusal: "Refusal") -> dict[str, object]:
    return {**_note(refusal.note), "reasons": list(refusal.reasons)}


def _parents(note: "DerivedNote", corpus: "Corpus") -> list[dict[str, object] | None]:
    """Where each parent stands; None for one that is gone."""
    known = corpus.known_passages(note.parents)
    found: list[dict[str, object] | None] = []
    for id_ in note.parents:
        if id_ not in known:
            found.append(None)
            continue
        passage = corpus.passage(id_)
        title = corpus.document(passage.doc_id).title
        place: dict[str, object] = {"document": passage.doc_id, "title": title, "passage": id_}
        found.append({**place, "page": passage.page, "start": passage.start, "end": passage.end})
    return found


def _text(done: "Synthesis", removed: int, n_notes: int) -> str:
    parts = [f"{_names(note)}\n   {note.text}" for note in done.written]
    parts += [_refused_text(refusal) for refusal in done.refused]
    counts = f"{done.calls} calls, {done.replayed} replayed, {done.known} done before"
    stale = f", {removed} stale ones removed" if removed else ""
    return "\n\n".join([*parts, f"{counts}; {len(done.written)} new notes, {n_notes} in all{stale}"])


def _refused_text(refusal: "Refusal") -> str:
    return f"{_names(refusal.note)}\n   refused: {'; '.join(refusal.reasons)}"


def _names(note: "DerivedNote") -> str:
    over = f" (over {note.bridge})" if note.bridge else ""
    return f"{' – '.join(note.entities)}{over}"


def _listed_text(note: "DerivedNote", parents: "Sequence[dict[str, object] | None]") -> str:
    places = [
        f"   {one['title']} ({one['document']}, {one['start']}-{one['end']})" if one else "   (gone: the note is stale)"
        for one in parents
    ]
    return "\n".join([_names(note), f"   {note.text}", *places])
