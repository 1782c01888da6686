"""Checks of this machine and this home; each finding says how it is mended.

Looks and tries, but changes nothing that lasts.
"""

import json
import platform
import shlex
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from agent.chat_models import Backends, ChatModels, name_of, price_table, role_settings
from agent.counting import counted
from agent.embedders import open_embedders
from agent.errors import AgentError
from agent.home import Home
from agent.model_settings import CHAT_ROLES, ChatRole, model_kind
from agent.private_files import open_to_others
from agent.scorers import open_scorer
from agent.searching import open_home_corpus
from agent.settings import Settings
from agent.version import program_version
from lm.catalog import MINILM, MINILM_STATIC, SMOLLM2_SCORER, ModelEntry, find_entry
from lm.errors import LMError
from lm.metering import Budget, Meter
from lm.pull import is_present, verify
from lm.replay import CallCache
from lm.scoring import Unavailable
from lm.types import ChatRequest, Frozen, Message, Role
from retrieval.errors import CorpusEmpty, RetrievalError
from retrieval.index import IndexMeta

Status = Literal["ok", "warn", "fail"]
Check = Callable[[Settings], Iterator["Finding"]]

_PACKAGES = (
    "click",
    "pydantic",
    "numpy",
    "openai",
    "httpx",
    "langgraph",
    "langchain",
    "torch",
    "transformers",
    "sentence-transformers",
    "model2vec",
    "xllamacpp",
    "faiss-cpu",
    "bm25s",
    "pypdf",
    "python-docx",
    "selectolax",
)
_OLDEST_SQLITE = (3, 37, 0)
_LOW_DISK_BYTES, _NO_DISK_BYTES = 2 << 30, 256 << 20
# A clock before the program was written is wrong; run names and the quarantine's dates hang on it.
_OLDEST_TIME = 1_760_000_000.0
_EXPECTED = (AgentError, LMError, RetrievalError, OSError, sqlite3.Error)


class Finding(Frozen):
    """What one check found; `fix` is empty when all is well."""

    check: str
    status: Status
    detail: str
    fix: str = ""


def examine(settings: Settings, roles: Sequence[Role] | None = None) -> Iterator[Finding]:
    """Every finding, as it is made; with `roles`, only whether those can be reached."""
    if roles is None:
        for check in (_program, _packages, _sqlite, _clock, _disk, _home, _models, _corpus):
            yield from _safely(check, settings, name=check.__name__.strip("_"))
    for role in roles or _used_roles(settings):
        if roles is None and role in ("helper", "judge") and _is_as_writer(settings, role):
            yield Finding(check=f"role {role}", status="ok", detail="as the writer")
        else:
            yield from _safely(partial(_role, role=role), settings, name=f"role {role}")


def _used_roles(settings: Settings) -> tuple[Role, ...]:
    """All roles; the scorer where ingest needs it, or its files are."""
    with_scorer = settings.retrieval.chunking == "information" or is_present(SMOLLM2_SCORER, settings.models_dir)
    return ("embedder", *CHAT_ROLES, "scorer") if with_scorer else ("embedder", *CHAT_ROLES)


def _safely(check: Check, settings: Settings, *, name: str) -> Iterator[Finding]:
    """A check that fails in a way we know is a finding too."""
    try:
        yield from check(settings)
    except _EXPECTED as error:
        yield Finding(check=name, status="fail", detail=str(error), fix=str(getattr(error, "hint", "")))


def _program(_: Settings) -> Iterator[Finding]:
    detail = f"wellread {program_version()}, Python {platform.python_version()}, {platform.platform()}"
    yield Finding(check="program", status="ok", detail=detail)


def package_versions() -> dict[str, str]:
    """The packages that the program stands on, and their versions; empty for one that is missing."""
    return {name: _version(name) for name in _PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _packages(_: Settings) -> Iterator[Finding]:
    found = package_versions()
    missing = [name for name, number in found.items() if not number]
    detail = ", ".join(f"{name} {number}" for name, number in found.items())
    if missing:
        detail = f"missing: {', '.join(missing)}"
        yield Finding(check="packages", status="fail", detail=detail, fix="install wellread again")
        return
    yield Finding(check="packages", status="ok", detail=detail)


def _sqlite(_: Settings) -> Iterator[Finding]:
    detail = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        fix = f"use a Python that is built with SQLite {'.'.join(map(str, _OLDEST_SQLITE))} or newer"
        yield Finding(check="sqlite", status="fail", detail=detail, fix=fix)
        return
    yield Finding(check="sqlite", status="ok", detail=detail)


def _clock(settings: Settings) -> Iterator[Finding]:
    now = time.time()
    newest = max((path.stat().st_mtime for path in settings.home.glob("*")), default=0.0)
    detail = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < _OLDEST_TIME or newest > now + 60:
        detail += ": in the past" if now < _OLDEST_TIME else ": files of the home are newer"
        yield Finding(check="clock", status="warn", detail=detail, fix="set this machine's clock")
        return
    yield Finding(check="clock", status="ok", detail=detail)


def _disk(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("home", settings.home), ("models", settings.models_dir)):
        free = shutil.disk_usage(_existing(folder)).free
        status: Status = "ok" if free > _LOW_DISK_BYTES else "warn" if free > _NO_DISK_BYTES else "fail"
        fix = "" if status == "ok" else "free some space, or move the folder to a larger disk"
        yield Finding(check=f"disk {name}", status=status, detail=f"{free / 1e9:.1f} GB free at {folder}", fix=fix)


def _home(settings: Settings) -> Iterator[Finding]:
    home = Home(settings.home)
    where = _existing(home.root)
    try:
        with tempfile.NamedTemporaryFile(dir=where):
            pass
    except OSError as error:
        detail = f"{where} cannot be written: {error.strerror}"
        yield Finding(check="home", status="fail", detail=detail, fix="make it writable, or choose another --home")
        return
    state = str(home.root) if home.root.is_dir() else f"{home.root} (not made yet)"
    yield Finding(check="home", status="ok", detail=state)
    if loose := open_to_others(home.root):
        detail = f"{counted(len(loose), 'path')} can be read by others, as {loose[0]}"
        yield Finding(
            check="home rights", status="warn", detail=detail, fix=f"chmod -R go= {shlex.quote(str(home.root))}"
        )
    holder = home.corpus_holder() if home.root.is_dir() else None
    if holder:
        fix = "wait for it to end, or end it"
        yield Finding(check="home lock", status="warn", detail=f"{holder} changes the corpus now", fix=fix)


def _models(settings: Settings) -> Iterator[Finding]:
    for entry in _needed(settings):
        if is_present(entry, settings.models_dir):
            yield _whole(entry, settings.models_dir)
        elif entry is MINILM_STATIC and is_present(MINILM, settings.models_dir):
            detail = f"{entry.name}: will be made from {MINILM.name} when it is needed"
            yield Finding(check="models", status="ok", detail=detail)
        else:
            detail = f"{entry.name}: not in {settings.models_dir}, or not whole"
            yield Finding(check="models", status="fail", detail=detail, fix=f"wellread models pull {entry.name}")


def _whole(entry: ModelEntry, models_dir: Path) -> Finding:
    """Whether the files hash to what they did. Loading them is no proof: most damaged weights load, and mislead."""
    changed = verify(entry, models_dir)
    if not changed:
        detail = f"{entry.name}: present and verified in {models_dir}"
        return Finding(check="models", status="ok", detail=detail)
    detail = f"{entry.name}: {', '.join(changed)} in {models_dir / entry.name} changed since it was verified"
    return Finding(check="models", status="fail", detail=detail, fix=f"wellread models pull {entry.name}")


def _corpus(settings: Settings) -> Iterator[Finding]:
    try:
        corpus = open_home_corpus(settings)
    except CorpusEmpty as error:
        yield Finding(check="corpus", status="warn", detail=str(error), fix=error.hint)
        return
    with closing(corpus):
        stats = corpus.stats()
        identity, generation = corpus.identity, corpus.generation
    detail = ", ".join(
        (
            counted(stats.documents, "document"),
            counted(stats.passages, "passage"),
            f"{stats.quarantined} in quarantine",
        )
    )
    if not stats.documents or stats.quarantined:
        fix = "wellread corpus quarantine" if stats.quarantined else "wellread ingest PATH"
        yield Finding(check="corpus", status="warn", detail=detail, fix=fix)
    else:
        yield Finding(check="corpus", status="ok", detail=detail)
    if stats.documents:
        yield _index(Home(settings.home).index, identity, generation)


def _index(folder: Path, identity: str, generation: int) -> Finding:
    fix = "the next search or ingest builds it"
    try:
        meta = IndexMeta.model_validate(json.loads((folder / "meta.json").read_text(encoding="utf-8"))["meta"])
    except (OSError, ValueError, KeyError, TypeError):
        return Finding(check="index", status="warn", detail="there is none that can be read", fix=fix)
    if (meta.corpus, meta.generation) != (identity, generation):
        return Finding(check="index", status="warn", detail="the corpus has changed since it was built", fix=fix)
    return Finding(check="index", status="ok", detail=f"up to date (generation {generation})")


def _role(settings: Settings, role: Role) -> Iterator[Finding]:
    if role == "embedder":
        yield _embedder(settings)
    elif role == "scorer":
        yield _scorer(settings)
    else:
        yield _chat(settings, role)


def _embedder(settings: Settings) -> Finding:
    began = time.monotonic()
    embedders = open_embedders(settings.models_dir, with_dense=settings.roles.embedder.is_dense)
    loaded = [("embedded:minilm-static", embedders.static)]  # the index is made of its vectors, whatever is set
    if embedders.has_dense:
        loaded.append((settings.roles.embedder.model, embedders.dense))
    shown = []
    for name, embedder in loaded:
        near, same, far = embedder.encode(["The bridge fell.", "The bridge collapsed.", "Cats like fish."])
        shown.append(f"{name}, {embedder.dim} dimensions")
        if not float(near @ same) > float(near @ far):  # not a number is damage too
            fix = "wellread models ls --verify, then pull what is damaged"
            detail = f"{name}: its vectors make no sense"
            return Finding(check="role embedder", status="fail", detail=detail, fix=fix)
    return Finding(check="role embedder", status="ok", detail=f"{'; '.join(shown)}, {_since(began)}")


def _scorer(settings: Settings) -> Finding:
    began = time.monotonic()
    scored = open_scorer(settings).score("The capital of France is Paris.")
    if isinstance(scored, Unavailable):
        return Finding(check="role scorer", status="fail", detail=scored.reason, fix="wellread models ls --verify")
    detail = f"{settings.roles.scorer.model}, {scored.total_bits:.1f} bits in {scored.n_tokens} tokens"
    return Finding(check="role scorer", status="ok", detail=f"{detail}, {_since(began)}")


def _chat(settings: Settings, role: ChatRole) -> Finding:
    """One tiny call, past the call cache, so that the endpoint itself answers."""
    began = time.monotonic()
    request = ChatRequest(messages=(Message(role="user", content="Say hello."),), max_tokens=8)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cache = stack.enter_context(closing(CallCache(folder / "calls.sqlite")))
        meter = Meter(Budget(), price_table(settings), time.monotonic)
        model = ChatModels(settings, Backends(settings, stack), cache=cache, meter=meter).open(role)
        reply = model.chat(request)
        window = model.context_tokens
    chosen = role_settings(settings, role)
    detail = f"{name_of(chosen)}, window {window}, {_since(began)}, said {reply.text[:40]!r}"
    if model_kind(chosen.model) != "scripted" and not reply.text:
        return Finding(check=f"role {role}", status="warn", detail=detail, fix="try another model for this role")
    return Finding(check=f"role {role}", status="ok", detail=detail)


def _is_as_writer(settings: Settings, role: ChatRole) -> bool:
    return role_settings(settings, role) == settings.roles.writer


def _needed(settings: Settings) -> list[ModelEntry]:
    """Catalogue models that the settings name, each once."""
    chosen = [role_settings(settings, role).model for role in CHAT_ROLES]
    names = [model.partition(":")[2] for model in chosen if model_kind(model) == "embedded"]
    entries = [find_entry(name) for name in dict.fromkeys(names)]
    if settings.roles.embedder.is_dense:
        entries.append(MINILM)
    return [*entries, MINILM_STATIC]


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
