"""The plain format: a folder with `questions.jsonl`, and with `passages.jsonl`, `docs/` or `corpus/` to search in.

Also reports to write: `report_tasks.jsonl`, with the facts that a good one states, and `topics.jsonl`, with the outline
of an article that people wrote.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import ConfigDict, Field, JsonValue

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset, check_gold, read_passages
from evals.datasets.reading import Filled, Row, RowId, digest_of, read_jsonl
from evals.items import Item
from retrieval.errors import RetrievalError, SourceUnreadable
from retrieval.parsing.formats import STREAM_SUFFIXES, is_stream
from retrieval.parsing.json_file import parse, parse_lines
from retrieval.parsing.parsed import ParsedDocument
from retrieval.scan import scan

_Line = TypeVar("_Line", bound=Row)
_FOLDERS = ("docs", "corpus")
_UNPACKED_AT_MOST = 50  # times the size of a gzipped file


class Question(Row):
    """One line of `questions.jsonl`. Keys that are not named here go into the item's gold."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)
    __pydantic_extra__: dict[str, JsonValue]

    id: RowId
    question: Filled
    answers: tuple[Filled, ...] = ()
    supporting_ids: tuple[Filled, ...] = ()
    type: str = ""
    hops: int | None = Field(default=None, ge=0)


class GoldFactRow(Row):
    """A fact that a good report states: of whom, in the source's words, and its number."""

    country: Filled
    value: Filled
    number: float = Field(allow_inf_nan=False)
    field: str = ""
    doc: str = ""


class Task(Row):
    """One line of `report_tasks.jsonl`. Keys that are not named here go into the item's gold."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)
    __pydantic_extra__: dict[str, JsonValue]

    id: RowId
    task: Filled
    supporting_ids: tuple[Filled, ...] = ()
    theme: str = ""
    gold_facts: tuple[GoldFactRow, ...]


class Topic(Row):
    """One line of `topics.jsonl`: `outline` has a heading with its signs an entry, ``## Parade``."""

    id: RowId
    topic: Filled
    outline: tuple[Filled, ...] = Field(min_length=1)
    doc: str = ""
    abstract: str = ""


@dataclass(frozen=True)
class PlainCorpus:
    """What a folder has to search in: paths to ingest, and the ids that the ingest gives."""

    paths: tuple[Path, ...]
    files: tuple[Path, ...]
    ids: frozenset[str]
    names: Mapping[str, str]  # another name that gold may call a document by → its id

    def resolve(self, supporting_ids: Sequence[str]) -> tuple[str, ...]:
        """The ids of the ingested documents, each once; an unknown one stays as it is."""
        return tuple(dict.fromkeys(id_ if id_ in self.ids else self.names.get(id_, id_) for id_ in supporting_ids))


def load_plain(folder: Path) -> Dataset:
    """Questions and their corpus.

    Raises:
        UsageProblem: a file is missing or wrong, or a question names a passage that does not exist.
    """
    return _load(folder, "questions.jsonl", Question, _question_item)


def load_tasks(folder: Path) -> Dataset:
    """Reports to write, and their corpus: the gold facts are in each item's gold under ``gold_facts``.

    Raises:
        UsageProblem: as in `load_plain`.
    """
    return _load(folder, "report_tasks.jsonl", Task, _task_item)


def load_topics(folder: Path) -> Dataset:
    """Articles to write, and their corpus; the headings that people chose are in each item's gold under ``outline``.

    Raises:
        UsageProblem: as in `load_plain`.
    """
    return _load(folder, "topics.jsonl", Topic, _topic_item)


def read_corpus(folder: Path) -> PlainCorpus:
    """What a folder of the plain format has to search in; nothing where it has neither passages nor documents.

    A document of a folder is called by its path in it, as the ingest does, or by that without the ending.

    Raises:
        UsageProblem: `passages.jsonl` is wrong, or a folder cannot be read.
    """
    paths, files = [], []
    ids: set[str] = set()
    names: dict[str, str] = {}
    if (passages := folder / "passages.jsonl").is_file():
        paths.append(passages)
        files.append(passages)
        ids.update(read.row.id for read in read_passages(passages))
    for place in (folder / name for name in _FOLDERS if (folder / name).is_dir()):
        found = _files_of(place)
        paths.append(place)
        files += found.values()
        ids.update(id_ for name, path in found.items() for id_ in _ids_in(name, path))
        names |= _short_names(list(found))
    return PlainCorpus(tuple(paths), tuple(files), frozenset(ids), names)


def _files_of(place: Path) -> dict[str, Path]:
    try:
        return {file.name: Path(file.path) for file in scan(place).files}
    except RetrievalError as error:
        raise UsageProblem(str(error), hint="check the folder's permissions") from error


def _ids_in(name: str, path: Path) -> list[str]:
    """The ids of a file's documents: its name, but JSON lines and lists may hold documents with ids of their own."""
    if not name.lower().endswith((*STREAM_SUFFIXES, ".json")):
        return [name]
    try:
        with path.open("rb") as file:
            if is_stream(name):
                limit = max(path.stat().st_size, 1) * _UNPACKED_AT_MOST
                parts = list(parse_lines(file, name, max_bytes=limit, max_line_bytes=limit))
            else:
                parts = list(parse(file.read(), name))
    except (OSError, SourceUnreadable) as error:
        raise UsageProblem(
            f"cannot read {path}: {error}", hint="mend the file, or move it out of the corpus"
        ) from error
    return [part.id or name for part in parts if isinstance(part, ParsedDocument)]


def _short_names(names: Sequence[str]) -> dict[str, str]:
    """Names without their ending → names; those that two files share are left out."""
    short = [PurePosixPath(name).with_suffix("").as_posix() for name in names]
    shared = Counter(short)
    return {cut: name for cut, name in zip(short, names, strict=True) if shared[cut] == 1}


def _load(folder: Path, name: str, model: type[_Line], item_of: Callable[[_Line, PlainCorpus], Item]) -> Dataset:
    path = folder / name
    corpus = read_corpus(folder)
    rows = [(read.line, item_of(read.row, corpus)) for read in read_jsonl(path, model)]
    dataset = Dataset(
        name=folder.resolve().name,
        items=tuple(item for _, item in rows),
        corpus=corpus.paths,
        sha256=digest_of([path, *corpus.files]),
        places={item.id: f"{path}, line {line}" for line, item in rows},
    )
    if corpus.paths:
        check_gold(dataset, corpus.ids)
    return dataset


def _question_item(row: Question, corpus: PlainCorpus) -> Item:
    hops: dict[str, JsonValue] = {} if row.hops is None else {"hops": row.hops}
    supporting_ids = corpus.resolve(row.supporting_ids)
    return Item(
        id=row.id,
        text=row.question,
        answers=row.answers,
        supporting_ids=supporting_ids,
        cluster=supporting_ids[0] if supporting_ids else "",
        kind=row.type or (f"{row.hops}-hop" if row.hops is not None else ""),
        gold=hops | {key: value for key, value in row.__pydantic_extra__.items() if value is not None},
    )


def _topic_item(row: Topic, corpus: PlainCorpus) -> Item:
    name = PurePosixPath(row.doc).name
    supporting_ids = corpus.resolve([name]) if name else ()
    headings: list[JsonValue] = [heading.lstrip("# ").strip() for heading in row.outline]
    return Item(
        id=row.id,
        text=row.topic,
        supporting_ids=supporting_ids,
        cluster=row.id,
        gold={"outline": headings, "abstract": row.abstract},
    )


def _task_item(row: Task, corpus: PlainCorpus) -> Item:
    supporting_ids = corpus.resolve(row.supporting_ids)
    facts: dict[str, JsonValue] = {"gold_facts": [fact.model_dump() for fact in row.gold_facts]}
    return Item(
        id=row.id,
        text=row.task,
        supporting_ids=supporting_ids,
        cluster=supporting_ids[0] if supporting_ids else "",
        kind=row.theme,
        gold=facts | {key: value for key, value in row.__pydantic_extra__.items() if value is not None},
    )
