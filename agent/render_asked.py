"""What stands in front of a report and what came of the demands on it, as parts of its page.

Knows HTML. Must not know how sentences are chosen or demands are checked.
"""

from collections.abc import Sequence
from html import escape

from agent.constraints.types import Ledger
from agent.render_markdown import ABSTRACT, FINDINGS, LEDGER, ledger_rows, one_line

FRONT_ANCHOR, LEDGER_ANCHOR = "front", "asked"


def front_section(abstract: Sequence[str], findings: Sequence[str]) -> str:
    """The abstract and the key findings, of sentences that are HTML already; empty where there are none."""
    if not abstract and not findings:
        return ""
    items = "".join(f"<li>{sentence}</li>" for sentence in findings)
    told = f"<h2>{ABSTRACT}</h2><p>{' '.join(abstract)}</p>" if abstract else ""
    return f'<section class="front" id="{FRONT_ANCHOR}">{told}<h2>{FINDINGS}</h2><ul>{items}</ul></section>'


def ledger_section(ledger: Ledger | None) -> str:
    """Each demand with its outcome, as a table; empty where there is no ledger."""
    if ledger is None:
        return ""
    rows = "".join(
        f'<tr><td>{_text(asked)}</td><td class="{entry.state}">{_text(state)}</td><td>{_text(found)}</td></tr>'
        for entry, (asked, state, found) in zip(ledger.entries, ledger_rows(ledger), strict=True)
    )
    repairs = f"<p>Repaired: {_text('; '.join(ledger.repairs))}.</p>" if ledger.repairs else ""
    return (
        f'<section class="asked" id="{LEDGER_ANCHOR}"><h2>{LEDGER}</h2><p>{_text(ledger.told)}.</p>'
        f"<table>{rows}</table>{repairs}</section>"
    )


def _text(text: str) -> str:
    return escape(one_line(text), quote=True)
