"""docs/cli.md and the command line say the same."""

import re
from pathlib import Path

import click
import pytest

from agent.commands.options import global_options
from agent.main import COMMANDS, wellread

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
GLOBAL = {spelling for option in global_options() for spelling in option.opts} | {"--version", "--help", "-h"}


def leaves():
    """Every command that does something, by its full name."""
    found = {}

    def walk(command, name):
        if isinstance(command, click.Group):
            for child, below in command.commands.items():
                walk(below, f"{name} {child}")
        else:
            found[name] = command

    for name in COMMANDS:
        walk(wellread.get_command(click.Context(wellread), name), f"wellread {name}")
    return found


def sections():
    """Text below each heading that names a command, up to the next heading."""
    parts = re.split(r"^##+ +(.*)$", PAGE, flags=re.MULTILINE)
    return {
        title.strip("`"): text for title, text in zip(parts[1::2], parts[2::2], strict=True) if title.startswith("`")
    }


def own_options(command):
    return {
        spelling
        for param in command.params
        if isinstance(param, click.Option) and GLOBAL.isdisjoint(param.opts)
        for spelling in param.opts
    }


def documented_options(text):
    rows = [line.split("|")[1].replace("\\", "") for line in text.splitlines() if line.startswith("| `-")]
    return {word for row in rows for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row)}


def test_every_command_has_a_section_and_every_section_a_command():
    groups = {f"wellread {name}" for name in COMMANDS}
    assert set(leaves()) - set(sections()) == set()
    assert set(sections()) - set(leaves()) - groups == set()


@pytest.mark.parametrize("name", sorted(leaves()))
def test_every_option_is_documented_and_every_documented_option_exists(name):
    assert documented_options(sections()[name]) == own_options(leaves()[name])


@pytest.mark.parametrize("name", sorted(leaves()))
def test_every_argument_is_named_in_its_section(name):
    for param in leaves()[name].params:
        if isinstance(param, click.Argument):
            assert re.search(rf"\b{param.human_readable_name.strip('[].')}\b", sections()[name]), param.name


@pytest.mark.parametrize("name", sorted(leaves()))
def test_every_choice_is_named_with_its_option(name):
    text = sections()[name].replace("\\", "")
    for param in leaves()[name].params:
        if isinstance(param, click.Option) and isinstance(param.type, click.Choice):
            assert [choice for choice in param.type.choices if choice not in text] == []


@pytest.mark.parametrize("name", sorted(leaves()))
def test_every_command_takes_the_global_options(name):
    taken = {spelling for param in leaves()[name].params for spelling in param.opts}
    assert {spelling for option in global_options() for spelling in option.opts} <= taken


@pytest.mark.parametrize("name", sorted(leaves()))
def test_every_section_tells_the_fields_of_its_json(name):
    assert "JSON" in sections()[name]


def test_the_global_options_are_documented_once():
    conventions = PAGE.split("**Exit codes**")[0]
    assert documented_options(conventions) == GLOBAL


def test_every_exit_code_is_documented():
    table = PAGE.split("**Exit codes**")[1].split("**Errors**")[0]
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", table, flags=re.MULTILINE)]
    assert codes == [0, 1, 2, 3, 4, 5, 6, 130, 141]
