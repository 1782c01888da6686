"""Saturation: how much distinct text does a report stand on before its figures are true, and is it text that helps?"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from evals.datasets.dataset import Dataset
from evals.datasets.made_options import read_options
from evals.datasets.works import FACTS, PADDING, WorksOptions, write_works
from evals.items import Item, Outcome, Result
from evals.metrics.hallucination import HallucinationFree, of_shares
from evals.metrics.works import ToldFigure, told_figures
from evals.programs.reports import whole_corpus, write
from evals.suite import Metric, SetMetric, Suite, detail
from evals.suites.report import words

_FIGURES, _TRUE = "figures", "figures_true"


def _load(path: Path, *, workdir: Path) -> Dataset:
    """Contexts of the sizes that the options in a JSON file ask for; without a file, those of the defaults."""
    example = (
        '{"sizes": [5000, 40000], "control_sizes": [15000], "n_asked": 15, "n_worlds": 4, "words": 400, "seed": 0}'
    )
    return write_works(workdir, read_options(path, WorksOptions, example=example))


@lru_cache(maxsize=64)  # four metrics ask for the same figures
def _told(item_json: str, text: str) -> tuple[ToldFigure, ...]:
    gold = Item.model_validate_json(item_json).gold
    works = gold[FACTS]
    assert isinstance(works, dict)
    return tuple(told_figures(text, {name: str(told) for name, told in works.items()}, str(gold[PADDING])))


def _judged(item: Item, outcome: Outcome) -> tuple[ToldFigure, ...]:
    return _told(item.model_dump_json(), outcome.text)


def _share_true(item: Item, outcome: Outcome) -> float | None:
    told = _judged(item, outcome)
    return sum(one.is_true for one in told) / len(told) if told else None


def _facts_told(item: Item, outcome: Outcome) -> float:
    return float(len({(one.work, one.shown) for one in _judged(item, outcome) if one.is_true and one.work}))


def _free(share: Callable[[HallucinationFree], float | None]) -> Callable[[Sequence[Result]], float | None]:
    def measure(results: Sequence[Result]) -> float | None:
        told = filter(_has_figures, results)
        return share(of_shares((round(one.scores[_FIGURES]), one.scores[_TRUE]) for one in told))

    return measure


def _has_figures(result: Result) -> bool:
    return _TRUE in result.scores


SUITE = Suite(
    name="saturation",
    about="Reports on a made-up province from contexts of growing size: are their figures true? With three controls.",
    wants="nothing: provinces are made by a seed; or a JSON file of sizes, control_sizes, n_asked, words and the like",
    load=_load,
    programs={"write": lambda: write, "whole-corpus": lambda: whole_corpus},
    metrics=(
        Metric(_TRUE, _share_true, scores_silence=False),
        Metric("facts_told", _facts_told),
        Metric(_FIGURES, lambda item, outcome: float(len(_judged(item, outcome))), is_compared=False),
        Metric("words", words, is_compared=False),
        Metric("saturation_ratio", detail("saturation_ratio"), is_compared=False),
    ),
    set_metrics=(
        SetMetric("hallucination_free_claims", _free(lambda free: free.by_claim), uses=_has_figures),
        SetMetric("hallucination_free_reports", _free(lambda free: free.by_report), uses=_has_figures),
    ),
    closed=frozenset({"whole-corpus"}),
    needs_model=frozenset({"write", "whole-corpus"}),
    needs_data=False,
)
