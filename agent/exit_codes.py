"""One place that turns an error into an exit code and into words.

0 all done; 1 finished, but something failed; 2 usage or configuration; 3 stopped by a budget; 4 endpoint
unreachable or refusing; 5 not enough evidence, or corpus and index errors; 6 internal error; 130 interrupted;
141 the reader of stdout went away.
"""

import errno
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb

import click

DONE, PARTLY, USAGE, BUDGET, ENDPOINT, CORPUS, INTERNAL = range(7)
INTERRUPTED = 130
BROKEN_PIPE = 141


@dataclass(frozen=True)
class Failure:
    """What went wrong, how to mend it, and the exit code that says so."""

    message: str
    hint: str
    exit_code: int
    kind: str


def failure_of(error: Exception) -> Failure | None:
    """The failure that an error means, or None for one that nobody foresaw: a bug."""
    return _of_click(error) or _of_ours(error) or _of_machine(error)


def failure_text(failure: Failure, *, as_json: bool) -> str:
    """For stderr: two lines for a person, one JSON line for a program."""
    if as_json:
        shown = {
            "message": failure.message,
            "hint": failure.hint,
            "exit_code": failure.exit_code,
            "kind": failure.kind,
        }
        return json.dumps({"error": shown}, ensure_ascii=False)
    return f"error: {failure.message}" + (f"\n  fix: {failure.hint}" if failure.hint else "")


def _of_click(error: Exception) -> Failure | None:
    if not isinstance(error, click.ClickException):
        return None
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"see `{error.ctx.command_path} --help`"
    return Failure(error.format_message(), hint, USAGE, type(error).__name__)


def _of_ours(error: Exception) -> Failure | None:
    # Imported when something has failed, not at every start.
    from agent.errors import AgentError
    from lm import errors as lm
    from memory.errors import MemoryFloorError
    from retrieval.errors import RetrievalError

    codes: tuple[tuple[type[Exception], int], ...] = (
        (lm.BudgetExceeded, BUDGET),
        (lm.ModelMissing, USAGE),
        (lm.RequestRejected, USAGE),
        (lm.ContextOverflow, USAGE),
        (lm.PriceUnknown, USAGE),
        (lm.CacheBroken, INTERNAL),
        (lm.LMError, ENDPOINT),
        (RetrievalError, CORPUS),
        (MemoryFloorError, INTERNAL),
    )
    code = error.exit_code if isinstance(error, AgentError) else None
    for tree, of_tree in codes:
        if code is None and isinstance(error, tree):
            code = of_tree
    if code is None:
        return None
    return Failure(str(error), str(getattr(error, "hint", "")), code, type(error).__name__)


def _of_machine(error: Exception) -> Failure | None:
    """Full disks, locked or damaged databases and unreadable files: nobody's bug."""
    code = CORPUS if _passed_through_retrieval(error) else INTERNAL
    kind = type(error).__name__
    if isinstance(error, sqlite3.DatabaseError):
        text = str(error)
        for sign, hint in _SQLITE_HINTS.items():
            if sign in text:
                return Failure(f"a database refused: {text}", hint, code, kind)
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Failure(f"the disk is full{where}", _FULL_DISK_HINT, code, kind)
        if isinstance(error, PermissionError) or error.errno == errno.EROFS:
            return Failure(f"no permission{where}", "make the path writable, or choose another --home", code, kind)
    return None


_FULL_DISK_HINT = "free some space; a run goes on with `wellread runs resume last`, anything else when called again"
_SQLITE_HINTS = {
    "locked": "another wellread process is writing; wait for it to end and run the same command again",
    "disk is full": "free some space and run the same command again",
    "disk I/O error": "check the disk; then `wellread corpus verify`",
    "readonly": "make the home folder writable, or choose another --home",
    "unable to open": "check that the home folder exists and can be read, or choose another --home",
    "malformed": "the file is damaged: restore it from a copy, or remove it and ingest again",
    "not a database": "the file is damaged: restore it from a copy, or remove it and ingest again",
}


def _passed_through_retrieval(error: Exception) -> bool:
    floors = {Path(frame.f_code.co_filename).parent.name for frame, _ in walk_tb(error.__traceback__)}
    return "retrieval" in floors
