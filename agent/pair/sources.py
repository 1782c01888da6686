"""MAP: every source of a block read for its question: side by side by the helper, or all together by a compressor.

What they cannot read falls to the rule, and so does all that follows an endpoint that is gone or a budget that has
ended: asking once more would only wait.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from dataclasses import dataclass

from agent.pair.helper import Helper
from agent.pair.records import Found, SourceRead
from agent.pair.rule import ByCompressor, Choose
from lm.errors import BudgetExceeded, CacheBroken, ContextOverflow, LMError, MalformedReply
from prompts.compression.types import CannotCompress
from prompts.statements import Statement

# Fewer need no choosing: a call costs more than they do.
_MIN_ASKED = 3
_NOBODY = "neither a helper nor a compressor is set"


@dataclass(frozen=True)
class Source:
    """A document, and the positions of its statements among the block's."""

    document: str
    title: str
    positions: tuple[int, ...]


def sources_of(statements: Sequence[Statement]) -> list[Source]:
    """The documents of a block's statements, in the order of their first one."""
    positions: dict[str, list[int]] = {}
    for position, statement in enumerate(statements):
        positions.setdefault(statement.doc_id, []).append(position)
    return [Source(document, statements[own[0]].title, tuple(own)) for document, own in positions.items()]


def all_of(statements: Sequence[Statement]) -> Iterator[SourceRead]:
    """Every source as it is, everything kept."""
    return (_whole(source) for source in sources_of(statements))


def _whole(source: Source) -> SourceRead:
    positions = source.positions
    return SourceRead(
        document=source.document,
        title=source.title,
        read=len(positions),
        found=Found(kept=positions),
        by="nobody",
    )


@dataclass(frozen=True)
class Reading:
    """Who reads a block's sources, and how many at once.

    Attributes:
        helper: None: the compressor reads.
        rule: Chooses where neither helper nor compressor does.
        compressor: Asked where there is no helper; None: the rule reads everything.
        n_parallel: Sources at once.
        gate: Opened for each call of the helper, so that blocks side by side ask no more at once than one alone.
        away: Entered while nothing is done but wait for sources that are read.
    """

    helper: Helper | None
    rule: Choose
    compressor: ByCompressor | None = None
    n_parallel: int = 1
    gate: Callable[[], AbstractContextManager[object]] = nullcontext
    away: Callable[[], AbstractContextManager[object]] = nullcontext

    def read_all(self, statements: Sequence[Statement], question: str) -> Iterator[SourceRead]:
        """What each source has for the question, in the order of the sources, as it comes.

        Raises:
            CacheBroken: the call cache is damaged.
        """
        if self.helper is None:
            yield from self._cut(statements, question)
            return
        helper, has_failed = self.helper, threading.Event()

        def read(source: Source) -> SourceRead:
            own = [statements[at] for at in source.positions]
            if len(own) < _MIN_ASKED:
                return _whole(source)
            if has_failed.is_set():
                return self._ruled(source, own, question, Failure("the helper had failed before"))
            found, failure = asked(helper, own, question, gate=self.gate)
            if failure is None:
                return _whole(source).model_copy(update={"found": moved(found, source.positions), "by": "helper"})
            if not failure.is_of_one_reply:
                has_failed.set()
            return self._ruled(source, own, question, failure)

        with ThreadPoolExecutor(self.n_parallel, thread_name_prefix="source") as pool:
            # Each in a context like this thread's: what is asked there is asked in this stage.
            sources = [(copy_context(), source) for source in sources_of(statements)]
            coming = pool.map(lambda pair: pair[0].run(read, pair[1]), sources)
            for _ in sources:
                with self.away():
                    one = next(coming)
                yield one

    def _cut(self, statements: Sequence[Statement], question: str) -> Iterator[SourceRead]:
        kept, failure = self._left(statements, question)
        for source in sources_of(statements):
            if failure is not None:
                yield self._ruled(source, [statements[at] for at in source.positions], question, failure)
            else:
                found = Found(kept=tuple(at for at in source.positions if at in kept))
                yield _whole(source).model_copy(update={"found": found, "by": "compressor"})

    def _left(self, statements: Sequence[Statement], question: str) -> "tuple[Collection[int], Failure | None]":
        if self.compressor is None:
            return (), Failure(_NOBODY)
        try:
            return set(self.compressor(statements, question)), None
        except BudgetExceeded as error:
            return (), Failure(str(error), limit=error.limit)
        except (CannotCompress, LMError) as error:
            return (), Failure(str(error))

    def _ruled(self, source: Source, own: Sequence[Statement], question: str, failure: "Failure") -> SourceRead:
        kept = tuple(source.positions[at] for at in self.rule(own, question))
        update = {"found": Found(kept=kept), "by": "rule", "reason": failure.reason, "limit": failure.limit}
        return _whole(source).model_copy(update=update)


@dataclass(frozen=True)
class Failure:
    """Why a helper found nothing; `is_of_one_reply` says that it may be asked again for something else."""

    reason: str
    limit: str = ""
    is_of_one_reply: bool = False


def asked(
    helper: Helper,
    statements: Sequence[Statement],
    question: str,
    *,
    gate: Callable[[], AbstractContextManager[object]],
) -> tuple[Found, Failure | None]:
    """What the helper finds, or why it finds nothing.

    Raises:
        CacheBroken: no failure of the helper's.
    """
    try:
        with gate():
            return helper.read(statements, question), None
    except CacheBroken:
        raise
    except (MalformedReply, ContextOverflow) as error:
        return Found(), Failure(str(error), is_of_one_reply=True)
    except BudgetExceeded as error:
        return Found(), Failure(str(error), limit=error.limit)
    except LMError as error:
        return Found(), Failure(str(error))


def moved(found: Found, positions: Sequence[int]) -> Found:
    """What was found, with positions among the block's statements in place of those among the statements read."""
    return Found(
        kept=tuple(positions[at] for at in found.kept),
        notes=tuple(
            note.model_copy(update={"sources": tuple(positions[at] for at in note.sources)}) for note in found.notes
        ),
        n_failed=found.n_failed,
    )
