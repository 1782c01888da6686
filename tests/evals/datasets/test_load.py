import pytest

from agent.errors import UsageProblem
from evals.datasets.load import FILES, FOLDERS, load, recognised

# The counts that the sets' own descriptions give: items, and how many of them are supported where that is asked.
COUNTS = {
    "2wikimultihopqa": 200,
    "expertqa": 109,
    "factbook": 295,
    "factscore": 5104 + 2304,
    "fanoutqa": 155,
    "halueval_general": 500,
    "halueval_qa": 500,
    "hotpotqa": 200,
    "injections": 279 + 89,
    "locomo": 923,
    "multihoprag_facts": 500,
    "musique": 148,
    "nq": 200,
    "peps": 144,
    "popqa": 200,
    "quotesum": 130,
    "ragtruth_qa": 250,
    "summedits": 500,
}


def test_a_path_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(UsageProblem, match="nowhere does not exist"):
        load(tmp_path / "nowhere", workdir=tmp_path)


def test_an_unknown_format_lists_what_is_understood(write_json, tmp_path):
    for path in (write_json("other.json", [{"a": 1}]), write_json("text.txt", "words"), tmp_path):
        with pytest.raises(UsageProblem, match="in no format that is understood") as caught:
            load(path, workdir=tmp_path)
        assert all(name in caught.value.hint for name in (*FOLDERS, *FILES))
    with pytest.raises(UsageProblem, match="there is no format 'squad'"):
        load(tmp_path, workdir=tmp_path, format="squad")


def test_an_empty_or_broken_file_of_a_known_name_is_told_as_such(write_lines, tmp_path):
    path = write_lines("plain/questions.jsonl", [])
    with pytest.raises(UsageProblem, match=r"questions\.jsonl is empty"):
        load(path.parent, workdir=tmp_path)
    write_lines("plain/questions.jsonl", ["no json"])
    with pytest.raises(UsageProblem, match=r"questions\.jsonl, line 1 is no JSON"):
        load(path.parent, workdir=tmp_path)


@pytest.mark.parametrize("name", ["set/items.jsonl", "set/rows.jsonl", "set/rows.json"])
def test_a_broken_first_row_is_told_rather_than_an_unknown_format(write_lines, tmp_path, name):
    path = write_lines(name, ['[{"id": "a",}]'])
    for way in {path, path.parent if "items" in name else path}:
        with pytest.raises(UsageProblem, match="line 1 is no"):
            load(way, workdir=tmp_path)


def test_a_format_that_is_named_is_not_guessed(write_lines, tmp_path):
    path = write_lines("rows.jsonl", [{"id": "1", "question": "who", "answer": ["A"]}])
    assert recognised(path) == "nq-open"
    with pytest.raises(UsageProblem, match="line 1: the field 'paragraphs' is missing"):
        load(path, workdir=tmp_path, format="musique")


def test_the_file_of_a_plain_folder_stands_for_the_folder(write_lines, tmp_path):
    path = write_lines("plain/questions.jsonl", [{"id": "q", "question": "Who?"}])
    assert load(path, workdir=tmp_path).items == load(path.parent, workdir=tmp_path).items


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_the_evaluation_data_have_the_counts_of_their_descriptions(eval_data, tmp_path, name, count):
    dataset = load(eval_data / name, workdir=tmp_path)
    assert (dataset.name, len(dataset.items)) == (name, count)
    assert len(dataset.places) == count
    assert list(tmp_path.iterdir()) == []


def test_the_report_tasks_of_the_factbook_have_gold_facts(eval_data, tmp_path):
    dataset = load(eval_data / "factbook", workdir=tmp_path, format="tasks")
    assert len(dataset.items) == 39
    assert all(len(item.gold["gold_facts"]) == 24 for item in dataset.items)


def test_what_is_left_out_of_the_evaluation_data_is_counted(eval_data, tmp_path):
    assert load(eval_data / "factscore", workdir=tmp_path).left_out == {"claims labelled irrelevant": 726}


def test_questions_that_share_documents_through_others_are_one_cluster(write_lines, tmp_path):
    passages = [{"id": f"p{n}", "title": "T", "text": f"Text {n}."} for n in range(5)]
    supports = {"a": ["p0", "p1"], "b": ["p4"], "c": ["p2", "p1"], "d": ["p3", "p2"], "e": []}
    questions = [{"id": id_, "question": "?", "answers": ["x"], "supporting_ids": ids} for id_, ids in supports.items()]
    write_lines("passages.jsonl", passages)
    folder = write_lines("questions.jsonl", questions).parent
    clusters = {item.id: item.cluster for item in load(folder, workdir=tmp_path).items}
    assert clusters == {"a": "p0", "b": "p4", "c": "p0", "d": "p0", "e": ""}
