import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from agent.commands.invocation import harmless, json_line, pass_invocation
from agent.commands.options import add_global_options
from agent.main import LazyGroup, run, wellread

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


def test_text_that_hides_itself_in_colour_is_shown():
    assert "\x1b" not in harmless("\x1b[8mhidden\x1b[38;5;0m")


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "\u202eexe.txt", "\x7f", 'plain "text" \\ and ü', "\udce9"])
def test_json_for_a_terminal_reads_as_the_same_value_and_drives_nothing(text):
    line = json_line({"title": text})

    assert json.loads(line) == {"title": text}
    assert not set("\x1b\x9b\u202e\x7f\udce9") & set(line)


def probe(seen):
    """A command that says what the process may reach."""

    @click.command()
    @pass_invocation
    def command(called):
        called.settings()
        try:
            socket.getaddrinfo("example.invalid", 1)
        except OSError as error:
            seen.append(type(error).__name__)

    group = LazyGroup("wellread", params=list(wellread.params))
    group.get_command = lambda ctx, name: add_global_options(command)
    group.resolve_command = lambda ctx, args: ("probe", group.get_command(ctx, "probe"), args[1:])
    return group


@pytest.mark.parametrize("way", ["flag", "environment", "file"])
def test_offline_holds_from_flag_environment_and_file_and_ends_with_the_call(way, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr("agent.main.wellread", probe(seen))
    monkeypatch.chdir(tmp_path)
    if way == "environment":
        monkeypatch.setenv("WELLREAD_OFFLINE", "true")
    if way == "file":
        (tmp_path / "wellread.toml").write_text("offline = true\n")

    assert run(["probe", *(["--offline"] if way == "flag" else [])]) == 0

    assert seen == ["NetworkBlocked"]
    with socket.socket() as free:
        free.bind(("0.0.0.0", 0))


def test_a_key_in_a_topic_is_taken_out_and_told_of(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    (tmp_path / "a.md").write_text("# Tea\n\nTea grows in Assam.\n")
    assert run(["ingest", str(tmp_path / "a.md")]) == 0
    capsys.readouterr()

    run(["memory", "add", "My key is sk-proj-canary00canary00canary00"])

    shown = capsys.readouterr()
    assert "what looks like a key was taken out of the note" in shown.err
    assert "canary00" not in shown.out + shown.err
    for path in (tmp_path / "home").rglob("*"):
        assert path.is_dir() or b"canary00" not in path.read_bytes()


def test_a_crash_report_holds_no_key(monkeypatch, tmp_path, capsys):
    key = "canary/of+the:environment"
    monkeypatch.setenv("MY_API_KEY", key)

    @click.command()
    def fail():
        raise ZeroDivisionError(f"sent {key} and Authorization: Bearer abcdefgh12345678")

    group = LazyGroup("wellread", params=list(wellread.params))
    group.get_command = lambda ctx, name: add_global_options(fail)
    group.resolve_command = lambda ctx, args: ("fail", group.get_command(ctx, "fail"), args[1:])
    monkeypatch.setattr("agent.main.wellread", group)

    assert run(["--home", str(tmp_path), "-vv", "fail"]) == 6

    (report,) = (tmp_path / "crashes").iterdir()
    shown = capsys.readouterr()
    for text in (report.read_text(), shown.out + shown.err):
        assert "ZeroDivisionError" in text
        assert key not in text
        assert "abcdefgh12345678" not in text
