"""Files that are hostile by shape, not by chance: bombs, circles, depths, giants. Declared by format, gathered here."""

from collections.abc import Callable
from dataclasses import dataclass

Make = Callable[[], bytes]
MEGA = 1 << 20


@dataclass(frozen=True, slots=True)
class Shape:
    """A file that `make` writes. `sparse_bytes`: so long is it made on the disk, behind its bytes, by a hole."""

    name: str
    suffix: str
    make: Make
    sparse_bytes: int = 0


def shape(suffix: str, name: str, make: Make | bytes | str, *, sparse_bytes: int = 0) -> Shape:
    """A shape of bytes, or of text in UTF-8, or of what makes it when it is its turn."""
    if isinstance(make, str):
        make = make.encode("utf-8", "surrogatepass")
    if isinstance(make, bytes):
        content = make
        return Shape(name, suffix, lambda: content, sparse_bytes)
    return Shape(name, suffix, make, sparse_bytes)
