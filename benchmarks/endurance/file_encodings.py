"""One text of its language in each of many encodings, marked and not, in every format that is text."""

from collections.abc import Iterator
from dataclasses import dataclass

_LATIN = "Die Größe der Schleuse überraschte alle: für neun Tage blieb sie geschlossen, und niemand fragte, warum. "
_CENTRAL = "Příliš žluťoučký kůň úpěl ďábelské ódy, a nikdo se neptal, proč je brána zavřená už devět dní. "
_RUSSIAN = "Плотина была закрыта девять дней, и никто не спросил почему, хотя инженер предупреждал дважды. "
_GREEK = "Το φράγμα έμεινε κλειστό για εννέα ημέρες και κανείς δεν ρώτησε το γιατί, αν και είχε προειδοποιήσει. "
_HEBREW = "הסכר היה סגור תשעה ימים ואיש לא שאל מדוע, אף על פי שהמהנדסת הזהירה פעמיים לפני כן. "
_ARABIC = "ظل السد مغلقا تسعة أيام ولم يسأل أحد عن السبب مع أن المهندسة حذرت مرتين قبل ذلك. "
_JAPANESE = "堰は九日間閉じられていたが、技師が二度警告していたにもかかわらず、誰もその理由を尋ねなかった。"
_CHINESE = "水闸关闭了九天,虽然工程师曾两次警告,但没有人问为什么。费用从四百万涨到一千二百万。"
_KOREAN = "수문은 아흐레 동안 닫혀 있었지만 기술자가 두 번이나 경고했는데도 아무도 이유를 묻지 않았다. "


@dataclass(frozen=True, slots=True)
class Encoding:
    """`mark`: the bytes that announce it, where it has any; else a mark put before it is a lie."""

    codec: str
    text: str
    mark: bytes = b""


ENCODINGS = (
    Encoding("utf-8", _JAPANESE, b"\xef\xbb\xbf"),
    Encoding("utf-16-le", _RUSSIAN, b"\xff\xfe"),
    Encoding("utf-16-be", _CENTRAL, b"\xfe\xff"),
    Encoding("utf-32-le", _GREEK, b"\xff\xfe\x00\x00"),
    Encoding("utf-32-be", _LATIN, b"\x00\x00\xfe\xff"),
    Encoding("cp1252", _LATIN),
    Encoding("cp1250", _CENTRAL),
    Encoding("iso8859-2", _CENTRAL),
    Encoding("cp1251", _RUSSIAN),
    Encoding("koi8-r", _RUSSIAN),
    Encoding("cp866", _RUSSIAN),
    Encoding("cp1253", _GREEK),
    Encoding("cp1255", _HEBREW),
    Encoding("cp1256", _ARABIC),
    Encoding("cp932", _JAPANESE),
    Encoding("euc-jp", _JAPANESE),
    Encoding("iso2022_jp", _JAPANESE),
    Encoding("gb18030", _CHINESE),
    Encoding("big5", "水閘關閉了九天,雖然工程師曾兩次警告,但沒有人問為什麼。"),
    Encoding("cp949", _KOREAN),
    Encoding("utf-7", _LATIN),
    Encoding("cp037", _LATIN),
    Encoding("mac-roman", _LATIN),
)
_FALSE_MARK = b"\xef\xbb\xbf"
_FORMATS = {
    ".txt": "{}",
    ".md": "# A heading\n\n{}",
    ".rst": "A heading\n=========\n\n{}",
    ".html": "<h1>A heading</h1><p>{}</p>",
    ".csv": "name,remark\na,{}\n",
    ".json": '{{"remark": "{}"}}',
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A file in an encoding. `must_read`: its bytes alone say how, so it must be read, and right."""

    name: str
    content: bytes
    text: str
    must_read: bool


def encoded_files() -> Iterator[Encoded]:
    """Every encoding in every format: as it is, with its mark, or with a mark that lies."""
    for encoding in ENCODINGS:
        for suffix, frame in _FORMATS.items():
            raw = frame.format(encoding.text * 6).encode(encoding.codec)
            is_unicode = bool(encoding.mark)
            for how, mark in (
                ("plain", b""),
                ("marked" if is_unicode else "marked wrong", encoding.mark or _FALSE_MARK),
            ):
                name = f"{encoding.codec} {how}{suffix}"
                yield Encoded(name, mark + raw, encoding.text.strip(), must_read=is_unicode and suffix != ".json")
