r"""The error tree of the agent floor.

AgentError                exit 1
├── UsageProblem          2   the request or a setting cannot be followed
├── NotEnoughEvidence     5   the corpus cannot carry a report on this topic
├── FileBroken            5   a file of the home is damaged, of another version, or cannot be reached
├── ReportBroken          6   a report contradicts itself: a bug, so it is not handed over
├── PlanBroken            6   evidence belongs to two blocks, or a block comes before what it builds on: a bug
└── RunBusy               1   another process works on the same run       retryable
"""


class AgentError(Exception):
    """What was asked could not be done. `hint` tells a person how to mend it; `exit_code` tells a script."""

    retryable = False
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code


class UsageProblem(AgentError):
    """The request or a setting is wrong, before anything was done."""

    exit_code = 2


class NotEnoughEvidence(AgentError):
    """The corpus holds too little on the topic to write anything that could be supported."""

    exit_code = 5


class FileBroken(AgentError):
    """A file of the home cannot be used: damaged, of another version, or out of reach."""

    exit_code = 5


class ReportBroken(AgentError):
    """A finished report cites what it does not list, shows what it dropped, or names what it lacks."""

    exit_code = 6


class PlanBroken(AgentError):
    """A piece of evidence belongs to two blocks, or a block depends on what is told after it."""

    exit_code = 6


class RunBusy(AgentError):
    """Another process is working on this run."""

    retryable = True
