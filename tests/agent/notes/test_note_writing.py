"""What may stand in a note, and what may be asked next."""

import json

import pytest

from agent.notes.judge import new_claims
from agent.notes.note import Note, NoteLine
from lm.errors import ContextOverflow
from lm.scripted import ScriptedLM
from tests.agent.affair import INJECTION
from tests.agent.notes.scripted_notes import always, as_lines, note_model, shown

SENTENCED = "The court of Hallin sentenced the director Aldo Fenn to 3 years in prison on 14 October 2021."


def noting(*pairs):
    return note_model(lines=always(as_lines(*pairs)), queries=always("{}"), verdict=always("{}"))


def line(text):
    return NoteLine(text=text, sources=("p",), step=0)


@pytest.fixture
def read(affair, make_scribe):
    """What can be quoted from the judgment and from the document about bread."""
    ids = ("court.md", "bread.md")
    return make_scribe(ScriptedLM([])).read([p for doc_id in ids for p in affair.corpus.passages_of(doc_id)])


@pytest.mark.parametrize(
    ("text", "numbers", "is_kept"),
    [
        (SENTENCED, [1], True),
        ("Aldo Fenn was sentenced to 3 years in prison", [1], True),
        (SENTENCED, [1, 2], True),
        (SENTENCED, [3], False),
        (SENTENCED, [1, 9], False),
        (SENTENCED, [0], False),
        (SENTENCED, [2], False),
        (SENTENCED.replace("3 years", "5 years"), [1], False),
        (SENTENCED.replace("Aldo Fenn", "Mira Tolland of Kiel"), [1], False),
        ("The court of Hallin never sentenced the director Aldo Fenn to 3 years in prison.", [1], False),
        ("Aldo Fenn fled to the mountains and sold his house to a baker.", [1], False),
    ],
)
def test_a_line_stands_only_if_the_passages_that_it_names_carry_it(make_scribe, read, text, numbers, is_kept):
    written = make_scribe(noting((text, numbers))).lines("What did the court do?", Note(), read, step=2)
    assert (len(written.lines), written.n_unsupported) == (int(is_kept), int(not is_kept))
    if is_kept:
        (kept,) = written.lines
        assert (kept.sources, kept.step) == ((next(iter(read)),), 2)
        assert [doc_id for doc_id, _, _ in kept.quoted] == ["court.md"]


def test_lines_that_fall_leave_the_others_standing(make_scribe, read):
    written = make_scribe(noting((SENTENCED, [1]), ("The moon is made of cheese from Hallin.", [2]))).lines(
        "?", Note(), read, step=0
    )
    assert [kept.text for kept in written.lines] == [SENTENCED]
    assert written.n_unsupported == 1


def test_what_speaks_to_a_machine_is_not_shown(make_affair, make_scribe):
    place = make_affair({"a.md": f"# Lift\n\n{INJECTION}\n\nThe brake of the lift froze in February.\n"})
    model = noting()
    scribe = make_scribe(model, over=place)
    scribe.lines("?", Note(), scribe.read(place.corpus.passages_of("a.md")), step=0)
    assert shown(model.requests[0].messages[-1].content) == [(1, "The brake of the lift froze in February.")]


def test_no_more_is_shown_than_the_window_holds_and_one_passage_at_least(make_scribe, read):
    for context_tokens, n_shown in ((8192, 2), (1080, 1), (512, 1)):
        scribe = make_scribe(ScriptedLM([], context_tokens=context_tokens))
        assert list(scribe.fitting(Note(), read)) == list(read)[:n_shown]
    with pytest.raises(ContextOverflow):
        scribe.lines("?", Note(), read, step=0)


@pytest.mark.parametrize(
    ("proposed", "kept"),
    [
        (["Who is Aldo Fenn?", "Where is Hallin?"], ("Who is Aldo Fenn?", "Where is Hallin?")),
        (["what  froze", "Where is Hallin?"], ("Where is Hallin?",)),
        (["Where is Hallin?", "where is hallin"], ("Where is Hallin?",)),
        (["What froze?", " - ? "], ()),
    ],
)
def test_no_query_is_asked_twice(make_scribe, proposed, kept):
    model = ScriptedLM([json.dumps({"queries": proposed})])
    assert make_scribe(model).queries("What froze?", Note(), ["What froze?"]) == kept


def test_the_next_queries_see_question_note_and_earlier_queries(make_scribe):
    model = ScriptedLM([json.dumps({"queries": ["a b c", "d e f"]})])
    make_scribe(model).queries("What froze?", Note(lines=(line("The brake froze."),)), ["What broke?"])
    prompt = model.requests[0].messages[-1].content
    assert all(part in prompt for part in ("What froze?", "- The brake froze.", "- What broke?"))


@pytest.mark.parametrize(
    ("texts", "n_claims"),
    [
        (["Ilse Marek was born in Kolding."], 1),
        (["The film was directed by Ilse Marek."], 0),
        (["The film Harrow Lane was directed by the director Ilse Marek."], 0),
        (["Ilse Marek was born in Kolding.", "In Kolding Ilse Marek was born."], 1),
        (["Ilse Marek was born in Kolding.", "Kolding has 61,000 inhabitants."], 2),
        ([], 0),
    ],
)
def test_a_claim_is_new_if_neither_the_note_nor_a_line_before_says_it(make_context, texts, n_claims):
    note = Note(lines=(line("The film Harrow Lane was directed by Ilse Marek."),))
    assert len(new_claims(note, [line(text) for text in texts], make_context().stem)) == n_claims
