"""What a turn and its spans may be."""

import pytest
from pydantic import ValidationError

from memory.units import Span
from tests.memory.unit_samples import turn


@pytest.mark.parametrize("speaker", ["", " ", "\n\t", "\x1c"])
def test_a_turn_without_a_speaker_is_refused_at_the_door(speaker):
    with pytest.raises(ValidationError, match="a speaker needs a name"):
        turn(1, "I sold the boat.", speaker=speaker)


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError, match="from 3 to 2"):
        Span(start=3, end=2)


@pytest.mark.parametrize("span", [(0, 0), (2, 2), (3, 9), (8, 20), (20, 30)])
def test_own_text_has_the_length_of_the_text_whatever_the_span(span):
    said = turn(1, "you said tea").model_copy(update={"recalled": (Span(start=span[0], end=span[1]),)})
    assert len(said.own_text) == len("you said tea")
    assert not said.own_text[span[0] : span[1]].strip()
