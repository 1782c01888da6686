import numpy as np
import pytest

from agent.align import align, sharpened, topic_vector
from agent.errors import NotEnoughEvidence
from tests.agent.affair import OFF_TOPIC, TOPIC

E1, E2 = np.eye(2, dtype=np.float32)


def aligned(place, topic=TOPIC, **options):
    return align(topic, place.searcher, place.embedder, **{"k": 80, **options})


def test_a_topic_vector_moves_half_way_to_its_anchors():
    assert sharpened(E1, E2[None, :]) == pytest.approx(np.array([1, 1]) / np.sqrt(2))


def test_several_anchors_count_as_their_mean():
    assert sharpened(E1, np.stack([E1, E1])) == pytest.approx(E1)
    # The mean of e1 and e2 is their bisector; half-way from e1 to it are 22.5 degrees.
    assert sharpened(E1, np.stack([E1, E2])) == pytest.approx([np.cos(np.pi / 8), np.sin(np.pi / 8)])


def test_without_anchors_the_topic_stays_as_it_is():
    assert sharpened(E1, np.zeros((0, 2), dtype=np.float32)) is E1


def test_a_topic_of_the_corpus_is_found(affair):
    found = aligned(affair)
    assert found.word_share == 1.0
    assert found.best_cosine > 0.5
    assert "technical.md" in {hit.passage.doc_id for hit in found.hits[:3]}


def test_a_topic_that_the_corpus_lacks_is_refused(affair):
    with pytest.raises(NotEnoughEvidence, match=r"cosine 0\.0") as caught:
        aligned(affair, OFF_TOPIC)
    assert caught.value.exit_code == 5
    assert "wellread ingest" in caught.value.hint


def test_only_the_documents_given_are_read(affair):
    found = aligned(affair, doc_ids=["money.md", "court.md"])
    assert {hit.passage.doc_id for hit in found.hits} == {"money.md", "court.md"}


def test_each_document_is_looked_at_once_before_any_is_twice(make_affair):
    line = "The springs of the Brenholt cableway number {} were measured by the inspector Jonas Reke in the spring. "
    documents = {
        "long.md": "# Springs\n\n" + "".join(line.format(i) for i in range(60)),
        "short.md": "# Brakes\n\nThe brake of the Brenholt cableway was measured by nobody.\n",
        "other.md": "# Ropes\n\nThe rope of the Brenholt cableway was measured in the autumn.\n",
    }
    place = make_affair(documents)
    assert len(place.corpus.passages_of("long.md")) > 3
    found = aligned(place, "The springs of the Brenholt cableway")
    assert {hit.passage.doc_id for hit in found.hits[:3]} == set(documents)


def test_p0_is_cut_to_k(affair):
    assert len(aligned(affair, k=5).hits) == 5


def test_the_topic_vector_has_length_one(affair):
    vector = topic_vector(TOPIC, aligned(affair).hits, affair.embedder)
    assert np.linalg.norm(vector) == pytest.approx(1.0)
