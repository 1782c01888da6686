import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from lm.tokens import approximate_tokens, token_bound


def bytes_only_tokenizer() -> Tokenizer:
    """The worst byte-level BPE there is: no merge at all, after the NFC that Qwen applies."""
    vocab = {symbol: i for i, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@given(st.text(max_size=60))
def test_the_bound_holds_for_a_tokenizer_that_merges_nothing(text):
    assert len(bytes_only_tokenizer().encode(text).ids) <= token_bound(text)


@pytest.mark.parametrize(
    ("text", "bound"), [("", 0), ("abc", 3), ("é", 2), ("中", 3), ("😀", 4), ("क़", 6), ("\ud800", 3)]
)
def test_the_bound_is_the_larger_byte_count_of_text_and_nfc(text, bound):
    assert token_bound(text) == bound


def test_the_approximation_is_about_a_quarter_of_english():
    assert approximate_tokens("a" * 400) == 100
    assert approximate_tokens("") == 0
    assert approximate_tokens("中文") == 3
