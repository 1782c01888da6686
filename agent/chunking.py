"""The way in which ingest cuts passages, from the settings; where it asks a model, that is loaded when it is needed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from agent.home import Home
from agent.scorers import open_scorer
from agent.settings import Settings
from lm.catalog import SMOLLM2_SCORER
from lm.pull import locate
from retrieval.equal_information import EqualInfoChunker
from retrieval.surprisal_cache import SurprisalCache


@contextmanager
def open_chunker(settings: Settings) -> Iterator[EqualInfoChunker | None]:
    """What cuts by information; None where passages are cut by length. The home folder must be there.

    Raises:
        ModelMissing: the scorer's files are not on this machine; the hint says which command gets them. Damaged ones
            are told at the first text.
        CorpusBroken: the file of what was measured before is damaged.
    """
    if settings.retrieval.chunking == "length":
        yield None
        return
    # Before the first file: who lacks the model should hear of it now.
    locate(SMOLLM2_SCORER, settings.models_dir)
    path, name = Home(settings.home).surprisals, settings.roles.scorer.model
    with closing(SurprisalCache(path, lambda: open_scorer(settings), scorer_name=name)) as surprisals:
        yield EqualInfoChunker(surprisals, bits=settings.retrieval.bits, max_chars=settings.retrieval.max_chars)
