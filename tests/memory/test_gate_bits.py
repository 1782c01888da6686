"""The gate in bits, over a scorer that can be worked out by hand."""

import pytest

from lm.scoring import ChatTopK
from lm.scripted import ScriptedLM
from memory.gate_bits import BitsGate
from memory.units import Span
from tests.memory.test_gate import talk, turn
from tests.word_scorer import WordScorer


def test_bits_a_turn_as_worked_out_by_hand():
    window = talk("the boat of Olga", "came in")
    gate = BitsGate(WordScorer(), threshold=20.0)
    first = gate.score(window, [], set())
    # six words of 8 bits in two turns
    assert (first.bits, first.h, first.kept) == (pytest.approx(48.0), pytest.approx(24.0), True)
    assert (first.form, first.new_entities) == ("bits", ("Olga",))
    again = gate.score(window, window, {"olga"})
    # known words have 2
    assert (again.bits, again.h, again.kept) == (pytest.approx(12.0), pytest.approx(6.0), False)
    assert again.new_entities == ()


def test_the_last_twenty_turns_are_the_context_and_recalled_text_is_none_of_it():
    scorer = WordScorer()
    history = [*talk("long ago"), turn("Olga lives here and so", recalled=(Span(start=0, end=15),)), *talk(*["x"] * 19)]
    BitsGate(scorer).score(talk("now"), history, set())
    assert scorer.asked == [("now", "and so\n" + "x\n" * 19)]


def test_a_window_of_recalled_text_has_no_bits_to_it():
    scored = BitsGate(WordScorer()).score([turn("Olga", recalled=(Span(start=0, end=4),))], [], set())
    assert (scored.form, scored.h, scored.kept) == ("bits", 0.0, False)


def test_a_model_that_scores_no_text_and_an_empty_window_are_refused():
    with pytest.raises(ValueError, match="scores given text"):
        BitsGate(ChatTopK(ScriptedLM([]))).score(talk("now"), [], set())
    with pytest.raises(ValueError, match="needs a turn"):
        BitsGate(WordScorer()).score([], [], set())
