"""What a suite is asked: items, the files to ingest for them, and where each item stands. Must not know formats."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from agent.errors import UsageProblem
from evals.datasets.reading import Filled, Read, Row, RowId, check_unique, read_jsonl
from evals.items import Item
from lm.files import write_atomically
from lm.types import Frozen


@dataclass(frozen=True)
class Dataset:
    """The items of one data set.

    `corpus` are files and folders to ingest, in this order, and may be empty; the items' supporting ids are the ids
    that the ingest then gives. `sha256` is of the data files read. `places` says where each item stands, by its id,
    for messages. `left_out` counts what was read and is no item, by what it is. `tuning` are the clusters of the tuning
    half, where the data say so themselves.
    """

    name: str
    items: tuple[Item, ...]
    corpus: tuple[Path, ...] = ()
    sha256: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    tuning: frozenset[str] | None = None


class Passage(Row):
    """One line of `passages.jsonl`."""

    id: RowId
    title: str = ""
    text: Filled


class WrittenPassage(Frozen):
    """A passage that a reader or a maker writes."""

    id: str
    title: str
    text: str


def read_passages(path: Path) -> list[Read[Passage]]:
    """The passages of a set.

    Raises:
        UsageProblem: see `read_jsonl`.
    """
    return read_jsonl(path, Passage)


def write_rows(path: Path, rows: Sequence[Frozen]) -> None:
    """One row a line, whole or not at all; the folder is made.

    Raises:
        UsageProblem: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, "".join(f"{row.model_dump_json()}\n" for row in rows))
    except OSError as error:
        raise UsageProblem(f"cannot write {path}: {error.strerror or error}", hint="name another folder") from error


class PassageBook:
    """Passages under ids of their content: the same paragraph of two questions is one passage."""

    def __init__(self) -> None:
        self._passages: dict[str, WrittenPassage] = {}

    def add(self, title: str, text: str) -> str:
        """The id of the passage, which is new or known."""
        id_ = content_id("p", title, text)
        self._passages.setdefault(id_, WrittenPassage(id=id_, title=title, text=text))
        return id_

    def write(self, workdir: Path) -> tuple[Path, ...]:
        """The corpus: `passages.jsonl` in the folder, or nothing where there are no passages.

        Raises:
            UsageProblem: the file cannot be written.
        """
        if not self._passages:
            return ()
        path = workdir / "passages.jsonl"
        write_rows(path, list(self._passages.values()))
        return (path,)


def content_id(prefix: str, *parts: str) -> str:
    """An id that is a hash of texts."""
    return f"{prefix}-{sha256(chr(0).join(parts).encode(errors='surrogatepass')).hexdigest()[:16]}"


def with_shared_documents(dataset: Dataset) -> Dataset:
    """The same, where all items that share a supporting document, be it through others, are one cluster.

    Only of items whose cluster is their first document; it is called by that of its first item.
    """
    root: dict[str, str] = {}

    def find(id_: str) -> str:
        root.setdefault(id_, id_)
        while root[id_] != id_:
            root[id_] = id_ = root[root[id_]]
        return id_

    by_document = [item for item in dataset.items if item.supporting_ids and item.cluster == item.supporting_ids[0]]
    for item in by_document:
        first, *others = (find(id_) for id_ in item.supporting_ids)
        for other in others:
            root[find(other)] = find(first)
    names: dict[str, str] = {}
    for item in by_document:
        names.setdefault(find(item.cluster), item.cluster)
    chosen = {item.id for item in by_document}
    items = (
        item.model_copy(update={"cluster": names[find(item.cluster)]}) if item.id in chosen else item
        for item in dataset.items
    )
    return replace(dataset, items=tuple(items))


def check_gold(dataset: Dataset, known_ids: Collection[str]) -> None:
    """Is every supporting document of every item in the corpus?

    Raises:
        UsageProblem: names file, line and item of the first that is not, and how many there are.
    """
    missing = [(item.id, id_) for item in dataset.items for id_ in item.supporting_ids if id_ not in known_ids]
    if not missing:
        return
    item, id_ = missing[0]
    more = f" ({len(missing) - 1} more like it)" if len(missing) > 1 else ""
    raise UsageProblem(
        f"{dataset.places.get(item, dataset.name)}: item {item!r} names the supporting passage {id_!r}, "
        f"which does not exist{more}",
        hint="supporting ids are ids of passages.jsonl, or files of docs/",
    )


def check_items(path: Path, items: Sequence[tuple[int, Item]]) -> dict[str, str]:
    """Where each item stands, by id.

    Raises:
        UsageProblem: two items of a file have one id.
    """
    check_unique(path, [(line, item.id) for line, item in items])
    return {item.id: f"{path}, line {line}" for line, item in items}
