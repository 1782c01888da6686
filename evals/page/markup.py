"""Pieces of HTML that all parts of the page share, and how other people's text is kept from becoming HTML."""

from collections.abc import Sequence
from html import escape

from agent.render_markdown import one_line
from evals.page.content import RunContent
from evals.summary import Estimate

N_COLOURS = 7


def text(value: object) -> str:
    """Escaped, on one line, without control characters and direction overrides."""
    return escape(one_line(str(value)), quote=True)


def badge(run: RunContent, number: int) -> str:
    """A run's letter in its colour."""
    return f'<b class="run" style="--c:var(--run-{number % N_COLOURS})">{text(run.letter)}</b>'


def named(run: RunContent, number: int) -> str:
    """A run's letter and label."""
    return f'{badge(run, number)} <span class="label">{text(run.label)}</span>'


def metric(name: str) -> str:
    """A metric's name, which may break after its underscores."""
    return text(name).replace("_", "_<wbr>")


def figure(value: float) -> str:
    """A figure with about three digits that mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def signed(value: float) -> str:
    """A difference, with its sign, a true minus."""
    return f"{'+' if value >= 0 else '−'}{figure(abs(value))}"


def interval(estimate: Estimate) -> str:
    """The 95 % interval in words, nothing where there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{figure(estimate.low)} to {figure(estimate.high)}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, name: str, kind: str = "") -> str:
    """A table that scrolls by itself where the page is narrow; cells are HTML, the first of a row is its header."""
    head = "".join(f'<th scope="col">{cell}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>' for first, *rest in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="{text(name)}" tabindex="0"><table class="{kind}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def details(summary: str, body: str) -> str:
    """A part that is shown when it is asked for."""
    return f'<details class="more"><summary>{summary}</summary>{body}</details>'
