"""Hostile PDFs: circles between objects, depths, and streams that unpack to far more than they are."""

import zlib
from collections.abc import Callable

from benchmarks.endurance.file_shapes import MEGA, shape

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
)
_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGES = b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>"
_WORDS = b"BT /F1 12 Tf 72 720 Td (Some words of a page) Tj ET"


def _stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def _flate(content: bytes, times: int = 1) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(content) for _ in range(times)), packer.flush()])


def _file(objects: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """A PDF of the five objects of a page of words, but with these in their places or beside them."""
    all_objects = {1: _CATALOG, 2: _PAGES, 3: _FONT, 4: _PAGE, 5: _stream(_WORDS), **objects}
    out = bytearray(b"%PDF-1.7\n")
    table = bytearray(b"0000000000 65535 f \n")
    for number in range(1, max(all_objects) + 1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, all_objects.get(number, b"null"))
    start = len(out)
    size = max(all_objects) + 1
    out += b"xref\n0 %d\n%strailer << /Size %d /Root 1 0 R %s >>\n" % (size, bytes(table), size, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF" % start)


def _objects(**objects: bytes) -> Callable[[], bytes]:
    return lambda: _file({int(name[1:]): body for name, body in objects.items()})


def _page(content: Callable[[], bytes], entries: bytes = b"") -> Callable[[], bytes]:
    return lambda: _file({5: _stream(content(), entries)})


def _prev_circle() -> bytes:
    raw = _file({})
    at = raw.rindex(b"xref\n0")
    return raw.replace(b"/Root 1 0 R ", b"/Root 1 0 R /Prev %d " % at)


def _page_tree(depth: int) -> bytes:
    tree = {10 + n: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (11 + n) for n in range(depth)}
    return _file({**tree, 10 + depth: _PAGE, 2: b"<< /Type /Pages /Count 1 /Kids [10 0 R] >>"})


def _code_map(lines: bytes) -> bytes:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    return _file({3: font, 6: _stream(b"/CIDInit /ProcSet findresource begin begincmap\n" + lines + b"\nendcmap")})


_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R /Y 6 0 R >> >>"
_DRAWING_PAGE = _PAGE.replace(b"/Resources <<", b"/Resources << /XObject << /X 6 0 R >>")

PDF_SHAPES = (
    shape(".pdf", "a mark alone", b"%PDF-1.7"),
    shape(".pdf", "a mark and garbage", b"%PDF-1.7\n" + bytes(range(256)) * 400),
    shape(".pdf", "tables in a circle", _prev_circle),
    shape(".pdf", "pages in a circle", _objects(o2=b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")),
    shape(".pdf", "parents in a circle", _objects(o2=b"<< /Type /Pages /Kids [4 0 R] /Count 1 /Parent 2 0 R >>",
                                                  o4=b"<< /Type /Page /Parent 2 0 R /Contents 5 0 R >>")),
    shape(".pdf", "an object that is itself", _objects(o4=b"4 0 R")),
    shape(".pdf", "a length that is itself", _objects(o5=b"<< /Length 5 0 R >>\nstream\nxx\nendstream")),
    shape(".pdf", "contents in a circle", _objects(o5=b"[5 0 R 5 0 R]")),
    shape(".pdf", "fonts in a circle", _objects(o3=b"<< /Type /Font /Subtype /Type0 /DescendantFonts [3 0 R] "
                                                   b"/BaseFont /A /Encoding /Identity-H >>")),
    shape(".pdf", "drawings in a circle", lambda: _file(
        {4: _DRAWING_PAGE, 5: _stream(b"/X Do"), 6: _stream(b"/X Do /Y Do", _FORM)})),
    shape(".pdf", "page trees three thousand deep", lambda: _page_tree(3_000)),
    shape(".pdf", "one page a million times", lambda: _file(
        {2: b"<< /Type /Pages /Count 1000000 /Kids [" + b"4 0 R " * MEGA + b"] >>"})),
    shape(".pdf", "a billion pages that are not there", _objects(
        o2=b"<< /Type /Pages /Kids [4 0 R] /Count 999999999 >>")),
    shape(".pdf", "fewer pages than none", _objects(o2=b"<< /Type /Pages /Kids [4 0 R] /Count -5 >>")),
    shape(".pdf", "lists a hundred thousand deep", lambda: _file({6: b"[" * 100_000 + b"]" * 100_000})),
    shape(".pdf", "a page in lists a hundred thousand deep", lambda: _file({4: b"[" * 100_000 + b"]" * 100_000})),
    shape(".pdf", "dictionaries a hundred thousand deep", lambda: _file({4: b"<< /A " * 100_000 + b">>" * 100_000})),
    shape(".pdf", "brackets a million deep", _page(lambda: b"BT (" + b"(" * MEGA + b") Tj ET")),
    shape(".pdf", "a stream of a gigabyte", lambda: _file(
        {5: _stream(_flate(b" " * MEGA, 1000), b"/Filter /FlateDecode")})),
    shape(".pdf", "a stream of 70 MB of operators", lambda: _file(
        {5: _stream(_flate(b"(a) Tj " * 10_000, 1000), b"/Filter /FlateDecode")})),
    shape(".pdf", "filters in filters", lambda: _file(
        {5: _stream(_flate(_flate(_flate(b" " * MEGA, 500))), b"/Filter [/FlateDecode /FlateDecode /FlateDecode]")})),
    shape(".pdf", "a thousand filters", lambda: _file(
        {5: _stream(b"3E" * 100, b"/Filter [" + b"/ASCIIHexDecode " * 1000 + b"]")})),
    shape(".pdf", "runs that repeat", lambda: _file({5: _stream(b"\x81a" * (4 * MEGA), b"/Filter /RunLengthDecode")})),
    shape(".pdf", "LZW of garbage", lambda: _file(
        {5: _stream(bytes(range(256)) * 8_000, b"/Filter /LZWDecode")})),
    shape(".pdf", "a predictor of many columns", lambda: _file(
        {5: _stream(_flate(b"x"), b"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 999999999 >>")})),
    shape(".pdf", "a filter that nobody knows", lambda: _file({5: _stream(b"x", b"/Filter /Nobody")})),
    shape(".pdf", "a length that lies", lambda: _file({}).replace(b"/Length 55", b"/Length 99999999")),
    shape(".pdf", "a million operators", _page(lambda: b"BT /F1 1 Tf " + b"(a) Tj " * MEGA + b"ET")),
    shape(".pdf", "a million states", _page(lambda: b"q " * MEGA + _WORDS)),
    shape(".pdf", "numbers without end", _page(lambda: b"BT " + b"9" * MEGA + b" 0 Td (a) Tj ET")),
    shape(".pdf", "a word of a million letters", _page(lambda: b"BT /F1 12 Tf (" + b"a" * MEGA + b") Tj ET")),
    shape(".pdf", "text far off the page", _page(lambda: b"BT /F1 1e30 Tf 1e300 1e300 Td (Some words) Tj ET")),
    shape(".pdf", "codes for millions of characters", lambda: _code_map(
        b"1000 beginbfrange\n" + b"<0000> <FFFF> <0000>\n" * 1000 + b"endbfrange")),
    shape(".pdf", "codes of four bytes", lambda: _code_map(
        b"1 beginbfrange\n<00000000> <FFFFFFFF> <00000000>\nendbfrange")),
    shape(".pdf", "codes of halves of characters", lambda: _code_map(
        b"1 beginbfrange\n<00> <FF> <D800>\nendbfrange")),
    shape(".pdf", "ten million objects that are not there", lambda: _file({}).replace(b"0 6\n", b"0 9999999\n")),
    shape(".pdf", "a password of garbage", lambda: _file({}, b"/Encrypt << /Filter /Standard /V 5 /R 6 >>")),
    shape(".pdf", "a title that drives a terminal", lambda: _file(
        {6: b"<< /Title (\x1b]0;QZ\x07 a title \x9b2J) >>"}, b"/Info 6 0 R")),
    shape(".pdf", "1 GB of nothing", lambda: _file({}), sparse_bytes=1 << 30),
    shape(".pdf", "60 MB of nothing", lambda: _file({}), sparse_bytes=60 << 20),
)  # fmt: skip
