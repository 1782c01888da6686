"""Where the tests of this floor find real models: in `WELLREAD_MODELS`, or in the user's cache folder."""

import os
from pathlib import Path

import platformdirs
import pytest


@pytest.fixture(scope="session")
def minilm_folder():
    models = os.environ.get("WELLREAD_MODELS") or Path(platformdirs.user_cache_dir("wellread")) / "models"
    folder = Path(models) / "minilm"
    if not (folder / "model.safetensors").is_file():
        pytest.skip(f"no model in {folder}: wellread models pull minilm")
    return folder
