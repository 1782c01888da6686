"""A note taken over a small corpus, by scripted models."""

from collections.abc import Callable

import pytest

from agent.notes.loop import Limits, take_note
from agent.notes.note import NoteResult
from agent.notes.writing import Scribe

TakeNote = Callable[..., NoteResult]


@pytest.fixture
def make_scribe(make_context):
    """A scribe over the affair, or over another corpus."""

    def make(model, *, over=None):
        context = make_context(model, over=over)
        return Scribe(model, context.reader, context.verifier, context.stem, seed=1)

    return make


@pytest.fixture
def passages(affair):
    """All passages of the affair, in the order of its documents."""
    documents = affair.corpus.documents()
    return [passage for document in documents for passage in affair.corpus.passages_of(document.id)]


@pytest.fixture
def take(make_scribe, passages):
    """Take a note with one model for all roles; without a search of its own each query brings passages never seen."""

    def taken(model, *, question="What happened?", search=None, over=None, tell=lambda step: None, **limits):
        unseen = iter(passages)

        def next_unseen(query, k):
            return [passage for _, passage in zip(range(k), unseen, strict=False)]

        return take_note(
            question,
            search=search or next_unseen,
            scribe=make_scribe(model, over=over),
            judge=model,
            tell=tell,
            limits=Limits(**limits),
        )

    return taken
