"""What holds of every document that a parser returns, and strategies that make files.

Ingest, the wire and the corpus rely on these laws, whatever the file was.
"""

from collections.abc import Callable
from itertools import pairwise
from random import Random

from hypothesis import strategies as st

from benchmarks.endurance.file_mutators import MUTATORS
from benchmarks.endurance.file_seeds import SEEDS, seed_bytes
from retrieval.chunking import chunk
from retrieval.corpus_rows import check_entry
from retrieval.entries import entry_of
from retrieval.errors import SourceUnreadable
from retrieval.parsing.parsed import BadLine, ParsedDocument
from retrieval.parsing.wire import ChunkedDocument, documents_frame, documents_of

MAX_CHARS = 1400
READERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
WORDS = st.text(st.characters(codec="utf-8", categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=12)
LINES = st.text(READERS, max_size=80)
TEXTS = st.lists(LINES, min_size=1, max_size=30).map("\n".join).filter(lambda text: bool(text.strip()))


class File(bytes):
    """Bytes of which a failing test prints no more than one can read."""

    def __repr__(self) -> str:
        return f"{len(self)} bytes: {bytes(self[:200])!r}"


def spoilt(*seed_names: str) -> st.SearchStrategy[bytes]:
    """A sound file of one of these seeds, spoilt by up to three of the campaign's mutators."""
    seeds = [seed for seed in SEEDS if seed.name in seed_names]
    assert len(seeds) == len(seed_names)

    def build(seed_at: int, mutators: list[int], chance: int) -> bytes:
        raw = seed_bytes(seeds[seed_at])
        random = Random(chance)
        for at in mutators:
            # What two have spoilt is no archive any more, so none is looked into.
            mutator = MUTATORS[at] if raw == seed_bytes(seeds[seed_at]) else MUTATORS[at % 12]
            raw = mutator.mutate(raw or b" ", random)
        return File(raw)

    at = st.integers(0, len(seeds) - 1)
    return st.builds(
        build, at, st.lists(st.integers(0, len(MUTATORS) - 1), min_size=1, max_size=3), st.integers(0, 2**32)
    )


def assert_lawful(item: ParsedDocument | BadLine, path: str) -> None:
    """Check one document; of a line that is none, that a reason is told in one short line."""
    if isinstance(item, BadLine):
        assert item.line >= 0
        assert item.reason
        return
    text = item.text
    assert text.strip()
    assert not set("\x00\r") & set(text)
    text.encode()
    _assert_sections(item)
    for starts in (item.page_starts, item.unit_starts):
        assert all(0 <= start <= len(text) for start in starts or ())
        assert all(left <= right for left, right in pairwise(starts or ()))
    spans = chunk(text, item.sections, item.page_starts, max_chars=MAX_CHARS, unit_starts=item.unit_starts)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= span.start + MAX_CHARS
        assert not text[end : span.start].strip()
        end = span.end
    assert spans
    assert not text[end:].strip()
    _assert_stored(ChunkedDocument(item, spans), path)


def _assert_sections(item: ParsedDocument) -> None:
    assert all(0 <= section.start <= section.end <= len(item.text) for section in item.sections)
    assert all(left.end <= right.start for left, right in pairwise(item.sections))
    for section in item.sections:
        for heading in section.heading_path:
            heading.encode()
            assert len(heading) <= 300
            assert "\n" not in heading


def _assert_stored(chunked: ChunkedDocument, path: str) -> None:
    """It goes over the wire as it is, and the corpus takes it."""
    assert documents_of(documents_frame([chunked], [])) == ([chunked], [])
    entry = entry_of(chunked.document.id or path, path, chunked)
    check_entry(entry)
    assert 0 < len(entry.document.title) <= 200
    assert entry.document.title.isprintable() or entry.document.title.strip()
    entry.document.title.encode()


def assert_read_or_refused(parse: Callable[[], object], path: str) -> list[ParsedDocument]:
    """Run a parser: it ends with lawful documents, or says why not. Returns the documents."""
    found: list[ParsedDocument] = []
    try:
        parsed = parse()
        for item in [parsed] if isinstance(parsed, ParsedDocument) else parsed:  # type: ignore[attr-defined]
            assert_lawful(item, path)
            if isinstance(item, ParsedDocument):
                found.append(item)
    except SourceUnreadable as error:
        assert error.reason
    except (RecursionError, MemoryError):
        pass  # the parser process turns these into reasons
    return found
