"""What README.md and the documents show is true: commands exist, pictures are drawn from the code."""

import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from agent.main import COMMANDS, wellread

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def pictures():
    """`docs/pictures.py`, which is no package."""
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shown_commands(page):
    """The commands of a page's bash blocks, one per line; a backslash at its end joins it with the next."""
    for block in re.findall(r"^```(?:bash|sh|console)\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            for start, word in enumerate(words):
                if word.rpartition("/")[2] in ("wellread", "make") and (start == 0 or words[start - 1] in "&&||;"):
                    yield [word.rpartition("/")[2], *words[start + 1 :]]


def fault_of(words):
    """What is wrong with a `wellread …` line, or None."""
    command, path, rest = wellread, ["wellread"], list(words)
    while rest and isinstance(command, click.Group):
        word = rest.pop(0)
        if word.startswith("-"):
            if not takes(command, word):
                return f"{' '.join(path)} has no option {word}"
            if needs_value(command, word):
                rest.pop(0)
            continue
        ctx = click.Context(command)
        known = list(COMMANDS) if command is wellread else list(command.commands)
        if word not in known:
            return f"{' '.join(path)} has no command {word}"
        command = command.get_command(ctx, word)
        path.append(word)
    for word in rest:
        if word in (">", "|", "&&", "2>"):
            return None
        if re.match(r"--?[a-z]", word) and not takes(command, word.partition("=")[0]):
            return f"{' '.join(path)} has no option {word}"
    return None


def takes(command, spelling):
    known = {spelling for param in command.params for spelling in param.opts}
    return spelling in known | {"--help", "-h", "-vv"}


def needs_value(command, spelling):
    return any(
        spelling in param.opts and isinstance(param, click.Option) and not param.is_flag and not param.count
        for param in command.params
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_wellread_command_shown_exists(page):
    faults = [fault_of(words[1:]) for words in shown_commands(page) if words[0] == "wellread"]
    assert [fault for fault in faults if fault] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_shown_exists(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    asked = {
        word
        for words in shown_commands(page)
        if words[0] == "make"
        for word in words[1:]
        if re.fullmatch(r"[a-z-]+", word)
    }
    assert asked - targets == set()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("search x --json --home y", None),
        ("--home y search x", None),
        ("corpus show ID --text", None),
        ("serach x", "wellread has no command serach"),
        ("corpus list", "wellread corpus has no command list"),
        ("search x --many", "wellread search has no option --many"),
    ],
)
def test_the_check_itself_sees_what_does_not_exist(line, fault):
    assert fault_of(line.split()) == fault


@pytest.mark.parametrize(("marker", "draw"), [("tree", "package_tree"), ("graph", "graph_picture")])
def test_the_pictures_are_those_that_the_code_draws(marker, draw):
    shown = pictures().shown_picture((ROOT / "README.md").read_text("utf-8"), marker)
    assert shown is not None, f"README.md shows no <!-- {marker} --> block"
    assert shown == getattr(pictures(), draw)().rstrip("\n"), "run: python docs/pictures.py"


def test_the_tree_names_every_module_with_what_it_is():
    lines = pictures().package_tree().splitlines()
    modules = [path for floor in ("lm", "agent") for path in (ROOT / floor).rglob("*.py") if path.name != "__init__.py"]
    assert len(lines) > len(modules)
    assert all(re.match(r" *[\w]+(/|\.py) {2,}\S", line) for line in lines)


def test_a_picture_replaces_the_block_after_its_marker_and_nothing_else():
    text = "a\n<!-- tree -->\n```text\nold\n```\nb\n```text\nother\n```\n"
    changed = pictures().with_picture(text, "tree", "new")
    assert changed == "a\n<!-- tree -->\n```text\nnew\n```\nb\n```text\nother\n```\n"
    assert pictures().shown_picture(changed, "tree") == "new"
    with pytest.raises(ValueError, match="graph"):
        pictures().with_picture(text, "graph", "new")
