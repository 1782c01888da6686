"""A causal model whose memory of what it has read is a list of keys and values, as transformers had it up to version 4.

For code of others that cuts that memory by hand. Knows models and tensors, not what is done with them. Loads torch:
import it late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from lm.errors import ModelMissing
from lm.files import file_sha256
from lm.precision import FixedPrecision, Precision, choose_precision

Tensor = torch.Tensor

_DTYPES: dict[FixedPrecision, torch.dtype] = {"bf16": torch.bfloat16, "fp32": torch.float32}


@dataclass(frozen=True, eq=False)
class PairedOutput:
    """What the model said: `logits` (1, n_tokens, vocabulary) float32, and for each layer its keys and values."""

    logits: Tensor
    past_key_values: list[list[Tensor]]


class PairedCacheModel:
    """Called like a causal model of transformers; keys and values come in and go out as pairs of tensors."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model

    def __call__(
        self,
        input_ids: Tensor,
        *,
        attention_mask: Tensor,
        past_key_values: Sequence[Sequence[Tensor]] | None = None,
        use_cache: bool = True,
    ) -> PairedOutput:
        """One forward pass.

        Args:
            input_ids: (1, n_tokens) what follows the cached tokens.
            attention_mask: (1, n_cached + n_tokens).
            past_key_values: For each layer keys and values (1, n_heads, n_cached, head size).
            use_cache: Must be true: without keys and values there is nothing to give back.

        Raises:
            ValueError: `use_cache` is false.
        """
        if not use_cache:
            raise ValueError("this model always gives its keys and values back: use_cache must be true")
        cache = None if past_key_values is None else DynamicCache([tuple(pair) for pair in past_key_values])
        with torch.no_grad():  # not inference_mode: callers write into what they get
            output = self._model(
                input_ids=input_ids, attention_mask=attention_mask, past_key_values=cache, use_cache=True
            )
        pairs = [[layer.keys, layer.values] for layer in output.past_key_values.layers]
        return PairedOutput(output.logits.float(), pairs)


@dataclass(frozen=True, eq=False)
class CausalFolder:
    """A causal model and its tokenizer, as they lie in a folder.

    Attributes:
        model: See `PairedCacheModel`.
        tokenizer: Reads a spelt-out special token as its characters.
        max_positions: The longest sequence that the model was made for.
        fingerprint: Weights and precision.
    """

    model: PairedCacheModel
    tokenizer: PreTrainedTokenizerBase
    max_positions: int
    fingerprint: str


def load_causal(folder: Path, *, precision: Precision = "auto") -> CausalFolder:
    """Load a causal model; no network, and no code out of the folder.

    Raises:
        ModelMissing: the folder holds no such model.
    """
    weights = folder / "model.safetensors"
    if not weights.is_file() or not (folder / "config.json").is_file():
        raise ModelMissing(f"no causal language model in {folder}", hint="wellread models pull smollm2-135m-scorer")
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    fixed = choose_precision(precision)
    model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=_DTYPES[fixed], local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, split_special_tokens=True)
    return CausalFolder(
        PairedCacheModel(model.eval()),  # type: ignore[no-untyped-call]
        tokenizer,
        int(model.config.max_position_embeddings),
        f"{file_sha256(weights)[:16]}:{fixed}",
    )
