import json

import numpy as np
import pytest

from lm.errors import ModelMissing
from lm.token_classifier import TokenClassifier, _windows, add_words, keep_index, load_classifier
from tests.prompts.compression.small_models import LIKED, save_causal, save_classifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("any-name"))


@pytest.fixture(scope="module")
def classifier(folder):
    return TokenClassifier(load_classifier(folder, precision="fp32"))


def test_each_token_has_its_place_and_its_chance(classifier):
    text = "Suez opened in 1869 — [SEP] naïve."
    scores = classifier.p_keep(text, cuts=[])
    liked = [text[start] in LIKED for start in scores.starts]
    assert [text[start:end] for start, end in zip(scores.starts, scores.ends, strict=True)] == [
        *"Suez", *"opened", *"in", *"1869", "—", *"[SEP]", "naïve", ".",
    ]  # fmt: skip
    assert (scores.p_keep > 0.5).tolist() == liked


def test_a_text_of_many_windows_is_read_whole_and_the_same_each_time(classifier):
    prose = "The canal was dug. It was 193 km long and Said was proud of it. " * 300
    cuts = [at + 1 for at, letter in enumerate(prose) if letter == "."]
    scores = classifier.p_keep(prose, cuts=cuts)
    assert len(scores.p_keep) == len(scores.starts) > 10_000
    assert np.array_equal(scores.p_keep, classifier.p_keep(prose, cuts=cuts).p_keep)


def test_a_window_ends_at_a_cut_or_at_a_space_or_when_it_is_full():
    cuts, spaces = np.array([7]), np.array([3, 7, 14])
    assert _windows(30, 10, cuts, spaces) == [(0, 7), (7, 14), (14, 24), (24, 30)]
    assert _windows(10, 10, cuts, spaces) == [(0, 10)]
    assert _windows(0, 10, cuts, spaces) == []


def test_a_text_of_nothing_has_no_tokens(classifier):
    assert len(classifier.p_keep(" \n", cuts=[]).p_keep) == 0


def test_a_window_longer_than_the_model_reads_is_refused(folder):
    with pytest.raises(ValueError, match="600 tokens"):
        TokenClassifier(load_classifier(folder), window_tokens=600)


def test_the_label_that_keeps_is_told_or_named_keep_or_the_second_of_nameless_ones():
    assert keep_index({0: "LABEL_0", 1: "LABEL_1"}, None) == 1
    assert keep_index({0: "Keep", 1: "drop"}, None) == 0
    assert keep_index({0: "preserve", 1: "discard"}, "preserve") == 0
    with pytest.raises(ValueError, match=r"keep=…"):
        keep_index({0: "preserve", 1: "discard"}, None)
    with pytest.raises(ValueError, match="must be two"):
        keep_index({0: "keep", 1: "drop", 2: "other"}, None)


def test_the_first_label_may_be_the_one_that_keeps(tmp_path):
    save_classifier(tmp_path, labels=("keep", "drop"), keeps=0)
    scores = TokenClassifier(load_classifier(tmp_path)).p_keep("A b 5", cuts=[])
    assert (scores.p_keep > 0.5).tolist() == [True, False, True]


def test_another_kind_of_model_is_refused_rather_than_given_a_random_head(tmp_path):
    with pytest.raises(ModelMissing):
        load_classifier(tmp_path)
    with pytest.raises(ValueError, match="LlamaForCausalLM"):
        load_classifier(save_causal(tmp_path))


def test_code_in_a_models_folder_is_not_run(folder, tmp_path):
    save_classifier(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["auto_map"] = {"AutoModelForTokenClassification": "evil.Model"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "evil.py").write_text("raise RuntimeError('code of the folder was run')")
    assert load_classifier(tmp_path).keep_index == 1


def test_added_words_are_one_token_and_change_nothing_from_time_to_time(folder):
    rows = []
    for _ in range(2):
        loaded = load_classifier(folder, precision="fp32")
        add_words(loaded, ["[NEW0]", "[NEW1]"])
        table = loaded.model.get_input_embeddings().weight
        rows.append(table[-2:].detach().numpy())
        assert np.allclose(rows[-1], table[:-2].mean(dim=0).detach().numpy(), atol=1e-6)
    assert np.array_equal(rows[0], rows[1])
