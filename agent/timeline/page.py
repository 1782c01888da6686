"""A timeline as a page of its own: one picture for each sitting, what each mark is when it is pointed at, and sums.

Self-contained: no script, nothing from elsewhere. All names in it are escaped.
"""

from collections.abc import Iterator, Sequence
from html import escape

from agent.counting import counted
from agent.timeline.lanes import Lane, lanes_of
from agent.timeline.records import Call, Sitting, Span, Stage, Timeline
from agent.timeline.text import figures_text, round_step

PAGE = "timeline.html"
_WIDTH, _NAMES, _LANE, _TOP = 1000.0, 150.0, 24.0, 22.0  # units of the picture
_N_TICKS = 10
_LABEL = 50.0  # units that a time may take
_CSS = """
:root{--ink:#1f1d19;--soft:#5f5a50;--line:#e4dfd3;--card:#fff;--stage:#d9d2c0;--model:#2f6f8f;--wait:#e0a63c;--bad:#b3352b}
@media (prefers-color-scheme:dark){:root{--ink:#ece7db;--soft:#a9a294;--line:#3a362f;--card:#1b1916;--stage:#4a453b;
--model:#6fb3d2;--wait:#d9a441;--bad:#e5695e}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--card);max-width:1100px;margin:2em auto;
padding:0 1em}
svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
.soft,svg text.soft{color:var(--soft);fill:var(--soft)}.stage{fill:var(--stage)}.model{fill:var(--model)}
.wait{fill:var(--wait)}.bad{fill:var(--bad)}.grid{stroke:var(--line)}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.15em .8em .15em 0;text-align:right;
border-bottom:1px solid var(--line)}td:first-child,th:first-child{text-align:left}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}.key.stage{background:var(--stage)}
.key.model{background:var(--model)}.key.wait{background:var(--wait)}.key.bad{background:var(--bad)}
"""
_CSP = "default-src 'none'; style-src 'unsafe-inline'"
_KEY = (
    '<p class="soft"><span class="key stage"></span>a stage at work<span class="key model"></span>a model is asked'
    '<span class="key wait"></span>a call waits<span class="key bad"></span>a try failed</p>'
)


def timeline_page(timeline: Timeline) -> str:
    """The whole page."""
    title = f"Timeline of {timeline.run}"
    n = counted(len(timeline.sittings), "sitting")
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">',
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>",
        f"<h1>{escape(title)}</h1><p>{n}; {escape(figures_text(timeline.figures))}</p>{_KEY}",
        *(_sitting(sitting) for sitting in timeline.sittings),
        *(f"<p>Note: {escape(remark)}</p>" for remark in timeline.remarks),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _sitting(sitting: Sitting) -> str:
    lanes = lanes_of(sitting)
    head = f"Sitting {sitting.number}: {sitting.status}"
    said = f"{sitting.began_at}, version {sitting.version}: {figures_text(sitting.figures)}"
    return "\n".join(
        [
            f'<h2 id="sitting-{sitting.number}">{escape(head)}</h2><p class="soft">{escape(said)}</p>',
            _picture(sitting, lanes, label=head),
            _sums("stage", _by_stage(sitting.stages)),
            _sums("role", _by_role(sitting.calls)),
        ]
    )


def _picture(sitting: Sitting, lanes: Sequence[Lane], *, label: str) -> str:
    height = _TOP + _LANE * len(lanes)
    scale = (_WIDTH - _NAMES) / sitting.seconds if sitting.seconds else 0.0
    marks = [
        *_grid(sitting.seconds, height),
        *(mark for row, lane in enumerate(lanes) for mark in _lane(lane, _TOP + _LANE * row, scale)),
    ]
    inside = "\n".join(marks)
    return f'<svg viewBox="0 0 {_WIDTH:g} {height:g}" role="img" aria-label="{escape(label)}">\n{inside}\n</svg>'


def _grid(seconds: float, height: float) -> Iterator[str]:
    step = round_step(seconds, _N_TICKS)
    for tick in range(int(seconds / step) + 1 if step else 0):
        x = _NAMES + (_WIDTH - _NAMES) * tick * step / seconds
        anchor = "end" if x > _WIDTH - _LABEL else "start"
        yield f'<line class="grid" x1="{x:.1f}" y1="14" x2="{x:.1f}" y2="{height:g}"/>'
        yield f'<text class="soft" x="{x:.1f}" y="12" text-anchor="{anchor}">{tick * step:g} s</text>'


def _lane(lane: Lane, y: float, scale: float) -> Iterator[str]:
    yield f'<text x="0" y="{y + 16:g}">{escape(lane.name[:22])}<title>{escape(lane.name)}</title></text>'
    for stage in lane.stages:
        yield _bar("stage", stage.span, y + 2, 20, scale, _told_stage(stage))
    open_calls = [call for call in lane.calls if not call.is_replayed]
    rows = _rows(open_calls)
    thick = 16 / (max(rows, default=0) + 1)
    for row, call in zip(rows, open_calls, strict=True):
        top = y + 4 + row * thick
        yield _bar("wait", call.span, top, thick, scale, _told_call(call))
        for one in call.tries:
            kind = "bad" if one.error else "model"
            yield _bar(
                kind, one.span, top, thick, scale, f"{_told_call(call)}; this try {_took(one.seconds, one.error)}"
            )


def _rows(calls: Sequence[Call]) -> list[int]:
    """Below each other where they are open at once."""
    ends: list[float] = []
    rows = []
    for call in calls:
        begin, end = call.span
        row = next((row for row, last in enumerate(ends) if last <= begin), len(ends))
        ends[row : row + 1] = [end]
        rows.append(row)
    return rows


def _bar(kind: str, span: Span, y: float, height: float, scale: float, said: str) -> str:
    x, width = _NAMES + span[0] * scale, max(0.5, (span[1] - span[0]) * scale)
    return (
        f'<rect class="{kind}" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}">'
        f"<title>{escape(said)}</title></rect>"
    )


def _told_stage(stage: Stage) -> str:
    stops = f"; budget: {', '.join(stage.stops)}" if stage.stops else ""
    return f"{f'{stage.block} ' if stage.block else ''}{stage.name}: {_took(stage.seconds, stage.error)}{stops}"


def _told_call(call: Call) -> str:
    tokens = f"{call.prompt_tokens} + {call.completion_tokens} tokens"
    tries = f", {len(call.tries)} tries" if len(call.tries) > 1 else ""
    return f"call {call.number} of {call.model} by {call.role} in {call.stage}: {tokens}{tries}, " + _took(
        call.seconds, call.error
    )


def _took(seconds: float, error: str) -> str:
    return f"{seconds:.3f} s{f', {error}' if error else ''}"


def _by_stage(stages: Sequence[Stage]) -> list[tuple[str, int, float]]:
    names = dict.fromkeys(stage.name for stage in stages)
    own = {name: [stage.seconds for stage in stages if stage.name == name] for name in names}
    return [(name, len(seconds), sum(seconds)) for name, seconds in own.items()]


def _by_role(calls: Sequence[Call]) -> list[tuple[str, int, float]]:
    names = dict.fromkeys(f"{call.role} ({call.model})" for call in calls)
    own = {name: [call.seconds for call in calls if f"{call.role} ({call.model})" == name] for name in names}
    return [(name, len(seconds), sum(seconds)) for name, seconds in own.items()]


def _sums(what: str, rows: Sequence[tuple[str, int, float]]) -> str:
    cells = "".join(f"<tr><td>{escape(name)}</td><td>{n}</td><td>{sum_s:.2f}</td></tr>" for name, n, sum_s in rows)
    return f"<table><tr><th>{what}</th><th>times</th><th>seconds in all</th></tr>{cells}</table>" if rows else ""
