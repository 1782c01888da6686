"""The static embedder, loaded when this is imported: by the server of warm programs, for all that it forks.

Loading it takes most of the time of a small command, and only reads.
"""

import os
from pathlib import Path

import agent.embedders
from lm.catalog import MINILM_STATIC
from lm.embedding import Embedder
from lm.loading import load_verified
from lm.static_embedding import StaticEmbedder

EMBEDDER: Embedder = load_verified(MINILM_STATIC, Path(os.environ["WELLREAD_MODELS"]), StaticEmbedder)
EMBEDDER.encode(["Warm."])


def use_loaded() -> None:
    """Let this process's commands take the embedder that is there."""
    agent.embedders._load_static = lambda folder: EMBEDDER
