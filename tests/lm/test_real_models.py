"""The catalogue's models as they are, where they are on this machine: in the folder `models_dir`."""

import numpy as np
import pytest

from lm.catalog import find_entry
from lm.pull import is_present

pytestmark = pytest.mark.model

ENGLISH = "The Suez Canal connects the Mediterranean Sea to the Red Sea through the Isthmus of Suez."
TEXTS = [
    "The canal was opened in 1869 after ten years of work.",
    "Work on the waterway took a decade and ended in 1869.",
    "Sourdough needs flour, water, salt and patience.",
]


@pytest.fixture
def model_folder(request):
    try:
        models_dir = request.getfixturevalue("models_dir")
    except pytest.FixtureLookupError:
        pytest.skip("no models folder is known")

    def find(name):
        if not is_present(find_entry(name), models_dir):
            pytest.skip(f"wellread models pull {name}")
        return models_dir / name

    return find


def test_dense_embeddings_put_paraphrases_together(model_folder):
    from lm.minilm import MiniLMEmbedder

    rows = MiniLMEmbedder(model_folder("minilm")).encode(TEXTS)
    assert rows.shape == (3, 384)
    assert rows[0] @ rows[1] > 0.5 > 0.2 > rows[0] @ rows[2]


def test_static_embeddings_put_paraphrases_together(model_folder):
    from lm.static_embedding import StaticEmbedder

    rows = StaticEmbedder(model_folder("minilm-static")).encode(TEXTS)
    assert rows.shape == (3, 256)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


def test_the_scorer_finds_english_likelier_than_its_words_in_disorder(model_folder):
    from lm.scorer import TransformersScorer

    scorer = TransformersScorer(model_folder("smollm2-135m-scorer"))
    shuffled = " ".join(np.random.default_rng(0).permutation(ENGLISH.split()))
    assert scorer.score(ENGLISH).bits_per_byte() < 1.0 < scorer.score(shuffled).bits_per_byte()
    assert scorer.score(ENGLISH, context=ENGLISH + " ").total_bits < scorer.score(ENGLISH).total_bits / 2


def test_the_byte_bound_holds_for_the_real_tokenizer(model_folder):
    from lm.scorer import TransformersScorer
    from lm.tokens import token_bound

    scorer = TransformersScorer(model_folder("smollm2-135m-scorer"))
    for text in [ENGLISH, "中文 😀 naïve", "  \n\n\t", "1234567890", "<|im_start|>"]:
        assert 0 < scorer.score(text).n_tokens <= token_bound(text)
