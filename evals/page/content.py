"""What the page is about: runs by suite, their figures, their comparisons, and every item joined over the runs.

Knows evaluations. Must not know HTML.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

from agent.errors import UsageProblem
from evals.compare import DEFAULT_SEED, Comparison, compare_all
from evals.items import Item, Result
from evals.run_record import EvalRun, Manifest
from evals.suite import Suite
from evals.summary import Summary, commonest_reasons, per_item, summarize


@dataclass(frozen=True)
class RunContent:
    """One run. `letter` is its name on the page, `label` tells it from the others in a few words."""

    letter: str
    label: str
    manifest: Manifest
    summary: Summary
    results: tuple[Result, ...]
    seconds: Mapping[tuple[str, int], float]

    @property
    def tokens_per_item(self) -> float:
        """Tokens of all calls over results."""
        return self.summary.tokens / max(len(self.results), 1)


@dataclass(frozen=True)
class JoinedItem:
    """An item and what each run made of it: by run, its results in the order of epochs, none where it was not done.

    `item` is None where the data could not be read again. `scores` are on the main metric, None where there is none.
    """

    id: str
    item: Item | None
    kind: str
    results: tuple[tuple[Result, ...], ...]
    scores: tuple[float | None, ...]


@dataclass(frozen=True)
class Group:
    """The runs of one suite."""

    suite: Suite
    runs: tuple[RunContent, ...]
    comparisons: tuple[Comparison, ...]
    items: tuple[JoinedItem, ...]
    remarks: tuple[str, ...]

    @property
    def main(self) -> str:
        """The metric that the page is sorted by."""
        return self.suite.metrics[0].name

    @property
    def is_share(self) -> bool:
        """Whether the main metric says how right an answer is, from 0 to 1, and more of it is better."""
        scores = [score for item in self.items for score in item.scores if score is not None]
        return self.is_better_high(self.main) and all(0.0 <= score <= 1.0 for score in scores)

    def is_better_high(self, metric: str) -> bool:
        """Whether more of the metric is better."""
        of_items = {one.name: one.is_better_high for one in self.suite.metrics}
        return {**{one.name: one.is_better_high for one in self.suite.set_metrics}, **of_items}[metric]


def gather(runs: Sequence[EvalRun], workdir: Path, find: Callable[[str], Suite]) -> tuple[Group, ...]:
    """Everything that the page shows, a group for each suite, in the order of the runs.

    Args:
        runs: One or several; one that is named twice counts once.
        workdir: Takes what the loaders write.
        find: The suite of a name.

    Raises:
        UsageProblem: a run is none, or has no results yet.
    """
    by_path = {run.path.resolve(): run for run in runs}
    by_suite: dict[str, list[tuple[str, EvalRun]]] = {}
    for letter, run in zip(_letters(len(by_path)), by_path.values(), strict=True):
        by_suite.setdefault(run.manifest().suite, []).append((letter, run))
    return tuple(_group(find(name), members, workdir) for name, members in by_suite.items())


def _letters(n: int) -> list[str]:
    one = list(ascii_uppercase)
    return (one if n <= len(one) else [f"{letter}{number}" for number in range(1, n) for letter in one])[:n]


def _group(suite: Suite, members: Sequence[tuple[str, EvalRun]], workdir: Path) -> Group:
    manifests = [run.manifest() for _, run in members]
    labels = _labels(manifests)
    runs = tuple(
        _content(letter, label, run, manifest, suite)
        for (letter, run), label, manifest in zip(members, labels, manifests, strict=True)
    )
    comparisons, not_compared = _comparisons([run for _, run in members], suite)
    texts, not_loaded = _texts(manifests, suite, workdir)
    return Group(
        suite=suite,
        runs=runs,
        comparisons=comparisons,
        items=_joined(runs, texts, suite.metrics[0].name),
        remarks=(*not_loaded, *not_compared),
    )


def _content(letter: str, label: str, run: EvalRun, manifest: Manifest, suite: Suite) -> RunContent:
    results, seconds = run.results(), run.seconds()
    if not results:
        raise UsageProblem(
            f"{manifest.run} has no results yet", hint=f"go on with: wellread eval resume {run.path.name}"
        )
    summary = summarize(manifest, results, seconds, suite)
    return RunContent(letter, label, manifest, summary, tuple(results), seconds)


def _labels(manifests: Sequence[Manifest]) -> list[str]:
    """The program, and of what else the runs differ in as little as tells them apart; runs alike keep one label."""
    told: tuple[Callable[[Manifest], str], ...] = (
        lambda manifest: manifest.program,
        lambda manifest: manifest.model,
        lambda manifest: manifest.data,
        lambda manifest: f"evidence {manifest.options.evidence_tokens}",
        lambda manifest: f"seed {manifest.options.seed}",
        lambda manifest: f"half {manifest.options.half}",
    )
    labels = [told[0](manifest) for manifest in manifests]
    for say in told[1:]:
        if len(set(labels)) == len(labels):
            break
        said = [say(manifest) for manifest in manifests]
        if len(set(said)) > 1:
            labels = [f"{label}, {more}" for label, more in zip(labels, said, strict=True)]
    return labels


def _comparisons(runs: Sequence[EvalRun], suite: Suite) -> tuple[tuple[Comparison, ...], list[str]]:
    """The first run against each of the others, which is A in its comparison; remarks on what cannot be compared."""
    problems: list[UsageProblem] = []
    found = compare_all(runs[0], runs[1:], suite, seed=DEFAULT_SEED, refused=problems.append)
    return found, [f"not compared: {problem}" for problem in problems]


def _texts(manifests: Sequence[Manifest], suite: Suite, workdir: Path) -> tuple[dict[str, Item], list[str]]:
    """The items' texts from the data, by id; the first run's win. Remarks on data that are gone or changed."""
    texts: dict[str, Item] = {}
    remarks = []
    if len({manifest.data_sha256 for manifest in manifests}) > 1:
        remarks.append(
            "The runs' data differ: items are joined by id alone, with the text of the first run that has it."
        )
    wanted = dict.fromkeys((manifest.data_path, manifest.data_sha256) for manifest in manifests)
    for number, (path, sha256) in enumerate(wanted):
        if path and not Path(path).exists():
            remarks.append(f"The data are not at {path} any more: of their items only the ids are shown.")
            continue
        folder = workdir / f"{suite.name}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            dataset = suite.load(Path(path or suite.name), workdir=folder)  # made anew where there was no --data
        except (UsageProblem, OSError) as problem:
            remarks.append(
                f"The data at {path or suite.name} cannot be read any more, so only items' ids are shown: {problem}"
            )
            continue
        if dataset.sha256 != sha256:
            remarks.append(
                f"The data at {path or suite.name} have changed since the run: of their items only the ids are shown."
            )
            continue
        for item in dataset.items:
            texts.setdefault(item.id, item)
    return texts, remarks


def _joined(runs: Sequence[RunContent], texts: Mapping[str, Item], main: str) -> tuple[JoinedItem, ...]:
    """Items in the data's order, then those without a text in the order of the results."""
    found: dict[str, list[list[Result]]] = {}
    for number, run in enumerate(runs):
        for result in run.results:
            found.setdefault(result.item, [[] for _ in runs])[number].append(result)
    scores = [per_item(run.results, main) for run in runs]
    ids = [*(id_ for id_ in texts if id_ in found), *(id_ for id_ in found if id_ not in texts)]
    return tuple(
        JoinedItem(
            id=id_,
            item=texts.get(id_),
            kind=next((result.kind for results in found[id_] for result in results), ""),
            results=tuple(tuple(sorted(results, key=lambda result: result.epoch)) for results in found[id_]),
            scores=tuple(by_id.get(id_) for by_id in scores),
        )
        for id_ in ids
    )


def reasons(results: Sequence[Result], most: int) -> list[tuple[str, str, int]]:
    """Why results have no score, commonest first: status, reason, how often; the rest is counted in the last row."""
    shown = commonest_reasons(results, most)
    n_left = sum(r.status in ("failed", "unparsed") for r in results) - sum(n for _, _, n in shown)
    return [*shown, *([("", "other reasons", n_left)] if n_left else [])]
