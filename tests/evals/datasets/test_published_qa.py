import json

import pytest

from agent.errors import UsageProblem
from evals.datasets.load import load
from evals.datasets.published_open import answer_atoms

CONTEXT = [["Kiel", ["Kiel has a harbour.", " It freezes."]], ["Ulm", ["Ulm has a spire."]]]
HOTPOT = {
    "_id": "h1",
    "question": "Where is the harbour?",
    "answer": "Kiel",
    "type": "bridge",
    "level": "hard",
    "supporting_facts": [["Kiel", 1], ["Kiel", 9], ["Ulm", 0]],
    "context": CONTEXT,
}


def passages(dataset):
    lines = dataset.corpus[0].read_text(encoding="utf-8").splitlines()
    return {row["title"]: row for row in map(json.loads, lines)}


def test_hotpotqa_shares_paragraphs_between_questions(write_json, tmp_path):
    rows = [HOTPOT, HOTPOT | {"_id": "h2", "context": [CONTEXT[1], ["Bonn", ["A town."]]], "supporting_facts": []}]
    path = write_json("hotpot_dev_distractor_v1.json", rows)
    dataset = load(path, workdir=tmp_path / "work")
    assert dataset.corpus == (tmp_path / "work" / "passages.jsonl",)
    found = passages(dataset)
    assert [row["text"] for row in found.values()] == ["Kiel has a harbour. It freezes.", "Ulm has a spire.", "A town."]
    item = dataset.items[0]
    assert item.supporting_ids == (found["Kiel"]["id"], found["Ulm"]["id"])
    assert (item.id, item.kind, item.answers, item.cluster) == ("h1", "bridge", ("Kiel",), found["Kiel"]["id"])
    assert item.gold["supporting_sentences"] == [
        {"id": found["Kiel"]["id"], "sentence": "It freezes."},
        {"id": found["Ulm"]["id"], "sentence": "Ulm has a spire."},
    ]


def test_a_question_whose_gold_is_not_in_its_context_has_no_supporting_ids_and_is_counted(write_json, tmp_path):
    row = HOTPOT | {"supporting_facts": [["Kiel", 0], ["Bonn", 0]]}
    dataset = load(write_json("fullwiki.json", [row]), workdir=tmp_path)
    assert dataset.items[0].supporting_ids == ()
    assert dataset.items[0].gold["missing_titles"] == ["Bonn"]
    assert list(dataset.left_out.values()) == [1]


def test_2wikimultihopqa_is_read_in_both_forms_of_its_context(write_json, tmp_path):
    new = HOTPOT | {
        "evidences": [["Kiel", "has", "harbour"]],
        "context": {"title": ["Kiel", "Ulm"], "sentences": [parts for _, parts in CONTEXT]},
        "supporting_facts": {"title": ["Kiel", "Ulm"], "sent_id": [0, 0]},
    }
    old = HOTPOT | {"evidences": new["evidences"]}
    sets = [load(write_json(f"{n}.json", [row]), workdir=tmp_path / str(n)) for n, row in enumerate((old, new))]
    assert sets[0].items[0].supporting_ids == sets[1].items[0].supporting_ids
    assert sets[1].items[0].gold["evidence_triples"] == [["Kiel", "has", "harbour"]]


def test_a_broken_context_is_named(write_json, tmp_path):
    path = write_json("hotpot.json", [HOTPOT | {"context": "Kiel"}])
    with pytest.raises(UsageProblem, match=r"hotpot\.json, line 2 \(entry 1\): the field 'context' is wrong"):
        load(path, workdir=tmp_path)


def test_musique_tells_an_unanswerable_twin_apart(write_lines, tmp_path):
    row = {
        "id": "2hop__1_2",
        "question": "Who is it?",
        "paragraphs": [
            {"idx": 0, "title": "Kiel", "paragraph_text": "A harbour.", "is_supporting": True},
            {"idx": 1, "title": "Ulm", "paragraph_text": "A spire.", "is_supporting": False},
        ],
        "question_decomposition": [{"id": 1, "question": "Kiel >> is", "answer": "port", "paragraph_support_idx": 0}],
        "answer": "Port",
        "answer_aliases": ["Harbour"],
        "answerable": True,
    }
    path = write_lines("musique_full_v1.0_dev.jsonl", [row, row | {"answerable": False}])
    dataset = load(path, workdir=tmp_path / "work")
    known, unknown = dataset.items
    kiel = passages(dataset)["Kiel"]["id"]
    assert (known.answers, known.kind, known.supporting_ids) == (("Port", "Harbour"), "2-hop", (kiel,))
    assert known.gold["decomposition"] == [{"question": "Kiel >> is", "answer": "port", "supporting_id": kiel}]
    assert (unknown.id, unknown.answers, unknown.gold["unanswerable"]) == ("2hop__1_2-unanswerable", (), True)
    write_lines(path.name, [row, row])
    with pytest.raises(UsageProblem, match="lines 1 and 2 have the same id"):
        load(path, workdir=tmp_path / "work")


def test_nq_open_has_ids_of_its_lines(write_lines, tmp_path):
    path = write_lines(
        "NQ-open.dev.jsonl", [{"question": "who", "answer": ["A", "B"]}, {"question": "x", "answer": "y"}]
    )
    with pytest.raises(UsageProblem, match="line 2: the field 'answer' is wrong"):
        load(path, workdir=tmp_path)
    item = load(write_lines("NQ.jsonl", [{"question": "who", "answer": ["A", "B"]}]), workdir=tmp_path).items[0]
    assert (item.id, item.answers) == ("nq-1", ("A", "B"))


@pytest.mark.parametrize(("name", "mark"), [("popQA.tsv", "\t"), ("popqa.csv", ",")])
def test_popqa_is_read_as_a_table(tmp_path, name, mark):
    path = tmp_path / name
    answers = '"[""Oslo, Norway"", ""Oslo""]"'
    rows = [["id", "prop", "s_pop", "question", "possible_answers"], ["4", "capital", "12", "What is?", answers]]
    path.write_text("".join(mark.join(row) + "\n" for row in rows))
    item = load(path, workdir=tmp_path).items[0]
    assert (item.id, item.kind, item.answers) == ("4", "capital", ("Oslo, Norway", "Oslo"))
    assert item.gold == {"subject_popularity": 12.0}
    path.write_text("".join(mark.join(row) + "\n" for row in [*rows, ["5", "capital", "1", "What?", "Oslo"]]))
    with pytest.raises(UsageProblem, match=rf"{name}, line 3: the column 'possible_answers' is wrong"):
        load(path, workdir=tmp_path)
    path.write_text("".join(mark.join(row) + "\n" for row in [*rows, rows[1]]))
    with pytest.raises(UsageProblem, match="lines 2 and 3 have the same id '4'"):
        load(path, workdir=tmp_path)


def test_fanoutqa_names_all_that_an_answer_must_contain(write_json, tmp_path):
    row = {
        "id": "f1",
        "question": "Who won what?",
        "answer": {"Ada": ["cup", 3], "Bo": ""},
        "necessary_evidence": [{"pageid": 1, "revid": 2, "title": "Cups", "url": "https://example.org"}],
        "categories": ["Sports"],
        "decomposition": [],
    }
    item = load(write_json("fanout-final-dev.json", [row]), workdir=tmp_path).items[0]
    assert item.gold["answer_atoms"] == ["Ada", "cup", "3", "Bo"]
    assert item.gold["supporting_titles"] == ["Cups"]
    assert answer_atoms({"a": True, "b": False}) == ["a", "yes", "b", "no"]
