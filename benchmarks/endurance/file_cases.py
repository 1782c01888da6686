"""The hostile files as groups of cases: which there are, and how each is written."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.endurance.file_encodings import encoded_files
from benchmarks.endurance.file_mutators import MUTATORS, Mutator
from benchmarks.endurance.file_seeds import SEEDS, Seed, numbered, seed_bytes
from benchmarks.endurance.file_shapes import Shape
from benchmarks.endurance.part import Options
from benchmarks.endurance.shapes_html import HTML_SHAPES
from benchmarks.endurance.shapes_pdf import PDF_SHAPES
from benchmarks.endurance.shapes_records import RECORD_SHAPES
from benchmarks.endurance.shapes_text import TEXT_SHAPES
from benchmarks.endurance.shapes_word import WORD_SHAPES

_TRIES = 8  # of each mutator on each seed
_SHAPES = {
    "text and tables": TEXT_SHAPES,
    "pages": HTML_SHAPES,
    "JSON": RECORD_SHAPES,
    "Word documents": WORD_SHAPES,
    "PDFs": PDF_SHAPES,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One file. `told`: how it came to be. `must_say`: what its document must hold, where it must have one."""

    name: str
    told: str
    write: Callable[[Path], object]
    must_say: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are read by one parser, one after another, and then by one ingest."""

    what: str
    cases: Sequence[Case]


def groups(options: Options) -> Iterator[Group]:
    """All groups, at the size asked for; the same seed gives the same files."""
    for name, shapes in _SHAPES.items():  # first, since they take longest
        step = max(1, round(1 / options.scale))
        yield Group(f"shapes: {name}", [_shaped(at, one) for at, one in enumerate(shapes)][::step])
    tries = options.scaled(_TRIES)
    for at, seed in enumerate(SEEDS):
        yield Group(f"bytes: {seed.name}", mutated(seed, tries, options.seed, at * 1000))
    encoded = list(encoded_files())
    cases = [Case(one.name, one.name, _writing(one.content), one.text if one.must_read else "") for one in encoded]
    yield Group("encodings", cases[:: max(1, round(0.3 / options.scale))])


def mutated(seed: Seed, tries: int, chance: int, first: int) -> list[Case]:
    """A sound file spoilt so often by each mutator; `first`: the number of the first case."""

    def case(number: int, mutator: Mutator, attempt: int) -> Case:
        told = f"{chance}/{seed.name}/{mutator.name}/{attempt}"

        def write(path: Path) -> None:
            path.write_bytes(mutator.mutate(numbered(seed_bytes(seed), number), Random(told)))

        return Case(f"{number}{seed.suffix}", told, write)

    pairs = [(mutator, attempt) for mutator in MUTATORS for attempt in range(tries)]
    return [case(first + number, *pair) for number, pair in enumerate(pairs)]


def _shaped(number: int, one: Shape) -> Case:
    def write(path: Path) -> None:
        path.write_bytes(one.make())
        if one.sparse_bytes:
            os.truncate(path, one.sparse_bytes)

    return Case(f"{number}{one.suffix}", f"{one.suffix} {one.name}", write)


def _writing(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)
