"""The line that a person sees while an answer is looked for; gone as soon as its first sentence comes. Stderr only."""

from rich.console import Console
from rich.status import Status

from agent.commands.invocation import harmless
from agent.commands.run_progress import STAGES
from agent.progress import Event


class AnswerProgress:
    """Listens to an answer's events: a line that changes on a terminal, one line on what was read elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = console.status("recalling") if console.is_terminal else None

    def __enter__(self) -> "AnswerProgress":
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Make room for the answer."""
        if self._status:
            self._status.stop()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        stage = STAGES.get(event.name)
        if self._status and stage:
            self._status.update(stage)
        if event.name == "read" and not self._status:
            self._console.print(f"{int(event.numbers['unique']):,} characters read", markup=False)
        elif event.name == "budget":
            self._console.print(harmless(event.message), markup=False)
