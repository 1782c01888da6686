"""Whether what a home keeps is sound: every store read again from end to end, and what they say of each other.

Looks at files and tables; changes nothing. `agent.verifying_runs` knows runs. Must not know how damage comes about.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.batch.store import BatchStore
from agent.chat.sessions import ChatStore
from agent.counting import counted
from agent.doctor import Finding, Status
from agent.errors import AgentError
from agent.home import Home
from agent.ledger import Ledger
from agent.long_term import embedder_of
from agent.settings import Settings
from agent.verifying_runs import run_findings, state_findings
from lm.errors import LMError, ModelMissing
from lm.files import LEFT_OVER
from lm.replay import CallCache
from lm.sqlite_file import integrity_problems
from memory.errors import MemoryFloorError
from memory.sqlite_store import SqliteStore
from memory.unit_store import UnitStore
from memory.unit_upkeep import find_faults
from retrieval.corpus import Corpus
from retrieval.dense_cache import damaged_vectors
from retrieval.errors import RetrievalError
from retrieval.surprisal_cache import damaged_surprisals

_MOST_SHOWN = 20
_FORESEEN = (AgentError, LMError, MemoryFloorError, RetrievalError, OSError, sqlite3.Error)


@dataclass(frozen=True)
class Read:
    """What reading a store came to: how much it holds, in words, and what is wrong with it."""

    held: str
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Store:
    """A file of the home, and how it is read. `fix` mends what `read` finds; a file that is damaged as a whole is
    restored from a copy or moved away, which costs `loss`. `refills`: what is damaged is made anew when it is wanted,
    and so is no failure."""

    name: str
    path: Callable[[Home], Path]
    read: Callable[[Path, Settings], Read]
    fix: str
    loss: str
    refills: bool = False


def _corpus(path: Path, _: Settings) -> Read:
    with Corpus.open(path) as corpus:
        return Read(counted(len(corpus.documents()), "document"), corpus.verify())


def _vectors(path: Path, _: Settings) -> Read:
    return _of_cache("vector", *damaged_vectors(path))


def _surprisals(path: Path, _: Settings) -> Read:
    return _of_cache("measured text", *damaged_surprisals(path))


def _of_cache(what: str, n_rows: int, n_damaged: int) -> Read:
    problems = [f"{n_damaged} of {counted(n_rows, what)} damaged"] if n_damaged else []
    return Read(counted(n_rows, what), problems)


def _records(path: Path, _: Settings) -> Read:
    with SqliteStore(path) as store:
        n_records, problems = store.verify()
    return Read(counted(n_records, "record"), problems)


def _long_term(path: Path, settings: Settings) -> Read:
    with UnitStore(path, embedder_of(settings)) as store:
        held = counted(store.stats().active, "unit")
        try:
            return Read(held, store.verify())
        except ModelMissing:
            with store.writing() as db:
                return Read(f"{held}; vectors are not compared without their model", find_faults(db))


def _chats(path: Path, _: Settings) -> Read:
    with ChatStore(path) as store:
        return Read(counted(len(store.sessions()), "session"), store.verify())


def _calls(path: Path, _: Settings) -> Read:
    with closing(CallCache(path)) as cache:
        n_replies, damaged = cache.verify()
    return Read(counted(n_replies, "call"), [f"the reply to call {key[:16]} cannot be read" for key in damaged])


def _ledger(path: Path, _: Settings) -> Read:
    with Ledger(path) as ledger:
        return Read(counted(len(ledger.rows()), "run"))


def _batches(path: Path, _: Settings) -> Read:
    with BatchStore(path) as store:
        return Read(counted(len(store.all_rows()), "item"))


def _checkpoints(path: Path, _: Settings) -> Read:
    return Read(f"{path.stat().st_size:,} bytes")  # what its states say is judged beside the runs


def _json(path: Path, _: Settings) -> Read:
    try:
        is_object = isinstance(json.loads(path.read_bytes()), dict)
    except ValueError as error:
        return Read("", [f"it is no JSON: {error}"])
    return Read(f"{path.stat().st_size:,} bytes", [] if is_object else ["it holds something else than was written"])


_NO_LOSS = "nothing is lost, it refills"
_FIT = "fit or measure it again: see `wellread eval --help` and `wellread compress --help`"
# What comes first is what most depends on.
STORES: tuple[Store, ...] = (
    Store(
        "corpus",
        lambda home: home.corpus,
        _corpus,
        "`wellread corpus rm ID` for each document named, then `wellread ingest` its folder again",
        "the sources are untouched; ingest them again",
    ),
    Store("vectors", lambda home: home.vectors, _vectors, "nothing need be done", _NO_LOSS, refills=True),
    Store("surprisals", lambda home: home.surprisals, _surprisals, "nothing need be done", _NO_LOSS, refills=True),
    Store(
        "records",
        lambda home: home.memory,
        _records,
        "start the topics of unfinished runs again; what was paid for is replayed",
        "unfinished runs are lost then, finished reports are not",
    ),
    Store(
        "long-term memory",
        lambda home: home.long_term,
        _long_term,
        "`wellread memory export` what can be read, move the file away, and `wellread memory import` it",
        "what was remembered of chats and reports is lost then, the reports are not",
    ),
    Store(
        "chats",
        lambda home: home.chats,
        _chats,
        "go on in a new session: `wellread chat`",
        "past conversations are lost then, long-term memory is not",
    ),
    Store("calls", lambda home: home.calls, _calls, "nothing: they are paid for again", "as above", refills=True),
    Store(
        "checkpoints",
        lambda home: home.checkpoints,
        _checkpoints,
        "",
        "unfinished runs then begin anew, and paid calls are replayed",
    ),
    Store("ledger", lambda home: home.ledger, _ledger, "", "finished reports stay in the runs folder"),
    Store(
        "batches",
        lambda home: home.batch_items,
        _batches,
        "",
        "batches begin anew then: finished reports stay in the runs folder, and paid calls are replayed",
    ),
    Store("capabilities", lambda home: home.capabilities, _json, "nothing: endpoints are asked again", "", True),
    Store("wepr", lambda home: home.wepr, _json, _FIT, ""),
    Store("calibration", lambda home: home.calibration, _json, _FIT, ""),
    Store("compression", lambda home: home.compression, _json, _FIT, ""),
)


def verify_home(settings: Settings) -> Iterator[Finding]:
    """Read every store of the home again, then compare ledger, run folders, records and checkpoints.

    Yields:
        One finding for each store that is there, and one for each thing that is wrong.
    """
    home = Home(settings.home)
    there = [store for store in STORES if store.path(home).is_file()]
    if not there:
        yield Finding(check="verify", status="ok", detail=f"nothing is kept in {home.root} yet")
        return
    readable = set()
    for store in there:
        findings, is_readable = _examined(store, settings)
        readable |= {store.name} if is_readable else set()
        yield from findings
    for path in sorted(path for path in home.root.rglob(LEFT_OVER) if home.runs not in path.parents):
        detail = f"{path} was left half written by a process that was killed"
        yield Finding(check="verify files", status="warn", detail=detail, fix="delete it, unless that process lives")
    # What cannot be read is no witness about the rest.
    if "ledger" in readable:
        yield from run_findings(settings, with_records="records" in readable)
        if {"checkpoints", "records"} <= readable:
            yield from state_findings(settings)


def _examined(store: Store, settings: Settings) -> tuple[list[Finding], bool]:
    """What is found of a store, and whether it can be read."""
    check, path = f"verify {store.name}", store.path(Home(settings.home))
    try:
        damage = integrity_problems(path) if path.suffix == ".sqlite" else []
        if not damage:
            return list(_of_reading(check, store, store.read(path, settings))), True
        detail = f"{path} is damaged: {'; '.join(damage[:_MOST_SHOWN])}"
        return [Finding(check=check, status="fail", detail=detail, fix=_restored(store))], False
    except _FORESEEN as error:
        detail = str(error) if str(path) in str(error) else f"{path} cannot be read: {error}"
        fix = getattr(error, "hint", "") or _restored(store)
        return [Finding(check=check, status="fail", detail=detail, fix=fix)], False


def _of_reading(check: str, store: Store, found: Read) -> Iterator[Finding]:
    if not found.problems:
        yield Finding(check=check, status="ok", detail=f"sound: {found.held}")
        return
    status: Status = "warn" if store.refills else "fail"
    for problem in found.problems[:_MOST_SHOWN]:
        yield Finding(check=check, status=status, detail=problem, fix=store.fix)
    if (n_more := len(found.problems) - _MOST_SHOWN) > 0:
        yield Finding(check=check, status=status, detail=f"and {n_more} more of this kind", fix=store.fix)


def _restored(store: Store) -> str:
    return "; ".join(part for part in ("restore it from a copy, or move it away", store.loss) if part)
