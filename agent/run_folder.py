"""A run's folder: fixed file names, and what stands in them.

`run.json` before anything else, `events.jsonl` as things happen, the rest when the report is there. Everything but the
events can be written again from the store, so each file is replaced as a whole.
"""

import json
import os
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from agent.block_plans import BlockPlans
from agent.calibration import Calibration
from agent.diary import find_diary
from agent.facts.records import FactsFile
from agent.narrative.user_plan import UserPlan
from agent.notes.note import NoteResult
from agent.progress import Event
from agent.redacting import Redactor
from agent.render_markdown import cited_evidence, render_markdown
from agent.report_files import Written, write_files
from agent.settings import Format
from agent.storm.records import Conversations
from agent.types import Outline, Report
from lm.files import write_atomically
from lm.spending import Spend
from lm.types import Frozen


class RunManifest(Frozen):
    """What a run was started with: enough to say why two runs differ.

    `calibration` is what was fitted for a question's writer when it was asked; None: the run needed nothing fitted.
    `plan` is the user's; None: a planner planned. `schemas`: SHA-256 of each narrative schema's text by its name, as it
    stood when the run began.
    """

    run_id: str
    topic: str
    mode: str
    words: int | None
    started_at: str
    version: str
    python: str
    packages: dict[str, str]
    config: dict[str, object]
    seed: int
    prompts: dict[str, str]
    schemas: dict[str, str] = Field(default_factory=dict)
    corpus_generation: int
    corpus_documents: int
    calibration: Calibration | None = None
    plan: UserPlan | None = None


def run_id(topic: str, now: datetime, suffix: str) -> str:
    """`<UTC time>-<slug>-<8 hex>`."""
    slug = re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-")[:40].rstrip("-") or "run"
    return f"{now.astimezone(UTC):%Y-%m-%dT%H%M%S}-{slug}-{suffix}"


class RunFolder:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, manifest: RunManifest) -> None:
        """Make the folder and say what was started."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._write("run.json", manifest.model_dump_json(indent=2))

    def append_event(self, at: str, event: Event) -> None:
        """Add a line to `events.jsonl`."""
        line = {"at": at} | event.model_dump(exclude_defaults=True)
        _append_line(self.path / "events.jsonl", json.dumps(line, ensure_ascii=False))

    def append_error(self, at: str, error: BaseException, hushed: Redactor) -> None:
        """Add a line to `errors.jsonl`, without keys."""
        line = {
            "at": at,
            "type": type(error).__name__,
            "message": str(error),
            "hint": getattr(error, "hint", ""),
        }
        _append_line(self.path / "errors.jsonl", json.dumps(hushed.value(line), ensure_ascii=False))

    def write_plan(self, outline: Outline) -> None:
        """`plan.json`."""
        self._write("plan.json", outline.model_dump_json(indent=2))

    def write_blocks(self, blocks: BlockPlans) -> None:
        """`blocks.json`."""
        self._write("blocks.json", blocks.model_dump_json(indent=2))

    def read_blocks(self) -> BlockPlans | None:
        """What `blocks.json` holds; None before the report is written. Raises ValueError where damaged."""
        path = self.path / "blocks.json"
        return BlockPlans.model_validate_json(path.read_bytes()) if path.is_file() else None

    def write_note(self, note: NoteResult) -> None:
        """`note.json`."""
        self._write("note.json", note.model_dump_json(indent=2))

    def write_conversations(self, conversations: Conversations) -> None:
        """`conversations.json`."""
        self._write("conversations.json", conversations.model_dump_json(indent=2))

    def read_conversations(self) -> Conversations | None:
        """What `conversations.json` holds; None where the run's planner held none. Raises ValueError where damaged."""
        path = self.path / "conversations.json"
        return Conversations.model_validate_json(path.read_bytes()) if path.is_file() else None

    def write_facts(self, facts: FactsFile) -> None:
        """`facts.json`."""
        self._write("facts.json", facts.model_dump_json(indent=2))

    def write_report(self, report: Report, formats: Sequence[Format], *, created: datetime) -> Written:
        """The report in each format, its evidence, claims and figures; returns the report's own files.

        The page has the foraging diary where the folder's events tell of one. `created` as of `write_files`.

        Raises:
            ReportBroken: the report's references do not close; nothing is written.
            OSError: a file cannot be written; the report's other formats were tried.
        """
        render_markdown(report)
        self._write_lines("evidence.jsonl", (evidence.model_dump() for evidence in cited_evidence(report)))
        # What nobody was asked has no key.
        self._write_lines("claims.jsonl", (claim.model_dump(exclude_none=True) for claim in report.claims))
        self._write("metrics.json", report.figures.model_dump_json(indent=2))
        if report.ledger is not None:
            self._write("ledger.json", report.ledger.model_dump_json(indent=2))
        return write_files(report, formats, self.path, created=created, diary=find_diary(self.path))

    def write_usage(self, usage: Spend) -> None:
        """`usage.json`."""
        self._write("usage.json", usage.model_dump_json(indent=2))

    def read_usage(self) -> Spend | None:
        """What `usage.json` holds; None when it was not written yet. Raises ValueError when it is damaged."""
        path = self.path / "usage.json"
        return Spend.model_validate_json(path.read_bytes()) if path.is_file() else None

    def _write(self, name: str, text: str) -> None:
        write_atomically(self.path / name, text if text.endswith("\n") else text + "\n")

    def _write_lines(self, name: str, lines: Iterable[dict[str, object]]) -> None:
        self._write(name, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _append_line(path: Path, line: str) -> None:
    """Add a line; one that a kill tore off stays alone on its own."""
    with path.open("ab+") as stream:
        is_torn = stream.tell() > 0 and stream.seek(-1, os.SEEK_END) >= 0 and stream.read(1) != b"\n"
        stream.write((b"\n" if is_torn else b"") + line.encode() + b"\n")
