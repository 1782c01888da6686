import numpy as np

from lm.caching import CachedEmbedder
from tests.bag_embedder import BagEmbedder


class Counting(BagEmbedder):
    def __init__(self):
        self.texts = []

    def encode(self, texts):
        self.texts += texts
        return super().encode(texts)


def test_each_text_is_embedded_once_and_rows_keep_their_order():
    inner = Counting()
    cached = CachedEmbedder(inner)
    first = cached.encode(["a b", "c", "a b"])
    second = cached.encode(["c", "d"])
    assert inner.texts == ["a b", "c", "d"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(first[1], second[0])


def test_no_texts_give_no_rows():
    assert CachedEmbedder(BagEmbedder()).encode([]).shape == (0, 512)
