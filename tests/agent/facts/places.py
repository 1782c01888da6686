"""Passages for the tests of facts: read from a small corpus, as an extractor reads them."""

from agent.facts.extract import read_passage
from agent.facts.spans import ReadPassage
from agent.reading import Reader
from tests.agent.affair import Affair


def read_all(place: Affair, doc_id: str) -> list[ReadPassage]:
    """Every passage of a document."""
    reader = Reader(place.corpus)
    return [read_passage(passage, place.corpus, reader) for passage in place.corpus.passages_of(doc_id)]


def read_one(place: Affair, doc_id: str) -> ReadPassage:
    """The only passage of a document."""
    (read,) = read_all(place, doc_id)
    return read
