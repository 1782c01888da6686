"""A timeline as a picture of letters, for a terminal: a line for each stage of the run and for each block."""

from collections.abc import Sequence
from itertools import pairwise
from textwrap import fill

from agent.counting import counted
from agent.timeline.lanes import Lane, lanes_of
from agent.timeline.records import Figures, Sitting, Span, Timeline

# What a block does, by the letter that its line shows while it does it.
LETTERS = {
    "forage": "f",
    "select": "s",
    "condense": "c",
    "draft": "d",
    "verify": "v",
    "revise": "r",
    "file": "t",
}
_WORK, _MODEL, _WAIT, _FAILED = "-", "#", ".", "x"
_MOST_NAME = 16
_LEAST_COLUMNS = 20
_TICKS = (1, 2, 5)
_LEGEND = (
    "# a model is asked   . a call waits   x a try failed   - the stage works itself\n"
    "in a block: f forages, s selects, c condenses, d drafts, v verifies, r revises, t settles"
)


def timeline_text(timeline: Timeline, *, width: int) -> str:
    """The whole timeline in lines of at most `width` characters, where that is not too narrow for any picture."""
    n = counted(len(timeline.sittings), "sitting")
    parts = [f"{timeline.run}\n{fill(f'{n}; {figures_text(timeline.figures)}', max(width, _LEAST_COLUMNS))}"]
    parts += [_sitting_text(sitting, width) for sitting in timeline.sittings]
    parts += [f"note: {remark}" for remark in timeline.remarks]
    return "\n\n".join([*parts, _LEGEND])


def figures_text(figures: Figures) -> str:
    """The figures in one sentence."""
    counts = [counted(figures.calls, "call")]
    counts += [f"{n} {what}" for n, what in _kinds(figures) if n]
    times = f"{figures.wall_s:.2f} s: in models {figures.in_models_s:.2f} s, waiting {figures.waiting_s:.2f} s, "
    return f"{times}own work {figures.own_s:.2f} s (overhead {figures.overhead:.1%}); {', '.join(counts)}"


def _kinds(figures: Figures) -> list[tuple[int, str]]:
    return [(figures.replayed, "replayed"), (figures.retried, "retried"), (figures.failed, "failed")]


def _sitting_text(sitting: Sitting, width: int) -> str:
    lanes = lanes_of(sitting)
    name_width = min(_MOST_NAME, max((len(lane.name) for lane in lanes), default=0))
    rows = [(lane, f"{lane.seconds:8.2f} s {len(lane.calls):5d}") for lane in lanes]
    columns = max(_LEAST_COLUMNS, width - name_width - 2 - len("|") * 2 - len("  00000.00 s 00000 calls"))
    head = f"sitting {sitting.number}: {sitting.began_at[:19].replace('T', ' ')} UTC, {sitting.seconds:.2f} s, "
    head += sitting.status + (f" (exit code {sitting.exit_code})" if sitting.exit_code else "")
    head += f", overhead {sitting.figures.overhead:.1%}"
    lines = [head, f"{'':{name_width}}  {_axis(sitting.seconds, columns)}"]
    lines += [
        f"{lane.name[:name_width]:{name_width}} |{_lane_text(lane, sitting.seconds, columns)}|{tail}"
        for lane, tail in rows
    ]
    for role in dict.fromkeys(call.role for call in sitting.calls):
        lines.append(f"{role[:name_width]:{name_width}} |{_in_flight(sitting, role, columns)}| calls at once")
    return "\n".join(line.rstrip() for line in lines)


def _axis(seconds: float, columns: int) -> str:
    """Times above the columns at which they are, as many as there is room for."""
    line = [" "] * (columns + 8)
    step = round_step(seconds, columns // 12)
    at = 0.0
    while step and at <= seconds:
        label = f"{at:g} s"
        place = _column(at, seconds, columns)
        line[place : place + len(label)] = label
        at = round(at + step, 6)
    return "".join(line).rstrip()


def round_step(seconds: float, n_most: int) -> float:
    """The shortest round step of which there are no more than so many; 0 where there is no time to show."""
    least = seconds / max(1, n_most)
    if least <= 0:
        return 0.0
    size = 10.0**-3
    while size < 1e9:
        for tick in _TICKS:
            if size * tick >= least:
                return size * tick
        size *= 10
    return 0.0


def _lane_text(lane: Lane, seconds: float, columns: int) -> str:
    cells = [" "] * columns
    for stage in lane.stages:
        _fill(cells, stage.span, LETTERS.get(stage.name, _WORK) if lane.is_block else _WORK, seconds)
    for call in lane.calls:
        if not call.is_replayed:
            _fill(cells, call.span, _WAIT, seconds)
    for call in lane.calls:
        for one in call.tries:
            _fill(cells, one.span, _MODEL, seconds)
    for call in lane.calls:
        for one in call.tries:
            if one.error:
                cells[_column(one.span[1], seconds, columns)] = _FAILED
    return "".join(cells)


def _fill(cells: list[str], span: Span, letter: str, seconds: float) -> None:
    begin, end = (_column(at, seconds, len(cells)) for at in span)
    cells[begin : end + 1] = letter * (end + 1 - begin)


def _column(at: float, seconds: float, columns: int) -> int:
    return min(columns - 1, int(at / seconds * columns)) if seconds else 0


def _in_flight(sitting: Sitting, role: str, columns: int) -> str:
    """The most calls of a role that were open at once within each column; + for more than nine."""
    spans = [call.span for call in sitting.calls if call.role == role and not call.is_replayed]
    edges = [sitting.seconds * column / columns for column in range(columns + 1)]
    most = [most_at_once(spans, begin, end) for begin, end in pairwise(edges)]
    return "".join(" " if n == 0 else str(n) if n < 10 else "+" for n in most)


def most_at_once(spans: Sequence[Span], begin: float, end: float) -> int:
    """How many of the spans overlap at the fullest moment between two times."""
    own = [span for span in spans if span[0] < end and span[1] > begin]
    moments = [begin, *(start for start, _ in own if start > begin)]
    return max((sum(start <= at < stop for start, stop in own) for at in moments), default=0)
