"""What a run took, role by role, and what share that is of what its writer would have taken to read everything: as rows
of a table, as sentences, and as a part of the report's page.

Knows how amounts are written, and HTML. Must not know prices, or how anything was counted.
"""

from collections.abc import Iterator
from html import escape

from agent.types import RunFigures
from lm.spending import Compared, FrontierOnly, RoleSpend, Spend

HEADER = ("ROLE", "CALLS", "TOKENS IN", "TOKENS OUT", "USD", "FLOPs", "SECONDS")
_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_BAR_WIDTH = 600


def spending_rows(spend: Spend) -> list[tuple[str, ...]]:
    """A row for each role, one for all where there are several, and one for what a role was spared."""
    rows = [(role, *_cells(spent), f"{spent.seconds:,.1f}") for role, spent in spend.by_role.items()]
    if len(spend.by_role) > 1:
        rows.append(("all", *_cells(spend.total), f"{spend.total.seconds:,.1f}"))
    return rows + [(f"{role}, spared", *_cells(spared), "") for role, spared in spend.spared.items()]


def _cells(spent: RoleSpend) -> tuple[str, ...]:
    apart = [f"{n:,} {what}" for n, what in ((spent.replayed, "replayed"), (spent.failed, "failed")) if n]
    calls = f"{spent.calls:,} (+ {', '.join(apart)})" if apart else f"{spent.calls:,}"
    flops = partly_known(flops_text(spent.flops), spent.unsized, spent.calls)
    return calls, f"{spent.prompt_tokens:,}", f"{spent.completion_tokens:,}", _usd(spent), flops


def spending_remarks(spend: Spend) -> list[str]:
    """The share of what the spared roles alone would have taken, and what of all this is not known, in sentences."""
    remarks = [_share_told(spend, spend.frontier)] if spend.frontier else []
    if n := spend.total.unpriced + sum(spared.unpriced for spared in spend.spared.values()):
        remarks.append(f"The price of {_calls(n)} is not known; `wellread config explain prices` says how to set it.")
    if n := spend.total.unsized + sum(spared.unsized for spared in spend.spared.values()):
        remarks.append(f"The size of the model of {_calls(n)} is not known; see `wellread config explain sizes`.")
    return remarks


def _calls(n: int) -> str:
    return "1 call" if n == 1 else f"{n:,} calls"


def _share_told(spend: Spend, frontier: FrontierOnly) -> str:
    who = " and ".join(spend.spared)
    n_tokens = sum(spared.tokens for spared in spend.spared.values())
    measures = (("tokens", frontier.tokens), ("money", frontier.usd), ("FLOPs", frontier.flops))
    *most, last = [told for name, measure in measures for told in _of_measure(name, measure)]
    shares = f"{', '.join(most)} and {last}" if most else last
    return (
        f"Spent: {shares} that the {who} alone would have taken to read all of the sources, {n_tokens:,} tokens more. "
        "Where nobody reads for it, it reads a choice of them: against that less is saved."
    )


def _of_measure(name: str, measure: Compared) -> Iterator[str]:
    if measure.share is not None:
        yield f"{percent(measure.share)} of the {name}"
    elif measure.spent is None or measure.alone is None:
        yield f"an unknown share of the {name}"
    elif measure.spent:
        yield f"{name} where none is due"


def figure_rows(figures: RunFigures) -> list[tuple[str, str]]:
    """The run's figures as names and values, for a reader."""
    return [
        ("Words", f"{figures.words:,}"),
        *([("In front of them", f"{figures.front_words:,}")] if figures.front_words else []),
        *([("Asked for", figures.demands_told)] if figures.demands else []),
        ("Citations", f"{figures.citations:,}"),
        ("Sources", f"{figures.sources:,}"),
        ("Documents", f"{figures.documents:,}"),
        ("Characters read", f"{figures.characters_read:,}"),
        ("Mean support", f"{figures.mean_support:.2f}"),
        *([("Drafts", figures.drafts_told)] if figures.drafts_told else []),
        *([("Pacing", figures.pacing.told)] if figures.pacing else []),
        ("Tokens", f"{figures.tokens:,}"),
        ("Cost", cost_text(figures)),
        ("Time", _duration(figures.seconds)),
        ("Stop reason", figures.stop_reason),
    ]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def cost_text(figures: RunFigures) -> str:
    """The money of a run, and that it is not known where it is not."""
    return money_text(figures.usd) if figures.spend is None else _usd(figures.spend.total)


def _usd(spent: RoleSpend) -> str:
    return partly_known(money_text(spent.usd), spent.unpriced, spent.calls)


def partly_known(amount: str, n_unknown: int, n_calls: int) -> str:
    """An amount that so many of all calls are not in."""
    if not n_unknown:
        return amount
    return "unknown" if n_unknown >= n_calls else f"over {amount}"


def money_text(usd: float) -> str:
    """US dollars, to the cent, and small sums to a hundredth of it."""
    if usd >= 0.01 or not usd:
        return f"${usd:,.2f}"
    return f"${usd:.4f}" if usd >= 0.00005 else "under $0.0001"


def flops_text(flops: float) -> str:
    """Three figures and a unit: 1.23 TFLOP are 1.23e12 operations."""
    steps = 0
    while flops >= 999.5 and steps < len(_PREFIXES) - 1:
        flops, steps = flops / 1000, steps + 1
    return f"{flops:.3g} {_PREFIXES[steps]}FLOP"


def percent(share: float) -> str:
    """A share in per cent; below one per cent to two figures."""
    return f"{100 * share:.1f} %" if share >= 0.01 or not share else f"{100 * share:.2g} %"


def spending_section(spend: Spend) -> str:
    """The table, folded unless there is a share to show, with a bar for each measure of it."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEADER)
    body = "".join(
        f'<tr><th scope="row">{escape(role)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for role, *cells in spending_rows(spend)
    )
    remarks = "".join(f"<p>{escape(remark)}</p>" for remark in spending_remarks(spend))
    bars = _bars(spend.frontier) if spend.frontier else ""
    return (
        f'<details class="spending"{" open" if bars else ""}><summary>What it took, role by role</summary>{bars}'
        f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"{remarks}</details>"
    )


def _bars(frontier: FrontierOnly) -> str:
    measures = (("Tokens", frontier.tokens), ("Money", frontier.usd), ("FLOPs", frontier.flops))
    bars = "".join(_bar(name, measure.share) for name, measure in measures if measure.share is not None)
    return f'<div class="shares">{bars}</div>' if bars else ""


def _bar(name: str, share: float) -> str:
    unit = _BAR_WIDTH / max(share, 1.0)  # what one hundred per cent is long
    return (
        f"<div><h3>{name} <strong>{percent(share)}</strong></h3>"
        f'<svg class="bar share" viewBox="0 0 {_BAR_WIDTH} 12" preserveAspectRatio="none" role="img" '
        f'aria-label="{name}: {percent(share)} of what one model would have taken to read everything">'
        f'<rect class="track" width="{_BAR_WIDTH}" height="12" rx="6"/>'
        f'<rect class="fill{" short" if share > 1 else ""}" width="{unit * share:.1f}" height="12" rx="6"/>'
        f'<rect class="goal" x="{unit - 2:.1f}" y="-3" width="2" height="18"/></svg></div>'
    )
