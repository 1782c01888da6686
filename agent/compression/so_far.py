"""What was measured on a sample of a corpus, on the disk: another tuning over it need not measure that again.

Knows rows and a name for what they were measured on. Must not know compressors, or which one is chosen.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from agent.compression.choice import Measured
from agent.compression.names import MeasuredName
from agent.errors import FileBroken
from lm.files import write_atomically
from lm.types import Frozen

logger = logging.getLogger(__name__)


class _Rows(Frozen):
    measured_on: str
    rows: tuple[Measured, ...]


def name_of(*parts: object) -> str:
    """A short name for all that measurements depend on; parts are JSON."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


class SoFar:
    """The measurements of one tuning. A file of another one, or a damaged one, counts as none and is replaced."""

    def __init__(self, path: Path, measured_on: str) -> None:
        """Args: measured_on: see `name_of`.

        Raises:
            FileBroken: there is a file, and it cannot be read.
        """
        self._path, self._measured_on = path, measured_on
        self._rows: list[Measured] = list(self._read())

    def find(self, compressor: MeasuredName, rate: float) -> Measured | None:
        """The measurement; None where there is none yet."""
        return next((row for row in self._rows if (row.compressor, row.rate) == (compressor, rate)), None)

    def add(self, row: Measured) -> None:
        """Keep it, at once.

        Raises:
            FileBroken: the file cannot be written.
        """
        self._rows.append(row)
        content = _Rows(measured_on=self._measured_on, rows=tuple(self._rows)).model_dump_json()
        try:
            write_atomically(self._path, content + "\n")
        except OSError as error:
            raise FileBroken(
                f"cannot write {self._path}: {error.strerror}", hint="make the home folder writable"
            ) from error

    def _read(self) -> Sequence[Measured]:
        try:
            found = _Rows.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise FileBroken(f"cannot read {self._path}: {error.strerror}", hint="make it readable") from error
        except ValidationError:
            logger.warning("%s is damaged: everything is measured anew", self._path)
            return ()
        return found.rows if found.measured_on == self._measured_on else ()
