"""Lines of a PDF: no wider than they may be, with every character of their text."""

from collections.abc import Iterator

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.export.paper import Run, writable
from agent.export.pdf_lines import Typesetter, _as_seen


@pytest.fixture(scope="module")
def typesetter() -> Iterator[Typesetter]:
    made = Typesetter(FPDF(unit="pt"))
    yield made
    made.close()


def texts(lines):
    return ["".join(piece.text for piece in line) for line in lines]


def test_lines_break_at_spaces_and_lose_them(typesetter):
    width = sum(typesetter.width(piece, 10) for piece in typesetter.lines([Run("one two")], 10, 500)[0])
    assert texts(typesetter.lines([Run("one two three")], 10, width)) == ["one two", "three"]


def test_what_no_space_parts_stays_together_whatever_its_weight(typesetter):
    runs = [Run("a sentence."), Run("\N{NO-BREAK SPACE}"), Run("[1]", to="r1"), Run("[2]", "strong", "r2")]
    (whole,) = typesetter.lines(runs, 10, 500)
    narrower = sum(typesetter.width(piece, 10) for piece in whole) - 1
    assert texts(typesetter.lines(runs, 10, narrower)) == ["a", "sentence.\N{NO-BREAK SPACE}[1][2]"]


def test_a_link_keeps_where_it_leads(typesetter):
    (line,) = typesetter.lines([Run("See "), Run("[1]", to="r1"), Run(".")], 10, 500)
    assert [(piece.text, piece.to) for piece in line] == [("See ", ""), ("[1]", "r1"), (".", "")]


def test_a_word_that_is_too_long_is_broken_anywhere(typesetter):
    lines = typesetter.lines([Run("w" * 100)], 10, 60)
    assert "".join(texts(lines)) == "w" * 100
    assert len(lines) > 10


def test_hebrew_is_drawn_in_the_order_of_seeing():
    assert _as_seen("She wrote אבג there.") == "She wrote גבא there."
    assert _as_seen("plain") == "plain"


def test_no_text_is_no_line(typesetter):
    assert typesetter.lines([Run("")], 10, 100) == []


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.text(max_size=40), st.sampled_from(["plain", "strong", "slanted"])), max_size=6),
    st.floats(min_value=20, max_value=300),
)
def test_every_line_fits_and_no_word_is_lost(typesetter, runs, width):
    wanted = [Run(writable(text), weight) for text, weight in runs]
    lines = typesetter.lines(wanted, 10, width)
    for line in lines:
        assert sum(typesetter.width(piece, 10) for piece in line) <= width + 0.01
    shown = "".join(typesetter.coverage.shown(run.text, run.weight)[0] for run in wanted)
    assert "".join(texts(lines)).replace(" ", "") == shown.replace(" ", "")
