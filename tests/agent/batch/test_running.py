import json
import shutil
import threading
from dataclasses import replace

import pytest

from agent.batch.plan import only, work_of
from agent.batch.running import _AT_WORK
from agent.batch.store import BatchStore
from agent.errors import UsageProblem
from agent.home import Home
from agent.ledger import Ledger
from agent.past_runs import remove
from agent.settings import BudgetSettings
from lm.errors import EndpointUnreachable, ModelMissing, QuotaExhausted, ServerFailed
from lm.metering import Budget
from lm.retrying import RetryPolicy
from lm.scripted import ScriptedLM
from lm.stopping import Stop
from tests.agent.affair import OFF_TOPIC, TOPIC, build_affair
from tests.agent.batch.bench import BATCH, batch_run, items, scripted_settings, works_of
from tests.agent.scripted_writers import faithful

TOPICS = (TOPIC, "The ignored warnings about the Brenholt cableway", "The money behind the Brenholt cableway")


@pytest.fixture(autouse=True)
def one_try(monkeypatch):
    """A call is tried once, so that a test needs no minute of waits; what an item does then is what is tested."""
    monkeypatch.setattr("agent.chat_models.RetryPolicy", lambda: RetryPolicy(max_attempts=1))


@pytest.fixture(scope="module")
def affair(tmp_path_factory):
    return build_affair(tmp_path_factory.mktemp("affair"))


def report_of(home, row):
    return (Home(home).runs / row.run_id / "report.md").read_bytes()


def statuses(store):
    return {name: row.status for name, row in sorted(store.rows(BATCH).items())}


def test_items_are_runs_of_their_own_and_what_fails_costs_itself(affair, tmp_path):
    asked = items(*TOPICS[:2], OFF_TOPIC)
    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, store, seen, pot):
        assert run.run(works_of(tmp_path, asked)) == ("", "")
        rows = store.rows(BATCH)
    assert {name: (row.status, row.exit_code) for name, row in rows.items()} == {
        "item0": ("finished", 0),
        "item1": ("finished", 0),
        "item2": ("failed", 5),
    }
    assert "too little" in rows["item2"].message
    assert rows["item0"].words > 50 and rows["item0"].sources > 0
    assert len({row.run_id for row in rows.values()}) == 3
    with Ledger(Home(tmp_path).ledger) as ledger:
        assert {row.id for row in ledger.rows()} == {row.run_id for row in rows.values()}
    assert pot.spent().total.tokens == sum(row.tokens for row in rows.values()) > 0
    assert sorted(seen.began_) == ["item0", "item1", "item2"]


def test_what_is_finished_is_left_alone_and_what_failed_is_tried_again(affair, tmp_path):
    asked = items(*TOPICS[:2])
    broken = ScriptedLM(faithful, errors={0: ServerFailed("no")})
    with batch_run(affair, tmp_path, broken, jobs=1, retries=0) as (run, store, _, _):
        run.run(works_of(tmp_path, asked))
        first = store.rows(BATCH)
    assert (first["item0"].status, first["item0"].exit_code) == ("failed", 4)
    works = works_of(tmp_path, asked)
    assert [work.standing for work in works] == ["goes on", "done"]
    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, store, _, _):
        run.run([work for work in works if work.standing != "done"])
        rows = store.rows(BATCH)
    assert statuses_of(rows) == ["finished", "finished"]
    assert rows["item0"].run_id == first["item0"].run_id
    assert rows["item1"] == first["item1"]


def statuses_of(rows):
    return [row.status for _, row in sorted(rows.items())]


def test_a_passing_failure_is_tried_again_in_the_same_sitting_and_not_for_ever(affair, tmp_path):
    errors = {n: ServerFailed("no") for n in range(2)}
    with batch_run(affair, tmp_path, ScriptedLM(faithful, errors=errors), jobs=1, retries=2) as (run, store, seen, _):
        run.run(works_of(tmp_path, items(TOPIC)))
        row = store.rows(BATCH)["item0"]
    assert row.status == "finished"
    assert 1 < row.attempts == len(seen.began_) <= 3
    endless = ScriptedLM(faithful, errors={n: ServerFailed("no") for n in range(1000)})
    with batch_run(affair, tmp_path / "other", endless, jobs=1, retries=1) as (run, store, seen, _):
        run.run(works_of(tmp_path / "other", items(TOPIC)))
        assert statuses(store) == {"item0": "failed"}
    assert seen.ended_ == [("item0", "failed", True), ("item0", "failed", False)]


def test_a_quota_that_is_gone_stops_the_batch_at_once(affair, tmp_path):
    gone = ScriptedLM(faithful, errors={n: QuotaExhausted("no credit") for n in range(100)})
    with batch_run(affair, tmp_path, gone, jobs=1) as (run, _store, seen, _):
        stopped_by, reason = run.run(works_of(tmp_path, items(*TOPICS)))
    assert stopped_by == "endpoint" and "no credit" in reason
    assert seen.began_ == ["item0"]


def test_an_endpoint_that_nobody_reaches_stops_the_batch_after_three_items(affair, tmp_path):
    gone = ScriptedLM(faithful, errors={n: EndpointUnreachable("nobody") for n in range(1000)})
    topics = [f"{TOPIC} {n}" for n in range(8)]
    with batch_run(affair, tmp_path, gone, jobs=1, retries=0) as (run, _, seen, _):
        stopped_by, _ = run.run(works_of(tmp_path, items(*topics)))
    assert stopped_by == "endpoint"
    assert len(seen.began_) == 3


def test_so_many_failures_stop_the_batch(affair, tmp_path):
    asked = items(*(f"{OFF_TOPIC} {n}" for n in range(5)))
    with batch_run(affair, tmp_path, ScriptedLM(faithful), jobs=1, most_failed=1) as (run, _store, seen, _):
        stopped_by, reason = run.run(works_of(tmp_path, asked))
    assert (stopped_by, len(seen.began_)) == ("failures", 2)
    assert "--fail-on" in reason


def test_the_batchs_budget_stops_it_and_a_larger_one_goes_on(affair, tmp_path):
    asked = items(*TOPICS)
    with batch_run(affair, tmp_path, ScriptedLM(faithful), jobs=1, budget=Budget(max_tokens=4_000)) as (
        run,
        store,
        _,
        pot,
    ):
        stopped_by, reason = run.run(works_of(tmp_path, asked))
        assert stopped_by == "budget" and "batch max_tokens" in reason
        assert pot.spent().total.tokens <= 4_000
        assert any(row.by_batch for row in store.rows(BATCH).values())
    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, store, _, _):
        works = works_of(tmp_path, asked)
        run.run([work for work in works if work.standing != "done"])
        assert statuses_of(store.rows(BATCH)) == ["finished"] * 3


def test_what_a_budget_stopped_and_something_else_fails_later_was_not_stopped_by_the_budget(affair, tmp_path):
    asked = items(*TOPICS)
    with batch_run(affair, tmp_path, ScriptedLM(faithful), jobs=1, budget=Budget(max_tokens=4_000)) as (run, store, *_):
        run.run(works_of(tmp_path, asked))
        assert any(row.by_batch for row in store.rows(BATCH).values())
    works = [work for work in works_of(tmp_path, asked) if work.standing != "done"]
    broken = ScriptedLM(faithful, errors={n: ServerFailed("no") for n in range(1000)})
    with batch_run(affair, tmp_path, broken, jobs=1, retries=0) as (run, store, seen, _):
        assert run.run(works) == ("", "")
        assert not any(row.by_batch for row in store.rows(BATCH).values())
    assert seen.began_ == [work.name for work in works]


def test_what_has_no_time_left_in_the_batch_goes_on_when_there_is_time_again(affair, tmp_path):
    def work(max_tokens):
        own = scripted_settings(tmp_path).model_copy(update={"budget": BudgetSettings(max_tokens=max_tokens)})
        with BatchStore(Home(tmp_path).batch_items) as store:
            return work_of(BATCH, 0, items(TOPIC)[0], own, store.rows(BATCH).get("item0"))

    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, *_):
        assert run.run([work(1_000)]) == ("", "")
    assert (work(1_000).standing, work(90_000).standing) == ("done", "goes on")
    with batch_run(affair, tmp_path, ScriptedLM(faithful), budget=Budget(max_seconds=0.0)) as (run, *_):
        assert run.run([work(90_000)])[0] == "budget"
    assert work(90_000).standing == "goes on"


def test_a_style_that_cannot_be_measured_is_told_before_an_item_begins(affair, tmp_path):
    settings = scripted_settings(tmp_path)
    write = settings.write.model_copy(update={"measure_style": "on"})
    settings = settings.model_copy(update={"write": write, "models_dir": tmp_path / "none"})
    with (
        batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, *_),
        pytest.raises(ModelMissing, match="smollm2-135m-scorer"),
    ):
        run._workshop.services(settings, need=["writer"])


def test_what_fails_once_the_batch_is_stopped_is_not_tried_again(affair, tmp_path):
    is_over = threading.Event()

    def failing(request):
        assert is_over.wait(timeout=60)
        raise ServerFailed("no")

    with batch_run(affair, tmp_path, ScriptedLM(failing), jobs=2, retries=5, most_failed=0) as (run, _, seen, _):
        told = seen.ended

        def ended(row, **how):
            told(row, **how)
            is_over.set()

        seen.ended = ended
        stopped_by, _ = run.run(works_of(tmp_path, items(OFF_TOPIC, TOPIC)))
    assert stopped_by == "failures"
    assert seen.ended_ == [("item0", "failed", False), ("item1", "failed", False)]


def test_keys_in_an_error_that_nobody_foresaw_reach_neither_the_row_nor_the_trace(affair, tmp_path, monkeypatch):
    key = "open sesame 4711"
    monkeypatch.setenv("ODD_API_KEY", key)

    def careless(request):
        raise RuntimeError(f"the proxy said {key}")

    with batch_run(affair, tmp_path, ScriptedLM(careless), jobs=1) as (run, store, _, _):
        run.run(works_of(tmp_path, items(TOPIC)))
        row = store.rows(BATCH)["item0"]
    (trace,) = Home(tmp_path).batches.glob("*/bug-item0.txt")
    assert (row.status, row.exit_code) == ("failed", 6)
    assert "the proxy said" in row.message and key not in row.message
    assert "the proxy said" in trace.read_text() and key not in trace.read_text()


def test_what_is_stopped_goes_on_to_the_same_bytes_and_pays_nothing_twice(affair, tmp_path):
    asked = items(*TOPICS)
    with batch_run(affair, tmp_path / "whole", ScriptedLM(faithful)) as (run, store, _, _):
        run.run(works_of(tmp_path / "whole", asked))
        wanted = {name: report_of(tmp_path / "whole", row) for name, row in store.rows(BATCH).items()}
    stop, asked_so_far = Stop(), []

    def stopping(request):
        asked_so_far.append(request)
        if len(asked_so_far) == 2:
            stop.now()
        return faithful(request)

    home = tmp_path / "stopped"
    with batch_run(affair, home, ScriptedLM(stopping), jobs=1, stop=stop) as (run, store, _, _):
        run.run(works_of(home, asked))
        assert "interrupted" in statuses_of(store.rows(BATCH))
    again = ScriptedLM(faithful)
    with batch_run(affair, home, again) as (run, store, _, _):
        run.run([work for work in works_of(home, asked) if work.standing != "done"])
        rows = store.rows(BATCH)
        assert {name: report_of(home, row) for name, row in rows.items()} == wanted
    paid = [request.model_dump_json() for request in (*asked_so_far, *again.requests)]
    assert len(paid) == len(set(paid))


def test_two_items_that_ask_the_same_pay_once(affair, tmp_path):
    asked = [item.model_copy(update={"topic": TOPIC}) for item in items("a", "b")]
    writer = ScriptedLM(faithful)
    with batch_run(affair, tmp_path, writer, jobs=2) as (run, store, _, _):
        run.run(works_of(tmp_path, asked))
        rows = store.rows(BATCH)
    paid = [request.model_dump_json() for request in writer.requests]
    assert len(paid) == len(set(paid))
    assert report_of(tmp_path, rows["item0"]) == report_of(tmp_path, rows["item1"])


def test_more_items_wait_for_models_at_the_same_time_than_compute(affair, tmp_path):
    n_items = _AT_WORK + 2
    meeting = threading.Barrier(n_items, timeout=60)
    met = []

    def waiting(request):
        if len(met) < n_items:
            met.append(meeting.wait())
        return faithful(request)

    with batch_run(affair, tmp_path, ScriptedLM(waiting), jobs=n_items) as (run, store, _, _):
        run.run(works_of(tmp_path, items(*(f"{TOPIC}, part {n}" for n in range(n_items)))))
        assert statuses_of(store.rows(BATCH)) == ["finished"] * n_items


def test_an_item_reads_only_the_documents_that_it_names(affair, tmp_path):
    item = items(TOPIC)[0]
    work = works_of(tmp_path, [item])[0]
    search = work.settings.search.model_copy(update={"documents": ("technical.md", "history*")})
    narrow = type(work)(item, work.settings.model_copy(update={"search": search}), work.row, "new")
    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, store, _, _):
        run.run([narrow])
        row = store.rows(BATCH)["item0"]
    lines = (Home(tmp_path).runs / row.run_id / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["document"] for line in lines} <= {"technical.md", "history.md"}
    assert row.status == "finished"


def test_items_are_chosen_by_name_or_by_how_they_stand(affair, tmp_path):
    works = works_of(tmp_path, items(*TOPICS))
    assert [work.name for work in only(works, ["item1", "item2"])] == ["item1", "item2"]
    assert len(only(works, ["waiting"])) == len(only(works, ["ITEM*"])) == 3
    with pytest.raises(UsageProblem, match="--only failed"):
        only(works, ["failed"])


def test_items_that_failed_are_found_also_where_they_are_run_anew(affair, tmp_path):
    work = works_of(tmp_path, items(TOPIC))[0]
    failed = work.row.model_copy(update={"status": "failed", "run_id": "earlier"})
    longer = work.item.model_copy(update={"words": 150})
    changed = work_of(BATCH, 0, longer, work.settings, failed)
    again = work_of(BATCH, 0, work.item, work.settings, failed, is_again=True)
    for one in (changed, again):
        assert (one.standing, one.row.status, one.row.run_id) == ("again", "waiting", "")
        assert only([one], ["failed"]) == [one]


def test_an_item_whose_words_have_changed_is_another_run_and_one_with_a_new_budget_is_not(affair, tmp_path):
    asked = items(TOPIC)
    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, _store, _, _):
        run.run(works_of(tmp_path, asked))
    longer = [asked[0].model_copy(update={"words": 150})]
    assert works_of(tmp_path, longer)[0].standing == "again"
    assert works_of(tmp_path, asked)[0].standing == "done"


def test_what_was_done_in_a_run_that_is_gone_is_done_again_and_not_paid_again(affair, tmp_path):
    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, store, _, _):
        run.run(works_of(tmp_path, items(TOPIC)))
        row = store.rows(BATCH)["item0"]
    report = report_of(tmp_path, row)
    remove(row.run_id, tmp_path)
    works = works_of(tmp_path, items(TOPIC))
    assert works[0].standing == "again"
    unpaid = ScriptedLM(faithful)
    with batch_run(affair, tmp_path, unpaid) as (run, store, _, _):
        run.run(works)
        again = store.rows(BATCH)["item0"]
    assert (report_of(tmp_path, again), unpaid.requests) == (report, ())


def test_what_failed_in_a_run_whose_folder_is_gone_begins_anew(affair, tmp_path):
    broken = ScriptedLM(faithful, errors={0: ServerFailed("no")})
    with batch_run(affair, tmp_path, broken, jobs=1, retries=0) as (run, store, _, _):
        run.run(works_of(tmp_path, items(TOPIC)))
        row = store.rows(BATCH)["item0"]
    assert row.status == "failed"
    shutil.rmtree(Home(tmp_path).runs / row.run_id)
    with batch_run(affair, tmp_path, ScriptedLM(faithful)) as (run, store, _, _):
        run.run(works_of(tmp_path, items(TOPIC)))
        again = store.rows(BATCH)["item0"]
    assert again.status == "finished" and again.run_id != row.run_id


@pytest.mark.parametrize("variable", ["PROVIDER_API_KEY", "ODDLY_CALLED"])
def test_a_bug_that_tells_a_key_leaves_none_behind(affair, tmp_path, monkeypatch, variable):
    key = "zq7-4411-canary-of-no-known-shape"
    monkeypatch.setenv(variable, key)
    leaky = ScriptedLM(faithful, errors={0: RuntimeError(f"sent {key}")})
    with batch_run(affair, tmp_path, leaky, jobs=1, retries=0) as (run, store, _, _):
        works = [with_key_in(work, variable) for work in works_of(tmp_path, items(TOPIC))]
        run.run(works)
        row = store.rows(BATCH)["item0"]
    assert (row.status, row.exit_code) == ("failed", 6)
    assert key not in row.message and "RuntimeError" in row.message
    (bug,) = tmp_path.rglob("bug-item0.txt")
    assert key not in bug.read_text(encoding="utf-8")


def with_key_in(work, variable):
    writer = work.settings.roles.writer.model_copy(update={"api_key_env": variable})
    roles = work.settings.roles.model_copy(update={"writer": writer})
    return replace(work, settings=work.settings.model_copy(update={"roles": roles}))
