"""Suites over long conversations: what is read, what is shown, and how both are scored."""

import json
from pathlib import Path

import pytest

from agent.errors import UsageProblem
from agent.settings import Settings
from evals.bench import Bench
from evals.conduct import chosen
from evals.datasets.conversations import load_conversations, turns_of
from evals.items import Item, Outcome, Result
from evals.metrics.conversation import answer_words_shown, declines, evidence_shown, locomo_f1
from evals.programs.remembering import Shown, as_text, cut_to
from evals.registry import find_suite
from evals.run_record import Options
from lm.scripted import ScriptedLM
from tests.bag_embedder import BagEmbedder

SAID = [
    ("Ann", "Hey Bo! Where did you get your dog?"),
    ("Bo", "I took Luna from the shelter in Riga last week."),
    ("Ann", "How lovely! I sold my red boat to Peter yesterday."),
    ("Bo", "Thanks! I keep forty bees on the roof now."),
]


def write_conversations(folder: Path, *, questions: list[dict[str, object]] | None = None) -> Path:
    turns = [
        {
            "id": f"{name}:{n}",
            "text": f"{speaker}: {text}",
            "conversation_id": name,
            "session": 1 + n // 2,
            "date_time": f"4:0{n} pm on 2{n} January, 2023",
            "speaker": speaker,
        }
        for name in ("c1", "c2", "c3")
        for n, (speaker, text) in enumerate(SAID)
    ]
    asked = questions or [
        {"id": f"{name}-q{n}", "conversation_id": name, **question}
        for name in ("c1", "c2", "c3")
        for n, question in enumerate(
            [
                {
                    "question": "Where did Bo get Luna?",
                    "answers": ["the shelter in Riga"],
                    "supporting_ids": [f"{name}:1"],
                    "type": "single-hop",
                },
                {
                    "question": "When did Bo sell his boat?",
                    "answers": [],
                    "supporting_ids": [f"{name}:2"],
                    "type": "adversarial",
                    "unanswerable": True,
                    "adversarial_answer": "22 January",
                },
            ]
        )
    ]
    folder.mkdir(exist_ok=True)
    for file, rows in (("passages", turns), ("questions", asked)):
        (folder / f"{file}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture
def data(tmp_path):
    return load_conversations(write_conversations(tmp_path / "talks"), workdir=tmp_path)


@pytest.fixture
def bench(tmp_path):
    return Bench(settings=Settings(home=tmp_path), evidence_tokens=200, seed=1, embedder_=BagEmbedder())


def scores(suite: str, item: Item, outcome: Outcome) -> dict[str, float | None]:
    return {m.name: m.score(item, outcome) for m in find_suite(suite).metrics if m.feeds(item)}


def test_questions_become_items_and_turns_are_read_in_their_order(data):
    item = data.items[0]
    assert (item.cluster, item.kind, item.answers) == ("c1", "single-hop", ("the shelter in Riga",))
    said = turns_of(item)
    assert [(turn.speaker, turn.text) for turn in said] == SAID
    assert [turn.session for turn in said] == ["c1:1", "c1:1", "c1:2", "c1:2"]
    assert said[2].at.isoformat() == "2023-01-22T16:02:00+00:00"


def test_the_first_conversations_are_the_tuning_half(data):
    halves = {half: {item.cluster for item in chosen(data, Options(half=half))} for half in ("tuning", "reporting")}
    assert halves == {"tuning": {"c1"}, "reporting": {"c2", "c3"}}


def test_so_many_of_each_kind_are_drawn(data):
    drawn = chosen(data, Options(per_kind=2))
    assert sorted(item.kind for item in drawn) == ["adversarial"] * 2 + ["single-hop"] * 2
    assert chosen(data, Options(per_kind=2)) == drawn


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"supporting_ids": ["c2:1"]}, "c2:1 is no turn of c1"),
        ({"conversation_id": "c9"}, "there is no conversation c9"),
        ({"question": " "}, "question"),
    ],
)
def test_questions_about_what_is_not_there_are_refused(tmp_path, change, said):
    question = {"id": "q", "conversation_id": "c1", "question": "Where?", "supporting_ids": ["c1:1"], **change}
    with pytest.raises(UsageProblem, match=said):
        load_conversations(write_conversations(tmp_path / "talks", questions=[question]), workdir=tmp_path)


def test_a_folder_without_turns_is_refused(tmp_path):
    with pytest.raises(UsageProblem, match=r"no questions\.jsonl"):
        load_conversations(tmp_path, workdir=tmp_path)


def test_units_show_the_evidence_and_say_what_the_gate_did(data, bench):
    item = data.items[0]
    outcome = find_suite("memory").programs["units"]()(item, bench)
    found = scores("memory", item, outcome)
    assert found["evidence@500"] == found["answer_words@500"] == 1.0
    assert found["gated_out"] == 0.0
    assert outcome.details["windows"] == 2
    result = Result(item=item.id, status="done", outcome=outcome, scores={"evidence@500": 1.0})
    (dropped,) = find_suite("memory").set_metrics
    assert dropped.measure([result, result]) == outcome.details["windows_dropped"] / 2


@pytest.mark.parametrize("program", sorted(set(find_suite("memory").programs) - {"units-bits-gate"}))
def test_every_program_shows_whole_lines_within_each_budget(data, bench, program):
    outcome = find_suite("memory").programs[program]()(data.items[0], bench)
    within = outcome.details["within"]
    assert 0 < within["500"] <= within["1000"] <= within["2000"] == len(outcome.details["shown"])


def test_the_answer_of_an_adversarial_question_is_counted_apart(data, bench):
    item = data.items[1]
    found = scores("memory", item, find_suite("memory").programs["turns-hybrid"]()(item, bench))
    assert found.keys() == {"adversarial@500", "adversarial@1000", "adversarial@2000", "shown_tokens"}


def test_a_line_that_leaves_the_answer_out_is_less_evidence():
    gold = {"t1": "Bo: I took Luna from the shelter in Riga.", "t2": "Ann: yes"}
    lines = [("Bo: I took Luna", ["t1"]), ("Ann: yes", ["t2"])]
    assert evidence_shown(list(gold), lines) == 1.0
    # of "shelter" and "Riga" neither is shown; t2 has no word of the answer and counts whole
    assert answer_words_shown(gold, ["the shelter in Riga"], lines) == 0.5
    whole = [("Bo: I took Luna from the shelter", ["t1"])]
    assert answer_words_shown(gold, ["the shelter in Riga"], whole) == 0.25
    assert evidence_shown(["t1", "t2"], []) == 0.0


@pytest.mark.parametrize(
    ("answer", "gold", "kind", "f1"),
    [
        ("shelters in Riga", "the shelter in Riga", "single-hop", 1.0),
        ("Riga", "the shelter in Riga", "single-hop", 0.5),
        ("yoga, the beach", "yoga, old photos", "multi-hop", 0.5),
        ("old photos, yoga", "yoga, old photos", "multi-hop", 1.0),
        ("Yes", "Yes; she has a ring", "open-domain", 1.0),
        ("no", "yes", "single-hop", 0.0),
    ],
)
def test_answers_are_scored_by_locomos_rules(answer, gold, kind, f1):
    assert locomo_f1(answer, [gold], kind) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("answer", "is_refusal"),
    [("not mentioned", True), ("No information available.", True), ("22 January", False), ("a notion", False)],
)
def test_refusals_are_told_from_answers(answer, is_refusal):
    assert declines(answer) == is_refusal


def test_a_day_is_paid_for_once_and_lines_stand_under_their_days():
    shown = [Shown("a" * 40, "day one", ("1",)), Shown("b" * 40, "day two", ("2",)), Shown("c" * 40, "day one", ("3",))]
    # 10 tokens a line, 2 a day, 1 for each line's end
    assert len(cut_to(shown, 14)) == 1
    assert len(cut_to(shown, 28)) == 2
    assert len(cut_to(shown, 39)) == 3
    assert as_text(shown) == ["day one:", "a" * 40, "c" * 40, "day two:", "b" * 40]


@pytest.mark.parametrize("program", sorted(find_suite("conversation").programs))
def test_the_reader_is_shown_lines_and_its_answer_is_scored(data, tmp_path, program):
    prompts = []

    def reply(request):
        prompts.append(request.messages[-1].content)
        return "The answer is: the shelter in Riga."

    bench = Bench(
        settings=Settings(home=tmp_path),
        evidence_tokens=300,
        seed=1,
        embedder_=BagEmbedder(),
        writer_=ScriptedLM(reply),
    )
    outcome = find_suite("conversation").programs[program]()(data.items[0], bench)
    found = scores("conversation", data.items[0], outcome)
    assert found["f1"] == 1.0
    assert (found["evidence_shown"], found["declines_wrongly"]) == (1.0, 0.0)
    assert "21 January 2023:\nBo" in prompts[0]
    assert "Question: Where did Bo get Luna?" in prompts[0]
