"""The helper as a compressor of plain texts: checked notes and whole sentences, each behind its numbers.

A note is the helper's words, so none of its characters comes from a source; its numbers do (`CompressionResult.cited`).
What stands in the text word for word is among the kept spans, as of any compressor.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.pair.helper import Helper
from agent.pair.records import Found, Unit
from agent.pair.reduce import units_of
from agent.pair.rule import Extractive
from agent.pair.sources import moved
from agent.verify import Verifier
from lm.embedding import Embedder
from lm.errors import ContextOverflow, MalformedReply
from lm.types import ChatModel
from prompts.compression.fitting import Allowance, allowance
from prompts.compression.forced import find_forced
from prompts.compression.types import (
    NOTHING_FORCED,
    SOURCE_GAP,
    CompressionResult,
    Force,
    KeptSpan,
    Source,
    SourceSpan,
    TokenCounter,
)
from prompts.extractive import select
from prompts.instructions import gives_order
from prompts.sentences import sentence_spans
from prompts.statements import Statement
from retrieval.names import common_words

_ANYTHING = "What are the main facts?"


@dataclass(frozen=True)
class HelperCompressor:
    """Has a chat model read each text, and keeps what it keeps, best first, then what is nearest to the query.

    Whole sentences only, so a rate is met to about one of them. A sentence with something forced in it is kept as it
    is. Orders to machines are left out, whatever the rate.

    Attributes:
        model: The helper.
        embedder: For the checks of notes, and for nearness to the query.
        stem: Folds word forms together.
        count_tokens: The target model's.
        threshold: Support below it fails a note.
        seed: Of every call.
    """

    model: ChatModel
    embedder: Embedder
    stem: Callable[[str], str]
    count_tokens: TokenCounter
    threshold: float = 0.5
    seed: int = 66

    @property
    def name(self) -> str:
        """See `Compressor.name`."""
        return "helper"

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """See `Compressor.compress`.

        Raises:
            LMError: the helper cannot be asked; of what it cannot put into form, the rule chooses.
        """
        began = time.perf_counter()
        allowed = allowance(chunks, self.count_tokens, rate=rate, target_tokens=target_tokens)
        statements = [statement for chunk in chunks for statement in _statements(chunk)]
        found, notes = self._found(chunks, statements, query or _ANYTHING, allowed)
        ranked = self._ranked(found, statements, query or _ANYTHING)
        must = [at for at, statement in enumerate(statements) if find_forced(statement.quote, force)]
        units = self._fitting(must, ranked, statements, allowed)
        text, kept, cited = _told(units, statements)
        return CompressionResult(
            text=text,
            kept=kept,
            original_tokens=allowed.original_tokens,
            kept_tokens=self.count_tokens(text),
            requested_rate=allowed.requested_rate,
            scorer=f"helper {self.model.name}, {self.embedder.fingerprint}",
            seconds=time.perf_counter() - began,
            notes=notes,
            cited=cited,
        )

    def _found(
        self, chunks: Sequence[Source], statements: Sequence[Statement], query: str, allowed: Allowance
    ) -> tuple[Found, tuple[str, ...]]:
        """What the helper finds in all texts together, and why it did not choose in some."""
        text_of = {chunk.id: chunk.text for chunk in chunks}
        lexicon = frozenset(common_words("\n".join(text_of.values())))
        verifier = Verifier(text_of.__getitem__, self.embedder, self.stem, lexicon, self.threshold)
        helper = Helper(self.model, verifier, self.seed)
        rule = Extractive(self.embedder, min(1.0, allowed.requested_rate))
        parts, notes = [], []
        for chunk in chunks:
            own = [at for at, statement in enumerate(statements) if statement.doc_id == chunk.id]
            read = [statements[at] for at in own]
            if not read:
                continue
            try:
                found = helper.read(read, query)
            except (MalformedReply, ContextOverflow) as error:
                notes.append(f"{chunk.id}: chosen by rule, {error}")
                found = Found(kept=tuple(rule(read, query)))
            parts.append(moved(found, own))
        whole = Found(
            kept=tuple(at for part in parts for at in part.kept),
            notes=tuple(one for part in parts for one in part.notes),
        )
        return whole, tuple(notes)

    def _ranked(self, found: Found, statements: Sequence[Statement], query: str) -> list[Unit]:
        """What was found, best first, and then every other sentence."""
        words = sum(len(statement.quote.split()) for statement in statements) + 1
        chosen = select(statements, query, embedder=self.embedder, max_words=words, min_cosine=-1.0)
        place = {statement.key: at for at, statement in enumerate(statements)}
        rank = {place[one.statement.key]: number for number, one in enumerate(chosen)}

        def best(unit: Unit) -> int:
            return min(rank.get(at, len(rank)) for at in unit.sources)

        units = units_of([found], statements, self.count_tokens)
        used = {at for unit in units for at in unit.sources}
        others = [Unit(sources=(at,)) for at in range(len(statements)) if at not in used]
        return [*sorted(units, key=best), *sorted(others, key=best)]

    def _fitting(
        self, must: Sequence[int], ranked: Sequence[Unit], statements: Sequence[Statement], allowed: Allowance
    ) -> list[Unit]:
        """What must survive, and then the best that fits; in the order of the texts."""
        chosen = [Unit(sources=(at,)) for at in must]
        for unit in ranked:
            if set(unit.sources) <= set(must):
                continue
            more = _in_order([*chosen, unit])
            if self.count_tokens(_told(more, statements)[0]) <= allowed.target_tokens:
                chosen = more
        return _in_order(chosen)


def _statements(chunk: Source) -> list[Statement]:
    """The sentences of a text that are evidence of something."""
    spans = [(start, end) for start, end in sentence_spans(chunk.text) if chunk.text[start:end].strip()]
    return [
        Statement(
            doc_id=chunk.id,
            passage_id=chunk.id,
            title="",
            start=start,
            end=end,
            quote=chunk.text[start:end],
            sentence=" ".join(chunk.text[start:end].split()),
            kind="prose",
        )
        for start, end in spans
        if not gives_order(chunk.text[start:end])
    ]


def _in_order(units: Sequence[Unit]) -> list[Unit]:
    return sorted(units, key=lambda unit: (min(unit.sources), not unit.note))


def _told(
    units: Sequence[Unit], statements: Sequence[Statement]
) -> tuple[str, tuple[KeptSpan, ...], tuple[SourceSpan, ...]]:
    """The numbered lines as one text, the spans that stand in it word for word, and what its numbers stand for."""
    order = list(dict.fromkeys(at for unit in units for at in unit.sources))
    number = {at: n for n, at in enumerate(order, start=1)}
    text = ""
    kept = []
    for unit in units:
        text += f"{SOURCE_GAP if text else ''}[{', '.join(str(number[at]) for at in unit.sources)}] "
        if not unit.note:
            one = statements[unit.sources[0]]
            kept.append(KeptSpan(one.doc_id, one.start, one.end, len(text)))
        text += unit.note or statements[unit.sources[0]].quote
    cited = tuple(SourceSpan(statements[at].doc_id, statements[at].start, statements[at].end) for at in order)
    return text, tuple(kept), cited
