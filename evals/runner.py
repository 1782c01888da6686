"""Doing a suite: each item once per epoch, judged as it finishes, kept at once; what is kept is never done again."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from evals.bench import Abstained, Bench, Counted, Program, Unparsed
from evals.items import Item, Outcome, Result, Status
from evals.run_record import EvalRun
from evals.suite import AnyMetric, BenchMetric
from lm.errors import BudgetExceeded, CacheBroken, EndpointRefused, EndpointUnreachable, ModelMissing
from lm.metering import PriceTable

logger = logging.getLogger(__name__)

# Not this item's trouble but the run's: the next one would meet it too.
_ENDS_THE_RUN = (BudgetExceeded, EndpointUnreachable, EndpointRefused, CacheBroken, ModelMissing)

Listener = Callable[[Result, int, int], None]  # a result, how many are done, of how many


@dataclass(frozen=True)
class Work:
    """One evaluation: who does which items, and who judges."""

    items: Sequence[Item]
    epochs: int
    program: Program
    metrics: Sequence[AnyMetric]
    bench: Bench
    prices: PriceTable
    jobs: int = 1

    @property
    def order(self) -> list[tuple[str, int]]:
        """Keys in the order in which results stand at the end."""
        return [(item.id, epoch) for epoch in range(self.epochs) for item in self.items]


def run_work(work: Work, run: EvalRun, *, clock: Callable[[], float], tell: Listener) -> str | None:
    """Do what is not done yet; returns the limit that ended it early, None when all items are through.

    Items that failed in an earlier sitting are tried again. Stopped by the user or killed, a sitting loses what was in
    flight and nothing else.

    Raises:
        EndpointUnreachable, EndpointRefused, CacheBroken, ModelMissing: no item can be done any more; what is done is
            kept.
    """
    run.drop_torn_line()
    kept = {result.key for result in run.results() if result.status != "failed"}
    by_id = {item.id: item for item in work.items}
    pending = iter([key for key in work.order if key not in kept])
    lock = threading.Lock()
    n_done = len(kept & set(work.order))

    def keep(key: tuple[str, int]) -> None:
        nonlocal n_done
        began = clock()
        result = do_item(by_id[key[0]], key[1], work)
        with lock:
            run.append(result, clock() - began)
            n_done += 1
            tell(result, n_done, len(work.order))

    with ThreadPoolExecutor(work.jobs) as pool:
        try:
            _drain(pending, keep, pool, work.jobs)
        except BudgetExceeded as error:
            return error.limit
    return None


def _drain(
    pending: Iterator[tuple[str, int]], keep: Callable[[tuple[str, int]], None], pool: ThreadPoolExecutor, jobs: int
) -> None:
    """Keep `jobs` items in flight until none is left; the first error ends it, after those in flight are through."""
    running: set[Future[None]] = set()
    for key in pending:
        running.add(pool.submit(keep, key))
        if len(running) >= jobs:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
    for future in running:
        future.result()


def do_item(item: Item, epoch: int, work: Work) -> Result:
    """One item done and judged.

    Raises:
        BudgetExceeded: the item would break the budget; it counts as not done.
        EndpointUnreachable, EndpointRefused, CacheBroken, ModelMissing: the next item would meet it too.
    """
    bench, counter = work.bench, None
    if bench.writer_ is not None:
        counter = Counted(bench.writer_, work.prices)
    bench = bench.for_item(counter, bench.seed + epoch)
    status: Status = "done"
    why, outcome = "", None
    scores: dict[str, float] = {}
    try:
        outcome = work.program(item, bench)
        scores = _scores(item, outcome, work.metrics, bench)
    except _ENDS_THE_RUN:
        raise
    except Abstained as refusal:
        status, why, scores = "abstained", str(refusal), _scores_of_silence(item, work.metrics, bench)
    except Unparsed as error:
        status, why = "unparsed", str(error)
    except Exception as error:
        # Recorded, not raised: one broken item must not take the others' results away; the run then ends with code 1.
        logger.info("item failed item=%s epoch=%d", item.id, epoch, exc_info=True)
        status, why = "failed", f"{type(error).__name__}: {error}"
    return Result(
        item=item.id,
        epoch=epoch,
        kind=item.kind,
        cluster=item.cluster,
        status=status,
        why=why[:2_000],
        outcome=outcome,
        scores=scores,
        calls=counter.calls if counter else 0,
        tokens=counter.tokens if counter else 0,
        usd=round(counter.usd, 8) if counter else 0.0,
    )


def _scores(item: Item, outcome: Outcome, metrics: Sequence[AnyMetric], bench: Bench) -> dict[str, float]:
    found = {metric.name: _score(metric, item, outcome, bench) for metric in metrics if metric.feeds(item)}
    return {name: round(score, 6) for name, score in found.items() if score is not None}


def _scores_of_silence(item: Item, metrics: Sequence[AnyMetric], bench: Bench) -> dict[str, float]:
    """The scores of an abstention: 0 where more is better, none where less is, and what is said of the item alone."""
    of_item = _scores(item, Outcome(text=""), [metric for metric in metrics if not metric.is_compared], bench)
    wrong = [metric for metric in metrics if metric.is_compared and metric.is_better_high and metric.scores_silence]
    return {metric.name: 0.0 for metric in wrong if metric.feeds(item)} | of_item


def _score(metric: AnyMetric, item: Item, outcome: Outcome, bench: Bench) -> float | None:
    if isinstance(metric, BenchMetric):
        return metric.score(item, outcome, bench)
    return metric.score(item, outcome)
