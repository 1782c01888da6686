"""Plans on the command line: shown without a run, and approved in an editor before one."""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agent.commands.invocation import Invocation
from agent.constraints.reading import read_request
from agent.errors import UsageProblem
from agent.exit_codes import BUDGET, DONE
from agent.model_settings import ChatRole

if TYPE_CHECKING:
    from agent.narrative.user_plan import UserPlan
    from agent.planning import Planned
    from lm.spending import Spend

_PLANNER: tuple[ChatRole, ...] = ("writer",)
_HEAD = """\
# Edit the plan, save it, and leave the editor: the report is written by it. Empty the file to write nothing.
# A section has a title and questions; each question has words, and may have queries, needs, facets, documents,
# an id, and depends_on: ids of questions that are told before it.
"""


def check_plan(plan: "UserPlan", topic: str, words: int | None) -> None:
    """Refuse a plan that is for another topic, or a length that is said twice.

    Raises:
        UsageProblem: one of both.
    """
    # A plan is for the matter of a request, without what is demanded of the report.
    own = {" ".join(one.split()) for one in (topic, read_request(topic).matter)}
    if plan.topic and " ".join(plan.topic.split()) not in own:
        raise UsageProblem(
            f"the plan is for the topic {plan.topic!r}, and not for {topic!r}",
            hint="give the plan's topic, or leave `topic` out of the plan",
        )
    if words is not None and plan.report_words is not None:
        raise UsageProblem(
            f"--words {words}, but the plan makes {plan.report_words} words",
            hint="leave --words out, or the plan's own lengths",
        )


def planned_now(
    called: Invocation, topic: str, *, words: int | None, flags: Mapping[str, object], plan: "UserPlan | None" = None
) -> "tuple[Planned, Spend]":
    """Plan, or read the user's plan, without a run; and what that took."""
    from agent.commands.run_progress import RunProgress
    from agent.pair.asked import resolved
    from agent.planning import plan_report
    from agent.services import open_services

    settings = resolved(called.settings(flags))
    with (
        open_services(settings, need=_PLANNER) as services,
        RunProgress(called.console(), services.meter) as progress,
    ):
        planned = plan_report(topic, words=words, services=services, plan=plan, listeners=[progress])
        return planned, services.meter.spent()


def show_plan(called: Invocation, planned: "Planned") -> int:
    """The plan on stdout; the exit code says whether a budget kept the model from planning."""
    from agent.narrative.user_plan import plan_of

    plan = plan_of(planned.outline, planned.brief)
    called.emit(plan.model_dump(mode="json"), plan_text(plan))
    if planned.stops:
        called.note(f"stopped by a budget ({', '.join(planned.stops)}); this plan is a rule's")
    return BUDGET if planned.stops else DONE


def plan_text(plan: "UserPlan") -> str:
    """The plan for a person."""
    lines = [
        plan.title,
        f"  topic     {plan.topic}",
        f"  words     {plan.words:,}",
        f"  planned   {plan.origin}: {' '.join(plan.reason.split())}",
    ]
    lines += [f"  schema    {plan.narrative}"] if plan.narrative else []
    lines += [f"  opening   {plan.opening}"] if plan.opening else []
    for i, section in enumerate(plan.sections, start=1):
        slot = f" [{section.slot}]" if section.slot else ""
        lines += ["", f"{i}. {section.title}{slot}, {section.length or 0:,} words"]
        for asked in section.questions:
            behind = f", behind {', '.join(asked.depends_on)}" if asked.depends_on else ""
            lines.append(f"   - {asked.id} {asked.question} ({asked.words} words{behind})")
    lines += ["", f"  ending    {plan.ending}"] if plan.ending else []
    return "\n".join(lines)


def require_terminal(topic: str) -> None:
    """Refuse to open an editor where nobody would see it. Raises UsageProblem."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageProblem(
            "--approve-plan needs a terminal for the editor",
            hint=f"wellread write {shlex.quote(topic)} --plan-only --json > plan.json, edit it, and give it with "
            "--plan plan.json",
        )


def approved(called: Invocation, planned: "Planned", editor: str | None) -> "UserPlan | None":
    """The plan as the user leaves it in the editor; None where the file was emptied.

    Raises:
        UsageProblem: there is no editor, it failed, or the edited plan cannot be followed; what was edited is kept.
    """
    from agent.narrative.plan_file import parse_plan, plan_file_text, plan_toml
    from agent.narrative.user_plan import plan_of

    if editor is None:
        raise UsageProblem(
            "no editor is set", hint="export EDITOR=nano, or another that waits until the file is closed"
        )
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="wellread-plan-", suffix=".toml", delete=False
    ) as stream:
        stream.write(_HEAD + plan_toml(plan_of(planned.outline, planned.brief)))
    path = Path(stream.name)
    _edit(path, editor)
    try:
        text = plan_file_text(path)
        if not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
            path.unlink()
            called.note("the plan was emptied: nothing is written")
            return None
        plan = parse_plan(text, "the edited plan")
        check_plan(plan, planned.brief.topic, None)
    except UsageProblem as problem:
        raise UsageProblem(str(problem), hint=f"mend {path} and give it with --plan {path}") from problem
    path.unlink()
    return plan


def _edit(path: Path, editor: str) -> None:
    try:
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)
    except (OSError, ValueError) as error:
        raise UsageProblem(
            f"the editor {editor!r} cannot be started: {error}", hint=f"set EDITOR; the plan is in {path}"
        ) from error
    if done.returncode != 0:
        raise UsageProblem(
            f"the editor {editor!r} ended with code {done.returncode}", hint=f"the plan is in {path}; --plan takes it"
        )
