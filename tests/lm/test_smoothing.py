import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lm.scoring import ChatTopK, NextToken, ScoredText, Unavailable
from lm.scripted import ScriptedLM
from lm.smoothing import entropy_nats, read_whole, smoothing_of, smoothing_windows, smoothing_within
from lm.smoothing_record import Smoothing

LETTERS = "abcd"
# Each row is what follows a letter: the last one starts a text.
CHAIN = np.array(
    [
        [0.40, 0.30, 0.20, 0.10],
        [0.05, 0.15, 0.30, 0.50],
        [0.70, 0.10, 0.10, 0.10],
        [0.25, 0.25, 0.25, 0.25],
        [0.50, 0.25, 0.25, 0.00],
    ]
)


@dataclass(frozen=True)
class ChainScorer:
    """A model of four letters that knows the last one: its distributions are rows of a table."""

    table: np.ndarray

    def score(self, text, *, context=""):
        tokens = list(self.distributions(text, context=context))
        return ScoredText(
            text,
            "chain",
            np.array([token.token_id for token in tokens], dtype=np.int64),
            np.arange(len(text)),
            np.arange(len(text)) + 1,
            np.array([token.log_probs_nats[token.token_id] for token in tokens], dtype=np.float64),
            len(context),
        )

    def top_k(self, request):
        return Unavailable("it does not generate")

    def distributions(self, text, *, context=""):
        with np.errstate(divide="ignore"):
            rows = np.log(self.table).astype(np.float32)
        before = [None, *text] if not context else [context[-1], *text]
        for at, letter in enumerate(text):
            last = 4 if before[at] is None else LETTERS.index(before[at])
            yield NextToken(LETTERS.index(letter), at, at + 1, rows[last])


SCORER = ChainScorer(CHAIN)


def drawn(n, seed, *, table=CHAIN):
    draw, last, text = np.random.default_rng(seed), 4, ""
    for _ in range(n):
        last = int(draw.choice(4, p=table[last] / table[last].sum()))
        text += LETTERS[last]
    return text


def test_the_figures_of_four_letters_are_those_worked_out_by_hand():
    # a after the start: 1/2 of (1/2, 1/4, 1/4, 0); b after a: .3; d after b: .5, the likeliest; a after d: 1/4 of four.
    found = smoothing_of("abda", SCORER, min_tokens=2)
    assert isinstance(found, Smoothing)
    surprisals = [math.log(2), -math.log(0.3), math.log(2), math.log(4)]
    entropies = [1.5 * math.log(2), *(-sum(p * math.log(p) for p in CHAIN[row]) for row in (0, 1, 3))]
    excess = [s - h for s, h in zip(surprisals, entropies, strict=True)]
    mean = sum(surprisals) / 4
    centred = [s - mean for s in surprisals]
    assert found.log_perplexity_nats == pytest.approx(mean)
    assert found.mean_entropy_nats == pytest.approx(sum(entropies) / 4)
    assert found.d_nats == pytest.approx(sum(excess) / 4)
    assert found.d_error_nats == pytest.approx(np.std(excess, ddof=1) / 2)
    assert found.surprisal_variance == pytest.approx(sum(c * c for c in centred) / 4)
    assert found.lag1 == pytest.approx(sum(a * b for a, b in itertools.pairwise(centred)) / sum(c * c for c in centred))
    assert found.first_share == pytest.approx(3 / 4)  # of four equals each is first
    assert found.slope_nats == pytest.approx(np.polyfit([0, 1 / 3, 2 / 3, 1], surprisals, 1)[0])


def test_what_is_impossible_adds_nothing_to_the_entropy():
    with np.errstate(divide="ignore"):
        log_probs = np.log(np.array([0.5, 0.5, 0.0])).astype(np.float32)
    assert entropy_nats(log_probs) == pytest.approx(math.log(2))
    assert entropy_nats(np.array([0.0, -np.inf], dtype=np.float32)) == 0.0


def test_a_uniform_model_finds_every_text_exactly_as_likely_as_it_expected():
    uniform = ChainScorer(np.full((5, 4), 0.25))
    found = smoothing_of("abcd" * 60, uniform)
    assert (found.d_nats, found.d_error_nats, found.lag1) == pytest.approx((0, 0, 0), abs=1e-6)
    assert found.first_share == 1.0


@pytest.mark.parametrize("seed", range(12))
def test_the_models_own_samples_have_d_within_three_standard_errors_of_zero(seed):
    found = smoothing_of(drawn(1500, seed), SCORER)
    assert abs(found.d_nats) < 3 * found.d_error_nats


@pytest.mark.parametrize("seed", range(4))
def test_cut_off_cool_and_greedy_samples_lie_below_zero_and_strangers_above(seed):
    cut = np.where(CHAIN < 0.2, 0.0, CHAIN)
    cool = CHAIN**2
    greedy = np.where(CHAIN.max(axis=1, keepdims=True) == CHAIN, 1.0, 0.0)
    stranger = np.full((5, 4), 0.25)
    stranger[4, 3] = 0.0
    by_way = {
        name: smoothing_of(drawn(1500, seed, table=table), SCORER)
        for name, table in (("cut", cut), ("cool", cool), ("greedy", greedy), ("stranger", stranger))
    }
    assert by_way["cut"].d_nats < -3 * by_way["cut"].d_error_nats
    assert by_way["cool"].d_nats < -3 * by_way["cool"].d_error_nats
    assert by_way["greedy"].d_nats < by_way["cut"].d_nats
    assert by_way["stranger"].d_nats > 3 * by_way["stranger"].d_error_nats


def test_a_short_text_is_refused_with_the_reason():
    refused = smoothing_of(drawn(199, 1), SCORER)
    assert refused == Unavailable("199 tokens are too few to tell: it takes 200")
    assert isinstance(smoothing_of(drawn(200, 1), SCORER), Smoothing)


def test_a_token_that_the_model_holds_for_impossible_is_a_reason_and_no_number():
    assert "impossible" in smoothing_of("d" * 300, SCORER).reason


def test_a_chat_endpoint_cannot_tell():
    assert isinstance(smoothing_of("abc", ChatTopK(ScriptedLM(lambda request: ""))), Unavailable)


def test_windows_tile_a_long_text_alike_and_agree_with_the_whole():
    text = drawn(1700, 5)
    read = read_whole(text, SCORER)
    windows = smoothing_windows(read)
    assert [one.start for one in windows] == [0, *(one.end for one in windows[:-1])]
    assert windows[-1].end == len(text)
    assert [one.n_tokens for one in windows] == [425] * 4
    whole = smoothing_within(read)
    assert sum(one.d_nats * one.n_tokens for one in windows) / 1700 == pytest.approx(whole.d_nats)


@pytest.mark.parametrize(("n", "windows"), [(199, 0), (200, 1), (599, 1), (601, 2), (1000, 2), (1001, 3)])
def test_no_window_is_shorter_than_the_least(n, windows):
    found = smoothing_windows(read_whole(drawn(n, 3), SCORER))
    assert len(found) == windows
    assert all(one.n_tokens >= 200 for one in found)


def test_a_window_that_is_too_short_to_tell_is_refused():
    with pytest.raises(ValueError, match="100 tokens"):
        smoothing_windows(read_whole("ab", SCORER), window_tokens=100)


def test_a_context_is_read_and_not_counted():
    text = drawn(300, 2)
    after = smoothing_of(text, SCORER, context="b")
    assert after.n_tokens == 300
    assert after.d_nats != smoothing_of(text, SCORER).d_nats


PEOPLE = Path(__file__).resolve().parents[2] / "examples" / "corpus" / "interviews" / "solle-chief-engineer.md"


@pytest.mark.model
def test_greedy_text_is_smoother_than_samples_and_samples_than_what_people_said(scorer, scorer_folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    text = PEOPLE.read_text(encoding="utf-8")
    opening = text[: text.index("\n\n", 400)]
    said = scorer.beginning(text[len(opening) :], 200)
    tokenizer = AutoTokenizer.from_pretrained(scorer_folder)
    model = AutoModelForCausalLM.from_pretrained(scorer_folder, dtype=torch.float32).eval()
    start = torch.tensor([[tokenizer.bos_token_id, *tokenizer(opening, add_special_tokens=False)["input_ids"]]])
    banned = [[tokenizer.eos_token_id]]

    def continued(**how):
        torch.manual_seed(5)
        ids = model.generate(start, max_new_tokens=120, min_new_tokens=120, bad_words_ids=banned, top_k=0, **how)
        return tokenizer.decode(ids[0, start.shape[1] :])

    greedy = smoothing_of(continued(do_sample=False), scorer, context=opening, min_tokens=90)
    own = smoothing_of(continued(do_sample=True, temperature=1.0), scorer, context=opening, min_tokens=90)
    people = smoothing_of(said, scorer, context=opening)
    assert greedy.d_nats < own.d_nats < people.d_nats
    assert greedy.d_nats < -3 * greedy.d_error_nats
    assert abs(own.d_nats) < 3 * own.d_error_nats
