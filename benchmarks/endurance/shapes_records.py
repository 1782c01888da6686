"""Hostile JSON and JSON lines, gzipped or not."""

import gzip
import json
import zlib

from benchmarks.endurance.file_shapes import MEGA, shape


def _bomb(content: bytes, times: int) -> bytes:
    """A gzip file of `content` so many times, without ever holding it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(content) for _ in range(times)), packer.flush()])


def _record(number: int) -> bytes:
    return b'{"id": "%d", "text": "Some words of a record."}\n' % number


def _wide_and_deep() -> bytes:
    """Indented as deep as it stands, each of many values takes hundreds of characters."""
    return b'{"a":' * 300 + b"[" + b"1," * 200_000 + b"1]" + b"}" * 300


def _keys(n: int) -> bytes:
    return json.dumps({f"key {number}": {"value": number} for number in range(n)}).encode()


RECORD_SHAPES = (
    shape(".json", "lists a hundred thousand deep", lambda: b"[" * 100_000 + b"]" * 100_000),
    shape(".json", "objects a hundred thousand deep", lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    shape(".json", "objects nine hundred deep", lambda: b'{"a":' * 900 + b"1" + b"}" * 900),
    shape(".json", "wide and deep", _wide_and_deep),
    shape(".json", "a hundred thousand keys", lambda: _keys(100_000)),
    shape(".json", "a million keys", lambda: _keys(1_000_000)),
    shape(".json", "the same key a million times", lambda: b"{" + b'"a":1,' * MEGA + b'"a":2}'),
    shape(".json", "a number of a million digits", lambda: b'{"a":' + b"9" * MEGA + b"}"),
    shape(".json", "numbers that are none", b'{"a": [NaN, Infinity, -Infinity, 1e999, -0.0, 1E-400]}'),
    shape(".json", "a text of 50 MB", lambda: b'"' + b"a" * (50 * MEGA) + b'"'),
    shape(".json", "a text of escapes", lambda: b'{"text": "' + b"\\u0000\\ud800" * MEGA + b'"}'),
    shape(".json", "halves of characters everywhere", b'[{"id": "\\ud800", "title": "\\udfff", "text": "\\ud800x"}]'),
    shape(".json", "keys of halves of characters", b'{"\\ud800\\u0000": {"\\udfff": "x"}, "a": ["\\u0000"]}'),
    shape(".json", "a million empty objects", lambda: b"[" + b"{}," * MEGA + b"{}]"),
    shape(".json", "a million empty lists", lambda: b"[" + b"[]," * (2 * MEGA) + b"1]"),
    shape(".json", "a million nothings", lambda: b"[" + b"null," * MEGA + b"null]"),
    shape(".json", "records of one id", lambda: b"[" + b'{"id":"a","text":"x"},' * 100_000 + b'{"id":"b"}]'),
    shape(".json", "an id of a million characters", lambda: b'[{"text":"x","id":"' + b"a" * MEGA + b'"}]'),
    shape(".json", "ids that are paths", b'[{"id":"../../etc/passwd","text":"x"},{"id":"/etc/passwd","text":"y"}]'),
    shape(".json", "ids that drive a terminal", '[{"id":"\\u001b]0;QZ\\u0007\u202eQZ\\n","text":"some text"}]'),
    shape(
        ".json", "a title of a million characters", lambda: b'[{"id":"t","text":"x","title":"' + b"a " * MEGA + b'"}]'
    ),
    shape(".json", "nothing", b"null"),
    shape(".json", "an empty object", b"{}"),
    shape(".json", "text after the end", b'{"a": 1} {"b": 2}'),
    shape(".jsonl", "a line of 65 MB", lambda: b'{"id":"a","text":"' + b"a" * (65 * MEGA) + b'"}'),
    shape(".jsonl", "a million bad lines", lambda: _record(0) + b"{\n" * MEGA),
    shape(".jsonl", "a million lines that are no records", lambda: b"[1]\n" * MEGA),
    shape(".jsonl", "ten million blank lines", lambda: _record(0) + b"\n" * (10 * MEGA) + _record(1)),
    shape(".jsonl", "two hundred thousand records of one id", lambda: _record(7) * 200_000),
    shape(".jsonl", "records and one that is deep", lambda: _record(8) + b"[" * 100_000 + b"\n" + _record(9)),
    shape(".jsonl", "halves of characters", b'{"id":"\\ud800","title":"\\udc00","text":"a\\udfff"}\n' * 3),
    shape(".jsonl", "NULs", b'{"id":"n","text":"a"}\n' + bytes(100_000) + b"\n"),
    shape(".jsonl", "1 GB of nothing", lambda: _record(10), sparse_bytes=1 << 30),
    shape(".jsonl", "2 GB of nothing", lambda: _record(11), sparse_bytes=2 << 30),
    shape(".jsonl.gz", "a gigabyte of NULs", lambda: _bomb(bytes(MEGA), 1000)),
    shape(".jsonl.gz", "a gigabyte of line ends", lambda: _bomb(b"\n" * MEGA, 1000)),
    shape(".jsonl.gz", "a gigabyte of records", lambda: _bomb(_record(12) * 20_000, 1000)),
    shape(".jsonl.gz", "60 MB of bad lines", lambda: _bomb(b"{}\n" * (MEGA // 3), 60)),
    shape(".jsonl.gz", "gzip in gzip", lambda: gzip.compress(_bomb(bytes(MEGA), 500))),
    shape(".jsonl.gz", "a hundred thousand members", lambda: gzip.compress(_record(13)) + gzip.compress(b"") * 100_000),
    shape(".jsonl.gz", "a member that is none", lambda: gzip.compress(_record(14)) + b"\x1f\x8b\x08garbage"),
    shape(".jsonl.gz", "a name that does not end", lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * MEGA),
    shape(".jsonl.gz", "no gzip", lambda: _record(15)),
)
