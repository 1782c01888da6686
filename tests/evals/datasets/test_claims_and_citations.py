import json

import pytest

from agent.errors import UsageProblem
from evals.datasets.cited import listed_answers, statements_of
from evals.datasets.load import load

RESPONSE = "Kiel has two harbours."
SPAN = {"start": 9, "end": 12, "text": "two", "label_type": "Evident Conflict"}


def only(dataset):
    assert len(dataset.items) == 1
    return dataset.items[0]


def test_ragtruth_in_the_plain_format(write_lines, tmp_path):
    row = {
        "id": "r1",
        "source_id": "7",
        "question": "Harbours?",
        "passages": ["One harbour.", "A town."],
        "response": RESPONSE,
        "hallucinated": 1,
        "spans": [SPAN],
        "model": "m",
    }
    item = only(load(write_lines("items.jsonl", [row]).parent, workdir=tmp_path))
    assert (item.text, item.cluster, item.kind) == (RESPONSE, "7", "m")
    assert item.gold["supported"] is False
    assert item.gold["context"] == "One harbour.\n\nA town."
    assert item.gold["spans"] == [{"text": "two", "start": 9, "end": 12, "type": "Evident Conflict"}]
    write_lines("items.jsonl", [row | {"spans": [SPAN | {"start": 0}]}])
    with pytest.raises(UsageProblem, match=r"items\.jsonl, line 1: the span 'two' does not stand at 0 to 12"):
        load(tmp_path, workdir=tmp_path)


def test_ragtruth_as_published(write_lines, tmp_path):
    label = SPAN | {"meta": "", "implicit_true": False}
    rows = [
        {"id": "1", "source_id": "s", "model": "m", "labels": [label], "split": "test", "response": RESPONSE},
        {"id": "2", "source_id": "d", "model": "m", "labels": [], "split": "test", "response": "Open."},
    ]
    sources = [
        {"source_id": "s", "task_type": "QA", "source_info": {"question": "How many?", "passages": "passage 1:One."}},
        {"source_id": "d", "task_type": "Data2txt", "source_info": {"name": "Café", "open": True}},
    ]
    path = write_lines("response.jsonl", rows)
    write_lines("source_info.jsonl", sources)
    for way in (tmp_path, path):
        first, second = load(way, workdir=tmp_path).items
    assert (first.gold["question"], first.gold["context"]) == ("How many?", "passage 1:One.")
    assert (first.gold["supported"], second.gold["supported"], second.kind) == (False, True, "Data2txt")
    assert json.loads(second.gold["context"]) == {"name": "Café", "open": True}
    write_lines("source_info.jsonl", sources[:1])
    with pytest.raises(UsageProblem, match=r"response\.jsonl, line 2: the source 'd' of response '2' does not exist"):
        load(tmp_path, workdir=tmp_path)


def test_summedits_in_both_formats(write_lines, write_json, tmp_path):
    row = {"id": "e1", "domain": "calls", "doc_id": "d1", "summary": "A sum.", "consistent": 0, "edit_types": ["x"]}
    write_lines("plain/passages.jsonl", [{"id": "d1", "title": "calls", "text": "A talk."}])
    plain = only(load(write_lines("plain/items.jsonl", [row]).parent, workdir=tmp_path))
    entry = {"id": "c_1", "doc": "A talk.", "summary": "A sum.", "label": 0, "edit_types": ["x"]}
    published = load(write_json("summedits_calls.json", [entry, entry | {"summary": "B"}]), workdir=tmp_path)
    assert plain.gold == published.items[0].gold
    assert [item.id for item in published.items] == ["c_1#1", "c_1#2"]
    assert published.items[0].cluster == published.items[1].cluster
    write_lines("plain/items.jsonl", [row | {"doc_id": "d2"}])
    with pytest.raises(UsageProblem, match="line 1: item 'e1' is about 'd2', which does not exist"):
        load(tmp_path / "plain", workdir=tmp_path)
    with pytest.raises(UsageProblem, match=r"have the same id 'c_1: A sum\.'"):
        load(write_json("again.json", [entry, entry]), workdir=tmp_path)


def test_halueval_in_the_plain_format(write_lines, tmp_path):
    rows = [
        {"id": "1", "context": "C", "question": "Q", "response": "R", "hallucinated": 0},
        {"id": "2", "question": "Q", "response": "R s", "hallucinated": 1, "spans": ["s", "gone"]},
    ]
    first, second = load(write_lines("items.jsonl", rows).parent, workdir=tmp_path).items
    assert (first.gold["context"], first.gold["supported"], second.gold["context"]) == ("C", True, "")
    assert [(span["text"], span["start"]) for span in second.gold["spans"]] == [("s", 2), ("gone", None)]


@pytest.mark.parametrize(
    "row",
    [
        {"knowledge": "K", "question": "Q", "right_answer": "a", "hallucinated_answer": "b"},
        {"knowledge": "K", "dialogue_history": "Q", "right_response": "a", "hallucinated_response": "b"},
        {"document": "K", "right_summary": "a", "hallucinated_summary": "b"},
    ],
)
def test_halueval_pairs_give_a_right_and_a_hallucinated_item(write_lines, tmp_path, row):
    right, wrong = load(write_lines("qa_data.json", [row]), workdir=tmp_path).items
    assert [(item.id, item.text, item.gold["supported"]) for item in (right, wrong)] == [
        ("line-1-right", "a", True),
        ("line-1-hallucinated", "b", False),
    ]
    assert right.gold["context"] == "K"
    assert right.cluster == wrong.cluster


def test_halueval_general_counts_empty_responses(write_lines, tmp_path):
    rows = [
        {"ID": "5", "user_query": "Q", "chatgpt_response": "R", "hallucination": "No", "hallucination_spans": []},
        {"ID": "6", "user_query": "Q", "chatgpt_response": "", "hallucination": "yes"},
    ]
    path = write_lines("general_data.json", rows)
    dataset = load(path, workdir=tmp_path)
    assert (only(dataset).id, only(dataset).gold["supported"]) == ("5", True)
    assert list(dataset.left_out.values()) == [1]
    write_lines(path.name, [rows[0] | {"hallucination": "perhaps"}])
    with pytest.raises(UsageProblem, match=r"general_data\.json, line 1: the field 'hallucination' is wrong"):
        load(path, workdir=tmp_path)


def test_factscore_in_both_formats(write_lines, tmp_path):
    facts = [("Born in Kiel.", "S"), ("A king.", "NS"), ("Thanks.", "IR")]
    article = {"id": "a-0", "title": "Ada", "text": "Ada was born in Kiel."}
    claims = [{"sentence": "s", "claim": text, "label": label} for text, label in facts]
    write_lines("plain/passages.jsonl", [article, article | {"id": "a-1", "text": "More."}])
    row = {"id": "f", "model": "m", "topic": "Ada", "claims": claims}
    plain = load(write_lines("plain/items.jsonl", [row]).parent, workdir=tmp_path)
    annotation = {"text": "s", "is-relevant": True, "human-atomic-facts": [{"text": t, "label": x} for t, x in facts]}
    none = {"text": "t", "is-relevant": False, "human-atomic-facts": None}
    rows = [
        {"input": "Question: Ada?", "output": "s", "topic": "Ada", "annotations": [annotation, none]},
        {"input": "Question: Bo?", "output": "No.", "topic": "Bo", "annotations": None},
    ]
    write_lines("published/passages.jsonl", [article])
    published = load(write_lines("published/ChatGPT.jsonl", rows), workdir=tmp_path)
    assert [(item.text, item.gold["supported"]) for item in plain.items] == [
        ("Born in Kiel.", True),
        ("A king.", False),
    ]
    assert [item.text for item in published.items] == [item.text for item in plain.items]
    assert plain.items[0].gold["context"] == "Ada was born in Kiel.\n\nMore."
    assert (plain.items[1].id, plain.items[1].cluster) == ("f#2", "Ada")
    assert plain.left_out == {"claims labelled irrelevant": 1}
    assert published.left_out == plain.left_out | {"biographies without claims": 1}


def test_quotesum_marks_each_quoted_sentence(write_lines, tmp_path):
    row = {
        "id": "s1",
        "qid": "s",
        "question": "Why?",
        "sources": [{"n": n, "title": "T", "text": "X", "short_answer": "x"} for n in (1, 2)],
        "quoted_answer": "Both: [ 1 It was late. It rained. ] [ 2 the road ] was long .",
    }
    item = only(load(write_lines("items.jsonl", [row]).parent, workdir=tmp_path))
    assert [(s["text"], s["citations"]) for s in item.gold["statements"]] == [
        ("Both: It was late.", [1]),
        ("It rained.", [1]),
        ("the road was long.", [2]),
    ]
    assert item.gold["short_answers"] == [["x"], ["x"]]
    assert (item.kind, item.cluster) == ("2 sources", "s")


def test_expertqa_joins_the_evidence_of_a_number(write_lines, tmp_path):
    claims = [
        {"claim_string": "It is so[1].", "evidence": ["[1] http://a.example\n\n One."], "support": "Complete"},
        {
            "claim_string": "And so.",
            "evidence": ["[1] http://a.example\n\n Two.", "[3] http://b.example x"],
            "support": "N/A",
        },
        {"claim_string": "Or not.", "evidence": [], "support": "Missing"},
    ]
    row = {"id": "x", "question": "Why?", "answer": "It is so[1]. And so.", "system": "gpt4", "claims": claims}
    item = only(load(write_lines("items.jsonl", [row]).parent, workdir=tmp_path))
    assert item.gold["sources"] == [
        {"n": 1, "title": "http://a.example", "text": "One.\n\nTwo."},
        {"n": 3, "title": "http://b.example", "text": "x"},
    ]
    assert [(s["text"], s["citations"], s["supported"]) for s in item.gold["statements"]] == [
        ("It is so.", [1], True),
        ("And so.", [1, 3], None),
        ("Or not.", [], False),
    ]


def test_alce_gives_numbered_sources_and_what_must_be_said(write_json, tmp_path):
    docs = [{"id": "9", "title": "T", "text": "One.", "score": 1.0}, {"title": "U", "text": "Two."}]
    asqa = {"sample_id": "a", "question": "Q", "docs": docs, "answer": "R", "qa_pairs": [{"short_answers": ["x", "y"]}]}
    eli5 = {"question": "Q", "docs": docs, "answer": "R", "claims": ["c"], "output": "It is. [2] So[1][2]."}
    first = only(load(write_json("asqa_eval.json", [asqa]), workdir=tmp_path))
    assert (first.id, first.kind, first.gold["short_answers"]) == ("a", "asqa", [["x", "y"]])
    assert first.gold["sources"][1] == {"n": 2, "title": "U", "text": "Two."}
    assert "answer" not in first.gold
    second = only(load(write_json("out.json", {"args": {}, "data": [eli5]}), workdir=tmp_path))
    assert (second.id, second.kind, second.gold["claims"]) == ("entry-1", "eli5", ["c"])
    assert [(s["text"], s["citations"]) for s in second.gold["statements"]] == [("It is.", [2]), ("So.", [1, 2])]


def test_a_statement_without_marks_cites_nothing():
    assert statements_of("One thing. Another[3], and more [1][3].") == [
        {"text": "One thing.", "citations": [], "supported": None},
        {"text": "Another, and more.", "citations": [3, 1], "supported": None},
    ]


def test_a_list_of_alce_is_judged_entry_by_entry_behind_its_question():
    found = listed_answers("Which towns?", "Oslo [1], Bergen [2][3], Stavanger.")
    assert [(entry["text"], entry["citations"]) for entry in found] == [
        ("Which towns? Oslo", [1]),
        ("Which towns? Bergen", [2, 3]),
        ("Which towns? Stavanger", []),
    ]


@pytest.mark.parametrize(
    ("numbers", "answer", "message"),
    [((1, 1), "[ 1 A road ].", "source 1 is there twice"), ((1, 2), "[ 7 A road ].", "quotes source 7")],
)
def test_sources_of_quotesum_are_numbered_once_and_exist(write_lines, tmp_path, numbers, answer, message):
    sources = [{"n": n, "title": "T", "text": "X"} for n in numbers]
    row = {"id": "s1", "qid": "s", "question": "Why?", "sources": sources, "quoted_answer": answer}
    with pytest.raises(UsageProblem, match=f"line 1: .*{message}"):
        load(write_lines("items.jsonl", [row]).parent, workdir=tmp_path)
