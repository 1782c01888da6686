import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.commands.invocation import harmless
from agent.main import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "\x1b[2J", "a\rb", "\u202eexe.txt", "\x9b31m"])
def test_no_text_of_a_document_drives_the_terminal(text):
    shown = harmless(text)
    assert not set("\x1b\x07\r\u202e\x9b") & set(shown)


def test_colours_tabs_and_lines_stay():
    assert harmless("\x1b[32mok\x1b[0m\tyes\n") == "\x1b[32mok\x1b[0m\tyes\n"


def test_an_argument_that_is_no_text_is_refused(capsys):
    assert run(["ask", "caf\udce9"]) == 2
    assert "not UTF-8" in capsys.readouterr().err


QUESTION = "Who warned the caf\N{LATIN SMALL LETTER E WITH ACUTE}?"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (QUESTION.encode("latin-1"), 2, "the question on stdin is not UTF-8 (byte 19)"),
        (b"  \n", 2, "the question is empty"),
        (QUESTION.encode("utf-8-sig"), 5, "there is no corpus"),
    ],
)
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_question_on_stdin_is_utf_8_whatever_the_locale(content, code, said, locale, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "agent.main", "ask", "-", "--home", str(tmp_path)],
        cwd=ROOT,
        input=content,
        capture_output=True,
        env={**os.environ, "LC_ALL": locale},
        check=False,
    )
    assert (done.returncode, said in done.stderr.decode()) == (code, True)


def test_a_name_that_is_no_text_is_shown_on_a_strict_stream(tmp_path):
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    for flag in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "agent.main", "config", "explain", "home", "--home", str(tmp_path), *flag],
            cwd=folder,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8:strict"},
            check=True,
        )
        assert ("caf\\udce9" if flag else "caf\N{REPLACEMENT CHARACTER}") in done.stdout.decode()
