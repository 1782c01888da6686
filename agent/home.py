"""The home folder: which file is where, and who may write the corpus.

Knows paths. Must not know what the files hold.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from agent.errors import UsageProblem
from lm.lockfile import is_locked, lock_file


@dataclass(frozen=True)
class Home:
    """Paths below the home folder. Nothing is made before `make`."""

    root: Path

    @property
    def corpus(self) -> Path:
        """Documents and passages: the truth."""
        return self.root / "corpus.sqlite"

    @property
    def index(self) -> Path:
        """Search indexes; they can be rebuilt from the corpus."""
        return self.root / "index"

    @property
    def vectors(self) -> Path:
        """Dense vectors of the passages that a search visited."""
        return self.root / "vectors.sqlite"

    @property
    def surprisals(self) -> Path:
        """How much information each text of the corpus has, and where, if passages are cut by it."""
        return self.root / "surprisals.sqlite"

    @property
    def memory(self) -> Path:
        """The content-addressed store."""
        return self.root / "memory.sqlite"

    @property
    def long_term(self) -> Path:
        """Long-term memory: units, the raw log of what was said, and what the gate decided."""
        return self.root / "long_term.sqlite"

    @property
    def chats(self) -> Path:
        """Chat sessions and their turns."""
        return self.root / "chats.sqlite"

    @property
    def calls(self) -> Path:
        """Replies of language models by the content of the request."""
        return self.root / "calls.sqlite"

    @property
    def capabilities(self) -> Path:
        """What endpoints were found to accept."""
        return self.root / "capabilities.json"

    @property
    def wepr(self) -> Path:
        """Weights of the writer's risk, if any were fitted."""
        return self.root / "wepr.json"

    @property
    def calibration(self) -> Path:
        """What was fitted on the writer's answers."""
        return self.root / "calibration.json"

    @property
    def compression(self) -> Path:
        """Which compressor was measured best; its picture has the same stem."""
        return self.root / "compression.json"

    @property
    def compression_so_far(self) -> Path:
        """What a tuning that was stopped had measured."""
        return self.root / "compression-so-far.json"

    @property
    def checkpoints(self) -> Path:
        """States of unfinished runs."""
        return self.root / "checkpoints.sqlite"

    @property
    def ledger(self) -> Path:
        """One row per run."""
        return self.root / "ledger.sqlite"

    @property
    def runs(self) -> Path:
        """One folder per run."""
        return self.root / "runs"

    @property
    def batch_items(self) -> Path:
        """One row per item of a batch."""
        return self.root / "batches.sqlite"

    @property
    def batches(self) -> Path:
        """One folder per batch: its summary."""
        return self.root / "batches"

    def make(self) -> Self:
        """Make the folder.

        Raises:
            UsageProblem: it cannot be made, or is no folder.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageProblem(
                f"the home folder {self.root} cannot be made: {error.strerror}",
                hint="choose another with --home or WELLREAD_HOME",
            ) from error
        return self

    @contextmanager
    def corpus_lock(self, on_wait: Callable[[str], None]) -> Iterator[None]:
        """Be the only process that changes the corpus; reading needs no lock.

        Waits for as long as another holder lives. `on_wait` is told once who that is.
        """
        path = self.make().root / "corpus.lock"
        holder = self.root / "corpus.lock.holder"
        with lock_file(path, on_wait=lambda: on_wait(_named(holder))):
            holder.write_text(json.dumps({"pid": os.getpid()}), encoding="utf-8")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)

    @contextmanager
    def relations_lock(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Be the only process that writes derived notes; reading them needs no lock. `on_wait` is told once."""
        with lock_file(self.make().root / "relations.lock", on_wait=on_wait):
            yield

    def corpus_holder(self) -> str | None:
        """Who changes the corpus now, in words; None when nobody does."""
        holder = self.root / "corpus.lock.holder"
        return _named(holder) if is_locked(self.root / "corpus.lock") else None


def _named(holder: Path) -> str:
    try:
        return f"process {json.loads(holder.read_text(encoding='utf-8'))['pid']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
