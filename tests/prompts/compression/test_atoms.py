import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm.keeping import KeepScores
from prompts.compression.atoms import atom_spans, atoms_of, mean_over_atoms
from prompts.compression.forced import ALL_KINDS, find_forced, find_kind
from prompts.compression.types import Chunk, Force

TEXT = (
    "The board did not approve 7.9 % (of $4.3 million), it isn't “a real plan” [3, 4], says Charles Barton in "
    "January 2014; see https://example.org/c. He drove 12 km/h for twenty-five miles."
)
texts = st.text(alphabet=st.sampled_from("ab N7.,%[]“”\"' \n$-水の「」\u0301"), max_size=80)


def atoms(text: str) -> list[str]:
    return [text[start:end] for start, end in atom_spans(text)]


def found(kind, text: str = TEXT) -> list[str]:
    return [text[start:end] for start, end in find_kind(text, kind)]


def test_a_number_stays_with_its_unit_and_a_negation_with_what_it_negates():
    assert {"7.9 %", "not approve", "Charles Barton", "[3, 4],", "12 km/h", "January 2014;"} <= set(atoms(TEXT))


def test_each_kind_is_found_where_it_stands():
    assert found("numbers") == ["7.9 %", "$4.3 million", "3", "4", "January 2014", "12 km/h", "twenty-five miles"]
    assert found("negations") == ["not approve", "isn't"]
    assert found("names") == ["Charles Barton", "January"]
    assert found("citations") == ["[3, 4]"]
    assert found("quotations") == ["“a real plan”"]
    assert found("addresses") == ["https://example.org/c."]


def test_a_word_that_opens_a_sentence_is_no_name_by_its_capital_alone():
    assert found("names", "Boats sank. Ships burnt. Anna Weil watched, and so did Port.") == ["Anna Weil", "Port."]


def test_a_heading_and_the_line_below_are_two_names():
    assert found("names", "The Grey Heron\nThe Grey Heron flew.") == ["The Grey Heron", "The Grey Heron"]


@given(texts)
def test_atoms_are_in_order_apart_and_leave_out_white_space_only(text):
    spans = atom_spans(text)
    assert all(a < b for a, b in spans) and all(one[1] <= next_[0] for one, next_ in itertools.pairwise(spans))
    inside = {at for a, b in spans for at in range(a, b)}
    assert all(letter.isspace() for at, letter in enumerate(text) if at not in inside)


@given(texts)
def test_every_forced_character_is_in_a_forced_atom(text):
    force = Force(kinds=ALL_KINDS, strings=("ab",))
    kept = {at for atom in atoms_of([Chunk("x", text)], force) if atom.is_forced for at in range(atom.start, atom.end)}
    wanted = {at for a, b in find_forced(text, force) for at in range(a, b) if not text[at].isspace()}
    assert wanted <= kept


def test_a_forced_string_is_found_whole():
    text = "The cat sat on a catalogue."
    assert [text[a:b] for a, b in find_forced(text, Force(strings=("cat",)))] == ["cat"]


@pytest.mark.parametrize("part", ["met Anna Weil ", "a-", '"', "1, "])
def test_the_time_grows_with_the_text_and_not_with_its_square(part):
    def seconds(n: int) -> float:
        began = time.thread_time()
        atom_spans(part * n)
        return time.thread_time() - began

    n = 800
    assert min(seconds(4 * n) / max(1e-3, seconds(n)) for _ in range(3)) < 8  # not 16


def test_where_no_space_parts_the_words_a_few_letters_are_an_atom():
    assert atoms("水路は「町の北」から1968年に、wiki系统[3]。") == [
        "水路", "は", "「町の", "北」か", "ら", "1968年に、", "wiki", "系统", "[3]。"
    ]  # fmt: skip
    assert atoms("สวัสดี") == ["สวั", "สดี"]  # vowels and tones stay with their letters
    assert max(map(len, atoms("alder,birch;" * 400))) == len("alder,")
    assert atoms("e\u0301" * 50) == ["e\u0301"] * 50


def test_an_address_is_whole_however_long():
    address = "https://example.org/" + "a/b" * 50
    assert atoms(f"see {address} 水路水路") == ["see", address, "水路", "水路"]


def test_an_atom_within_a_token_has_the_tokens_value():
    scored = KeepScores(np.array([0, 4]), np.array([4, 6]), np.array([0.9, 0.2], dtype=np.float32))
    assert mean_over_atoms([(0, 2), (2, 4), (4, 6)], scored, scored.p_keep) == pytest.approx([0.9, 0.9, 0.2])
