"""What a program under test may use: one corpus with its index, one model whose calls are counted, and one allowance of
evidence, so that programs differ in nothing else."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.settings import Settings
from evals.items import Item, Outcome
from lm.embedding import Embedder
from lm.layer import Layer
from lm.metering import PriceTable
from lm.types import ChatDelta, ChatModel, ChatReply, ChatRequest
from retrieval.corpus import Corpus
from retrieval.search import Searcher

_Part = TypeVar("_Part")
_MIN_CUT_WORDS = 8


class Counted(Layer):
    """A chat model that counts what its calls take, were they paid now or replayed: a figure that repeats."""

    def __init__(self, inner: ChatModel, prices: PriceTable) -> None:
        """Count nothing yet. `prices`: what models cost."""
        super().__init__(inner)
        self._prices = prices
        self.calls = 0
        self.tokens = 0
        self.usd = 0.0

    def chat(self, request: ChatRequest) -> ChatReply:
        """The inner model's reply, counted."""
        reply = self._inner.chat(request)
        self._count(reply)
        return reply

    def stream(self, request: ChatRequest) -> Iterator[ChatDelta]:
        """The inner model's pieces; counted when the last one comes."""
        for delta in self._inner.stream(request):
            if delta.reply is not None:
                self._count(delta.reply)
            yield delta

    def _count(self, reply: ChatReply) -> None:
        self.calls += 1
        self.tokens += reply.usage.prompt_tokens + reply.usage.completion_tokens
        if price := self._prices.find(self.name):
            self.usd += price.usd(reply.usage)


@dataclass(frozen=True)
class Bench:
    """One corpus, one model, one allowance. Parts that a suite has no use for are missing, and asking for them is an
    error of the suite."""

    settings: Settings
    evidence_tokens: int
    seed: int
    corpus_: Corpus | None = None
    searcher_: Searcher | None = None
    embedder_: Embedder | None = None
    writer_: ChatModel | None = None

    @property
    def corpus(self) -> Corpus:
        """The documents."""
        return _there(self.corpus_, "a corpus")

    @property
    def searcher(self) -> Searcher:
        """Search over the documents."""
        return _there(self.searcher_, "a corpus")

    @property
    def embedder(self) -> Embedder:
        """The finest embedder there is."""
        return _there(self.embedder_, "an embedder")

    @property
    def writer(self) -> ChatModel:
        """The model whose calls are counted."""
        return _there(self.writer_, "a model")

    def for_item(self, writer: ChatModel | None, seed: int) -> "Bench":
        """The same bench for one item: its own counter and its own seed."""
        return replace(self, writer_=writer, seed=seed)


def _there(part: _Part | None, name: str) -> _Part:
    if part is None:
        raise ValueError(f"this suite was declared without {name}, and its program asks for it")
    return part


Program = Callable[[Item, Bench], Outcome]


class Unparsed(Exception):
    """A reply that cannot be read as what was asked for: counted apart, never scored."""


class Abstained(Exception):
    """The program says that it has no answer: scored as a wrong one."""


def fitting(lines: Iterable[str], bench: Bench, *, room: int | None = None) -> tuple[list[str], int]:
    """The first lines that the allowance of evidence has room for, the last one cut at a word, and their tokens.

    The evidence of every program that answers questions goes through here: at the same allowance they show the model
    equally much. Only a program that is named after it (full context, a report in one prompt) takes the whole window.
    """
    room = bench.evidence_tokens if room is None else room
    kept: list[str] = []
    used = 0
    for line in lines:
        n_tokens = bench.writer.count_tokens(line) + 1
        if used + n_tokens > room:
            if cut := _cut(line, room - used - 1, bench.writer):
                kept.append(cut)
                used += bench.writer.count_tokens(cut) + 1
            break
        kept.append(line)
        used += n_tokens
    return kept, used


def _cut(line: str, n_tokens: int, model: ChatModel) -> str:
    """The longest beginning of the line, in whole words, of at most so many tokens; none if that is next to none."""
    words = line.split()
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if model.count_tokens(" ".join(words[:middle])) <= n_tokens:
            low = middle
        else:
            high = middle - 1
    return " ".join(words[:low]) if low >= _MIN_CUT_WORDS else ""
