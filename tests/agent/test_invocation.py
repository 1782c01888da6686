import pytest

from agent.commands.invocation import harmless
from agent.main import run


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "\x1b[2J", "a\rb", "\u202eexe.txt", "\x9b31m"])
def test_no_text_of_a_document_drives_the_terminal(text):
    shown = harmless(text)
    assert not set("\x1b\x07\r\u202e\x9b") & set(shown)


def test_colours_tabs_and_lines_stay():
    assert harmless("\x1b[32mok\x1b[0m\tyes\n") == "\x1b[32mok\x1b[0m\tyes\n"


def test_an_argument_that_is_no_text_is_refused(capsys):
    assert run(["ask", "caf\udce9"]) == 2
    assert "not UTF-8" in capsys.readouterr().err
