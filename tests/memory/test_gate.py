"""The gate's score, by hand and by its laws."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from lm.embedding import FloatArray
from memory.gate import Gate, own_words, windows
from memory.sayable import MAX_CHARS
from memory.units import Span, Turn
from tests.bag_embedder import BagEmbedder

BEGIN = datetime(2023, 5, 1, tzinfo=UTC)


def turn(text: str, number: int = 0, recalled: tuple[Span, ...] = ()) -> Turn:
    at = BEGIN + timedelta(minutes=number)
    return Turn(id=f"t{number}", session="s", speaker="Ann", text=text, at=at, recalled=recalled)


def talk(*texts: str) -> list[Turn]:
    return [turn(text, number) for number, text in enumerate(texts)]


class TwoTopics:
    """Texts on tea lie on the first axis, on boats on the second, on both between them."""

    dim = 2
    fingerprint = "two-topics"

    def encode(self, texts: list[str]) -> FloatArray:
        rows = np.asarray([["tea" in text, "boat" in text] for text in texts], dtype=np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1.0)


def test_three_windows_score_as_worked_out_by_hand():
    first = talk("we met Olga and had tea", "the tea was good")
    second = talk("more tea", "yes please")
    third = talk("then the boat of Peter came", "with tea from Oslo")
    gate = Gate(TwoTopics(), form="names")
    # two turns, one name, nothing before: .5 * 1/2 + .5 * 1
    assert gate.score(first, [], set()).h == pytest.approx(0.75)
    # no name, the same topic: 0
    assert gate.score(second, first, {"olga"}).h == pytest.approx(0.0)
    # two names in two turns; (1, 1)/sqrt(2) against (1, 0): .5 * 2/2 + .5 * (1 - 1/sqrt(2))
    scored = gate.score(third, second, {"olga"})
    assert scored.h == pytest.approx(0.5 + 0.5 * (1 - 2**-0.5))
    assert scored.new_entities == ("Peter", "Oslo")
    assert [scored.novelty, scored.n_turns] == [1.0, 2]


def test_the_same_window_twice_is_rejected_the_second_time():
    window = talk("I saw Olga in Riga", "and what did she say", "that Max has left for Oslo")
    gate = Gate(BagEmbedder())
    first = gate.score(window, [], set())
    again = gate.score(window, window, first.new_entities)
    assert first.kept
    assert not again.kept
    assert again.h == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("n_turns", [1, 4, 10])
@pytest.mark.parametrize("form", ["terms", "names"])
def test_one_new_name_raises_the_score_by_alpha_over_the_window(alpha, n_turns, form):
    plain = talk(*["we talked of it for long"] * n_turns)
    named = [turn("we talked of Olga for long"), *plain[1:]]
    gate = Gate(BagEmbedder(), form=form, alpha=alpha)
    # without a history the divergence is 1 for both, so nothing else moves
    rise = gate.score(named, [], set()).h - gate.score(plain, [], set()).h
    assert rise == pytest.approx(alpha / n_turns)


def test_a_name_that_memory_has_in_any_case_or_that_was_just_said_is_not_new():
    window = talk("we asked Zoë and Olga")
    gate = Gate(BagEmbedder(), form="names")
    assert gate.score(window, [], {"zoe"}).new_entities == ("Olga",)
    assert gate.score(window, talk("here comes Olga"), {"ZOË"}).new_entities == ()


def test_terms_are_names_and_content_words_that_memory_has_never_met():
    scored = Gate(BagEmbedder()).score(talk("we asked Olga about the sailing boats"), talk("a boat"), {"olga"})
    assert scored.new_entities == ("ask", "sail")
    named = Gate(BagEmbedder()).score(talk("we asked Olga Sailing about it"), [], set())
    assert named.new_entities == ("Olga Sailing", "ask")
    assert named.novelty == 2.0


def test_small_talk_brings_no_terms():
    assert Gate(BagEmbedder()).score(talk("wow, that is great, thanks!"), talk("hello"), set()).new_entities == ()


def test_a_window_without_history_diverges_fully():
    assert Gate(BagEmbedder()).score(talk("anything at all"), [], set()).divergence == 1.0


def test_what_was_shown_from_memory_counts_for_nothing():
    recalled = turn("Olga lives in Riga", recalled=(Span(start=0, end=18),))
    gate = Gate(BagEmbedder())
    scored = gate.score([recalled], [], set())
    assert (scored.h, scored.kept) == (0.0, False)
    assert "memory" in scored.reason
    half = turn("Olga lives in Riga and we met Max", recalled=(Span(start=0, end=18),))
    gate = Gate(BagEmbedder(), form="names")
    assert gate.score([half], [], set()).new_entities == ("Max",)
    assert own_words([recalled, half]) == "and we met Max"


def test_only_the_last_twenty_turns_are_history():
    long_ago = talk(*["the boat of the boat"], *["more tea"] * 20)
    assert Gate(TwoTopics(), form="names").score(talk("more tea"), long_ago, set()).divergence == pytest.approx(
        0.0, abs=1e-6
    )


def test_a_score_on_the_threshold_is_kept():
    window = talk("no names here")
    assert Gate(BagEmbedder(), form="names", threshold=0.5).score(window, [], set()).kept
    assert not Gate(BagEmbedder(), form="names", threshold=0.51).score(window, [], set()).kept


def test_a_long_window_is_embedded_to_its_end():
    filler = [f"so we went on and on about number {n} of the list" for n in range(40)]
    with_end = Gate(BagEmbedder()).score(talk(*filler, "zebra " * 80), talk(*filler), set())
    without = Gate(BagEmbedder()).score(talk(*filler), talk(*filler), set())
    assert with_end.divergence > without.divergence + 0.01


@pytest.mark.parametrize("n_turns", [1, 4, 5, 9, 10, 11, 15, 16, 43])
def test_every_turn_is_in_a_window_and_none_lies_within_another(n_turns):
    turns = talk(*["word"] * n_turns)
    found = list(windows(turns))
    assert {t.id for _, window in found for t in window} == {t.id for t in turns}
    assert all(turns[start : start + 10] == window for start, window in found)
    ends = [start + len(window) for start, window in found]
    assert ends == sorted(set(ends))


def test_no_turns_make_no_window():
    assert list(windows([])) == []


@pytest.mark.parametrize(("size", "stride"), [(5, 6), (0, 1), (5, 0)])
def test_a_stride_that_leaves_turns_out_is_refused(size, stride):
    with pytest.raises(ValueError, match="stride"):
        list(windows(talk("one"), size=size, stride=stride))


def test_an_empty_window_and_a_weight_that_is_no_share_are_refused():
    with pytest.raises(ValueError, match="needs a turn"):
        Gate(BagEmbedder()).score([], [], set())
    with pytest.raises(ValueError, match="share"):
        Gate(BagEmbedder(), alpha=1.5)


@pytest.mark.timeout(20)
def test_of_a_turn_that_was_pasted_only_the_part_that_units_are_drawn_from_is_judged():
    pasted = "we met Olga and had tea. " * 100_000
    assert len(own_words(talk(pasted))) <= MAX_CHARS
    assert Gate(TwoTopics()).score(talk(pasted), talk(pasted), set()).new_entities == ()
