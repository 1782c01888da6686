"""Models and data for the tests that need real ones. Without their files those tests are skipped, with the reason."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import platformdirs
import pytest

from lm.openai_chat import OpenAIChat

if TYPE_CHECKING:
    from lm.scorer import TransformersScorer

# A shell that starts us in the background has SIGINT ignored, and our children would inherit that: tests of Ctrl-C
# press it for real.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """WELLREAD_MODELS, or the models in the user's cache folder."""
    named = os.environ.get("WELLREAD_MODELS")
    return Path(named) if named else Path(platformdirs.user_cache_dir("wellread")) / "models"


@pytest.fixture(scope="session")
def static_models(models_dir: Path) -> Path:
    """The models folder, with the static embedder in it."""
    if not (models_dir / "minilm-static" / "verified.json").is_file():
        pytest.skip(f"no static embedder in {models_dir}; `wellread models pull`, or set WELLREAD_MODELS")
    return models_dir


@pytest.fixture(scope="session")
def smollm_gguf(models_dir: Path) -> Path:
    """The embedded default model."""
    path = models_dir / "smollm2-135m" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not path.is_file():
        pytest.skip(f"no model at {path}; fetch it with `wellread models pull`, or set WELLREAD_MODELS")
    return path


@pytest.fixture(scope="session")
def embedded_chat(smollm_gguf: Path) -> Iterator[OpenAIChat]:
    """A client of one embedded server, 2 × 4,096 tokens, for the whole session."""
    from lm.embedded import EmbeddedServer

    # One thread: two that wait for each other on busy cores are slower by tens of times.
    with EmbeddedServer(smollm_gguf, context_tokens=4096, n_parallel=2, n_threads=1) as server:
        chat = server.chat_model("embedded:smollm2-135m")
        yield chat
        chat.close()


@pytest.fixture(scope="session")
def scorer_models(static_models: Path, smollm_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the static embedder and the white-box scorer, which is made where it is not there."""
    import httpx

    from lm.catalog import SMOLLM2_SCORER
    from lm.pull import is_present, pull

    if is_present(SMOLLM2_SCORER, static_models):
        return static_models
    folder = tmp_path_factory.mktemp("models")
    for name in ("minilm-static", smollm_gguf.parent.name):
        (folder / name).symlink_to(static_models / name)
    with httpx.Client() as http:
        pull(SMOLLM2_SCORER, folder, path=None, is_offline=True, progress=lambda step: None, http=http)
    return folder


@pytest.fixture(scope="session")
def scorer_folder(scorer_models: Path) -> Path:
    """The white-box scorer."""
    return scorer_models / "smollm2-135m-scorer"


@pytest.fixture(scope="session")
def scorer(scorer_folder: Path) -> "TransformersScorer":
    """The embedded white-box scorer."""
    from lm.scorer import TransformersScorer

    return TransformersScorer(scorer_folder)


@pytest.fixture(scope="session")
def eval_data() -> Path:
    """The folder of evaluation data that WELLREAD_EVAL_DATA names: a folder for each set."""
    named = os.environ.get("WELLREAD_EVAL_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("no evaluation data; set WELLREAD_EVAL_DATA to its folder")
    return Path(named)
