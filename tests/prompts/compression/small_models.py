"""Models made in a second: a causal one that knows nothing, and a token classifier that has learnt what to keep."""

import string
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForTokenClassification,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [letter for letter in string.printable if not letter.isspace()]
LIKED = set(string.ascii_uppercase + string.digits)


def save_causal(folder: Path) -> Path:
    """A random Llama of 16 dimensions over bytes, 4,096 of them at once."""
    vocab = {symbol: at for at, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>").save_pretrained(folder)
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=257, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=4096, initializer_range=0.5, bos_token_id=256,
        eos_token_id=256,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def save_classifier(folder: Path, *, labels: tuple[str, str] = ("LABEL_0", "LABEL_1"), keeps: int = 1) -> Path:
    """A BERT of one layer over letters that has learnt to keep capitals and digits."""
    tokenizer = _letters_tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=512, id2label=dict(enumerate(labels)), label2id=dict(zip(labels, (0, 1), strict=True)),
    )  # fmt: skip
    model = BertForTokenClassification(config)
    _teach(model, tokenizer, keeps)
    model.eval().save_pretrained(folder)
    return folder


def _letters_tokenizer() -> PreTrainedTokenizerFast:
    pieces = [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    vocab = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocab, unk_token="[UNK]", continuing_subword_prefix="##"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    framed = [("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=framed)
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, mask_token="[MASK]", **names)


def _teach(model: BertForTokenClassification, tokenizer: PreTrainedTokenizerFast, keeps: int) -> None:
    pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    is_liked = torch.tensor([piece.removeprefix("##") in LIKED for piece in pieces])
    labels = torch.where(is_liked, keeps, 1 - keeps)
    rng = np.random.default_rng(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(80):
        ids = torch.tensor(rng.integers(len(SPECIAL), len(pieces), size=(8, 64)))
        model(input_ids=ids, labels=labels[ids]).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
