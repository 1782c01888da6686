"""Runs with the pair on that are cut short: they go on where they were, pay nothing twice, and end with the same
bytes."""

import json

import pytest

from agent.past_runs import runs_folder, settings_of, spent_before
from agent.run import resume, start
from agent.settings import CompressSettings
from lm.errors import EndpointUnreachable, ModelMissing
from lm.scripted import ScriptedLM
from tests.agent.affair import TOPIC
from tests.agent.pair import scripted_pair as pair
from tests.agent.pair.scripted_pair import writer_asking
from tests.agent.run_services import open_services, settings_for

ASKING = writer_asking(["What did the inspector Jonas Reke measure?"], ["What did the court of Hallin decide?"])


class Place:
    """Starts and resumes runs in one home."""

    def __init__(self, affair, home):
        self.affair, self.home = affair, home

    def start(self, writer, helper, *, max_tokens=None):
        settings = settings_for(self.home, words=300, planner="rules", max_parallel_blocks=1)
        settings = settings.model_copy(update={"compress": CompressSettings(pair="on")})
        with open_services(self.affair, settings, writer, helper=helper, max_tokens=max_tokens) as services:
            return start(TOPIC, mode="report", words=None, services=services)

    def resume(self, writer, helper):
        (run,) = [path.name for path in runs_folder(self.home).iterdir()]
        settings, already = settings_of(run, settings_for(self.home)), spent_before(run, self.home)
        assert settings.compress.pair == "on"
        with open_services(self.affair, settings, writer, helper=helper, already=already) as services:
            return resume(run, services=services)

    @property
    def folder(self):
        (folder,) = runs_folder(self.home).iterdir()
        return folder

    @property
    def report(self):
        return (self.folder / "report.md").read_bytes()


@pytest.fixture
def place(affair, tmp_path):
    return Place(affair, tmp_path / "home")


@pytest.fixture(scope="module")
def whole(affair, tmp_path_factory):
    """The same run without any interruption: its report, and how often each role was asked."""
    elsewhere = Place(affair, tmp_path_factory.mktemp("whole"))
    writer, helper = ScriptedLM(ASKING), ScriptedLM(pair.noting)
    elsewhere.start(writer, helper)
    return elsewhere.report, len(writer.requests), len(helper.requests)


def interrupted(say, *, at_call):
    """A model that answers so many calls; at the next one somebody presses Ctrl-C."""
    n_calls = iter(range(at_call))

    def reply(request):
        if next(n_calls, None) is None:
            raise KeyboardInterrupt
        return say(request)

    return ScriptedLM(reply)


@pytest.mark.parametrize("at_call", [0, 1, 4])
def test_a_run_that_is_stopped_while_the_helper_reads_pays_nothing_twice(place, whole, at_call):
    writers = [ScriptedLM(ASKING), ScriptedLM(ASKING)]
    helpers = [interrupted(pair.noting, at_call=at_call), ScriptedLM(pair.noting)]
    with pytest.raises(KeyboardInterrupt):
        place.start(writers[0], helpers[0])
    place.resume(writers[1], helpers[1])
    assert place.report == whole[0]
    assert sum(len(model.requests) for model in writers) == whole[1]
    assert at_call + len(helpers[1].requests) == whole[2]


@pytest.mark.parametrize("answered", [1, 3])
def test_a_run_whose_writer_was_gone_goes_on_with_what_the_helper_had_read(place, whole, answered):
    gone = EndpointUnreachable("nothing answers")
    writers = [ScriptedLM(ASKING, errors=dict.fromkeys(range(answered, 99), gone)), ScriptedLM(ASKING)]
    helpers = [ScriptedLM(pair.noting), ScriptedLM(pair.noting)]
    with pytest.raises(EndpointUnreachable):
        place.start(writers[0], helpers[0])
    place.resume(writers[1], helpers[1])
    assert place.report == whole[0]
    assert sum(len(model.requests) for model in helpers) == whole[2]


@pytest.mark.parametrize("max_tokens", [600, 2_500])
def test_a_budget_ends_with_a_report_and_a_reason_and_a_resumed_run_is_the_whole_one(place, whole, max_tokens):
    result = place.start(ScriptedLM(ASKING), ScriptedLM(pair.noting), max_tokens=max_tokens)
    assert result.stops == ("max_tokens",)
    assert result.report.figures.stop_reason == "budget: max_tokens"
    events = [json.loads(line) for line in (place.folder / "events.jsonl").read_text().splitlines()]
    assert {"condensed", "budget"} <= {event["name"] for event in events}


def test_a_run_that_a_budget_stopped_ends_as_the_whole_one_when_it_has_more(place, whole):
    place.start(ScriptedLM(ASKING), ScriptedLM(pair.noting), max_tokens=2_500)
    assert place.report != whole[0]
    (run,) = [path.name for path in runs_folder(place.home).iterdir()]
    settings = settings_of(run, settings_for(place.home))
    with open_services(place.affair, settings, ScriptedLM(ASKING), helper=ScriptedLM(pair.noting)) as services:
        resume(run, services=services)
    assert place.report == whole[0]


def test_what_the_writer_was_spared_counts_once_however_often_a_run_was_cut_short(place, affair, tmp_path):
    at_once = Place(affair, tmp_path / "at-once")
    spared = at_once.start(ScriptedLM(ASKING), ScriptedLM(pair.noting)).report.figures.spend.spared["writer"]
    # Ends at a draft. Within the reading of a block it would change what its draft is shown, which is then paid again.
    place.start(ScriptedLM(ASKING), ScriptedLM(pair.noting), max_tokens=7_000)
    before = spent_before(next(runs_folder(place.home).iterdir()).name, place.home)
    assert 0 < before.spared["writer"].calls < spared.calls
    again = place.resume(ScriptedLM(ASKING), ScriptedLM(pair.noting)).report.figures.spend.spared["writer"]
    assert (again.calls, again.prompt_tokens) == (spared.calls, spared.prompt_tokens)


@pytest.mark.parametrize(
    ("topic", "mode", "words"), [("Who warned of the springs of the grips?", "answer", None), (TOPIC, "report", 300)]
)
def test_a_run_that_lacks_the_models_of_its_compressor_says_so(affair, tmp_path, topic, mode, words):
    settings = settings_for(tmp_path / "home", words=300, planner="rules")
    settings = settings.model_copy(update={"compress": CompressSettings(pair="on", compressor="surprisal")})
    with open_services(affair, settings, ScriptedLM(ASKING)) as services:
        with pytest.raises(ModelMissing):
            start(topic, mode=mode, words=words, services=services)
