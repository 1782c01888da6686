"""Static embeddings: a text is the mean of its word pieces' vectors. Fast, and blind to word order."""

import contextlib
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from model2vec import StaticModel

from lm.embedding import FloatArray
from lm.errors import ModelMissing

_MAX_BATCH = 1024
_MAX_BATCH_CHARS = 200_000


class StaticEmbedder:
    """A model2vec model from a folder. Never goes to the network.

    A text without a known word piece (empty, blank, or unknown script) has no direction: its row is all
    zeros, the one exception to unit length. Its inner product with any other vector is 0, so it is found last
    and never by chance.
    """

    def __init__(self, folder: Path) -> None:
        """Load the model.

        Raises:
            ModelMissing: the folder holds no such model.
        """
        weights, tokenizer = folder / "model.safetensors", folder / "tokenizer.json"
        if not weights.is_file() or not tokenizer.is_file():
            raise ModelMissing(f"no static embedding model in {folder}", hint="wellread models pull minilm-static")
        # A local path with all three files is read as it is; `force_download` would ask the network.
        # float32, because a mean of float16 rows is rounded to float16 again; it costs no speed.
        self._model = StaticModel.from_pretrained(folder, force_download=False, quantize_to="float32")
        digest = hashlib.sha256(weights.read_bytes() + tokenizer.read_bytes()).hexdigest()
        self._fingerprint = f"model2vec:{digest[:16]}"

    @property
    def fingerprint(self) -> str:
        """Hash of the vectors and the tokenizer."""
        return self._fingerprint

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return int(self._model.dim)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Embed texts of any length: (n, dim) float32, each row of length 1, or all zeros."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        # Texts of one length are embedded together, a vector for each word piece: of full stops alone, a gigabyte.
        batch_size = max(1, min(_MAX_BATCH, _MAX_BATCH_CHARS // max(1, *map(len, texts))))
        # model2vec's own workers are threads that set an environment variable for the whole process.
        rows = self._model.encode(
            list(texts), max_length=None, normalize=False, batch_size=batch_size, use_multiprocessing=False
        )
        vectors = np.asarray(rows, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: FloatArray = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        return unit


def distill(minilm_folder: Path, out_folder: Path, *, dim: int = 256) -> None:
    """Make a static model out of a sentence-transformers model; the same input gives the same files.

    Every word piece goes through the model once; PCA keeps `dim` directions; frequent pieces are weighted
    down (SIF).

    Args:
        minilm_folder: the model to learn from.
        out_folder: where `config.json`, `model.safetensors` and `tokenizer.json` are written.
        dim: length of the new vectors.

    Raises:
        ModelMissing: there is no model to learn from.
    """
    if not (minilm_folder / "model.safetensors").is_file():
        raise ModelMissing(f"no sentence-embedding model in {minilm_folder}", hint="wellread models pull minilm")
    # Only here: this draws in torch and transformers, which embedding with a finished model does not need.
    from model2vec.distill import distill_from_model
    from model2vec.persistence import save_pretrained
    from transformers import AutoModel, PreTrainedTokenizerFast

    # The progress bar has no switch and writes to standard error.
    with contextlib.redirect_stderr(io.StringIO()):
        model = AutoModel.from_pretrained(str(minilm_folder), local_files_only=True)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(str(minilm_folder), local_files_only=True)
        static = distill_from_model(model=model, tokenizer=tokenizer, pca_dims=dim, device="cpu")
    # The name would be the folder's path: two machines, two files. The model card would claim another licence.
    static.config["tokenizer_name"] = "all-MiniLM-L6-v2"
    save_pretrained(
        folder_path=out_folder,
        embeddings=static.embedding,
        tokenizer=static.tokenizer,
        config=static.config,
        create_model_card=False,
    )
