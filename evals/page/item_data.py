"""Items for the page: as JSON that the script makes readable, and as a plain table for readers without scripts."""

import json
import math
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from agent.render_markdown import one_line
from evals.items import Result
from evals.page.content import Group, JoinedItem, RunContent
from evals.page.markup import figure, named, table, text

_KNOWN = ("evidence", "cited", "thoughts", "ranked")
_MAX_JSON = 20_000  # characters of details that the page has no form for
_MAX_TEXT = 100_000
_CELL_CHARS = 120


class _Texts:
    """Long texts once: programs show the model the same lines for many items."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, line: str) -> int:
        """The text's place in `all`."""
        if line not in self._numbers:
            self._numbers[line] = len(self.all)
            self.all.append(line)
        return self._numbers[line]


def items_json(group: Group) -> str:
    """All items, as JSON that cannot end its script element."""
    texts = _Texts()
    items = [_item(item, group.runs, texts) for item in group.items]
    runs = [{"letter": run.letter, "label": one_line(run.label)} for run in group.runs]
    body = {"main": group.main, "isShare": group.is_share, "runs": runs, "items": items, "texts": texts.all}
    dumped = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        dumped = dumped.replace(character, f"\\u{ord(character):04x}")
    return dumped


def items_table(group: Group) -> str:
    """Item, status and main score: what is left without a script."""
    rows = []
    for item in group.items:
        name = item.item.text if item.item else item.id
        cells = [_plain(results, score, group.main) for results, score in zip(item.results, item.scores, strict=True)]
        rows.append([text(name if len(name) <= _CELL_CHARS else f"{name[:_CELL_CHARS]}…"), *cells])
    header = ["Item", *(named(run, number) for number, run in enumerate(group.runs))]
    return table(header, rows, name="Items", kind="said")


def _plain(results: Sequence[Result], score: float | None, main: str) -> str:
    statuses = ", ".join(dict.fromkeys(result.status for result in results)) or "not done"
    return f"{statuses}" if score is None else f"{statuses}, {text(main)} {figure(score)}"


def _item(item: JoinedItem, runs: Sequence[RunContent], texts: _Texts) -> dict[str, JsonValue]:
    known = item.item
    found: dict[str, JsonValue] = {
        "id": one_line(item.id),
        "kind": one_line(item.kind),
        "scores": [_finite(score) for score in item.scores],
        "results": [
            [_result(result, run, texts) for result in results] for run, results in zip(runs, item.results, strict=True)
        ],
    }
    if known is not None:
        found["text"] = _lines(known.text)
        found["answers"] = [one_line(answer) for answer in known.answers]
        found["supporting"] = [one_line(id_) for id_ in known.supporting_ids]
        if known.cluster:
            found["cluster"] = one_line(known.cluster)
        if known.gold:
            found["gold"] = _json(known.gold)
    return found


def _result(result: Result, run: RunContent, texts: _Texts) -> dict[str, JsonValue]:
    seconds = run.seconds.get(result.key)
    found: dict[str, JsonValue] = {
        "epoch": result.epoch,
        "status": result.status,
        "why": _lines(result.why),
        "calls": result.calls,
        "tokens": result.tokens,
        "usd": result.usd,
        "seconds": None if seconds is None else round(seconds, 2),
        "scores": {one_line(name): _finite(score) for name, score in result.scores.items()},
    }
    outcome = result.outcome
    if outcome is None:
        return found
    found |= {"answer": _lines(outcome.text), "shown": outcome.evidence_tokens, "confidence": outcome.confidence}
    rest = {name: value for name, value in outcome.details.items() if name not in _KNOWN}
    for name in ("evidence", "thoughts", "ranked"):
        value = outcome.details.get(name)
        if isinstance(value, list):
            found[name] = [texts.number(_lines(_said(line))) for line in value]
        elif value is not None:
            rest[name] = value
    cited = _cited(outcome.details.get("cited"), texts)
    if cited is not None:
        found["cited"] = cited
    elif "cited" in outcome.details:
        rest["cited"] = outcome.details["cited"]
    if rest:
        found["other"] = _json(rest)
    return found


def _cited(value: JsonValue, texts: _Texts) -> list[JsonValue] | None:
    """Cited sentences with the numbers of their sources' titles and quotations; None where they have another form."""
    if not isinstance(value, list):
        return None
    found: list[JsonValue] = []
    for entry in value:
        if not isinstance(entry, dict) or "sentence" not in entry:
            return None
        sources = entry.get("sources", [])
        if not isinstance(sources, list) or not all(isinstance(source, dict) for source in sources):
            return None
        pairs: list[JsonValue] = [
            [texts.number(_lines(_said(source.get(name, "")))) for name in ("title", "quote")]
            for source in sources
            if isinstance(source, dict)
        ]
        found.append({"sentence": _lines(_said(entry["sentence"])), "sources": pairs})
    return found


def _said(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json(value: Mapping[str, JsonValue]) -> str:
    return _lines(json.dumps(value, ensure_ascii=False, indent=1), _MAX_JSON)


def _lines(value: str, most: int = _MAX_TEXT) -> str:
    """A text with its line ends, without control characters and direction overrides, cut where it would be a book."""
    kept = value[:most]
    shown = "\n".join(f"{_indent(line)}{one_line(line)}" for line in kept.splitlines())
    return shown if len(value) <= most else f"{shown}\n… ({len(value) - most:,} more characters)"


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))


def _finite(score: float | None) -> float | None:
    return score if score is not None and math.isfinite(score) else None
