import math
import threading

import numpy as np
import pytest

from retrieval.lexical import LexicalIndex, Tokenizer, indexed_text, top_rows


def test_a_hand_worked_score_comes_out():
    # Lengths 2, 4 and 3: the mean is 3. "canal" stands once in one of three rows, row 1 is 4 words long.
    index = LexicalIndex.build(["river boat", "canal boat boat lock", "road bridge cart"], k1=1.2, b=0.75)
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    canal = idf * 1 / (1 + 1.2 * (1 - 0.75 + 0.75 * 4 / 3))
    assert index.search("canal", 5) == [(1, pytest.approx(canal, rel=1e-5))]
    boat_idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    boat_0 = boat_idf * 1 / (1 + 1.2 * (1 - 0.75 + 0.75 * 2 / 3))
    boat_1 = boat_idf * 2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 4 / 3))
    assert dict(index.search("boat", 5)) == pytest.approx({0: boat_0, 1: boat_1}, rel=1e-5)


def test_scores_of_several_words_add_up():
    index = LexicalIndex.build(["river boat", "canal boat lock", "road bridge cart"])
    both = dict(index.search("canal boat", 5))
    assert both[1] == pytest.approx(index.search("canal", 1)[0][1] + dict(index.search("boat", 5))[1])


def test_words_are_folded_stemmed_and_freed_of_stop_words_and_accents():
    assert Tokenizer().words("The Générals were RUNNING to the café") == ["general", "run", "cafe"]


def test_scripts_without_spaces_are_cut_into_characters():
    assert Tokenizer().words("東京タワー 1958") == ["東", "京", "タ", "ワ", "ー", "1958"]


def test_words_of_any_script_are_found():
    index = LexicalIndex.build(["Москва стоит на реке", "東京は日本の首都", "αθήνα και πειραιάς", "plain words"])
    assert [index.search(query, 1)[0][0] for query in ("москва", "首都", "ΑΘΗΝΑ")] == [0, 1, 2]


def test_a_query_without_a_known_word_finds_nothing():
    index = LexicalIndex.build(["river boat"])
    assert index.search("zeppelin", 3) == []
    assert index.search("the of and", 3) == []
    assert index.search("!?", 3) == []


def test_a_text_without_words_is_never_found():
    index = LexicalIndex.build(["...", "river boat", ""])
    assert [row for row, _ in index.search("boat river", 10)] == [1]


def test_a_corpus_without_a_single_word_can_be_indexed():
    index = LexicalIndex.build(["...", "!"])
    assert len(index) == 2
    assert index.search("boat", 3) == []


def test_no_texts_are_refused():
    with pytest.raises(ValueError, match="no texts"):
        LexicalIndex.build([])


def test_only_allowed_rows_come_back():
    index = LexicalIndex.build(["boat", "boat boat", "boat boat boat"])
    assert [row for row, _ in index.search("boat", 5, allowed=np.array([True, False, True]))] == [2, 0]


def test_equal_scores_keep_the_order_of_rows_also_at_the_cut():
    index = LexicalIndex.build(["road"] * 5 + ["boat"] * 50)
    assert [row for row, _ in index.search("boat", 7)] == [5, 6, 7, 8, 9, 10, 11]


def test_the_top_rows_agree_with_a_full_sort():
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 20, size=400).astype(np.float32)
    for k in (1, 7, 100, 399, 400, 1000):
        assert top_rows(scores, k).tolist() == np.argsort(-scores, kind="stable")[:k].tolist()


def test_scores_can_be_had_of_rows_of_any_rank():
    index = LexicalIndex.build(["boat boat", "boat and road", "road bridge"])
    best = dict(index.search("boat", 3))
    assert index.scores_of("boat", [2, 1, 0]) == {1: best[1], 0: best[0]}
    assert index.scores_of("zeppelin", [0, 1]) == {}


def test_a_saved_index_answers_the_same(tmp_path):
    index = LexicalIndex.build(["river boat", "canal boat lock", "road bridge cart"])
    index.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path)
    assert len(loaded) == 3
    assert loaded.search("boats on canals", 5) == index.search("boats on canals", 5)


def test_k_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        LexicalIndex.build(["boat"]).search("boat", 0)


def test_building_writes_nothing_to_the_terminal(capfd):
    LexicalIndex.build(["river boat", "canal boat"]).search("boat", 2)
    assert capfd.readouterr() == ("", "")


def test_threads_may_stem_together():
    tokenizer = Tokenizer()
    text = " ".join(f"running{i} walkers{i}" for i in range(2000))
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(tokenizer.words(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Tokenizer().words(text)] * 4


def test_titles_and_headings_are_part_of_what_is_searched():
    index = LexicalIndex.build([indexed_text("Suez Canal", ("History", "Opening"), "It opened in 1869.")])
    assert index.search("suez", 1) and index.search("history", 1) and index.search("1869", 1)


def test_rows_with_all_words_are_those_that_hold_each_of_them():
    index = LexicalIndex.build(["The night ferries", "A ferry by day", "Night, and a ferry again", "Bread"])
    assert index.rows_with_all("Night Ferry").tolist() == [0, 2]
    assert index.rows_with_all("ferry").tolist() == [0, 1, 2]
    assert index.rows_with_all("night train").tolist() == []
    assert index.rows_with_all("the").tolist() == []
