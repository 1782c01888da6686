"""Two answers of the campaign's determinism: the same bytes, in another home and by another clock."""

import pytest

from benchmarks.endurance import determinism
from benchmarks.endurance.commands import QUESTION, Step
from benchmarks.endurance.part import Options

pytestmark = pytest.mark.model


def test_the_same_question_gives_the_same_bytes_in_fresh_homes(static_models, tmp_path):
    kinds = [kind for kind in determinism.KINDS if kind.name in ("fresh homes", "fresh homes, real clock")]
    options = Options(place=tmp_path, models_dir=static_models, seed=5, scale=0.05, tell=lambda line: None)
    result = determinism.campaign(options, kinds, Step(("ask", QUESTION, "--format", "md")))
    assert result.failures == ()
    assert result.tried == result.survived == 2
