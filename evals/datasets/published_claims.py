"""Faithfulness sets as their makers publish them: RAGTruth, SummEdits, HaluEval and FActScore.

The items are those of `evals.datasets.claims`.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, JsonValue

from agent.errors import UsageProblem
from evals.datasets.claims import (
    IRRELEVANT,
    AtomicFact,
    FactscoreItem,
    Judged,
    Placed,
    Span,
    articles_of,
    atomic_items,
    checked_spans,
    claims_dataset,
    found_span,
)
from evals.datasets.dataset import Dataset, content_id
from evals.datasets.reading import Filled, Read, Row, RowId, read_jsonl, read_rows
from evals.items import Item

_NO_WORDS = "responses without a word"


class RagtruthResponse(Row):
    """A line of RAGTruth's `response.jsonl`."""

    id: RowId
    source_id: str
    response: str
    labels: tuple[Span, ...]
    model: str = ""
    split: str = ""
    quality: str = ""


class RagtruthSource(Row):
    """A line of RAGTruth's `source_info.jsonl`: a text, a question with passages, or a record of data."""

    id: RowId = Field(alias="source_id")
    source_info: str | dict[str, JsonValue]
    task_type: str = ""


class SummeditsRow(Row):
    """An entry of SummEdits: ids name the summary that was edited, and may come again."""

    id: RowId
    doc: Filled
    summary: Filled
    label: bool
    original_summary: str = ""
    edit_types: tuple[str, ...] = ()


class HaluevalPair(Row):
    """HaluEval's QA, dialogue and summarization lines: a right and a hallucinated text for one context."""

    context: Filled = Field(validation_alias=AliasChoices("knowledge", "document"))
    question: str = Field(default="", validation_alias=AliasChoices("question", "dialogue_history"))
    right: Filled = Field(validation_alias=AliasChoices("right_answer", "right_response", "right_summary"))
    hallucinated: Filled = Field(
        validation_alias=AliasChoices("hallucinated_answer", "hallucinated_response", "hallucinated_summary")
    )


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class HaluevalGeneral(Row):
    """HaluEval's general lines: a user's query and a response that people judged."""

    id: str | None = Field(default=None, validation_alias=AliasChoices("ID", "id"))
    user_query: Filled
    chatgpt_response: str
    hallucination: Annotated[Literal["yes", "no"], BeforeValidator(_lower)] = Field(
        validation_alias=AliasChoices("hallucination", "hallucination_label")
    )
    hallucination_spans: tuple[str, ...] = ()


class PublishedFact(Row):
    """FActScore: an atomic fact with its label."""

    text: Filled
    label: Literal["S", "NS", "IR"]


class Annotation(Row):
    """FActScore: a sentence; one that is not relevant has no facts."""

    text: str = ""
    facts: tuple[PublishedFact, ...] | None = Field(default=None, alias="human-atomic-facts")


class FactscoreRow(Row):
    """FActScore: a biography; one that a system declined to write has no annotations."""

    topic: Filled
    annotations: tuple[Annotation, ...] | None = None


def load_ragtruth_published(path: Path, workdir: Path) -> Dataset:
    """RAGTruth: the folder, or one of its two files. Kind is the task; all splits are read.

    Raises:
        UsageProblem: a file is missing or wrong, or a response's source does not exist.
    """
    folder = path if path.is_dir() else path.parent
    path, sources = folder / "response.jsonl", folder / "source_info.jsonl"
    known = {read.row.id: read.row for read in read_jsonl(sources, RagtruthSource)}
    items: list[Placed] = []
    n_empty = 0
    for read in read_jsonl(path, RagtruthResponse):
        row, where = read.row, f"{path}, line {read.line}"
        if row.source_id not in known:
            raise UsageProblem(
                f"{where}: the source {row.source_id!r} of response {row.id!r} does not exist in source_info.jsonl",
                hint="both files should be of one release",
            )
        if row.response.strip():
            items.append((read.line, _ragtruth_item(where, row, known[row.source_id])))
        else:
            n_empty += 1
    left_out = {_NO_WORDS: n_empty} if n_empty else {}
    return claims_dataset(folder.resolve().name, path, items, more_files=[sources], left_out=left_out)


def load_summedits_published(path: Path, workdir: Path) -> Dataset:
    """SummEdits: one domain's file. Kind is the file's name; an item's id has its entry's number.

    Raises:
        UsageProblem: see `read_json`; the same summary under one id twice counts as a duplicate.
    """
    items = []
    rows = read_rows(path, SummeditsRow, key=lambda row: f"{row.id}: {row.summary}")
    for number, read in enumerate(rows, start=1):
        row = read.row
        judged = Judged(
            id=f"{row.id}#{number}",
            text=row.summary,
            supported=row.label,
            context=row.doc,
            cluster=content_id("doc", row.doc),
            kind=path.stem,
            more={"edit_types": list(row.edit_types), "original": row.original_summary},
        )
        items.append((read.line, judged.item()))
    return claims_dataset(path.stem, path, items)


def load_halueval_pairs(path: Path, workdir: Path) -> Dataset:
    """HaluEval QA, dialogue or summarization: two items a line, the right text and the hallucinated one.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    items = []
    for read in read_rows(path, HaluevalPair):
        row = read.row
        for label, text in (("right", row.right), ("hallucinated", row.hallucinated)):
            judged = Judged(
                id=f"line-{read.line}-{label}",
                text=text,
                supported=label == "right",
                context=row.context,
                question=row.question,
                cluster=content_id("context", row.context),
            )
            items.append((read.line, judged.item()))
    return claims_dataset(path.stem, path, items)


def load_halueval_general(path: Path, workdir: Path) -> Dataset:
    """HaluEval general: responses to queries, without a context.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    items: list[Placed] = []
    rows = read_rows(path, HaluevalGeneral)
    for read in rows:
        row = read.row
        if row.chatgpt_response.strip():
            judged = Judged(
                id=row.id or f"line-{read.line}",
                text=row.chatgpt_response,
                supported=row.hallucination == "no",
                question=row.user_query,
                spans=[found_span(row.chatgpt_response, words) for words in row.hallucination_spans],
            )
            items.append((read.line, judged.item()))
    n_empty = len(rows) - len(items)
    return claims_dataset(path.stem, path, items, left_out={_NO_WORDS: n_empty} if n_empty else {})


def load_factscore_published(path: Path, workdir: Path) -> Dataset:
    """FActScore: one system's file; its name is the kind. Contexts come from a `passages.jsonl` beside it, if any.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    passages = path.parent / "passages.jsonl"
    articles = articles_of(passages) if passages.is_file() else {}
    items: list[Placed] = []
    n_irrelevant = n_without = 0
    for read in read_rows(path, FactscoreRow):
        row = _biography(path.stem, read)
        found = atomic_items(Read(read.line, row), articles.get(row.topic, ""))
        items += found
        n_irrelevant += len(row.claims) - len(found)
        n_without += not row.claims
    left_out = {IRRELEVANT: n_irrelevant, "biographies without claims": n_without}
    return claims_dataset(
        path.stem,
        path,
        items,
        more_files=[passages] if articles else [],
        left_out={what: n for what, n in left_out.items() if n},
    )


def _ragtruth_item(where: str, row: RagtruthResponse, source: RagtruthSource) -> Item:
    question, context = _question_and_context(source.source_info)
    return Judged(
        id=row.id,
        text=row.response,
        supported=not row.labels,
        context=context,
        question=question,
        cluster=row.source_id,
        kind=source.task_type,
        spans=checked_spans(where, row.response, row.labels),
        more={"quality": row.quality, "model": row.model, "split": row.split},
    ).item()


def _question_and_context(info: str | dict[str, JsonValue]) -> tuple[str, str]:
    if isinstance(info, str):
        return "", info
    question, passages = info.get("question"), info.get("passages")
    if isinstance(question, str) and isinstance(passages, str):
        return question, passages
    return "", json.dumps(info, ensure_ascii=False, indent=1)


def _biography(stem: str, read: Read[FactscoreRow]) -> FactscoreItem:
    claims = [
        AtomicFact(claim=fact.text, label=fact.label, sentence=annotation.text)
        for annotation in read.row.annotations or ()
        for fact in annotation.facts or ()
    ]
    return FactscoreItem(id=f"{stem}-{read.line}", topic=read.row.topic, claims=tuple(claims), model=stem)
