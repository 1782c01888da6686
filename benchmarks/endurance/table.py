"""The campaign's results as JSON beside each other, and as the page that people read."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.endurance.part import PartResult
from lm.files import write_atomically
from lm.types import Frozen


class Measured(Frozen):
    """A part's result, and when and on what it was measured."""

    result: PartResult
    at: str
    version: str
    machine: str
    scale: float


class Campaign(Frozen):
    """The newest result of each part, by name."""

    parts: dict[str, Measured]


def read_campaign(path: Path) -> Campaign:
    """What was measured so far; nothing where there is no file."""
    return Campaign.model_validate_json(path.read_bytes()) if path.is_file() else Campaign(parts={})


def add_result(path: Path, measured: Measured) -> Campaign:
    """Put a result in the place of the part's former one, and write the file."""
    parts = read_campaign(path).parts | {measured.result.part: measured}
    campaign = Campaign(parts=dict(sorted(parts.items())))
    write_atomically(path, campaign.model_dump_json(indent=1) + "\n")
    return campaign


def page_of(campaign: Campaign) -> str:
    """The campaign in Markdown."""
    lines = [
        "# Endurance",
        "",
        "What the program outlives, by `make endurance`: each fault is declared in `benchmarks/endurance/`.",
        "This page is written by that program; do not edit it. A part of size 1 was done in full.",
        "",
        *_table(
            ("part", "size", "tried", "survived", "seconds", "measured"),
            [
                (
                    name,
                    f"{one.scale:g}",
                    one.result.tried,
                    one.result.survived,
                    round(one.result.seconds),
                    f"{one.at[:10]}, {one.machine}",
                )
                for name, one in campaign.parts.items()
            ],
        ),
    ]
    for name, one in campaign.parts.items():
        lines += ["", f"## {name}", "", f"Survived: {one.result.survives}", ""]
        scale = "" if one.scale == 1.0 else f", at {one.scale:g} of the campaign's size"
        lines += [f"Seed {one.result.seed}{scale}.", ""]
        lines += _table(
            ("fault", "tried", "survived", "note"), [tuple(row.model_dump().values()) for row in one.result.rows]
        )
        lines += [line for remark in one.result.remarks for line in ("", remark)]
        if one.result.failures:
            lines += ["", "Not survived:", "", *(f"- {failure}" for failure in one.result.failures)]
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(str(cell).replace('|', '¦').replace(chr(10), ' ') for cell in row)} |" for row in rows),
    ]
