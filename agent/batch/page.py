"""The page of a batch: its counts, its items in a table, and when each was worked on. Everything shown is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import quote

from agent.batch.store import ItemRow
from agent.render_spending import money_text, partly_known

_COLOURS = {
    "finished": "#2f7d4f",
    "stopped": "#b7791f",
    "failed": "#b3372f",
    "interrupted": "#7a6f9b",
    "running": "#2f6fa7",
    "waiting": "#8a857a",
}
_LANE, _BAR, _WIDTH = 14, 10, 960  # pixels of the picture
_MOST_BARS = 400
_STYLE = """
:root{color-scheme:light dark;--ink:#1f1d19;--soft:#5f5a50;--line:#e4dfd3;--card:#fff;--page:#faf8f3}
@media(prefers-color-scheme:dark){:root{--ink:#ece8de;--soft:#a49e90;--line:#3a372f;--card:#211f1b;--page:#191814}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:2rem auto;max-width:76rem;
padding:0 1rem}
table{border-collapse:collapse;width:100%;background:var(--card);font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right}.soft{color:var(--soft)}.wide{overflow-x:auto}
.tag{display:inline-block;border-radius:.6rem;padding:0 .55rem;color:#fff;font-size:.85em}
svg{max-width:100%;height:auto;background:var(--card);border:1px solid var(--line)}
"""
_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)


@dataclass(frozen=True)
class Linked:
    """A row with the paths of its report's files, as seen from the batch's folder, the page first."""

    row: ItemRow
    files: tuple[str, ...]


def batch_page(batch: str, linked: Sequence[Linked]) -> str:
    """The whole page."""
    rows = [one.row for one in linked]
    title = escape(f"Batch {batch}")
    body = [
        f"<h1>{title}</h1>",
        f"<p>{_counts(rows)}</p>",
        f'<p class="soft">{_sums(rows)}</p>',
        _picture(rows),
        '<div class="wide"><table><thead><tr><th>Item</th><th>Asked</th><th>State</th><th class="n">Words</th>'
        '<th class="n">Claims</th><th class="n">Sources</th><th class="n">Support</th><th class="n">Tokens</th>'
        '<th class="n">Seconds</th><th>What came of it</th></tr></thead><tbody>',
        *map(_line, linked),
        "</tbody></table></div>",
    ]
    return (
        f"{_HEAD}<title>{title}</title><style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _counts(rows: Sequence[ItemRow]) -> str:
    found = {status: sum(row.status == status for row in rows) for status in _COLOURS}
    return " ".join(f"{_tag(status, f'{n} {status}')}" for status, n in found.items() if n)


def _sums(rows: Sequence[ItemRow]) -> str:
    tokens, usd = sum(row.tokens for row in rows), money_text(sum(row.usd for row in rows))
    money = partly_known(usd, sum(row.unpriced for row in rows), sum(row.calls for row in rows))
    words, seconds = sum(row.words for row in rows), sum(row.seconds for row in rows)
    return f"{words:,} words, {tokens:,} tokens, cost {money}, {seconds:,.0f} seconds of items side by side"


def _tag(status: str, text: str) -> str:
    return f'<span class="tag" style="background:{_COLOURS[status]}">{escape(text)}</span>'


def _line(one: Linked) -> str:
    row = one.row
    numbers = (
        f"{row.words:,}" if row.words else "",
        f"{row.claims:,}" if row.claims else "",
        f"{row.sources:,}" if row.sources else "",
        f"{row.support:.2f}" if row.claims else "",
        f"{row.tokens:,}",
        f"{row.seconds:.0f}",
    )
    return (
        f"<tr><td>{escape(row.item)}</td><td>{escape(row.asked)}</td><td>{_tag(row.status, row.status)}</td>"
        + "".join(f'<td class="n">{number}</td>' for number in numbers)
        + f"<td>{_outcome(one)}</td></tr>"
    )


def _outcome(one: Linked) -> str:
    links = " ".join(f'<a href="{quote(path)}">{escape(path.rsplit(".", 1)[-1])}</a>' for path in one.files)
    told = [escape(text) for text in (one.row.answer or one.row.title, one.row.message) if text]
    if one.row.unmet:
        told.append(f"{one.row.unmet} of what was asked for is not met")
    return "<br>".join([*told, *([links] if links else [])])


def _picture(rows: Sequence[ItemRow]) -> str:
    """When each item was worked on the last time: a bar for each, as many lanes as were open at once."""
    worked = [row for row in rows if row.started_at and row.ended_at]
    spans = [(datetime.fromisoformat(row.started_at), datetime.fromisoformat(row.ended_at), row) for row in worked]
    spans = sorted(spans, key=lambda span: span[:2])[:_MOST_BARS]
    if not spans:
        return ""
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    seconds = max(1.0, (last - first).total_seconds())
    lanes: list[datetime] = []
    bars = []
    for began, ended, row in spans:
        lane = next((n for n, free in enumerate(lanes) if free <= began), len(lanes))
        lanes[lane : lane + 1] = [ended]
        left = (began - first).total_seconds() / seconds * _WIDTH
        width = max(2.0, (ended - began).total_seconds() / seconds * _WIDTH)
        told = escape(f"{row.item}: {row.status}, {row.seconds:.0f} s")
        bars.append(
            f'<rect x="{left:.1f}" y="{lane * _LANE + 2}" width="{width:.1f}" height="{_BAR}" rx="2" '
            f'fill="{_COLOURS[row.status]}"><title>{told}</title></rect>'
        )
    height = len(lanes) * _LANE + 2
    label = escape(f"Items over {seconds:.0f} seconds")
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">{"".join(bars)}</svg>'
        f'<figcaption class="soft">{label}, a bar each.</figcaption></figure>'
    )
