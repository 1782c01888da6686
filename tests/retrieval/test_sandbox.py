import json
import os
import sys
import tempfile
import time
from contextlib import closing

import pytest

from retrieval.errors import RetrievalError, SourceUnreadable
from retrieval.parsing.wire import ParseLimits
from retrieval.sandbox import Batch, Finished, Job, ParserProcess, read_in_order


@pytest.fixture
def folder(tmp_path):
    for i in range(6):
        (tmp_path / f"{i}.txt").write_text(f"This is text number {i}.")
    return tmp_path


def job(path, known=""):
    return Job(str(path), path.name, known)


def read(process, path, known=""):
    return list(process.read(job(path, known)))


@pytest.fixture
def parser():
    process = ParserProcess(ParseLimits())
    yield process
    process.close()


def test_one_warm_process_reads_many_files(folder, parser):
    for path in sorted(folder.iterdir()):
        batch, end = read(parser, path)
        assert isinstance(batch, Batch) and isinstance(end, Finished)
        assert batch.documents[0].document.text == path.read_text()
        assert [(span.start, span.end) for span in batch.documents[0].spans] == [(0, 22)]


def test_a_file_with_the_known_hash_is_not_parsed_again(folder, parser):
    path = folder / "1.txt"
    end = read(parser, path)[-1]
    assert read(parser, path, end.sha256) == [Finished(end.sha256, is_unchanged=True)]


def test_a_bad_file_is_a_reason_and_the_next_one_is_read(folder, parser):
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    (bad,) = read(parser, folder / "bad.pdf")
    assert isinstance(bad, SourceUnreadable)
    assert len(read(parser, folder / "1.txt")) == 2


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read(folder):
    # 1 ms is shorter than any answer; the honest slow file follows below.
    hasty = ParserProcess(ParseLimits(timeout_s=0.001))
    (folder / "big.jsonl").write_text(
        "\n".join(json.dumps({"id": str(i), "text": "word " * 50}) for i in range(20_000))
    )
    (late,) = read(hasty, folder / "big.jsonl")
    hasty.close()
    assert isinstance(late, SourceUnreadable)
    assert late.reason == "not read within 0.001 s"


def test_a_slow_parser_is_stopped_close_to_its_limit(folder):
    (folder / "deep.html").write_text("<div>" * 400_000)  # quadratic in the HTML parser itself
    process = ParserProcess(ParseLimits(timeout_s=1.0))
    read(process, folder / "1.txt")
    started = time.monotonic()
    (late,) = read(process, folder / "deep.html")
    assert time.monotonic() - started < 5
    assert isinstance(late, SourceUnreadable)
    assert len(read(process, folder / "1.txt")) == 2
    process.close()


def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_one_is_read(folder):
    (folder / "big.json").write_text("[" + "[1]," * 2_000_000 + "1]")
    process = ParserProcess(ParseLimits(max_memory_bytes=200 << 20))
    (refused,) = read(process, folder / "big.json")
    assert isinstance(refused, SourceUnreadable)
    assert "200 MiB of memory" in refused.reason
    assert len(read(process, folder / "1.txt")) == 2
    process.close()


def test_a_parser_that_is_killed_costs_its_file_only(folder):
    (folder / "big.jsonl").write_text(
        "\n".join(json.dumps({"id": str(i), "text": "word " * 50}) for i in range(20_000))
    )
    process = ParserProcess(ParseLimits())
    parts = process.read(job(folder / "big.jsonl"))
    assert isinstance(next(parts), Batch)
    os.kill(process.pid, 9)
    rest = list(parts)
    assert isinstance(rest[-1], SourceUnreadable)
    assert "SIGKILL" in rest[-1].reason
    assert len(read(process, folder / "1.txt")) == 2
    process.close()


def test_limits_on_bytes_are_kept(folder, parser):
    small = ParserProcess(ParseLimits(max_file_bytes=10))
    (refused,) = read(small, folder / "1.txt")
    small.close()
    assert "over the limit of 10" in refused.reason


def test_missing_files_folders_and_pipes_are_refused_without_waiting(folder, parser):
    os.mkfifo(folder / "pipe.txt")
    assert [type(part) for part in read(parser, folder / "nobody.txt")] == [SourceUnreadable]
    assert [type(part) for part in read(parser, folder)] == [SourceUnreadable]
    (refused,) = read(parser, folder / "pipe.txt")
    assert refused.reason == "not a regular file"


@pytest.mark.parametrize("executable", ["/nonexistent/python", "/bin/false"])
def test_a_parser_process_that_cannot_start_is_an_error_of_the_run(folder, monkeypatch, executable):
    monkeypatch.setattr(sys, "executable", executable)
    process = ParserProcess(ParseLimits())
    with pytest.raises(RetrievalError, match="does not start"):
        read(process, folder / "1.txt")
    process.close()


def test_no_room_for_temporary_files_is_an_error_of_the_run_with_its_mend(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "not there"))
    with closing(ParserProcess(ParseLimits())) as parser, pytest.raises(RetrievalError, match="does not start") as told:
        list(parser.read(Job(str(folder / "a.txt"), "a.txt")))
    assert "temporary files" in told.value.hint


@pytest.mark.parametrize("n_workers", [1, 3])
def test_files_come_in_order_however_many_processes_read_them(folder, n_workers):
    jobs = [job(path) for path in sorted(folder.iterdir())] * 5
    seen = [
        (read_job.name, [type(part) for part in parts])
        for read_job, parts in read_in_order(jobs, ParseLimits(), n_workers=n_workers)
    ]
    assert seen == [(expected.name, [Batch, Finished]) for expected in jobs]


def test_stopping_early_ends_the_processes(folder):
    jobs = [job(path) for path in sorted(folder.iterdir())] * 20
    readings = read_in_order(jobs, ParseLimits(), n_workers=2)
    next(readings)
    started = time.monotonic()
    readings.close()
    assert time.monotonic() - started < 5


def test_a_run_whose_parsers_do_not_start_fails_rather_than_hangs(folder, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    readings = read_in_order([job(folder / "1.txt")], ParseLimits(), n_workers=1)
    with pytest.raises(RetrievalError, match="does not start"):
        for _, parts in readings:
            list(parts)
