"""Processes that consolidate a memory, telling of each write and slow enough to be killed between any two.

The program imports everything once and then forks a child for each line of its input, the path of a memory; a child
says its number, what it writes, and that it is done or was killed.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from memory.abstracting import RuleAbstractor
from memory.consolidating import consolidate
from memory.unit_store import UnitStore
from memory.units import MemoryUnit
from tests.bag_embedder import BagEmbedder
from tests.memory.unit_samples import NOW


class SlowStore(UnitStore):
    """Says what it has written, and rests."""

    def consolidate(self, abstract: MemoryUnit, members: Sequence[str]) -> None:
        super().consolidate(abstract, members)
        rest()

    def contradict(self, older: str, newer: str) -> None:
        super().contradict(older, newer)
        rest()


def rest() -> None:
    tell("wrote")
    time.sleep(0.05)


def tell(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            with SlowStore(Path(line.strip()), BagEmbedder()) as store:
                tell(os.getpid())
                consolidate(store, "user", now=NOW, abstractor=RuleAbstractor())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        tell("killed" if os.WIFSIGNALED(status) else "done")


if __name__ == "__main__":
    main()
