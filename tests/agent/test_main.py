import errno
import json
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import click
import pytest

from agent.exit_codes import failure_of, failure_text
from agent.ledger import Ledger
from agent.main import COMMANDS, LazyGroup, run, wellread
from lm import errors as lm
from lm.replay import CallCache
from memory.sqlite_store import SqliteStore
from retrieval import errors as retrieval
from retrieval.corpus import Corpus
from retrieval.dense_cache import DenseCache
from retrieval.surprisal_cache import SurprisalCache
from tests.bag_embedder import BagEmbedder
from tests.retrieval.table_scorer import TableScorer

ROOT = Path(__file__).resolve().parents[2]


def called(*argv, **options):
    return subprocess.run(
        [sys.executable, "-m", "agent.main", *argv],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def group_with(error):
    """A command line whose only command fails as told."""

    @click.command()
    def fail():
        raise error

    group = LazyGroup("wellread", params=list(wellread.params))
    group.get_command = lambda ctx, name: fail
    group.resolve_command = lambda ctx, args: ("fail", fail, args[1:])
    return group


@pytest.fixture
def failing(monkeypatch):
    def set_up(error):
        monkeypatch.setattr("agent.main.wellread", group_with(error))

    return set_up


def test_help_lists_every_command_and_imports_nothing_heavy():
    code = (
        "import sys; from agent.main import run; run(['--help']); "
        "print(sorted({'numpy', 'pydantic', 'rich', 'torch', 'langgraph'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_commands_help_imports_nothing_heavy(command):
    code = (
        f"import sys; from agent.main import run; run(['{command}', '--help']); "
        "print(sorted({'numpy', 'openai', 'faiss', 'torch', 'langgraph', 'bm25s'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_and_help_succeed(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("wellread ")
    assert run(["config", "--help"]) == 0


def test_a_misspelt_command_gets_a_suggestion_and_exit_code_2(capsys):
    assert run(["serach", "x"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: No such command 'serach'. Did you mean 'search'?\n  fix: ")


def test_an_unknown_option_is_a_usage_error(capsys):
    assert run(["config", "show", "--jsno"]) == 2
    assert "see `wellread config show --help`" in capsys.readouterr().err


def test_global_options_work_before_and_after_the_command(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["--json", "--home", "a", "config", "explain", "home"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert run(["config", "explain", "home", "--home", "a", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == before
    assert before["value"] == str(tmp_path / "a")
    assert before["offers"][0]["layer"] == "flag"


def test_with_json_an_error_is_the_last_line_of_stderr_and_stdout_stays_clean(capsys, tmp_path):
    assert run(["corpus", "ls", "--json", "--home", str(tmp_path)]) == 5
    said = capsys.readouterr()
    assert said.out == ""
    error = json.loads(said.err.splitlines()[-1])["error"]
    assert error["exit_code"] == 5 and error["kind"] == "CorpusEmpty" and "wellread ingest" in error["hint"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lm.BudgetExceeded("over", limit="max_usd"), 3),
        (lm.EndpointUnreachable("gone"), 4),
        (lm.EndpointRefused("no"), 4),
        (lm.RateLimited("slow"), 4),
        (lm.QuotaExhausted("empty"), 4),
        (lm.ServerFailed("500"), 4),
        (lm.ModelMissing("none"), 2),
        (lm.RequestRejected("bad"), 2),
        (lm.ContextOverflow("long"), 2),
        (retrieval.CorpusEmpty("none"), 5),
        (retrieval.CorpusBroken("bad"), 5),
        (retrieval.UnknownDocument("what"), 5),
        (sqlite3.OperationalError("database is locked"), 5),
        (OSError(28, "No space left on device"), 5),
        (PermissionError(13, "Permission denied", "/x"), 5),
        (NotADirectoryError(20, "Not a directory", "/x/y"), 5),
        (OSError(24, "Too many open files"), 5),
        (click.UsageError("what"), 2),
    ],
)
def test_each_error_has_its_exit_code(failing, capsys, tmp_path, error, code):
    failing(error)
    assert run(["--home", str(tmp_path), "fail"]) == code
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "Traceback" not in said
    assert not (tmp_path / "crashes").exists()


def test_every_error_of_the_model_floor_has_an_exit_code():
    kinds = [kind for kind in vars(lm).values() if isinstance(kind, type) and issubclass(kind, lm.LMError)]
    extra = {lm.BudgetExceeded: {"limit": "max_usd"}, lm.MalformedReply: {"replies": ()}}
    codes = {kind.__name__: failure_of(kind("x", **extra.get(kind, {}))).exit_code for kind in kinds}
    assert set(codes.values()) <= {2, 3, 4, 5}
    assert [name for name, code in codes.items() if code == 5] == ["CacheBroken"]


def test_a_corpus_file_that_is_no_database_is_a_corpus_error(tmp_path):
    (tmp_path / "corpus.sqlite").write_text("this is no database, " * 100)
    with pytest.raises(Exception, match="corpus") as caught:
        Corpus.open(tmp_path / "corpus.sqlite")
    assert failure_of(caught.value).exit_code == 5


def test_a_file_in_the_place_of_a_folder_is_no_bug(tmp_path, capsys):
    (tmp_path / "home").touch()
    for argv in (["runs", "ls"], ["init", "--config", str(tmp_path / "x.toml")]):
        assert run([*argv, "--home", str(tmp_path / "home")]) == 2
        assert "choose another with --home" in capsys.readouterr().err
    (tmp_path / "ledger.sqlite").mkdir()
    assert run(["runs", "ls", "--home", str(tmp_path)]) == 5
    assert "ledger.sqlite cannot be used" in capsys.readouterr().err


def test_a_bug_ends_with_code_6_a_report_and_no_traceback(failing, capsys, tmp_path):
    failing(ZeroDivisionError("a bug"))
    assert run(["--home", str(tmp_path), "fail"]) == 6
    said = capsys.readouterr().err
    assert "internal error: ZeroDivisionError: a bug" in said and "Traceback" not in said
    (report,) = (tmp_path / "crashes").iterdir()
    assert str(report) in said
    assert "ZeroDivisionError" in json.loads(report.read_text())["traceback"][-1]


def test_a_bug_shows_its_traceback_with_vv(failing, capsys, tmp_path):
    failing(ZeroDivisionError("a bug"))
    assert run(["--home", str(tmp_path), "-vv", "fail"]) == 6
    assert "Traceback" in capsys.readouterr().err


def test_a_crash_report_finds_a_place_when_the_home_cannot_be_written(failing, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    (tmp_path / "file").write_text("")
    failing(ZeroDivisionError("a bug"))
    assert run(["--home", str(tmp_path / "file"), "fail"]) == 6
    assert len(list((tmp_path / "temporary").iterdir())) == 1


def test_a_bug_on_a_disk_without_any_room_still_ends_with_code_6(failing, capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: [str(tmp_path / "none")])
    failing(ZeroDivisionError("a bug"))
    assert run(["--home", str(tmp_path / "file"), "fail"]) == 6
    said = capsys.readouterr().err
    assert "a bug" in said and "Traceback" not in said


def test_no_room_for_temporary_files_is_no_bug(failing, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", lambda: [str(tmp_path / "none")])
    with pytest.raises(FileNotFoundError) as caught:
        tempfile.gettempdir()
    failing(caught.value)
    assert run(["fail"]) == 5
    assert "TMPDIR" in capsys.readouterr().err


def test_what_cannot_be_told_in_full_is_told_in_brief_and_without_its_message(failing, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "agent.crash_reports", None)  # as if it could not be read
    for error, code in ((OSError(errno.EMFILE, "Too many open files", "/a"), 5), (ValueError("sk-secret"), 6)):
        failing(error)
        assert run(["fail"]) == code
        said = capsys.readouterr().err
        assert "secret" not in said and "ulimit" in said and "Traceback" not in said


def test_a_limit_on_file_sizes_is_no_bug(failing, capsys):
    failing(OSError(errno.EFBIG, "File too large", "home/usage.json"))
    assert run(["fail"]) == 5
    assert "raise the limit on file sizes" in capsys.readouterr().err


def test_ctrl_c_is_130(failing, capsys):
    failing(KeyboardInterrupt())
    assert run(["fail"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_stop_is_told_to_a_program_as_any_error(failing, capsys):
    failing(KeyboardInterrupt())
    assert run(["--json", "fail"]) == 130
    assert json.loads(capsys.readouterr().err)["error"]["kind"] == "Interrupted"


def test_ctrl_c_in_a_run_names_the_command_that_goes_on_with_it(failing, capsys):
    stop = KeyboardInterrupt()
    stop.add_note("go on with: wellread runs resume 20260101-tides-1a2b")
    failing(stop)
    assert run(["fail"]) == 130
    said = capsys.readouterr().err
    assert "wellread runs resume 20260101-tides-1a2b" in said and "same command" not in said


@pytest.mark.parametrize(("argv", "code"), [([], 0), (["runs"], 2), (["eval"], 2), (["config"], 2)])
def test_a_command_that_wants_another_word_shows_its_help(capsys, argv, code):
    assert run(argv) == code
    said = capsys.readouterr()
    assert said.out.startswith("Usage: " + " ".join(["wellread", *argv]))
    assert "Commands:" in said.out
    assert said.err == ""


def test_a_reader_that_goes_away_is_no_bug():
    shell = f"{sys.executable} -m agent.main config show | head -1 >/dev/null; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("0", "141")
    assert done.stderr == ""


def test_a_commands_own_exit_code_is_the_process_code():
    assert called("config", "show").returncode == 0
    assert called("config", "explain", "no.such.key").returncode == 2


def test_output_that_is_no_terminal_holds_no_escape_codes():
    done = called("config", "show")
    assert "\x1b" not in done.stdout + done.stderr


def test_failure_text_has_a_line_for_the_mend():
    failure = failure_of(lm.ModelMissing("no model", hint="wellread models pull x"))
    assert failure_text(failure, as_json=False) == "error: no model\n  fix: wellread models pull x"
    assert failure_of(ValueError("unforeseen")) is None


@pytest.mark.parametrize(
    ("name", "open_file"),
    [
        ("corpus.sqlite", Corpus.open),
        ("vectors.sqlite", lambda path: DenseCache(path, BagEmbedder())),
        ("surprisals.sqlite", lambda path: SurprisalCache(path, TableScorer, scorer_name="table")),
        ("ledger.sqlite", Ledger),
        ("memory.sqlite", SqliteStore),
        ("calls.sqlite", CallCache),
    ],
)
def test_every_file_of_a_newer_release_has_the_same_code_and_a_mend(tmp_path, name, open_file):
    path = tmp_path / name
    open_file(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(Exception, match=r"99.* knows schema \d") as caught:
        open_file(path)
    failure = failure_of(caught.value)
    assert failure.exit_code == 5
    assert str(path) in failure.message
    assert failure.hint


def test_a_ledger_of_a_newer_release_stops_the_command_that_needs_it(tmp_path, capsys):
    Ledger(tmp_path / "ledger.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    assert run(["runs", "ls", "--home", str(tmp_path)]) == 5
    assert "upgrade wellread" in capsys.readouterr().err
