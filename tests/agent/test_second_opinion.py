"""Which settings ask for a second opinion, and with which model."""

import pytest

from agent.claims.probability import SHIPPED, load_support_model
from agent.claims.token_gains import VERSION
from agent.config import load
from agent.second_opinion import best_support_model
from agent.services import roles_needed
from agent.settings import Settings
from lm.catalog import SMOLLM2_SCORER
from lm.pull import Verified, VerifiedFile


def settings_of(tmp_path, **flags):
    keys = {key.replace("__", "."): value for key, value in flags.items()}
    return load(flags=keys, environ={}, cwd=tmp_path, user_file=tmp_path / "none.toml").settings


def test_without_a_judge_of_its_own_there_is_no_second_opinion(tmp_path):
    assert not settings_of(tmp_path).has_cascade
    assert not settings_of(tmp_path, roles__writer__model="openai:m").has_cascade
    assert not settings_of(tmp_path, roles__writer__model="openai:m", roles__judge__model="openai:m").has_cascade


def test_a_judge_that_is_named_gives_one_unless_it_is_switched_off(tmp_path):
    named = {"roles__writer__model": "openai:m", "roles__judge__model": "openai:n"}
    assert settings_of(tmp_path, **named).has_cascade
    assert not settings_of(tmp_path, **named, verify__cascade="off").has_cascade
    assert settings_of(tmp_path, verify__cascade="on").has_cascade


@pytest.mark.parametrize("mode", ["report", "answer"])
def test_a_run_opens_the_judge_where_it_is_asked(tmp_path, mode):
    assert "judge" not in roles_needed(settings_of(tmp_path), mode)
    assert "judge" in roles_needed(settings_of(tmp_path, verify__cascade="on"), mode)


def test_notes_still_want_helper_and_judge(tmp_path):
    assert roles_needed(settings_of(tmp_path, ask__notes="on"), "answer") == ("writer", "helper", "judge")
    assert roles_needed(settings_of(tmp_path, ask__notes="on"), "report") == ("writer",)


def test_the_model_with_a_scorer_is_taken_only_where_the_scorer_is_installed(tmp_path):
    scored = tmp_path / "scored.json"
    other = load_support_model().model_copy(update={"scorer": "transformers:a", "gains_version": VERSION})
    nowhere = Settings(models_dir=tmp_path / "models")
    assert best_support_model(nowhere, scored=scored) == load_support_model(SHIPPED)
    scored.write_text(other.model_dump_json())
    assert best_support_model(nowhere, scored=scored) == load_support_model(SHIPPED)
    folder = tmp_path / "models" / SMOLLM2_SCORER.name
    folder.mkdir(parents=True)
    for file in SMOLLM2_SCORER.files:
        (folder / file.name).write_bytes(b"x")
    files = tuple(VerifiedFile(name=f.name, sha256=f.sha256 or "0", size_bytes=1) for f in SMOLLM2_SCORER.files)
    verified = Verified(entry=SMOLLM2_SCORER.name, source="made", files=files)
    (folder / "verified.json").write_text(verified.model_dump_json())
    assert best_support_model(nowhere, scored=scored) == other
