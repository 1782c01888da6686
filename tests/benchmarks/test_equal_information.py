"""What the benchmark of chunking reads, and how it scores."""

import json

import numpy as np
import pytest

from benchmarks.equal_information import (
    BUDGETS,
    SIZES,
    Cut,
    Material,
    Question,
    cut,
    read,
    reading,
    recall,
    result,
    sampled,
)
from retrieval.information import Information
from retrieval.types import Passage


def rows(path, *found):
    path.write_text("\n".join(map(json.dumps, found)), encoding="utf-8")


def test_gold_turns_of_a_session_are_found_in_its_text(tmp_path):
    turns = [
        {
            "id": f"c:{number}",
            "conversation_id": "c",
            "session": 1 + number // 2,
            "title": "t",
            "text": f"A: turn {number}",
        }
        for number in range(4)
    ]
    rows(tmp_path / "passages.jsonl", *turns)
    asked = {"id": "q", "question": "which?", "supporting_ids": ["c:1", "c:2"], "unanswerable": False}
    rows(tmp_path / "questions.jsonl", asked, {**asked, "id": "none", "unanswerable": True})
    material = read(tmp_path)
    (question,) = material.questions
    assert [material.documents[id_][1][start:end] for id_, start, end in question.gold] == ["A: turn 1", "A: turn 2"]
    assert question.cluster == "c/1"
    assert sampled(material, 20).questions == []
    assert len(sampled(material, 100).questions) == 1


def test_gold_turns_of_a_meeting_are_inclusive_ranges(tmp_path):
    turns = [{"speaker": "Ann", "content": f"turn {number}"} for number in range(4)]
    query = {"kind": "specific", "query": "which?", "relevant_turns": [["1", "2"]]}
    rows(tmp_path / "meetings.jsonl", {"id": "m", "topics": [], "turns": turns, "queries": [query, {"query": "all?"}]})
    material = read(tmp_path)
    ((id_, start, end),) = material.questions[0].gold
    assert material.documents[id_][1][start:end] == "Ann: turn 1\nAnn: turn 2"
    assert len(material.questions) == 1


def test_a_reader_stops_where_its_tokens_end():
    held = {"d": Information.of_tokens(np.arange(1, 101), np.ones(100))}
    found = [
        Passage(id=str(start), doc_id="d", ordinal=0, start=start, end=start + 40, text="x" * 40) for start in (40, 0)
    ]
    assert reading(found, held, 60) == [("d", 40, 80), ("d", 0, 20)]
    assert reading(found, held, 40) == [("d", 40, 80)]
    assert recall([("d", 10, 30), ("d", 50, 60)], reading(found, held, 60)) == pytest.approx(20 / 30)


def test_even_windows_count_characters():
    text = "One two three four five. " * 40
    held = Information.of_tokens(np.array([len(text)]), np.array([1.0]))
    assert {span.end - span.start for span in cut("even", 500, text, held)} == {499}


def test_sizes_are_chosen_on_one_half_and_compared_on_the_other():
    questions = [Question(str(number), "?", f"c{number}", (("d", 0, 1),)) for number in range(40)]
    material = Material("m", {"d": ("", "text")}, questions)
    cuts = [
        Cut(f"{way} {size}", 1, 1.0, 1.0, 0.0, {budget: [1.0 if size == sizes[1] else 0.5] * 40 for budget in BUDGETS})
        for way, sizes in SIZES.items()
        for size in sizes
    ]
    found = result(material, cuts)
    assert found["n_tuning"] + found["n_reporting"] == 40
    assert [gap["of"] for gap in found["differences"]][:: len(BUDGETS)] == [
        "information 600 − length 600",
        "information 600 − even 600",
        "information 600 − length 900",
    ]
    assert [gap["mean"] for gap in found["differences"]][:: len(BUDGETS)] == [0.0, 0.0, 0.5]
