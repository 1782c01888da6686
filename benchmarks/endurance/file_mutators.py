"""How a sound file is spoilt: each mutator is a name and a function from bytes and chance to bytes."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Mutate = Callable[[bytes, Random], bytes]

# What parsers look for, put where it is not expected.
_TOKENS = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xff\xfe\x00\x00", b"\x1b[2J", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\r"),
    *(b"<div>", b"</table>", b"<table><tr><td>", b"<pre>", b"</h1>", b"<![CDATA[", b"<!--", b"&#xD800;", b"&#13;\n"),
    *(b'"', b"[[", b"{", b"}", b"]", b"\\u0000", b"\\ud800", b"1e999", b"NaN", b"-", b"9" * 5000),
    *(b"obj", b"endstream", b"stream\n", b"<<", b">>", b"/Length 99999999", b"%%EOF", b"xref", b"/Prev 0", b"1 0 R"),
    *(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x1f\x8b\x08", b"%PDF-", b"\xd0\xcf\x11\xe0"),
    *(b"#" * 7, b"```", b"---\n", b"===\n", b"| | |", b"<?xml version='1.0'?>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>"),
)
_NUMBER = re.compile(rb"\d+")
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483648", b"4294967296", b"99999999999999999999", b"1" * 400)
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mutator:
    """One way to spoil a file."""

    name: str
    mutate: Mutate


def _span(raw: bytes, chance: Random, most: int) -> tuple[int, int]:
    start = chance.randrange(len(raw) + 1)
    return start, min(len(raw), start + chance.randint(1, most))


def _truncated(raw: bytes, chance: Random) -> bytes:
    return raw[: chance.randrange(len(raw))]


def _beheaded(raw: bytes, chance: Random) -> bytes:
    return raw[chance.randrange(len(raw)) + 1 :]


def _with_bits_flipped(raw: bytes, chance: Random) -> bytes:
    out = bytearray(raw)
    for _ in range(chance.randint(1, max(1, len(raw) // 100))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _with_bytes_changed(raw: bytes, chance: Random) -> bytes:
    out = bytearray(raw)
    for _ in range(chance.randint(1, 30)):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def _with_bytes_inserted(raw: bytes, chance: Random) -> bytes:
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(raw) + 1)
        raw = raw[:at] + chance.randbytes(chance.randint(1, 40)) + raw[at:]
    return raw


def _with_bytes_removed(raw: bytes, chance: Random) -> bytes:
    for _ in range(chance.randint(1, 8)):
        start, end = _span(raw, chance, 40)
        raw = raw[:start] + raw[end:]
    return raw


def _with_a_part_zeroed(raw: bytes, chance: Random) -> bytes:
    start, end = _span(raw, chance, 600)
    return raw[:start] + bytes(end - start) + raw[end:]


def _with_a_part_repeated(raw: bytes, chance: Random) -> bytes:
    start, end = _span(raw, chance, 300)
    return raw[:end] + raw[start:end] * chance.choice((1, 2, 50, 1000)) + raw[end:]


def _with_parts_swapped(raw: bytes, chance: Random) -> bytes:
    a, b, c = sorted(chance.randrange(len(raw) + 1) for _ in range(3))
    return raw[:a] + raw[b:c] + raw[a:b] + raw[c:]


def _with_tokens(raw: bytes, chance: Random) -> bytes:
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) + 1)
        raw = raw[:at] + chance.choice(_TOKENS) + raw[at:]
    return raw


def _with_numbers_changed(raw: bytes, chance: Random) -> bytes:
    rate = chance.choice((0.02, 0.1, 0.5))
    return _NUMBER.sub(lambda found: chance.choice(_NUMBERS) if chance.random() < rate else found[0], raw)


def _with_references_changed(raw: bytes, chance: Random) -> bytes:
    """Objects, anchors and names that lead to one another, made to lead in circles."""
    numbers = sorted(set(_NUMBER.findall(raw)), key=lambda n: (len(n), n))[:12] or [b"1"]
    return re.sub(rb"(\d+)(?= 0 R)|(?<=#)\w+", lambda found: chance.choice(numbers), raw)


def _inside(mutate: Mutate) -> Mutate:
    """The same within what is compressed: the members of an archive, a gzip file, the streams of a PDF."""

    def mutated(raw: bytes, chance: Random) -> bytes:
        if raw.startswith(b"PK"):
            return _in_archive(raw, chance, mutate)
        if raw.startswith(b"\x1f\x8b"):
            return gzip.compress(mutate(gzip.decompress(raw), chance), mtime=0)
        if raw.startswith(b"%PDF"):
            return _STREAM.sub(lambda found: _in_stream(found, chance, mutate), raw)
        return mutate(mutate(raw, chance) or b"\n", chance)

    return mutated


def _in_archive(raw: bytes, chance: Random, mutate: Mutate) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        spoilt = chance.choice([name for name in archive.namelist() if archive.getinfo(name).file_size])
        spoilt = "word/document.xml" if "word/document.xml" in archive.namelist() and chance.random() < 0.5 else spoilt
        for name in archive.namelist():
            content = archive.read(name)
            written.writestr(zipfile.ZipInfo(name), mutate(content, chance) if name == spoilt else content)
    return out.getvalue()


def _in_stream(found: re.Match[bytes], chance: Random, mutate: Mutate) -> bytes:
    try:
        content = zlib.decompress(found[1])
    except zlib.error:
        return b"stream\n" + mutate(found[1] or b" ", chance) + b"endstream"
    return b"stream\n" + zlib.compress(mutate(content or b" ", chance)) + b"\nendstream"


_OUTSIDE = (
    Mutator("truncated", _truncated),
    Mutator("beginning lost", _beheaded),
    Mutator("bits flipped", _with_bits_flipped),
    Mutator("bytes changed", _with_bytes_changed),
    Mutator("bytes inserted", _with_bytes_inserted),
    Mutator("bytes removed", _with_bytes_removed),
    Mutator("part zeroed", _with_a_part_zeroed),
    Mutator("part repeated", _with_a_part_repeated),
    Mutator("parts swapped", _with_parts_swapped),
    Mutator("tokens inserted", _with_tokens),
    Mutator("numbers changed", _with_numbers_changed),
    Mutator("references changed", _with_references_changed),
)
MUTATORS = (
    *_OUTSIDE,
    *(
        Mutator(f"{mutator.name} inside", _inside(mutator.mutate))
        for mutator in _OUTSIDE
        if mutator.mutate in (_truncated, _with_bits_flipped, _with_bytes_removed, _with_a_part_repeated, _with_tokens)
    ),
)
