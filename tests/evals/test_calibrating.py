"""Calibration asks as a pursuit does, and says what was right."""

import json

import pytest

from agent.pursuit.posterior import OTHER, from_samples
from evals.calibrating import observe_all, true_label
from evals.items import Item
from lm.scripted import ScriptedLM
from tests.agent.affair import build_affair


@pytest.fixture(scope="module")
def affair(tmp_path_factory):
    found = build_affair(tmp_path_factory.mktemp("affair"))
    yield found
    found.close()


def test_the_true_label_is_the_likeliest_that_holds_an_answer():
    posterior = from_samples(["3 years", "3 years", "for 3 years", "4 years"], ["3 years", "for 3 years", "4 years"])
    assert true_label(posterior, ["3 years"]) == "3 years"
    assert true_label(posterior, ["10 years"]) == OTHER


def test_each_question_gives_a_point_for_each_length_and_a_difficulty(affair):
    def reply(request):
        content = request.messages[-1].content
        if "short questions" in content:
            return json.dumps({"questions": ["Who was the judge?", "When was the sentence?"]})
        return "3 years" if "To how many years" in content.rpartition("Question: ")[2] else "Sanna Holt"

    items = [
        Item(id="q1", text="To how many years in prison was Aldo Fenn sentenced?", answers=("3 years",)),
        Item(id="q2", text="What is the sourdough made of?", answers=("flour",)),
    ]
    heard = []
    found = observe_all(
        items,
        affair.searcher,
        ScriptedLM(reply),
        length=1,
        seed=1,
        max_tokens=900,
        tell=lambda done, total: heard.append((done, total)),
    )
    assert [one.difficulty for one in found] == ["easy", "hard"]
    assert [len(one.points) for one in found] == [2, 2]
    assert found[0].truths == ("3 years", "3 years")
    assert found[1].truths == (OTHER, OTHER)
    assert found[0].points[0].score == pytest.approx(1 - 6 / 7)
    assert found[1].points[0].score == pytest.approx(1 - 1 / 7)
    assert heard == [(1, 2), (2, 2)]
