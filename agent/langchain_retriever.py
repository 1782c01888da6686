"""For LangChain: a home's search, and the forager, as retrievers.

Knows LangChain's `BaseRetriever` and how a home is opened. Must not know how passages are found.
"""

import threading
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, PrivateAttr, SkipValidation

from agent.brief import wants_all
from agent.config import load
from agent.forage import forage
from agent.foraged import ForageGoal
from agent.saturation import SaturationPolicy
from agent.searching import Searching, open_searching
from agent.settings import Foraging, Settings
from agent.types import AtomicBlock
from retrieval.passage_index import PassageIndex
from retrieval.types import Hit, Passage, SearchMode

_WITHOUT_DENSE = ("bm25", "static")


class _HomeRetriever(BaseRetriever):
    """Opens a home at the first query, and anew when its corpus has changed; `close` it, or use it in a `with`.

    Every query raises `CorpusEmpty` where there is nothing to search, `ModelMissing` where an embedder's files are not
    here, and `ValueError` where the query is blank.
    """

    home: Path | None = Field(None, description="The home folder; None: as for the command line.")
    settings: Settings | None = Field(None, description="In place of those of files and environment; `home` wins.")
    vector_store: SkipValidation[PassageIndex] | None = Field(
        None, description="The dense index, in place of the dense encoder: a `retrieval.vector_store.VectorStoreIndex`."
    )
    _stack: ExitStack = PrivateAttr(default_factory=ExitStack)
    _opened: Searching | None = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the home's files; a later query opens them again."""
        with self._lock:
            self._close()

    @property
    def _wants_dense(self) -> bool:
        return True

    @abstractmethod
    def _found(self, query: str, searching: Searching) -> list[Document]:
        """What is found in an open home."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        if not query.strip():
            raise ValueError("the query is empty")
        # One query at a time: another might close what this one reads from.
        with self._lock:
            return self._found(query, self._searching())

    def _searching(self) -> Searching:
        if self._opened is not None and self._opened.corpus.generation != self._opened.index.meta.generation:
            self._close()
        if self._opened is None:
            settings = self.settings or load(flags={"home": self.home}).settings
            if self.home is not None:
                settings = settings.model_copy(update={"home": self.home})
            opening = open_searching(settings, with_dense=self._wants_dense, elsewhere=self.vector_store)
            self._opened = self._stack.enter_context(opening)
        return self._opened

    def _close(self) -> None:
        self._opened = None
        self._stack.close()


class WellreadRetriever(_HomeRetriever):
    """The passages that `wellread search` finds, best first.

    Each document's metadata hold `id`, `document`, `title`, `source`, `heading_path`, `page`, `start`, `end`, `score`,
    `channels` (rank and score by channel) and `led_by`.
    """

    k: int = Field(10, ge=1, description="Passages to return.")
    mode: SearchMode | None = Field(None, description="Of the search; None: that of the settings.")

    @property
    def _wants_dense(self) -> bool:
        return self.mode not in _WITHOUT_DENSE

    def _found(self, query: str, searching: Searching) -> list[Document]:
        hits = searching.searcher.search_passages(query, self.k, mode=self.mode)
        return [_document(hit.passage, searching, _how_found(hit)) for hit in hits]


class WellreadForager(_HomeRetriever):
    """What the forager reads for a query, in the order of reading: deeper and deeper, and beside what was found, until
    it has `ratio` distinct characters for each character of a text of `words` words, or there is no more.

    Near-duplicates of what was read are left out. The metadata are those of `WellreadRetriever` without the last three.
    """

    words: int = Field(100, ge=1, description="Length of the text that is to be written from what is read.")
    ratio: float = Field(10.0, gt=0, description="Distinct characters to read for each character of that text.")
    way: Foraging = Field("rounds", description="How to choose among queries, as `[write] foraging`.")

    def _found(self, query: str, searching: Searching) -> list[Document]:
        block = AtomicBlock(id="query", question=query, queries=(query,), target_words=self.words)
        foraged = forage(
            block,
            searcher=searching.searcher,
            corpus=searching.corpus,
            goal=ForageGoal(
                target=SaturationPolicy(self.ratio).required(self.words), way=self.way, wants_all=wants_all(query)
            ),
            topic=query,
            on_step=lambda step: None,
        )
        passages = searching.corpus.passages(foraged.passages)
        return [_document(passage, searching, {}) for passage in passages]


def _how_found(hit: Hit) -> dict[str, object]:
    channels = {name: {"rank": hit.ranks.get(name), "score": score} for name, score in hit.scores.items()}
    return {"score": hit.score, "channels": channels, "led_by": hit.led_by}


def _document(passage: Passage, searching: Searching, found: Mapping[str, object]) -> Document:
    document = searching.corpus.document(passage.doc_id)
    metadata = {
        "id": passage.id,
        "document": passage.doc_id,
        "title": document.title,
        "source": document.source,
        "heading_path": list(passage.heading_path),
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
    }
    return Document(id=passage.id, page_content=passage.text, metadata={**metadata, **found})
