"""`wellread runs show --forage`: a run's foraging diary as a table and as a picture in its folder."""

from pathlib import Path

from agent.commands.invocation import rows_text
from agent.diary import BlockDiary, Diary
from agent.errors import UsageProblem
from agent.render_diary import lead, rate

PICTURE = "forage.png"
_QUERY_CHARS = 48


def draw_picture(diary: Diary, folder: Path) -> Path:
    """Draw the diary into the run's folder; returns the file.

    Raises:
        UsageProblem: it cannot be written.
    """
    # Only who draws waits for matplotlib.
    from agent.diary_picture import diary_png

    path = folder / PICTURE
    try:
        path.write_bytes(diary_png(diary))
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written: {error.strerror}", hint="make the folder writable, or free some space"
        ) from error
    return path


def diary_text(diary: Diary, picture: Path) -> str:
    """The diary for a person: what it says as a whole, each block with its visits, and where the picture is."""
    parts = [lead(diary), *(_block_text(block, diary) for block in diary.blocks)]
    parts += [f"note: {remark}" for remark in diary.remarks]
    return "\n\n".join([*parts, f"picture: {picture}"])


def _block_text(block: BlockDiary, diary: Diary) -> str:
    name = f"{block.id}  {block.title}".rstrip()
    of_target = f" of {block.target:,}" if block.target is not None else ""
    head = f"{name}\n{block.unique:,}{of_target} characters; {block.stop_reason or 'its foraging was cut off'}"
    rates = ("RATE WHEN LEFT", "ENVIRONMENT") if diary.by_margin else ("RATE", "MEAN SO FAR")
    rows = [
        (
            visit.number,
            _cut(visit.query),
            visit.depth,
            visit.new_passages,
            f"{visit.gain:,}",
            f"{visit.unique:,}",
            rate(visit.rate),
            rate(visit.environment_rate),
            *((rate(visit.directions),) if diary.has_directions else ()),
            visit.reason,
        )
        for visit in block.visits
    ]
    directions = ("DIRECTIONS",) if diary.has_directions else ()
    header = ("VISIT", "QUERY", "DEPTH", "NEW", "GAIN", "IN ALL", *rates, *directions, "LEFT BECAUSE")
    return f"{head}\n{rows_text(list(rows), header)}"


def _cut(query: str) -> str:
    line = " ".join(query.split())
    return line if len(line) <= _QUERY_CHARS else f"{line[: _QUERY_CHARS - 1].rstrip()}…"
