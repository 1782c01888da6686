"""`wellread corpus`: look at the documents, and repair what is stored. Notes: `agent.commands.relations`."""

from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.commands.relations import relate, relations
from agent.config_value import near_misses
from agent.home import Home
from retrieval.errors import UnknownDocument
from retrieval.types import Document

if TYPE_CHECKING:
    from retrieval.corpus import Corpus


@click.group()
def corpus() -> None:
    """Look at the corpus, repair it, and have notes written on how its names are related."""


corpus.add_command(relate)
corpus.add_command(relations)


@corpus.command("ls")
@pass_invocation
def ls_command(call: Invocation) -> None:
    """The documents: id, title, kind and length."""
    with _open_corpus(call) as store:
        documents = store.documents()
    rows = [(d.id, d.title, d.media_type, d.n_pages or "", d.n_chars) for d in documents]
    call.emit(
        {"documents": [document.model_dump(mode="json") for document in documents]},
        rows_text(rows, ("id", "title", "type", "pages", "characters")),
    )


@corpus.command()
@click.argument("doc_id", metavar="ID")
@click.option("--text", "show_text", is_flag=True, help="The whole stored text too.")
@pass_invocation
def show(call: Invocation, doc_id: str, show_text: bool) -> None:
    """One document: what is known of it, its headings and its passages."""
    with _open_corpus(call) as store:
        document = _known(store, doc_id)
        sections = store.sections(doc_id)
        passages = store.passages_of(doc_id)
        text = store.text(doc_id) if show_text else None
    facts = [(name, value) for name, value in document.model_dump(mode="json").items() if value is not None]
    outline = [f"  {s.start:>8}-{s.end:<8} {' > '.join(s.heading_path) or '(no heading)'}" for s in sections]
    call.emit(
        {
            "document": document.model_dump(mode="json"),
            "sections": [section.model_dump(mode="json") for section in sections],
            "passages": [passage.model_dump(mode="json", exclude={"text"}) for passage in passages],
            "text": text,
        },
        "\n".join(
            [
                *(f"{name}: {value}" for name, value in facts),
                f"passages: {len(passages)}",
                f"sections: {len(sections)}",
                *outline,
                *(["", text] if text is not None else []),
            ]
        ),
    )


@corpus.command()
@click.argument("doc_ids", nargs=-1, required=True, metavar="ID...")
@pass_invocation
def rm(call: Invocation, doc_ids: tuple[str, ...]) -> None:
    """Remove documents by ID; the next search or ingest brings the index up to date.

    The next ingest of its file brings a document back: to be rid of it, remove the file.
    """
    home = Home(call.settings().home)
    with (
        _open_corpus(call) as store,
        home.corpus_lock(lambda who: call.note(f"waiting for {who}")),
    ):
        for doc_id in doc_ids:
            _known(store, doc_id)
        store.remove(doc_ids)
    call.emit({"removed": list(doc_ids)}, "\n".join(f"removed {doc_id}" for doc_id in doc_ids))


@corpus.command()
@pass_invocation
def verify(call: Invocation) -> None:
    """Read everything again and compare: hashes, spans, pages. Exit code 5 if something disagrees."""
    with _open_corpus(call) as store:
        problems = store.verify()
        n_documents = len(store.documents())
    call.emit(
        {"is_sound": not problems, "problems": problems, "documents": n_documents},
        "\n".join(problems) if problems else f"sound: {n_documents} documents",
    )
    if problems:
        call.note("fix: `wellread corpus rm ID` for each document named, then `wellread ingest` its folder again")
        click.get_current_context().exit(5)


@corpus.command()
@pass_invocation
def stats(call: Invocation) -> None:
    """Counts over the whole corpus."""
    with _open_corpus(call) as store:
        found = store.stats().model_dump(mode="json")
    call.emit(found, "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in found.items()))


@corpus.command()
@pass_invocation
def quarantine(call: Invocation) -> None:
    """Files that the last ingest could not read, and why."""
    with _open_corpus(call) as store:
        files = store.quarantine()
    rows = [(f"{f.path}:{f.line}" if f.line else f.path, f.reason, f.hint) for f in files]
    call.emit(
        {"files": [file.model_dump(mode="json") for file in files]},
        rows_text(rows, ("file", "reason", "fix")) if files else "nothing is in quarantine",
    )


def _open_corpus(call: Invocation) -> "Corpus":
    from agent.searching import open_home_corpus

    return open_home_corpus(call.settings())


def _known(store: "Corpus", doc_id: str) -> Document:
    try:
        return store.document(doc_id)
    except UnknownDocument as error:
        near = near_misses(doc_id, [document.id for document in store.documents()])
        guess = f"did you mean {' or '.join(near)}?" if near else "`wellread corpus ls` lists the ids"
        raise UnknownDocument(str(error), hint=guess) from error
