import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from evals.page.content import gather
from evals.page.plots import plots_of
from tests.evals.page.made_runs import NASTY, a_result, a_run, a_suite, an_item, many_results


def group_of(tmp_path, suite, *results, **manifest):
    runs = [
        a_run(tmp_path, f"run-{n}", found, program=f"program-{n}", suite=suite.name, **manifest)
        for n, found in enumerate(results)
    ]
    (group,) = gather(runs, tmp_path / "work", lambda name: suite)
    return group


def pictures(group):
    return {plot.name.removeprefix(f"{group.suite.name}-"): plot for plot in plots_of(group)}


def words(svg):
    return [text.text for text in ET.fromstring(svg).iter() if text.tag == "text"]


def test_a_run_with_tokens_alone_gives_cost_against_quality(tmp_path):
    items = [an_item(n) for n in range(30)]

    found = pictures(group_of(tmp_path, a_suite(items), many_results(items, share_right=0.5, seed=1)))

    assert list(found) == ["cost"]
    assert "tokens per item (log scale)" in words(found["cost"].svg)
    assert "n = 28" in found["cost"].caption


def test_a_run_that_called_no_model_has_no_cost(tmp_path):
    items = [an_item(n) for n in range(5)]
    free = [a_result(item, tokens=0) for item in items]

    assert pictures(group_of(tmp_path, a_suite(items), free)) == {}
    both = pictures(group_of(tmp_path / "two", a_suite(items), free, [a_result(item) for item in items]))
    assert "left out: A" in both["cost"].caption


def test_a_difference_over_one_item_is_a_mark_without_a_bar(tmp_path):
    def marks(n_items):
        items = [an_item(n) for n in range(n_items)]
        right, wrong = ([a_result(item, scores={"em": score, "f1": 0.5}) for item in items] for score in (1.0, 0.0))
        wrong[-1] = a_result(items[-1], scores={"em": 0.0, "f1": 0.7})
        found = pictures(group_of(tmp_path / str(n_items), a_suite(items), right, wrong))["differences"]
        return found.svg.count("LineCollection")

    assert (marks(1), marks(2)) == (0, 2)


def test_metrics_at_several_k_give_a_curve(tmp_path):
    items = [an_item(n) for n in range(12)]
    suite = a_suite(items, metrics=("recall@2", "recall@10", "mrr@10"))
    results = [
        a_result(item, tokens=0, scores={"recall@2": n % 2, "recall@10": 1.0, "mrr@10": 0.5})
        for n, item in enumerate(items)
    ]

    found = pictures(group_of(tmp_path, suite, results))

    assert list(found) == ["by-k"]
    assert {"2", "10", "recall@k"} <= set(words(found["by-k"].svg))


def test_kinds_that_are_sizes_give_a_curve_and_others_dots(tmp_path):
    sizes = [an_item(n, kind=("1k", "4k", "16,000")[n % 3]) for n in range(12)]
    types = [an_item(n, kind=("bridge", "$x^2$ <b>", "2-hop")[n % 3]) for n in range(12)]

    by_size = pictures(group_of(tmp_path / "a", a_suite(sizes), [a_result(item) for item in sizes]))
    by_type = pictures(group_of(tmp_path / "b", a_suite(types), [a_result(item) for item in types]))

    assert "by-size" in by_size and "by-kind" not in by_size
    assert "4 at 1k, 4 at 4k, 4 at 16,000" in by_size["by-size"].caption
    assert "by-kind" in by_type and "by-size" not in by_type
    assert "$x^2$ <b> (4)" in words(by_type["by-kind"].svg)


def test_confidence_with_scores_of_0_and_1_gives_calibration_and_risk(tmp_path):
    items = [an_item(n) for n in range(60)]
    results = many_results(items, share_right=0.5, seed=1, with_confidence=True)

    found = pictures(group_of(tmp_path, a_suite(items), results))

    assert {"calibration", "risk-coverage"} <= set(found)
    assert any("ECE 0." in word for word in words(found["calibration"].svg))
    assert any("AURC 0." in word for word in words(found["risk-coverage"].svg))
    assert "answers with a confidence: n = 57" in found["calibration"].caption


def test_confidence_with_partial_scores_alone_gives_risk_but_no_calibration(tmp_path):
    items = [an_item(n) for n in range(10)]
    results = [a_result(item, confidence=0.5, scores={"f1": 0.4}) for item in items]

    found = pictures(group_of(tmp_path, a_suite(items, metrics=("f1",)), results))

    assert "risk-coverage" in found and "calibration" not in found


def test_confidence_is_drawn_against_what_it_is_the_probability_of_as_in_the_table(tmp_path):
    items = [an_item(n) for n in range(40)]
    # As in faithfulness: half are supported, the score says so of none and is right about half of them.
    results = [
        a_result(item, confidence=0.2, scores={"em": 1.0 - n % 2, "supported": float(n % 2)})
        for n, item in enumerate(items)
    ]
    suite = replace(a_suite(items, metrics=("em", "supported")), confidence_of="supported")

    found = pictures(group_of(tmp_path, suite, results))

    assert any("ECE 0.300" in word for word in words(found["calibration"].svg))
    assert "share right (supported)" in words(found["calibration"].svg)
    assert "risk: 1 − mean supported" in words(found["risk-coverage"].svg)


def test_confidence_is_not_drawn_against_another_metric_than_the_main_one(tmp_path):
    items = [an_item(n) for n in range(10)]
    results = [a_result(item, confidence=0.5, scores={"f1": 0.4, "em": 1.0}) for item in items]

    found = pictures(group_of(tmp_path, a_suite(items, metrics=("f1", "em")), results))

    assert "risk-coverage" in found and "calibration" not in found


def test_two_runs_give_a_forest_of_the_metrics_that_are_shares(tmp_path):
    items = [an_item(n) for n in range(20)]
    worse = [a_result(item, right=False) for item in items]

    found = pictures(group_of(tmp_path, a_suite(items), [a_result(item) for item in items], worse))

    shown = words(found["differences"].svg)
    assert {"em, A − B", "f1, A − B", "better"} <= set(shown) and "worse" not in shown
    assert not any(word.startswith("evidence_tokens") for word in shown)
    assert "in the tables only: evidence_tokens" in found["differences"].caption


@pytest.mark.parametrize("n_runs", [1, 9])
def test_drawings_use_the_pages_colours_and_nothing_from_outside(tmp_path, n_runs):
    items = [an_item(n, kind=("a", NASTY)[n % 2]) for n in range(24)]
    results = [many_results(items, share_right=0.5, seed=n, with_confidence=True) for n in range(n_runs)]

    group = group_of(tmp_path, a_suite(items), *results)

    for plot in plots_of(group):
        assert "var(--ink)" in plot.svg and "var(--run-0)" in plot.svg
        assert "#0102" not in plot.svg and "DejaVu" not in plot.svg and "<!--" not in plot.svg
        assert not re.search(r"https?:|<style|<image|<script", plot.svg)
        ids = re.findall(r'\bid="([^"]+)"', plot.svg)
        assert all(id_.startswith(plot.name) for id_ in ids)
        assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', plot.svg)) <= {
            pair for id_ in ids for pair in ((id_, ""), ("", id_))
        }
