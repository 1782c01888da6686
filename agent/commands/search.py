"""`wellread search`: retrieval alone, no language model."""

from typing import get_args

import click

from agent.commands.invocation import Invocation, on_one_line, pass_invocation
from agent.errors import UsageProblem
from agent.settings import Settings
from retrieval.types import DocumentHit, Hit, SearchMode

_SNIPPET_CHARS = 300
_CHANNELS = {
    "bm25": "words",
    "static": "static vectors",
    "dense": "dense vectors",
    "links": "links",
    "pagerank": "pagerank",
    "notes": "derived notes",
}


@click.command()
@click.argument("query")
@click.option("-k", "--k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits to show.")
@click.option(
    "--mode",
    type=click.Choice(get_args(SearchMode)),
    help="linked (the settings' default) is hybrid that follows names from the best hits; pagerank is hybrid that "
    "walks on over names; hybrid joins words and vectors by score, rrf by rank; the others are one retriever alone.",
)
@click.option("--documents", is_flag=True, help="Documents in place of passages.")
@click.option("--explain", is_flag=True, help="Which rank and score each retriever gave a passage, and what led to it.")
@pass_invocation
def search(call: Invocation, query: str, k: int, mode: SearchMode | None, documents: bool, explain: bool) -> None:
    """Search the corpus for QUERY."""
    if not query.strip():
        raise UsageProblem("the query is empty", hint='wellread search "WORDS"')
    if documents and explain:
        raise UsageProblem("--explain is about passages", hint="leave out --documents or --explain")
    from agent.searching import open_searching

    settings = call.settings()
    mode = mode or settings.search.mode
    if mode == "dense" and settings.roles.embedder.model == "embedded:minilm-static":
        raise UsageProblem(
            "--mode dense needs a dense encoder, and the embedder is embedded:minilm-static",
            hint='set roles.embedder.model = "embedded:minilm", or choose another --mode',
        )
    with_dense = mode == "dense" or (mode in ("hybrid", "rrf", "linked", "pagerank") and _has_dense(call, settings))
    with open_searching(settings, with_dense=with_dense, tell=call.note) as searching:
        if documents:
            found = searching.searcher.search_documents(query, k, mode=mode)
            call.emit(
                {"query": query, "mode": mode, "documents": [_document(hit) for hit in found]},
                "\n".join(_document_text(n, hit) for n, hit in enumerate(found, start=1)) or "nothing found",
            )
            return
        hits = searching.searcher.search_passages(query, k, mode=mode)
        call.emit(
            {"query": query, "mode": mode, "hits": [_hit(hit) for hit in hits]},
            "\n\n".join(_hit_text(n, hit, mode if explain else None) for n, hit in enumerate(hits, start=1))
            or "nothing found",
        )


def _has_dense(call: Invocation, settings: Settings) -> bool:
    """Whether the dense encoder can join in; where it is wanted and missing, a remark says what is done instead."""
    from lm.catalog import MINILM, MINILM_STATIC
    from lm.pull import is_present

    is_wanted = settings.roles.embedder.is_dense
    if not is_wanted or is_present(MINILM, settings.models_dir) or not is_present(MINILM_STATIC, settings.models_dir):
        return is_wanted
    call.note(f"searching without the dense encoder: {MINILM.name} is not here (`wellread models pull {MINILM.name}`)")
    return False


def _hit(hit: Hit) -> dict[str, object]:
    passage = hit.passage
    return {
        "document": passage.doc_id,
        "title": hit.title,
        "heading_path": list(passage.heading_path),
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "passage": passage.id,
        "score": hit.score,
        "ranks": hit.ranks,
        "scores": hit.scores,
        "led_by": hit.led_by,
        "text": passage.text,
    }


def _hit_text(number: int, hit: Hit, explained_as: SearchMode | None) -> str:
    """A hit; `explained_as` is the search's mode where its channels are to be shown."""
    passage = hit.passage
    place = [
        on_one_line(passage.doc_id),
        *([f"p. {passage.page}"] if passage.page else []),
        f"{passage.start}-{passage.end}",
    ]
    heading = " > ".join(part for part in (hit.title, *passage.heading_path) if part)
    words = " ".join(passage.text.split())
    snippet = words if len(words) <= _SNIPPET_CHARS else words[:_SNIPPET_CHARS].rsplit(" ", 1)[0] + " …"
    lines = [f"{number}. {heading}  ({hit.score:.3f})", f"   {', '.join(place)}", f"   {snippet}"]
    if explained_as:
        lines += [f"   {line}" for line in _explained(hit, explained_as)]
    return "\n".join(lines)


def _explained(hit: Hit, mode: SearchMode) -> list[str]:
    """A line for each channel that found the passage, one for what led to it, and one for the score of all together."""
    lines = []
    for channel, name in _CHANNELS.items():
        if channel in hit.scores:
            rank = f"rank {hit.ranks[channel]}" if channel in hit.ranks else "no rank"
            lines.append(f"{name:<15}{rank:<9}score {hit.scores[channel]:.3f}")
    if hit.led_by:
        lines.append(f"{'led by':<15}{hit.led_by}")
    return [*lines, f"{'in all':<15}{mode:<9}score {hit.score:.3f}"]


def _document(hit: DocumentHit) -> dict[str, object]:
    return {**hit.document.model_dump(mode="json"), "score": hit.score, "passages": list(hit.passage_ids)}


def _document_text(number: int, hit: DocumentHit) -> str:
    found = f"{on_one_line(hit.document.id)}, {len(hit.passage_ids)} passages"
    return f"{number}. {hit.document.title}  ({hit.score:.3f})\n   {found}"
