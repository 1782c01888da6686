import itertools
import math

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from lm.errors import ModelMissing
from lm.scorer import TransformersScorer, _windows, build_scorer
from lm.scoring import Unavailable, nats_to_bits
from lm.types import ChatRequest, Message

TEXT = "Naïve 中 😀 tests, 42."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A random Llama of 16 dimensions over bytes: 256 byte tokens and one special token."""
    out = tmp_path_factory.mktemp("llama")
    vocab = {symbol: i for i, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>").save_pretrained(out)
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=257, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=512, initializer_range=0.5, bos_token_id=256,
        eos_token_id=256,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(out)
    return out


@pytest.fixture(scope="module")
def scorer(folder):
    return TransformersScorer(folder, precision="fp32", window_tokens=512, stride_tokens=256)


def by_hand(folder, ids):
    """(n, vocabulary) log-softmax of the model's own logits, without any of our code."""
    with torch.inference_mode():
        logits = LlamaForCausalLM.from_pretrained(folder)(input_ids=torch.tensor([ids])).logits[0].double()
    return (logits - torch.logsumexp(logits, dim=-1, keepdim=True)).numpy()


def byte_ids(text):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(text)
    return [alphabet.index(symbol) for piece, _ in pieces for symbol in piece]


def test_the_score_is_the_sum_of_the_models_own_log_probabilities(folder, scorer):
    ids = [256, *byte_ids(TEXT)]
    rows = by_hand(folder, ids)
    expected = [rows[i - 1, ids[i]] for i in range(1, len(ids))]
    scored = scorer.score(TEXT)
    assert scored.token_ids.tolist() == ids[1:]
    assert scored.log_probs_nats == pytest.approx(expected, abs=1e-4)
    assert scored.total_nats == pytest.approx(sum(expected), abs=1e-3)
    assert scored.total_bits == pytest.approx(-sum(expected) / math.log(2), abs=1e-3)


def test_context_shifts_the_score_as_the_chain_rule_says(scorer):
    after = scorer.score("def", context="abc")
    assert after.total_nats != pytest.approx(scorer.score("def").total_nats, abs=1e-3)
    assert scorer.score("abc").total_nats + after.total_nats == pytest.approx(
        scorer.score("abcdef").total_nats, abs=1e-4
    )
    assert (after.n_tokens, after.n_context_tokens) == (3, 3)


def test_spans_point_at_the_characters_of_the_text(scorer):
    scored = scorer.score(TEXT, context="xyz")
    spans = list(zip(scored.starts.tolist(), scored.ends.tolist(), strict=True))
    assert [TEXT[start:end] for start, end in spans] == [c for c in TEXT for _ in range(len(c.encode()))]


def test_windows_change_nothing_when_the_text_fits(folder, scorer):
    text = "a quick test " * 5
    narrow = TransformersScorer(folder, precision="fp32", window_tokens=100, stride_tokens=7)
    assert narrow.score(text).log_probs_nats == pytest.approx(scorer.score(text).log_probs_nats, abs=1e-5)


def test_a_token_past_the_window_sees_the_window_before_it(folder):
    narrow = TransformersScorer(folder, precision="fp32", window_tokens=8, stride_tokens=3)
    text = "abcdefghijklmnop"
    ids = [256, *byte_ids(text)]
    scored = narrow.score(text).log_probs_nats
    # Windows of ids: [0, 8) scores 1-7, [3, 11) scores 8-10, [6, 14) scores 11-13, [9, 17) scores 14-16.
    for begin, first, end in [(0, 1, 8), (3, 8, 11), (6, 11, 14), (9, 14, 17)]:
        rows = by_hand(folder, ids[begin:end])
        for i in range(first, end):
            assert scored[i - 1] == pytest.approx(rows[i - 1 - begin, ids[i]], abs=1e-4)


@pytest.mark.parametrize("n_before", [1, 5, 8, 30])
@pytest.mark.parametrize("n_ids", [31, 32, 100])
def test_windows_tile_the_text_and_keep_their_promise(n_before, n_ids):
    spans = list(_windows(n_ids, n_before, 16, 6))
    assert spans[0][1] == n_before
    assert spans[-1][2] == n_ids
    assert all(earlier[2] == later[1] for earlier, later in itertools.pairwise(spans))
    for begin, first, end in spans:
        assert end - begin <= 16
        assert first - begin >= min(n_before, 16 - 6)


def test_a_context_longer_than_the_window_is_seen_by_its_end(folder):
    narrow = TransformersScorer(folder, precision="fp32", window_tokens=16, stride_tokens=4)
    scored = narrow.score("wxyz", context="a" * 50 + "bcdefghijklm")
    rows = by_hand(folder, byte_ids("bcdefghijklmwxyz"))
    expected = [rows[11 + i, token] for i, token in enumerate(byte_ids("wxyz"))]
    assert scored.log_probs_nats == pytest.approx(expected, abs=1e-4)


def test_distributions_are_normalised_and_agree_with_the_score(scorer):
    scored = scorer.score(TEXT * 12, context="c")
    steps = list(scorer.distributions(TEXT * 12, context="c"))
    assert len(steps) == scored.n_tokens > 256
    for i, step in enumerate(steps):
        assert np.exp(step.log_probs_nats.astype(float)).sum() == pytest.approx(1.0, abs=1e-5)
        assert step.log_probs_nats[step.token_id] == pytest.approx(scored.log_probs_nats[i], abs=1e-6)
        assert (step.token_id, step.start) == (scored.token_ids[i], scored.starts[i])


def test_a_spelt_out_special_token_is_read_as_its_characters(scorer):
    assert scorer.score("<s>").token_ids.tolist() == byte_ids("<s>")


def test_an_empty_text_has_probability_one_and_no_rate(scorer):
    scored = scorer.score("", context="abc")
    assert (scored.n_tokens, scored.total_nats) == (0, 0.0)
    assert list(scorer.distributions("")) == []
    with pytest.raises(ValueError, match="empty text"):
        scored.bits_per_byte()


def test_bits_per_byte_counts_bytes_not_tokens_or_characters(scorer):
    scored = scorer.score("中")
    assert scored.bits_per_byte() == pytest.approx(nats_to_bits(-scored.total_nats) / 3)
    assert scored.surprisals_bits.sum() == pytest.approx(scored.total_bits)


def test_generation_is_unavailable_with_its_reason(scorer):
    request = ChatRequest(messages=(Message(role="user", content="x"),), max_tokens=1, top_logprobs=5)
    answer = scorer.top_k(request)
    assert isinstance(answer, Unavailable)
    assert "does not generate" in answer.reason


def test_windows_and_start_tokens_that_cannot_work_are_refused(folder):
    for options, reason in [
        ({"window_tokens": 513}, "window of 513 tokens, but the model takes 2 to 512"),
        ({"window_tokens": 64, "stride_tokens": 64}, "stride of 64 tokens in a window of 64"),
        ({"window_tokens": 64, "stride_tokens": 8, "start_token": "<none>"}, "no start token '<none>'"),
    ]:
        with pytest.raises(ValueError, match=reason):
            TransformersScorer(folder, precision="fp32", **options)


def test_missing_files_are_a_missing_model(tmp_path):
    with pytest.raises(ModelMissing):
        TransformersScorer(tmp_path)
    with pytest.raises(ModelMissing):
        build_scorer(tmp_path / "none.gguf", tmp_path)


def test_precisions_have_different_fingerprints_and_close_scores(folder, scorer):
    coarse = TransformersScorer(folder, precision="bf16", window_tokens=512, stride_tokens=256)
    assert coarse.fingerprint != scorer.fingerprint
    assert coarse.score(TEXT).total_nats == pytest.approx(scorer.score(TEXT).total_nats, rel=0.05)


@pytest.mark.parametrize("n_context", [0, 1, 40, 500, 520])
def test_many_texts_after_one_context_score_as_each_by_itself(scorer, n_context):
    context = ("the quick brown fox " * 30)[:n_context]
    texts = ["x", "", "some words", "q" * 30, "a longer text " * 4, TEXT, "w" * 600]
    many = scorer.score_many(texts, context=context)
    assert [one.text for one in many] == texts
    for text, one in zip(texts, many, strict=True):
        alone = scorer.score(text, context=context)
        assert one.log_probs_nats == pytest.approx(alone.log_probs_nats, abs=1e-4)
        assert (one.model, one.n_context_tokens) == (alone.model, alone.n_context_tokens)
        assert one.token_ids.tolist() == alone.token_ids.tolist()


def test_batches_of_continuations_change_nothing(scorer, monkeypatch):
    texts = ["ab" * n for n in range(1, 9)]
    whole = scorer.score_many(texts, context="before")
    monkeypatch.setattr("lm.shared_prefix._BATCH_TOKENS", 30)
    for one, other in zip(whole, scorer.score_many(texts, context="before"), strict=True):
        assert one.log_probs_nats == pytest.approx(other.log_probs_nats, abs=1e-5)


def test_a_text_is_cut_after_whole_tokens(scorer):
    assert scorer.beginning("abcdef", 3) == "abc"
    assert scorer.beginning("abcdef", 0) == ""
    assert scorer.beginning("abc", 7) == "abc"
    assert scorer.count_tokens(TEXT) == len(TEXT.encode())
