"""What was fitted on one model's answers, kept in the home: thresholds of the pursuit and cut-offs of difficulty.

A run keeps its own copy from its start. Another model's numbers are refused: they say nothing of this one's certainty.
"""

from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from agent.difficulty import Cutoffs
from agent.errors import FileBroken, UsageProblem
from agent.home import Home
from agent.pursuit.conformal import Thresholds
from agent.settings import Settings
from lm.files import write_atomically
from lm.types import Frozen

_VERSION = 2
_MEND = "fit it on questions with answers: wellread eval calibrate DATA"


class Calibration(Frozen):
    """Fitted numbers, with what they were fitted on. `data` names the questions, `n` counts those of the tuning half
    that were answered, `evidence_tokens` is the setting of `[ask]` that they were answered with."""

    version: int = _VERSION
    model: str
    evidence_tokens: int
    data: str
    n: int = Field(ge=1)
    thresholds: Thresholds
    cutoffs: Cutoffs

    @property
    def told(self) -> str:
        """On what it was fitted, in words."""
        return f"of {self.model} on {self.n} questions of {self.data}"


class _Versioned(BaseModel):
    """The version alone, of a file whose other fields may be another version's."""

    version: int


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Keep it, in the place of any other.

    Raises:
        FileBroken: the file cannot be written.
    """
    try:
        write_atomically(path, calibration.model_dump_json(indent=1) + "\n")
    except OSError as error:
        raise FileBroken(f"cannot write {path}: {error.strerror}", hint="make the home folder writable") from error


def read_calibration(path: Path, model: str, *, evidence_tokens: int) -> Calibration:
    """What was fitted for `model`, for answers drawn from so much evidence.

    Raises:
        UsageProblem: nothing was fitted, or another model's answers were, or answers drawn from more evidence or less.
        FileBroken: the file is damaged, of another version, or cannot be read.
    """
    try:
        content = path.read_bytes()
        if (version := _Versioned.model_validate_json(content).version) != _VERSION:
            raise FileBroken(f"{path} is of version {version}, not {_VERSION}", hint=f"remove it, then {_MEND}")
        found = Calibration.model_validate_json(content)
    except FileNotFoundError as error:
        raise UsageProblem(f"nothing was calibrated for {model}: there is no {path}", hint=_MEND) from error
    except OSError as error:
        raise FileBroken(f"cannot read {path}: {error.strerror}", hint="make it readable") from error
    except ValidationError as error:
        raise FileBroken(f"{path} is damaged", hint=f"remove it, then {_MEND}") from error
    if found.model != model:
        raise UsageProblem(f"{path} was calibrated for {found.model}, not for {model}", hint=f"{_MEND} --model {model}")
    if found.evidence_tokens != evidence_tokens:
        raise UsageProblem(
            f"{path} was calibrated with ask.evidence_tokens = {found.evidence_tokens}, not {evidence_tokens}",
            hint=f"set it back, or {_MEND}",
        )
    return found


def calibration_for(settings: Settings, model: str) -> Calibration | None:
    """What `[ask]` needs that was fitted for `model`; None where it needs nothing. Raises as `read_calibration`."""
    if settings.ask.pursue == settings.ask.route == "off":
        return None
    return read_calibration(Home(settings.home).calibration, model, evidence_tokens=settings.ask.evidence_tokens)
