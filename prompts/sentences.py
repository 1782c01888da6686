"""Sentences as exact character spans, by rules.

Two steps: lines are gathered into units (a wrapped paragraph is one unit; a heading, list item or table row
is one of its own), then each unit is cut at the ends of its sentences. Knows English best; full stops of
other scripts end sentences too.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

_LINE = re.compile(r"[^\n]+")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+•‣◦▪–·]\s+|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)]\s+|\[\d{1,3}\]\s)")
# Lines that stand alone: Markdown headings, adornments, rules, table rows, RST directives and fields, fences.
_ALONE = re.compile(
    r"\s*(?:\#{1,6}\s|([=\-~^\"'`#*+:._])\1{2,}[\s=\-~]*$|\||\+[-=+]{3,}|\.\.\s|:[\w -]+:\s|```|~~~|<!--)"
    r"|.*(?:\s\|\s|\t.*\t)"
)
_UNCUT = re.compile(r"\s*(?:\#{1,6}\s|\|)|.*\s\|\s")
_ADORNMENT = re.compile(r"\s*([=\-~^\"'`#*+:._])\1{2,}\s*$")
_LABEL = re.compile(r"\s*[\w(][\w ().,'/&-]{0,45}:(?:\s|$)")
_NOTE = re.compile(r"\s*(?:note|NOTE|Note)s?\s?\d*(?: \w+)?:\s")
_FIRST_WORD = re.compile(r"\s*(\S+)")
_OPENS_SENTENCE = re.compile(r"[\s\"'“‘«(\[¿¡]*[A-Z0-9À-ÖØ-ÞΑ-ΩА-Я]")

_CLOSERS = r"[)\]}\"'”’»›]*+"
_END = re.compile(rf"(?<![.!?…])[.!?…]++{_CLOSERS}(?:\[[\w ,]{{1,6}}\])*(?=\s)|[。！？｡]+[」』”’）]*")
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“‘«/—–]*$")
_AFTER = re.compile(r"\s+([\"'“‘«(\[¿¡]*)([^\W_]+(?:['’][a-z]+)?|\S)")
_INITIAL = re.compile(r"(?:[A-Z]|[A-Z][a-z]?-[A-Z]|Th|Ch|Yu)$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
_ENUMERATOR = re.compile(r"(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Always followed by the thing that they belong to.
_NEVER_LAST = _words("""
    mr mrs ms mx dr prof rev hon st sgt capt cpt lt col gen maj adm cmdr cdr sen rep gov pres supt
    messrs mme mlle mgr fr mt ft pt vs v cf viz ca approx e.g i.e eg ie fig figs eq eqs eqn ref refs
    incl esp resp c.f op dipl ing hr hrsg bzw z.b d.h u.a usw al illus trans repr
""")
# An abbreviation only before a number ("No. 5", "pp. 3-9"); else an ordinary word that may end a sentence.
_BEFORE_NUMBER = _words("""
    no nos p pp vol vols ch chap sec secs art arts ser para pl tab app ex ed est c jan feb mar apr jun
    jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun line ll n nn
""")
# Can stand inside a sentence or at its end; what follows decides.
_MAY_END = _words("""
    inc ltd co corp llc plc jr sr bros dept univ assn mfg intl etc esq ph.d m.d b.a m.a b.s m.s phd md
    u.s u.k u.n a.m p.m d.c e.u a.d b.c ave blvd rd st dist natl min max ed eds est jan feb mar apr jun
    jul aug sep sept oct nov dec gmbh
""")
_STARTERS = _words("""
    the a an in on at he she it they we i you this that these those but and or so yet as if when while
    after before since although though because however moreover furthermore meanwhile instead also thus
    therefore then there here his her its their our my your who what where why how which is are was were
    do does did can could will would should may might must some many most all both each every no not one
    two another other such for from by with to under over during according despite following until once
    only even still now today later finally first second third last critics officials let see note use
    if nor unlike
""")
_SPEECH = _words("""
    said asked says replied cried shouted wrote added answered whispered asks exclaimed
""")

WRAP_LIMIT = 120  # nobody wraps by hand beyond this: a longer line is a whole paragraph


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Cut `text` into sentences.

    Returns:
        ``(start, end)`` character offsets in reading order; they do not overlap, begin and end with a
        character that is no white space, and together hold every such character. A heading, a table row or
        a line of fenced code is one span; a list item is one or more of its own.
    """
    spans: list[tuple[int, int]] = []
    for start, end, is_prose in _units(text):
        if is_prose:
            _cut(text, start, end, spans)
        else:
            spans.append((start, end))
    return spans


def unit_spans(text: str) -> list[tuple[int, int]]:
    """Cut `text` into paragraphs, headings, list items and rows, each whole; else as `sentence_spans`."""
    return [(start, end) for start, end, _ in _units(text)]


def _units(text: str) -> Iterator[tuple[int, int, bool]]:
    """Spans of lines that belong together, trimmed of white space, and whether they are prose."""
    block: list[tuple[int, int]] = []
    is_code = False
    for match in _LINE.finditer(text):
        start, end = match.span()
        if block and start - block[-1][1] > 1:
            yield from _units_of_block(text, block)
            block = []
        line = match.group()
        if not line.strip():
            yield from _units_of_block(text, block)
            block = []
        elif _FENCE.match(line) or is_code:
            is_code ^= _FENCE.match(line) is not None
            yield from _units_of_block(text, block)
            yield from _trimmed(text, start, end, is_prose=False)
            block = []
        else:
            block.append((start, end))
    yield from _units_of_block(text, block)


def _units_of_block(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Units of neighbouring lines with no empty line between them."""
    if not lines:
        return
    width = max(end - start for start, end in lines)
    unit_start = lines[0][0]
    for (start, end), (next_start, next_end) in pairwise(lines):
        if _is_hard_break(text[start:end], text[next_start:next_end], width):
            yield from _trimmed(text, unit_start, end, is_prose=not _UNCUT.match(text, unit_start, end))
            unit_start = next_start
    end = lines[-1][1]
    yield from _trimmed(text, unit_start, end, is_prose=not _UNCUT.match(text, unit_start, end))


def _is_hard_break(line: str, following: str, width: int) -> bool:
    """Whether the end of `line` was meant, rather than made by wrapping at `width` characters."""
    if _ALONE.match(following) or _ITEM.match(following) or _ALONE.match(line) or _NOTE.match(following):
        return not (_ADORNMENT.match(following) and _ADORNMENT.match(line))
    is_long = len(line) > WRAP_LIMIT
    if _LABEL.match(following) and (is_long or _LABEL.match(line)):
        return True
    if not _OPENS_SENTENCE.match(following):
        return False
    first_word = _FIRST_WORD.match(following)
    reach = len(line.rstrip()) + 1 + (len(first_word.group(1)) if first_word else 0)
    # The next word would have fitted with ease, and nothing announces more: a heading, a short entry, a verse.
    return is_long or (reach < 0.6 * min(width, 80) and line.rstrip()[-1] not in ",;-–—(&")


def _trimmed(text: str, start: int, end: int, *, is_prose: bool) -> Iterator[tuple[int, int, bool]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if left < len(piece):
        yield start + left, start + len(piece.rstrip()), is_prose


def _cut(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    """Append the sentences of one unit to `spans`."""
    sentence_start = start
    for match in _END.finditer(text, start, end):
        stop = match.end()
        if stop >= end:
            break
        if match.start() == sentence_start:
            continue  # ".. [1]" and the like: marks with no sentence before them
        after = _AFTER.match(text, stop, end)
        if after is None:  # a full stop of a script that leaves no space
            spans.append((sentence_start, stop))
            sentence_start = stop
        elif _ends_sentence(text, sentence_start, match, after):
            spans.append((sentence_start, stop))
            sentence_start = after.start(1)
    spans.append((sentence_start, end))


def _ends_sentence(text: str, sentence_start: int, end: re.Match[str], after: re.Match[str]) -> bool:
    mark, (opening, word) = end.group(), after.groups()
    if word[0].islower() and not (opening and mark[0] in "!?"):
        return False
    if mark[0] in "!?":
        return not (mark[-1] in "\"'”’»" and _speaker_follows(text, after))
    if mark[:2] == ".." or mark[0] == "…" or word[0] in ",;:)]":
        return word[0] not in ",;:)]"
    before = _WORD_BEFORE.search(text, max(sentence_start, end.start() - 40), end.start())
    token = before.group() if before else ""
    if sentence_start == end.start() - len(token) and _ENUMERATOR.match(token):
        return False  # "3. Results": the number belongs to what follows
    return _full_stop_ends(token, mark, opening, word)


def _full_stop_ends(token: str, mark: str, opening: str, word: str) -> bool:
    """Whether ``token`` + full stop ends a sentence when `word` comes next."""
    key = token.lower()
    if len(mark) > 1 and mark[1] in ")]}" and key not in _NEVER_LAST:
        return True  # "(2023 est.) The …": the bracket closes the abbreviation
    if word[0].isdigit() and key in _BEFORE_NUMBER:
        return False
    is_starter = word.lower() in _STARTERS and (not word.isupper() or (word in ("I", "A") and not opening))
    if key in _MAY_END or _DOTTED.match(token):
        if key in ("e.g", "i.e", "z.b", "d.h", "c.f", "u.a"):
            return False
        return is_starter or (key == "etc" and word[0].isupper())
    if key in _NEVER_LAST:
        return False
    return is_starter if _INITIAL.match(token) else True


def _speaker_follows(text: str, after: re.Match[str]) -> bool:
    """Whether quoted speech goes on as in ``"Really?" Bob asked``."""
    words = text[after.start(2) : after.start(2) + 40].split()[:3]
    return any(word.strip(".,;") in _SPEECH for word in words)
