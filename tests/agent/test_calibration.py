"""What was fitted is kept with its model's name, and refused for another."""

import pytest

from agent.calibration import Calibration, calibration_for, read_calibration, write_calibration
from agent.difficulty import Cutoffs
from agent.errors import FileBroken, UsageProblem
from agent.home import Home
from agent.pursuit.conformal import Thresholds
from agent.settings import AskSettings, Settings

CUTOFFS = Cutoffs(easy_agreement=1.0, easy_entropy=0.0, hard_agreement=0.5, hard_coverage=0.5, n=40, loss=0.2)
THRESHOLDS = Thresholds(alpha=0.15, n=80, pooled=0.7, by_length={0: 0.6, 1: 0.8})
FITTED = Calibration(model="embedded:a", evidence_tokens=900, data="set", n=40, thresholds=THRESHOLDS, cutoffs=CUTOFFS)


def test_it_comes_back_as_it_was_kept(tmp_path):
    write_calibration(tmp_path / "calibration.json", FITTED)
    assert read_calibration(tmp_path / "calibration.json", "embedded:a", evidence_tokens=900) == FITTED


def test_another_model_is_refused_and_told_how_to_fit_it(tmp_path):
    write_calibration(tmp_path / "calibration.json", FITTED)
    with pytest.raises(UsageProblem, match=r"for embedded:a, not for openai:b") as refused:
        read_calibration(tmp_path / "calibration.json", "openai:b", evidence_tokens=900)
    assert "wellread eval calibrate DATA --model openai:b" in refused.value.hint


def test_answers_drawn_from_less_evidence_are_others(tmp_path):
    write_calibration(tmp_path / "calibration.json", FITTED)
    with pytest.raises(UsageProblem, match=r"evidence_tokens = 900, not 400"):
        read_calibration(tmp_path / "calibration.json", "embedded:a", evidence_tokens=400)


def test_without_a_calibration_nothing_is_guessed(tmp_path):
    with pytest.raises(UsageProblem, match="nothing was calibrated for scripted"):
        read_calibration(tmp_path / "calibration.json", "scripted", evidence_tokens=900)


@pytest.mark.parametrize("text", ["", "{}", '{"version": 2, "model": 7}', "\x00"])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(FileBroken, match="damaged"):
        read_calibration(tmp_path / "calibration.json", "scripted", evidence_tokens=900)


def test_another_version_is_named(tmp_path):
    path = tmp_path / "calibration.json"
    for version, left_out in ((3, set()), (1, {"evidence_tokens"})):
        path.write_text(FITTED.model_copy(update={"version": version}).model_dump_json(exclude=left_out))
        with pytest.raises(FileBroken, match=f"is of version {version}, not 2"):
            read_calibration(path, "embedded:a", evidence_tokens=900)


def test_what_is_off_needs_no_calibration(tmp_path):
    assert calibration_for(Settings(home=tmp_path), "embedded:a") is None
    with pytest.raises(UsageProblem):
        calibration_for(Settings(home=tmp_path, ask=AskSettings(route="on")), "embedded:a")
    write_calibration(Home(tmp_path).calibration, FITTED)
    assert calibration_for(Settings(home=tmp_path, ask=AskSettings(pursue="on")), "embedded:a") == FITTED
