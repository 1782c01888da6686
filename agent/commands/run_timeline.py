"""`wellread runs show --timeline`: what a run did when, as a picture of letters and as a page in its folder."""

import shutil
from pathlib import Path

from agent.commands.invocation import Invocation
from agent.errors import UsageProblem
from agent.timeline.page import PAGE, timeline_page
from agent.timeline.reading import read_timeline
from agent.timeline.records import Timeline
from agent.timeline.text import timeline_text
from lm.files import write_atomically


def show_timeline(called: Invocation, folder: Path, *, is_alive: bool) -> None:
    """Draw it and say where the page is.

    Raises:
        UsageProblem: the events tell of no stages, or the page cannot be written.
    """
    timeline = read_timeline(folder, is_alive=is_alive)
    page = _write(timeline, folder)
    sittings = [
        sitting.model_dump(mode="json") | {"figures": sitting.figures.model_dump()} for sitting in timeline.sittings
    ]
    shown = timeline.model_dump(mode="json") | {
        "sittings": sittings,
        "figures": timeline.figures.model_dump(),
        "page": str(page),
    }
    width = shutil.get_terminal_size((100, 24)).columns
    called.emit(shown, f"{timeline_text(timeline, width=width)}\n\npage: {page}")


def _write(timeline: Timeline, folder: Path) -> Path:
    path = folder / PAGE
    try:
        write_atomically(path, timeline_page(timeline))
    except OSError as error:
        raise UsageProblem(
            f"{path} cannot be written: {error.strerror}", hint="make the folder writable, or free some space"
        ) from error
    return path
