"""The compressor that was measured best on a home's corpus, kept in the home with the measurements.

Another reader's or another scorer's choice is no error, but it is told: bits are the scorer's word.
"""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from agent.compression.names import MeasuredName
from agent.errors import FileBroken
from lm.files import write_atomically
from lm.types import Frozen

_VERSION = 1
_MEND = "measure again: wellread compress tune"


class Measured(Frozen):
    """One compressor at one rate, on the same passages as the others.

    Bits are of the passage, given the question, as a lower bound; intervals are of 95 %, over passages.
    """

    compressor: MeasuredName
    rate: float
    actual_rate: float
    bits: float
    bits_low: float
    bits_high: float
    bits_per_token: float
    bits_per_token_low: float
    bits_per_token_high: float
    is_saturated: bool = Field(description="Whether the bits say little more than that there were too few rivals.")
    top1: float = Field(description="Share of passages that the scorer knows again by what is left of them.")
    seconds_per_1000_tokens: float
    usd_per_1000_tokens: float | None


class Choice(Frozen):
    """What was chosen, out of what, and on what."""

    version: int = _VERSION
    chosen: MeasuredName
    rate: float
    why: str
    target_model: str
    scorer: str
    questions: int
    passages: int
    ceiling_bits: float
    corpus: str = Field(description="The corpus's own id.")
    made_at: str
    table: tuple[Measured, ...]


class _Versioned(BaseModel):
    version: int


def write_choice(path: Path, choice: Choice) -> None:
    """Keep it, in the place of any other.

    Raises:
        FileBroken: the file cannot be written.
    """
    try:
        write_atomically(path, choice.model_dump_json(indent=1) + "\n")
    except OSError as error:
        raise FileBroken(f"cannot write {path}: {error.strerror}", hint="make the home folder writable") from error


def read_choice(path: Path) -> Choice | None:
    """What was chosen; None where nothing was measured.

    Raises:
        FileBroken: the file is damaged, of another version, or cannot be read.
    """
    try:
        content = path.read_bytes()
        if (version := _Versioned.model_validate_json(content).version) != _VERSION:
            raise FileBroken(f"{path} is of version {version}, not {_VERSION}", hint=f"remove it, then {_MEND}")
        return Choice.model_validate_json(content)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileBroken(f"cannot read {path}: {error.strerror}", hint="make it readable") from error
    except ValidationError as error:
        raise FileBroken(f"{path} is damaged", hint=f"remove it, then {_MEND}") from error


def best_of(
    table: tuple[Measured, ...], rate: float, *, max_seconds: float | None, max_usd: float | None
) -> tuple[Measured, str] | None:
    """The compressor to take, and why; None: all of them are too slow or too dear.

    It is the fastest of those that may be the best: whose bits for each token reach into the best one's interval. Where
    the scorer knows the passages again by what one of them leaves, its bits are at their ceiling and say nothing; then
    the next lower measured rate decides. Where that is so at all of them, those at the ceiling are equally good.

    Args:
        table: All measurements.
        rate: The one that is wanted; the measured rate next to it is looked at first.
        max_seconds: For 1,000 tokens of sources.
        max_usd: The same in money; a compressor whose price is not known is left out then.
    """
    allowed = [row for row in table if _is_within(row, max_seconds, max_usd)]
    if not allowed:
        return None
    nearest = min({row.rate for row in allowed}, key=lambda one: abs(one - rate))
    lower = sorted({row.rate for row in allowed if row.rate < nearest}, reverse=True)
    at_rate = {one: [row for row in allowed if row.rate == one] for one in (nearest, *lower)}
    telling = next((one for one, rows in at_rate.items() if not any(row.is_saturated for row in rows)), None)
    rows = at_rate[min(at_rate) if telling is None else telling]
    best = max(rows, key=lambda row: row.bits_per_token)
    may_be_best = [row for row in rows if row.bits_per_token_high >= best.bits_per_token_low]
    if telling is None:
        may_be_best = [row for row in rows if row.is_saturated or row in may_be_best]
    taken = min(may_be_best, key=lambda row: row.seconds_per_1000_tokens)
    return taken, _why(taken, best, may_be_best, nearest=nearest, is_told=telling is not None, is_alone=len(rows) == 1)


def _is_within(row: Measured, max_seconds: float | None, max_usd: float | None) -> bool:
    is_fast = max_seconds is None or row.seconds_per_1000_tokens <= max_seconds
    is_cheap = max_usd is None or (row.usd_per_1000_tokens is not None and row.usd_per_1000_tokens <= max_usd)
    return is_fast and is_cheap


def _why(
    taken: Measured, best: Measured, may_be_best: Sequence[Measured], *, nearest: float, is_told: bool, is_alone: bool
) -> str:
    said = f"{taken.bits_per_token:.3f} bits a token at rate {taken.rate:g}"
    if is_alone:
        said += ", of the only one that was measured and is within the limits"
    elif len(may_be_best) == 1:
        said += ", surely more than any other"
    elif taken is best:
        said += f", the most and the fastest of {len(may_be_best)} that may be as good"
    else:
        said += f", the fastest of {len(may_be_best)} that may be as good as {best.compressor}"
    if is_told and taken.rate == nearest:
        return said
    where = f"at rate {nearest:g}" if is_told else "at every measured rate"
    said += f"; {where} passages are known again by whatever is left of them, so bits tell nothing there"
    return said if is_told else f"{said}: a lower --rate or more --rivals would"
