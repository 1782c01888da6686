"""Files are read in processes of their own, under limits: a bad file costs itself, never the run.

Knows processes, pipes and time. Must not know formats or the corpus.
"""

import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, NamedTuple

from retrieval.errors import RetrievalError, SourceUnreadable
from retrieval.parsing.parsed import BadLine
from retrieval.parsing.wire import ChunkedDocument, Frame, ParseLimits, documents_of, read_frame, write_frame

# The parser gets this process's import path, so that it runs the same code from wherever that was loaded.
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from retrieval.parsing.worker import main; main(sys.argv[2])"
)
_START_TIMEOUT_S = 60.0
_FRAMES_AHEAD = 4
_POLL_S = 0.1


class Job(NamedTuple):
    """A file to read: where it is, its path in the ingested folder, and the hash that is stored of it."""

    path: str
    name: str
    known_sha256: str = ""


class Batch(NamedTuple):
    """Some documents of a file, and lines of it that are none."""

    documents: list[ChunkedDocument]
    bad_lines: list[BadLine]


class Finished(NamedTuple):
    """The end of a file that was read whole. `is_unchanged`: it has the known hash, and no documents came."""

    sha256: str
    is_unchanged: bool


Part = Batch | Finished | SourceUnreadable


class ParserProcess:
    """One warm parser process, for one thread. It is started again after a file that ended it."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, job: Job) -> Generator[Part, None, None]:
        """Read one file: batches of documents, then `Finished`, or the `SourceUnreadable` that ended it.

        The time limit runs whenever an answer is waited for, so a long file may take longer as long as it moves.
        """
        process = self._started()
        try:
            write_frame(_pipe(process.stdin), job._asdict())
            while True:
                frame = self._answer(process, self._limits.timeout_s)
                if "documents" in frame:
                    yield Batch(*documents_of(frame))
                else:
                    yield _last_part(frame, job)
                    break
            if frame.get("is_fatal"):
                self.close()
        except SourceUnreadable as error:
            self.close()
            yield error
        except BrokenPipeError:
            reason = self._reason_of_death(process)
            self.close()
            yield SourceUnreadable(reason)
        except GeneratorExit:
            self.close()  # the rest of its answer would be taken for that of the next file
            raise

    @property
    def pid(self) -> int | None:
        """The process's id; None while there is none."""
        return self._process.pid if self._process is not None else None

    def close(self) -> None:
        """End the process; a later `read` starts a new one."""
        with self._lock:
            process, self._process = self._process, None
            errors, self._errors = self._errors, None
        if process is not None:
            process.kill()
            process.wait()
        for pipe in (*((process.stdin, process.stdout) if process else ()), errors):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what was still to be sent has nowhere to go
                    pipe.close()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _BOOT, json.dumps(sys.path)]
        try:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
            self._process = subprocess.Popen(
                [*command, self._limits.to_json()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,  # Ctrl-C is for the run, which then ends its parsers itself
            )
            self._answer(self._process, _START_TIMEOUT_S)
        except (OSError, SourceUnreadable) as error:
            self.close()
            raise RetrievalError(
                f"the parser process does not start: {error}",
                hint="free memory, descriptors or room for temporary files, and run the same command again",
            ) from error
        return self._process

    def _answer(self, process: "subprocess.Popen[bytes]", timeout_s: float) -> Frame:
        """The next frame.

        Raises:
            SourceUnreadable: none came in time, or the process died.
        """
        is_late = threading.Event()

        def kill() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(timeout_s, kill)
        timer.start()
        try:
            frame = read_frame(_pipe(process.stdout))
        finally:
            timer.cancel()
            timer.join()  # so that it cannot kill the process during the next file
        if is_late.is_set():
            raise SourceUnreadable(f"not read within {timeout_s:g} s", hint="Split the file, or raise the limit.")
        if frame is None:
            raise SourceUnreadable(self._reason_of_death(process))
        return frame

    def _reason_of_death(self, process: "subprocess.Popen[bytes]") -> str:
        status = process.wait()
        if status < 0:
            return f"the parser was killed by {signal.Signals(-status).name}: out of memory, or a bug in it"
        last_line = b""
        if self._errors is not None:
            self._errors.seek(0)
            last_line = self._errors.read()[-2000:].strip().rpartition(b"\n")[2]
        words = last_line.decode(errors="replace")[:300] or "no reason given"
        return f"the parser failed with status {status}: {words}"


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    """The pipe that `Popen` was asked for."""
    if pipe is None:
        raise RetrievalError("the parser process has no pipes")
    return pipe


def _last_part(frame: Frame, job: Job) -> Part:
    if "failed" in frame:
        return SourceUnreadable(frame["failed"], hint=frame["hint"], keeps_documents=frame.get("keeps", False))
    if "unchanged" in frame:
        return Finished(job.known_sha256, is_unchanged=True)
    return Finished(frame["end"], is_unchanged=False)


@dataclass(slots=True)
class _Reading:
    """A job under way: its parts as they come, None after the last, and the future that says how it went."""

    job: Job
    parts: "queue.Queue[Part | None]"
    future: "Future[None] | None" = None


def read_in_order(
    jobs: Iterable[Job], limits: ParseLimits, *, n_workers: int
) -> Generator[tuple[Job, Iterator[Part]], None, None]:
    """Read files in `n_workers` processes at once, and hand them out in the order of `jobs`.

    Take all parts of a file before the next file. Closing this iterator ends the processes.
    """
    processes = [ParserProcess(limits) for _ in range(n_workers)]
    idle: queue.SimpleQueue[ParserProcess] = queue.SimpleQueue()
    for process in processes:
        idle.put(process)
    is_stopped = threading.Event()
    readings: deque[_Reading] = deque()
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="parser")
    try:
        for job in jobs:
            readings.append(_Reading(job, queue.Queue(maxsize=_FRAMES_AHEAD)))
            readings[-1].future = pool.submit(_fill, readings[-1], idle, is_stopped)
            if len(readings) > 8 * n_workers:
                yield readings[0].job, _parts(readings.popleft())
        while readings:
            yield readings[0].job, _parts(readings.popleft())
    finally:
        is_stopped.set()
        for process in processes:  # unblocks the threads that wait for one
            process.close()
        pool.shutdown(cancel_futures=True)
        for process in processes:  # one may have been started meanwhile
            process.close()


def _fill(reading: _Reading, idle: "queue.SimpleQueue[ParserProcess]", is_stopped: threading.Event) -> None:
    process = idle.get()
    parts = process.read(reading.job)
    try:
        while not is_stopped.is_set() and (part := next(parts, None)) is not None:
            _put(reading, part, is_stopped)
    finally:
        parts.close()
        idle.put(process)
        _put(reading, None, is_stopped)


def _put(reading: _Reading, part: Part | None, is_stopped: threading.Event) -> None:
    while not is_stopped.is_set():
        with suppress(queue.Full):
            reading.parts.put(part, timeout=_POLL_S)
            return


def _parts(reading: _Reading) -> Iterator[Part]:
    while (part := reading.parts.get()) is not None:
        yield part
    if reading.future is not None:
        reading.future.result()  # raises what the thread could not answer with a part
