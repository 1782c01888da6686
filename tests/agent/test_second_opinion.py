"""Which settings ask for a second opinion, and with which model."""

from dataclasses import replace

import pytest

from agent.claims.probability import SHIPPED, load_support_model
from agent.claims.token_gains import VERSION
from agent.claims.window import window_around
from agent.config import load
from agent.entropy.asking import Asked
from agent.entropy.wepr import WeprModel
from agent.errors import UsageProblem
from agent.second_opinion import asked_of, best_support_model, cascade_of
from agent.services import roles_needed
from agent.settings import Settings, VerifySettings
from agent.stemming import english_stem
from evals.bench import Bench
from evals.programs.ask import run_context
from lm.catalog import SMOLLM2_SCORER
from lm.pull import Verified, VerifiedFile
from lm.scripted import ScriptedLM
from tests.agent.run_services import open_services, settings_for


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


@pytest.fixture
def services(affair, tmp_path, models_dir):
    """Of a run whose judge is switched on, with the models of this machine."""
    settings = settings_for(tmp_path).model_copy(
        update={"models_dir": models_dir, "verify": VerifySettings(cascade="on", window=0.1, budget=0.25, entropy="on")}
    )
    with open_services(affair, settings, ScriptedLM([])) as found:
        yield found


@pytest.mark.model
def test_the_settings_become_a_cascade_over_the_shipped_model(services, static_models):
    cascade = cascade_of(services, english_stem())
    assert cascade.window == window_around(0.5, 0.1, load_support_model().quantiles)
    assert (cascade.budget, cascade.seed) == (0.25, services.settings.write.seed)
    assert cascade.judge is services.writer  # a role that names no model is the writer's
    assert cascade.estimator.embedder.fingerprint == cascade.estimator.model.embedder


@pytest.mark.model
def test_an_evaluation_has_second_opinions_only_where_they_are_switched_on(affair, services, static_models):
    def context_of(cascade):
        settings = services.settings.model_copy(update={"verify": VerifySettings(cascade=cascade)})
        return run_context(
            Bench(settings, 0, 7, corpus_=affair.corpus, searcher_=affair.searcher, embedder_=affair.embedder,
                  writer_=services.writer)
        )  # fmt: skip

    assert context_of("auto").cascade is None
    assert (context_of("on").cascade.judge, context_of("on").cascade.seed) == (services.writer, 7)


def test_without_a_cascade_nothing_is_loaded(services):
    off = services.settings.model_copy(update={"verify": VerifySettings(cascade="off")})
    assert cascade_of(replace(services, settings=off), english_stem()) is None
    assert asked_of(replace(services, settings=off)) == Asked()


def test_the_writer_s_risk_is_read_from_the_home_and_another_writer_s_is_refused(services):
    assert asked_of(services) == Asked(top_logprobs=15)
    wepr = WeprModel(writer="scripted", temperature=0, k=15, intercept=0.0, means=(0.0,) * 15, maxima=(0.0,) * 15,
                     data="d", n=2, n_wrong=1, seed=1, fitted="", version="")  # fmt: skip
    services.home.wepr.write_text(wepr.model_dump_json())
    assert asked_of(services) == Asked(top_logprobs=15, wepr=wepr)
    services.home.wepr.write_text(wepr.model_copy(update={"writer": "openai:m"}).model_dump_json())
    with pytest.raises(UsageProblem, match="was fitted for openai:m, not for scripted"):
        asked_of(services)
