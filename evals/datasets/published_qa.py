"""Question sets with contexts as their makers publish them: HotpotQA, 2WikiMultihopQA and MuSiQue.

Contexts become the corpus: each paragraph once, in a `passages.jsonl` of its own.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, JsonValue

from evals.datasets.dataset import Dataset, PassageBook, check_items
from evals.datasets.reading import Filled, Row, RowId, digest_of, read_rows, read_text
from evals.items import Item

_NO_GOLD = "questions whose gold paragraphs are not all in their context: they have no supporting ids"
_HOPS = re.compile(r"(\d)hop")


def _pairs(value: object, second: str) -> object:
    """Columns `{"title": [...], second: [...]}`, the later form, as the earlier form's pairs."""
    if isinstance(value, dict) and isinstance(titles := value.get("title"), list):
        others = value.get(second)
        if isinstance(others, list) and len(others) == len(titles):
            return list(zip(titles, others, strict=True))
    return value


class MultihopRow(Row):
    """HotpotQA and 2WikiMultihopQA: a test set has neither answer nor supporting facts."""

    id: RowId = Field(alias="_id")
    question: Filled
    answer: str = ""
    type: str = ""
    level: str = ""
    context: Annotated[tuple[tuple[str, tuple[str, ...]], ...], BeforeValidator(lambda v: _pairs(v, "sentences"))]
    supporting_facts: Annotated[tuple[tuple[str, int], ...], BeforeValidator(lambda v: _pairs(v, "sent_id"))] = ()
    evidences: tuple[JsonValue, ...] = ()


class MultihopRowWithId(MultihopRow):
    """The same with `id` for `_id`, as in later releases."""

    id: RowId = Field(alias="id")


class Paragraph(Row):
    """MuSiQue: one of a question's paragraphs."""

    idx: int
    title: str
    paragraph_text: Filled
    is_supporting: bool = False


class Step(Row):
    """MuSiQue: one hop of the gold decomposition."""

    question: str
    answer: str
    paragraph_support_idx: int | None = None


class MusiqueRow(Row):
    """MuSiQue, -Ans or -Full: in the latter an answerable question and its unanswerable twin have one id."""

    id: RowId
    question: Filled
    paragraphs: tuple[Paragraph, ...]
    answer: str = ""
    answer_aliases: tuple[str, ...] = ()
    answerable: bool = True
    question_decomposition: tuple[Step, ...] = ()


def load_multihop(path: Path, workdir: Path) -> Dataset:
    """HotpotQA (distractor or full wiki) or 2WikiMultihopQA.

    In full-wiki contexts a gold paragraph can be missing. Such a question has no supporting ids, so that recall is
    not measured against less than its gold, and is counted in `left_out`.

    Raises:
        UsageProblem: see `read_json`.
    """
    model = MultihopRowWithId if '"_id"' not in read_text(path) else MultihopRow
    book = PassageBook()
    items = [(read.line, _multihop_item(read.row, book)) for read in read_rows(path, model)]
    n_without = sum("missing_titles" in item.gold for _, item in items)
    return question_dataset(path, items, book.write(workdir), {_NO_GOLD: n_without} if n_without else {})


def load_musique(path: Path, workdir: Path) -> Dataset:
    """MuSiQue. The unanswerable twin of a question has "-unanswerable" after its id.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    book = PassageBook()
    rows = read_rows(path, MusiqueRow, key=lambda row: f"{row.id} answerable={row.answerable}")
    return question_dataset(path, [(read.line, _musique_item(read.row, book)) for read in rows], book.write(workdir))


def _multihop_item(row: MultihopRow, book: PassageBook) -> Item:
    ids: dict[str, str] = {}
    sentences: dict[str, tuple[str, ...]] = {}
    for title, parts in row.context:
        if text := " ".join(part.strip() for part in parts).strip():
            ids.setdefault(title, book.add(title, text))
            sentences.setdefault(title, parts)
    titles = list(dict.fromkeys(title for title, _ in row.supporting_facts))
    missing = [title for title in titles if title not in ids]
    supporting_ids = () if missing else tuple(ids[title] for title in titles)
    facts: list[JsonValue] = [
        {"id": ids[title], "sentence": sentences[title][n].strip()}
        for title, n in row.supporting_facts
        if title in ids and 0 <= n < len(sentences[title])
    ]
    gold: dict[str, JsonValue] = {"supporting_titles": list(titles), "supporting_sentences": facts}
    optional: dict[str, JsonValue] = {
        "missing_titles": list(missing),
        "level": row.level,
        "evidence_triples": list(row.evidences),
    }
    return Item(
        id=row.id,
        text=row.question,
        answers=(row.answer,) if row.answer.strip() else (),
        supporting_ids=supporting_ids,
        cluster=supporting_ids[0] if supporting_ids else "",
        kind=row.type,
        gold=gold | {name: value for name, value in optional.items() if value},
    )


def _musique_item(row: MusiqueRow, book: PassageBook) -> Item:
    ids = {paragraph.idx: book.add(paragraph.title, paragraph.paragraph_text) for paragraph in row.paragraphs}
    supporting_ids = tuple(dict.fromkeys(ids[part.idx] for part in row.paragraphs if part.is_supporting))
    steps: list[JsonValue] = [
        {
            "question": step.question,
            "answer": step.answer,
            "supporting_id": None if step.paragraph_support_idx is None else ids.get(step.paragraph_support_idx),
        }
        for step in row.question_decomposition
    ]
    hops = _HOPS.match(row.id)
    answers = (row.answer, *row.answer_aliases) if row.answerable else ()
    return Item(
        id=row.id if row.answerable else f"{row.id}-unanswerable",
        text=row.question,
        answers=tuple(dict.fromkeys(answer for answer in answers if answer.strip())),
        supporting_ids=supporting_ids,
        cluster=supporting_ids[0] if supporting_ids else "",
        kind=f"{hops[1] if hops else len(steps)}-hop",
        gold={"unanswerable": not row.answerable, "decomposition": steps},
    )


def question_dataset(
    path: Path,
    items: Sequence[tuple[int, Item]],
    corpus: tuple[Path, ...] = (),
    left_out: dict[str, int] | None = None,
) -> Dataset:
    """The items of one file.

    Raises:
        UsageProblem: two items have one id.
    """
    return Dataset(
        name=path.stem,
        items=tuple(item for _, item in items),
        corpus=corpus,
        sha256=digest_of([path]),
        places=check_items(path, items),
        left_out=left_out or {},
    )
