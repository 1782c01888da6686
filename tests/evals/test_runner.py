"""Items are done once, kept at once, and done again only if they failed."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from agent.settings import Settings
from evals.bench import Abstained, Bench, Counted, Unparsed, fitting
from evals.items import Item, Outcome
from evals.metrics.answers import exact_match
from evals.run_record import RESULTS, TIMINGS, EvalRun, Options
from evals.runner import Work, run_work
from evals.suite import Metric
from lm.errors import BudgetExceeded, CacheBroken, EndpointRefused, EndpointUnreachable, ModelMissing
from lm.metering import PriceTable
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message
from tests.evals.page.made_runs import a_run

EM = Metric("em", lambda item, outcome: exact_match(outcome.text, item.answers))
ITEMS = tuple(Item(id=f"q{n}", text=f"what is {n}?", answers=(str(n),)) for n in range(8))


def right(item, bench):
    return Outcome(text=item.answers[0])


def work(program, **changes):
    bench = Bench(settings=Settings(home=Path("unused")), evidence_tokens=20, seed=1)
    made = Work(items=ITEMS, epochs=1, program=program, metrics=(EM,), bench=bench, prices=PriceTable())
    return replace(made, **changes)


@pytest.fixture
def run(tmp_path):
    return empty_run(tmp_path, "one")


def empty_run(folder, name) -> EvalRun:
    return a_run(folder, name, [], options=Options(), n_items=len(ITEMS))


def do(made, run, tell=lambda result, done, total: None):
    stopped_by = run_work(made, run, clock=lambda: 0.0, tell=tell)
    run.finish(made.order, {})
    return stopped_by


def content(run):
    return (run.path / RESULTS).read_bytes()


def test_every_item_is_done_once_and_kept_in_order(run):
    assert do(work(right, jobs=3), run) is None
    assert [result.item for result in run.results()] == [item.id for item in ITEMS]
    assert {result.scores["em"] for result in run.results()} == {1.0}
    assert run.seconds().keys() == {(item.id, 0) for item in ITEMS}


def test_each_status_is_kept_apart_and_only_answers_are_scored(run):
    def troubled(item, bench):
        match item.id:
            case "q0":
                raise Abstained("nothing found")
            case "q1":
                raise Unparsed("no answer in it")
            case "q2":
                raise KeyError("a bug")
        return right(item, bench)

    do(work(troubled), run)
    found = {result.item: (result.status, result.scores, result.why) for result in run.results()}
    assert found["q0"] == ("abstained", {"em": 0.0}, "nothing found")
    assert found["q1"] == ("unparsed", {}, "no answer in it")
    assert found["q2"] == ("failed", {}, "KeyError: 'a bug'")
    assert found["q3"][0] == "done"


def test_a_resumed_run_does_only_what_is_missing_or_failed(run):
    asked = []

    def failing_once(item, bench):
        asked.append(item.id)
        if item.id == "q5" and asked.count("q5") == 1:
            raise OSError("the line broke")
        return right(item, bench)

    do(work(failing_once), run)
    assert do(work(failing_once), run) is None
    assert asked.count("q5") == 2
    assert len(asked) == len(ITEMS) + 1
    assert {result.status for result in run.results()} == {"done"}


@pytest.mark.parametrize("n_kept", [0, 3, 7])
def test_a_run_torn_by_a_kill_ends_with_the_same_bytes(tmp_path, n_kept):
    whole, torn = empty_run(tmp_path, "whole"), empty_run(tmp_path, "torn")
    do(work(right), whole)
    lines = content(whole).splitlines(keepends=True)
    (torn.path / RESULTS).write_bytes(b"".join(lines[:n_kept]) + lines[n_kept][:9])
    (torn.path / TIMINGS).write_bytes((whole.path / TIMINGS).read_bytes()[:-4])
    do(work(right), torn)
    assert content(torn) == content(whole)


def test_the_number_of_jobs_changes_no_byte(tmp_path):
    runs = {jobs: empty_run(tmp_path, f"jobs{jobs}") for jobs in (1, 4)}
    for jobs, run in runs.items():
        do(work(right, jobs=jobs, epochs=2), run)
    assert content(runs[1]) == content(runs[4])


def test_epochs_have_seeds_of_their_own(run):
    do(work(lambda item, bench: Outcome(text=str(bench.seed)), epochs=3), run)
    assert [result.outcome.text for result in run.results() if result.item == "q0"] == ["1", "2", "3"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_budget_ends_the_run_and_keeps_what_is_done(run, jobs):
    lock, n = threading.Lock(), [0]

    def until_broke(item, bench):
        with lock:
            n[0] += 1
            if n[0] > 4:
                raise BudgetExceeded("enough", limit="max_tokens")
        return right(item, bench)

    assert do(work(until_broke, jobs=jobs), run) == "max_tokens"
    assert len(run.results()) == 4
    assert do(work(right), run) is None
    assert len(run.results()) == len(ITEMS)


@pytest.mark.parametrize("trouble", [EndpointUnreachable, EndpointRefused, CacheBroken, ModelMissing])
def test_what_every_item_would_meet_is_no_wrong_answer(run, trouble):
    def dead(item, bench):
        raise trouble("nothing works any more")

    with pytest.raises(trouble):
        do(work(dead), run)
    assert run.results() == []


def test_the_listener_hears_of_each_item(run):
    told = []
    do(work(right), run, lambda result, done, total: told.append((result.item, done, total)))
    assert told[-1] == ("q7", 8, 8)
    assert len(told) == 8


def test_calls_are_counted_for_their_item_whoever_pays(run):
    def asking(item, bench):
        for _ in range(int(item.id[1:])):
            bench.writer.chat(ChatRequest(messages=(Message(role="user", content="one two"),), max_tokens=9))
        return right(item, bench)

    model = ScriptedLM(lambda request: "three")
    made = work(asking)
    do(replace(made, bench=replace(made.bench, writer_=model)), run)
    tokens = [result.tokens for result in run.results()]
    assert tokens[0] == 0
    assert tokens[3] == 3 * tokens[1] > 0
    assert [result.calls for result in run.results()][:4] == [0, 1, 2, 3]


def test_evidence_is_cut_at_a_word_where_the_allowance_ends():
    model = ScriptedLM(lambda request: "")
    bench = replace(work(right).bench, writer_=Counted(model, PriceTable()), evidence_tokens=40)
    lines = [" ".join(f"word{n}" for n in range(start, start + 12)) for start in (0, 100, 200)]
    kept, used = fitting(lines, bench)
    assert used <= 40
    assert kept[0] == lines[0]
    assert lines[len(kept) - 1].startswith(kept[-1])
    assert fitting(lines, bench, room=10_000)[0] == lines


def test_a_part_that_the_suite_did_not_ask_for_is_named():
    with pytest.raises(ValueError, match="without a corpus"):
        _ = work(right).bench.searcher


def test_a_metric_that_breaks_fails_its_item_alone(run):
    def breaking(item, outcome):
        if item.id == "q3":
            raise ZeroDivisionError("no")
        return 1.0

    do(work(right, metrics=(Metric("m", breaking),)), run)
    assert [result.item for result in run.results() if result.status == "failed"] == ["q3"]


def test_an_abstention_scores_0_where_more_is_better_and_nothing_where_less_is(run):
    def silent(item, bench):
        raise Abstained("nothing found")

    metrics = (
        EM,
        Metric("recall", lambda item, outcome: None),
        Metric("cost", lambda item, outcome: 0.0, is_better_high=False),
        Metric("label", lambda item, outcome: 0.25, is_better_high=False, is_compared=False),
    )
    do(work(silent, metrics=metrics), run)
    assert run.results()[0].scores == {"em": 0.0, "recall": 0.0, "label": 0.25}
