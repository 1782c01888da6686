"""Citations judged by the probability of support."""

from pathlib import Path

import pytest

from agent.claims.probability import SupportModel
from agent.errors import UsageProblem
from evals.commands.running import Wanted, run_command
from evals.metrics.citations import Source, Statement, citation_scores
from evals.probable_entailment import ProbableEntailment
from evals.registry import find_suite, suite_names
from tests.bag_embedder import BagEmbedder


def model(**changes):
    """Supported where more than half of the words are there."""
    fields = {
        "features": ("coverage_all",), "means": (0.5,), "scales": (1.0,), "weights": (20.0,), "intercept": 0.0,
        "slope": 1.0, "offset": 0.0, "fitted": "", "embedder": BagEmbedder().fingerprint, "fitted_on": (),
    }  # fmt: skip
    return SupportModel.model_validate(fields | changes)


def test_recall_and_precision_follow_the_probability():
    sources = {1: Source("T", "The brake of the train froze."), 2: Source("T", "Gardens need water in summer.")}
    statements = [
        Statement("The train brake froze.", (1, 2)),  # the second source is no help
        Statement("The driver slept all night.", (1,)),
    ]
    scores = citation_scores(statements, sources, ProbableEntailment(model(), BagEmbedder()))
    assert scores.recall == pytest.approx(1 / 2)
    assert [one.is_precise for one in scores.statements] == [(True, False), (False,)]


def test_a_model_of_other_vectors_or_with_a_scorer_is_refused():
    for other in (model(embedder="else"), model(features=("information_gain",), scorer="transformers:a:b")):
        with pytest.raises(UsageProblem, match="was fitted with"):
            ProbableEntailment(other, BagEmbedder())


def test_the_variant_is_found_by_its_name_and_not_listed_beside_the_suite():
    assert find_suite("citations-probability").name == "citations-probability"
    assert "citations-probability" not in suite_names()


def test_its_metrics_are_explained():
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    own = [name for name in find_suite("citations-probability").metric_names if name.endswith("_probability")]
    assert own
    assert all(f"`{name}`" in page for name in own)


def test_the_suite_has_the_judge_s_name_in_its_figures_and_all_that_words_do_not_judge():
    words, probable = find_suite("citations"), find_suite("citations-probability")
    assert {"citation_recall_probability", "citation_precision_probability"} <= set(probable.metric_names)
    assert not any(name.endswith("_lexical") for name in probable.metric_names)
    assert {"copy_rate", "people_support", "short_answers"} <= set(words.metric_names) & set(probable.metric_names)
    assert probable.programs == words.programs


def test_only_citations_have_another_entailer():
    wanted = Wanted("qa", None, (), (), None, (), {}, entailer="probability")
    with pytest.raises(UsageProblem, match="is for the suite citations, not qa"):
        run_command(None, wanted)
