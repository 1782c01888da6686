"""One place that turns an error into an exit code and into words.

0 all done; 1 finished, but something failed; 2 usage or configuration; 3 stopped by a budget; 4 endpoint
unreachable or refusing; 5 not enough evidence, or a corpus, an index or another file of the home that cannot be used;
6 internal error: a bug; 130 interrupted; 141 the reader of stdout went away.
"""

import errno
import json
import sqlite3
from dataclasses import dataclass

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


def interruption_text(how: str, *, as_json: bool) -> str:
    """For stderr, where the user stopped the program; `how` it is gone on with."""
    kept = "interrupted; what was finished is kept"
    return failure_text(Failure(kept, how, INTERRUPTED, "Interrupted"), as_json=True) if as_json else f"{kept}, {how}"


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
    from memory.errors import MemoryFloorError, RecordRejected
    from retrieval.errors import RetrievalError

    codes: tuple[tuple[type[Exception], int], ...] = (
        (lm.BudgetExceeded, BUDGET),
        (lm.ModelMissing, USAGE),
        (lm.RequestRejected, USAGE),
        (lm.ContextOverflow, USAGE),
        (lm.PriceUnknown, USAGE),
        (lm.CacheBroken, CORPUS),
        (lm.LMError, ENDPOINT),
        (RetrievalError, CORPUS),
        (RecordRejected, INTERNAL),
        (MemoryFloorError, CORPUS),
    )
    code = error.exit_code if isinstance(error, AgentError) else None
    for tree, of_tree in codes:
        if code is None and isinstance(error, tree):
            code = of_tree
    if code is None:
        return None
    return Failure(str(error), str(getattr(error, "hint", "")), code, type(error).__name__)


def _of_machine(error: Exception) -> Failure | None:
    """Full disks, locked or damaged databases and unreadable files that no floor has named yet: nobody's bug."""
    kind = type(error).__name__
    if isinstance(error, sqlite3.DatabaseError):
        text = str(error)
        for sign, hint in _SQLITE_HINTS.items():
            if sign in text:
                return Failure(f"a database refused: {text}", hint, CORPUS, kind)
    if isinstance(error, FileNotFoundError) and _NO_TEMPORARY in str(error):
        return Failure("temporary files have no room", _TEMPORARY_HINT, CORPUS, kind)
    if isinstance(error, OSError) and error.errno in _OS_MENDS:
        what, hint = _OS_MENDS[error.errno]
        where = f" ({error.filename})" if error.filename else ""
        return Failure(f"{what}{where}", hint, CORPUS, kind)
    return None


_FULL_DISK_HINT = "free some space; a run goes on with `wellread runs resume last`, anything else when called again"
_FULL = ("the disk is full", _FULL_DISK_HINT)
_LIMITED = ("a file may not grow as large as it would", "raise the limit on file sizes, as with `ulimit -f unlimited`")
_NO_TEMPORARY = "No usable temporary directory"  # how the interpreter says that each refused a file
_TEMPORARY_HINT = "free some space, or name another folder for them in TMPDIR"
_FORBIDDEN = ("no permission", "make the path writable, or choose another --home")
_OCCUPIED = ("a file stands where a folder should, or the other way round", "move it away, or choose another --home")
_FAILING = ("the disk, or the share, fails", "check it, and run the same command again")
_CROWDED = ("too many open files", "raise the limit, as with `ulimit -n 4096`")
_OS_MENDS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _LIMITED,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.EEXIST: _OCCUPIED,
    errno.ENOTDIR: _OCCUPIED,
    errno.EISDIR: _OCCUPIED,
    errno.EIO: _FAILING,
    errno.ESTALE: _FAILING,
    errno.EMFILE: _CROWDED,
    errno.ENFILE: _CROWDED,
}
_DAMAGED = "a file of the home is damaged: restore it from a copy, or move it away"
_SQLITE_HINTS = {
    "locked": "another wellread process is writing; wait for it to end and run the same command again",
    "disk is full": "free some space and run the same command again",
    "disk I/O error": "check the disk; then `wellread corpus verify`",
    "readonly": "make the home folder writable, or choose another --home",
    "unable to open": "check that the home folder exists and can be read, or choose another --home",
    "malformed": _DAMAGED,
    "not a database": _DAMAGED,
}
