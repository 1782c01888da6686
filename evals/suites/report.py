"""Reports with gold facts: are the facts there, exact, and of the right subject; do the citations carry them?"""

from collections.abc import Callable, Sequence
from pathlib import Path

from evals.bench import Bench
from evals.cited_text import citation_precision, citation_recall, copied, n_statements, sentences_of, uncited
from evals.datasets.dataset import Dataset
from evals.datasets.load import load
from evals.entailment import NAME
from evals.items import Item, Outcome, Result
from evals.metrics.hallucination import HallucinationFree, of_shares
from evals.metrics.headings import heading_soft_recall
from evals.programs.reports import one_prompt, one_prompt_read, write
from evals.report_text import read_report
from evals.suite import BenchMetric, Metric, SetMetric, Suite, detail
from evals.task_facts import PROFILES, fact_measure, has_facts

_wrong_subject = fact_measure(lambda scores: scores.wrong_subject)
_by_chance = fact_measure(lambda scores: scores.right_by_chance)
_RECALL = f"citation_recall_{NAME}"  # also the share of statements without hallucination, by the same judge
_STATEMENTS = "statements"
_PROGRAMS = {"write": lambda: write, "one-prompt": lambda: one_prompt, "one-prompt-read": lambda: one_prompt_read}
_PRECISION = f"citation_precision_{NAME}"


def load_tasks(path: Path, *, workdir: Path) -> Dataset:
    """Tasks, each told where the profiles of all subjects are: the level of chance is drawn from them."""
    format = "topics" if (path / "topics.jsonl").is_file() else "tasks"
    dataset = load(path, workdir=workdir, format=format)
    folder = str(dataset.corpus[0]) if dataset.corpus else ""
    items = tuple(item.model_copy(update={"gold": {**item.gold, PROFILES: folder}}) for item in dataset.items)
    return Dataset(dataset.name, items, dataset.corpus, dataset.sha256, dataset.places, dataset.left_out)


def _has_outline(item: Item) -> bool:
    return bool(item.gold.get("outline"))


def _headings(item: Item, outcome: Outcome, bench: Bench) -> float | None:
    gold = item.gold["outline"]
    own = list(read_report(outcome.text).headings)
    return heading_soft_recall(
        [str(heading) for heading in gold] if isinstance(gold, list) else [], own, bench.embedder
    )


def _free_of_unsupported(
    share: Callable[[HallucinationFree], float | None],
) -> Callable[[Sequence[Result]], float | None]:
    """The share of statements, or of reports with all their statements, that what they cite carries."""

    def measure(results: Sequence[Result]) -> float | None:
        told = filter(_has_recall, results)
        return share(of_shares((round(one.scores[_STATEMENTS]), one.scores[_RECALL]) for one in told))

    return measure


def _has_recall(result: Result) -> bool:
    return _RECALL in result.scores


def words(item: Item, outcome: Outcome) -> float:
    """Words of the sentences: neither headings nor references."""
    return float(sum(len(sentence.text.split()) for sentence in sentences_of(outcome.text)))


SUITE = Suite(
    name="report",
    about="Reports with gold facts: coverage, exactness, figures under the wrong name, citations.",
    wants="a folder with docs/ and report_tasks.jsonl (id, task, gold_facts) or topics.jsonl (id, topic, outline)",
    load=load_tasks,
    programs=_PROGRAMS,
    metrics=(
        Metric("fact_coverage", fact_measure(lambda scores: scores.coverage), feeds=has_facts),
        Metric("fact_exactness", fact_measure(lambda scores: scores.exactness), feeds=has_facts, scores_silence=False),
        Metric("wrong_subject", _wrong_subject, feeds=has_facts, is_better_high=False),
        Metric("wrong_value", fact_measure(lambda scores: scores.wrong_value), feeds=has_facts, is_better_high=False),
        Metric("right_by_chance", _by_chance, feeds=has_facts, is_better_high=False, is_compared=False),
        BenchMetric("heading_soft_recall", _headings, feeds=_has_outline),
        Metric(_RECALL, citation_recall, scores_silence=False),
        Metric(_PRECISION, citation_precision, scores_silence=False),
        Metric("uncited_sentences", uncited, is_better_high=False),
        Metric("copy_rate", lambda item, outcome: copied(outcome), is_better_high=False),
        Metric(_STATEMENTS, n_statements, is_compared=False),
        Metric("words", words, is_compared=False),
        Metric("saturation_ratio", detail("saturation_ratio"), is_compared=False),
    ),
    set_metrics=(
        SetMetric(
            f"hallucination_free_claims_{NAME}", _free_of_unsupported(lambda free: free.by_claim), uses=_has_recall
        ),
        SetMetric(
            f"hallucination_free_reports_{NAME}", _free_of_unsupported(lambda free: free.by_report), uses=_has_recall
        ),
    ),
    needs_model=frozenset(_PROGRAMS),
)
