import numpy as np
import pytest

from lm.spectral import spectral_entropy
from prompts.compression.extractive import Extractive, Gains, ranked
from prompts.compression.sentences_of import heading_of, sentences_of
from prompts.compression.types import Chunk
from tests.bag_embedder import BagEmbedder
from tests.prompts.compression.made_sources import FILMS, count_pieces


def extractive(**options) -> Extractive:
    return Extractive(BagEmbedder(), count_pieces, **options)


def test_the_sentence_behind_the_bridge_is_kept_though_the_question_does_not_name_it():
    chunks = [
        Chunk("film", "The Grey Heron\nThe Grey Heron of 1951 was directed by Mirela Dunst."),
        Chunk("law", "Law of Corvey\nThe law of Corvey was written down in the year 1240."),
        Chunk("director", "Mirela Dunst\nMirela Dunst ended her days on 4 May 1983."),
        Chunk("stage", "The Oak Stage\nThe Oak Stage opened in the year 1902."),
    ]
    asked = "In which year did the director of The Grey Heron die?"
    assert "4 May 1983" in extractive(whole=True).compress(chunks, asked, rate=0.65).text
    assert "4 May 1983" not in extractive(whole=True, has_bridge=False).compress(chunks, asked, rate=0.65).text


def test_two_questions_keep_two_sets():
    chunk = [
        Chunk("town", "Sund\nIts cranes were built in 1911. Its herons feed on frogs. Its mayor sold the theatre.")
    ]
    of_birds = extractive().compress(chunk, "What do the herons feed on?", rate=0.5).text
    of_port = extractive().compress(chunk, "When were the cranes built?", rate=0.5).text
    assert "frogs" in of_birds and "1911" not in of_birds
    assert "1911" in of_port and "frogs" not in of_port


def test_a_heading_is_kept_with_the_first_kept_sentence_of_its_source():
    result = extractive(whole=True).compress(FILMS, "What does the grey heron feed on?", rate=0.5)
    kept = {span.source_id for span in result.kept}
    for chunk in FILMS:
        assert (f"{chunk.text.splitlines()[0]}\n" in result.text) == (chunk.id in kept)


def test_whole_keeps_no_part_of_a_sentence_and_no_more_than_asked():
    chunks = [Chunk("a", " ".join(f"This sentence has the number {n} and some more words in it." for n in range(20)))]
    for target in range(20, 120, 7):
        result = extractive(whole=True).compress(chunks, "the number 7", target_tokens=target)
        assert result.kept_tokens <= target
        assert all(sentence.strip().startswith("This") for sentence in result.text.split(".") if sentence.strip())


def test_of_two_that_say_the_same_the_second_comes_after_what_is_new():
    said = "The dam failed because its northern sluice was never inspected."
    chunks = [Chunk(f"{n}", said) for n in range(4)] + [Chunk("new", "Two banks of Sund had insured the dam.")]
    target = 2 * count_pieces(said) + 4
    assert "insured" in extractive(whole=True).compress(chunks, "Why had the dam failed?", target_tokens=target).text
    bare = extractive(whole=True, novelty=0.0).compress(chunks, "Why had the dam failed?", target_tokens=target)
    assert "insured" not in bare.text


def test_without_a_question_what_is_central_is_kept():
    chunks = [Chunk(f"{n}", f"The harbour council met on the {n}th to speak of the harbour.") for n in range(3, 9)]
    chunks.append(Chunk("odd", "Quinces ripen late."))
    assert "Quinces" not in extractive(whole=True).compress(chunks, target_tokens=18).text


def test_gains_are_shares_of_what_a_vector_unlike_all_would_bring():
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 2]]
    gains = Gains(vectors)
    assert gains.shares().tolist() == [1, 1, 1, 1]
    gains.take(0)
    assert gains.shares() == pytest.approx([0, 0, 1, 1])
    gains.take(2)
    assert gains.shares()[3] == pytest.approx(1.0) and gains.shares()[1] == 0.0


def test_the_order_two_entropy_agrees_with_the_spectrum_where_both_are_known():
    vectors = np.eye(5, dtype=np.float32)
    gains = Gains(vectors)
    for at in range(5):
        gains.take(at)
    assert -np.log(gains._trace / 25) == pytest.approx(spectral_entropy(vectors)) == pytest.approx(np.log(5))


def test_all_sentences_are_ranked_once():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(30, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert sorted(ranked(rng.normal(size=30), vectors, novelty=0.5)) == list(range(30))


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Grey heron\nA bird.", "Grey heron"),
        ("It is a bird.\nIt eats fish.", None),
        ("Grey heron", None),
        ("\nA bird.", None),
    ],
)
def test_a_heading_is_a_short_first_line_that_is_no_sentence(text, heading):
    span = heading_of(text)
    assert (None if span is None else text[slice(*span)]) == heading


WRAPPED = "The dam of the lower valley was built by two banks of\nSund in the year 1911. Its keeper was old."
TITLED = (
    f"A long account of how the dam of the lower valley came to be\n{'the dam was built by two banks and ' * 5}it held."
)


@pytest.mark.parametrize(
    ("text", "heading", "opening"),
    [
        (WRAPPED, None, WRAPPED.partition(" Its")[0]),
        (TITLED, TITLED.splitlines()[0], TITLED.splitlines()[1]),
        ("\n".join(f"Row {n} of it" for n in range(99)), None, "Row 0 of it\nRow 1"),
    ],
)
def test_a_sentence_that_begins_in_the_first_line_is_not_lost(text, heading, opening):
    sentences = sentences_of([Chunk("a", text)])
    span = sentences.headings[0]
    assert (None if span is None else text[slice(*span)]) == heading
    assert sentences.all[0].text.startswith(opening)
    assert extractive().compress([Chunk("a", text)], rate=1.0).text.split() == text.split()
