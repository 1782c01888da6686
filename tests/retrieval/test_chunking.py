from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.chunking import chunk
from retrieval.parsing import markdown
from retrieval.types import Section

SENTENCE = "The gate did not close that night because its bushings had swollen. "


def texts(text, spans):
    return [text[span.start : span.end] for span in spans]


def chunk_markdown(text, **options):
    parsed = markdown.parse(text.encode(), "a.md")
    return parsed.text, chunk(parsed.text, parsed.sections, None, **options)


def assert_covers(text, spans, max_chars):
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= span.start + max_chars
        assert not text[end : span.start].strip()
        passage = text[span.start : span.end]
        assert passage == passage.strip()
        end = span.end
    assert not text[end:].strip()


def test_a_short_document_is_one_passage_with_the_path_that_its_sections_share():
    text, spans = chunk_markdown("# Title\n\nIntro.\n\n## A\n\nOne.\n\n## B\n\nTwo.\n")
    assert texts(text, spans) == [text.strip()]
    assert spans[0].heading_path == ()


def test_no_passage_crosses_the_heading_of_a_long_section():
    text, spans = chunk_markdown(f"## A\n\n{SENTENCE * 20}\n\n## B\n\n{SENTENCE * 20}")
    border = text.index("## B")
    assert all(span.end <= border or span.start >= border for span in spans)
    assert {span.heading_path for span in spans} == {("A",), ("B",)}


def test_short_siblings_share_a_passage_under_the_path_of_their_parent():
    body = "\n".join(f"### Part {i}\n- value: {i} km" for i in range(60))
    text, spans = chunk_markdown(f"# Land\n\n## Geography\n{body}\n\n## People\n{body}")
    assert all(span.heading_path in {("Geography",), ("People",)} for span in spans)
    assert [600 < span.end - span.start <= 900 for span in spans] == [True] * 4
    assert all("## People" not in passage[3:] for passage in texts(text, spans))


def test_short_sections_with_different_parents_stay_apart():
    long = SENTENCE * 25
    text, spans = chunk_markdown(
        f"## A\n\n{long}\n\n### Tail of A\n\nShort but long enough to stay. {SENTENCE * 4}\n\n## B\n\n{long}"
    )
    tail = next(passage for passage in texts(text, spans) if "Tail of A" in passage)
    assert "## B" not in tail


def test_a_heading_without_text_goes_with_its_first_subsection():
    text, spans = chunk_markdown(f"# T\nRegion: asia\n\n## Intro\n### Background\n{SENTENCE * 30}")
    assert texts(text, spans)[0].startswith("# T\nRegion: asia\n\n## Intro\n### Background\nThe gate")
    assert {span.heading_path for span in spans} == {("Intro", "Background")}


def test_long_paragraphs_are_cut_at_sentence_ends():
    text = SENTENCE * 100
    spans = chunk(text, (), None)
    assert all(passage.endswith("swollen.") for passage in texts(text, spans))
    assert_covers(text, spans, 1400)


def test_list_items_and_table_rows_stay_whole_lines():
    text = "\n".join(f"- item {i}: " + "x y. Z " * 8 for i in range(80))
    starts = {0} | {i + 1 for i, char in enumerate(text) if char == "\n"}
    spans = chunk(text, (), None)
    assert len(spans) > 3
    assert all(span.start in starts for span in spans)


def test_records_are_not_cut_where_a_quoted_field_runs_over_lines():
    records = [f'{i},"first line of {i}. And\nthe second line",end' for i in range(100)]
    text = "\n".join(records)
    starts = [0]
    for record in records[:-1]:
        starts.append(starts[-1] + len(record) + 1)
    spans = chunk(text, (), None, unit_starts=starts)
    assert len(spans) > 2
    assert all(span.start in starts for span in spans)


def test_a_word_longer_than_a_passage_is_cut_hard():
    text = "x" * 5000
    spans = chunk(text, (), None)
    assert_covers(text, spans, 1400)


def test_every_passage_of_a_paged_document_knows_the_page_on_which_it_begins():
    pages = ["First page. " * 40, "second page begins in a sentence. " * 30, "Third page. " * 5]
    text = "\n\n".join(pages)
    starts = [0, len(pages[0]) + 2, len(pages[0]) + len(pages[1]) + 4]
    for span in chunk(text, (), starts):
        assert starts[span.page - 1] <= span.start
        assert span.page == 3 or span.start < starts[span.page]


def test_a_sentence_that_runs_over_a_page_break_stays_whole():
    first = SENTENCE * 5 + "The report says that the"
    text = first + "\n" + "water rose by two metres. " + SENTENCE * 5
    spans = chunk(text, (), [0, len(first) + 1])
    assert any("The report says that the\nwater rose by two metres." in passage for passage in texts(text, spans))
    assert [span.page for span in spans] == [1, 2]


@pytest.mark.parametrize(("target", "most"), [(0, 10), (20, 10), (-1, 5)])
def test_impossible_sizes_are_refused(target, most):
    with pytest.raises(ValueError, match="target_chars"):
        chunk("text", (), None, target_chars=target, max_chars=most)


def test_an_empty_text_has_no_passages():
    assert chunk("", (), None) == []
    assert chunk(" \n ", (), None) == []


WORDS = st.sampled_from(
    [
        "a",
        "Bc.",
        "def",
        "# H",
        "## Sub",
        "- item",
        "x | y",
        "\n",
        "\n\n",
        " ",
        "\t",
        "é",
        "😀",
        "...",
        "zz" * 30,
        "\x0b",
        "\u2028",
        "\x1f",
    ]
)


@given(st.lists(WORDS, max_size=150).map(" ".join), st.integers(5, 60), st.integers(0, 60), st.data())
@settings(max_examples=300)
def test_passages_hold_every_visible_character_once_whatever_the_sections_and_pages(text, target, slack, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    paths = st.lists(st.sampled_from("abc"), max_size=3).map(tuple)
    sections = [Section(heading_path=data.draw(paths), start=start, end=end) for start, end in pairwise(cuts)]
    pages = data.draw(st.none() | st.sets(st.integers(0, len(text)), max_size=4).map(lambda found: sorted({0} | found)))
    spans = chunk(text, sections, pages, target_chars=target, max_chars=target + slack)
    assert_covers(text, spans, target + slack)
