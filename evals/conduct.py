"""Conducting evaluations: from what the user asks for to finished run folders.

The one place of this floor where settings become models and corpora, and data become items that are asked.
"""

import hashlib
import platform
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from agent.chat_models import Backends, ChatModels, price_table, role_settings
from agent.embedders import open_embedders
from agent.errors import UsageProblem
from agent.home import Home
from agent.settings import Settings
from agent.version import program_version
from evals.bench import Bench
from evals.corpora import OverOwnCorpus, Progress, open_corpus
from evals.datasets.dataset import Dataset, check_gold
from evals.items import Item
from evals.run_record import SUMMARY, EvalRun, Manifest, Options, run_name, runs_folder
from evals.runner import Listener, Work, run_work
from evals.suite import Suite, always
from evals.summary import Summary, summarize
from lm.catalog import MINILM_STATIC, find_entry
from lm.metering import Budget, Meter
from lm.replay import CallCache
from prompts.narrative import schema_digests
from prompts.templates import digests

_PACKAGES = ("langgraph", "openai", "xllamacpp", "sentence-transformers", "faiss-cpu", "bm25s", "numpy", "scipy")


@dataclass(frozen=True)
class Conducted:
    """A run after a sitting. `stopped_by` names the limit that ended it early."""

    run: EvalRun
    summary: Summary
    stopped_by: str | None


@dataclass(frozen=True)
class Conductor:
    """Conducts the runs of one suite over one data set.

    Attributes:
        suite: What is done.
        data: Folder or file; None for a suite that makes its own.
        settings: Of the home, models and writing.
        tell: Hears of stages.
        listen: Hears of finished items.
    """

    suite: Suite
    data: Path | None
    settings: Settings
    tell: Progress
    listen: Callable[[str], Listener]

    def start(self, programs: Sequence[str], options: Options, gates: Sequence[str] = ()) -> Iterator[Conducted]:
        """Run programs one after another over the same items, each into a folder of its own.

        Args:
            programs: names; `gates` are about the first.
            options: which items, and how.
            gates: kept, so that a resumed run is held to them too.

        Raises:
            UsageProblem: the data cannot be used, or a program is unknown.
            LMError: a model cannot be opened, or its endpoint is gone for good.
        """
        for program in programs:
            if program not in self.suite.programs:
                raise UsageProblem(
                    f"suite {self.suite.name} has no program {program!r}",
                    hint=f"it has {', '.join(self.suite.programs)}",
                )
        dataset = self._dataset()
        items = chosen(dataset, options)
        for program in programs:
            self._require_corpus(program, dataset, items)
        for program in programs:
            # A time for each: "last" is the one that was begun last.
            now = datetime.now(UTC)
            name = run_name(self.suite.name, dataset.name, program, now, uuid4().hex[:8])
            manifest = self._manifest(name, program, dataset, options, len(items), now)
            manifest = manifest.model_copy(update={"gates": tuple(gates) if program == programs[0] else ()})
            create = partial(EvalRun.create, runs_folder(self.settings.home) / name, manifest)
            # Made when corpus and models are open: what cannot begin leaves no empty run behind.
            yield self._sit(create, manifest, dataset, items)

    def resume(self, run: EvalRun) -> Conducted:
        """Go on with a run: what is done is not done again.

        Raises:
            UsageProblem: the data, the prompts, the schemas, the models or the program have changed since.
        """
        manifest, dataset = run.manifest(), self._dataset()
        things = {
            "the data": (manifest.data_sha256, dataset.sha256),
            "a prompt": (manifest.prompts, digests()),
            "a narrative schema": (manifest.schemas, schema_digests() if manifest.schemas else {}),
            "a model": (manifest.models, model_digests(self.settings)),
            "wellread": (manifest.version, program_version()),
        }
        if changed := [what for what, (then, now) in things.items() if then != now]:
            raise UsageProblem(
                f"{' and '.join(changed)} has changed since {manifest.run} began",
                hint="run the suite again: the scores would not be of one thing",
            )
        return self._sit(lambda: run, manifest, dataset, chosen(dataset, manifest.options))

    def is_finished(self, run: EvalRun) -> bool:
        """Whether nothing is left to do: all items are there, and none failed."""
        manifest, results = run.manifest(), run.results()
        n_done = sum(result.status != "failed" for result in results)
        return n_done == manifest.n_items * manifest.options.epochs and (run.path / SUMMARY).is_file()

    def shown(self, run: EvalRun) -> Conducted:
        """A finished run as it stands; neither its models nor its data are opened."""
        return Conducted(run, summarize(run.manifest(), run.results(), run.seconds(), self.suite), None)

    def _dataset(self) -> Dataset:
        path = self.data or Path(self.suite.name)
        workdir = Home(self.settings.home).root / "evals" / "data" / _slug(path)
        workdir.mkdir(parents=True, exist_ok=True)
        dataset = self.suite.load(path, workdir=workdir)
        asking = [metric for metric in self.suite.metrics if metric.feeds is not always]
        if asking and not any(metric.feeds(item) for item in dataset.items for metric in asking):
            names = ", ".join(metric.name for metric in asking)
            raise UsageProblem(
                f"no item of {self.data} has what these are measured by: {names}",
                hint=f"suite {self.suite.name} wants {self.suite.wants}",
            )
        return dataset

    def _sit(
        self, open_run: Callable[[], EvalRun], manifest: Manifest, dataset: Dataset, items: Sequence[Item]
    ) -> Conducted:
        with self._work(manifest, dataset, items) as work:
            run = open_run()
            try:
                stopped_by = run_work(work, run, clock=time.monotonic, tell=self.listen(manifest.program))
            except KeyboardInterrupt as stop:
                stop.add_note(f"go on with: wellread eval resume {manifest.run}")
                raise
        summary = summarize(manifest, run.results(), run.seconds(), self.suite)
        run.finish(work.order, summary.model_dump(mode="json"))
        return Conducted(run, summary, stopped_by)

    @contextmanager
    def _work(self, manifest: Manifest, dataset: Dataset, items: Sequence[Item]) -> Iterator[Work]:
        settings, options = self.settings, manifest.options
        home = Home(settings.home).root / "evals"
        program = self.suite.programs[manifest.program]()
        prices = price_table(settings)
        with ExitStack() as stack:
            embeds = self.suite.needs_corpus or self.suite.needs_embedder
            with_dense = settings.roles.embedder.is_dense
            embedders = open_embedders(settings.models_dir, with_dense=with_dense) if embeds else None
            opened = None
            if embedders and self.suite.needs_corpus and dataset.corpus:
                folder = home / "corpora" / f"{dataset.name}-{dataset.sha256[:8]}"
                opened = stack.enter_context(
                    open_corpus(dataset.corpus, folder, embedders, mode=settings.search.mode, tell=self.tell)
                )
                check_gold(dataset, {document.id for document in opened.corpus.documents()})
            elif embedders and self.suite.needs_corpus and manifest.program not in self.suite.closed:
                program = OverOwnCorpus(program, embedders, home / "corpora" / "own")
            writer = None
            if manifest.program in self.suite.needs_model:
                meter = Meter(Budget(max_tokens=options.max_tokens), prices, time.monotonic)
                cache = stack.enter_context(closing(CallCache(Home(settings.home).calls)))
                # An item's reply must not hang on the items before it: a resumed run has another history.
                models = ChatModels(settings, Backends(settings, stack, reuse_prefix=False), cache=cache, meter=meter)
                writer = models.open("writer")
            bench = Bench(
                settings=settings,
                evidence_tokens=options.evidence_tokens,
                seed=options.seed,
                corpus_=opened.corpus if opened else None,
                searcher_=opened.searcher if opened else None,
                embedder_=opened.fine if opened else embedders.dense if embedders else None,
                writer_=writer,
            )
            yield Work(
                items=items,
                epochs=options.epochs,
                program=program,
                metrics=self.suite.metrics,
                bench=bench,
                prices=prices,
                jobs=options.jobs,
            )

    def _require_corpus(self, program: str, dataset: Dataset, items: Sequence[Item]) -> None:
        if not self.suite.needs_corpus or program in self.suite.closed or dataset.corpus:
            return
        if any("corpus" not in item.gold for item in items):
            closed = " or ".join(f"--program {name}" for name in sorted(self.suite.closed))
            raise UsageProblem(
                f"{self.data} has no passages or documents to search in",
                hint="add passages.jsonl or docs/" + (f", or choose {closed}" if closed else ""),
            )

    def _manifest(
        self, name: str, program: str, dataset: Dataset, options: Options, n_items: int, now: datetime
    ) -> Manifest:
        has_model = program in self.suite.needs_model
        return Manifest(
            run=name,
            suite=self.suite.name,
            program=program,
            data=dataset.name,
            data_path=str(self.data.resolve()) if self.data else "",
            data_sha256=dataset.sha256,
            started_at=now.isoformat(timespec="seconds"),
            version=program_version(),
            python=platform.python_version(),
            packages={package: version(package) for package in _PACKAGES},
            prompts=digests(),
            schemas=schema_digests(),
            models=model_digests(self.settings),
            config=self.settings.model_dump(mode="json"),
            model=role_settings(self.settings, "writer").model if has_model else "none",
            options=options,
            n_items=n_items,
            left_out=dict(dataset.left_out),
        )


def model_digests(settings: Settings) -> dict[str, str]:
    """SHA-256 of each embedded model's first file, as the catalogue pins it; a remote model has its name alone."""
    roles = (settings.roles.writer.model, settings.roles.embedder.model)
    names = [model.partition(":")[2] for model in roles if model.startswith("embedded:")]
    return {name: find_entry(name).files[0].sha256 or "" for name in [*names, MINILM_STATIC.name]}


def drawn(items: Sequence[Item], n: int | None, *, seed: int) -> list[Item]:
    """So many of the items, drawn over all of them and in their order; all where `n` is None or more than there are."""
    if n is None or n >= len(items):
        return list(items)
    return [items[row] for row in sorted(random.Random(seed).sample(range(len(items)), n))]


def chosen(dataset: Dataset, options: Options) -> list[Item]:
    """The items that are done, in the data's order: of the half, then of each kind, then the sample, then the first
    so many.

    Raises:
        UsageProblem: none is left.
    """
    wanted = ("tuning", "reporting") if options.half == "all" else (options.half,)
    # By cluster: what shares a document must not be tuned on in one half and reported in the other.
    items = [item for item in dataset.items if _half(item, dataset) in wanted]
    if options.per_kind:
        items = _of_each_kind(items, options.per_kind, seed=options.seed)
    items = drawn(items, options.sample, seed=options.seed)[: options.limit]
    if not items:
        raise UsageProblem(f"no item of {dataset.name} is in half {options.half}", hint="choose --half all")
    return items


def _of_each_kind(items: Sequence[Item], n: int, *, seed: int) -> list[Item]:
    """At most `n` items of each kind, in the data's order."""
    kinds: dict[str, list[Item]] = {}
    for item in items:
        kinds.setdefault(item.kind, []).append(item)
    ids = {item.id for group in kinds.values() for item in drawn(group, n, seed=seed)}
    return [item for item in items if item.id in ids]


def _half(item: Item, dataset: Dataset) -> str:
    cluster = item.cluster or item.id
    if dataset.tuning is None:
        return half_of(cluster)
    return "tuning" if cluster in dataset.tuning else "reporting"


def half_of(cluster: str) -> str:
    """Which half a cluster is in, by a hash of its name: parameters are chosen on ``tuning`` only."""
    return "tuning" if hashlib.sha256(cluster.encode()).digest()[0] % 2 == 0 else "reporting"


def _slug(path: Path) -> str:
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    return f"{path.resolve().stem}-{digest}"
