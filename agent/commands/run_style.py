"""`wellread runs measure`: the style of a run's report, section by section, and how another's differs."""

import math
from typing import TYPE_CHECKING

from agent.commands.invocation import Invocation
from agent.errors import UsageProblem

if TYPE_CHECKING:
    from agent.measuring.style_records import TextStyle


def measure_runs(called: Invocation, run: str, against: str | None) -> None:
    """Measure one run's report, or two with one scorer."""
    from agent.commands.style_text import difference_text, style_text
    from agent.measuring.reference import figures_of
    from agent.measuring.style import report_style
    from agent.measuring.style_records import NO_VERDICT
    from agent.past_runs import report_of
    from agent.scorers import open_scorer

    settings = called.settings()
    reports = [report_of(name, settings.home) for name in (run, *([against] if against else []))]
    if len({report.run_id for report in reports}) < len(reports):
        raise UsageProblem(f"{reports[0].run_id} is compared with itself", hint="name another run with --against")
    scorer = open_scorer(settings)
    called.note(f"reading {sum(report.figures.characters_written for report in reports):,} characters")
    styles = [report_style(report, scorer) for report in reports]
    texts = [
        f"{report.run_id}: {report.title}\n{style_text(style)}" for report, style in zip(reports, styles, strict=True)
    ]
    differences = None
    if len(styles) == 2:
        mine, other = map(figures_of, styles)
        error = _error(styles)
        differences = {name: mine[name] - other[name] for name in mine if name in other}
        texts.append(difference_text(mine, other, error=error))
    called.emit(
        {
            "run": reports[0].run_id,
            "style": styles[0].model_dump(mode="json"),
            "against": None
            if len(styles) < 2
            else {"run": reports[1].run_id, "style": styles[1].model_dump(mode="json")},
            "differences": differences,
            "d_error_nats": _error(styles) if len(styles) == 2 else None,
            "remark": NO_VERDICT,
        },
        "\n\n".join(texts),
    )


def _error(styles: "list[TextStyle]") -> float | None:
    """The standard error of the difference in D; None where one of the two is too short to have one."""
    found = [style.whole.smoothing for style in styles]
    errors = [one.d_error_nats for one in found if one is not None]
    return math.hypot(*errors) if len(errors) == len(found) else None
