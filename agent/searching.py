"""The corpus of a home and its index, opened from the settings. Knows no language model but the embedders."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from fnmatch import translate

from agent.counting import counted
from agent.embedders import open_embedders
from agent.errors import UsageProblem
from agent.home import Home
from agent.relations.note_store import notes_in
from agent.settings import Settings
from lm.caching import CachedEmbedder
from lm.embedding import Embedder
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.derived_notes import NoteIndex
from retrieval.errors import CorpusEmpty
from retrieval.index import Index
from retrieval.passage_index import PassageIndex
from retrieval.search import Searcher

Tell = Callable[[str], None]
# Words, queries and statements that runs side by side ask for again: a text has one static vector, whatever stands
# beside it. Some 30 MB.
_STATIC_TEXTS = 16_384


@dataclass(frozen=True)
class Searching:
    """A corpus with its index, open for reading; `fine` is the finest embedder there is, with its memory, `static` the
    cheap one that the index is made of."""

    corpus: Corpus
    index: Index
    searcher: Searcher
    fine: Embedder
    static: Embedder


def restricted(searching: Searching, patterns: Sequence[str]) -> Searching:
    """The same search over the documents that `patterns` name (`search.documents`); all where there are none.

    Raises:
        UsageProblem: a pattern names no document.
    """
    if not patterns:
        return searching
    wanted = named_documents(searching.corpus, patterns)
    return replace(searching, corpus=searching.corpus.within(wanted), searcher=searching.searcher.within(wanted))


def named_documents(corpus: Corpus, patterns: Sequence[str]) -> set[str]:
    """The ids of documents whose path, title or id a pattern matches, capitals or not.

    Raises:
        UsageProblem: a pattern names none.
    """
    found: set[str] = set()
    documents = corpus.documents()
    for pattern in patterns:
        matches = re.compile(translate(pattern), re.IGNORECASE).match
        named = {one.id for one in documents if matches(one.source) or matches(one.title) or matches(one.id)}
        if not named:
            raise UsageProblem(
                f"no document is called {pattern!r}",
                hint="`wellread corpus ls` lists paths and titles; * stands for any",
            )
        found |= named
    return found


def open_home_corpus(settings: Settings) -> Corpus:
    """The corpus of the home; it must exist.

    Raises:
        CorpusEmpty: nothing was ever ingested. No file is made.
    """
    home = Home(settings.home)
    if not home.corpus.is_file():
        raise CorpusEmpty(f"there is no corpus in {home.root}", hint="wellread ingest PATH, or another --home")
    return Corpus.open(home.corpus)


@contextmanager
def open_searching(
    settings: Settings,
    *,
    with_dense: bool = True,
    elsewhere: PassageIndex | None = None,
    tell: Tell | None = None,
) -> Iterator[Searching]:
    """The corpus and its index, which is brought up to date first if the corpus has changed.

    Args:
        settings: where the home is, and how to search.
        with_dense: False leaves the dense encoder out.
        elsewhere: takes its place in searches, and is brought in step with the corpus: a `VectorStoreIndex`.
        tell: hears of long waits.

    Raises:
        CorpusEmpty: there is nothing to search.
        ModelMissing: an embedder's files are not on this machine.
    """
    home = Home(settings.home)
    with ExitStack() as stack:
        corpus = stack.enter_context(open_home_corpus(settings))
        if corpus.passage_count() == 0:
            raise CorpusEmpty(f"the corpus in {home.root} holds no document", hint="wellread ingest PATH")
        wants_dense = with_dense and settings.roles.embedder.is_dense
        embedders = open_embedders(settings.models_dir, with_dense=wants_dense)
        static = CachedEmbedder(embedders.static, n_texts=_STATIC_TEXTS)
        index = Index.open(corpus, home.index, static, progress=_index_progress(tell))
        dense = None
        if elsewhere is not None:
            elsewhere.sync(corpus)
        elif embedders.has_dense:
            dense = stack.enter_context(closing(DenseCache(home.vectors, embedders.dense)))
        noted = NoteIndex(notes_in(home.memory), index) if settings.search.relations == "on" else None
        searcher = Searcher(corpus, index, dense, mode=settings.search.mode, elsewhere=elsewhere, notes=noted or None)
        fine = dense or (embedders.dense if embedders.has_dense else static)
        yield restricted(Searching(corpus, index, searcher, fine, static), settings.search.documents)


def refresh_index(settings: Settings, corpus: Corpus, *, tell: Tell | None = None) -> str:
    """Bring the index up to date with the corpus; says in words what it holds."""
    if corpus.passage_count() == 0:
        return "empty"
    embedders = open_embedders(settings.models_dir, with_dense=False)
    index = Index.open(corpus, Home(settings.home).index, embedders.static, progress=_index_progress(tell))
    return counted(len(index), "passage")


def _index_progress(tell: Tell | None) -> Callable[[int, int], None] | None:
    if tell is None:
        return None
    began = last = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > 2.0:
            last = now
            tell(f"indexing: {done}/{total} passages, {now - began:.0f} s")

    return progress
