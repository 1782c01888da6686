"""A user's plan in a file: what `--plan-only --json` prints, as JSON or TOML, and in words what is wrong with it."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from agent.config_value import near_misses
from agent.errors import UsageProblem
from agent.narrative.plan_faults import guess_of, plan_faults
from agent.narrative.user_plan import PlannedPart, PlannedQuestion, UserPlan
from agent.render_markdown import one_line

HINT = "`wellread write TOPIC --plan-only --json` prints a plan that can be edited"
_HEAD = {"topic", "words", "title", "narrative", "opening", "ending", "order"}
_LEVELS = (UserPlan, PlannedPart, PlannedQuestion)
# By pydantic's name of an error; the numbers of its context are put in.
_WANTED: Mapping[str, str] = {
    "missing": "it is missing",
    "string_type": "it must be a text in quotation marks",
    "string_unicode": "it has half of a letter, a lone surrogate; write the letter itself",
    "string_too_short": "it must have at least {min_length} characters",
    "string_too_long": "it must have at most {max_length} characters",
    "string_pattern_mismatch": "it must begin with a letter and have letters, digits, _ and - only",
    "int_type": "it must be a whole number without quotation marks",
    "int_parsing": "it must be a whole number without quotation marks",
    "int_from_float": "it must be a whole number",
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
    "too_long": "it has {actual_length} items, and {max_length} are the most",
    "literal_error": "it must be {expected}",
    "tuple_type": "it must be a list in square brackets",
    "model_type": "it must be a table with keys, as in `title = …`",
}


def read_plan(path: Path) -> UserPlan:
    """The plan in a file.

    Raises:
        UsageProblem: it cannot be read, is neither JSON nor TOML, or cannot be followed.
    """
    return parse_plan(plan_file_text(path), str(path))


def plan_file_text(path: Path) -> str:
    """What a plan's file holds, without the mark of byte order that some editors put first. Raises UsageProblem."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except IsADirectoryError as error:
        raise UsageProblem(f"{path} is a folder and no plan", hint="name a file in it; " + HINT) from error
    except OSError as error:
        raise UsageProblem(f"the plan {path} cannot be read: {error.strerror}", hint=HINT) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageProblem(
            f"the plan {path} cannot be read: line {line} is no UTF-8", hint="save it as UTF-8 in your editor"
        ) from error


def parse_plan(text: str, where: str) -> UserPlan:
    """The plan in a text, JSON if it begins like that, else TOML. Raises UsageProblem, which names `where`."""
    tree = _tree(text, where)
    try:
        plan = UserPlan.model_validate(tree)
    except ValidationError as error:
        raise UsageProblem(f"{where}: {'; '.join(_complaints(error))}", hint="mend the plan; " + HINT) from error
    if faults := plan_faults(plan):
        raise UsageProblem(f"{where}: {'; '.join(faults)}", hint="mend the plan; " + HINT)
    return plan


def _tree(text: str, where: str) -> object:
    if not text.strip():
        raise UsageProblem(f"{where} is empty", hint="write at least one section with a question; " + HINT)
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text)
        return tomllib.loads(text)
    except json.JSONDecodeError as error:
        raise UsageProblem(
            f"{where} begins like JSON and is none: line {error.lineno}, column {error.colno}: {error.msg}",
            hint='in JSON commas part things and none is behind the last, texts are in "…", no remarks; ' + HINT,
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(f"{where} is neither JSON nor TOML: {error}", hint=_toml_hint(text)) from error
    except RecursionError as error:
        raise UsageProblem(f"{where} is nested too deeply", hint=HINT) from error


def _toml_hint(text: str) -> str:
    """How to mend what is no TOML, where it looks like something else."""
    first = next(line for line in text.splitlines() if line.strip())
    if first.lstrip().startswith("[") and not first.lstrip().startswith("[["):
        return 'a plan in JSON begins with { and has its list under "sections", one in TOML has [[sections]]; ' + HINT
    if first.rstrip().endswith(":") or first.startswith(("---", "- ")):
        return "it looks like YAML; a plan is TOML or JSON; " + HINT
    return 'in TOML a line is key = value, with texts in "…" and each section under [[sections]]; ' + HINT


def _complaints(error: ValidationError) -> list[str]:
    told = []
    parts = error.errors(include_url=False)
    for part in parts:
        loc, kind = part["loc"], part["type"]
        if any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in parts):
            continue  # a list is called too short where what it holds is wrong
        place = _place(loc)
        *_, key = loc or ("",)
        if kind == "extra_forbidden":
            known = list(_LEVELS[sum(isinstance(step, int) for step in loc)].model_fields)
            told.append(f"{place}: unknown key; {guess_of(near_misses(str(key), known), known)}")
        elif key == "sections" and kind in ("missing", "too_short"):
            told.append("it has no sections")
        elif key == "sections" and kind == "tuple_type":
            told.append('sections: it must be a list, [[sections]] with two brackets in TOML, "sections": […] in JSON')
        elif key == "questions" and kind in ("missing", "too_short"):
            told.append(f"{place}: a section must ask at least one question")
        else:
            wanted = _WANTED[kind].format(**part.get("ctx", {})) if kind in _WANTED else part["msg"]
            told.append(f"{place}: {wanted}" + ("" if kind == "missing" else f", and is {_shown(part['input'])}"))
    return told


def _shown(value: object) -> str:
    text = _printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= 60 else text[:59] + "…"


def _printable(text: str) -> str:
    """With marks in the place of halves of letters, which JSON may hold and no terminal can print."""
    return text.encode("utf-8", "replace").decode()


def _place(loc: Sequence[int | str]) -> str:
    """`("sections", 1, "title")` as "sections 2, title": people count from one."""
    parts: list[str] = []
    for step in loc:
        if isinstance(step, int) and parts:
            parts[-1] += f" {step + 1}"
        else:
            parts.append(_printable(str(step)))
    return ", ".join(parts) or "the plan"


def plan_toml(plan: UserPlan) -> str:
    """The plan as TOML, to be read and edited by a person; what the planner said of it stands above as remarks."""
    remarks = (f"Planned by: {plan.origin}" if plan.origin else "", one_line(plan.reason))
    lines = [f"# {remark}" for remark in remarks if remark]
    if plan.missing:
        lines.append(f"missing = {_toml(plan.missing)}")
    lines += [
        f"{key} = {_toml(value)}" for key, value in plan.model_dump(include=_HEAD).items() if value not in (None, "")
    ]
    for section in plan.sections:
        lines += ["", "[[sections]]", f"title = {_toml(section.title)}"]
        lines += [f"slot = {_toml(section.slot)}"] if section.slot else []
        lines += [f"words = {section.words}"] if section.words is not None else []
        for question in section.questions:
            lines.append("[[sections.questions]]")
            lines += [f"{key} = {_toml(v)}" for key, v in question.model_dump().items() if v not in (None, (), "")]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    # A JSON string is a TOML string, but for one control character that JSON does not escape.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
