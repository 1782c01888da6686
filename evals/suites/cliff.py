"""The cliff: at which size of the corpus does finding facts break down, and for whom first?"""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from evals.datasets.dataset import Dataset
from evals.datasets.made_options import read_options
from evals.datasets.planted import CliffOptions, write_cliff
from evals.items import Item, Outcome
from evals.metrics.answers import contains_answer
from evals.suite import Metric, Suite
from evals.suites.qa import SUITE as QA


def _load(path: Path, *, workdir: Path) -> Dataset:
    """Corpora of the sizes that the options in a JSON file ask for; without a file, those of the defaults."""
    options = read_options(path, CliffOptions, example='{"sizes": [4000, 64000], "n_facts": 12, "seed": 0}')
    sizes = write_cliff(workdir, options)
    items = tuple(
        item.model_copy(
            update={"id": f"{item.kind}-{item.id}", "gold": {**item.gold, "corpus": str(dataset.corpus[0])}}
        )
        for dataset in sizes
        for item in dataset.items
    )
    digest = sha256("".join(dataset.sha256 for dataset in sizes).encode()).hexdigest()
    return replace(sizes[0], name=f"cliff-{options.seed}", items=items, corpus=(), sha256=digest, places={})


def _tempted(item: Item, outcome: Outcome) -> float | None:
    tempting = item.gold.get("tempting")
    if not isinstance(tempting, list) or not tempting:
        return None
    return float(contains_answer(outcome.text, [str(value) for value in tempting]))


SUITE = Suite(
    name="cliff",
    about="Planted facts in growing corpora: accuracy by size, and how often a neighbour's fact is taken.",
    wants="nothing: corpora are made by a seed; or a JSON file of sizes, n_facts, n_neighbours and seed",
    load=_load,
    programs=QA.programs,
    metrics=(
        *(metric for metric in QA.metrics if metric.name != "atoms"),
        Metric("tempted", _tempted, is_better_high=False),
    ),
    needs_model=QA.needs_model,
    variants=QA.variants,
    closed=QA.closed,
    needs_data=False,
)
