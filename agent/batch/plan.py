"""What is to be done of a batch: which items run, which are done, and with what settings each.

Knows items, settings, rows, and whether a run's folder is there. Must not know how an item is run.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from agent.batch.items import BatchItem
from agent.batch.store import ItemRow, ItemStatus
from agent.errors import UsageProblem
from agent.model_settings import RoleSettings
from agent.past_runs import is_there
from agent.settings import Settings

_SLUG_CHARS = 40
Standing = Literal["new", "goes on", "again", "done"]


@dataclass(frozen=True)
class Work:
    """An item with its settings. `row`: how it stands. `known`: its row as it was read, whatever is asked of it now."""

    item: BatchItem
    settings: Settings
    row: ItemRow
    standing: Standing
    known: ItemRow | None = None

    @property
    def status(self) -> ItemStatus:
        """How it stood before."""
        return self.known.status if self.known else "waiting"

    @property
    def name(self) -> str:
        """The item's."""
        return self.row.item


def batch_name(file: Path) -> str:
    """The batch of a file: its name, and a hash of where it lies, so that two files of one name are two batches."""
    slug = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:_SLUG_CHARS] or "batch"
    return f"{slug}-{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:6]}"


def work_of(
    batch: str, ordinal: int, item: BatchItem, settings: Settings, known: ItemRow | None, *, is_again: bool = False
) -> Work:
    """An item as it stands now.

    One that is finished is done; so is one that its own budget stopped, unless the budget is another now. What was
    asked with other words or other settings than now is run again, as a run of its own, and so is what was done in a
    run that was removed since; with `is_again` everything is.
    """
    fingerprint = fingerprint_of(item, settings)
    limits = settings.budget.model_dump_json()
    fresh = ItemRow(
        batch=batch,
        item=item.name,
        asked=item.asked,
        mode=item.mode,
        fingerprint=fingerprint,
        limits=limits,
        ordinal=ordinal,
    )
    if known is None:
        return Work(item, settings, fresh, "new")
    if is_again or known.fingerprint != fingerprint:
        return Work(item, settings, fresh, "again", known)
    is_done = known.status == "finished" or (
        known.status == "stopped" and known.limits == limits and not known.by_batch
    )
    if is_done and not is_there(known.run_id, settings.home):
        return Work(item, settings, fresh, "again", known)
    return Work(
        item,
        settings,
        known.model_copy(update={"limits": limits, "ordinal": ordinal}),
        "done" if is_done else "goes on",
        known,
    )


def fingerprint_of(item: BatchItem, settings: Settings) -> str:
    """SHA-256, as hex, of everything that a report's words hang on; where things lie and what they may cost is not."""
    roles = settings.roles
    models = {
        name: _who(role) for name, role in (("writer", roles.writer), ("helper", roles.helper), ("judge", roles.judge))
    }
    parts = ("write", "ask", "verify", "compress", "search")
    content = {
        "asked": item.asked,
        "mode": item.mode,
        "words": item.words,
        "models": models | {"embedder": roles.embedder.model},
        **{part: getattr(settings, part).model_dump(mode="json") for part in parts},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _who(role: RoleSettings) -> list[object]:
    return [role.model, role.base_url, role.context_tokens]


def only(works: Sequence[Work], patterns: Sequence[str]) -> list[Work]:
    """Those whose name, or whose `status` ("failed", "waiting" …), a pattern matches; all without patterns.

    Raises:
        UsageProblem: a pattern matches none.
    """
    if not patterns:
        return list(works)
    for pattern in patterns:
        if not any(_matches(work, pattern) for work in works):
            raise UsageProblem(
                f"--only {pattern}: no item is called that, or stands so",
                hint=f"names are such as {works[0].name}; * stands for any characters; or a status: failed, waiting",
            )
    return [work for work in works if any(_matches(work, pattern) for pattern in patterns)]


def _matches(work: Work, pattern: str) -> bool:
    return fnmatchcase(work.name.casefold(), pattern.casefold()) or work.status == pattern
