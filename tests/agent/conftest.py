"""The affair, ingested once for all tests of this floor, and the context of a run over it."""

from collections.abc import Callable, Iterator, Mapping

import pytest
import Stemmer

from agent.context import RunContext
from agent.progress import Event, Tee
from agent.reading import Reader
from agent.settings import AskSettings, CompressSettings, WriteSettings
from lm.scripted import ScriptedLM
from lm.types import ChatModel
from memory.dict_store import MemoryStore
from tests.agent.affair import PROFILES, Affair, build_affair

MakeContext = Callable[..., RunContext]
MakeAffair = Callable[[Mapping[str, str]], Affair]


@pytest.fixture(scope="session")
def affair(tmp_path_factory) -> Iterator[Affair]:
    """The corpus of `tests.agent.affair`, to be read and not written."""
    found = build_affair(tmp_path_factory.mktemp("affair"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def profiles(tmp_path_factory) -> Iterator[Affair]:
    """Profiles of three countries that share their headings."""
    found = build_affair(tmp_path_factory.mktemp("profiles"), PROFILES)
    yield found
    found.close()


@pytest.fixture
def make_affair(tmp_path) -> Iterator[MakeAffair]:
    """Corpora of one test, from documents by file name."""
    made: list[Affair] = []

    def make(documents: Mapping[str, str]) -> Affair:
        made.append(build_affair(tmp_path / f"affair{len(made)}", documents))
        return made[-1]

    yield make
    for found in made:
        found.close()


@pytest.fixture
def events() -> list[Event]:
    """What the runs of this test told, in order."""
    return []


@pytest.fixture
def make_context(affair, events) -> MakeContext:
    """A run's context over the affair, or over another corpus; `write` overrides its settings."""

    def make(
        writer: ChatModel | None = None,
        *,
        over: Affair | None = None,
        helper: ChatModel | None = None,
        ask: AskSettings = AskSettings(),  # noqa: B008 - frozen
        compress: CompressSettings = CompressSettings(),  # noqa: B008 - frozen
        **write: object,
    ) -> RunContext:
        place = over or affair
        writer = writer or ScriptedLM(lambda request: "")
        return RunContext(
            corpus=place.corpus,
            searcher=place.searcher,
            store=MemoryStore(),
            fine=place.embedder,
            writer=writer,
            helper=helper or writer,
            judge=writer,
            reader=Reader(place.corpus),
            write=WriteSettings(**{"words": 200, "saturation_ratio": 2.0, "max_parallel_blocks": 1, **write}),
            ask=ask,
            compress=compress,
            stem=Stemmer.Stemmer("english").stemWord,
            progress=Tee([events.append]),
            is_late=lambda: False,
        )

    return make
