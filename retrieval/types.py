"""Documents, passages and hits: the nouns of retrieval.

A passage is an exact span of its document's stored text. Titles, heading paths and column names are context for a
reader and for search, never part of a quotation.
"""

from typing import Literal

from pydantic import Field

from lm.types import Frozen

SearchMode = Literal["bm25", "static", "dense", "hybrid", "rrf", "linked", "pagerank"]


class Section(Frozen):
    """A headed part of a document: `start` and `end` are character offsets into the document's text."""

    heading_path: tuple[str, ...]
    start: int
    end: int


class Document(Frozen):
    """One readable source. Users and gold labels know it by `id`: its path in the folder, or a JSONL line's `id`."""

    id: str
    title: str
    source: str = Field(description="Path of the file it came from, relative to the ingested folder.")
    media_type: str
    sha256: str = Field(description="Of the stored text; the content address.")
    n_chars: int
    n_pages: int | None = None


class Passage(Frozen):
    """A span of a document's text: `text == document_text[start:end]`, always."""

    id: str
    doc_id: str
    ordinal: int
    start: int
    end: int
    text: str
    page: int | None = None
    heading_path: tuple[str, ...] = ()


class Hit(Frozen):
    """A passage that a search found.

    `ranks` and `scores` say what each retriever thought of it (rank 1 is best; the scales differ by retriever);
    `led_by` which name in which better hit led to it, where that is why it is here. A passage that words did not find
    among their best has a score by words, where the joined score counts one, and no rank.
    """

    passage: Passage
    title: str
    score: float
    ranks: dict[str, int] = Field(default_factory=dict)
    scores: dict[str, float] = Field(default_factory=dict)
    led_by: str = ""


class DocumentHit(Frozen):
    """A document that a search found, with the passages that made it so, best first."""

    document: Document
    score: float
    passage_ids: tuple[str, ...] = ()
