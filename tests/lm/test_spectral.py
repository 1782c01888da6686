import numpy as np
import pytest

from lm.spectral import spectral_entropy


def unit(rows):
    rows = np.asarray(rows, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_equal_texts_have_no_entropy_and_orthogonal_ones_the_most():
    assert spectral_entropy(unit([[1, 2, 2]] * 5)) == pytest.approx(0.0, abs=1e-6)
    assert spectral_entropy(np.eye(7, dtype=np.float32)) == pytest.approx(np.log(7))
    assert spectral_entropy(np.empty((0, 3), dtype=np.float32)) == 0.0


def test_more_texts_than_dimensions_and_fewer_are_one_law():
    rng = np.random.default_rng(3)
    vectors = unit(rng.normal(size=(12, 5)))
    eigenvalues = np.linalg.eigvalsh(vectors @ vectors.T / 12)
    eigenvalues = eigenvalues[eigenvalues > 1e-9]
    assert spectral_entropy(vectors) == pytest.approx(-(eigenvalues * np.log(eigenvalues)).sum(), abs=1e-6)
    turned = vectors @ np.linalg.qr(rng.normal(size=(5, 5)))[0]
    assert spectral_entropy(unit(turned)) == pytest.approx(spectral_entropy(vectors), abs=1e-5)


def test_a_copy_adds_no_entropy():
    vectors = unit(np.random.default_rng(5).normal(size=(6, 40)))
    assert spectral_entropy(np.vstack([vectors, vectors[:1]])) < spectral_entropy(vectors)


def test_vectors_that_are_not_of_length_one_are_refused():
    with pytest.raises(ValueError, match="length 1"):
        spectral_entropy(np.full((2, 3), 2.0, dtype=np.float32))
