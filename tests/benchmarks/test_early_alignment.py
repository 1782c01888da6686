"""The arithmetic of the shuffled-P0 control: arms that differ in what P0 says and in nothing else."""

import json
import math

import numpy as np
import pytest

from benchmarks.early_alignment import (
    ARMS,
    P0_CHARS,
    Plan,
    Trial,
    derangement,
    plan_bits,
    scores_of,
    shown_in_arms,
    summary,
    table,
    write_plan,
)
from evals.items import Item
from lm.scripted import ScriptedLM
from lm.types import TokenLogProb
from retrieval.types import Hit, Passage

REPLY = json.dumps({"queries": ["Who built the mill?", "When was the mill's builder born?"]})


def hit(doc_id, text="The mill stands."):
    passage = Passage(id=f"{doc_id}/0", doc_id=doc_id, ordinal=0, start=0, end=len(text), text=text)
    return Hit(passage=passage, title=doc_id, score=1.0)


def item(name, *supporting_ids):
    return Item(id=name, text=f"What of {name}?", supporting_ids=supporting_ids, cluster=name)


def token(text, *shares):
    return TokenLogProb(token=text, log_prob_nats=0.0, top=tuple((f"t{n}", math.log(p)) for n, p in enumerate(shares)))


@pytest.mark.parametrize("n", [2, 3, 30])
def test_a_derangement_keeps_nothing_in_its_place(n):
    drawn = derangement(range(n), np.random.default_rng(n))
    assert sorted(drawn) == list(range(n))
    assert all(here != there for here, there in enumerate(drawn))


def test_a_derangement_gives_nobody_what_is_of_its_own_group():
    groups = ["a", "a", "b", "b", "c"]
    drawn = derangement(groups, np.random.default_rng(1))
    assert all(groups[here] != groups[there] for here, there in enumerate(drawn))


def test_a_group_of_more_than_half_cannot_be_deranged():
    with pytest.raises(ValueError, match="no order"):
        derangement(["a", "a", "b"], np.random.default_rng(1))


def test_arms_show_equally_many_passages_and_repeat_with_the_seed():
    items = [item(name, name) for name in "abcd"]
    found = [[hit(f"{one.id}{n}") for n in range(3)] for one in items]
    everything = [hit(f"x{n}") for n in range(50)]
    arms = shown_in_arms(items, found, everything, seed=5)
    assert arms == shown_in_arms(items, found, everything, seed=5)
    for own, shown in zip(found, arms, strict=True):
        assert tuple(shown) == ARMS
        assert {arm: len(hits) for arm, hits in shown.items()} == {"none": 0, "true": 3, "shuffled": 3, "random": 3}
        assert shown["true"] == own
        assert shown["shuffled"] in found
        assert shown["shuffled"] != own
        assert all(one in everything for one in shown["random"])


def test_entropy_of_a_plan_is_that_of_the_words_of_its_queries():
    fair, sure = (0.25,) * 4, (1.0,)
    form = [token('{"', 0.5, 0.5), token("queries", 0.5, 0.5), token('":["', 0.5, 0.5)]
    assert plan_bits([*form, token("Who", *fair), token('","', 0.5, 0.5)]) == pytest.approx(2.0)
    assert plan_bits([*form, token("Who", *fair), token(" built", *sure)]) == pytest.approx(1.0)
    assert plan_bits([*form, token("Who", *sure)]) == pytest.approx(0.0)
    assert plan_bits([]) is None


def test_prompts_of_the_arms_differ_only_in_the_passages():
    writer = ScriptedLM(lambda request: REPLY)
    for shown in ((), [hit("mill", "Ada built it. " * 200)]):
        plan = write_plan("Who?", shown, writer=writer, seed=3)
        assert plan.queries == ("Who built the mill?", "When was the mill's builder born?")
    first, last = writer.requests
    assert first.messages[0] == last.messages[0]
    assert first.model_copy(update={"messages": ()}) == last.model_copy(update={"messages": ()})
    _, evidence, _ = last.messages[1].content.split("\n\n")
    assert evidence.startswith("- (mill) Ada built it.")
    assert len(evidence) <= len("- ") + P0_CHARS
    assert first.messages[1].content == last.messages[1].content.replace(evidence, "")


def test_a_reply_that_is_no_plan_leaves_the_search_of_the_question():
    plan = write_plan("Who?", (), writer=ScriptedLM(lambda request: "I cannot."), seed=3)
    scores = scores_of(item("q", "a", "b"), plan, (), [hit("b")], lambda query: ["a", "z"])
    assert plan == Plan((), None)
    assert scores["plan@10"] == 0.0
    assert scores["both@10"] == scores["question@10"] == 0.5
    assert scores["no plan"] == 1.0


def test_scores_count_what_is_found_among_equally_many_documents():
    found = {
        "What of q?": ["a", *(f"n{i}" for i in range(9))],
        "one": ["b", *(f"m{i}" for i in range(9))],
        "two": ["c", "b", *(f"k{i}" for i in range(8))],
    }
    plan = Plan(("one", "two"), 1.5)
    scores = scores_of(item("q", "a", "b", "c", "k7"), plan, [hit("z")], [hit("a"), hit("b")], found.__getitem__)
    assert scores["question@5"] == 0.25
    assert scores["plan@5"] == scores["plan@10"] == 0.5  # b and c; k7 stands too low
    assert scores["both@5"] == 0.75
    assert scores["lacking@10"] == 0.5  # c of c and k7
    assert scores["p0"] == 0.0
    assert scores["entropy, bits"] == 1.5


def test_differences_are_paired_over_questions_for_which_the_measure_is_defined():
    def trials(name, true, lacks):
        for arm in ARMS:
            scores = {"plan@5": true if arm == "true" else 0.5} | ({"lacking@10": 1.0} if lacks else {})
            yield Trial("set", name, name, arm, (), scores)

    made = [*trials("a", 1.0, True), *trials("b", 1.0, False), *trials("c", 0.5, False)]
    found = summary(made)["sets"]["set"]
    assert found["n"] == 3
    recall = found["measures"]["plan@5"]
    assert recall["means"] == pytest.approx({"none": 0.5, "true": 5 / 6, "shuffled": 0.5, "random": 0.5})
    assert recall["differences"]["true − none"]["mean"] == pytest.approx(1 / 3)
    assert recall["differences"]["true − shuffled"]["n_differing"] == 2
    assert recall["differences"]["random − none"]["mean"] == 0.0
    assert found["measures"]["lacking@10"]["n"] == 1
    assert table(summary(made)).count("\n") == 3
    assert "+0.000 [–] (0)" in table(summary(made)).splitlines()[3]  # one question tells no interval
