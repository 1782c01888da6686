"""Question sets without passages as their makers publish them: NQ-open, PopQA and FanOutQA."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, JsonValue, ValidationError

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset
from evals.datasets.published_qa import question_dataset
from evals.datasets.reading import Filled, Row, RowId, read_jsonl, read_rows, read_text
from evals.items import Item
from evals.metrics.answers import answer_atoms


class NqRow(Row):
    """NQ-open has no ids."""

    question: Filled
    answer: tuple[Filled, ...]


class PopqaRow(Row):
    """PopQA: the lists are JSON inside a column."""

    id: RowId
    question: Filled
    possible_answers: Annotated[
        tuple[Filled, ...], BeforeValidator(lambda v: json.loads(v) if isinstance(v, str) else v)
    ]
    prop: str = ""
    s_pop: float | None = None
    o_pop: float | None = None


class Evidence(Row):
    """FanOutQA: a page that a full answer needs."""

    title: str


class FanoutqaRow(Row):
    """FanOutQA: the test set has no answers."""

    id: RowId
    question: Filled
    answer: JsonValue = None
    necessary_evidence: tuple[Evidence, ...] = ()
    categories: tuple[str, ...] = ()
    decomposition: tuple[JsonValue, ...] = ()


def load_nq(path: Path, workdir: Path) -> Dataset:
    """NQ-open: questions and answers, no passages. The ids are those of the lines.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    items = [
        (read.line, Item(id=f"nq-{read.line}", text=read.row.question, answers=read.row.answer, kind="factoid"))
        for read in read_jsonl(path, NqRow)
    ]
    return question_dataset(path, items)


def load_popqa(path: Path, workdir: Path) -> Dataset:
    """PopQA, comma- or tab-separated: no passages; kind is the relation.

    Raises:
        UsageProblem: the file is missing or empty, or a line has a wrong field.
    """
    items = []
    for line, row in _table(path):
        gold = {"subject_popularity": row.s_pop, "object_popularity": row.o_pop}
        items.append(
            (
                line,
                Item(
                    id=row.id,
                    text=row.question,
                    answers=row.possible_answers,
                    kind=row.prop,
                    gold={name: value for name, value in gold.items() if value is not None},
                ),
            )
        )
    if not items:
        raise UsageProblem(f"{path} has no rows after line 1", hint="is the file cut off?")
    return question_dataset(path, items)


def load_fanoutqa(path: Path, workdir: Path) -> Dataset:
    """FanOutQA: the gold has the strings that a full answer must contain, and the pages; no passages.

    Raises:
        UsageProblem: see `read_json`.
    """
    items = []
    for read in read_rows(path, FanoutqaRow):
        row = read.row
        gold: dict[str, JsonValue] = {
            "answer": row.answer,
            "answer_atoms": list[JsonValue](answer_atoms(row.answer)),
            "supporting_titles": [page.title for page in row.necessary_evidence],
            "categories": list(row.categories),
            "decomposition": list(row.decomposition),
        }
        items.append((read.line, Item(id=row.id, text=row.question, gold=gold)))
    return question_dataset(path, items)


def _table(path: Path) -> Iterator[tuple[int, PopqaRow]]:
    text = read_text(path)
    if not text.strip():
        raise UsageProblem(f"{path} is empty: line 1 should name the columns", hint="check the path")
    reader = csv.DictReader(io.StringIO(text), delimiter="\t" if "\t" in text.split("\n", 1)[0] else ",")
    before = 1
    try:
        for record in reader:
            line, before = before + 1, reader.line_num
            yield line, _popqa_row(f"{path}, line {line}", record)
    except csv.Error as error:
        raise UsageProblem(f"{path}, line {before + 1}: {error}", hint="is it a table?") from error


def _popqa_row(where: str, record: dict[str, str]) -> PopqaRow:
    if None in record:
        raise UsageProblem(f"{where} has more columns than line 1 names", hint="is a quotation mark missing?")
    try:
        return PopqaRow.model_validate({name: value for name, value in record.items() if value not in ("", None)})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "?"
        raise UsageProblem(
            f"{where}: the column {field!r} is wrong: {first['msg']}", hint="PopQA has id, question, possible_answers"
        ) from error
