"""Two runs side by side, gates, and summaries."""

import pytest

from agent.errors import UsageProblem
from evals.commands.comparing import comparison_text
from evals.compare import Scored, compare_all, compare_results, compare_runs
from evals.gate import Gate
from evals.items import Outcome, Result
from evals.metrics.calibration import auroc, ece
from evals.run_record import Options
from evals.suite import Metric, SetMetric, Suite
from evals.summary import COUNTS, Estimate, commonest_reasons, estimates, summarize
from tests.evals.page.made_runs import a_run, a_suite

SUITE = a_suite()


def of_supported(measure):
    return lambda results: measure([r.outcome.confidence for r in results], [r.scores["supported"] for r in results])


DETECTION = Suite(
    name="made",
    about="",
    wants="",
    load=lambda path, *, workdir: None,
    programs={"ask": lambda: None},
    metrics=[
        Metric("accuracy", lambda i, o: None),
        Metric("supported", lambda i, o: None, is_compared=False),
    ],
    set_metrics=[
        SetMetric("auroc", of_supported(auroc), uses=lambda r: "supported" in r.scores),
        SetMetric("ece", of_supported(ece), is_better_high=False, uses=lambda r: "supported" in r.scores),
    ],
    confidence_of="supported",
)


def detected(n, *, sure, cluster=""):
    """Every second item is supported; a detector is `sure` of that, from .5 to 1."""
    return [
        Result(
            item=f"q{i:03d}",
            status="done",
            cluster=cluster and f"{cluster}{i // 10}",
            outcome=Outcome(text="", confidence=sure if i % 2 else 1.0 - sure),
            scores={"accuracy": 1.0, "supported": float(i % 2)},
        )
        for i in range(n)
    ]


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
    found = compare_results(Scored("A", a), Scored("B", b), options.pop("suite", SUITE), seed=1, **options)
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


def test_a_comparison_over_one_task_shows_no_interval():
    comparison = compare_results(Scored("A", results([0])), Scored("B", results([1])), SUITE, seed=1)
    found = {metric.metric: metric for metric in comparison.metrics}["em"]
    assert (found.difference, found.verdict, found.p_holm) == (1.0, "not known", 1.0)
    assert (found.low, found.high, found.detectable) == (None, None, None)
    line = next(line for line in comparison_text(comparison).splitlines() if line.startswith("em"))
    assert line.split() == [
        "em",
        "0.000",
        "1.000",
        "+1.000",
        "–",
        "1.000",
        "1.000",
        "1",
        "not",
        "known",
        "(1",
        "differ)",
    ]
    assert '"low":null,"high":null' in comparison.model_dump_json()


def test_a_measure_over_items_of_one_document_shows_no_interval():
    one = [r.model_copy(update={"cluster": "d"}) for r in detected(20, sure=0.9)]
    worse = [r.model_copy(update={"cluster": "d"}) for r in detected(20, sure=0.6)]
    found = compared(one, worse, suite=DETECTION)["ece"]
    assert (found.n, found.n_clusters, found.low, found.high, found.verdict) == (20, 1, None, None, "not known")


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
def test_a_single_item_has_no_interval_in_a_summary(score):
    assert estimates(results([score]), SUITE, 1)["em"] == Estimate(value=score, low=None, high=None, n=1, n_clusters=1)


def test_items_that_one_run_alone_did_are_counted_and_left_out():
    found = compare_results(Scored("A", results([1] * 10)), Scored("B", results([1] * 12)[4:]), SUITE, seed=1)
    assert (found.n_common, found.n_only_a, found.n_only_b) == (6, 4, 2)


def test_runs_without_a_common_item_or_metric_are_refused():
    with pytest.raises(UsageProblem, match="share no scored item"):
        compared(results([1])[:1], results([1, 1])[1:])
    with pytest.raises(UsageProblem, match="no metric 'f2'"):
        compared(results([1]), results([1]), names=["f2"])


def test_measures_of_all_items_are_compared_and_less_may_be_better():
    good, same = detected(60, sure=0.9), detected(60, sure=0.6)
    found = compared(same, good, suite=DETECTION)
    assert list(found) == ["accuracy", "auroc", "ece"]
    assert (found["auroc"].a, found["auroc"].b, found["auroc"].verdict) == (1.0, 1.0, "not known")
    assert (found["ece"].a, found["ece"].b) == pytest.approx((0.4, 0.1))
    assert found["ece"].difference == pytest.approx(-0.3) == pytest.approx(found["ece"].low)
    assert (found["ece"].n, found["ece"].verdict) == (60, "better")
    assert compared(good, same, suite=DETECTION)["ece"].verdict == "worse"
    blind = [r.model_copy(update={"outcome": Outcome(text="", confidence=0.5)}) for r in good]
    assert compared(blind, good, suite=DETECTION)["auroc"].verdict == "better"
    assert found["ece"].p_holm == pytest.approx(3 * found["ece"].p)


def test_measures_of_few_documents_decide_nothing():
    pair = [detected(50, sure=sure, cluster="d") for sure in (0.6, 0.9)]
    found = compared(*pair, suite=DETECTION)["ece"]
    assert (found.n, found.n_clusters, found.verdict) == (50, 5, "not known")


def test_what_says_nothing_of_the_program_is_compared_only_when_named():
    pair = [detected(20, sure=0.9)] * 2
    assert "supported" not in compared(*pair, suite=DETECTION)
    assert list(compared(*pair, suite=DETECTION, names=["supported"])) == ["supported"]


def test_a_measure_that_is_undefined_is_remarked_and_not_compared():
    one_class = [r for r in detected(40, sure=0.9) if r.scores["supported"]]
    found = compare_results(Scored("A", one_class), Scored("B", one_class), DETECTION, seed=1)
    assert [one.metric for one in found.metrics] == ["accuracy", "ece"]
    assert "undefined" in found.remarks[0] and "auroc" in found.remarks[0]


def test_items_that_share_a_document_have_no_mcnemar():
    clusters = [f"d{n // 2}" for n in range(40)]
    assert compared(results([0] * 40), results([1] * 40))["em"].p_mcnemar is not None
    pair = [results([score] * 40, clusters=clusters) for score in (0, 1)]
    assert compared(*pair)["em"].p_mcnemar is None


def test_several_pairs_are_one_family(tmp_path):
    main = a_run(tmp_path, "main", results([0] * 14 + [1] * 26))
    others = [a_run(tmp_path, f"b{n}", results([0] * 7 + [1] * 33)) for n in range(3)]
    alone = compare_runs(others[0], main, SUITE, seed=1, names=["em"])
    found = compare_all(main, others, SUITE, seed=1, names=["em"])
    assert [(one.a, one.b) for one in found] == [("b0", "main"), ("b1", "main"), ("b2", "main")]
    assert found[0].metrics[0].p == alone.metrics[0].p == alone.metrics[0].p_holm
    assert found[0].metrics[0].p_holm == pytest.approx(3 * alone.metrics[0].p)
    assert found[0].metrics[0].difference == pytest.approx(-7 / 40)


def test_even_a_large_family_can_have_a_verdict(tmp_path):
    main = a_run(tmp_path, "main", results([1] * 40))
    others = [a_run(tmp_path, f"b{n}", results([0] * 40)) for n in range(60)]
    found = compare_all(main, others, SUITE, seed=1, names=["em"])
    assert {one.metrics[0].verdict for one in found} == {"better"}


def test_a_pair_that_cannot_be_compared_is_told_and_left_out(tmp_path):
    main = a_run(tmp_path, "main", results([1] * 8))
    others = [a_run(tmp_path, "c", results([1] * 8), suite="another"), a_run(tmp_path, "d", results([1] * 8))]
    told = []
    assert [one.a for one in compare_all(main, others, SUITE, seed=1, refused=told.append)] == ["d"]
    assert "of suite another" in str(told[0])
    with pytest.raises(UsageProblem, match="of suite another"):
        compare_all(main, others, SUITE, seed=1)


def test_what_differs_besides_the_program_is_remarked(tmp_path):
    a = a_run(tmp_path, "a", results([1] * 8), config={"home": "x", "roles": {"writer": {"model": "m", "n": 1}}})
    b = a_run(
        tmp_path,
        "b",
        results([1] * 8),
        model="other",
        data_sha256="z",
        version="0.2.0",
        prompts={"short_answer": "f01", "task": "f00"},
        packages={"numpy": "2.1"},
        config={"home": "y", "roles": {"writer": {"model": "o", "n": 2}}},
        options=Options(evidence_tokens=99, seed=7, half="tuning", epochs=2, jobs=3),
    )
    assert compare_runs(a, b, SUITE, seed=1).remarks == (
        "the data differ: items are matched by id alone",
        "the models differ: embedded:tiny and other",
        "the tokens of evidence differ: 512 and 99",
        "the halves of the data differ: all and tuning",
        "the epochs differ: 1 and 2",
        "the seeds differ: 66 and 7",
        "the versions of Wellread differ: 0.1.0 and 0.2.0",
        "the prompts differ: short_answer, task",
        "the settings differ: roles.writer.n",
        "the versions of packages differ: numpy",
        f"{b.manifest().run} is not finished: 8 of 16 results",
    )
    assert compare_runs(a, a, SUITE, seed=1).remarks == ()
    many = a_run(tmp_path, "many", results([1] * 8), prompts={f"p{n:02d}": "x" for n in range(12)})
    assert compare_runs(many, b, SUITE, seed=1).remarks[-4].endswith("p07, 6 more")


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
    fault = Gate.parse(text).fault({"em": Estimate(value=value, low=None, high=None, n=1, n_clusters=1)}, {})
    assert (fault is None) is holds
    assert holds or "em is" in fault


@pytest.mark.parametrize("text", ["", "em", "em>=", ">=.4", "em=>.4", "em>=four"])
def test_what_is_no_gate_is_refused(text):
    with pytest.raises(UsageProblem, match="no gate"):
        Gate.parse(text)


def test_a_gate_on_a_figure_that_was_not_measured_breaks():
    assert "no figure f1" in Gate.parse("f1>=0").fault({}, {"tokens": 1.0})


def test_a_gate_may_ask_for_counts(tmp_path):
    found = [*results([1, 0]), Result(item="q09", status="failed", why="broke", calls=3, tokens=5)]
    counts = summarize(manifest(tmp_path, found), found, {("q00", 0): 2.0}, SUITE).counts
    assert counts == {"calls": 3, "tokens": 25, "usd": 0, "seconds": 2.0, "failed": 1, "unparsed": 0, "abstained": 0}
    assert set(counts) == set(COUNTS)
    assert Gate.parse("tokens<=25").fault({}, counts) is None
    assert Gate.parse("failed==0").fault({}, counts) == "gate failed==0: failed is 1"


def test_a_gate_on_what_no_run_can_have_is_refused():
    for gate in ("em>=0", "usd<1"):
        Gate.parse(gate).check_known(SUITE.metric_names)
    with pytest.raises(UsageProblem, match="no figure fi1") as error:
        Gate.parse("fi1>=0").check_known(SUITE.metric_names)
    assert "did you mean f1?" in error.value.hint


def manifest(folder, found):
    return a_run(folder, "run", found, options=Options(epochs=2)).manifest()


def test_a_summary_averages_epochs_first_and_keeps_failures_out_of_the_mean(tmp_path):
    once, again = results([1, 0, 1, 1]), results([0, 0, 1, 1])
    found = [*once, *(result.model_copy(update={"epoch": 1}) for result in again)]
    found.append(Result(item="q09", status="failed", why="broke", tokens=5))
    summary = summarize(manifest(tmp_path, found), found, {("q00", 0): 2.0, ("q01", 0): 4.0}, SUITE)
    assert (summary.n_expected, summary.program, summary.model) == (10, "ask", "embedded:tiny")
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
    found = estimates(sure, suite, 1)["auroc"]
    assert (found.value, found.low, found.n) == (1.0, None, 60)  # it separates all resamples: no width, no interval
    assert "auroc" not in estimates(results([1] * 9), suite, 1)


def test_a_measure_of_all_together_counts_the_items_that_it_used_once():
    silent = [r.model_copy(update={"scores": {"accuracy": 1.0}}) for r in detected(8, sure=0.9)]
    found = [*silent, *detected(24, sure=0.9)[8:]]
    again = [r.model_copy(update={"epoch": 1}) for r in found]
    assert estimates([*found, *again], DETECTION, 1)["ece"].n == 16
    assert estimates([*found, *again], DETECTION, 1)["accuracy"].n == 24


def test_reasons_come_commonest_first_of_what_has_no_score():
    failed = [Result(item=f"q{n}", status="failed", why=why) for n, why in enumerate("abbc" * 2 + "b")]
    unparsed = [Result(item="u", status="unparsed", why="b"), Result(item="v", status="abstained", why="b")]
    assert commonest_reasons([*failed, *unparsed], 2) == [("failed", "b", 5), ("failed", "a", 2)]
    assert sum(n for _, _, n in commonest_reasons([*failed, *unparsed], 9)) == 10
