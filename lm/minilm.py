"""Dense sentence embeddings by a local sentence-transformers model. Loads torch: import it late."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from lm.embedding import FloatArray
from lm.errors import ModelMissing
from lm.files import file_sha256
from lm.precision import FixedPrecision, Precision, choose_precision

MAX_TOKENS = 256

_DTYPES: dict[FixedPrecision, torch.dtype] = {"bf16": torch.bfloat16, "fp32": torch.float32}


class MiniLMEmbedder:
    """all-MiniLM-L6-v2, or another sentence-transformers model, from a folder. Never goes to the network.

    Texts past 256 word pieces are embedded by their first 256. The last bits of a vector depend on which
    texts share its batch: about 1e-7 in fp32, 1e-2 in bf16.
    """

    def __init__(
        self,
        folder: Path,
        *,
        precision: Precision = "auto",
        batch_size: int = 32,
        n_threads: int | None = None,
    ) -> None:
        """Load the model.

        Args:
            folder: holds `modules.json`, the weights and the tokenizer.
            precision: ``auto`` is bf16 where the CPU multiplies it natively, else fp32.
            batch_size: texts in one forward pass; they are sorted by length first.
            n_threads: of torch, for the whole process; None leaves torch's own choice.

        Raises:
            ModelMissing: the folder holds no such model.
        """
        weights = folder / "model.safetensors"
        if not weights.is_file() or not (folder / "modules.json").is_file():
            raise ModelMissing(f"no sentence-embedding model in {folder}", hint="wellread models pull minilm")
        if n_threads is not None:
            torch.set_num_threads(n_threads)
        self._precision = choose_precision(precision)
        self._batch_size = batch_size
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"dtype": _DTYPES[self._precision]},
        )
        self._model.max_seq_length = MAX_TOKENS
        digest = file_sha256(weights)
        self._fingerprint = f"sentence-transformers:{digest[:16]}:{self._precision}:{MAX_TOKENS}"
        self._dim = len(self._raw(["x"])[0])

    @property
    def fingerprint(self) -> str:
        """Hash of the weights, precision and length limit."""
        return self._fingerprint

    @property
    def precision(self) -> FixedPrecision:
        """The number format that the forward pass computes in."""
        return self._precision

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return self._dim

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts: (n, dim) float32, each row of Euclidean length 1, in the order of `texts`."""
        if not texts:
            return np.empty((0, self._dim), dtype=np.float32)
        rows = self._raw(texts)
        # bf16 rows leave the model about 1 % off unit length.
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def _raw(self, texts: Sequence[str]) -> FloatArray:
        tensor = self._model.encode(
            list(texts), batch_size=self._batch_size, show_progress_bar=False, convert_to_tensor=True
        )
        return np.asarray(tensor.float().cpu().numpy(), dtype=np.float32)
