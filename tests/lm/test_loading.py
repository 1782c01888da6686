from pathlib import Path

import pytest

from lm.catalog import MINILM, MINILM_STATIC, SMOLLM2_SCORER, ModelEntry, find_entry
from lm.embedded import EmbeddedServer
from lm.errors import ModelMissing
from lm.loading import load_verified
from lm.pull import is_present
from tests.lm.damaged_models import put_damaged

SMOLLM2 = find_entry("smollm2-135m")


def load_static(folder: Path) -> object:
    from lm.static_embedding import StaticEmbedder

    return StaticEmbedder(folder)


def load_minilm(folder: Path) -> object:
    from lm.minilm import MiniLMEmbedder

    return MiniLMEmbedder(folder)


def load_scorer(folder: Path) -> object:
    from lm.scorer import TransformersScorer

    return TransformersScorer(folder)


def start_server(folder: Path) -> object:
    return EmbeddedServer(folder / SMOLLM2.files[0].name, context_tokens=256, n_threads=1).start()


@pytest.mark.parametrize(
    ("entry", "load"),
    [(MINILM_STATIC, load_static), (MINILM, load_minilm), (SMOLLM2_SCORER, load_scorer), (SMOLLM2, start_server)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_damaged_files_of_the_right_size_are_told_with_the_command_that_gets_them(entry: ModelEntry, load, tmp_path):
    folder = put_damaged(entry, tmp_path)
    assert is_present(entry, tmp_path)
    with pytest.raises(ModelMissing, match=rf"{entry.name} is damaged: .* in {folder} changed") as caught:
        load_verified(entry, tmp_path, load)
    assert caught.value.hint == f"wellread models pull {entry.name}"


def test_an_error_that_is_not_the_files_fault_stays_what_it_is(tmp_path, models_dir):
    if not is_present(MINILM_STATIC, models_dir):
        pytest.skip(f"no {MINILM_STATIC.name} in {models_dir}")

    def fail(folder: Path) -> None:
        raise ZeroDivisionError(folder)

    with pytest.raises(ZeroDivisionError):
        load_verified(MINILM_STATIC, models_dir, fail)


def test_a_model_that_is_not_there_is_not_loaded(tmp_path):
    with pytest.raises(ModelMissing, match="is not in"):
        load_verified(MINILM_STATIC, tmp_path, lambda folder: pytest.fail("loaded"))
