"""The index of vectors as a file beside the memory, so that a large one is not read row by row at each start.

Knows arrays and the file that they lie in. Must not know units or tables. The file may be deleted at any time.
"""

import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lm.embedding import FloatArray
from lm.files import written_atomically
from memory.vector_rows import VectorRows

logger = logging.getLogger(__name__)

_FORM = 1
_PIECE = 10_000  # rows of one array: what is read at once


@dataclass(frozen=True)
class SnapshotKey:
    """What a snapshot must fit: the memory's file, the embedder, and the length of its vectors."""

    origin: str
    fingerprint: str
    dim: int


def save(path: Path, key: SnapshotKey, seen: int, rows: Mapping[str, VectorRows]) -> None:
    """Write the index as it was after change number `seen`; the old file or the new one is there, nothing between.

    Raises:
        OSError: no room, or no permission.
    """
    scopes = sorted(rows)
    head = {"form": _FORM, "origin": key.origin, "fingerprint": key.fingerprint, "dim": key.dim, "seen": seen}
    with written_atomically(path) as stream, zipfile.ZipFile(stream, "w") as arrays:
        _write(arrays, "head", np.frombuffer(json.dumps({**head, "scopes": scopes}).encode(), dtype=np.uint8))
        for place, scope in enumerate(scopes):
            for start, (numbers, vectors) in enumerate(rows[scope].pieces(_PIECE)):
                _write(arrays, f"numbers-{place}-{start}", numbers)
                _write(arrays, f"vectors-{place}-{start}", vectors)
    logger.info("snapshot units=%d at change=%d", sum(map(len, rows.values())), seen)


def _write(arrays: zipfile.ZipFile, name: str, array: npt.NDArray[Any]) -> None:
    # As `numpy.savez` does, which would hold all arrays and the whole file in memory at once.
    with arrays.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array(member, array, allow_pickle=False)


def load(path: Path, key: SnapshotKey) -> tuple[int, dict[str, VectorRows]] | None:
    """The index and the number of the last change in it; None if there is none that fits, or it is damaged."""
    if not path.exists():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            wanted = {"form": _FORM, "origin": key.origin, "fingerprint": key.fingerprint, "dim": key.dim}
            if {name: head.get(name) for name in wanted} != wanted:
                return None
            return int(head["seen"]), _read(arrays, head["scopes"], key.dim)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        logger.warning("damaged snapshot %s is left alone: %s", path, error)
        return None


def _read(arrays: Mapping[str, npt.NDArray[np.generic]], scopes: list[str], dim: int) -> dict[str, VectorRows]:
    rows = {scope: VectorRows(dim) for scope in scopes}
    for name in sorted(arrays):
        kind, _, place = name.partition("-")
        if kind == "numbers":
            numbers: npt.NDArray[np.int64] = arrays[name].astype(np.int64)
            vectors: FloatArray = arrays[f"vectors-{place}"].astype(np.float32, copy=False)
            if vectors.shape != (len(numbers), dim):
                raise ValueError(f"{name} holds {len(numbers)} numbers for vectors of shape {vectors.shape}")
            rows[scopes[int(place.partition("-")[0])]].add(numbers.tolist(), vectors)
    return rows
