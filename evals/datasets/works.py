"""Reports of a made-up province: how much distinct text does a writer need before it stops making figures up?

Each world is a province with public works, a document for each: figures that no model can know, among prose that has
none of them. The report is to tell of certain works by name. Contexts of several lengths have some of these, or all and
others besides; three controls hold apart what grows with the length: the same few works padded with other prose, the
same few said over and over, and as many works without the prose. (Asked for "the public works" at large, a small model
copies what it is shown from the top, and every figure is true at every length.)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Literal, get_args

from pydantic import Field

from agent.errors import UsageProblem
from evals.datasets.dataset import Dataset, WrittenPassage, write_rows
from evals.datasets.made_up import Namer, sentences
from evals.items import Item
from lm.files import file_sha256
from lm.types import Frozen

Arm = Literal["distinct", "padded", "repeated", "dense"]
ARMS: tuple[Arm, ...] = get_args(Arm)
FACTS = "facts"  # in an item's gold: the text of each work
PADDING = "padding"  # and all that is said of no work

_KINDS = ("aqueduct", "arsenal", "bridge", "canal", "dam", "embankment", "harbour", "lighthouse", "market", "tunnel")
_DOCUMENT_CHARS = 1_000
_SENTENCE_CHARS = 125  # of the prose, about
_N_PEOPLE = 40
_LETTERS = "Letters"
_K = 1_000


class WorksOptions(Frozen):
    """What is cut. Sizes are characters of all documents together, without their titles.

    Attributes:
        sizes: Of the arm of distinct text, and of works that the dense arm tells without their prose.
        base: Of the works that the other two arms have, at any length.
        n_asked: Works that the report is to tell of: the first ones, which every context has before any other.
        control_sizes: The lengths of the three controls.
        n_worlds: Provinces; intervals are over them.
        words: Length of the report that is asked for.
        seed: Of the first province.
    """

    sizes: tuple[int, ...] = (5_000, 10_000, 15_000, 20_000, 30_000, 40_000)
    base: int = Field(default=5_000, ge=_DOCUMENT_CHARS)
    control_sizes: tuple[int, ...] = (15_000, 30_000)
    n_asked: int = Field(default=15, ge=1)
    n_worlds: int = Field(default=4, ge=1)
    words: int = Field(default=400, ge=50)
    seed: int = 0


@dataclass(frozen=True)
class Work:
    """A work: its name, the sentences of its figures, and prose of its place."""

    name: str
    facts: tuple[str, ...]
    prose: tuple[str, ...]

    @property
    def text(self) -> str:
        """Facts spread evenly among the prose, the first in front."""
        spread = [*self.prose]
        for turn, fact in enumerate(self.facts):
            spread.insert(turn + turn * len(self.prose) // len(self.facts), fact)
        return " ".join(spread)


def write_works(folder: Path, options: WorksOptions | None = None) -> Dataset:
    """Write the contexts of all arms below a folder, one corpus each, and ask for a report over each.

    Returns:
        An item for each world, arm and size: its kind is both ("padded 20k"), its cluster the world. At the base's own
        size the controls are the arm of distinct text itself, and are not asked again.

    Raises:
        UsageProblem: a size is less than a document; or a file cannot be written.
    """
    options = options or WorksOptions()
    if min((*options.sizes, *options.control_sizes), default=0) < _DOCUMENT_CHARS:
        raise UsageProblem(f"every size must be at least {_DOCUMENT_CHARS} characters", hint="for example 5000 40000")
    items = [item for number in range(options.n_worlds) for item in _world(folder, options.seed + number, options)]
    # The task too: other works may be asked for of the same documents.
    seen = (part for item in items for part in (item.text, file_sha256(Path(str(item.gold["corpus"])))))
    return Dataset(f"saturation-{options.seed}", tuple(items), sha256=sha256("\n".join(seen).encode()).hexdigest())


def _world(folder: Path, seed: int, options: WorksOptions) -> Iterator[Item]:
    rng = Random(f"works-{seed}")
    namer = Namer(rng)
    province = namer.place()
    n_works = max(options.n_asked, max(*options.sizes, *options.control_sizes) // _DOCUMENT_CHARS)
    places = [namer.place() for _ in range(n_works)]
    people = [namer.person() for _ in range(_N_PEOPLE)]
    prose = sentences(Random(f"prose-{seed}"), places=places, people=people)
    works = [_work(place, province, rng, prose) for place in places]
    for arm in ARMS:
        for size in options.sizes if arm == "distinct" else options.control_sizes:
            passages = _CUT[arm](works, size, options.base, prose)
            Random(f"order-{seed}-{size}").shuffle(passages)
            letters = [one.text for one in passages if one.title.startswith(_LETTERS)]
            path = folder / f"{seed}-{arm}-{size}" / "passages.jsonl"
            write_rows(path, passages)
            shown = f"{size // _K}k" if size % _K == 0 else str(size)
            yield Item(
                id=f"{arm}-{shown}-{seed}",
                text=_task(works[: options.n_asked], province, options.words),
                cluster=f"world-{seed}",
                kind=f"{arm} {shown}",
                # True of a work is what any document says of it, whether this arm shows it or not.
                gold={
                    "corpus": str(path),
                    FACTS: {work.name: work.text for work in works},
                    PADDING: " ".join([*letters, *(sentence for work in works for sentence in work.prose)]),
                },
            )


def _task(works: Sequence[Work], province: str, words: int) -> str:
    *most, last = [f"the {work.name}" for work in works]
    named = f"{', '.join(most)} and {last}" if most else last
    return (
        f"Write a report of {words} words on these public works of {province}: {named}. State of each when it was "
        "opened, how long it is, what it cost, and how many workers it had."
    )


def _work(place: str, province: str, rng: Random, prose: Iterator[str]) -> Work:
    name = f"{rng.choice(_KINDS)} of {place}"
    opened = rng.randrange(1760, 1930)
    facts = (
        f"The {name}, a public work of the province of {province}, was opened in {opened}.",
        f"The {name} is {rng.randrange(210, 4_900)} metres long.",
        f"The building of the {name} cost {rng.randrange(1_100, 98_000)} crowns.",
        f"In {opened + rng.randrange(4, 40)} the {name} had {rng.randrange(31, 890)} workers.",
        f"A flood in {opened + rng.randrange(41, 80)} damaged {rng.randrange(11, 97)} piers of the {name}.",
    )
    told = _filling(prose, _DOCUMENT_CHARS - sum(len(fact) + 1 for fact in facts))
    return Work(name, facts, told)


def _filling(prose: Iterator[str], n_chars: int) -> tuple[str, ...]:
    """Sentences of about so many characters together."""
    told: list[str] = []
    while sum(len(sentence) + 1 for sentence in told) < n_chars - _SENTENCE_CHARS // 2:
        told.append(next(prose))
    return tuple(told)


def _distinct(works: Sequence[Work], size: int, base: int, prose: Iterator[str]) -> list[WrittenPassage]:
    return [_passage(work, work.text) for work in works[: size // _DOCUMENT_CHARS]]


def _padded(works: Sequence[Work], size: int, base: int, prose: Iterator[str]) -> list[WrittenPassage]:
    own = _distinct(works, base, base, prose)
    return own + [
        WrittenPassage(
            id=f"letter-{n:03d}", title=f"{_LETTERS}, part {n}", text=" ".join(_filling(prose, _DOCUMENT_CHARS))
        )
        for n in range(1, 1 + (size - base) // _DOCUMENT_CHARS)
    ]


def _repeated(works: Sequence[Work], size: int, base: int, prose: Iterator[str]) -> list[WrittenPassage]:
    own = _distinct(works, base, base, prose)
    again = (
        passage.model_copy(update={"id": f"{passage.id}-{turn}"}) for turn in range(size // base) for passage in own
    )
    return list(islice(again, size // _DOCUMENT_CHARS))


def _dense(works: Sequence[Work], size: int, base: int, prose: Iterator[str]) -> list[WrittenPassage]:
    return [_passage(work, " ".join(work.facts)) for work in works[: size // _DOCUMENT_CHARS]]


def _passage(work: Work, text: str) -> WrittenPassage:
    return WrittenPassage(id=work.name.replace(" ", "-"), title=work.name[0].upper() + work.name[1:], text=text)


_Cut = Callable[[Sequence[Work], int, int, Iterator[str]], list[WrittenPassage]]
_CUT: dict[Arm, _Cut] = {"distinct": _distinct, "padded": _padded, "repeated": _repeated, "dense": _dense}
