import pytest

from agent.batch.reading import read_items
from agent.errors import UsageProblem


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_json_lines_hold_briefs_or_plain_topics(tmp_path):
    text = '{"id": "a", "topic": "Locks", "words": 200}\n\n"The Suez Canal"\n{"question": "Who dug it?"}\n'
    read = read_items(written(tmp_path / "b.jsonl", "\ufeff" + text))
    assert [(one.line, one.item.mode, one.item.asked) for one in read] == [
        (1, "report", "Locks"),
        (3, "report", "The Suez Canal"),
        (4, "answer", "Who dug it?"),
    ]


def test_csv_says_the_same_with_lists_split_at_semicolons_and_empty_cells_not_given(tmp_path):
    text = 'topic, words,documents,question\n"Locks, dams",200,a*; b.pdf,\n,,,"Who\ndug it?"\n'
    read = read_items(written(tmp_path / "b.CSV", text))
    assert (read[0].item.topic, read[0].item.words, read[0].item.documents) == ("Locks, dams", 200, ("a*", "b.pdf"))
    assert read[1].item.question == "Who\ndug it?"
    assert [one.line for one in read] == [2, 3]


@pytest.mark.parametrize("odd", ["\u2028", "\x85", "\x0c", "\x1c"])
def test_a_row_ends_where_a_line_does_and_nowhere_else(tmp_path, odd):
    read = read_items(written(tmp_path / "b.csv", f"topic,words\r\nLocks{odd}and dams,200\r\nWeirs,300\r\n"))
    assert [(one.line, one.item.topic, one.item.words) for one in read] == [
        (2, f"Locks{odd}and dams", 200),
        (3, "Weirs", 300),
    ]


def test_all_that_is_wrong_is_told_at_once_with_its_lines(tmp_path):
    text = '{"topic": 3}\nnot json\n{"topic": "a"}\n{"topic": "a"}\n[1]\n{"topic": "b", "wrods": 1}\n'
    with pytest.raises(UsageProblem) as caught:
        read_items(written(tmp_path / "b.jsonl", text))
    told = str(caught.value).splitlines()[1:]
    assert [line.split(":")[0].strip() for line in told] == ["line 1", "line 2", "line 4", "line 5", "line 6"]
    assert "the same as line 3" in told[2]
    assert "wrods: no such key" in told[4]
    assert "words" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("topic,lenght\na,1\n", "'lenght'"),
        ("topic,words\na,1,2\n", "line 2: more cells"),
        ("topic\n", "holds no topic"),
        ("id,topic\nx,a\nX,b\n", "line 3: the id 'X' stands at line 2"),
        ('topic\na\n"never closed\n', "line 3: no CSV"),
        ("topic,words,topic\na,1,b\n", "names columns twice: 'topic'"),
        ('topic,words\n"a\r\nb\nc",few\n', "line 2: words"),
        ('topic,words\nd,1\n\n"a\nb",1,"x\ny",z\n', "line 4: more cells"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(tmp_path, text, message):
    with pytest.raises(UsageProblem, match=message):
        read_items(written(tmp_path / "b.csv", text))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(UsageProblem, match="cannot read"):
        read_items(tmp_path / "none.jsonl")
    (tmp_path / "b.jsonl").write_bytes(b'"a"\n"\xff"\n')
    with pytest.raises(UsageProblem, match="line 2 is not UTF-8"):
        read_items(tmp_path / "b.jsonl")


def test_nesting_without_end_is_a_fault_of_its_line(tmp_path):
    with pytest.raises(UsageProblem, match="line 1"):
        read_items(written(tmp_path / "b.jsonl", "[" * 100_000))
