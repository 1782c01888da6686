import pytest

from prompts.compression.passage_ranking import QuestionLikelihood
from prompts.compression.token_level import TokenLevel
from prompts.compression.token_scores import Contrastive, Surprisal
from prompts.compression.types import CannotCompress, Chunk
from tests.prompts.compression.made_sources import FILMS, MuteScorer, RareWordScorer, count_pieces

SCORER = RareWordScorer()


def surprisal() -> TokenLevel:
    return TokenLevel("surprisal", Surprisal(SCORER, "table"), count_pieces)


def contrastive(**options) -> TokenLevel:
    ranker = QuestionLikelihood(SCORER, "table")
    return TokenLevel("contrastive", Contrastive(SCORER, "table"), count_pieces, ranker, **options)


def test_what_surprises_is_kept():
    result = surprisal().compress([Chunk("a", "go up to an extraordinary aqueduct by it")], target_tokens=5)
    assert result.text == "extraordinary aqueduct"


def test_what_was_kept_before_does_not_surprise_again():
    word = "extraordinary"
    text = f"{word} aqueducts " + "of it " * 180 + f"{word} viaducts"  # the second stands in another segment
    result = surprisal().compress([Chunk("a", text)], target_tokens=6)
    assert result.text.count(word) == 1


def test_the_question_decides_what_is_kept():
    chunk = Chunk("a", "aqueducts carry water; viaducts carry trains; causeways carry carts")
    kept = {
        word: contrastive().compress([chunk], f"what of {word}", target_tokens=2).text
        for word in ("aqueducts", "viaducts")
    }
    assert kept["aqueducts"] == "aqueducts" and kept["viaducts"] == "viaducts"


def test_the_source_that_makes_the_question_likely_comes_first():
    result = contrastive().compress(FILMS, "cranes timber harbour Lower Sund", rate=0.3)
    assert result.kept[0].source_id == "port"
    kept_in_order = contrastive(reorder=False).compress(FILMS, "cranes timber harbour Lower Sund", rate=0.3)
    order = [chunk.id for chunk in FILMS]
    places = [order.index(span.source_id) for span in kept_in_order.kept]
    assert places == sorted(places)


def test_better_sources_get_a_higher_rate():
    names = ("alder", "birch", "cedar")
    chunks = [Chunk(name, " ".join(f"{name}{at:02d} of" for at in range(60))) for name in names]
    asked = " ".join(["alder01", "alder02", "alder03", "birch01"])
    result = contrastive().compress(chunks, asked, rate=0.5)
    kept = [sum(span.end - span.start for span in result.kept if span.source_id == name) for name in names]
    assert kept[0] > kept[1] > kept[2]


def test_a_short_best_source_leaves_the_rest_of_the_allowance_to_a_long_worse_one():
    chunks = [Chunk("best", "alder birch."), Chunk("worse", " ".join(f"cedar{at:03d} of" for at in range(400)))]
    result = contrastive().compress(chunks, "alder birch", rate=0.2)
    assert result.kept[0].source_id == "best"
    assert result.actual_rate == pytest.approx(0.2, abs=0.02)


def test_a_scorer_that_cannot_score_is_told():
    with pytest.raises(CannotCompress, match="does not score"):
        TokenLevel("s", Surprisal(MuteScorer(), "mute"), count_pieces).compress(FILMS, rate=0.5)
    with pytest.raises(CannotCompress, match="does not score"):
        QuestionLikelihood(MuteScorer(), "mute").rank(FILMS, "what?")
