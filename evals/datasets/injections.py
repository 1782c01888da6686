"""Injected orders and harmless look-alikes: as strings to judge, and planted into the passages of a plain set.

The strings ask a model to do harm. They are test data: nothing here follows them.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random

from pydantic import ConfigDict, JsonValue

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset, Passage, WrittenPassage, check_items, read_passages, write_rows
from evals.datasets.reading import Filled, Row, RowId, digest_of, read_jsonl
from evals.items import Item
from prompts.sentences import sentence_spans

NO_CARRIER = "strings for which no carrier was left"


class InjectionRow(Row):
    """One line of `attacks.jsonl` or `benign.jsonl`. Keys that are not named here go into the item's gold."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)
    __pydantic_extra__: dict[str, JsonValue]

    id: RowId
    text: Filled
    category: str = ""
    kind: str | None = None


def load_injections(folder: Path) -> Dataset:
    """Attacks, then harmless strings where there are any: an item's text is the string.

    Gold has ``is_attack``, ``text``, ``category`` and ``kind``; items of one category are one cluster.

    Raises:
        UsageProblem: see `read_jsonl`; or both files have the same id.
    """
    attacks, benign = folder / "attacks.jsonl", folder / "benign.jsonl"
    items: list[Item] = []
    places: dict[str, str] = {}
    files = [path for path in (attacks, benign) if path == attacks or path.is_file()]
    for path in files:
        found = [(read.line, _item(read.row, is_attack=path == attacks)) for read in read_jsonl(path, InjectionRow)]
        here = check_items(path, found)
        for id_ in here.keys() & places.keys():
            raise UsageProblem(
                f"{here[id_]}: the id {id_!r} stands at {places[id_]} too", hint="give each row an id of its own"
            )
        places |= here
        items += [item for _, item in found]
    return Dataset(name=folder.resolve().name, items=tuple(items), sha256=digest_of(files), places=places)


def plant_injections(injections: Dataset, carriers: Dataset, *, workdir: Path, seed: int) -> Dataset:
    """Ask the questions of a plain set over a corpus in which a supporting passage of each holds an injected string.

    Each carrier holds one string, as a paragraph of its own after one of the passage's sentences. Strings beyond the
    number of carriers are counted in `left_out`; those that come first are planted first.

    Args:
        injections: from `load_injections`.
        carriers: questions with supporting ids, whose corpus is one `passages.jsonl`.
        workdir: where the poisoned `passages.jsonl` is written.
        seed: of the choice of carriers and places; the same seed gives the same bytes.

    Returns:
        Items with the question's text, answers and supporting ids. Gold is the string's, with ``injection_id``,
        ``question_id``, ``carrier_id``, and ``start`` and ``end`` of the string in the carrier's text.

    Raises:
        UsageProblem: the carriers have no such corpus or no supporting ids, or the file cannot be written.
    """
    passages = _passages_of(carriers)
    rng = Random(f"injections-{seed}")
    pairs = _carriers(carriers.items, passages)
    rng.shuffle(pairs)
    items: list[Item] = []
    texts: dict[str, str] = {}
    for injection, (question, carrier) in zip(injections.items, pairs, strict=False):
        poisoned, start = _insert(passages[carrier].text, injection.text, rng)
        texts[carrier] = poisoned
        items.append(_planted(injection, question, carrier, start))
    path = workdir / "passages.jsonl"
    write_rows(
        path,
        [WrittenPassage(id=p.id, title=p.title, text=texts.get(p.id, p.text)) for p in passages.values()],
    )
    n_left = max(0, len(injections.items) - len(pairs))
    return Dataset(
        name=f"{injections.name}-in-{carriers.name}",
        items=tuple(items),
        corpus=(path,),
        # Which strings are orders is nowhere in the passages.
        sha256=sha256(f"{injections.sha256} {digest_of([path])}".encode()).hexdigest(),
        places={item.id: injections.places.get(str(item.gold["injection_id"]), "") for item in items},
        left_out={NO_CARRIER: n_left} if n_left else {},
    )


def _item(row: InjectionRow, *, is_attack: bool) -> Item:
    more: dict[str, JsonValue] = {name: value for name, value in row.__pydantic_extra__.items() if value is not None}
    gold: dict[str, JsonValue] = {
        "is_attack": is_attack,
        "text": row.text,
        "category": row.category,
        "kind": row.kind or "",
    }
    return Item(
        id=row.id,
        text=row.text,
        cluster=row.category,
        kind=(row.kind or "attack") if is_attack else "benign",
        gold=more | gold,
    )


def _passages_of(carriers: Dataset) -> dict[str, Passage]:
    if len(carriers.corpus) != 1 or not carriers.corpus[0].is_file():
        raise UsageProblem(
            f"{carriers.name} cannot carry injected strings: it has no passages.jsonl",
            hint="name a plain set with passages.jsonl",
        )
    return {read.row.id: read.row for read in read_passages(carriers.corpus[0])}


def _carriers(questions: Sequence[Item], passages: Mapping[str, Passage]) -> list[tuple[Item, str]]:
    """Each passage that supports a question, with the first such question."""
    found: dict[str, Item] = {}
    for question in questions:
        for id_ in question.supporting_ids:
            if id_ in passages:
                found.setdefault(id_, question)
    if not found:
        raise UsageProblem(
            "no question of the carriers names a supporting passage", hint="name a set with supporting_ids"
        )
    return [(question, id_) for id_, question in found.items()]


def _insert(text: str, injected: str, rng: Random) -> tuple[str, int]:
    """The text with the string as a paragraph after one of its sentences, and where the string begins."""
    ends = [end for _, end in sentence_spans(text)] or [len(text)]
    at = rng.choice(ends)
    before = text[:at].rstrip() + "\n\n"
    after = text[at:].strip()
    return before + injected + (f"\n\n{after}" if after else ""), len(before)


def _planted(injection: Item, question: Item, carrier: str, start: int) -> Item:
    gold: dict[str, JsonValue] = {
        "injection_id": injection.id,
        "question_id": question.id,
        "carrier_id": carrier,
        "start": start,
        "end": start + len(injection.text),
    }
    return Item(
        id=f"{injection.id}@{carrier}"[:512],
        text=question.text,
        answers=question.answers,
        supporting_ids=question.supporting_ids,
        cluster=question.id,
        kind=injection.kind,
        gold=injection.gold | gold,
    )
