"""Hostile Word documents: bombs, circles and depths within an archive, and members with odd names."""

import io
import zipfile
from collections.abc import Callable

from benchmarks.endurance.file_seeds import SEEDS, seed_bytes
from benchmarks.endurance.file_shapes import MEGA, shape

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_BODY = f'<?xml version="1.0"?>%s<w:document xmlns:w="{_W}"><w:body>%s</w:body></w:document>'
_PARAGRAPH = "<w:p><w:r><w:t>%s</w:t></w:r></w:p>"
_STORY = "word/document.xml"
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def _members() -> dict[str, bytes]:
    seed = next(seed for seed in SEEDS if seed.suffix == ".docx")
    with zipfile.ZipFile(io.BytesIO(seed_bytes(seed))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def _with(name: str, content: str | bytes | Callable[[], str]) -> Callable[[], bytes]:
    """The sound document with a member put into it, or in the place of its own."""

    def make() -> bytes:
        made = content() if callable(content) else content
        return _packed({**_members(), name: made.encode() if isinstance(made, str) else made})

    return make


def _story(body: str | Callable[[], str], doctype: str = "") -> Callable[[], bytes]:
    return _with(_STORY, lambda: _BODY % (doctype, body() if callable(body) else body))


def _lying() -> bytes:
    """The archive's list says that a member of 40 MB has a hundred bytes."""
    body = _BODY % ("", _PARAGRAPH % ("a" * (40 * MEGA)))
    raw = _packed({**_members(), _STORY: body.encode()})
    return raw.replace(len(body.encode()).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def _with_flag(bit: int, method: int = 8) -> bytes:
    """Each member marked as encrypted, or as packed by a method that nobody knows."""
    raw = bytearray(_packed(_members()))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.find(mark)
        while start >= 0:
            raw[start + at] |= bit
            raw[start + at + 2] = method
            start = raw.find(mark, start + 4)
    return bytes(raw)


WORD_SHAPES = (
    shape(".docx", "a story of 250 MB of spaces", _story(lambda: _PARAGRAPH % (" " * (250 * MEGA)))),
    shape(".docx", "a story of 60 MB of letters", _story(lambda: _PARAGRAPH % ("a" * (60 * MEGA)))),
    shape(".docx", "a picture that is a bomb", _with("word/media/a.png", lambda: "\0" * (255 * MEGA))),
    shape(".docx", "a bomb in many members", lambda: _packed(
        {**_members(), **{f"word/m{n}.xml": b" " * (4 * MEGA) for n in range(60)}})),
    shape(".docx", "twelve thousand members", lambda: _packed(
        {**_members(), **{f"word/m{n}": b"x" for n in range(12_000)}})),
    shape(".docx", "sizes that lie", _lying),
    shape(".docx", "archives in archives", _with("word/a.docx", lambda: "x" * MEGA)),
    shape(".docx", "a password", lambda: _with_flag(1)),
    shape(".docx", "a method that nobody knows", lambda: _with_flag(0, 99)),
    shape(".docx", "packed by bzip2", lambda: _packed(_members(), zipfile.ZIP_BZIP2)),
    shape(".docx", "packed by LZMA", lambda: _packed(_members(), zipfile.ZIP_LZMA)),
    shape(".docx", "not packed", lambda: _packed(_members(), zipfile.ZIP_STORED)),
    shape(".docx", "a billion laughs", _story(
        _PARAGRAPH % "&l9;", f'<!DOCTYPE w:document [<!ENTITY l0 "lol">{_LAUGHS}]>')),
    shape(".docx", "entities of one level", _story(
        lambda: _PARAGRAPH % ("&l;" * 20_000), f'<!DOCTYPE w:document [<!ENTITY l "{"lol" * 20_000}">]>')),
    shape(".docx", "an entity outside", _story(
        _PARAGRAPH % "text &x;", '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
    shape(".docx", "a type of document outside", _story(
        _PARAGRAPH % "text", '<!DOCTYPE w:document SYSTEM "file:///etc/passwd">')),
    shape(".docx", "a parameter entity outside", _story(
        _PARAGRAPH % "text", '<!DOCTYPE w:document [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>')),
    shape(".docx", "content controls a hundred thousand deep", _story(
        lambda: "<w:sdt>" * 100_000 + _PARAGRAPH % "deep" + "</w:sdt>" * 100_000)),
    shape(".docx", "content controls two hundred deep", _story(
        lambda: "<w:sdt>" * 200 + _PARAGRAPH % "deep" + "</w:sdt>" * 200)),
    shape(".docx", "tables eighty deep", _story(
        lambda: "<w:tbl><w:tr><w:tc>" * 80 + _PARAGRAPH % "deep" + "</w:tc></w:tr></w:tbl>" * 80)),
    shape(".docx", "a million empty paragraphs", _story(lambda: "<w:p/>" * MEGA + _PARAGRAPH % "text")),
    shape(".docx", "a million runs", _story(lambda: "<w:p>" + "<w:r><w:t>a</w:t></w:r>" * (MEGA // 2) + "</w:p>")),
    shape(".docx", "a million cells", _story(
        lambda: "<w:tbl><w:tr>" + "<w:tc><w:p/></w:tc>" * (MEGA // 2) + "</w:tr></w:tbl>" + _PARAGRAPH % "text")),
    shape(".docx", "levels that are no numbers", _story(
        '<w:p><w:pPr><w:outlineLvl w:val="²"/></w:pPr><w:r><w:t>text</w:t></w:r></w:p>' + _PARAGRAPH % "more")),
    shape(".docx", "a style with a name of 5 MB", _with("word/styles.xml", lambda: (
        f'<w:styles xmlns:w="{_W}"><w:style w:styleId="a"><w:name w:val="{"a" * 5 * MEGA}"/></w:style></w:styles>'))),
    shape(".docx", "no styles", _with("word/styles.xml", f'<w:styles xmlns:w="{_W}"/>')),
    shape(".docx", "no story", _with(_STORY, "")),
    shape(".docx", "another story", _with(_STORY, "<html><body>text</body></html>")),
    shape(".docx", "parts that lead outside", _with("word/_rels/document.xml.rels", (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="http://x/styles" Target="../../../../../../etc/passwd"/>'
        '<Relationship Id="b" Type="http://x/y" Target="file:///etc/passwd" TargetMode="External"/></Relationships>'))),
    shape(".docx", "parts that lead in a circle", _with("word/_rels/document.xml.rels", (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="http://x/y" Target="document.xml"/></Relationships>'))),
    shape(".docx", "names that leave the archive", lambda: _packed(
        {**_members(), "../../outside.xml": b"x", "/etc/outside": b"x", "C:\\outside": b"x", "a/../../b": b"x"})),
    shape(".docx", "an archive of nothing", lambda: _packed({})),
    shape(".docx", "the end of an archive alone", b"PK\x05\x06" + bytes(18)),
    shape(".docx", "the first bytes of an old document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)),
    shape(".docx", "1 GB of nothing", lambda: _packed(_members()), sparse_bytes=1 << 30),
)  # fmt: skip
