import numpy as np
import pytest

from retrieval.static_index import StaticIndex


def unit_rows(n, dim=16, *, seed=0):
    rows = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_exact_search_agrees_with_all_inner_products():
    vectors = unit_rows(300)
    query = unit_rows(1, seed=1)[0]
    found = StaticIndex.build(vectors).search(query, 10)
    products = vectors @ query
    assert [row for row, _ in found] == np.argsort(-products)[:10].tolist()
    assert [score for _, score in found] == pytest.approx(np.sort(products)[::-1][:10].tolist(), abs=1e-5)


def test_more_rows_than_there_are_may_be_asked_for():
    assert len(StaticIndex.build(unit_rows(3)).search(unit_rows(1)[0], 50)) == 3


def test_a_query_without_direction_finds_nothing():
    assert StaticIndex.build(unit_rows(3)).search(np.zeros(16, dtype=np.float32), 5) == []


def test_only_allowed_rows_come_back():
    vectors = unit_rows(50)
    allowed = np.zeros(50, dtype=bool)
    allowed[[4, 7]] = True
    assert {row for row, _ in StaticIndex.build(vectors).search(vectors[0], 5, allowed=allowed)} == {4, 7}


def test_no_row_is_allowed_so_none_comes_back():
    vectors = unit_rows(5)
    assert StaticIndex.build(vectors).search(vectors[0], 5, allowed=np.zeros(5, dtype=bool)) == []


def test_equal_vectors_keep_the_order_of_rows():
    vectors = np.repeat(unit_rows(1), 4, axis=0)
    assert [row for row, _ in StaticIndex.build(vectors).search(vectors[0], 4)] == [0, 1, 2, 3]


def test_a_large_index_in_cells_finds_nearly_what_the_exact_one_finds():
    centres = unit_rows(40, seed=5)
    rows = np.repeat(centres, 100, axis=0) + 0.1 * unit_rows(4000, seed=6)
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    exact, cells = StaticIndex.build(vectors), StaticIndex.build(vectors, exact_up_to=1000)
    shared = [
        len({row for row, _ in exact.search(query, 10)} & {row for row, _ in cells.search(query, 10)})
        for query in centres
    ]
    assert np.mean(shared) >= 9.0
    allowed = np.zeros(4000, dtype=bool)
    allowed[[11, 3999]] = True
    assert {row for row, _ in cells.search(centres[0], 5, allowed=allowed)} == {11, 3999}


def test_a_saved_index_answers_the_same(tmp_path):
    vectors = unit_rows(30)
    index = StaticIndex.build(vectors)
    index.save(tmp_path / "static.faiss")
    assert StaticIndex.load(tmp_path / "static.faiss").search(vectors[3], 5) == index.search(vectors[3], 5)


def test_a_damaged_file_is_not_opened(tmp_path):
    (tmp_path / "static.faiss").write_bytes(b"nonsense")
    with pytest.raises(RuntimeError):
        StaticIndex.load(tmp_path / "static.faiss")


def test_no_vectors_are_refused():
    with pytest.raises(ValueError, match="shape"):
        StaticIndex.build(np.empty((0, 16), dtype=np.float32))
