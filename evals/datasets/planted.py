"""Where does finding facts break down as the corpus grows? Corpora of planted facts, made by a seed.

Every size has the same facts and questions, so sizes are compared fact by fact. Each fact has neighbours: the same
relation of another subject, whose value is the tempting error (gold ``tempting``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal, get_args

from pydantic import Field

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset, WrittenPassage, write_rows
from evals.datasets.made_up import Namer, sentences
from evals.datasets.plain import load_plain
from lm.types import Frozen

FactKind = Literal["number", "name", "date"]

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SUBJECTS = (
    "archive",
    "brewery",
    "chapel",
    "foundry",
    "granary",
    "harbour",
    "library",
    "lighthouse",
    "mill",
    "observatory",
    "school",
    "theatre",
)
_RELATIONS: dict[FactKind, tuple[str, str]] = {
    "number": ("The access code of the {subject} is {value}.", "What is the access code of the {subject}?"),
    "name": ("The keeper of the {subject} is {value}.", "Who is the keeper of the {subject}?"),
    "date": ("The {subject} was opened on {value}.", "On which date was the {subject} opened?"),
}
_N_PLACES = 60
_N_PEOPLE = 80
_K = 1000


class CliffOptions(Frozen):
    """What is planted: sizes are characters of all documents together, without their titles."""

    sizes: tuple[int, ...] = (4_000, 16_000, 64_000, 256_000)
    n_facts: int = Field(default=12, ge=1)
    n_neighbours: int = Field(default=2, ge=0, description="For each fact.")
    document_chars: int = Field(default=2_000, ge=500, description="About how long a document is.")
    seed: int = 0


class PlantedQuestion(Frozen):
    """A line of `questions.jsonl`: `depth` is the fact's place in the corpus, from 0 at its beginning to 1."""

    id: str
    question: str
    answers: tuple[str, ...]
    supporting_ids: tuple[str, ...]
    type: str
    hops: int = 1
    fact: str
    fact_kind: FactKind
    tempting: tuple[str, ...]
    depth: float


@dataclass(frozen=True)
class Fact:
    """A planted sentence with its question, and the sentences of its neighbours."""

    id: str
    kind: FactKind
    sentence: str
    question: str
    answers: tuple[str, ...]
    neighbours: tuple[str, ...]
    tempting: tuple[str, ...]


def write_cliff(folder: Path, options: CliffOptions | None = None) -> tuple[Dataset, ...]:
    """Write a corpus for each size, in the plain format, into folders named after the sizes.

    Returns:
        A data set for each size, in the order of the options. An item's kind is the size ("16k"), its cluster the fact.

    Raises:
        UsageProblem: the facts and their neighbours need more room than a size has; or a file cannot be written.
    """
    options = options or CliffOptions()
    rng = Random(f"facts-{options.seed}")
    namer = Namer(rng)
    n_subjects = options.n_facts * (1 + options.n_neighbours)
    # The prose speaks of the facts' places too: their names alone find no fact.
    places = [namer.place() for _ in range(max(_N_PLACES, n_subjects))]
    people = [namer.person() for _ in range(_N_PEOPLE)]
    facts = make_facts(options.n_facts, options.n_neighbours, iter(places), namer, rng)
    _check_room(facts, options)
    for size in options.sizes:
        filler = sentences(Random(f"filler-{options.seed}"), places=places, people=people)
        _write_size(folder / size_name(size), facts, filler, size, options)
    return tuple(_with_fact_clusters(load_plain(folder / size_name(size))) for size in options.sizes)


def make_facts(n: int, n_neighbours: int, places: Iterator[str], namer: Namer, rng: Random) -> tuple[Fact, ...]:
    """Facts of the three kinds in turn; no two subjects and no two values are the same.

    `places` gives at least `n` times one more than `n_neighbours` distinct names.
    """
    kinds: tuple[FactKind, ...] = get_args(FactKind)
    values = {kind: _values(kind, namer, rng) for kind in kinds}
    return tuple(_fact(number, kinds[number % len(kinds)], n_neighbours, places, values, rng) for number in range(n))


def size_name(size: int) -> str:
    """16000 as "16k"; what is no whole number of thousands in full."""
    return f"{size // _K}k" if size % _K == 0 else str(size)


def _fact(
    number: int,
    kind: FactKind,
    n_neighbours: int,
    places: Iterator[str],
    values: dict[FactKind, Iterator[str]],
    rng: Random,
) -> Fact:
    statement, question = _RELATIONS[kind]
    building, place = rng.choice(_SUBJECTS), next(places)
    value = next(values[kind])
    neighbours: list[str] = []
    tempting: list[str] = []
    for turn in range(n_neighbours):
        # In turn the same building of another place, and another building of the same place.
        other = f"{building} in {next(places)}"
        if turn % 2:
            told = " ".join(neighbours)
            left = [name for name in _SUBJECTS if name != building and f"{name} in {place}" not in told]
            other = f"{rng.choice(left)} in {place}" if left else other
        wrong = next(values[kind])
        neighbours.append(statement.format(subject=other, value=wrong))
        tempting.append(wrong)
    subject = f"{building} in {place}"
    return Fact(
        id=f"{kind}-{number:03d}",
        kind=kind,
        sentence=statement.format(subject=subject, value=value),
        question=question.format(subject=subject),
        answers=_forms(kind, value),
        neighbours=tuple(neighbours),
        tempting=tuple(tempting),
    )


def _values(kind: FactKind, namer: Namer, rng: Random) -> Iterator[str]:
    """Distinct values."""
    given: set[str] = set()
    while True:
        if kind == "number":
            value = str(rng.randrange(10_000, 100_000))
        elif kind == "name":
            value = namer.person()
        else:
            value = f"{rng.randrange(1, 29)} {rng.choice(_MONTHS)} {rng.randrange(1700, 1990)}"
        if value not in given:
            given.add(value)
            yield value


def _forms(kind: FactKind, value: str) -> tuple[str, ...]:
    if kind != "date":
        return (value,)
    day, month, year = value.split()
    return (value, f"{month} {day}, {year}", f"{month} {day} {year}")


def _check_room(facts: Sequence[Fact], options: CliffOptions) -> None:
    if not options.sizes or len(set(options.sizes)) < len(options.sizes):
        raise UsageProblem("the sizes of the corpora must be named, each once", hint="for example 4000 16000 64000")
    needed = sum(len(text) + 1 for fact in facts for text in (fact.sentence, *fact.neighbours))
    if needed > min(options.sizes):
        raise UsageProblem(
            f"{len(facts)} facts with their neighbours take {needed:,} characters, "
            f"but the smallest corpus has {min(options.sizes):,}",
            hint="plant fewer facts or neighbours, or begin with a larger size",
        )


def _write_size(folder: Path, facts: Sequence[Fact], filler: Iterator[str], size: int, options: CliffOptions) -> None:
    planted = [text for fact in facts for text in (fact.sentence, *fact.neighbours)]
    prose = _fill(filler, size - sum(len(text) + 1 for text in planted))
    rng = Random(f"places-{options.seed}-{size}")
    for text in planted:
        prose.insert(rng.randrange(len(prose) + 1), text)
    documents = _documents(prose, size, options.document_chars)
    passages = [
        WrittenPassage(id=f"notes-{number:04d}", title=f"Notes from the province, part {number}", text=" ".join(parts))
        for number, parts in enumerate(documents, start=1)
    ]
    holder = {text: passage.id for passage, parts in zip(passages, documents, strict=True) for text in parts}
    whole = "\n".join(passage.text for passage in passages)
    questions = [
        PlantedQuestion(
            id=f"{fact.id}-{size_name(size)}",
            question=fact.question,
            answers=fact.answers,
            supporting_ids=(holder[fact.sentence],),
            type=size_name(size),
            fact=fact.id,
            fact_kind=fact.kind,
            tempting=fact.tempting,
            depth=round(whole.index(fact.sentence) / len(whole), 4),
        )
        for fact in facts
    ]
    write_rows(folder / "passages.jsonl", passages)
    write_rows(folder / "questions.jsonl", questions)


def _fill(filler: Iterator[str], n_chars: int) -> list[str]:
    """Sentences of about so many characters together, never more."""
    prose: list[str] = []
    for sentence in filler:
        n_chars -= len(sentence) + 1
        if n_chars < 0:
            return prose
        prose.append(sentence)
    return prose


def _documents(prose: Sequence[str], size: int, document_chars: int) -> list[list[str]]:
    """The sentences in order, in documents of about the same length."""
    n = max(1, round(size / document_chars))
    limit = sum(len(text) + 1 for text in prose) / n
    documents: list[list[str]] = [[]]
    length = 0
    for text in prose:
        if length >= limit * len(documents) and len(documents) < n:
            documents.append([])
        documents[-1].append(text)
        length += len(text) + 1
    return documents


def _with_fact_clusters(dataset: Dataset) -> Dataset:
    items = tuple(item.model_copy(update={"cluster": item.gold["fact"]}) for item in dataset.items)
    return Dataset(dataset.name, items, dataset.corpus, dataset.sha256, dataset.places, dataset.left_out)
