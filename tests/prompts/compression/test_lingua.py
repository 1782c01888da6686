import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import torch

from lm.paired_cache import load_causal
from lm.token_classifier import load_classifier
from prompts.compression.lingua import LinguaCompressor
from prompts.compression.lingua2_engine import ClassifierLingua
from prompts.compression.lingua_engine import CausalLingua
from prompts.compression.lingua_own import OwnLossLingua
from prompts.compression.types import CannotCompress, Chunk, Force
from prompts.sentences import unit_spans
from tests.prompts.compression.small_models import LIKED, save_causal, save_classifier

QUESTION = "Who built the barrage?"


@pytest.fixture(scope="module")
def causal_folder(tmp_path_factory):
    return save_causal(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="module")
def classifier_folder(tmp_path_factory):
    """Under a name that says nothing of its family."""
    return save_classifier(tmp_path_factory.mktemp("renamed"))


@pytest.fixture(scope="module")
def engine(causal_folder, count_tokens):
    return CausalLingua(load_causal(causal_folder, precision="fp32"), count_tokens, window_tokens=1024)


@pytest.fixture(scope="module")
def chunks(prose):
    """Paragraphs, 7,000 bytes: as many tokens of the model, seven times its window."""
    spans = [span for span in unit_spans(prose[:7000]) if span[1] - span[0] > 100]
    return [Chunk(f"p{at}", prose[start:end]) for at, (start, end) in enumerate(spans)]


def squeezed(text):
    return re.sub(r"\s+", "", text)


def check_places(result, chunks):
    texts = {chunk.id: chunk.text for chunk in chunks}
    for span in result.kept:
        assert texts[span.source_id][span.start : span.end] == result.text[span.at : span.at_end]
    shown = list(dict.fromkeys(span.source_id for span in result.kept))
    assert [span.source_id for span in result.kept] == sorted((s.source_id for s in result.kept), key=shown.index)
    for name in shown:
        spans = [(span.start, span.end) for span in result.kept if span.source_id == name]
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("mode", ["llmlingua", "longllmlingua"])
def test_prompts_longer_than_the_window_are_compressed_without_a_network(
    mode, causal_folder, count_tokens, chunks, no_network
):
    compressor = LinguaCompressor(mode, causal_folder, count_tokens, precision="fp32", window_tokens=1024)
    result = compressor.compress(chunks, QUESTION, rate=0.6)
    assert 0.2 < result.actual_rate < 0.9
    assert result.requested_rate == 0.6
    assert result.kept_tokens == count_tokens(result.text)
    check_places(result, chunks)


@pytest.mark.parametrize("long", [False, True])
def test_the_places_are_those_of_the_text_that_the_package_returns(engine, prose, long):
    text = prose[:3500]
    returned = []

    class Listening(CausalLingua):
        def compress_prompt(self, *arguments, **options):
            returned.append(super().compress_prompt(*arguments, **options))
            return returned[-1]

    listening = Listening.__new__(Listening)
    listening.__dict__.update(engine.__dict__)
    kept = listening.keep([text.strip()], QUESTION, rate=0.5, long=long)
    ours = "".join(text.strip()[start:end] for start, end in kept.spans[0])
    assert squeezed(ours) == squeezed(returned[0]["compressed_prompt"])
    assert len(ours) < 0.9 * len(text)


def test_a_moving_window_keeps_much_of_what_one_window_keeps(causal_folder, count_tokens, prose):
    causal = load_causal(causal_folder, precision="fp32")
    small, large = (CausalLingua(causal, count_tokens, window_tokens=window) for window in (1024, 4096))

    def shared(text):
        """Kept by both, of what either keeps."""
        kept = []
        for lingua in (small, large):
            spans = lingua.keep([text], "", rate=0.6, long=False).spans[0]
            kept.append({at for start, end in spans for at in range(start, end)})
        return len(kept[0] & kept[1]) / len(kept[0] | kept[1])

    assert shared(prose[:1000].strip()) == 1.0
    assert shared(prose[:3000].strip()) > 0.6  # by chance it would be 0.4


def test_a_text_shorter_than_a_segment_is_compressed(engine, prose):
    text = prose[:150].strip()
    (spans,) = engine.keep([text], "", rate=0.4, long=False).spans
    assert 0.2 < sum(end - start for start, end in spans) / len(text) < 0.6


def test_a_text_of_one_letter_is_kept(engine):
    assert engine.keep(["x"], "", rate=0.5, long=False).spans == [[(0, 1)]]


def test_a_question_after_a_text_longer_than_the_window_is_still_weighed(engine, prose):
    loss = engine.get_condition_ppl(prose[:3000], QUESTION, "after")
    assert torch.isfinite(loss)


@pytest.mark.parametrize("budget", ["*2", "+100; import os", "+1e3", "", "-100", "+__import__('os').getpid()"])
def test_a_budget_is_a_sum_and_never_code(engine, budget):
    with pytest.raises(ValueError, match="plus sign"):
        engine.control_context_budget(["a", "b"], [1, 1], 5, context_budget=budget)


def test_an_exact_rate_is_met_where_the_package_misses_it(causal_folder, count_tokens, prose):
    chunks = [Chunk("one", prose[:1200])]
    loose = LinguaCompressor("llmlingua", causal_folder, count_tokens).compress(chunks, rate=0.5)
    exact = LinguaCompressor("llmlingua", causal_folder, count_tokens, exact=True).compress(chunks, rate=0.5)
    assert 0.45 < exact.actual_rate <= 0.501
    assert abs(exact.actual_rate - 0.5) <= abs(loose.actual_rate - 0.5)
    assert "asked for a rate of" in exact.notes[0]


def test_a_causal_model_cannot_be_forced_and_the_notes_say_so(causal_folder, count_tokens, prose):
    compressor = LinguaCompressor("llmlingua", causal_folder, count_tokens, precision="fp32")
    result = compressor.compress([Chunk("one", prose[:600])], rate=0.3, force=Force(frozenset({"numbers"})))
    assert re.fullmatch(r"\d+ of \d+ things that were to survive are cut: nothing can be forced there", result.notes[0])


def test_longllmlingua_needs_a_question(causal_folder, count_tokens):
    compressor = LinguaCompressor("longllmlingua", causal_folder, count_tokens)
    with pytest.raises(CannotCompress, match="question"):
        compressor.compress([Chunk("one", "a b")], rate=0.5)


def test_nothing_and_everything(causal_folder, count_tokens):
    compressor = LinguaCompressor("llmlingua", causal_folder, count_tokens)
    assert compressor.compress([Chunk("one", " "), Chunk("two", "")], rate=0.5).text == ""
    assert compressor.compress([], rate=0.5).text == ""
    assert compressor.compress([Chunk("one", "All of it."), Chunk("two", "")], rate=1.0).text == "All of it."


def test_llmlingua2_runs_out_of_a_renamed_folder_and_keeps_what_its_classifier_likes(
    classifier_folder, count_tokens, chunks, no_network
):
    compressor = LinguaCompressor("llmlingua2", classifier_folder, count_tokens)
    result = compressor.compress(chunks, rate=0.1)
    check_places(result, chunks)
    words = result.text.split()
    liked = [word for word in words if set(word) & LIKED]
    assert len(words) > 50
    assert len(liked) > 0.9 * len(words)
    assert result.notes == ()


def test_llmlingua2s_places_are_those_of_the_text_that_it_returns(classifier_folder, count_tokens, prose):
    engine = ClassifierLingua(load_classifier(classifier_folder, precision="fp32"), count_tokens)
    text = prose[:2000]
    kept = engine.keep([text], rate=0.4, forced=(), with_digits=False)
    returned = engine.compress_prompt_llmlingua2([text], rate=0.4)["compressed_prompt"]
    assert squeezed("".join(text[start:end] for start, end in kept.spans[0])) == squeezed(returned)
    assert kept.n_lost == 0


def test_llmlingua2_is_forced_by_strings_and_digits(classifier_folder, count_tokens):
    text = "the old canal is not closed and it was dug in a desert near the sea by hand with 3 spades, and it is narrow"
    compressor = LinguaCompressor("llmlingua2", classifier_folder, count_tokens)
    force = Force(frozenset({"numbers", "negations"}), strings=("the sea",))
    result = compressor.compress([Chunk("one", text)], rate=0.3, force=force)
    assert "not closed" in result.text
    assert "the sea" in result.text
    assert "3" in result.text
    assert result.notes == ()


def test_llmlingua2_leaves_letters_out_that_its_model_does_not_know(classifier_folder, count_tokens):
    compressor = LinguaCompressor("llmlingua2", classifier_folder, count_tokens)
    chunks = [Chunk("none", "漢字 漢字"), Chunk("some", "The 漢字 of Suez 漢字 in 1869 are few and they are old")]
    result = compressor.compress(chunks, rate=0.5)
    assert "1869" in result.text
    assert {span.source_id for span in result.kept} == {"some"}
    check_places(result, chunks)
    assert compressor.compress(chunks[:1], rate=0.5).text == ""


def test_llmlingua2_gives_the_same_twice(classifier_folder, count_tokens, prose):
    texts = [
        LinguaCompressor("llmlingua2", classifier_folder, count_tokens)
        .compress([Chunk("one", prose[:1500])], rate=0.3, force=Force(strings=("barrage", "the river")))
        .text
        for _ in range(2)
    ]
    assert texts[0] == texts[1]


def test_llmlingua2_refuses_what_the_package_would_misread(tmp_path, count_tokens):
    save_classifier(tmp_path, labels=("keep", "drop"), keeps=0)
    with pytest.raises(CannotCompress, match="second label"):
        LinguaCompressor("llmlingua2", tmp_path, count_tokens)


def losses_of_kept_and_dropped(engine, text):
    """Of the tokens of one segment, each kept one's own loss and the next one's, and so for the dropped ones."""
    ids = engine.tokenizer(text, return_tensors="pt")["input_ids"]
    following = engine.get_ppl("", "token", ids, torch.ones_like(ids))
    own, following = following[:-4], following[1:-3]
    (spans,) = engine.keep([text], "", rate=0.4, long=False).spans
    starts = {start for start, _ in spans}
    is_kept = torch.tensor([at in starts for at in range(1, len(own) + 1)])
    return own[is_kept], own[~is_kept], following[is_kept], following[~is_kept]


def test_the_package_keeps_the_token_before_a_surprising_one(engine, prose):
    """A fault of 0.2.2: its losses are those of the next token."""
    own_kept, own_dropped, next_kept, next_dropped = losses_of_kept_and_dropped(engine, prose[:150].strip())
    assert next_kept.min() > next_dropped.max()
    assert own_kept.min() < own_dropped.max()


def test_with_losses_in_their_own_place_the_surprising_tokens_are_kept(causal_folder, count_tokens, prose):
    engine = OwnLossLingua(load_causal(causal_folder, precision="fp32"), count_tokens, window_tokens=1024)
    own_kept, own_dropped, _, _ = losses_of_kept_and_dropped(engine, prose[:150].strip())
    assert own_kept.min() > own_dropped.max()


@pytest.mark.parametrize("mode", ["llmlingua", "longllmlingua"])
def test_long_prompts_are_compressed_with_losses_in_their_own_place_too(mode, causal_folder, count_tokens, chunks):
    compressor = LinguaCompressor(mode, causal_folder, count_tokens, window_tokens=1024, loss_place="own")
    result = compressor.compress(chunks[:8], QUESTION, rate=0.6)
    assert 0.2 < result.actual_rate < 0.9
    check_places(result, chunks)


@pytest.mark.model
def test_a_real_model_ranks_the_passage_that_answers_first(models_dir, count_tokens, no_network):
    folder = models_dir / "smollm2-135m-scorer"
    if not folder.is_dir():
        pytest.skip("wellread models pull smollm2-135m-scorer")
    chunks = [
        Chunk("bread", "Sourdough needs flour, water, salt and patience. It rises for a night and is baked in a pot."),
        Chunk(
            "canal", "The Suez Canal was opened in November 1869 after ten years of work under Ferdinand de Lesseps."
        ),
        Chunk(
            "tennis", "The final was played on grass and lasted five hours; rain stopped it twice before the tie-break."
        ),
    ]
    result = LinguaCompressor("longllmlingua", folder, count_tokens, precision="fp32").compress(
        chunks, "When was the Suez Canal opened?", rate=0.5
    )
    assert result.kept[0].source_id == "canal"
    check_places(result, chunks)


def test_threads_that_compress_at_once_get_what_each_would_alone(causal_folder, count_tokens, chunks):
    compressor = LinguaCompressor("llmlingua", causal_folder, count_tokens, precision="fp32", window_tokens=1024)
    parts = [[chunk] for chunk in chunks[:6]]
    alone = [compressor.compress(part, rate=0.5).kept for part in parts]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda part: compressor.compress(part, rate=0.5).kept, parts))
    assert together == alone
