"""What every compressor must hold, whichever it is."""

import itertools

import pytest

from prompts.compression.cascade import Cascade
from prompts.compression.extractive import Extractive
from prompts.compression.fitting import whole_text
from prompts.compression.forced import ALL_KINDS, find_forced
from prompts.compression.passage_ranking import QuestionLikelihood
from prompts.compression.random_deletion import RandomDeletion
from prompts.compression.token_level import TokenLevel
from prompts.compression.token_scores import Contrastive, Surprisal
from prompts.compression.types import Chunk, Compressor, Force, TokenCounter
from tests.bag_embedder import BagEmbedder
from tests.prompts.compression.made_sources import FILMS, RareWordScorer, count_pieces, prose

QUESTION = "When did the director of The Grey Heron die?"


def made(name: str, *, count_tokens: TokenCounter = count_pieces) -> Compressor:
    scorer = RareWordScorer()
    extractive = Extractive(BagEmbedder(), count_tokens)
    surprisal = TokenLevel("surprisal", Surprisal(scorer, "table"), count_tokens)
    every: dict[str, Compressor] = {
        "extractive": extractive,
        "surprisal": surprisal,
        "contrastive": TokenLevel(
            "contrastive", Contrastive(scorer, "table"), count_tokens, QuestionLikelihood(scorer, "table")
        ),
        "cascade": Cascade("cascade", extractive, surprisal, count_tokens),
        "random": RandomDeletion(count_tokens),
    }
    return every[name]


COMPRESSORS = ("extractive", "surprisal", "contrastive", "cascade", "random")
SIZES = [round(50 * (8000 / 50) ** (at / 49)) for at in range(50)]


@pytest.mark.parametrize("name", COMPRESSORS)
def test_the_rate_is_met_within_two_hundredths_on_fifty_texts(name):
    compressor = made(name)
    for at, n_tokens in enumerate(SIZES):
        text = prose(round(n_tokens / 1.9), seed=at)
        result = compressor.compress(
            [Chunk("a", text)], "the letter of the council", rate=(0.2, 0.35, 0.5, 0.8)[at % 4]
        )
        assert abs(result.actual_rate - result.requested_rate) <= 0.02, (at, n_tokens, result.actual_rate)
        assert result.kept_tokens == count_pieces(result.text)


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize("text", ["古代の水路は町の北から南へ流れ、人々はそれを使った。" * 9, "aqueduct," * 200])
def test_the_rate_is_met_in_a_text_without_white_space(name, text):
    compressor = made(name, count_tokens=len)
    for rate in (0.2, 0.5, 0.8):
        result = compressor.compress([Chunk("a", text)], "水路", rate=rate)
        assert abs(result.actual_rate - rate) <= 0.02


@pytest.mark.parametrize("seed", range(5))
def test_the_rate_is_met_though_long_quotations_do_not_fit(seed):
    quotation = "“" + " ".join(["a"] * 190) + "”"
    text = " ".join(" ".join([*["of it so"] * 12, quotation]) for _ in range(12))
    result = RandomDeletion(count_pieces, seed=seed).compress([Chunk("a", text)], rate=0.15)
    assert abs(result.actual_rate - 0.15) <= 0.02


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_kept_spans_slice_back_and_their_order_is_that_of_the_source(name, rate):
    chunks = [Chunk(f"{at}", prose(120, seed=at)) for at in range(6)]
    texts = {chunk.id: chunk.text for chunk in chunks}
    result = made(name).compress(chunks, "the bridge at Port Sund", rate=rate)
    rebuilt = [" "] * len(result.text)
    for span in result.kept:
        assert texts[span.source_id][span.start : span.end] == result.text[span.at : span.at_end]
        rebuilt[span.at : span.at_end] = result.text[span.at : span.at_end]
    assert "".join(rebuilt).split() == result.text.split()
    for chunk in chunks:
        own = [span for span in result.kept if span.source_id == chunk.id]
        assert all(one.end <= after.start for one, after in itertools.pairwise(own))


@pytest.mark.parametrize("name", COMPRESSORS)
def test_what_is_forced_survives_at_a_fifth_wherever_it_stands(name):
    chunks = [Chunk(f"{at}", prose(200, seed=at)) for at in range(4)]
    force = Force(kinds=ALL_KINDS, strings=("timber",))
    result = made(name).compress(chunks, "engines", rate=0.2, force=force)
    for chunk in chunks:
        kept = {at for span in result.kept if span.source_id == chunk.id for at in range(span.start, span.end)}
        assert all(at in kept for start, end in find_forced(chunk.text, force) for at in range(start, end))


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_forced_name_of_one_word_survives_though_what_told_it_does_not(name):
    said = ("They met Barton.", "He saw Lena often.", "Then Weil and Sund spoke.", "No one came to Dunst.")
    text = " ".join(f"{said[at % 4]} It rained again for years." for at in range(60))
    force = Force(kinds=frozenset({"names"}))
    result = made(name).compress([Chunk("a", text)], "rain", rate=0.2, force=force)
    kept = {at for span in result.kept for at in range(span.start, span.end)}
    assert all(at in kept for start, end in find_forced(text, force) for at in range(start, end))


@pytest.mark.parametrize("name", COMPRESSORS)
def test_the_whole_rate_leaves_everything(name):
    result = made(name).compress(FILMS, QUESTION, rate=1.0)
    assert sorted(result.text.split()) == sorted(whole_text(FILMS).split())
    assert result.actual_rate == 1.0


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize("chunks", [[], [Chunk("a", "")], [Chunk("a", " \n"), Chunk("b", "Word.")]])
def test_nothing_and_next_to_nothing_are_no_trouble(name, chunks):
    result = made(name).compress(chunks, QUESTION, rate=0.5)
    assert len(result.text) <= len(whole_text(chunks))


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "either a rate"),
        ({"rate": 0.5, "target_tokens": 10}, "not both"),
        ({"rate": 0.0}, "above 0"),
        ({"rate": 1.5}, "up to 1"),
        ({"target_tokens": 0}, "at least 1"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(name, wanted, said):
    with pytest.raises(ValueError, match=said):
        made(name).compress(FILMS, QUESTION, **wanted)


@pytest.mark.parametrize("name", COMPRESSORS)
def test_two_sources_of_one_name_are_refused(name):
    with pytest.raises(ValueError, match="'a'"):
        made(name).compress([Chunk("a", "One."), Chunk("a", "Two.")], QUESTION, rate=0.5)


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_citation_on_the_compressed_text_resolves_to_the_source(name):
    result = made(name).compress(FILMS, QUESTION, rate=0.5)
    texts = {chunk.id: chunk.text for chunk in FILMS}
    word = max(result.text.split(), key=len)
    start = result.text.index(word)
    parts = result.origin(start, start + len(word))
    assert "".join(texts[part.source_id][part.start : part.end] for part in parts) == word
    with pytest.raises(ValueError, match="no span"):
        result.origin(3, 3)


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_size_that_cannot_be_met_is_told(name):
    numbers = [Chunk("a", "see 1 2 3 4 5 6 7 8")]
    forced = made(name).compress(numbers, rate=0.2, force=Force(frozenset({"numbers"})))
    assert "what is forced takes more than the allowance" in forced.notes
    address = [Chunk("a", "see https://example.org/" + "a/b" * 50)]
    assert any("must not be cut" in note for note in made(name).compress(address, rate=0.5).notes)
    assert made(name).compress(FILMS, QUESTION, rate=0.5).notes == ()
