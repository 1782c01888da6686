"""How smooth a report is, as a part of its page: D of each section on one axis, with its error.

Knows HTML. Must not know how anything was measured.
"""

from collections.abc import Callable, Sequence
from html import escape

from agent.counting import counted
from agent.measuring.reference import Reference, human_reference
from agent.measuring.style_records import NO_VERDICT, SegmentStyle, TextStyle
from agent.render_markdown import one_line
from lm.smoothing_record import Smoothing

_WIDTH, _ROW, _TOP = 600, 16, 6
_LEAST_REACH = 0.6  # nats to either side of 0 that are shown at least


def style_section(style: TextStyle) -> str:
    """The section; without figures by a model it says why there are none."""
    whole = style.whole
    rows = [(_name(part), part.smoothing) for part in (whole, *style.parts) if part.smoothing is not None]
    head = f"D {whole.smoothing.d_nats:+.2f} nats" if whole.smoothing else "not known"
    picture = _picture(rows, _human(style.scorer, human_reference())) if rows else ""
    refused = f"<p>{_text(whole.refused)}</p>" if whole.refused else ""
    short = sum(part.smoothing is None for part in style.parts)
    left_out = f"<li>{counted(short, 'section')} too short to tell</li>" if rows and short else ""
    cells = (
        ("sentence lengths vary by", whole.rhythm.sentence_cv),
        ("paragraph lengths by", whole.rhythm.paragraph_cv),
    )
    spreads = "".join(f"<li>{name} <b>{value:.2f}</b></li>" for name, value in cells if value is not None)
    copied = "" if whole.copied is None else f"<li>copied <b>{whole.copied:.0%}</b></li>"
    return (
        f'<div class="style"><h2>How smooth it is to a small model <strong>{head}</strong></h2>{picture}{refused}'
        f'<ul class="key">{spreads}{copied}{left_out}<li>{_text(NO_VERDICT)}</li></ul></div>'
    )


def _name(part: SegmentStyle) -> str:
    return part.heading or "the whole report"


def _human(scorer: str, reference: Reference) -> tuple[float, float] | None:
    return reference.range_of("d_nats") if reference.compares_with(scorer) else None


def _picture(rows: Sequence[tuple[str, Smoothing]], human: tuple[float, float] | None) -> str:
    values = [abs(one.d_nats) + 2 * one.d_error_nats for _, one in rows] + [abs(edge) for edge in human or ()]
    reach = 1.05 * max([_LEAST_REACH, *values])
    height = _TOP + _ROW * len(rows)

    def at(nats: float) -> float:
        return _WIDTH * (nats + reach) / (2 * reach)

    said = "; ".join(f"{one_line(name)} {one.d_nats:+.2f} ± {one.d_error_nats:.2f}" for name, one in rows)
    band = "" if human is None else _band(at(human[0]), at(human[1]), height)
    marks = "".join(_mark(name, one, number, at) for number, (name, one) in enumerate(rows))
    key = "" if human is None else ", shaded: medians of human texts of several kinds"
    return (
        f'<svg class="smooth" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="D in nats: {_text(said)}">{band}'
        f'<line class="goal" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="0" y2="{height}"/>{marks}</svg>'
        f'<p class="axis">left of the line: smoother than the model would write itself; right: rougher{key}</p>'
    )


def _band(low: float, high: float, height: int) -> str:
    return f'<rect class="track" x="{low:.1f}" width="{max(2.0, high - low):.1f}" height="{height}"/>'


def _mark(name: str, one: Smoothing, number: int, at: Callable[[float], float]) -> str:
    y = _TOP + _ROW * number + _ROW / 2 - 2
    low, high = at(one.d_nats - 2 * one.d_error_nats), at(one.d_nats + 2 * one.d_error_nats)
    title = f"{name}: {one.d_nats:+.2f}, standard error {one.d_error_nats:.2f}, of {one.n_tokens} tokens"
    return (
        f'<g><title>{_text(title)}</title><line class="error" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
        f'<circle class="{"whole" if number == 0 else "part"}" cx="{at(one.d_nats):.1f}" cy="{y}" r="4.5"/></g>'
    )


def _text(text: str) -> str:
    return escape(one_line(text), quote=True)
