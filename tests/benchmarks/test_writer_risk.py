import json
import math

import numpy as np
import pytest

from agent.entropy.production import EntropyProduction
from benchmarks.writer_risk import Answered, answered, items_of, paired, table
from evals.items import Item
from lm.scripted import ScriptedLM
from lm.types import TokenLogProb

ITEM = Item(id="q1", text="Who ran the works?", answers=("Petra Fenn",))


class Telling(ScriptedLM):
    """A scripted model that is as unsure as it is told to be, at fifteen alternatives."""

    def chat(self, request):
        reply = super().chat(request)
        top = tuple((f"t{i}", math.log(1 / 16)) for i in range(15))
        return reply.model_copy(
            update={"log_probs": tuple(TokenLogProb(token=w, log_prob_nats=-1.0, top=top) for w in reply.text.split())}
        )


def test_an_answer_is_wrong_unless_it_holds_a_gold_one():
    right = answered(ITEM, "", Telling(["petra fenn, the owner"]), seed=1, temperature=0.0)
    wrong = answered(ITEM, "Petra Fenn ran it.", Telling(["Orla Finch"]), seed=1, temperature=0.0)
    assert (right.is_wrong, right.has_evidence, right.n_characters) == (False, False, 21)
    assert (wrong.is_wrong, wrong.has_evidence) == (True, True)
    assert right.produced.epr_bits == pytest.approx(3.75)
    assert len(right.features) == 30


def test_evidence_is_shown_and_log_probabilities_are_asked_for():
    writer = Telling(["Petra Fenn", "Petra Fenn"])
    for evidence in ("", "(Works) Petra Fenn ran it."):
        answered(ITEM, evidence, writer, seed=1, temperature=0.0)
    assert [("Petra Fenn ran it" in one.messages[-1].content) for one in writer.requests] == [False, True]
    assert {one.top_logprobs for one in writer.requests} == {15}


def test_a_writer_without_log_probabilities_gives_no_answer_to_judge():
    assert answered(ITEM, "", ScriptedLM(["Petra Fenn"]), seed=1, temperature=0.0) is None
    assert answered(ITEM, "", Telling([" "]), seed=1, temperature=0.0) is None


def answers(n=60):
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        for has_evidence in (False, True):
            wrong = bool(rng.random() < (0.3 if has_evidence else 0.7))
            bits = float(abs(rng.normal(0.5 + wrong + (not has_evidence), 0.3)))
            produced = EntropyProduction(epr_bits=bits, max_bits=bits, tail_bits=0, k=15, n_tokens=3)
            features = tuple([bits, *rng.random(29).tolist()])
            rows.append(Answered(f"q{i}", f"c{i // 2}", has_evidence, wrong, 10, produced, features))
    return rows


def test_the_table_ranks_by_entropy_and_not_by_a_length_that_is_always_the_same():
    lines = table(answers(), seed=1).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| from memory", "| both ways"]
    memory = lines[2].split(" | ")
    assert float(memory[2][:5]) > 0.9
    assert memory[5].startswith("0.500")


def test_pairs_tell_whether_memory_is_less_sure():
    told = paired(answers(), seed=1)
    assert told.startswith("EPR higher from memory than with the passages: 0.9")
    assert told.endswith(" of 60 questions")  # two share each cluster, and count apart
    assert paired([one for one in answers() if one.has_evidence], seed=1) == "no question was answered both ways"


def test_questions_come_with_their_supporting_passages(tmp_path):
    folder = tmp_path / "made"
    folder.mkdir()
    questions = [
        {"id": f"q{i}", "question": "Who?", "answers": ["Petra Fenn"], "supporting_ids": [f"p{i}"]} for i in range(8)
    ]
    passages = [{"id": f"p{i}", "title": f"Works {i}", "text": "Petra Fenn ran them."} for i in range(8)]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    (folder / "passages.jsonl").write_text("\n".join(map(json.dumps, passages)))
    both = [items_of(folder, half=half, n=8, seed=1) for half in ("tuning", "reporting")]
    assert sorted(item.id for found in both for item, _ in found) == [f"q{i}" for i in range(8)]
    assert all(evidence == f"(Works {item.id[1:]}) Petra Fenn ran them." for found in both for item, evidence in found)
