"""A process of its own that has notes written, and may be killed while a call is under way."""

import os
import sys
from pathlib import Path

from agent.home import Home
from lm.scripted import ScriptedLM
from retrieval.corpus import Corpus
from tests.agent.relations.helpers import faithful, open_desk


def main(corpus: Path, root: Path, budget: int, dies_at: int) -> None:
    """Write notes under `budget`; each paid call is a line of `paid.log`. Die within call `dies_at` of this process."""
    n_calls = 0

    def reply(request):
        nonlocal n_calls
        n_calls += 1
        with (root / "paid.log").open("a", encoding="utf-8") as log:
            log.write(f"{os.getpid()}\n")
        if n_calls == dies_at:
            os._exit(9)
        return faithful(request)

    with (
        Corpus.open(corpus) as opened,
        Home(root).relations_lock(lambda: None),
        open_desk(opened, root, ScriptedLM(reply)) as desk,
    ):
        desk.synthesizer.synthesize(desk.pairs(budget), budget)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
