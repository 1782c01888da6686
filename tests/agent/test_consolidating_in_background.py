"""Joining units beside a chat: what fails there is told in the log and stops nothing."""

import logging

import pytest

from agent.long_term import consolidate_in_background, open_unit_store
from agent.settings import Settings
from lm.embedding import FloatArray
from lm.errors import EndpointUnreachable
from tests.bag_embedder import BagEmbedder
from tests.memory.unit_samples import unit


class Failing(BagEmbedder):
    """An embedder whose model is out of reach."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    fingerprint = "failing"

    def encode(self, texts: list[str]) -> FloatArray:
        raise self._error


@pytest.mark.parametrize("error", [EndpointUnreachable("the helper is down"), OSError("no room")])
def test_a_model_that_is_out_of_reach_and_a_full_disk_are_told_and_stop_nothing(tmp_path, caplog, error):
    settings = Settings(home=tmp_path, models_dir=tmp_path / "models")
    with open_unit_store(settings, BagEmbedder()) as store:
        store.add([unit("Ada: I like tea")])
    with caplog.at_level(logging.WARNING):
        thread = consolidate_in_background(settings, Failing(error), "user")
        assert thread is not None
        thread.join()
    assert f"not consolidated scope=user error={error}" in caplog.text
