"""What is kept of runs: their folders, the settings and the spending of earlier sittings, their graph states."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.databases import damaged, explained
from agent.errors import FileBroken, RunBusy, UsageProblem
from agent.home import Home
from agent.ledger import Ledger
from agent.run_folder import RunFolder, RunManifest
from agent.settings import Settings
from agent.types import Report
from lm.lockfile import is_locked, try_lock
from lm.spending import Spend
from lm.sqlite_file import BUSY_TIMEOUT_S, set_wal
from memory.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver

_LOCK = "run.lock"
_LOSS = "unfinished runs then begin anew, and paid calls are replayed"


def runs_folder(home: Path) -> Path:
    """Where the runs of a home live."""
    return home / "runs"


def manifest_of(identity: str, home: Path) -> RunManifest:
    """What a run was started with.

    Raises:
        UsageProblem: its `run.json` is missing, damaged or of another version.
    """
    path = _manifest_path(identity, home)
    try:
        return RunManifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def is_there(identity: str, home: Path) -> bool:
    """Whether a run has its folder: each begins with its manifest."""
    return _manifest_path(identity, home).is_file()


def _manifest_path(identity: str, home: Path) -> Path:
    return runs_folder(home) / identity / "run.json"


def _unreadable(path: Path, error: Exception) -> UsageProblem:
    return UsageProblem(f"{path} cannot be read: {error}", hint="start the topic again")


def settings_of(identity: str, asked: Settings) -> Settings:
    """The settings that a run was started with; where models and home lie, the budget and where spans go are as asked
    now, and so are prices and sizes of models that were unknown then or have changed: they change no word of a run.

    Raises:
        UsageProblem: the run's `run.json` is missing or of another version.
    """
    try:
        then = Settings.model_validate(manifest_of(identity, asked.home).config)
    except ValueError as error:
        raise _unreadable(_manifest_path(identity, asked.home), error) from error
    now = {
        "home": asked.home,
        "models_dir": asked.models_dir,
        "offline": asked.offline,
        "budget": asked.budget,
        "telemetry": asked.telemetry,
        "prices": then.prices | asked.prices,
        "sizes": then.sizes | asked.sizes,
    }
    return then.model_copy(update=now)


def spent_before(identity: str, home: Path) -> Spend | None:
    """What earlier sittings of a run spent, by its `usage.json`; None where nothing was written down.

    Raises:
        UsageProblem: the file cannot be read.
    """
    folder = RunFolder(runs_folder(home) / identity)
    try:
        return folder.read_usage()
    except (OSError, ValueError) as error:
        raise UsageProblem(
            f"usage.json of {identity} cannot be read: {error}", hint="move it away: spending is counted from zero then"
        ) from error


def report_of(name: str, home: Path) -> Report:
    """The report of a run, by its id, a part of it, or "last".

    Raises:
        UsageProblem: there is no such run, or it has no report.
    """
    with Ledger(home / "ledger.sqlite") as ledger:
        row = ledger.find(name)
    if row.report_id is None:
        raise UsageProblem(f"run {row.id} has no report", hint=f"wellread runs resume {row.id}")
    with SqliteStore(Home(home).memory) as store:
        return store.get_model(row.report_id, Report).model_copy(update={"run_id": row.id})


@contextmanager
def locked(folder: RunFolder) -> Iterator[None]:
    """This process alone works on the run. Raises RunBusy."""
    folder.path.mkdir(parents=True, exist_ok=True)
    with try_lock(folder.path / _LOCK, patience_s=0.2) as is_held:
        if not is_held:
            raise RunBusy(f"another process is working on {folder.path.name}", hint="wait for it, or stop it")
        yield


def is_alive(identity: str, home: Path) -> bool:
    """Whether a process works on the run now, whatever the ledger says: a killed one could not say goodbye."""
    return is_locked(runs_folder(home) / identity / _LOCK)


@contextmanager
def checkpointer(home: Path) -> Iterator["SqliteSaver"]:
    """Where the graph's states are kept between sittings.

    Raises:
        FileBroken: the file is damaged or out of reach, at once or while it is used.
    """
    # Loaded here: who lists runs should not wait for LangGraph.
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    path = Home(home).checkpoints
    with (
        explained(path, loss=_LOSS),
        closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)) as connection,
    ):
        set_wal(connection)  # The saver does it too, but gives up when another process makes the file just now.
        # Strict: a checkpoint may hold plain values and LangGraph's own; anything else would be code from a file.
        yield SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))


def has_checkpoint(saver: "SqliteSaver", identity: str, home: Path) -> bool:
    """Whether a run can go on from a state that was kept.

    Raises:
        FileBroken: there is one, but it cannot be read.
    """
    try:
        return saver.get_tuple({"configurable": {"thread_id": identity}}) is not None
    except (ValueError, TypeError, KeyError) as error:  # how LangGraph's reader fails on bytes that it did not write
        raise damaged(Home(home).checkpoints, error, loss=_LOSS) from error


def kept_states(home: Path) -> Iterator[tuple[str, "dict[str, object] | FileBroken"]]:
    """The last state of each graph that has one: its thread, and what the state and the writes behind it hold; the
    error where it cannot be read. Blocks of a run come under the run's thread, beside the run itself."""
    with checkpointer(home) as saver:
        saver.setup()
        threads = saver.conn.execute("SELECT DISTINCT thread_id, checkpoint_ns FROM checkpoints ORDER BY 1, 2")
        for thread, namespace in threads.fetchall():
            try:
                found = saver.get_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": namespace}})
            except (ValueError, TypeError, KeyError) as error:  # how LangGraph's reader fails
                yield thread, damaged(Home(home).checkpoints, error, loss=_LOSS)
                continue
            if found is not None:
                yield thread, {**found.checkpoint["channel_values"], "writes": found.pending_writes}


def remove(name: str, home: Path) -> str:
    """Delete a run's folder, checkpoints and row; returns its id. Paid calls stay in the call cache.

    Of a removal that was cut short the folder may be left; it is removed by its name.

    Raises:
        UsageProblem: no run, or more than one, is called that.
        RunBusy: a process is working on it.
    """
    with Ledger(home / "ledger.sqlite") as ledger:
        identity = _identity(name, ledger, home)
        folder = RunFolder(runs_folder(home) / identity)
        with locked(folder), checkpointer(home) as saver:
            saver.delete_thread(identity)
            # Before its files: whatever stops us behind this, no row tells of a report that is gone.
            ledger.remove(identity)
            for path in folder.path.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.name != _LOCK:
                    path.unlink()
        shutil.rmtree(folder.path)  # Last: Windows does not remove a file that is open.
    return identity


def _identity(name: str, ledger: Ledger, home: Path) -> str:
    """The id of a run, or of the one folder of that name that no row tells of."""
    try:
        return ledger.find(name).id
    except UsageProblem:
        known = {row.id for row in ledger.rows()}
        left = [path.name for path in runs_folder(home).glob("*") if path.is_dir() and name in path.name]
        if name == "last" or len(left) != 1 or left[0] in known:
            raise
        return left[0]
