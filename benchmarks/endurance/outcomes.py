"""What commands leave behind, as hashes by name: two homes are compared by them, and one with itself at another time.

Left out is what tells of sittings and not of work: which call was replayed, what a sitting took. `docs` say so.
"""

import hashlib
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from pypdf import PdfReader

# How often a run was begun, and what each sitting paid: a run that was resumed has replayed some calls.
OF_SITTINGS = frozenset({"events.jsonl", "usage.json", "metrics.json", "run.lock", "errors.jsonl"})
# Where the home lies is in the manifest; everything else of it is compared.
_HOME = re.compile(r'"(?:home|models_dir|base_url)": "[^"]*"')
# The same figures in the page: the table of roles, tokens and money.
_SPENDING = re.compile(rb'<details class="spending">.*?</details>|<dt>(?:Tokens|Cost)</dt><dd>[^<]*</dd>', re.DOTALL)

_REPLAYED = re.compile(rb" ?\(\+ \d+ replayed\)")  # and in files for paper, of which the text is compared

Outcome = dict[str, str]
OF_MEMORY = ("units", "turns", "vectors of units")


def corpus(home: Path) -> Outcome:
    """Documents, their texts and passages, what is in quarantine, and whether the index is of this corpus."""
    path = home / "corpus.sqlite"
    documents = "SELECT id, title, source, media_type, sha256, n_chars, n_pages, sections FROM documents ORDER BY id"
    passages = (
        "SELECT d.id, p.ordinal, p.id, p.start, p.end, p.page, p.heading_path FROM passages p "
        "JOIN documents d ON d.rowid = p.doc ORDER BY d.id, p.ordinal"
    )
    texts = "SELECT d.id, t.body FROM texts t JOIN documents d ON d.rowid = t.key / 1048576 ORDER BY d.id, t.key"
    found = {
        name: _rows(path, sql) for name, sql in (("documents", documents), ("passages", passages), ("texts", texts))
    }
    found["quarantine"] = _rows(path, "SELECT path, line, reason FROM quarantine ORDER BY root, path, line")
    meta = json.loads((home / "index" / "meta.json").read_text(encoding="utf-8"))
    rows = json.loads((home / "index" / meta["folder"] / "rows.json").read_text(encoding="utf-8"))
    indexed = sorted(rows["passage_ids"])
    held = [row[0] for row in _fetched(path, "SELECT id FROM passages ORDER BY id")]
    return {**found, "index": "all passages" if indexed == held else f"{len(indexed)} of {len(held)} passages"}


def run(home: Path) -> Outcome:
    """The newest run: the files of its folder, what the ledger says of it, and what was remembered of it."""
    folder = max((home / "runs").iterdir())
    files = {path.name: _of_file(path) for path in sorted(folder.iterdir()) if path.name not in OF_SITTINGS}
    standing = _rows(home / "ledger.sqlite", "SELECT id, status, exit_code, report_id FROM runs ORDER BY id")
    return {**files, "ledger": standing, **memory(home)}


def chat(home: Path) -> Outcome:
    """Questions, how they were answered, and what was remembered of them."""
    columns = "number, question, status, answer, kept"
    return {"exchanges": _rows(home / "chats.sqlite", f"SELECT {columns} FROM exchanges ORDER BY seq"), **memory(home)}


def memory(home: Path) -> Outcome:
    """Units, their bodies and standing, and the log; nothing where nothing was remembered."""
    path = home / "long_term.sqlite"
    if not path.is_file():
        return {}
    units = (
        "SELECT u.id, u.scope, u.kind, u.at, u.archived_by, u.superseded_by, b.body FROM units u "
        "JOIN bodies b ON b.unit = u.seq ORDER BY u.id"
    )
    turns = "SELECT scope, id, session, speaker, text, at, forgotten FROM turns ORDER BY scope, id"
    vectors = "SELECT u.id FROM vectors v JOIN units u ON u.seq = v.unit ORDER BY u.id"
    return {name: _rows(path, sql) for name, sql in zip(OF_MEMORY, (units, turns, vectors), strict=True)}


def batch(home: Path) -> Outcome:
    """The items of the only batch, and the report or answer of each."""
    found: Outcome = {}
    for (text,) in _fetched(home / "batches.sqlite", "SELECT row FROM items ORDER BY item"):
        row = json.loads(text)
        kept = ("item", "status", "exit_code", "title", "words", "claims", "sources", "answer")
        found[row["item"]] = repr([row[name] for name in kept])
        found[f"report of {row['item']}"] = _of_file(home / "runs" / row["run_id"] / "report.md")
    found["runs"] = _rows(home / "ledger.sqlite", "SELECT topic, mode, status FROM runs ORDER BY topic")
    return found


def evaluation(home: Path) -> Outcome:
    """The newest evaluation: its results byte by byte, and how many times were kept."""
    folder = max((home / "evals" / "runs").iterdir())
    return {
        "results.jsonl": _of_file(folder / "results.jsonl"),
        "summary": str((folder / "summary.json").is_file()),
        "timings": str(len({line[:60] for line in (folder / "timings.jsonl").read_bytes().splitlines()})),
    }


def exported(home: Path) -> Outcome:
    """The files of an export, which stand beside the home."""
    return {path.suffix: _of_file(path) for path in sorted((home.parent / "out").iterdir())}


def saved(home: Path) -> Outcome:
    """What was said, in the file that it was saved to."""
    return {"talk.md": _of_file(home.parent / "talk.md"), **chat(home)}


def searchable(home: Path) -> Outcome:
    """The corpus without regard to its index, which the next search builds."""
    return {name: value for name, value in corpus(home).items() if name != "index"}


def nothing_of_runs(home: Path) -> Outcome:
    """Nothing, where runs are removed."""
    rows = {} if not has_run(home) else run(home)
    return {**rows, "folders": str(sorted(path.name for path in (home / "runs").glob("*")))}


def configured(home: Path) -> Outcome:
    """The settings file."""
    return {"wellread.toml": _of_file(home.parent / "wellread.toml")}


def page(home: Path) -> Outcome:
    """An evaluation's page."""
    return {"page.html": _of_file(home.parent / "page.html")}


def has_forgotten(home: Path) -> bool:
    """Whether no unit speaks of the cabinet any more."""
    return not _fetched(home / "long_term.sqlite", "SELECT 1 FROM bodies WHERE instr(body, 'red cabinet') LIMIT 1")


def has_no_glossary(home: Path) -> bool:
    """Whether the document is removed."""
    return not _fetched(home / "corpus.sqlite", "SELECT 1 FROM documents WHERE id = 'glossary.md'")


def has_run(home: Path) -> bool:
    """Whether a run was entered."""
    return _has_rows(home / "ledger.sqlite", "runs")


def has_question(home: Path) -> bool:
    """Whether a question was written down."""
    return _has_rows(home / "chats.sqlite", "exchanges")


def has_evaluation(home: Path) -> bool:
    """Whether an evaluation was begun."""
    return any((home / "evals" / "runs").glob("*/eval.json"))


def differences(wanted: Outcome, found: Outcome) -> list[str]:
    """Names of what is not the same."""
    return sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))


def _of_file(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".html":
        content = _SPENDING.sub(b"", content)
    elif path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            content = b"".join(_REPLAYED.sub(b"", parts.read(name)) for name in sorted(parts.namelist()))
    elif path.suffix == ".pdf":
        pages = PdfReader(path).pages
        content = _REPLAYED.sub(b"", "\n".join(page.extract_text() for page in pages).encode())
    elif path.name == "run.json":
        content = _HOME.sub("", content.decode()).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def _rows(path: Path, query: str) -> str:
    return _hash(repr(row) for row in _fetched(path, query))


def _fetched(path: Path, query: str) -> Sequence[tuple[object, ...]]:
    with closing(sqlite3.connect(path, timeout=10.0)) as db:
        return db.execute(query).fetchall()


def _hash(lines: Iterable[str]) -> str:
    told = list(lines)
    return f"{len(told)} rows {hashlib.sha256(chr(10).join(told).encode()).hexdigest()[:12]}"


def _has_rows(path: Path, table: str) -> bool:
    if not path.is_file():
        return False
    try:
        return bool(_fetched(path, f"SELECT 1 FROM {table} LIMIT 1"))
    except sqlite3.OperationalError:  # killed before its tables were made
        return False
