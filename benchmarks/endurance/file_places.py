"""Names and places that a folder may hold: names that drive a terminal, links that lead out, things that are no files.

Each is a trap with a name and what lays it. `Place.outside` holds texts that must never be read.
"""

import os
import shutil
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

CANARY = "CANARY-9c41 this text lies outside the folder and must not be read by anyone at all."
TEXT = "These are plain words in a file whose name is odd, number {}. They may be read by everyone."
# Behind each sign that could drive a terminal, so that one sees in what is shown whether it came there raw.
MARK = "QZ"
_SIGNS = (
    *(chr(code) for code in range(1, 32)),
    *(chr(code) for code in range(0x7F, 0xA0)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    *("\x1b]0;", "\x1b[2J", "\x1b[8m", "\x1b[1;1H", "\x1bc", "\x9b2J"),
)
# What else a name may hold; each is a file that is to be read.
_NAMES = (
    *("-rf.txt", "--prune.txt", "$(touch x).txt", "`id`.txt", "a;b&c|d.txt", "%s%n%d.txt", "{0}{x}.txt", "*?.txt"),
    *("[/red].txt", "[bold]a.txt", "[link=file:x]b.txt", "a\\..\\..\\b.txt", "C:\\x.txt", "CON.txt", "a..txt"),
    *(" .txt", "a .txt", "~a.txt", "'; DROP TABLE documents; --.txt", '"quoted".txt', "<img src=x onerror=y>.txt"),
    *("# heading.txt", "a\n# heading.txt", "a\nsound: 1 documents.txt", "a\r\nb.txt", "a\tb.txt", "a\u2028b.txt"),
    *(
        "\u202etxt.exe.txt",
        "\u200b.txt",
        "\ufeffa.txt",
        "e\u0301.txt",
        "\u00e9.txt",
        "A.txt",
        "a.txt",
        "\U0001f600.txt",
    ),
    *("a" * 251 + ".txt", "数" * 83 + ".txt", "\U0001f600" * 62 + ".txt", "no suffix", "many.dots.in.it.txt", "a.TXT"),
)
_NO_NAMES = (b"caf\xe9.txt", b"\xff\xfe.md", b"\xed\xa0\x80.txt", b"a\x80b.html")


@dataclass(frozen=True, slots=True)
class Place:
    """`inside` is ingested; what stands in `outside` is not to be read."""

    inside: Path
    outside: Path


@dataclass(frozen=True, slots=True)
class Trap:
    """What `lay` puts into the folder. `is_read`: it is a file like others, and must be found by its `name`."""

    name: str
    lay: Callable[[Place], object]
    is_read: bool = False


def _file(name: str, number: int) -> Trap:
    def lay(place: Place) -> None:
        path = place.inside / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TEXT.format(number), encoding="utf-8")

    return Trap(name, lay, is_read=True)


def _nameless(name: bytes) -> Trap:
    shown = name.decode("utf-8", "backslashreplace")
    return Trap(shown, lambda place: (place.inside / os.fsdecode(name)).write_text("Some text."))


def _link(name: str, target: Callable[[Place], str]) -> Trap:
    return Trap(name, lambda place: os.symlink(target(place), place.inside / name))


def _relative(place: Place) -> str:
    return os.path.relpath(place.outside / "canary.txt", place.inside)


def _pipe(place: Place) -> None:
    os.mkfifo(place.inside / "pipe.txt")


def _socket(place: Place) -> None:
    folder = os.open(place.inside, os.O_RDONLY)  # addresses of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"/proc/self/fd/{folder}/socket.txt")
    os.close(folder)


def _device(place: Place) -> None:
    with suppress(OSError):  # only the system's owner may make one
        os.mknod(place.inside / "device.txt", 0o600 | stat.S_IFCHR, os.makedev(1, 5))


def _circle(place: Place) -> None:
    os.symlink("circle-b.txt", place.inside / "circle-a.txt")
    os.symlink("circle-a.txt", place.inside / "circle-b.txt")


def _chain(place: Place) -> None:
    os.symlink(place.outside, place.outside / "hop")
    os.symlink(place.outside / "hop" / "canary.txt", place.inside / "chain.txt")


def _deep(place: Place) -> None:
    """Folders in folders until no path is long enough, with a text in the deepest that can still be named."""
    name = "deep"
    folder = os.open(place.inside, os.O_RDONLY)
    for depth in range(1_200):
        os.mkdir(name, dir_fd=folder)
        if depth == 700:
            file = os.open("deep.txt", os.O_WRONLY | os.O_CREAT, dir_fd=folder)
            os.write(file, TEXT.format("deep").encode())
            os.close(file)
        below = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)


def _nameless_folder(place: Place) -> None:
    folder = place.inside / os.fsdecode(b"folder \xe9")
    folder.mkdir()
    (folder / "a.txt").write_text("Some text.")


TRAPS = (
    *(_file(f"n{sign}{MARK}{number}.txt", number) for number, sign in enumerate(_SIGNS)),
    *(_file(name, 1000 + number) for number, name in enumerate(_NAMES)),
    *(_nameless(name) for name in _NO_NAMES),
    Trap("folder \\xe9/a.txt", _nameless_folder),
    _link("absolute.txt", lambda place: str(place.outside / "canary.txt")),
    _link("relative.txt", _relative),
    _link("folder", lambda place: str(place.outside)),
    _link("folder.txt", lambda place: str(place.outside)),
    _link("root", lambda place: "/"),
    _link("parent", lambda place: ".."),
    _link("itself.txt", lambda place: "itself.txt"),
    _link("nowhere.txt", lambda place: "nothing-here"),
    _link("passwd.txt", lambda place: "/etc/passwd"),
    _link("zero.txt", lambda place: "/dev/zero"),
    _link("random.txt", lambda place: "/dev/urandom"),
    _link("stdin.txt", lambda place: "/dev/stdin"),
    _link("environment.txt", lambda place: "/proc/self/environ"),
    _link("memory.txt", lambda place: "/proc/self/mem"),
    _link("descriptor.txt", lambda place: "/proc/self/fd/0"),
    _link("long.txt", lambda place: "a/" * 2_000),
    Trap("circle-a.txt", _circle),
    Trap("chain.txt", _chain),
    Trap("pipe.txt", _pipe),
    Trap("socket.txt", _socket),
    Trap("device.txt", _device),
    Trap("deep", _deep),
)


def remove_deep(place: Place) -> None:
    """Take away the folders in folders, from above: what removes a tree calls itself for each depth."""
    deep, below = place.inside / "deep", place.inside / "below"
    while (deep / "deep").is_dir():
        os.rename(deep / "deep", below)
        shutil.rmtree(deep)
        os.rename(below, deep)
    shutil.rmtree(deep)


def lay_traps(place: Place) -> None:
    """Make the folder and what lies outside it."""
    place.inside.mkdir(parents=True)
    place.outside.mkdir(parents=True)
    (place.outside / "canary.txt").write_text(CANARY, encoding="utf-8")
    (place.outside / "more.md").write_text(f"# {CANARY}\n\n{CANARY}", encoding="utf-8")
    for trap in TRAPS:
        trap.lay(place)
