"""The embedders of a home, each loaded when it is first used."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.settings import Settings
from lm.catalog import MINILM, MINILM_STATIC
from lm.embedding import Embedder, FloatArray
from lm.loading import load_verified
from lm.pull import is_present, locate


class LateEmbedder:
    """An embedder that is loaded at its first use, once, whichever thread comes first."""

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: Embedder | None = None

    @property
    def fingerprint(self) -> str:
        """Of the embedder behind; loads it."""
        return self._embedder().fingerprint

    @property
    def dim(self) -> int:
        """Of the embedder behind; loads it."""
        return self._embedder().dim

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """As the embedder behind."""
        return self._embedder().encode(texts)

    def _embedder(self) -> Embedder:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


@dataclass(frozen=True)
class Embedders:
    """`static` covers everything; `dense` is the finest there is: the dense encoder, or `static` itself."""

    static: Embedder
    dense: Embedder

    @property
    def has_dense(self) -> bool:
        """Whether there is a dense encoder besides the static one."""
        return self.dense is not self.static


def open_embedders(models_dir: Path | None = None, *, with_dense: bool = True) -> Embedders:
    """The embedders whose files are in `models_dir` (None: the default folder).

    A missing static model is made from the dense one, which takes about 15 seconds once.

    Args:
        models_dir: where `wellread models pull` puts files.
        with_dense: False leaves the dense encoder out.

    Raises:
        ModelMissing: files are not there; the hint says which command gets them. Damaged ones are told at the first
            use, in the same way.
    """
    folder = models_dir or Settings().models_dir
    if not is_present(MINILM_STATIC, folder):
        _make_static(folder)
    static = LateEmbedder(lambda: _load_static(folder))
    if not with_dense:
        return Embedders(static, static)
    locate(MINILM, folder)
    return Embedders(static, LateEmbedder(lambda: _load_dense(folder)))


def _make_static(folder: Path) -> None:
    """Make the static model, if what it is made from is here; no network is asked."""
    import httpx

    from lm.pull import pull

    locate(MINILM, folder)
    with httpx.Client() as http:
        pull(MINILM_STATIC, folder, path=None, is_offline=True, progress=lambda step: None, http=http)


def _load_static(folder: Path) -> Embedder:
    from lm.static_embedding import StaticEmbedder

    return load_verified(MINILM_STATIC, folder, StaticEmbedder)


def _load_dense(folder: Path) -> Embedder:
    from lm.minilm import MiniLMEmbedder

    return load_verified(MINILM, folder, MiniLMEmbedder)
