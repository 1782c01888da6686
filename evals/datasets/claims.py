"""Faithfulness sets in the plain format, `items.jsonl`: claims and responses that a context supports, or does not.

An item's text is the claim or the response; its gold has ``context`` (empty where a set has none), ``supported``,
``question`` and, where marked, ``spans`` [{text, start, end, type}], whose start and end are null where the marked
words do not stand in the text. Items of one source, document or topic are one cluster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset, check_items, content_id, read_passages
from evals.datasets.reading import Filled, Read, Row, RowId, digest_of, read_jsonl
from evals.items import Item

IRRELEVANT = "claims labelled irrelevant"
Placed = tuple[int, Item]


class Span(Row):
    """Words of a response that nothing supports, in the form of RAGTruth."""

    start: int
    end: int
    text: str
    label_type: str = ""


class RagtruthItem(Row):
    """`ragtruth_qa`: an answer over retrieved passages."""

    id: RowId
    source_id: str
    question: str
    passages: tuple[str, ...]
    response: Filled
    hallucinated: bool
    spans: tuple[Span, ...] = ()
    model: str = ""
    quality: str = ""


class SummeditsItem(Row):
    """`summedits`: an edited summary; its document is in `passages.jsonl`."""

    id: RowId
    domain: str
    doc_id: str
    summary: Filled
    consistent: bool
    original_summary: str = ""
    edit_types: tuple[str, ...] = ()


class HaluevalItem(Row):
    """`halueval_qa` and, without a context, `halueval_general`."""

    id: RowId
    question: str
    response: Filled
    hallucinated: bool
    context: str = ""
    spans: tuple[str, ...] = ()


class AtomicFact(Row):
    """A claim of a biography: supported, not supported or irrelevant."""

    claim: Filled
    label: Literal["S", "NS", "IR"]
    sentence: str = ""


class FactscoreItem(Row):
    """`factscore`: a biography in atomic claims; the topic's article is in `passages.jsonl`."""

    id: RowId
    topic: Filled
    claims: tuple[AtomicFact, ...]
    model: str = ""
    popularity: str = ""


@dataclass(frozen=True)
class Judged:
    """A text and whether its context supports it: what becomes an item."""

    id: str
    text: str
    supported: bool
    context: str = ""
    question: str = ""
    cluster: str = ""
    kind: str = ""
    spans: Sequence[JsonValue] = ()
    more: Mapping[str, JsonValue] = field(default_factory=dict)

    def item(self) -> Item:
        """The item; what is empty among `more` is left away."""
        gold: dict[str, JsonValue] = {
            "context": self.context,
            "supported": self.supported,
            "question": self.question,
            "spans": list(self.spans),
        }
        more: dict[str, JsonValue] = {name: value for name, value in self.more.items() if value not in ("", None, [])}
        return Item(id=self.id, text=self.text, cluster=self.cluster, kind=self.kind, gold=gold | more)


def load_ragtruth(folder: Path) -> Dataset:
    """RAGTruth in the plain format; kind is the model that answered.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    path = folder / "items.jsonl"
    items = []
    for read in read_jsonl(path, RagtruthItem):
        row = read.row
        judged = Judged(
            id=row.id,
            text=row.response,
            supported=not row.hallucinated,
            context="\n\n".join(row.passages),
            question=row.question,
            cluster=row.source_id,
            kind=row.model,
            spans=checked_spans(f"{path}, line {read.line}", row.response, row.spans),
            more={"quality": row.quality},
        )
        items.append((read.line, judged.item()))
    return claims_dataset(folder.resolve().name, path, items)


def load_summedits(folder: Path) -> Dataset:
    """SummEdits in the plain format; kind is the domain.

    Raises:
        UsageProblem: see `read_jsonl`; or an item's document is not in `passages.jsonl`.
    """
    path, passages = folder / "items.jsonl", folder / "passages.jsonl"
    texts = {read.row.id: read.row.text for read in read_passages(passages)}
    items = []
    for read in read_jsonl(path, SummeditsItem):
        row = read.row
        if row.doc_id not in texts:
            raise _no_passage(path, read.line, row.id, row.doc_id)
        judged = Judged(
            id=row.id,
            text=row.summary,
            supported=row.consistent,
            context=texts[row.doc_id],
            cluster=row.doc_id,
            kind=row.domain,
            more={"edit_types": list(row.edit_types), "original": row.original_summary},
        )
        items.append((read.line, judged.item()))
    return claims_dataset(folder.resolve().name, path, items, more_files=[passages])


def load_halueval(folder: Path) -> Dataset:
    """HaluEval in the plain format, with contexts (QA) or without (general).

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    path = folder / "items.jsonl"
    items = []
    for read in read_jsonl(path, HaluevalItem):
        row = read.row
        judged = Judged(
            id=row.id,
            text=row.response,
            supported=not row.hallucinated,
            context=row.context,
            question=row.question,
            cluster=content_id("context", row.context) if row.context else "",
            spans=[found_span(row.response, words) for words in row.spans],
        )
        items.append((read.line, judged.item()))
    return claims_dataset(folder.resolve().name, path, items)


def load_factscore(folder: Path) -> Dataset:
    """FActScore in the plain format: one item for each atomic claim that is supported or not; kind is the model.

    Raises:
        UsageProblem: see `read_jsonl`; or a topic has no passage.
    """
    path, passages = folder / "items.jsonl", folder / "passages.jsonl"
    articles = articles_of(passages)
    items: list[Placed] = []
    n_irrelevant = 0
    for read in read_jsonl(path, FactscoreItem):
        row = read.row
        if row.topic not in articles:
            raise _no_passage(path, read.line, row.id, row.topic)
        found = atomic_items(read, articles[row.topic])
        items += found
        n_irrelevant += len(row.claims) - len(found)
    left_out = {IRRELEVANT: n_irrelevant} if n_irrelevant else {}
    return claims_dataset(folder.resolve().name, path, items, more_files=[passages], left_out=left_out)


def atomic_items(read: Read[FactscoreItem], context: str) -> list[Placed]:
    """The claims of a biography that are supported or not, numbered from 1 among all its claims."""
    row = read.row
    return [
        (
            read.line,
            Judged(
                id=f"{row.id}#{number}",
                text=fact.claim,
                supported=fact.label == "S",
                context=context,
                question=f"Who is {row.topic}?",
                cluster=row.topic,
                kind=row.model,
                more={"sentence": fact.sentence, "topic": row.topic, "popularity": row.popularity},
            ).item(),
        )
        for number, fact in enumerate(row.claims, start=1)
        if fact.label != "IR"
    ]


def articles_of(passages: Path) -> dict[str, str]:
    """The passages of each title, in order, as one text.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    parts: dict[str, list[str]] = {}
    for read in read_passages(passages):
        parts.setdefault(read.row.title, []).append(read.row.text)
    return {title: "\n\n".join(texts) for title, texts in parts.items()}


def checked_spans(where: str, text: str, spans: Sequence[Span]) -> list[JsonValue]:
    """Spans as gold.

    Raises:
        UsageProblem: a span's words do not stand where it says.
    """
    for span in spans:
        if text[span.start : span.end] != span.text:
            raise UsageProblem(
                f"{where}: the span {span.text[:60]!r} does not stand at {span.start} to {span.end} of the response",
                hint="offsets count characters, not bytes",
            )
    return [{"text": s.text, "start": s.start, "end": s.end, "type": s.label_type} for s in spans]


def found_span(text: str, words: str) -> JsonValue:
    """Marked words that came without a place, as gold."""
    start = text.find(words)
    at: tuple[int, int] | tuple[None, None] = (start, start + len(words)) if start >= 0 else (None, None)
    return {"text": words, "start": at[0], "end": at[1], "type": ""}


def claims_dataset(
    name: str,
    path: Path,
    items: Sequence[Placed],
    *,
    more_files: Sequence[Path] = (),
    left_out: Mapping[str, int] | None = None,
) -> Dataset:
    """A set without a corpus: each item has its own context.

    Raises:
        UsageProblem: two items have one id, or there are none.
    """
    if not items:
        raise UsageProblem(f"{path} has no claim that is labelled supported or not", hint="check the file")
    return Dataset(
        name=name,
        items=tuple(item for _, item in items),
        sha256=digest_of([path, *more_files]),
        places=check_items(path, items),
        left_out=dict(left_out or {}),
    )


def _no_passage(path: Path, line: int, item: str, id_: str) -> UsageProblem:
    return UsageProblem(
        f"{path}, line {line}: item {item!r} is about {id_!r}, which does not exist in passages.jsonl",
        hint="passages.jsonl holds the documents that the items were judged against",
    )
