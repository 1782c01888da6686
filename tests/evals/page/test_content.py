import pytest

from agent.errors import UsageProblem
from evals.page.content import gather, reasons
from evals.run_record import Options
from tests.evals.page.made_runs import a_result, a_run, a_suite, an_item

ITEMS = [an_item(number) for number in range(4)]


def gathered(runs, tmp_path, suite=None):
    suite = suite or a_suite(ITEMS)
    return gather(runs, tmp_path / "work", lambda name: suite)


def test_items_are_joined_over_runs_in_the_order_of_the_data(tmp_path):
    a = a_run(tmp_path, "a", [a_result(ITEMS[2]), a_result(ITEMS[0], right=False)])
    b = a_run(tmp_path, "b", [a_result(ITEMS[3]), a_result(ITEMS[0])], program="ircot")

    (group,) = gathered([a, b], tmp_path)

    assert [item.id for item in group.items] == ["q0000", "q0002", "q0003"]
    assert [item.scores for item in group.items] == [(0.0, 1.0), (1.0, None), (None, 1.0)]
    assert [(run.letter, run.label) for run in group.runs] == [("A", "ask"), ("B", "ircot")]
    assert group.items[0].item == ITEMS[0]


def test_an_unfinished_run_has_figures(tmp_path):
    run = a_run(tmp_path, "a", [a_result(ITEMS[0])], n_items=4)

    (group,) = gathered([run], tmp_path)

    assert (group.runs[0].summary.n_results, group.runs[0].summary.n_expected) == (1, 4)
    assert group.runs[0].summary.estimates["em"].value == 1.0


def test_a_run_without_results_is_refused_with_the_way_on(tmp_path):
    with pytest.raises(UsageProblem, match="a has no results yet") as error:
        gathered([a_run(tmp_path, "a", [])], tmp_path)
    assert "eval resume a" in error.value.hint


def test_runs_of_two_suites_stand_apart(tmp_path):
    runs = [
        a_run(tmp_path, name, [a_result(ITEMS[0])], suite=suite) for name, suite in [("a", "x"), ("b", "y"), ("c", "x")]
    ]

    groups = gather(runs, tmp_path / "work", lambda name: a_suite(ITEMS, name=name))

    assert [(group.suite.name, [run.letter for run in group.runs]) for group in groups] == [
        ("x", ["A", "C"]),
        ("y", ["B"]),
    ]
    assert [len(group.comparisons) for group in groups] == [1, 0]


def test_a_run_named_twice_counts_once(tmp_path):
    run = a_run(tmp_path, "a", [a_result(ITEMS[0])])

    (group,) = gathered([run, run], tmp_path)

    assert len(group.runs) == 1 and group.comparisons == ()


def test_labels_tell_apart_what_differs(tmp_path):
    results = [a_result(ITEMS[0])]
    runs = [
        a_run(tmp_path, "a", results),
        a_run(tmp_path, "b", results, options=Options(evidence_tokens=1024)),
        a_run(tmp_path, "c", results, program="ircot"),
    ]

    (group,) = gathered(runs, tmp_path)

    assert [run.label for run in group.runs] == ["ask, evidence 512", "ask, evidence 1024", "ircot, evidence 512"]


def test_data_that_are_gone_leave_ids(tmp_path):
    run = a_run(tmp_path, "a", [a_result(ITEMS[0])], data_path=tmp_path / "gone")

    (group,) = gathered([run], tmp_path)

    assert group.items[0].item is None
    assert "gone" in group.remarks[0] and "only the ids" in group.remarks[0]


def test_items_that_are_made_without_data_are_made_again(tmp_path):
    run = a_run(tmp_path, "a", [a_result(ITEMS[0])])
    (run.path / "eval.json").write_text(run.manifest().model_copy(update={"data_path": ""}).model_dump_json())

    (group,) = gathered([run], tmp_path)

    assert (group.items[0].item, group.remarks) == (ITEMS[0], ())


def test_data_that_have_changed_leave_ids(tmp_path):
    run = a_run(tmp_path, "a", [a_result(ITEMS[0])])

    (group,) = gathered([run], tmp_path, a_suite(ITEMS, sha256="other"))

    assert group.items[0].item is None
    assert "have changed" in group.remarks[0]


def test_data_that_cannot_be_read_any_more_leave_ids_and_the_reason(tmp_path):
    run = a_run(tmp_path, "a", [a_result(ITEMS[0])])
    suite = a_suite(ITEMS)

    def broken(path, *, workdir):
        raise UsageProblem("tiny.jsonl, line 3: no JSON")

    (group,) = gathered([run], tmp_path, type(suite)(**{**vars(suite), "load": broken}))

    assert group.items[0].item is None
    assert "line 3" in group.remarks[0]


def test_runs_that_share_no_item_are_not_compared_and_it_is_said(tmp_path):
    runs = [a_run(tmp_path, "a", [a_result(ITEMS[0])]), a_run(tmp_path, "b", [a_result(ITEMS[1])])]

    (group,) = gathered(runs, tmp_path)

    assert group.comparisons == ()
    assert "share no scored item" in group.remarks[0]


def test_reasons_come_commonest_first_and_the_rest_is_counted():
    results = [a_result(an_item(n), status="failed").model_copy(update={"why": why}) for n, why in enumerate("aabbbcd")]

    assert reasons([*results, a_result(ITEMS[0])], 2) == [
        ("failed", "b", 3),
        ("failed", "a", 2),
        ("", "other reasons", 2),
    ]
