"""Runs with real files: what stays when one is cut short, and what a resumed one pays."""

import errno
import itertools
import json
import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from agent.calibration import Calibration, write_calibration
from agent.difficulty import Cutoffs
from agent.errors import NotEnoughEvidence, RunBusy, UsageProblem
from agent.home import Home
from agent.ledger import Ledger
from agent.model_settings import ModelPrice, ModelSize
from agent.past_reports import past_report
from agent.past_runs import remove, runs_folder, settings_of, spent_before
from agent.pursuit.conformal import Thresholds
from agent.report_files import write_files
from agent.run import resume, start
from agent.run_folder import RunFolder
from agent.settings import AskSettings
from lm.errors import EndpointUnreachable
from lm.scripted import ScriptedLM
from lm.spending import Spend
from lm.types import ChatReply
from tests.agent.affair import OFF_TOPIC, TOPIC
from tests.agent.killed_run import run_and_kill
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful, lying

DEAD = EndpointUnreachable("nothing answers at http://127.0.0.1:9", hint="start the server")


def dying(after, script=faithful):
    """A writer whose endpoint answers `after` calls and no more."""
    return ScriptedLM(script, errors=dict.fromkeys(range(after, 1000), DEAD))


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def place(affair, home):
    """Starts and resumes runs in one home."""
    return Place(affair, home)


class Place:
    def __init__(self, affair, home):
        self.affair, self.home = affair, home

    def start(self, writer, topic=TOPIC, *, listeners=(), max_tokens=None, mode="report", ask=AskSettings(), **write):  # noqa: B008 - frozen
        settings = settings_for(self.home, **write).model_copy(update={"ask": ask})
        with open_services(self.affair, settings, writer, max_tokens=max_tokens) as services:
            return start(topic, mode=mode, words=None, services=services, listeners=listeners)

    def resume(self, writer, name="last", *, listeners=(), **opened):
        row = self.row(name)
        settings = settings_of(row.id, settings_for(self.home))
        already = spent_before(row.id, self.home)
        with open_services(self.affair, settings, writer, already=already, **opened) as services:
            return resume(name, services=services, listeners=listeners)

    def row(self, name="last"):
        with Ledger(self.home / "ledger.sqlite") as ledger:
            return ledger.find(name)

    @property
    def folder(self):
        return runs_folder(self.home) / self.row().id

    def spent(self):
        return Spend.model_validate_json((self.folder / "usage.json").read_bytes())

    def usage(self):
        return self.spent().total

    def cached_calls(self):
        with closing(sqlite3.connect(self.home / "calls.sqlite")) as db:
            return [ChatReply.model_validate_json(reply) for (reply,) in db.execute("SELECT reply FROM calls")]


@pytest.fixture(scope="module")
def whole(affair, tmp_path_factory):
    """The same run without any interruption, in a home of its own."""
    elsewhere = Place(affair, tmp_path_factory.mktemp("whole"))
    elsewhere.start(ScriptedLM(faithful))
    return elsewhere


def test_a_run_leaves_its_files_and_its_row(place):
    writer = ScriptedLM(faithful)
    result = place.start(writer)
    row = place.row()
    assert (row.status, row.exit_code, row.message) == ("finished", 0, "")
    assert result.run_id == row.id
    assert sorted(path.name for path in place.folder.iterdir()) == [
        "blocks.json", "claims.jsonl", "events.jsonl", "evidence.jsonl", "ledger.json", "metrics.json", "plan.json",
        "report.html", "report.md", "run.json", "run.lock", "usage.json",
    ]  # fmt: skip
    assert place.usage().calls == len(writer.requests)
    assert row.tokens == place.usage().prompt_tokens + place.usage().completion_tokens == result.report.figures.tokens
    names = [json.loads(line)["name"] for line in (place.folder / "events.jsonl").read_text().splitlines()]
    assert (names[0], names[-1]) == ("sitting_began", "sitting_ended")
    assert names.index("preview") < names.index("assembled")


def test_a_run_keeps_each_blocks_evidence_with_the_numbers_of_what_is_cited(place):
    result = place.start(ScriptedLM(faithful))
    pieces = [piece for block in RunFolder(place.folder).read_blocks().blocks for piece in block.evidence]
    assert len({piece.id for piece in pieces}) == len(pieces)
    cited = {number for claim in result.report.claims for number in claim.citations}
    assert {piece.number for piece in pieces} - {None} == cited


def test_who_writes_the_conclusion_hears_what_is_told_before_it(place):
    writer = ScriptedLM(faithful)
    place.start(writer)
    told = [
        request.messages[-1].content
        for request in writer.requests
        if "Section: Conclusion" in request.messages[-1].content
    ]
    assert told
    assert all("Told before this paragraph, and not to be told again:" in prompt for prompt in told)


def test_a_file_that_cannot_be_written_fails_the_run_and_costs_neither_the_others_nor_the_report(place):
    def in_the_way(event):
        if event.name == "assembled":
            (place.folder / "report.docx").mkdir()

    with pytest.raises(IsADirectoryError):
        place.start(ScriptedLM(faithful), listeners=[in_the_way], formats=("docx", "md", "pdf"))
    assert (place.row().status, place.row().exit_code) == ("failed", 5)
    written = {name: (place.folder / name).read_bytes() for name in ("report.md", "report.pdf")}

    past = past_report("last", place.home)  # exported without another call
    assert past.report.figures.tokens == place.row().tokens
    again = write_files(past.report, ("md", "pdf"), place.home, created=past.row.began)
    assert {path.name: path.read_bytes() for path in again.files} == written

    (place.folder / "report.docx").rmdir()
    silent = ScriptedLM([])
    result = place.resume(silent)
    assert (place.row().status, silent.requests) == ("finished", ())
    assert [Path(path).name for path in result.files] == ["report.md", "report.docx", "report.pdf"]


def test_what_is_told_as_written_at_the_end_is_what_the_report_has(place):
    told = []
    figures = place.start(ScriptedLM(faithful), listeners=[told.append]).report.figures
    (assembled,) = (event for event in told if event.name == "assembled")
    assert assembled.numbers["characters"] == figures.characters_written
    assert assembled.numbers["words"] == figures.words


@pytest.mark.parametrize("answered", [0, 2, 4])
def test_an_endpoint_that_fails_in_the_middle_leaves_a_run_that_can_be_resumed(place, whole, answered):
    first, second = dying(answered), ScriptedLM(faithful)
    with pytest.raises(EndpointUnreachable):
        place.start(first)
    row = place.row()
    assert (row.status, row.exit_code) == ("failed", 4)
    assert not (place.folder / "report.md").exists()
    (error,) = (json.loads(line) for line in (place.folder / "errors.jsonl").read_text().splitlines())
    assert (error["type"], error["hint"]) == ("EndpointUnreachable", "start the server")

    assert place.resume(second).exit_code == 0
    assert (place.row().status, place.row().message) == ("finished", "")
    paid = [*first.requests[:answered], *second.requests]
    assert len(paid) == len(set(paid))
    assert (place.folder / "report.md").read_bytes() == (whole.folder / "report.md").read_bytes()


def test_a_run_whose_error_cannot_be_kept_is_entered_as_failed(place, monkeypatch):
    monkeypatch.setattr(RunFolder, "append_error", full_disk)
    with pytest.raises(OSError, match="No space"):
        place.start(dying(0))
    assert (place.row().status, place.row().exit_code, place.row().message) == ("failed", 4, str(DEAD))


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("answered", [4])
def test_figures_of_a_resumed_run_are_those_of_all_its_sittings(place, whole, answered):
    with pytest.raises(EndpointUnreachable):
        place.start(dying(answered))
    assert place.usage().calls == answered
    place.resume(ScriptedLM(faithful))
    spent, expected = place.usage(), whole.usage()
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (
        expected.calls, expected.prompt_tokens, expected.completion_tokens,
    )  # fmt: skip
    assert spent.flops == expected.flops > 0
    assert spent.unsized == 0
    assert place.row().tokens == whole.row().tokens
    metrics = json.loads((place.folder / "metrics.json").read_text())
    assert metrics["tokens"] == whole.row().tokens
    assert metrics["spend"]["by_role"]["writer"]["calls"] == expected.calls


def test_a_run_that_fails_again_and_again_is_still_paid_for_once(place, whole):
    writers = [dying(2), dying(0), dying(2), ScriptedLM(faithful)]
    with pytest.raises(EndpointUnreachable):
        place.start(writers[0])
    for writer in writers[1:-1]:
        with pytest.raises(EndpointUnreachable):
            place.resume(writer)
    place.resume(writers[-1])
    answered = [*writers[0].requests[:2], *writers[2].requests[:2], *writers[3].requests]
    assert len(answered) == len(set(answered)) == whole.usage().calls == place.usage().calls
    assert (place.folder / "report.md").read_bytes() == (whole.folder / "report.md").read_bytes()


def test_what_killed_sittings_spent_is_counted_and_nothing_twice(place, whole):
    seconds = []
    # The second one is killed in its first call that is not replayed, the third after two more.
    for at_call, n_paid in ((3, 2), (1, 2), (3, 4)):
        run_and_kill(place.home, at_call=at_call)
        paid = place.cached_calls()
        assert place.usage().calls == len(paid) == n_paid
        assert place.usage().prompt_tokens == sum(reply.usage.prompt_tokens for reply in paid)
        assert place.usage().completion_tokens == sum(reply.usage.completion_tokens for reply in paid)
        seconds.append(place.spent().seconds)
    assert 0.0 < seconds[0] <= seconds[1] < seconds[2]
    assert place.row().status == "running"

    last = ScriptedLM(faithful)
    figures = place.resume(last).report.figures
    assert place.usage().calls == whole.usage().calls == 4 + len(last.requests)
    assert figures.tokens == place.row().tokens == whole.row().tokens
    assert place.row().seconds == place.spent().seconds == seconds[2]  # the clock of this sitting stands still
    assert (place.folder / "report.md").read_bytes() == (whole.folder / "report.md").read_bytes()


def test_what_a_killed_sitting_spent_counts_against_the_budget(place):
    run_and_kill(place.home, at_call=4)
    total, seconds, writer = place.usage(), place.spent().seconds, ScriptedLM(faithful)
    for budget in ({"max_seconds": seconds}, {"max_tokens": total.prompt_tokens + total.completion_tokens}):
        result = place.resume(writer, **budget)
        assert (result.exit_code, next(iter(budget)) in result.stops, writer.requests) == (3, True, ()), budget


def test_files_that_a_kill_tore_do_not_touch_the_sums(place, whole):
    with pytest.raises(EndpointUnreachable):
        place.start(dying(3))
    (place.folder / ".usage.json.1-1.part").write_text('{"by_role": {"wri')
    with (place.folder / "events.jsonl").open("a") as events:
        events.write('{"at": "2026-01-01", "na')
    place.resume(ScriptedLM(faithful))
    assert place.usage().calls == whole.usage().calls


def test_usage_is_on_the_disk_while_the_run_goes_on(place):
    seen = []

    def look(event):
        if event.name == "filed":
            seen.append(place.usage().calls)

    place.start(ScriptedLM(faithful), listeners=[look])
    assert seen
    # A block is filed after a draft of its own, whatever the others are at.
    assert all(calls >= n_filed for n_filed, calls in enumerate(seen, start=1)), seen


def interrupting(at_call):
    """A writer at whose call Ctrl-C is pressed; it answers all the same, as a server would."""
    calls = []

    def reply(request):
        calls.append(request)
        if len(calls) == at_call:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
        return faithful(request)

    return ScriptedLM(reply)


@pytest.mark.parametrize("at_call", [1, 4])
def test_a_run_stopped_by_the_user_says_so_and_can_be_resumed(place, whole, at_call):
    first = interrupting(at_call)
    with pytest.raises(KeyboardInterrupt):
        place.start(first)
    row = place.row()
    assert (row.status, row.exit_code, row.message) == ("interrupted", 130, "stopped by the user")
    second = ScriptedLM(faithful)
    place.resume(second)
    assert place.row().status == "finished"
    # The call in which Ctrl-C was pressed may have been lost; no other is made twice.
    assert set(second.requests) & set(first.requests) <= {first.requests[at_call - 1]}
    assert (place.folder / "report.md").read_bytes() == (whole.folder / "report.md").read_bytes()


def test_a_finished_run_is_only_written_out_again(place):
    place.start(ScriptedLM(faithful))
    before = {path.name: path.read_bytes() for path in place.folder.iterdir()}
    for name in ("report.md", "claims.jsonl", "plan.json"):
        (place.folder / name).unlink()
    writer, told = ScriptedLM(faithful), []
    result = place.resume(writer, listeners=[told.append])
    assert (writer.requests, result.exit_code) == ((), 0)
    assert {event.name for event in told} == {"sitting_began", "stage_began", "stage_ended", "sitting_ended"}
    assert [event.words["stage"] for event in told if event.name == "stage_began"] == ["write_out", "remember"]
    after = {path.name: path.read_bytes() for path in place.folder.iterdir()}
    changed = {name for name in before if after[name] != before[name]}
    assert changed <= {"metrics.json", "report.html", "events.jsonl"}  # they show the seconds of all sittings
    assert after["events.jsonl"].startswith(before["events.jsonl"])
    assert place.row().status == "finished"


def test_two_that_work_on_a_run_at_once_are_one_too_many(place):
    with pytest.raises(EndpointUnreachable):
        place.start(dying(3))
    is_asked, may_answer = threading.Event(), threading.Event()

    def reply(request):
        is_asked.set()
        assert may_answer.wait(30)
        return faithful(request)

    first = threading.Thread(target=place.resume, args=[ScriptedLM(reply)])
    first.start()
    try:
        assert is_asked.wait(30)
        assert place.row().status == "running"
        with pytest.raises(RunBusy) as caught:
            place.resume(ScriptedLM(faithful))
        assert caught.value.exit_code == 1
        with pytest.raises(RunBusy):
            remove("last", place.home)
        assert place.row().status == "running"
    finally:
        may_answer.set()
        first.join()
    assert place.row().status == "finished"


def test_a_run_that_a_budget_stopped_has_a_report_and_says_which(place):
    result = place.start(ScriptedLM(faithful), max_tokens=1)
    assert (result.exit_code, result.stops) == (3, ("max_tokens",))
    assert result.report.figures.stop_reason == "budget: max_tokens"
    assert (place.row().status, place.row().exit_code, place.row().message) == ("stopped", 3, "max_tokens")
    assert (place.folder / "report.md").is_file()


def test_a_stopped_run_goes_on_with_a_larger_budget_and_pays_only_for_the_rest(place, whole):
    first, second = ScriptedLM(faithful), ScriptedLM(faithful)
    stopped = place.start(first, max_tokens=whole.usage().prompt_tokens // 2)
    assert stopped.exit_code == 3
    assert first.requests
    result = place.resume(second)
    assert (result.exit_code, place.row().status) == (0, "finished")
    assert set(first.requests).isdisjoint(second.requests)
    assert place.usage().calls == whole.usage().calls == len(first.requests) + len(second.requests)
    assert (place.folder / "report.md").read_bytes() == (whole.folder / "report.md").read_bytes()


def test_what_was_spent_counts_against_the_budget_of_the_next_sitting(place, whole):
    half = whole.usage().prompt_tokens // 2
    place.start(ScriptedLM(faithful), max_tokens=half)
    writer = ScriptedLM(faithful)
    assert place.resume(writer, max_tokens=half).exit_code == 3
    assert writer.requests == ()
    assert place.row().status == "stopped"


def test_a_stopped_run_without_time_left_keeps_its_report(place):
    place.start(ScriptedLM(faithful), max_tokens=1)
    before, writer = (place.folder / "report.md").read_bytes(), ScriptedLM(faithful)
    result = place.resume(writer, max_seconds=1.0, clock=itertools.count().__next__)
    assert (result.exit_code, result.stops, writer.requests) == (3, ("max_tokens", "max_seconds"), ())
    assert (place.folder / "report.md").read_bytes() == before


def test_a_topic_without_evidence_is_a_failed_run_without_report(place):
    with pytest.raises(NotEnoughEvidence):
        place.start(ScriptedLM(faithful), OFF_TOPIC)
    assert (place.row().status, place.row().exit_code) == ("failed", 5)
    assert not (place.folder / "report.md").exists()


@pytest.mark.parametrize("topic", ["", " \n", "The cableway, in 20,000 words"])
def test_a_request_that_cannot_be_followed_begins_no_run(place, topic):
    with pytest.raises(UsageProblem) as caught:
        place.start(ScriptedLM(faithful), topic)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    assert not place.home.joinpath("runs").exists()


def test_a_bug_in_the_middle_is_recorded_and_raised(place):
    def break_down(event):
        if event.name == "read":
            raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        place.start(ScriptedLM(faithful), listeners=[break_down])
    assert (place.row().status, place.row().exit_code, place.row().message) == ("failed", 6, "a bug")
    assert place.resume(ScriptedLM(faithful)).exit_code == 0


def test_a_removed_run_leaves_nothing_but_its_paid_calls(place):
    place.start(ScriptedLM(lying))
    run_id, folder = place.row().id, place.folder
    assert remove("last", place.home) == run_id
    assert not folder.exists()
    with Ledger(place.home / "ledger.sqlite") as ledger:
        assert ledger.rows() == []
    with closing(sqlite3.connect(place.home / "checkpoints.sqlite")) as db:
        for table in ("checkpoints", "writes"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    again = ScriptedLM(lying)
    place.start(again)
    assert again.requests == ()


def test_an_answer_can_be_resumed_as_an_answer(place):
    with pytest.raises(EndpointUnreachable):
        place.start(dying(0), "Who warned of the springs of the grips?", mode="answer")
    result = place.resume(ScriptedLM(faithful))
    assert [section.title for section in result.report.sections] == ["Answer"]


def calibrate(home, *, easy_agreement, data):
    """What the scripted writer's certainty is said to mean."""
    cutoffs = Cutoffs(
        easy_agreement=easy_agreement, easy_entropy=0.0, hard_agreement=0.0, hard_coverage=0.0, n=9, loss=0.1
    )
    thresholds = Thresholds(alpha=0.1, n=60, pooled=0.65)
    fitted = Calibration(model="scripted", evidence_tokens=900, data=data, n=9, thresholds=thresholds, cutoffs=cutoffs)
    write_calibration(Home(home).make().calibration, fitted)


def test_a_resumed_answer_keeps_to_what_was_fitted_when_it_was_asked(place):
    question = "Who warned of the springs of the grips?"
    sure = ScriptedLM(lambda request: "Aldo Fenn")
    calibrate(place.home, easy_agreement=1.0, data="then")
    with pytest.raises(EndpointUnreachable):
        place.start(dying(0), question, mode="answer", ask=AskSettings(route="on"))
    calibrate(place.home, easy_agreement=2.0, data="now")
    assert place.resume(sure).routed.route.label == "easy"
    assert json.loads((place.folder / "run.json").read_text())["calibration"]["data"] == "then"
    assert place.start(sure, question, mode="answer", ask=AskSettings(route="on")).routed.route.label == "normal"


def test_a_question_without_a_calibration_is_refused_before_anything_is_written(place):
    with pytest.raises(UsageProblem, match="nothing was calibrated for scripted"):
        place.start(ScriptedLM(faithful), "Who warned?", mode="answer", ask=AskSettings(route="on"))
    assert not (place.home / "runs").exists()


def test_a_resumed_run_keeps_its_settings_and_takes_the_budget_of_today(place):
    place.start(ScriptedLM(faithful), seed=7)
    asked = settings_for(place.home, seed=1).model_copy(update={"models_dir": Path("elsewhere")})
    found = settings_of(place.row().id, asked)
    assert (found.write.seed, found.models_dir) == (7, Path("elsewhere"))


def test_a_price_that_was_not_known_when_a_run_began_can_be_given_when_it_goes_on(place):
    place.start(ScriptedLM(faithful))
    prices, sizes = (
        {"openai:x": ModelPrice(input=1, output=2)},
        {"openai:x": ModelSize(parameters=9, layers=1, width=2)},
    )
    asked = settings_for(place.home).model_copy(update={"prices": prices, "sizes": sizes})
    found = settings_of(place.row().id, asked)
    assert (found.prices, found.sizes) == (prices, sizes)


def test_a_run_without_its_manifest_cannot_be_resumed(place):
    place.start(ScriptedLM(faithful))
    (place.folder / "run.json").unlink()
    with pytest.raises(UsageProblem, match=r"run\.json cannot be read"):
        place.resume(ScriptedLM(faithful))


def test_a_damaged_account_of_spending_is_named(place):
    place.start(ScriptedLM(faithful))
    (place.folder / "usage.json").write_text("{")
    with pytest.raises(UsageProblem, match=r"usage\.json"):
        place.resume(ScriptedLM(faithful))


def test_there_is_nothing_to_resume_in_a_new_home(place):
    with pytest.raises(UsageProblem, match="no run 'last'"):
        place.resume(ScriptedLM(faithful))


@pytest.mark.model
def test_the_style_stands_in_the_figures_where_it_was_asked_for(place, scorer_models):
    settings = settings_for(place.home, measure_style="on", words=200)
    settings = settings.model_copy(update={"models_dir": scorer_models})
    with open_services(place.affair, settings, ScriptedLM(faithful)) as services:
        result = start(TOPIC, mode="report", words=None, services=services)
    style = result.report.figures.style
    assert style.scorer.startswith("transformers:")
    assert style.whole.smoothing is not None
    kept = json.loads((place.folder / "metrics.json").read_text())
    assert kept["style"]["whole"]["smoothing"]["d_nats"] == style.whole.smoothing.d_nats
    assert "How smooth it is" in (place.folder / "report.html").read_text()
    assert "smooth" not in (place.folder / "report.md").read_text()


def test_the_style_is_not_measured_unless_it_was_asked_for(place):
    assert place.start(ScriptedLM(faithful)).report.figures.style is None
