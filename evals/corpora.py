"""Corpora of evaluations: ingested once, apart from the user's own, and used again while their data are the same."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agent.embedders import Embedders
from evals.bench import Bench, Program
from evals.datasets.dataset import content_id
from evals.items import Item, Outcome
from lm.embedding import Embedder
from lm.files import file_sha256
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.index import Index
from retrieval.ingest import ingest
from retrieval.search import Searcher
from retrieval.types import SearchMode

Progress = Callable[[str, int, int], None]  # stage, done, in all


@dataclass(frozen=True)
class OpenCorpus:
    """A corpus and the search over it; `fine` is the finest embedder there is, with its memory."""

    corpus: Corpus
    searcher: Searcher
    fine: Embedder


@contextmanager
def open_corpus(
    paths: Sequence[Path],
    home: Path,
    embedders: Embedders,
    *,
    mode: SearchMode = "linked",
    tell: Progress | None = None,
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
        yield OpenCorpus(corpus, Searcher(corpus, index, dense, mode=mode), dense or embedders.dense)


class OverOwnCorpus:
    """A program whose items each name a corpus of their own: `gold["corpus"]`, a file to ingest.

    A corpus is opened for each item and closed behind it: there may be a thousand. Items that name the same file ingest
    it once.
    """

    def __init__(self, program: Program, embedders: Embedders, workdir: Path) -> None:
        self._program, self._embedders, self._workdir = program, embedders, workdir
        self._locks: dict[Path, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def __call__(self, item: Item, bench: Bench) -> Outcome:
        """Do the item over its own corpus."""
        path = Path(str(item.gold["corpus"]))
        # By name and content: one that has changed is another one, and so is its copy, whose ids would be taken.
        home = self._workdir / content_id("own", str(path.resolve()), file_sha256(path))
        with self._lock:
            lock = self._locks[home]
        with ExitStack() as stack:
            with lock:
                opened = stack.enter_context(
                    open_corpus([path], home, self._embedders, mode=bench.settings.search.mode)
                )
            own = replace(bench, corpus_=opened.corpus, searcher_=opened.searcher, embedder_=opened.fine)
            return self._program(item, own)


def _stage(tell: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if tell is None else lambda done, total: tell(name, done, total)
