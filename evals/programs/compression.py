"""Evidence through a compressor: a question's supporting documents among those most like them, made shorter.

Knows what is kept. Must not know how it is judged.
"""

import random
import threading

from pydantic import JsonValue

from agent.compression.names import MeasuredName
from agent.compression.opening import Compressors
from agent.scorers import open_scorer
from evals.bench import Bench, Program
from evals.items import Item, Outcome
from evals.programs.baselines import PLAIN
from evals.programs.reader import read
from lm.caching import CachedScorer
from prompts.compression.fitting import whole_text
from prompts.compression.recovery import recovered
from prompts.compression.types import Chunk, CompressionResult, Compressor

RATES = (0.5, 0.25, 0.1)
_DOCUMENTS = 20


def compressed(name: MeasuredName) -> Program:
    """What a compressor leaves of the pool at each of the rates. Nobody is asked for an answer."""
    opened = OpenedOnce(name)

    def program(item: Item, bench: Bench) -> Outcome:
        chunks, compressor = pool(item, bench), opened.compressor(bench)
        results = {rate: compressor.compress(chunks, item.text, rate=rate) for rate in RATES}
        accounts: dict[str, JsonValue] = {f"{rate:g}": account(result) for rate, result in results.items()}
        return Outcome(text="", details={"rates": accounts})

    return program


def read_compressed(name: MeasuredName | None, rate: float) -> Program:
    """The shared reader's answer from what a compressor leaves of the pool, words that were cut out between its own put
    back; without a compressor, from all of the pool."""
    opened = None if name is None else OpenedOnce(name)

    def program(item: Item, bench: Bench) -> Outcome:
        chunks = pool(item, bench)
        if opened is None:
            text = whole_text(chunks)
            return read(item, [text], bench.writer.count_tokens(text), bench)
        result = opened.compressor(bench).compress(chunks, item.text, rate=rate)
        outcome = read(item, [result.text], result.kept_tokens, bench)
        return outcome.model_copy(update={"text": recovered(outcome.text, result, chunks)})

    return program


def pool(item: Item, bench: Bench) -> list[Chunk]:
    """The documents that support the answer and the others that a search finds, twenty in all, in an order by lot.

    Each stands under its title, as a reader needs it.
    """
    hits = bench.searcher.search_documents(item.text, 2 * _DOCUMENTS, mode=PLAIN)
    ids = list(dict.fromkeys([*item.supporting_ids, *(hit.document.id for hit in hits)]))[:_DOCUMENTS]
    random.Random(item.id).shuffle(ids)
    return [Chunk(id_, document_text(id_, bench)) for id_ in ids]


def document_text(document_id: str, bench: Bench) -> str:
    """A document as it is compressed: its text under its title."""
    return f"{bench.corpus.document(document_id).title}\n{bench.corpus.text(document_id)}"


def account(result: CompressionResult) -> dict[str, JsonValue]:
    """A compression as it is judged: tokens, and each kept span with what stands there in the text."""
    return {
        "original_tokens": result.original_tokens,
        "kept_tokens": result.kept_tokens,
        "kept": [[one.source_id, one.start, one.end, result.text[one.at : one.at_end]] for one in result.kept],
        "notes": list(result.notes),
    }


class OpenedOnce:
    """A compressor that is opened with the first item's bench, and used for all: its models are loaded once."""

    def __init__(self, name: MeasuredName) -> None:
        """Args: name: of the compressor; nothing is opened yet."""
        self._name = name
        self._lock = threading.Lock()
        self._compressor: Compressor | None = None

    def compressor(self, bench: Bench) -> Compressor:
        """The compressor; threads wait for the first of them to open it."""
        with self._lock:
            if self._compressor is None:
                # A question's documents are scored alike at every rate; what a compressor takes is not measured here.
                self._compressor = Compressors(
                    bench.settings,
                    bench.writer.count_tokens,
                    helper=bench.writer,
                    open_scorer=lambda settings: CachedScorer(open_scorer(settings)),
                ).open(self._name)
            return self._compressor
