import io
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from agent.commands.ingest import _shown, _summary
from agent.commands.invocation import Invocation
from retrieval.corpus import QuarantinedFile
from retrieval.ingest_types import IngestProgress, IngestReport


@dataclass(frozen=True)
class OnATerminal(Invocation):
    screen: io.StringIO = field(default_factory=io.StringIO)

    def console(self):
        return Console(file=self.screen, force_terminal=True, width=300)


def shown_while_reading(name):
    call = OnATerminal(None, None, as_json=False, verbosity=0, is_plain=False, is_offline=True)
    with _shown(call) as progress:
        progress(IngestProgress(files_done=1, files_total=2, documents=1, passages=3, name=name))
    return call.screen.getvalue()


@pytest.mark.parametrize("name", ["[/red].txt", "[bold", "a[link=file:///etc]b.txt"])
def test_a_name_with_square_brackets_is_shown_and_not_obeyed(name):
    assert name in shown_while_reading(name)


@pytest.mark.parametrize("name", ["\x1b]0;QZ\x07.txt", "\x1b[2JQZ", "\u202eQZ.txt", "\x9b2JQZ", "a\nQZ"])
def test_a_name_that_is_read_drives_no_terminal(name):
    shown = shown_while_reading(name)
    assert "QZ" in shown
    assert name.partition("QZ")[0] not in shown


def test_names_with_line_ends_write_no_lines_of_their_own():
    bad = QuarantinedFile(path="a\nsound: all", reason="b\nsound: all", hint="", size=1, mtime=0, tried_at=0)
    report = IngestReport(
        added=0,
        changed=0,
        removed=0,
        unchanged=0,
        quarantined=(bad,),
        notes=("c\nsound: all",),
        failures=(),
        passages=0,
        characters=0,
        seconds=0,
    )
    assert not any(line.startswith("sound") for line in _summary(report).splitlines())
