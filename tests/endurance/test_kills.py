"""A few kills of the campaign: a command dies at its write calls and is gone on with."""

import pytest

from benchmarks.endurance import kills
from benchmarks.endurance.commands import ENTRIES
from benchmarks.endurance.part import Options

pytestmark = pytest.mark.model


def some(*names):
    return [entry for entry in ENTRIES if entry.name in names]


def test_an_ingest_and_a_memory_that_are_killed_end_as_if_they_were_not(static_models, tmp_path):
    told = []
    options = Options(place=tmp_path, models_dir=static_models, seed=5, scale=0.1, tell=told.append)
    result = kills.campaign(options, some("ingest", "memory consolidate"))
    assert result.failures == ()
    assert 0 < result.tried == result.survived <= 6  # a kill that comes when all is over is not counted
    assert {row.what for row in result.rows} == {"ingest", "memory consolidate"}


def test_every_entry_has_a_home_to_begin_in_and_a_name_of_its_own():
    from benchmarks.endurance.commands import BASES

    assert {entry.base for entry in ENTRIES} <= set(BASES)
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    assert sum(entry.kills for entry in ENTRIES) >= 300
