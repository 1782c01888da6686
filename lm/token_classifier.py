"""A token classifier with two labels, keep and drop, out of a folder: how likely it would keep each token of a text.

Any such model of transformers, whatever it is called; LLMLingua-2's are some (arXiv 2403.12968). Knows tokens and
probabilities, not what is kept. Loads torch: import it late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import (
    AddedToken,
    AutoConfig,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from lm.embedding import FloatArray
from lm.errors import ModelMissing
from lm.files import file_sha256
from lm.keeping import KeepScores
from lm.precision import FixedPrecision, Precision, choose_precision
from lm.scoring import IntArray

_DTYPES: dict[FixedPrecision, torch.dtype] = {"bf16": torch.bfloat16, "fp32": torch.float32}
_N_LABELS = 2


@dataclass(frozen=True, eq=False)
class ClassifierFolder:
    """A token classifier and its tokenizer, as they lie in a folder.

    Attributes:
        model: Of transformers.
        tokenizer: Reads a spelt-out special token as its characters.
        keep_index: Which of the two labels keeps a token.
        fingerprint: Weights, precision and the label.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    keep_index: int
    fingerprint: str


def load_classifier(folder: Path, *, keep: str | None = None, precision: Precision = "auto") -> ClassifierFolder:
    """Load a token classifier; no network, no code out of the folder, no pickled weights.

    Args:
        folder: `config.json`, `model.safetensors` and the tokenizer's files.
        keep: The label of what is kept; None: the one called keep, or LABEL_1 where labels have no names.
        precision: ``auto`` is bf16 where the CPU multiplies it natively, else fp32.

    Raises:
        ModelMissing: the folder holds no such model.
        ValueError: the model is no token classifier of two labels, or nothing says which of them keeps.
    """
    weights = folder / "model.safetensors"
    if not weights.is_file() or not (folder / "config.json").is_file():
        raise ModelMissing(
            f"no token classifier in {folder}", hint="name a folder with config.json and model.safetensors"
        )
    config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
    # Of another model transformers would draw the head at random, and say so only in its log.
    if not any("ForTokenClassification" in name for name in config.architectures or ()):
        raise ValueError(
            f"{folder} holds {', '.join(config.architectures or ('a nameless model',))}: no token classifier"
        )
    index = keep_index(config.id2label, keep)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    fixed = choose_precision(precision)
    model = AutoModelForTokenClassification.from_pretrained(
        str(folder), dtype=_DTYPES[fixed], local_files_only=True, use_safetensors=True
    )
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, split_special_tokens=True)
    return ClassifierFolder(model.eval(), tokenizer, index, f"{file_sha256(weights)[:16]}:{fixed}:{index}")


def keep_index(labels: Mapping[int, str], keep: str | None) -> int:
    """Which of a model's two labels keeps a token.

    Args:
        labels: Each index's name.
        keep: The name that is meant, if the caller knows.

    Raises:
        ValueError: there are not two labels, or none is the one that keeps.
    """
    named = {name.lower(): int(index) for index, name in labels.items()}
    if len(labels) != _N_LABELS or len(named) != _N_LABELS:
        raise ValueError(f"labels {sorted(named)}: there must be two, one to keep and one to drop a token")
    wanted = keep.lower() if keep is not None else "label_1" if set(named) == {"label_0", "label_1"} else "keep"
    if wanted not in named:
        raise ValueError(f"no label {wanted!r} among {sorted(named)}: say which keeps a token (keep=…)")
    return named[wanted]


def add_words(loaded: ClassifierFolder, words: Sequence[str]) -> None:
    """Make words that are always one token; the model, that never saw them, reads the mean of all its words there.

    transformers would draw their vectors at random, and a text would be compressed otherwise each time.
    """
    model, tokenizer = loaded.model, loaded.tokenizer
    before, n_known = _vectors(model), len(tokenizer)
    # As plain words: special ones, when a text spells them, are read as characters.
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in words])
    # Some tables have rows to spare.
    model.resize_token_embeddings(max(len(tokenizer), len(before)), mean_resizing=False)
    with torch.no_grad():
        _vectors(model)[n_known:] = before[:n_known].float().mean(dim=0)


def _vectors(model: PreTrainedModel) -> torch.Tensor:
    """(vocabulary, dimensions) what the model reads each token as."""
    vectors = model.get_input_embeddings().weight
    if not isinstance(vectors, torch.Tensor):
        raise TypeError(f"the token vectors of {type(model).__name__} are no tensor")
    return vectors


class TokenClassifier:
    """Reads texts of any length, in windows."""

    def __init__(self, loaded: ClassifierFolder, *, window_tokens: int = 512) -> None:
        """Make ready.

        Args:
            loaded: The model.
            window_tokens: What is read at once, the model's own start and end tokens included.

        Raises:
            ValueError: the window is longer than the model can read, or holds no text.
        """
        self._model, self._tokenizer, self._keep = loaded.model, loaded.tokenizer, loaded.keep_index
        framed = self._tokenizer("a", return_special_tokens_mask=True)
        ids, is_special = framed["input_ids"], framed["special_tokens_mask"]
        n_first = is_special.index(0)
        n_last = is_special[::-1].index(0)
        self._first, self._last = ids[:n_first], ids[len(ids) - n_last :]
        self._room = window_tokens - n_first - n_last
        longest = int(self._model.config.max_position_embeddings)
        if self._room < 1 or window_tokens > longest:
            raise ValueError(
                f"window of {window_tokens} tokens, but the model takes {n_first + n_last + 1} to {longest}"
            )
        self._fingerprint = f"classifier:{loaded.fingerprint}:{window_tokens}"

    @property
    def fingerprint(self) -> str:
        """Weights, precision, label and window; probabilities of different ones do not compare."""
        return self._fingerprint

    def p_keep(self, text: str, *, cuts: Sequence[int]) -> KeepScores:
        """How likely each token is kept.

        Args:
            text: Of any length.
            cuts: Characters before which a window may begin, in order, such as the first ones of sentences. Where a
                window holds none, it ends at a space, or where it is full.
        """
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        spans = np.asarray(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)
        starts, ends = spans[:, 0], spans[:, 1]
        at_cuts = np.searchsorted(starts, np.asarray(cuts, dtype=np.int64), side="left")
        at_spaces = np.flatnonzero(starts[1:] > ends[:-1]) + 1
        found = [np.empty(0, dtype=np.float32)]
        for begin, end in _windows(len(spans), self._room, at_cuts, at_spaces):
            found.append(self._read(encoded["input_ids"][begin:end]))
        return KeepScores(starts, ends, np.concatenate(found))

    def _read(self, ids: list[int]) -> FloatArray:
        # One window at a time: among others of a batch its last digits would depend on theirs.
        framed = torch.tensor([[*self._first, *ids, *self._last]])
        with torch.inference_mode():
            logits = self._model(input_ids=framed, attention_mask=torch.ones_like(framed)).logits[0].float()
        chances = torch.softmax(logits, dim=-1)[len(self._first) : len(self._first) + len(ids), self._keep]
        return np.asarray(chances.numpy(), dtype=np.float32)


def _windows(n_tokens: int, room: int, at_cuts: IntArray, at_spaces: IntArray) -> list[tuple[int, int]]:
    """Tokens [begin, end) of each window: they tile the text, and none is longer than `room`."""
    found, begin = [], 0
    while begin < n_tokens:
        end = min(begin + room, n_tokens)
        if end < n_tokens:
            end = _last_within(at_cuts, begin, end) or _last_within(at_spaces, begin, end) or end
        found.append((begin, end))
        begin = end
    return found


def _last_within(at: IntArray, begin: int, end: int) -> int | None:
    """The last of `at` in (begin, end]."""
    n_before = int(np.searchsorted(at, end, side="right"))
    return int(at[n_before - 1]) if n_before and at[n_before - 1] > begin else None
