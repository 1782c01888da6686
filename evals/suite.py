"""What a suite is: a small declared thing. Its data become items, its programs do them, its metrics judge them.

Adding one is a file below `evals/suites` and a line in `evals.registry`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from evals.bench import Bench, Program
from evals.datasets.dataset import Dataset
from evals.items import Item, Outcome, Result


def always(item: Item) -> bool:
    """Every item can feed the metric."""
    return True


def is_scored(result: Result) -> bool:
    """Any result that has scores."""
    return bool(result.scores)


def detail(name: str) -> Callable[[Item, Outcome], float | None]:
    """A score that the program itself has counted, among its outcome's details; None where it has not."""

    def score(item: Item, outcome: Outcome) -> float | None:
        counted = outcome.details.get(name)
        return float(counted) if isinstance(counted, int | float) else None

    return score


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What is known of a score of single items.

    Attributes:
        feeds: Which items can be judged at all (a recall needs supporting ids).
        is_better_high: Whether more is better. Then an abstention scores 0; where less is better it has no score, for
            saying nothing would be the best there is.
        scores_silence: Whether an abstention has a score at all; False for shares of what was said, which say nothing
            of those who are silent: abstentions are counted beside them.
        is_compared: Whether it says something of the program. What it says of the item alone (a label, a filter's
            verdict on a string) is the same for all programs, abstentions too.
    """

    feeds: Callable[[Item], bool] = always
    is_better_high: bool = True
    scores_silence: bool = True
    is_compared: bool = True


@dataclass(frozen=True)
class Metric(_Judged):
    """A score of one item's outcome; None where there is nothing to score: such items are left out and counted."""

    name: str
    score: Callable[[Item, Outcome], float | None]


@dataclass(frozen=True)
class BenchMetric(_Judged):
    """A score of one item's outcome that needs the bench: its embedder, or the texts of its corpus."""

    name: str
    score: Callable[[Item, Outcome, Bench], float | None]


@dataclass(frozen=True)
class SetMetric:
    """A measure of all results together, such as an AUROC; None where it is undefined (one class only).

    Its interval comes from resampling items, or their clusters. `uses` says which results it looks at.
    """

    name: str
    measure: Callable[[Sequence[Result]], float | None]
    is_better_high: bool = True
    uses: Callable[[Result], bool] = is_scored
    is_compared: bool = True


AnyMetric = Metric | BenchMetric


class Loader(Protocol):
    """Reads data; see `evals.datasets.load`."""

    def __call__(self, path: Path, *, workdir: Path) -> Dataset:
        """Items and corpus of a folder or file; what has to be written for them goes into `workdir`."""
        ...


@dataclass(frozen=True)
class Suite:
    """What is asked, who is asked, and how the answers are judged.

    Attributes:
        name: As the user writes it.
        about: One line for `eval ls`.
        wants: What `--data` is to be.
        load: Reads the data.
        programs: By name; the first is Wellread's own, the others are baselines.
        metrics: Of single items; the first is the main one. Data that can feed none of those that ask for something
            are refused.
        set_metrics: Of all results together.
        confidence_of: The 0/1 score of which `Outcome.confidence` is the probability; none: the main metric.
        needs_corpus: Whether programs search: the data's corpus, or that which each item names in ``gold["corpus"]``.
        needs_embedder: Whether programs embed without searching.
        variants: Names of programs that are Wellread's own in another setting, and no baselines.
        closed: Names of the programs that do without the corpus: they run on data that have none.
        needs_model: Names of the programs that call a language model.
        default_data: The data that ships with the project, for a run without `--data`.
        needs_data: False where the items can be made without any.
    """

    name: str
    about: str
    wants: str
    load: Loader
    programs: Mapping[str, Callable[[], Program]]
    metrics: Sequence[AnyMetric]
    set_metrics: Sequence[SetMetric] = ()
    confidence_of: str = ""
    needs_corpus: bool = True
    needs_embedder: bool = False
    variants: frozenset[str] = field(default_factory=frozenset)
    closed: frozenset[str] = field(default_factory=frozenset)
    needs_model: frozenset[str] = field(default_factory=frozenset)
    default_data: Path | None = None
    needs_data: bool = True

    @property
    def main(self) -> str:
        """Wellread's own program."""
        return next(iter(self.programs))

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Of single items first, then of all together."""
        return (*(metric.name for metric in self.metrics), *(measure.name for measure in self.set_metrics))

    @property
    def baselines(self) -> tuple[str, ...]:
        """All others, but for Wellread's own variants."""
        return tuple(name for name in self.programs if name != self.main and name not in self.variants)
