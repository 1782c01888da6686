import os
import random
import struct
import zlib
from contextlib import suppress

import pytest

from retrieval.errors import SourceUnreadable
from retrieval.parsing import text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_and_utf_8_texts_are_read_verbatim(encoding):
    original = "Ærø, naïve – 😀 «ok»\nзима"
    assert text.decode(original.encode(encoding))[0] == original


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(encoding):
    assert text.decode("Plain words in wide bytes.".encode(encoding)) == (
        "Plain words in wide bytes.",
        (f"read as {encoding}",),
    )


@pytest.mark.parametrize(
    ("encoding", "original"),
    [
        ("cp1252", "Café Zürich – naïve “quotes” and so on. It costs 5 €."),
        ("cp1252", "El Niño español: ¿Qué pasó? Está bien."),
        ("cp1252", "Die Größe der Bäume ist äußerst schön; für Übung."),
        ("cp1252", "L’été dernier, où étiez-vous ? Ça va très bien, merci à tous."),
        ("cp1252", "Smörgåsbord på svenska är gott, ÅÄÖ"),
        ("cp1252", "Just one é"),
        ("cp1250", "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw."),
        ("cp1250", "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv."),
        ("cp1251", "Привет, как дела? Это русский текст."),
        ("koi8-r", "Привет, как дела? Это русский текст."),
        ("cp1253", "Καλημέρα κόσμε, τι κάνετε σήμερα;"),
        ("cp1255", "שלום עולם, זה טקסט בעברית"),
        ("shift_jis", "これは日本語のテキストです。文字コードの判定を試します。"),
        ("gb18030", "这是一个中文文本，用来测试编码识别。"),
        ("euc-kr", "이것은 한국어 텍스트입니다. 인코딩을 확인합니다."),
    ],
)
def test_older_encodings_are_recognised_and_noted(encoding, original):
    decoded, notes = text.decode(original.encode(encoding))
    assert decoded == original
    assert notes and notes[0].startswith("read as ")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "original",
    [
        "Привет, мир. Это текст на русском языке.\nВторая строка: 12, 13 и 2024 год.",
        "Καλημέρα κόσμε, τι κάνετε σήμερα;",
        "שלום עולם, זה טקסט בעברית",
        "नमस्ते दुनिया, यह एक पाठ है",
        "これは日本語のテキストです。\n文字コードの判定。",
        "안녕 세상, 이것은 한국어 텍스트입니다.",
        "Größe über Äpfel, naïve Übung",
        "name;age\nAnn;12\nBob;13\n",
        "1;2;3\n4;5;6\n7;8;9\n",
    ],
)
def test_wide_texts_of_any_script_need_no_mark(encoding, original):
    assert text.decode(original.encode(encoding)) == (original, (f"read as {encoding}",))


RUSSIAN = "Привет, мир. Это текст на русском языке. " * 20


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (RUSSIAN.encode()[:300] + b"\xff" + RUSSIAN.encode()[300:], 300),
        (RUSSIAN.encode()[:-2] + b"\xd1", 1438),
        (b"\xef\xbb\xbf" + RUSSIAN.encode() + b"\xfe", 1443),
        ("Ein Satz über Bäume, Größe und Öl.".encode() + b"\xff", 39),
    ],
)
def test_few_bad_bytes_in_utf_8_are_replaced_and_noted(raw, at):
    decoded, (note,) = text.decode(raw)
    assert decoded.count("\ufffd") == 1
    assert note == f"read with U+FFFD in 1 place that is not UTF-8, at byte {at:,}"


def test_bad_bytes_are_replaced_up_to_one_in_a_thousand():
    words = "Größe und Übung, ".encode() * 500
    assert len(words) == 10_000
    decoded, (note,) = text.decode(words + b"ab\xffcd\xff" * 4)
    assert decoded.count("\ufffd") == 8
    assert "in 8 places that are not UTF-8, the first at byte 10,002" in note
    assert "\ufffd" not in text.decode("Größe und Übung, ".encode("cp1252") * 500)[0]


def test_an_odd_byte_after_much_ascii_is_still_recognised():
    assert text.decode(b"plain words " * 20_000 + "café".encode("cp1252"))[0].endswith("café")


def test_line_ends_become_newlines():
    assert text.decode(b"a\r\nb\rc\n")[0] == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "white space"),
        ("\u2003\u00a0".encode(), "white space"),
        (b"text with a \x00 in it", "NUL"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"\x01\x02ab", "control characters"),
        (bytes([200, 0, 150, 0, 131, 0, 255, 0, 160, 0, 190, 0]), "NUL"),
        (bytes([1, 2, 0, 9]) * 5, "NUL"),
        (b"\x7fELF\x02\x01\x01" + b"\x00" * 50, "NUL"),
        (b"\x01\x02\x03\x04\x05\x06" * 20, "control characters"),
        (b"\xff\xfea", "marked as utf-16-le"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(raw, reason):
    with pytest.raises(SourceUnreadable, match=reason):
        text.decode(raw)


def test_random_bytes_are_never_taken_for_text():
    numbers = random.Random(5)
    for size in (40, 60, 600, 6000):
        for _ in range(30):
            with pytest.raises(SourceUnreadable):
                text.decode(numbers.randbytes(size))


def test_small_binary_data_is_hardly_ever_taken_for_text():
    numbers = random.Random(3)
    makers = {
        "bytes": lambda: numbers.randbytes(24),
        "shorts": lambda: struct.pack("<16H", *(numbers.randrange(256) for _ in range(16))),
        "integers": lambda: struct.pack("<8i", *(numbers.randrange(100_000) for _ in range(8))),
        "floats": lambda: struct.pack("<4d", *(numbers.random() for _ in range(4))),
        "packed": lambda: zlib.compress(numbers.randbytes(20)),
    }
    for make in makers.values():
        n_taken = 0
        for _ in range(100):
            with suppress(SourceUnreadable):
                text.decode(make())
                n_taken += 1
        assert n_taken <= 5


def test_the_title_is_a_short_first_line_or_the_name():
    assert text.parse(b"\nThe Night Tide\n\nIt rose.", "a/b.txt").title == "The Night Tide"
    assert text.parse(b"This first line is a sentence.\nMore.", "a/my_own-notes.2023.txt").title == "My own notes"
    assert text.parse(b"12345 67890\nx", os.path.join("a", "b.log")).title == "B"
