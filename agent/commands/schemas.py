"""`wellread schemas`: the narrative schemas that a report can follow."""

from typing import TYPE_CHECKING

import click

from agent.commands.invocation import Invocation, pass_invocation, rows_text
from agent.errors import UsageProblem

if TYPE_CHECKING:
    from prompts.narrative import NarrativeSchema


@click.group("schemas")
def schemas() -> None:
    """List and show the narrative schemas that reports can follow."""


@schemas.command("ls")
@pass_invocation
def ls(called: Invocation) -> None:
    """The schemas, and when each fits."""
    from prompts.narrative import load_schemas

    found = load_schemas()
    rows = [(name, schema.code, len(schema.slots), schema.when) for name, schema in found.items()]
    listed = [
        {"schema": name, "code": schema.code, "name": schema.name, "when": schema.when, "slots": len(schema.slots)}
        for name, schema in found.items()
    ]
    called.emit({"schemas": listed}, rows_text(rows, ("SCHEMA", "CODE", "SLOTS", "WHEN")))


@schemas.command("show")
@click.argument("name")
@pass_invocation
def show(called: Invocation, name: str) -> None:
    """One schema: its slots in order, what each must answer, and the rules."""
    from agent.config_value import near_misses
    from prompts.narrative import load_schema, schema_names

    if name not in schema_names():
        near = near_misses(name, schema_names())
        guess = f"did you mean {' or '.join(near)}? " if near else ""
        raise UsageProblem(f"there is no schema {name!r}", hint=f"{guess}`wellread schemas ls` lists them")
    schema = load_schema(name)
    shown = {"schema": name, **schema.model_dump(mode="json"), "order": [str(rule) for rule in schema.order]}
    called.emit(shown, schema_text(name, schema))


def schema_text(name: str, schema: "NarrativeSchema") -> str:
    """A schema for a person."""
    lines = [f"{schema.name} ({name}, {schema.code})", schema.when, ""]
    for i, slot in enumerate(schema.slots, start=1):
        role = {schema.tension: ", tension", schema.resolution: ", resolution"}.get(slot.key, "")
        need = "required" if slot.required else "optional"
        lines.append(f"{i}. {slot.title}  [{slot.key}, {slot.share:.0%}, {need}{role}]")
        lines.append(f"   {slot.purpose}")
        lines += [f"   - {question}" for question in slot.questions]
        holds = f"; must hold {' and '.join(slot.holds)}" if slot.holds else ""
        lines.append(f"   evidence: {slot.evidence}{holds}")
    lines += ["", f"opening   {schema.opening.move}", f"ending    {schema.ending.move}"]
    lines.append(f"order     {'; '.join(str(rule) for rule in schema.order) or 'as listed'}")
    forms = ", ".join(schema.signals.forms)
    lines.append(f"asked by  {forms or 'its name alone: --schema ' + name}")
    return "\n".join(lines)
