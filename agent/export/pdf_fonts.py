"""The PDF's typeface: what it can show, how wide it is, and what stands in for a character that it lacks.

Knows the font files. DejaVu Sans has Latin, Greek, Cyrillic, Hebrew, Arabic and some more; matplotlib brings it along.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import matplotlib

from agent.export.paper import Weight

FAMILY = "dejavu"
MISSING = "\N{WHITE SQUARE}"
STYLES: Mapping[Weight, str] = {"plain": "", "strong": "B", "slanted": "I"}
_FILES: Mapping[str, str] = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf", "I": "DejaVuSans-Oblique.ttf"}
_SOFT_HYPHEN = "\N{SOFT HYPHEN}"
# Letters that are written from right to left: Hebrew, Arabic and their neighbours, with the presentation forms.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")

_ARABIC = re.compile("[\u0600-\u07bf\u0860-\u08ff]")


def font_files() -> dict[str, Path]:
    """The typeface's files by style: "", "B" and "I"."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return {style: folder / name for style, name in _FILES.items()}


def is_right_to_left(text: str) -> bool:
    """Whether the text has letters that are written from right to left."""
    return _RIGHT_TO_LEFT.search(text) is not None


@dataclass(frozen=True)
class Coverage:
    """Which characters each style has."""

    by_style: Mapping[str, frozenset[int]]

    @cached_property
    def plain(self) -> frozenset[int]:
        """Those of the upright style, which has most."""
        return self.by_style[""]

    def shown(self, text: str, weight: Weight) -> tuple[str, str]:
        """The text as it can be shown, and in which style: the weight's own, else upright where that has more.

        A character that the style lacks becomes `MISSING`; one that nobody sees is left out.
        """
        text = unicodedata.normalize("NFC", text).replace(_SOFT_HYPHEN, "")
        style = STYLES[weight]
        if any(ord(c) not in self.by_style[style] and ord(c) in self.plain for c in text):
            style = ""
        return "".join(c if ord(c) in self.by_style[style] else _stand_in(c) for c in text), style

    def missing(self, texts: Iterable[tuple[str, Weight]]) -> dict[str, int]:
        """The characters that `shown` replaces, with how often, in the order in which they come."""
        found: dict[str, int] = {}
        for text, _ in texts:
            for character in unicodedata.normalize("NFC", text):
                if ord(character) not in self.plain and _stand_in(character):
                    found[character] = found.get(character, 0) + 1
        return found


def _stand_in(character: str) -> str:
    is_unseen = unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F
    return "" if is_unseen else MISSING


def unjoined_remark(texts: Iterable[tuple[str, Weight]]) -> str:
    """What a reader of the PDF must know of Arabic in it; empty where there is none."""
    is_there = any(_ARABIC.search(text) for text, _ in texts)
    return "In the PDF Arabic letters stand unjoined; the other formats join them." if is_there else ""


def missing_remark(missing: Mapping[str, int]) -> str:
    """What a reader of the PDF must know of characters that it cannot show; empty where it shows all."""
    if not missing:
        return ""
    total = sum(missing.values())
    examples = ", ".join(f"U+{ord(character):04X}" for character in list(missing)[:3])
    kinds = f"{len(missing):,} kinds, such as {examples}" if len(missing) > 3 else examples
    noun = "character that its typeface lacks stands" if total == 1 else "characters that its typeface lacks stand"
    return f"In the PDF {total:,} {noun} as {MISSING} ({kinds}); the other formats have them."
