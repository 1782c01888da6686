"""The file that is measured, as text and passages; by the parsers of ingest, but into no corpus."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from agent.errors import UsageProblem
from retrieval.errors import RetrievalError, SourceUnreadable
from retrieval.ingest_types import IngestOptions
from retrieval.sandbox import Batch, Job, ParserProcess
from retrieval.scan import scan

_GAP = "\n\n"
# Smaller than passages of a corpus: a paragraph of a summary may come from one source, the next from another.
_TARGET_CHARS, _MAX_CHARS = 150, 300


@dataclass(frozen=True)
class Window:
    """A passage of the file: the characters [start, end) of its text."""

    start: int
    end: int
    heading_path: tuple[str, ...]


@dataclass(frozen=True)
class MeasuredText:
    """The file's text, the texts of its documents one after the other, and its passages in order."""

    name: str
    text: str
    windows: tuple[Window, ...]

    def text_of(self, window: Window) -> str:
        """The passage."""
        return self.text[window.start : window.end]


def read_measured(path: Path, options: IngestOptions) -> MeasuredText:
    """Read one file of any format that `wellread ingest` reads.

    Raises:
        UsageProblem: there is no such file, it is a folder, or no text can be got out of it.
    """
    try:
        found = scan(path)
    except RetrievalError as error:
        raise UsageProblem(str(error), hint="check the path") from error
    if found.is_folder or not found.files:
        what = "a folder" if found.is_folder else found.refusals[0].reason
        raise UsageProblem(f"{path} is no file to measure: {what}", hint="give one file; --against takes folders")
    file = found.files[0]
    text, windows = "", []
    limits = replace(options.limits, target_chars=_TARGET_CHARS, max_chars=_MAX_CHARS)
    with closing(ParserProcess(limits)) as parser:
        for part in parser.read(Job(file.path, file.name)):
            if isinstance(part, SourceUnreadable):
                hint = part.hint or "give a file with text in it"
                raise UsageProblem(f"cannot measure {path}: {part.reason}", hint=hint)
            for document, spans in part.documents if isinstance(part, Batch) else ():
                shift = len(text) + len(_GAP) if text else 0
                text = text + _GAP + document.text if text else document.text
                windows += [Window(shift + span.start, shift + span.end, span.heading_path) for span in spans]
    if not windows:
        raise UsageProblem(f"{path} holds no text", hint="give a file with text in it")
    return MeasuredText(file.name, text, tuple(windows))
