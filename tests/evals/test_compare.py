"""Two runs side by side, gates, and summaries."""

import pytest

from agent.errors import UsageProblem
from evals.compare import compare_results, compare_runs
from evals.gate import Gate
from evals.items import Outcome, Result
from evals.run_record import Options
from evals.summary import Estimate, summarize
from tests.evals.page.made_runs import a_run, a_suite

SUITE = a_suite()


def results(scores, *, tokens=10, clusters=None):
    return [
        Result(
            item=f"q{n:02d}",
            status="done",
            cluster=clusters[n] if clusters else "",
            kind="odd" if n % 2 else "even",
            outcome=Outcome(text="x", confidence=0.5),
            scores={"em": float(score), "evidence_tokens": 100.0 + score},
            tokens=tokens,
        )
        for n, score in enumerate(scores)
    ]


def compared(a, b, **options):
    found = compare_results(a, b, SUITE, name_a="A", name_b="B", seed=1, **options)
    return {metric.metric: metric for metric in found.metrics}


def test_a_clear_difference_is_called_better_and_where_less_is_better_worse():
    found = compared(results([0] * 30 + [1] * 10), results([1] * 40))
    assert found["em"].verdict == "better"
    assert found["em"].difference == pytest.approx(0.75)
    assert found["em"].low > 0
    assert found["em"].p_mcnemar == pytest.approx(2 * 0.5**30)
    assert found["evidence_tokens"].verdict == "worse"
    assert found["evidence_tokens"].p_mcnemar is None


def test_a_difference_within_the_noise_is_not_known():
    found = compared(results([0, 1] * 20), results([1, 0] * 20))
    assert found["em"].verdict == "not known"
    assert found["em"].difference == 0.0


def test_items_that_share_a_document_count_as_one_unit():
    clusters = [f"d{n // 10}" for n in range(40)]
    alone = compared(results([0] * 40), results([1] * 20 + [0] * 20))
    shared = compared(results([0] * 40, clusters=clusters), results([1] * 20 + [0] * 20, clusters=clusters))
    assert alone["em"].n_clusters == 40
    assert shared["em"].n_clusters == 4
    assert shared["em"].high - shared["em"].low > alone["em"].high - alone["em"].low
    assert shared["em"].verdict == "not known"


def test_many_metrics_are_allowed_for():
    found = compared(results([0] * 14 + [1] * 26), results([0] * 7 + [1] * 33))
    assert found["em"].p_holm >= found["em"].p
    alone = compared(results([0] * 14 + [1] * 26), results([0] * 7 + [1] * 33), names=["em"])
    assert alone["em"].p_holm == alone["em"].p


def test_items_that_one_run_alone_did_are_counted_and_left_out():
    found = compare_results(results([1] * 10), results([1] * 12)[4:], SUITE, name_a="A", name_b="B", seed=1)
    assert (found.n_common, found.n_only_a, found.n_only_b) == (6, 4, 2)


def test_runs_without_a_common_item_or_metric_are_refused():
    with pytest.raises(UsageProblem, match="share no scored item"):
        compare_results(results([1])[:1], results([1, 1])[1:], SUITE, name_a="A", name_b="B", seed=1)
    with pytest.raises(UsageProblem, match="no metric 'f2'"):
        compared(results([1]), results([1]), names=["f2"])


def test_what_differs_besides_the_program_is_remarked(tmp_path):
    a = a_run(tmp_path, "a", results([1] * 8))
    b = a_run(tmp_path, "b", results([1] * 8), model="other", data_sha256="z", options=Options(evidence_tokens=99))
    remarks = " ".join(compare_runs(a, b, SUITE, seed=1).remarks)
    for word in ("data differ", "99 tokens", "models differ"):
        assert word in remarks
    other = a_run(tmp_path, "c", results([1] * 8), suite="another")
    with pytest.raises(UsageProblem, match="of suite"):
        compare_runs(a, other, SUITE, seed=1)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("em>=.4", 0.4, True),
        ("em > 0.4", 0.4, False),
        ("em<=1", 1.0, True),
        ("em<-1", 0.0, False),
        ("em==1", 1.0, True),
    ],
)
def test_a_gate_holds_or_says_what_breaks_it(text, value, holds):
    fault = Gate.parse(text).fault({"em": Estimate(value=value, low=None, high=None, n=1)})
    assert (fault is None) is holds
    assert holds or "em is" in fault


@pytest.mark.parametrize("text", ["", "em", "em>=", ">=.4", "em=>.4", "em>=four"])
def test_what_is_no_gate_is_refused(text):
    with pytest.raises(UsageProblem, match="no gate"):
        Gate.parse(text)


def test_a_gate_on_a_figure_that_was_not_measured_breaks():
    assert "no figure f1" in Gate.parse("f1>=0").fault({})


def test_a_summary_averages_epochs_first_and_keeps_failures_out_of_the_mean():
    once, again = results([1, 0, 1, 1]), results([0, 0, 1, 1])
    found = [*once, *(result.model_copy(update={"epoch": 1}) for result in again)]
    found.append(Result(item="q09", status="failed", why="broke", tokens=5))
    summary = summarize(
        found, {("q00", 0): 2.0, ("q01", 0): 4.0}, SUITE, program="p", data="d", model="m", n_items=5, seed=1
    )
    assert summary.estimates["em"].value == pytest.approx((0.5 + 0 + 1 + 1) / 4)
    assert summary.estimates["em"].n == 4
    assert summary.n_by_status == {"done": 8, "failed": 1}
    assert summary.tokens == 85
    assert (summary.seconds, summary.seconds_p50) == (6.0, 3.0)
    assert summary.by_kind["odd"]["em"].value == pytest.approx(0.5)


def test_a_measure_of_all_together_has_an_interval_unless_one_class_is_missing():
    suite = a_suite(with_auroc=True)
    mixed = results([0, 1] * 30)
    sure = [r.model_copy(update={"outcome": Outcome(text="", confidence=0.4 + 0.3 * r.scores["em"])}) for r in mixed]
    summary = summarize(sure, {}, suite, program="p", data="d", model="m", n_items=60, seed=1)
    assert (summary.estimates["auroc"].value, summary.estimates["auroc"].low) == (1.0, 1.0)
    one_class = summarize(results([1] * 9), {}, suite, program="p", data="d", model="m", n_items=9, seed=1)
    assert "auroc" not in one_class.estimates
