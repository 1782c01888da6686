"""`wellread eval report`: one page about one or several runs."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from agent.commands.invocation import Invocation
from agent.errors import UsageProblem
from agent.home import Home
from evals.page.content import gather
from evals.page.render import render_page
from evals.registry import find_suite
from evals.run_record import eval_runs, find_eval_run
from lm.files import write_atomically

_NAME = "eval.html"


def page_command(call: Invocation, runs: Sequence[str], out: Path | None, *, with_all: bool = False) -> None:
    """Write the page, and say where.

    Raises:
        UsageProblem: a run is unknown or has no results yet, or the file cannot be written.
    """
    home = Home(call.settings().home).root
    found = eval_runs(home) if with_all else [find_eval_run(name, home) for name in runs]
    if not found:
        raise UsageProblem(f"there is no evaluation in {home}", hint="wellread eval run SUITE")
    with tempfile.TemporaryDirectory(prefix="wellread-") as workdir:
        groups = gather(found, Path(workdir), find_suite)
    path = out or found[0].path / _NAME
    try:
        write_atomically(path, render_page(groups))
    except OSError as error:
        raise UsageProblem(f"cannot write {path}: {error.strerror or error}", hint="--out names the file") from error
    call.emit({"file": str(path)}, str(path))
