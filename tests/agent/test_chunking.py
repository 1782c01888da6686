import pytest

from agent.chunking import open_chunker
from agent.doctor import examine
from agent.main import run
from agent.settings import Settings
from lm.catalog import SMOLLM2_SCORER
from lm.errors import ModelMissing
from tests.lm.damaged_models import put_damaged


def settings(tmp_path, **retrieval):
    return Settings.model_validate({"home": tmp_path, "models_dir": tmp_path / "models", "retrieval": retrieval})


def test_by_length_no_scorer_is_asked_for(tmp_path):
    with open_chunker(settings(tmp_path)) as chunker:
        assert chunker is None


def test_without_the_scorer_the_mend_is_told_before_anything_is_read(tmp_path):
    with pytest.raises(ModelMissing) as caught, open_chunker(settings(tmp_path, chunking="information")):
        pass
    assert caught.value.hint == "wellread models pull smollm2-135m-scorer"


def test_ingest_without_the_scorer_ends_with_code_2_and_the_mend(tmp_path, static_models, monkeypatch, capsys):
    models = tmp_path / "models"
    models.mkdir()
    (models / "minilm-static").symlink_to(static_models / "minilm-static")
    monkeypatch.setenv("WELLREAD_MODELS", str(models))
    monkeypatch.setenv("WELLREAD_RETRIEVAL__CHUNKING", "information")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("The tide rose by two metres in one night.")
    assert run(["ingest", "a.txt"]) == 2
    assert "fix: wellread models pull smollm2-135m-scorer" in capsys.readouterr().err


def test_sizes_come_from_the_settings_and_nothing_is_loaded_for_them(tmp_path):
    put_damaged(SMOLLM2_SCORER, tmp_path / "models")
    with open_chunker(settings(tmp_path, chunking="information", bits=450, max_chars=1000)) as chunker:
        assert chunker.name == "information:450:1000:embedded:smollm2-135m"


def test_doctor_examines_the_scorer_where_ingest_needs_it(tmp_path):
    findings = {found.check: found for found in examine(settings(tmp_path, chunking="information"), ["scorer"])}
    assert findings["role scorer"].fix == "wellread models pull smollm2-135m-scorer"
