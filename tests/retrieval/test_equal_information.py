from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.chunking import chunk
from retrieval.equal_information import chunk_by_information, windows
from retrieval.information import Information, token_bits
from retrieval.types import Section
from tests.retrieval.table_scorer import TableScorer
from tests.retrieval.test_chunking import WORDS, assert_covers

ROOT = Path(__file__).parents[2]
PLAIN = "All rights are kept with the owner of them as is said above here. "
DENSE = "Gate 17 jammed at 04:10 when two bushings swelled by 3 mm overnight. "


def measured(text, table=None, otherwise=4.0):
    """With white space at its end the text has a token more."""
    return Information.of_tokens(*token_bits(text, TableScorer(table, otherwise)))


def bits_of(held, spans):
    return np.array([held.between(span.start, span.end) for span in spans])


def variation(values):
    return float(values.std() / values.mean())


def test_dense_paragraphs_get_shorter_passages_than_boiler_plate():
    boiler, dense = PLAIN * 60, DENSE * 60
    text = f"{boiler}\n\n{dense}".rstrip()
    held = measured(text, dict.fromkeys(DENSE.split(), 12.0))
    spans = chunk_by_information(text, (), None, information=held, bits=600.0, max_chars=1400)
    plain = [span.end - span.start for span in spans if span.end <= len(boiler)]
    rich = [span.end - span.start for span in spans if span.start >= len(boiler)]
    # A plain sentence has 14 words of 4 bits, a dense one 13 of 12: 10.7 sentences make 600 bits there, 3.85 here.
    assert {round(length / len(PLAIN)) for length in plain[:-1]} <= {10, 11}
    assert {round(length / len(DENSE)) for length in rich[1:-1]} <= {3, 4}


def test_windows_of_equal_sentences_have_exactly_equal_bits():
    text = "One two three four five. " * 39 + "One two three four five."
    held = measured(text, otherwise=5.0)
    spans = chunk_by_information(text, (), None, information=held, bits=100.0, max_chars=300)
    assert bits_of(held, spans).tolist() == pytest.approx([100.0] * 10)
    assert all(text[span.start : span.end].endswith("five.") for span in spans)


def test_the_remainder_is_shared_out_among_all_windows():
    text = "One two three four five. " * 44 + "One two three four five."
    held = measured(text, otherwise=5.0)
    spans = chunk_by_information(text, (), None, information=held, bits=200.0, max_chars=600)
    # 1,125 bits are 5.6 windows of 200, so 6 of 187.5: 7 or 8 sentences of 25 bits each, and no stub at the end.
    assert sorted(set(bits_of(held, spans).round(6))) == [175.0, 200.0]
    assert len(spans) == 6


def test_without_a_sentence_end_near_enough_a_window_ends_with_a_word():
    text = "word " * 400
    held = measured(text)
    spans = chunk_by_information(text, (), None, information=held, bits=400.0, max_chars=1400)
    assert bits_of(held, spans).tolist() == pytest.approx([400.0] * 4, abs=4.0)
    assert all(text[span.end : span.end + 1] in ("", " ") for span in spans)


def test_a_text_that_tells_nothing_is_cut_at_the_longest_length():
    text = PLAIN * 100
    held = measured(text, otherwise=0.0)
    spans = chunk_by_information(text, (), None, information=held, bits=600.0, max_chars=1400)
    assert [round((span.end - span.start) / len(PLAIN)) for span in spans] == [21, 21, 21, 21, 16]
    assert_covers(text, spans, 1400)


def test_a_text_of_nothing_but_surprises_is_not_cut_to_crumbs():
    text = DENSE * 50
    held = measured(text, otherwise=900.0)
    spans = chunk_by_information(text, (), None, information=held, bits=600.0, max_chars=1400)
    assert min(span.end - span.start for span in spans) >= 1400 // 6 - 1


def test_no_passage_crosses_a_section_or_loses_its_heading_path():
    text = f"# A\n{DENSE * 30}\n# B\n{PLAIN * 30}"
    border = text.index("# B")
    sections = [
        Section(heading_path=("A",), start=0, end=border),
        Section(heading_path=("B",), start=border, end=len(text)),
    ]
    spans = chunk_by_information(text, sections, None, information=measured(text), bits=300.0, max_chars=1400)
    assert all(span.end <= border or span.start >= border for span in spans)
    assert [span.heading_path for span in spans] == [("A",) if span.end <= border else ("B",) for span in spans]


def test_pages_are_kept():
    first = DENSE * 20
    text = first + DENSE * 20
    spans = chunk_by_information(text, (), [0, len(first)], information=measured(text), bits=300.0, max_chars=1400)
    assert [span.page for span in spans] == [1 if span.end <= len(first) else 2 for span in spans]


def test_records_are_cut_only_where_one_begins():
    records = [f"{number},two words. And more,{number}\n" for number in range(200)]
    text = "".join(records)
    starts = [sum(map(len, records[:number])) for number in range(200)]
    spans = chunk_by_information(
        text, (), None, information=measured(text), bits=200.0, max_chars=1400, unit_starts=starts
    )
    assert len(spans) > 5
    assert all(span.start in starts for span in spans)


def test_a_short_document_is_one_passage():
    text = f"# A\nOne.\n\n# B\n{DENSE}"
    sections = [Section(heading_path=("A",), start=0, end=10), Section(heading_path=("B",), start=10, end=len(text))]
    spans = chunk_by_information(text, sections, None, information=measured(text))
    assert [(span.start, span.end, span.heading_path) for span in spans] == [(0, len(text.rstrip()), ())]


@pytest.mark.parametrize(("bits", "max_chars"), [(0.0, 1400), (float("nan"), 1400), (600.0, 5)])
def test_impossible_sizes_are_refused(bits, max_chars):
    with pytest.raises(ValueError, match="must be above 0"):
        chunk_by_information("a", (), None, information=measured("a"), bits=bits, max_chars=max_chars)


def test_an_empty_text_has_no_passages():
    for text in ("", " \n "):
        assert chunk_by_information(text, (), None, information=measured(text)) == []


TEXTS = st.lists(WORDS, max_size=150).map(" ".join)


@given(TEXTS, st.integers(5, 80), st.integers(12, 90), st.data())
@settings(max_examples=60)
def test_windows_tile_the_text_whatever_it_says(text, bits, longest, data):
    held = measured(text, {"def": 0.0, "Bc.": 30.0})
    stops = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)))
    spans = list(windows(text, 0, len(text), held, bits=bits, sizes=(longest // 6, longest), stops=stops))
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert all(0 < end - start <= longest for start, end in spans)
    assert len(spans) < 2 or all(end - start >= longest // 6 for start, end in spans)


@given(TEXTS, st.integers(10, 200), st.integers(12, 120), st.data())
@settings(max_examples=60)
def test_passages_hold_every_visible_character_once_whatever_the_sections_and_pages(text, bits, longest, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    paths = st.lists(st.sampled_from("abc"), max_size=3).map(tuple)
    sections = [Section(heading_path=data.draw(paths), start=start, end=end) for start, end in pairwise(cuts)]
    pages = data.draw(st.none() | st.sets(st.integers(0, len(text)), max_size=4).map(lambda found: sorted({0} | found)))
    held = measured(text, {"def": 0.0, "Bc.": 30.0})
    spans = chunk_by_information(text, sections, pages, information=held, bits=bits, max_chars=longest)
    assert_covers(text, spans, longest)


@given(st.lists(st.integers(3, 9), min_size=8, max_size=80))
@settings(max_examples=60)
def test_each_window_is_within_15_percent_of_its_share_when_sentences_are_short_enough(lengths):
    # A sentence has at most 36 bits, and 15 % of the smallest share (225) is 33 to either side: one always ends there.
    text = "".join("Ab" + " ab" * (n_words - 1) + ". " for n_words in lengths)
    held = measured(text)
    stops = [place + 2 for place in range(len(text)) if text[place : place + 2] == ". "]
    start, spans = 0, list(windows(text, 0, len(text), held, bits=300.0, sizes=(20, 1000), stops=stops))
    for number, (left, right) in enumerate(spans):
        share = held.between(left, len(text)) / max(1, round(held.between(left, len(text)) / 300.0))
        assert left == start
        assert number + 1 == len(spans) or abs(held.between(left, right) - share) <= 0.15 * share + 1e-9
        assert right in stops
        start = right


@pytest.mark.model
def test_bits_of_windows_vary_at_most_half_as_much_as_those_of_passages_of_like_length(scorer):
    path = ROOT / "examples" / "corpus" / "dossiers" / "01-the-barrage-and-how-it-was-built.md"
    text = " ".join(line for line in path.read_text(encoding="utf-8").split("\n") if line and line[0] != "#")[:3000]
    held = Information.of_tokens(*token_bits(text, scorer))
    alike = chunk_by_information(text, (), None, information=held, bits=250.0, max_chars=600)
    long = chunk(text, (), None, target_chars=300, max_chars=450)
    assert len(alike) >= 8
    assert variation(bits_of(held, alike)) <= variation(bits_of(held, long)) / 2
