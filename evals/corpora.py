"""Corpora of evaluations: ingested once, apart from the user's own, and used again while their data are the same."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agent.embedders import Embedders
from evals.bench import Bench, Program
from evals.items import Item, Outcome
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.index import Index
from retrieval.ingest import ingest
from retrieval.search import Searcher

Progress = Callable[[str, int, int], None]  # stage, done, in all


@dataclass(frozen=True)
class OpenCorpus:
    """A corpus and the search over it."""

    corpus: Corpus
    searcher: Searcher


@contextmanager
def open_corpus(
    paths: Sequence[Path], home: Path, embedders: Embedders, *, tell: Progress | None = None
) -> Iterator[OpenCorpus]:
    """Ingest files and folders into `home`, unless they are there already, and open the search over them."""
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        corpus = stack.enter_context(Corpus.open(home / "corpus.sqlite"))
        ingest(list(paths), corpus)
        index = Index.open(corpus, home / "index", embedders.static, progress=_stage(tell, "index"))
        dense = None
        if embedders.has_dense:
            dense = stack.enter_context(closing(DenseCache(home / "index" / "dense.sqlite", embedders.dense)))
        yield OpenCorpus(corpus, Searcher(corpus, index, dense))


class OverOwnCorpus:
    """A program whose items each name a corpus of their own: `gold["corpus"]`, a file or folder to ingest.

    Corpora stay open until the last item is done; items that share one share it here too.
    """

    def __init__(self, program: Program, embedders: Embedders, workdir: Path, stack: ExitStack) -> None:
        self._program, self._embedders, self._workdir, self._stack = program, embedders, workdir, stack
        self._open: dict[str, OpenCorpus] = {}
        self._lock = threading.Lock()

    def __call__(self, item: Item, bench: Bench) -> Outcome:
        """Do the item over its own corpus."""
        name = str(item.gold["corpus"])
        with self._lock:
            if name not in self._open:
                home = self._workdir / "homes" / Path(name).stem
                self._open[name] = self._stack.enter_context(open_corpus([Path(name)], home, self._embedders))
        opened = self._open[name]
        return self._program(item, replace(bench, corpus_=opened.corpus, searcher_=opened.searcher))


def _stage(tell: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if tell is None else lambda done, total: tell(name, done, total)
