"""Whether an ingest took a folder of hostile files as it must: what is judged, and by which laws."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.endurance.file_places import CANARY, MARK
from benchmarks.endurance.warm import Ended
from retrieval.corpus import Corpus

_CODES = (0, 1, 5)  # all read; some kept that could not be looked at; nothing there that could be read
_MAX_PARENT_MB = 1024
# What must not come raw before the mark that names carry behind their signs: controls, overrides, and line ends too.
_RAW = re.compile(
    "(?:[\x00-\x08\n-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\x1b\\]0;|[\x1b\x9b]\\[?(?:2J|8m|1;1H)|\x1bc)"
    + re.escape(MARK)
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a corpus holds after an ingest. `texts` by the file that they came from, all documents of it together."""

    texts: Mapping[str, str]
    quarantined: Mapping[str, str]  # file → its first reason
    problems: Collection[str] = field(default=())

    @property
    def known(self) -> set[str]:
        """Files that are in the corpus or in quarantine."""
        return set(self.texts) | set(self.quarantined)


def stored_in(path: Path) -> Stored:
    """Read a corpus file, and check all that it holds."""
    texts: dict[str, str] = {}
    with Corpus.open(path) as corpus:
        for document in corpus.documents():
            texts[document.source] = texts.get(document.source, "") + corpus.text(document.id)
        reasons: dict[str, str] = {}
        for bad in corpus.quarantine():
            reasons.setdefault(bad.path, bad.reason)
        return Stored(texts, reasons, corpus.verify())


def faults_of_call(ended: Ended, home: Path) -> list[str]:
    """What is wrong with how a command ended."""
    found = []
    if ended.is_late or ended.code not in _CODES:
        found.append(f"exit code {ended.code}{' (too late)' if ended.is_late else ''}: {ended.last_line}")
    if "Traceback" in ended.stderr:
        found.append(f"a traceback: {ended.last_line}")
    found += [f"a crash report: {path.name}" for path in (home / "crashes").glob("*")]
    if ended.max_rss_mb > _MAX_PARENT_MB:
        found.append(f"the command itself took {ended.max_rss_mb:.0f} MB")
    return found + faults_of_screen(ended.stdout + ended.stderr)


def faults_of_screen(shown: str) -> list[str]:
    """Signs of names and texts that reached the terminal raw."""
    return [f"raw on the terminal: {found!a}" for found in sorted(set(_RAW.findall(shown)))]


def faults_of_store(stored: Stored, files: Iterable[str], secrets: Collection[str] = (CANARY,)) -> dict[str, str]:
    """What is wrong with what was stored, by file; under "" what is wrong with all of it.

    Args:
        stored: the corpus.
        files: names that must each be in the corpus or in quarantine, with a reason in words.
        secrets: texts from outside the folder.
    """
    found = {name: "neither in the corpus nor in quarantine" for name in set(files) - stored.known}
    for name, text in stored.texts.items():
        if any(secret in text for secret in secrets):
            found[name] = "holds a text from outside the folder"
    found |= {name: "in quarantine without a reason" for name, why in stored.quarantined.items() if not why.strip()}
    if stored.problems:
        found[""] = f"the corpus disagrees with itself: {'; '.join(list(stored.problems)[:3])}"
    return found
