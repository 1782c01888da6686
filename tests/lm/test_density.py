import lzma
import random
import zlib

import numpy as np
import pytest

from lm.density import (
    compressed_bytes,
    compression_distance,
    compression_ratio,
    density_of,
    repeated_share,
    surprisal_density,
)
from lm.scoring import ChatTopK, ScoredText, Unavailable
from lm.scripted import ScriptedLM

TEXT = "The mill stands by the river, and the river turns the mill. Naïve 中 😀. " * 12


def words(seed, n=400):
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(n))


def test_sizes_are_those_of_pythons_own_packers():
    assert compressed_bytes(TEXT, "zlib") == len(zlib.compress(TEXT.encode(), 9))
    assert compressed_bytes(TEXT, "lzma") == len(lzma.compress(TEXT.encode()))
    assert compression_ratio(TEXT, "zlib") == len(zlib.compress(TEXT.encode(), 9)) / len(TEXT.encode())
    assert compression_ratio("a" * 5000) < 0.1 < 0.5 < compression_ratio(words(1))


@pytest.mark.parametrize("codec", ["zlib", "lzma"])
def test_a_text_is_near_itself_and_far_from_another(codec):
    one, other = words(1), words(2)
    assert compression_distance(one, one, codec) < 0.1
    assert compression_distance(one, other, codec) > 0.9
    half = one[: len(one) // 2] + other[len(other) // 2 :]
    assert 0.3 < compression_distance(one, half, codec) < 0.8


def test_what_has_no_size_is_refused():
    with pytest.raises(ValueError, match="empty"):
        compression_ratio("")
    with pytest.raises(ValueError, match="empty"):
        compression_distance("", "")


def scored(text, bits, ends):
    starts = np.array([0, *ends[:-1]])
    log_probs = -np.array(bits) * np.log(2)
    return ScoredText(text, "table", np.arange(len(bits)), starts, np.array(ends), log_probs, 0)


def test_density_is_of_the_tokens_that_end_in_a_span():
    whole = density_of(scored("abcdé", [1.0, 3.0, 8.0], [2, 4, 5]))
    assert (whole.n_tokens, whole.bits, whole.mean_bits) == (3, pytest.approx(12), pytest.approx(4))
    assert whole.bits_per_byte == pytest.approx(2.0)
    assert whole.variance_bits == pytest.approx((9 + 1 + 16) / 3)
    part = density_of(scored("abcdé", [1.0, 3.0, 8.0], [2, 4, 5]), 0, 4)
    assert (part.n_tokens, part.bits, part.bits_per_byte) == (2, pytest.approx(4), pytest.approx(1.0))
    with pytest.raises(ValueError, match="no density"):
        density_of(scored("ab", [1.0], [2]), 0, 1)


def test_a_model_that_scores_no_given_text_gives_no_density():
    assert isinstance(surprisal_density("abc", ChatTopK(ScriptedLM([]))), Unavailable)


def test_repeated_words_are_counted_by_runs():
    assert repeated_share("one two three four five six") == 0.0
    assert repeated_share("a b c A, B! c", n=3) == pytest.approx(1 - 3 / 4)
    assert repeated_share("too short") == 0.0
    assert repeated_share("over and " * 50) > 0.9


@pytest.mark.model
def test_a_real_model_finds_prose_denser_in_order_than_a_line_repeated(scorer_folder):
    from lm.scorer import TransformersScorer

    scorer = TransformersScorer(scorer_folder, precision="fp32", n_threads=1)
    line = "The committee met in the spring and wrote nothing down. "
    prose = surprisal_density(line + "A frost had split the millstone, so bread was fetched by boat.", scorer)
    again = surprisal_density(line * 4, scorer)
    assert again.bits_per_byte < 0.6 * prose.bits_per_byte
    assert prose.mean_bits == pytest.approx(prose.bits / prose.n_tokens)
