import pytest

from agent.errors import UsageProblem
from agent.narrative.plan_file import parse_plan, read_plan

PLAIN = """
[[sections]]
title = "Causes"
questions = ["Why did the grip slip?", "Who replaced the springs?"]

[[sections]]
title = "Money"
questions = ["Where did the money go?"]
"""


def parsed(text):
    return parse_plan(text, "plan.toml")


def asking(*questions):
    """The plan with other questions in its second section."""
    return PLAIN.replace('"Where did the money go?"', ", ".join(questions))


def test_a_mark_of_byte_order_before_a_plan_is_no_part_of_it(tmp_path):
    for name, text in (("p.json", '{"sections": [{"title": "One", "questions": ["Why?"]}]}'),
                       ("p.toml", '[[sections]]\ntitle = "One"\nquestions = ["Why?"]')):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        assert [section.title for section in read_plan(tmp_path / name).sections] == ["One"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# a remark", "plan.toml: it has no sections"),
        ("", "plan.toml is empty"),
        (" \n", "plan.toml is empty"),
        ("sections = []", "plan.toml: it has no sections"),
        ('{"sections": [}', "plan.toml begins like JSON and is none: line 1, column 15: Expecting value"),
        ("sections", "plan.toml is neither JSON nor TOML"),
        ("tpic = 'x'" + PLAIN, "tpic: unknown key; did you mean topic? allowed are topic, words, title"),
        (PLAIN.replace('title = "Money"', 'titel = "Money"'), "sections 2, titel: unknown key; did you mean title?"),
        (PLAIN.replace('title = "Money"', ""), "sections 2, title: it is missing"),
        (PLAIN.replace('["Where did the money go?"]', "[]"), "sections 2, questions: a section must ask at"),
        (PLAIN.replace('["Where did the money go?"]', '["?"]'), "sections 2, questions 1, question: it must have at"),
        (PLAIN.replace('["Where did the money go?"]', '[{question = "Where?", word = 9}]'),
         "sections 2, questions 1, word: unknown key; did you mean words? allowed are id, question, words"),
        (PLAIN.replace("Money", "causes"), "the title “causes” stands there twice"),
        (PLAIN.replace("Where did the money go?", "Why  did the grip slip?"), "the question “Why  did the grip slip?”"),
        ("words = 20" + PLAIN, "words: it must be at least 50, and is 20"),
        (PLAIN.replace('"Money"', '"Money"\nwords = 90'), "“Causes” has no length while others have"),
        (PLAIN.replace('["Where did the money go?"]', '[{question = "Where?", words = 90}, "To whom?"]'),
         "section 2 (“Money”): give words to each of its questions, or to none"),
        (PLAIN.replace('["Where did the money go?"]', '[{question = "Where?", words = 90}]\nwords = 80'),
         "section 2 (“Money”) has 80 words and its questions have 90; leave one of them out"),
        ("words = 100" + PLAIN.replace("title", "words = 100\ntitle"),
         "its sections have 200 words, and a report of 100 words has 100 for them"),
        (PLAIN.replace("title", "words = 6000\ntitle"), "it makes a report of 13,953 words, which is not between"),
        (PLAIN.replace("title", "words = 21\ntitle"), "it makes a report of 42 words, which is not between"),
        ('narrative = "epic"' + PLAIN, "narrative: there is no schema 'epic'; allowed are company-deep-dive"),
        ('narrative = "trends"' + PLAIN, "did you mean trend?"),
        ('[sections]\ntitle = "One"', "sections: it must be a list, [[sections]] with two brackets in TOML"),
        ('{"sections": ["One"]}', "sections 1: it must be a table with keys"),
        ('{"sections": null}', "sections: it must be a list"),
        (PLAIN.replace('"Money"', "3"), "sections 2, title: it must be a text in quotation marks, and is 3"),
        (PLAIN.replace('"Money"', '"  "'), 'sections 2, title: it must have at least 2 characters, and is "  "'),
        (PLAIN.replace('["Where did the money go?"]', '"Where?"'),
         'sections 2, questions: it must be a list in square brackets, and is "Where?"'),
        (PLAIN.replace('"Money"', '"Money"\nwords = 0'), "sections 2, words: it must be at least 20, and is 0"),
        (PLAIN.replace('"Money"', '"Money"\nwords = 20.5'), "sections 2, words: it must be a whole number"),
        (asking('{id = "a", question = "Where?"}', '{id = "a", question = "To whom?"}'),
         "the id “a” stands there twice; change one"),
        (asking('{id = "2 b", question = "Where?"}'), "sections 2, questions 1, id: it must begin with a letter"),
        (asking('{question = "Where?", depends_on = ["s01b03"]}'),
         "section 2, question 1, depends_on: no question has the id 's01b03'; did you mean s01b"),
        (asking('{id = "a", question = "Where?", depends_on = ["b"]}',
                '{id = "b", question = "To whom?", depends_on = ["a"]}'),
         "a → b → a: they depend on each other in a circle; take one out of depends_on"),
        (asking('{id = "a", question = "Where?", depends_on = ["a"]}'), "a → a: they depend on each other"),
        (asking('{id = "a", question = "Where?", depends_on = ["b"]}', '{id = "b", question = "To whom?"}'),
         "section 2, question 1 (a) depends on what is told after it: b (section 2, question 2); move it behind"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_followed_says_what_is_wrong_and_where(text, fault):
    with pytest.raises(UsageProblem) as problem:
        parsed(text)
    assert str(problem.value).startswith("plan.toml")
    assert fault in str(problem.value)
    assert "--plan-only --json" in problem.value.hint
    assert problem.value.exit_code == 2


@pytest.mark.parametrize(
    "text", [r'{"sections": [{"title": "One", "questions": ["x\ud800yz?"]}]}', r'{"sections": [{"t\ud800": 1}]}']
)
def test_half_a_letter_is_told_so_that_it_can_be_printed(text):
    with pytest.raises(UsageProblem) as problem:
        parsed(text)
    assert "?" in str(problem.value).encode().decode()


def test_what_is_wrong_within_a_list_is_told_once():
    with pytest.raises(UsageProblem) as problem:
        parsed('[[sections]]\ntitle = 3\nquestions = ["Why not?"]')
    assert "it has no sections" not in str(problem.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sections:\n  - title: One", "it looks like YAML"),
        ('[{"title": "One"}]', 'a plan in JSON begins with { and has its list under "sections"'),
        ('title = "One\n', 'with texts in "…"'),
        ('{"sections": [],}', "none is behind the last"),
    ],
)
def test_what_is_no_plan_at_all_is_told_from_what_it_looks_like(text, hint):
    with pytest.raises(UsageProblem) as problem:
        parsed(text)
    assert hint in problem.value.hint


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UsageProblem, match=r"nowhere\.toml cannot be read: No such file"):
        read_plan(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes("# one\ntitle = 'é'".encode("latin-1"))
    with pytest.raises(UsageProblem, match="line 2 is no UTF-8"):
        read_plan(tmp_path / "latin.toml")
    with pytest.raises(UsageProblem, match="is a folder and no plan"):
        read_plan(tmp_path)
