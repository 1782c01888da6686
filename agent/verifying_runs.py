"""What ledger, run folders, records and checkpoints say of each other. Changes nothing.

Knows the laws of runs: each row has its folder, each report its evidence, each state its records. Must not know tables.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.counting import counted
from agent.doctor import Finding, Status
from agent.errors import AgentError, ReportBroken
from agent.home import Home
from agent.ledger import Ledger, RunRow
from agent.past_runs import is_alive, kept_states, manifest_of, runs_folder, spent_before
from agent.render_markdown import check_references, cited_evidence, render_markdown
from agent.settings import Settings
from agent.types import Report
from lm.files import LEFT_OVER
from memory.errors import MemoryFloorError
from memory.sqlite_store import SqliteStore

_ID = re.compile(r"[0-9a-f]{64}")
_EVIDENCE = "evidence.jsonl"
_ENDED = ("finished", "stopped")
_AGAIN = "`wellread runs resume {}` writes its files again"
_GONE = "`wellread runs rm {}`, and start the topic again: what was paid for is replayed"


def run_findings(settings: Settings, *, with_records: bool) -> Iterator[Finding]:
    """What is wrong with runs: rows without folders, folders without rows, reports that are not what was written.

    Args:
        settings: Of the home.
        with_records: Whether the store of records can be asked.
    """
    home = settings.home
    with Ledger(Home(home).ledger) as ledger:
        rows = ledger.rows()
    findings = [finding for row in rows for finding in _of_run(row, settings, with_records=with_records)]
    known = {row.id for row in rows}
    for folder in sorted(path for path in runs_folder(home).glob("*") if path.is_dir() and path.name not in known):
        detail = f"{folder} is in no ledger: the program ended before the run began, or while it was removed"
        fix = f"`wellread runs rm {folder.name}`"
        findings.append(Finding(check="verify runs", status="warn", detail=detail, fix=fix))
    yield from findings
    if not any(finding.status == "fail" for finding in findings):
        yield Finding(check="verify runs", status="ok", detail=f"ledger and folders agree on {len(rows)}")


def state_findings(settings: Settings) -> Iterator[Finding]:
    """States that cannot be read, or of unfinished runs that name records which are not there."""
    check, home = "verify states", Home(settings.home)
    with Ledger(home.ledger) as ledger:
        finished = {row.id for row in ledger.rows() if row.status == "finished"}
    threads: set[str] = set()
    is_well = True
    with SqliteStore(home.memory) as store:
        for thread, values in kept_states(settings.home):
            threads.add(thread)
            if isinstance(values, AgentError):
                is_well = False
                yield Finding(check=check, status="fail", detail=f"{thread}: {values}", fix=_GONE.format(thread))
                continue
            named = set(_ID.findall(json.dumps(values, default=str))) if thread not in finished else set()
            missing = sorted(id_ for id_ in named if not store.has(id_))
            if missing:
                is_well = False
                detail = f"{thread} names {counted(len(missing), 'record')} not there, as {missing[0][:16]}"
                yield Finding(check=check, status="fail", detail=detail, fix=_GONE.format(thread))
    if is_well:
        yield Finding(check=check, status="ok", detail=f"sound: {counted(len(threads), 'thread')}")


def _of_run(row: RunRow, settings: Settings, *, with_records: bool) -> Iterator[Finding]:
    folder = runs_folder(settings.home) / row.id
    if not folder.is_dir():
        yield _said(row, "fail", "its folder is not there", _GONE)
        return
    try:
        manifest = manifest_of(row.id, settings.home)
        spent_before(row.id, settings.home)
    except AgentError as error:
        yield _said(row, "fail", str(error), error.hint)
        return
    if manifest.run_id != row.id:
        yield _said(row, "fail", "its run.json is another run's", _GONE)
    if not is_alive(row.id, settings.home):
        yield from _of_death(row, folder)
    if row.report_id is not None and with_records:
        formats = Settings.model_validate(manifest.config).write.formats
        yield from (_said(row, "fail", what, fix) for what, fix in _of_report(row, folder, settings, formats))


def _of_death(row: RunRow, folder: Path) -> Iterator[Finding]:
    """What a sitting that was killed leaves behind."""
    if row.status == "running":
        yield _said(row, "warn", "it was cut short", "wellread runs resume {}")
    for path in sorted(folder.rglob(LEFT_OVER)):
        yield _said(row, "warn", f"{path.name} was left half written", "resume the run, or delete the file")
    if n_torn := _torn_lines(folder / "events.jsonl"):
        what = f"{counted(n_torn, 'line')} of its events cannot be read"
        yield _said(row, "warn", what, "nothing: a kill or a full disk tore it off")


def _of_report(row: RunRow, folder: Path, settings: Settings, formats: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a report, each with how it is mended."""
    try:
        with SqliteStore(Home(settings.home).memory) as store:
            report = store.get_model(row.report_id or "", Report).model_copy(update={"run_id": row.id})
        render_markdown(report)
    except MemoryFloorError as error:
        yield str(error), _GONE
        return
    except ReportBroken as error:
        yield str(error), error.hint
        return
    if row.status not in _ENDED:
        return
    if _lines(folder / _EVIDENCE) != [one.model_dump(mode="json") for one in cited_evidence(report)]:
        yield f"{_EVIDENCE} is not the evidence that the report cites", _AGAIN
    for path in (folder / f"report.{name}" for name in formats):
        if not path.is_file() or not path.stat().st_size:
            yield f"{path.name} is missing, or empty", _AGAIN
        elif path.suffix == ".md":
            problems = check_references(path.read_text(encoding="utf-8", errors="replace"))
            yield from ((f"{path.name}: {problem}", _AGAIN) for problem in problems)


def _said(row: RunRow, status: Status, what: str, fix: str) -> Finding:
    return Finding(check="verify runs", status=status, detail=f"{row.id}: {what}", fix=fix.format(row.id))


def _lines(path: Path) -> list[object] | None:
    """The lines of a JSON lines file; None where it cannot be read."""
    try:
        # Bytes: of a text, splitlines() would also cut at U+2028 and the like, which JSON holds as they are.
        return [json.loads(line) for line in path.read_bytes().splitlines()]
    except (OSError, ValueError):
        return None


def _torn_lines(path: Path) -> int:
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return sum(not _is_json(line) for line in lines)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
