"""Every slash command, over a conversation that was had."""

import pytest

from agent.chat.slash import COMMANDS, obey
from agent.errors import UsageProblem

OPENED = "When was the Brenholt cableway opened?"


@pytest.fixture
def talk(place):
    talk = place.open()
    talk.ask("My deadline is 3 May 2027.", say=place.say)
    talk.ask(OPENED, say=place.say)
    return talk


def test_sources_are_those_of_the_last_answer_with_their_quotations(talk):
    told = obey(talk, "/sources")
    assert "12 May 2009" in told.text
    assert told.text.startswith("[1] ")
    assert [source["number"] for source in told.values["sources"]] == [1] or len(told.values["sources"]) > 1


def test_sources_of_a_quotation_from_memory_say_who_and_when(talk, place):
    talk.ask("What is my deadline?", say=place.say)
    told = obey(talk, "/sources")
    assert told.text.startswith("[m1] memory ")
    assert "said by User" in told.text


def test_why_shows_route_rewriting_recalled_units_with_scores_and_the_gate(talk, place):
    talk.ask("Who built it?", say=place.say)
    text = obey(talk, "/why").text
    assert "route      corpus: a question for the documents" in text
    assert "looked up  Who built the Brenholt cableway?  (rewritten by" in text
    assert "gate       kept: 0.50 against 0.35; two new names" in text
    talk.ask("What is my deadline?", say=place.say)
    assert "words 3" in obey(talk, "/why").text or "words 2" in obey(talk, "/why").text


def test_memory_is_searched_for_a_query_or_for_the_last_question(talk, place):
    assert "My deadline is 3 May 2027." in obey(talk, "/memory deadline").text
    talk.ask("What is my deadline?", say=place.say)
    assert "My deadline is 3 May 2027." in obey(talk, "/memory").text
    assert obey(talk, "/memory zanzibar").text == "Memory has nothing on “zanzibar”."


@pytest.mark.parametrize("form", ["m1", "id", "words"])
def test_forgetting_removes_the_unit_and_where_it_was_said_and_quoted(talk, place, form):
    talk.ask("What is my deadline?", say=place.say)
    (unit,) = place.memory.units
    told = obey(talk, f"/forget {dict(m1='m1', id=unit[:8], words='deadline is 3 may')[form]}")
    assert place.memory.units == {}
    assert told.forgotten == ("My deadline is 3 May 2027.", "What is my deadline?")
    assert [one.question for one in talk.exchanges()] == [OPENED]
    files = place.home.glob("chats.sqlite*")
    assert b"3 May 2027" not in b"".join(path.read_bytes() for path in files)


def test_what_is_not_there_is_not_forgotten_and_the_nearest_is_shown(talk, place):
    told = obey(talk, "/forget my deadline is in June")
    assert "Nothing in memory has these words." in told.text
    assert "My deadline is 3 May 2027." in told.text
    assert len(place.memory.units) == 1
    with pytest.raises(UsageProblem, match=r"has no \[m1\]"):
        obey(talk, "/forget m1")
    assert obey(talk, "/forget abcdef12").values["forgotten"] == []


def test_a_report_follows_a_plan_that_has_what_was_asked(talk):
    told = obey(talk, "/report The failure of the Brenholt cableway in 400 words")
    assert (told.then, told.argument) == ("report", "The failure of the Brenholt cableway in 400 words")
    last = told.plan.sections[-1]
    assert [asked.question for asked in last.questions] == [OPENED]
    assert any("12 May 2009" in query for query in last.questions[0].queries)
    assert told.plan.words == 460


def test_the_corpus_is_listed(talk):
    told = obey(talk, "/corpus")
    assert "How the Brenholt cableway was built (history.md)" in told.text
    assert told.text.splitlines()[-1].startswith("12 documents, ")


def test_tokens_are_told_by_role(talk):
    told = obey(talk, "/tokens")
    assert told.text.splitlines()[1].startswith("writer  1")
    assert told.values["spend"]["by_role"]["writer"]["calls"] > 0


def test_the_model_is_named_or_changed(talk):
    assert obey(talk, "/model").text.startswith("scripted writes.")
    told = obey(talk, "/model embedded:smollm2-135m")
    assert (told.then, told.argument) == ("model", "embedded:smollm2-135m")


def test_the_conversation_is_saved_with_its_sources_and_nothing_else_is_overwritten(talk, tmp_path):
    path = tmp_path / "talk.md"
    obey(talk, f"/save {path}")
    text = path.read_text(encoding="utf-8")
    assert f"## 2. {OPENED}" in text
    assert "12 May 2009" in text.partition("- [1] ")[2]
    obey(talk, f"/save {path}")
    path.write_text("my novel", encoding="utf-8")
    with pytest.raises(UsageProblem, match="is no transcript"):
        obey(talk, f"/save {path}")
    with pytest.raises(UsageProblem, match="cannot be written"):
        obey(talk, f"/save {tmp_path / 'nowhere' / 'talk.md'}")


def test_again_is_for_what_has_no_answer(talk):
    assert obey(talk, "/again").then == ""
    talk.sessions.ask(talk.session, "Why?", talk.clock())
    assert obey(talk, "/again").then == "again"


def test_help_lists_every_command_and_quit_leaves(talk):
    lines = obey(talk, "/help").text.splitlines()
    assert [line.split(" ")[0] for line in lines] == list(COMMANDS)
    assert obey(talk, "/quit").then == "quit"


def test_an_unknown_command_is_told_with_the_nearest(talk):
    with pytest.raises(UsageProblem, match="no command /sorces") as unknown:
        obey(talk, "/sorces")
    assert unknown.value.hint == "did you mean /sources?"
    with pytest.raises(UsageProblem) as unknown:
        obey(talk, "/xyzzy")
    assert unknown.value.hint == "/help lists them"


@pytest.mark.parametrize("line", ["/forget", "/report", "/save"])
def test_a_command_that_lacks_its_argument_says_how_it_goes(talk, line):
    with pytest.raises(UsageProblem) as lacking:
        obey(talk, line)
    assert lacking.value.hint.startswith(line)


def test_before_any_answer_there_is_nothing_to_show(place):
    talk = place.open()
    assert obey(talk, "/sources").text == obey(talk, "/why").text == "Nothing was answered yet."
    with pytest.raises(UsageProblem, match="nothing was asked"):
        obey(talk, "/memory")
    assert obey(talk, "/tokens").text == "No model was asked in this session."
