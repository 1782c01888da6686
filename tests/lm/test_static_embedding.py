import tracemalloc

import numpy as np
import pytest
from model2vec import StaticModel
from model2vec.persistence import save_pretrained
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from lm.errors import ModelMissing
from lm.static_embedding import StaticEmbedder, distill

VECTORS = np.array([[0, 0], [3, 4], [0, 2], [-3, -4]], dtype=np.float16)


@pytest.fixture
def folder(tmp_path):
    """Four words in two dimensions: [UNK], north-east, north and the opposite of north-east."""
    vocab = {"[UNK]": 0, "east": 1, "north": 2, "west": 3}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    model = StaticModel(VECTORS, tokenizer, normalize=True)
    save_pretrained(
        folder_path=tmp_path,
        embeddings=model.embedding,
        tokenizer=tokenizer,
        config=model.config,
        create_model_card=False,
    )
    return tmp_path


def test_a_text_is_the_unit_mean_of_its_words(folder):
    rows = StaticEmbedder(folder).encode(["East", "east north"])
    assert rows.dtype == np.float32
    assert rows[0] == pytest.approx([0.6, 0.8])
    assert rows[1] == pytest.approx(np.array([3, 6]) / np.sqrt(45))


def test_a_text_without_a_known_word_is_all_zeros(folder):
    rows = StaticEmbedder(folder).encode(["", "   ", "хорошо", "east west"])
    assert np.array_equal(rows, np.zeros((4, 2)))


def test_a_long_text_counts_to_its_end(folder):
    embedder = StaticEmbedder(folder)
    assert embedder.encode(["west " * 2000 + "north " * 100_000])[0] == pytest.approx([0, 1], abs=0.06)


def test_a_row_does_not_depend_on_its_neighbours(folder):
    embedder = StaticEmbedder(folder)
    texts = ["east", "north west north", "", "west"]
    alone = np.concatenate([embedder.encode([text]) for text in texts])
    assert np.array_equal(embedder.encode(texts), alone)


def test_texts_of_one_length_take_no_more_memory_than_a_few_of_them(folder):
    embedder = StaticEmbedder(folder)
    texts = ["east " * 2_000] * 1_024
    tracemalloc.start()
    rows = embedder.encode(texts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows.shape == (1_024, 2)
    assert peak < 4 << 20


def test_no_texts_give_no_rows(folder):
    embedder = StaticEmbedder(folder)
    assert embedder.encode([]).shape == (0, embedder.dim) == (0, 2)


def test_the_fingerprint_follows_the_vectors(folder):
    before = StaticEmbedder(folder).fingerprint
    assert StaticEmbedder(folder).fingerprint == before
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    assert StaticEmbedder(folder).fingerprint != before


def test_an_empty_folder_is_a_missing_model(tmp_path):
    with pytest.raises(ModelMissing) as caught:
        StaticEmbedder(tmp_path)
    assert caught.value.hint == "wellread models pull minilm-static"
    with pytest.raises(ModelMissing):
        distill(tmp_path, tmp_path / "out")


@pytest.fixture
def tiny_bert(tmp_path):
    """A random BERT of 40 word pieces and 16 dimensions."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{i}" for i in range(35))]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    tokenizer = transformers.BertTokenizerFast(vocab={word: i for i, word in enumerate(words)})
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    transformers.BertModel(config).save_pretrained(tmp_path / "bert")
    tokenizer.save_pretrained(tmp_path / "bert")
    return tmp_path / "bert"


def test_distilling_twice_gives_the_same_files(tiny_bert, tmp_path, capfd):
    pytest.importorskip("skeletoken", reason="model2vec distils with it")
    for name in ("a", "b"):
        distill(tiny_bert, tmp_path / name, dim=4)
    captured = capfd.readouterr()
    assert captured.out == ""
    for file in ("config.json", "model.safetensors", "tokenizer.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    embedder = StaticEmbedder(tmp_path / "a")
    assert embedder.dim == 4
    assert np.linalg.norm(embedder.encode(["w1 w2"])[0]) == pytest.approx(1.0)
