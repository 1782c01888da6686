"""Downloads from the model hub, taken up again where they broke off."""

import logging
from pathlib import Path

import httpx

from lm.catalog import HubSource, ModelFile
from lm.staging import (
    CHUNK_BYTES,
    Fetch,
    SourceError,
    accept,
    file_named,
    is_ready,
    part_path,
    require_space,
)

logger = logging.getLogger(__name__)

_HTTP_TIMEOUT = httpx.Timeout(30.0, connect=3.0)
_HUB_TRIES = 4


def fetch_hub(source: HubSource, fetch: Fetch) -> None:
    """Download each file from the model hub, continuing what an earlier try left.

    Raises:
        SourceError: the hub does not answer, refuses, breaks off too often, or serves other bytes.
    """
    for name, path in source.paths:
        file = file_named(fetch.entry, name)
        if is_ready(fetch, file):
            continue
        require_space(fetch.staging, file.size_bytes or 0)
        part = part_path(fetch, file, "hub")
        _download(source, source.url(path), part, file, fetch)
        accept(fetch, file, part)


def _download(source: HubSource, url: str, part: Path, file: ModelFile, fetch: Fetch) -> None:
    """Bring the whole of `url` into `part`, asking only for what is not there yet.

    A broken connection is taken up again as long as it brought something. A server that does not answer is
    not asked twice.
    """
    for tries_left in range(_HUB_TRIES - 1, -1, -1):
        before = part.stat().st_size if part.exists() else 0
        try:
            return _download_once(source, url, part, file, fetch)
        except httpx.HTTPError as error:
            after = part.stat().st_size if part.exists() else 0
            logger.info("download broke off url=%s at=%d: %r", url, after, error)
            if after <= before or tries_left == 0:
                raise SourceError(f"{type(error).__name__}: {error}".rstrip(": ")) from error
        except httpx.InvalidURL as error:
            raise SourceError(str(error)) from error


def _download_once(source: HubSource, url: str, part: Path, file: ModelFile, fetch: Fetch) -> None:
    start = part.stat().st_size if part.exists() else 0
    if file.size_bytes is not None and start == file.size_bytes:
        return
    if file.size_bytes is not None and start > file.size_bytes:
        start = 0
    # Byte ranges count the bytes as sent, so the server must not compress them.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with fetch.http.stream("GET", url, headers=headers, follow_redirects=True, timeout=_HTTP_TIMEOUT) as answer:
        if answer.status_code not in (200, 206):
            if answer.status_code == 416:
                part.unlink()
            raise SourceError(f"the server answers {answer.status_code} {answer.reason_phrase} to {url}")
        if answer.status_code == 200:
            start = 0  # The server does not resume: it sends the whole file again.
        with part.open("ab" if start else "wb") as sink:
            reported = done = start
            # As the bytes come: with a chunk size, httpx gathers, and loses, the end of a broken connection.
            for chunk in answer.iter_bytes():
                done += sink.write(chunk)
                _require_within(file, done)
                if done - reported >= CHUNK_BYTES or done == file.size_bytes:
                    fetch.report(source.label, file, done)
                    reported = done


def _require_within(file: ModelFile, done_bytes: int) -> None:
    if file.size_bytes is not None and done_bytes > file.size_bytes:
        raise SourceError(f"{file.name}: the server sends more than the expected {file.size_bytes:,} bytes")
