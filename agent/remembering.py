"""Remembering a finished report. A memory that fails is a remark: the report is there.

Knows the order: what the report says, the gate, the units. Must not know how a report is written.
"""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from agent.foraged import Foraged
from agent.long_term import PROJECT, open_long_term
from agent.records import OwnedStatements
from agent.report_memory import considered, given_of
from agent.services import Services
from agent.types import Report
from lm.errors import LMError
from memory.errors import MemoryFloorError
from memory.long_term import Remembered
from retrieval.errors import RetrievalError

logger = logging.getLogger(__name__)


def remember_report(
    report: Report,
    services: Services,
    *,
    foraged: Collection[str],
    owned: Collection[str],
    at: datetime,
) -> str:
    """Store what a report says in the scope of the project; the same report again changes nothing.

    Args:
        report: As it was written out.
        services: Of the run.
        foraged: Records of what its blocks read.
        owned: Records of the statements that they had.
        at: When the run began.

    Returns:
        A remark if it could not be done, or "".
    """
    try:
        done = _remember(report, services, foraged, owned, at)
    except (MemoryFloorError, LMError, RetrievalError, OSError) as error:
        logger.warning("report not remembered run=%s error=%s", report.run_id, error)
        return f"the report is not remembered: {error}"
    logger.info(
        "report remembered run=%s units=%d windows=%d dropped=%d",
        report.run_id,
        len(done.units),
        len(done.windows),
        done.n_dropped,
    )
    return ""


def _remember(
    report: Report, services: Services, foraged: Collection[str], owned: Collection[str], at: datetime
) -> Remembered:
    store = services.store
    read = considered(
        services.corpus,
        [store.get_model(id_, Foraged) for id_ in foraged],
        [store.get_model(id_, OwnedStatements) for id_ in owned],
    )
    given = given_of(report, read, run_id=report.run_id, scope=PROJECT, at=at)
    with open_long_term(services.settings, services.fine, PROJECT) as memory:
        # Facts are no talk: each is understood without the one before it, so windows need not overlap.
        return replace(memory, stride=memory.size).remember_units(given)
