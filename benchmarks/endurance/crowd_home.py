"""What a crowd left in its home, counted: rows, files, calls; by SQL and not by the program that is under test."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from agent.timeline.reading import read_timeline
from benchmarks.endurance.crowd import SHARED_NOTE

_REFERENCES = "## References"


def counted(home: Path) -> dict[str, int]:
    """How many of everything there is, each by its own key: a doubled row counts twice."""
    bodies = [json.loads(body) for (body,) in rows(home, "long_term", "SELECT body FROM bodies")]
    notes = [body["text"] for body in bodies if body.get("kind") == "note"]
    return {
        "documents": _one(home, "corpus", "SELECT count(*) FROM documents"),
        "runs": _one(home, "ledger", "SELECT count(*) FROM runs WHERE status = 'finished'"),
        "reports": sum((folder / "report.md").stat().st_size > 0 for folder in _reported(home)),
        "notes": len(notes),
        "the note of all": notes.count(SHARED_NOTE),
        "chat sessions": _one(home, "chats", "SELECT count(*) FROM sessions"),
        "answered turns": _one(home, "chats", "SELECT count(*) FROM exchanges WHERE status = 'answered'"),
    }


def doubled(home: Path) -> dict[str, int]:
    """Rows that say what another row says already, by what no schema forbids: there must be none."""
    return {
        "documents": _twice(rows(home, "corpus", "SELECT sha256 FROM documents")),
        "passages": _twice(rows(home, "corpus", "SELECT doc, start, end FROM passages")),
        "turns": _twice(rows(home, "chats", "SELECT session, question FROM exchanges")),
    }


def losses(home: Path, asked: Sequence[str]) -> list[str]:
    """What was done and is not kept: answers that were paid, evidence of reports, events of runs."""
    found = []
    n_asked, n_kept = len(set(asked)), _one(home, "calls", "SELECT count(*) FROM calls")
    if n_kept != n_asked:
        found.append(f"{n_asked} different requests were answered, {n_kept} replies are kept")
    folders = sorted(path for path in (home / "runs").iterdir() if path.is_dir())
    named = {run for (run,) in rows(home, "ledger", "SELECT id FROM runs")}
    if {folder.name for folder in folders} != named:
        found.append(f"{len(folders)} folders of runs, {len(named)} rows in the ledger")
    for folder in folders:
        found += _of_run(folder)
    return found


def _of_run(folder: Path) -> list[str]:
    """What its files and events lack."""
    found = []
    timeline = read_timeline(folder)
    if timeline.remarks or [one.status for one in timeline.sittings] != ["finished"]:
        found.append(f"{folder.name}: events tell of {[one.status for one in timeline.sittings]}, {timeline.remarks}")
    usage = json.loads((folder / "usage.json").read_text(encoding="utf-8"))
    paid = sum(role["calls"] for role in usage["by_role"].values())
    told = sum(not call.is_replayed and not call.error for one in timeline.sittings for call in one.calls)
    if paid != told:
        found.append(f"{folder.name}: {paid} calls were paid, {told} are told of")
    evidence = (folder / "evidence.jsonl").read_text(encoding="utf-8").splitlines()
    if not all(_is_json(line) for line in evidence):
        found.append(f"{folder.name}: evidence.jsonl is torn")
    return found


def _is_json(line: str) -> bool:
    try:
        return bool(json.loads(line))
    except ValueError:
        return False


def _reported(home: Path) -> list[Path]:
    return [path for path in (home / "runs").iterdir() if (path / "report.md").is_file()]


def rows(home: Path, store: str, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in a store of the home."""
    with closing(sqlite3.connect(home / f"{store}.sqlite", timeout=10.0)) as db:
        return db.execute(query).fetchall()


def _one(home: Path, store: str, query: str) -> int:
    return int(rows(home, store, query)[0][0])


def _twice(found: Sequence[tuple[Any, ...]]) -> int:
    return sum(n - 1 for n in Counter(found).values())
