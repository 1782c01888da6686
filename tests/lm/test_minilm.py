import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import BertConfig, BertModel, BertTokenizerFast

from lm.errors import ModelMissing
from lm.minilm import MiniLMEmbedder

TEXTS = ["w1 w2 w3 w4 w5 w6", "w7", "", "w1 w2", "w30 w31 w32"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A random sentence-embedding model of 16 dimensions, of the same make as MiniLM."""
    base = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{i}" for i in range(35))]
    torch.manual_seed(1)
    config = BertConfig(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    BertModel(config).save_pretrained(base)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(words)}).save_pretrained(base)
    transformer = Transformer(str(base), max_seq_length=256)
    model = SentenceTransformer(modules=[transformer, Pooling(16), Normalize()], device="cpu")
    out = tmp_path_factory.mktemp("sentence")
    model.save(str(out), create_model_card=False)
    return out


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-6), ("bf16", 0.03)])
def test_rows_are_unit_vectors_in_the_order_of_the_texts(folder, precision, tolerance):
    embedder = MiniLMEmbedder(folder, precision=precision, batch_size=2)
    rows = embedder.encode(TEXTS)
    assert rows.dtype == np.float32
    assert rows.shape == (len(TEXTS), embedder.dim) == (5, 16)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    alone = np.concatenate([embedder.encode([text]) for text in TEXTS])
    assert np.sum(rows * alone, axis=1) == pytest.approx(np.ones(5), abs=tolerance)


def test_the_fingerprint_tells_precisions_apart(folder):
    fp32, bf16 = MiniLMEmbedder(folder, precision="fp32"), MiniLMEmbedder(folder, precision="bf16")
    assert fp32.fingerprint != bf16.fingerprint
    assert fp32.fingerprint == MiniLMEmbedder(folder, precision="fp32", batch_size=7).fingerprint


def test_no_texts_give_no_rows(folder):
    assert MiniLMEmbedder(folder, precision="fp32").encode([]).shape == (0, 16)


def test_loading_and_embedding_write_nothing_on_the_terminal(folder, capfd):
    MiniLMEmbedder(folder, precision="fp32").encode(TEXTS)
    assert capfd.readouterr() == ("", "")


def test_an_empty_folder_is_a_missing_model(tmp_path):
    with pytest.raises(ModelMissing) as caught:
        MiniLMEmbedder(tmp_path)
    assert caught.value.hint == "wellread models pull minilm"
