import re
from bisect import bisect_right
from itertools import pairwise

import pytest

from lm.token_classifier import TokenClassifier, load_classifier
from prompts.compression.classifier import ClassifierCompressor
from prompts.compression.forced import ALL_KINDS, find_forced
from prompts.compression.types import Chunk, Force
from prompts.sentences import sentence_spans
from tests.prompts.compression.small_models import LIKED, save_classifier


@pytest.fixture(scope="module")
def compressor(tmp_path_factory, count_tokens):
    folder = save_classifier(tmp_path_factory.mktemp("some-classifier"))
    return ClassifierCompressor(TokenClassifier(load_classifier(folder, precision="fp32")), count_tokens)


def first_tokens(text, n_tokens, count_tokens):
    """Whole words from the beginning of a text, up to so many tokens."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text[: ends[bisect_right(ends, n_tokens, key=lambda end: count_tokens(text[:end])) - 1]]


@pytest.mark.parametrize("n_tokens", [50, 200, 800, 3000])
def test_the_size_is_the_one_that_was_asked_for(compressor, count_tokens, prose, n_tokens):
    chunks = [Chunk("one", first_tokens(prose, n_tokens, count_tokens))]
    for rate in (0.2, 0.5, 0.8):
        result = compressor.compress(chunks, rate=rate)
        assert result.kept_tokens == count_tokens(result.text)
        assert abs(result.actual_rate - rate) <= 0.02


def test_it_keeps_what_its_classifier_likes(compressor):
    text = "The canal of Suez was opened by Said in 1869 and it is still in use today, near Ismailia."
    result = compressor.compress([Chunk("one", text)], target_tokens=7)
    assert set(result.text.split()) == {"The", "Suez", "Said", "1869", "Ismailia."}
    assert all(set(word) & LIKED for word in result.text.split())


def test_every_kept_span_is_cut_out_of_its_source_byte_for_byte(compressor, prose):
    texts = {f"s{at}": prose[start:end] for at, (start, end) in enumerate(sentence_spans(prose)[:60])}
    result = compressor.compress([Chunk(name, text) for name, text in texts.items()], rate=0.4)
    for span in result.kept:
        assert texts[span.source_id][span.start : span.end] == result.text[span.at : span.at_end]
    places = [(list(texts).index(span.source_id), span.start, span.end) for span in result.kept]
    assert places == sorted(places)
    assert all(a[0] < b[0] or a[2] <= b[1] for a, b in pairwise(places))
    gaps = [result.text[a.at_end : b.at] for a, b in pairwise(result.kept)]
    assert all(gap.isspace() for gap in gaps)


def test_what_is_forced_survives_at_a_fifth(compressor, prose):
    text = prose[:4000]
    force = Force(kinds=ALL_KINDS - {"names", "quotations"}, strings=("the barrage",))
    result = compressor.compress([Chunk("one", text)], rate=0.2, force=force)
    kept = [(span.start, span.end) for span in result.kept]
    forced = find_forced(text, force)
    assert len(forced) > 40
    assert all(any(a <= start and end <= b for a, b in kept) for start, end in forced)


def test_forced_things_beyond_the_allowance_are_kept_and_said(compressor):
    result = compressor.compress([Chunk("one", "see 1 2 3 4 5 6 7 8")], rate=0.2, force=Force(frozenset({"numbers"})))
    assert result.text == "1 2 3 4 5 6 7 8"
    assert result.notes == ("what is forced takes more than the allowance",)


def test_nothing_and_everything(compressor, prose):
    assert compressor.compress([], rate=0.5).text == ""
    assert compressor.compress([Chunk("one", " \n ")], rate=0.5).text == ""
    whole = compressor.compress([Chunk("one", prose[:900].strip()), Chunk("two", "End.")], rate=1.0)
    assert whole.text == prose[:900].strip() + "\nEnd."
    with pytest.raises(ValueError, match="two chunks"):
        compressor.compress([Chunk("one", "a"), Chunk("one", "b")], rate=0.5)
