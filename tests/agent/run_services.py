"""The services of a run over the affair, put together by hand: real files, scripted writer."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from agent.home import Home
from agent.model_settings import ChatRole
from agent.reading import Reader
from agent.services import Services
from agent.settings import BudgetSettings, Settings, WriteSettings
from lm.flops import ModelSize, SizeTable
from lm.metering import Budget, Meter, Metered, PriceTable
from lm.replay import CallCache, Replay
from lm.retrying import Retrying, RetryPolicy
from lm.scripted import ScriptedLM
from lm.spending import Spend
from lm.watching import Attempted, Watched
from memory.sqlite_store import SqliteStore
from tests.agent.affair import Affair
from tests.bag_embedder import BagEmbedder


def settings_for(home: Path, **write: object) -> Settings:
    wanted = {"words": 400, "saturation_ratio": 2.0, "drafting": "paragraph", **write}
    return Settings(home=home, models_dir=home / "models", write=WriteSettings(**wanted))


@contextmanager
def open_services(
    affair: Affair,
    settings: Settings,
    writer: ScriptedLM,
    *,
    helper: ScriptedLM | None = None,
    already: Spend | None = None,
    max_tokens: int | None = None,
    max_seconds: float | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> Iterator[Services]:
    """As `agent.services.open_services` does, with `writer` and `helper` as its models. One try for each call."""
    home = Home(settings.home).make()
    settings = settings.model_copy(update={"budget": BudgetSettings(max_tokens=max_tokens, max_seconds=max_seconds)})
    sizes = SizeTable(by_model={writer.name: ModelSize(parameters=1000, layers=2, width=8)})
    meter = Meter(Budget(**settings.budget.model_dump()), PriceTable(), clock, sizes=sizes, already=already)
    with closing(CallCache(home.calls)) as cache, SqliteStore(home.memory) as store:

        def metered(model: ScriptedLM, role: ChatRole) -> Watched:
            retrying = Retrying(
                Attempted(model), RetryPolicy(max_attempts=1), sleep=lambda s: None, rng=random.Random(0)
            )
            return Watched(Metered(Replay(retrying, cache), role, meter), role, meter.calls)

        yield Services(
            settings=settings,
            home=home,
            corpus=affair.corpus,
            searcher=affair.searcher,
            fine=BagEmbedder(),
            store=store,
            meter=meter,
            reader=Reader(affair.corpus),
            open_estimator=lambda: None,
            models={"writer": metered(writer, "writer"), **({"helper": metered(helper, "helper")} if helper else {})},
        )
