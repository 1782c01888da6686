"""The fault layer itself, and a few faults of the campaign."""

import errno
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.endurance import disk
from benchmarks.endurance.commands import ENTRIES
from benchmarks.endurance.part import Options

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own: the layer cannot be taken away again.
_PROGRAM = """
import json, sys
from benchmarks.endurance.faults import strike
strike(json.loads(sys.argv[1]), record=sys.argv[2])
{body}
"""


def struck(tmp_path, plan, body):
    """Run `body` under a plan in `tmp_path`: its process, and the calls that were listed."""
    record = tmp_path / "calls.json"
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(body=body), json.dumps(plan), str(record)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended, json.loads(record.read_text()) if record.is_file() else None


WRITE = "from pathlib import Path\nPath('a').write_text('x' * 100)"


def test_write_calls_are_listed_and_done(tmp_path):
    ended, listed = struck(tmp_path, {}, f"{WRITE}\nimport os\nos.replace('a', 'b')\nos.mkdir('c')")
    assert ended.returncode == 0
    assert [(op, name) for op, _, name in listed["calls"]] == [
        ("open", "a"),
        ("write", "a"),
        ("replace", "a"),
        ("mkdir", "c"),
    ]
    assert (tmp_path / "b").read_text() == "x" * 100 and not listed["has_struck"]


@pytest.mark.parametrize("how", ["ENOSPC", "EIO", "EROFS", "EDQUOT", "EMFILE"])
def test_the_call_that_is_named_fails_as_the_kernel_would_say_it(tmp_path, how):
    ended, listed = struck(tmp_path, {"how": how, "number": 1}, WRITE)
    assert ended.returncode == 1 and os.strerror(getattr(errno, how)) in ended.stderr
    assert listed["has_struck"]


def test_a_short_write_leaves_its_first_half_and_the_rest_follows(tmp_path):
    struck(tmp_path, {"how": "SHORT", "number": 2}, WRITE)
    assert (tmp_path / "a").read_text() == "x" * 100
    struck(tmp_path, {"how": "SHORT", "number": 2, "lasts": True}, WRITE)
    assert 0 < len((tmp_path / "a").read_text()) < 100


def test_a_full_disk_stays_full_and_lets_files_be_removed(tmp_path):
    body = f"""
try:
    {WRITE.replace(chr(10), chr(10) + "    ")}
except OSError:
    pass
import os
os.unlink("a")
open("b", "w")
"""
    ended, _ = struck(tmp_path, {"how": "ENOSPC", "number": 2, "lasts": True}, body)
    assert "No space left on device: 'b'" in ended.stderr
    assert not (tmp_path / "a").exists()


def test_a_process_is_killed_before_or_behind_a_call(tmp_path):
    for how, is_there in (("KILL", False), ("KILL_AFTER", True)):
        ended, listed = struck(tmp_path, {"how": how, "number": 1}, "import os\nos.mkdir('d')")
        assert ended.returncode == -9 and listed is None
        assert (tmp_path / "d").exists() is is_there


def test_statements_that_write_fail_as_sqlite_says_it(tmp_path):
    body = """
import sqlite3
db = sqlite3.connect("x.sqlite", isolation_level=None)
db.execute("CREATE TABLE t (a)")
try:
    db.execute("INSERT INTO t VALUES (1)")
except sqlite3.OperationalError as error:
    print(error, error.sqlite_errorname)
print(db.execute("SELECT count(*) FROM t").fetchone()[0])
"""
    ended, listed = struck(tmp_path, {"how": "ENOSPC", "number": 3}, body)
    assert ended.stdout == "database or disk is full SQLITE_FULL\n0\n"
    assert [op for op, _, _ in listed["calls"]] == ["sql connect", "sql CREATE", "sql INSERT"]


def test_the_kernels_limit_on_sizes_makes_real_writes_fail_and_lets_the_process_speak(tmp_path):
    body = """
import sqlite3
db = sqlite3.connect("x.sqlite", isolation_level=None)
try:
    db.execute("CREATE TABLE t (a)")
except sqlite3.OperationalError as error:
    print(error.sqlite_errorname)
"""
    ended, _ = struck(tmp_path, {"how": "FSIZE", "number": 2}, body)
    assert ended.stdout == "SQLITE_IOERR_WRITE\n"


def test_no_descriptor_is_left(tmp_path):
    ended, _ = struck(tmp_path, {"how": "NOFILE", "number": 1}, WRITE)
    assert "Too many open files" in ended.stderr


@pytest.mark.model
def test_a_memory_that_meets_a_bad_disk_is_whole_and_goes_on(static_models, tmp_path):
    options = Options(place=tmp_path, models_dir=static_models, seed=5, scale=0.2, tell=lambda line: None)
    result = disk.campaign(options, [entry for entry in ENTRIES if entry.name == "memory consolidate"])
    assert result.failures == ()
    assert result.tried == result.survived > 10


def test_each_fault_is_one_that_sqlite_or_the_kernel_knows():
    from benchmarks.endurance.fault_sql import SQL_FAULTS

    for fault in disk.FAULTS:
        assert fault.how in SQL_FAULTS or fault.how in ("NOFILE", "FSIZE")
        assert isinstance(SQL_FAULTS.get(fault.how, lambda op: sqlite3.OperationalError())("sql COMMIT"), sqlite3.Error)
