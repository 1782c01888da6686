"""What is written down of an error that nobody foresaw: enough to mend it, and no key."""

import json
import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.redacting import Redactor
from agent.version import program_version


def write_crash_report(error: Exception, argv: Sequence[str], folder: Path, redactor: Redactor) -> str:
    """Write what happened into `folder`, else into the system's temporary one; says where."""
    now = datetime.now(UTC)
    report = {
        "time": now.isoformat(),
        "wellread": program_version(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "argv": list(argv),
        "traceback": traceback.format_exception(error),
    }
    text = json.dumps(redactor.value(report), indent=1)
    name = f"crash-{now:%Y%m%dT%H%M%S}-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.json"
        path.write_text(text, encoding="utf-8")
    except OSError:
        try:
            # Others may write there, too: a file that is new, and that nobody else made ready under this name.
            shared = Path(tempfile.gettempdir())
            shared.mkdir(parents=True, exist_ok=True)
            descriptor, place = tempfile.mkstemp(prefix=f"{name}-", suffix=".json", dir=shared)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
        except OSError:
            return "the output of the same command with -vv"
        return place
    return str(path)
