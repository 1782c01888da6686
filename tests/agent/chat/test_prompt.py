"""The prompt's history and completion, without a terminal."""

import stat

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from agent.commands.chat_prompt import Prompt

COMMANDS = {"/sources": "What it stands on.", "/save": "As Markdown."}
DOCUMENTS = ["The money trail", "The night tide", "dossiers/03.md"]


@pytest.fixture
def prompt(tmp_path):
    return Prompt(tmp_path / "chat_history", COMMANDS, lambda: DOCUMENTS)


def completed(prompt, typed):
    document = Document(typed, len(typed))
    return [
        typed[: len(typed) + one.start_position] + one.text
        for one in prompt.completer().get_completions(document, CompleteEvent())
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/s", ["/sources", "/save"]),
        ("/SA", ["/save"]),
        ("/save dos", ["/save dossiers/03.md"]),
        ("What says the mon", ["What says The money trail"]),
        ("What says The n", ["What says The night tide"]),
        ("What", []),
        ("th", []),
    ],
)
def test_commands_are_completed_at_the_beginning_and_names_of_documents_anywhere(prompt, typed, expected):
    assert completed(prompt, typed) == expected


def test_history_is_for_its_owner_alone_and_has_nothing_that_is_to_be_forgotten(prompt, tmp_path):
    path = tmp_path / "chat_history"
    for line in ("My safe opens with zanzibar.", "How long is it?", "/forget zanzibar"):
        prompt.history.append_string(line)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "/forget" not in path.read_text(encoding="utf-8")
    prompt.forget(["My safe opens with zanzibar."])
    assert "zanzibar" not in path.read_text(encoding="utf-8")
    assert list(prompt.history.load_history_strings()) == ["How long is it?"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
