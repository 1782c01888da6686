"""What a request's own words demand of the report, and what is left when they are taken out: the matter.

Patterns, no model. Only clauses that can hardly be said of the world are read: "do not mention X" at the beginning of a
clause, not "why politicians never mention debt". What is not read stays in the matter, as before.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent.constraints.languages import NAMES, tag_of
from agent.constraints.types import Demand, DemandKind

_WRITE = r"(?:write|prepare|draft|compose|produce|create|make|give me)"
_FORM = r"(?:report|essay|article|summary|overview|briefing|memo|text)"
# The beginning of a clause: of the text, of a sentence, or behind a comma or bracket.
_CLAUSE = r"(?:^|(?<=[.;!?\n])|(?<=[,(:])|(?<=\band\b)|(?<=\bbut\b))\s*(?:and\s+|but\s+)?(?:please\s+)?"
_TAKEN = "\0"  # stands where a clause was read, and ends every other
_REST = r"(?P<rest>(?:(?!\.(?:\s|$))[^;!?)\n\0])+)"
_NUMBER = r"(\d[\d,]{1,6})"
_WORDS = r"[\s-]*words?\b(?!\s+(?:per|a|an|each|every)\b)"
_BOUND = r"(?:^|(?<=[.,;(:])|\b(?:in|with|of|using|use|keep it))\s*"
_LANGUAGE = "|".join(sorted({*NAMES.values(), "Deutsch", "français", "español", "italiano", "português", "Nederlands"}))
_QUOTED = re.compile(r"[“\"«‘']([^”\"»’']{2,80})[”\"»’'](?!\w)")
_ARTICLES = re.compile(
    r"^(?:(?:either|both|any|the|an?|its|their|on)\s+)*(?:(?:words?|phrases?|terms?|names?|name of)\s+)?"
    r"(?:(?:the|an?)\s+)?",
    re.IGNORECASE,
)
# An item that begins like an order belongs to the next clause.
_NEXT_ORDER = re.compile(
    r"^(?:keep|write|use|make|do|don['’]t|give|include|mention|focus|cover|stay|be|avoid(?:ing)?|please|without|"
    r"in \d[\d,]*|for (?:an?|the)|at (?:most|least)|(?:no|not) (?:more|less|fewer) than|up to \d[\d,]*|"
    r"it (?:must|should|has to|needs to)|"
    r"(?:(?:with|in|under|use)\s+)?(?:the\s+)?(?:following\s+)?(?:(?:\d{1,2}|two|three|four|five|six)\s+)?"
    r"(?:sections|chapters|headings))\b",
    re.IGNORECASE,
)
_MAX_ITEM_WORDS, _MAX_TITLE_WORDS = 6, 9

AVOIDED = (
    re.compile(
        rf"{_CLAUSE}(?:do not|don['’]t|never)\s+(?:mention|name|use|say|include|refer to|write about|talk about|"
        rf"speak of|discuss)\s+{_REST}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_CLAUSE}avoid\s+(?:mentioning\s+|using\s+|saying\s+|(?=the (?:word|phrase|term|name))|(?=[“\"‘']))"
        rf"{_REST}",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<=[,;(])\s*without\s+(?:mentioning|naming|using|saying)\s+{_REST}", re.IGNORECASE),
    re.compile(rf"(?<=\S)\s+without\s+(?:mentioning|naming|using|saying)\s+{_REST}", re.IGNORECASE),
)
_ORDERED = re.compile(rf"^(?:please\s+)?{_WRITE}\b", re.IGNORECASE)
MENTIONED = re.compile(
    rf"(?:(?<=[.;!?\n])\s*(?:please\s+)?(?:(?:make|be) sure (?:to|that you)\s+)?(?:mention|include|name)|"
    rf"{_CLAUSE}it\s+(?:must|should|has to|needs to)\s+(?:mention|include|name|cover))\s+{_REST}",
    re.IGNORECASE,
)
TITLED = re.compile(
    rf"{_CLAUSE}(?:(?:with|use|in|under)\s+)?(?:the\s+)?(?:following\s+)?(?:(?:\d{{1,2}}|two|three|four|five|six)\s+)?"
    r"(?:sections|chapters|headings)\s*(?::|named|called|titled|on\b)\s*(?P<titles>(?:(?!\.(?:\s|$))[^!?)\n\0])+)|"
    r"\s+(?:with|in|under)\s+(?:the\s+)?(?:following\s+)?(?:(?:\d{1,2}|two|three|four|five|six)\s+)?sections"
    r"\s*(?::\s*|on\s+|named\s+|called\s+|(?-i:(?=[A-Z“\"])))(?P<more>(?:(?!\.(?:\s|$))[^!?)\n\0])+)",
    re.IGNORECASE,
)
LANGUAGES = re.compile(
    rf"{_CLAUSE}(?:(?:written|{_WRITE}(?:\s+(?:it|this))?)\s+)?in\s+(?P<one>{_LANGUAGE})\b\s*(?=[.,;)!]|please|$)|"
    rf"(?<=\b)(?P<form>{_FORM})\s+in\s+(?P<two>{_LANGUAGE})\b(?=\s*(?:[.,;)]|$|(?:on|about|that|of|with|for)\b))|(?:^|(?<=[.,;(]))\s*auf\s+(?P<three>Deutsch)\b|"
    r"(?:^|(?<=[.,;(]))\s*en\s+(?P<four>français|español)\b",
    re.IGNORECASE,
)
AUDIENCES = (
    re.compile(
        r",?\s*\b(?:written |aimed |meant )?(?:for|at)\s+(?P<who>(?:(?:an?|the|my|our)\s+)?(?:[a-z][\w-]*\s+){0,2}"
        r"(?:readers?|readership|audience|(?<=general )public|(?<=wider )public)|laypeople|lay people|"
        r"non-?specialists|non-?experts|beginners)\b"
        r"(?!['’])",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:{_CLAUSE}|\b)(?:written for|aimed at|audience\s*:)\s*{_REST.replace('rest', 'who')}", re.I),
    # Nothing of it is taken: `brief` knows the whole order.
    re.compile(
        rf"^(?:please\s+)?{_WRITE}\s[^.,;]*?\s(?P<kept>for\s+(?P<who>[a-z][\w\s-]*?))\s+(?:on|about|covering)\b", re.I
    ),
)
STYLES = re.compile(
    r",?\s*\b(?:in|with|using|use)\s+(?:the\s+)?(?P<style>APA|MLA|Chicago|Harvard|IEEE|Vancouver|numbered|inline|"
    r"author[- ](?:year|date))\s+(?:style|format|citations?|references?|referencing)(?:\s+(?:style|format))?\b|"
    r",?\s*\b(?:with|using|use)\s+(?P<notes>footnotes|endnotes)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"{_BOUND}(?:between\s+)?{_NUMBER}\s*(?:and|to|-|–)\s*{_NUMBER}{_WORDS}", re.IGNORECASE)
_AT_MOST = re.compile(
    rf"{_BOUND}(?:at most|no more than|not more than|up to|a maximum of|max\.?|fewer than|less than|under)\s+"
    rf"{_NUMBER}{_WORDS}",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    rf"{_BOUND}(?:at least|no fewer than|no less than|not less than|a minimum of|more than)\s+{_NUMBER}{_WORDS}",
    re.IGNORECASE,
)
_UP, _DOWN = 1.06, 0.94  # how far within a one-sided bound the length aims


@dataclass(frozen=True)
class Request:
    """A request, parted: what the report is about, and what is demanded of it. `words` is the length to aim at where
    the request bounds it; the bounds are in a demand."""

    matter: str
    demands: tuple[Demand, ...] = ()
    words: int | None = None


def read_request(text: str) -> Request:
    """The demands that the text's own words make; a text of demands alone is its own matter."""
    demands: list[Demand] = []
    rest = text
    for reader in (_style, _language, _audience, _bounds, _avoided, _mentioned, _titles):
        for start, end, found in reader(rest):
            demands += found
            rest = rest[:start] + _TAKEN * (end - start) + rest[end:]
    matter = _tidied(rest)
    if len(re.findall(r"\w{2,}", matter)) < 2:
        return Request(text.strip())
    lengths = [demand for demand in demands if demand.kind == "length"]
    return Request(matter, tuple(demands), _aim(lengths[0]) if lengths else None)


Found = Iterator[tuple[int, int, list[Demand]]]


def _asked(kind: DemandKind, wanted: list[str]) -> list[Demand]:
    return [Demand(kind=kind, wanted=one, origin="request") for one in dict.fromkeys(wanted)]


def _listed(text: str, most_words: int, *, cut: str) -> list[str]:
    """The items of a list: what stands in quotation marks, else what stands between commas; none that is an order."""
    if quoted := _QUOTED.findall(text):
        return [item.strip(" .,") for item in quoted]
    items = []
    for part in re.split(cut, text.strip()):
        item = _ARTICLES.sub("", part.strip(" .,:")).strip()
        if not item or _NEXT_ORDER.match(item) or len(item.split()) > most_words:
            break
        items.append(item)
    return items


def _avoided(text: str) -> Found:
    *anywhere, in_orders = AVOIDED
    for pattern in (*anywhere, in_orders) if _ORDERED.match(text) else anywhere:
        for match in pattern.finditer(text):
            yield from _read(match, "avoid", _listed(match["rest"], _MAX_ITEM_WORDS, cut=_OR))


def _mentioned(text: str) -> Found:
    for match in MENTIONED.finditer(text):
        yield from _read(match, "mention", _listed(match["rest"], 2 * _MAX_ITEM_WORDS, cut=_AND))


_OR = r",\s*(?:or|and|nor)?\s+|,\s*|\s+(?:or|nor|and)\s+"
_AND = r",\s*(?:and)?\s+|,\s*|\s+and\s+(?=the\b|an?\b|what\b|how\b|who\b)"


def _titles(text: str) -> Found:
    for match in TITLED.finditer(text):
        group = "titles" if match["titles"] else "more"
        cut = r"\s*;\s*(?:and\s+)?" if ";" in match[group] else r",\s*(?:and\s+)?|\s+and\s+"
        titles = [title[:1].upper() + title[1:] for title in _listed(match[group], _MAX_TITLE_WORDS, cut=cut)]
        yield from _read(match, "section", titles)


def _read(match: re.Match[str], kind: DemandKind, items: list[str]) -> Found:
    """The whole clause is taken if all of it was understood, else up to the last item that was."""
    if not items:
        return
    end = match.end()
    understood = match.string.rfind(items[-1][1:], match.start(), end) + len(items[-1]) - 1
    if re.search(r"\w", match.string[understood:end]):
        # The comma stays: the next clause is known by it.
        marks = re.match(r"[”\"»’'\s]*(?:,\s*(?=and\b|but\b))?(?:and\b|but\b)?", match.string[understood:end])
        end = understood + (marks.end() if marks else 0)
    yield match.start(), end, _asked(kind, items)


def _language(text: str) -> Found:
    for match in LANGUAGES.finditer(text):
        name = match["one"] or match["two"] or match["three"] or match["four"]
        start = match.end("form") if match["form"] else match.start()
        if tag := tag_of(name):
            yield start, match.end(), _asked("language", [tag])


def _audience(text: str) -> Found:
    for pattern in AUDIENCES:
        for match in pattern.finditer(text):
            end = match.start() if "kept" in match.re.groupindex else match.end()
            yield match.start(), end, _asked("audience", [match["who"].strip(" .")])


def _style(text: str) -> Found:
    for match in STYLES.finditer(text):
        yield match.start(), match.end(), _asked("citations", [match["style"] or match["notes"]])


def _bounds(text: str) -> Found:
    readers: tuple[tuple[re.Pattern[str], Callable[[list[int]], Demand]], ...] = (
        (_BETWEEN, lambda n: _length(f"{n[0]:,} to {n[1]:,} words", min(n), max(n))),
        (_AT_MOST, lambda n: _length(f"at most {n[0]:,} words", None, n[0])),
        (_AT_LEAST, lambda n: _length(f"at least {n[0]:,} words", n[0], None)),
    )
    for pattern, made in readers:
        for match in pattern.finditer(text):
            numbers = [int(group.replace(",", "")) for group in match.groups()]
            yield match.start(), match.end(), [made(numbers)]


def _length(wanted: str, least: int | None, most: int | None) -> Demand:
    return Demand(kind="length", wanted=wanted, origin="request", least=least, most=most)


def _aim(length: Demand) -> int:
    """Words to aim at within the bounds of a length."""
    if length.least is not None and length.most is not None:
        return (length.least + length.most) // 2
    if length.most is not None:
        return round(length.most * _DOWN)
    return round((length.least or 0) * _UP)


def _tidied(text: str) -> str:
    """The text without what was taken, and without the marks and bare words that it leaves behind."""
    matter = " ".join(text.replace(_TAKEN, "").split())
    matter = re.sub(r"\s*\([\s,;.]*\)", "", matter)
    matter = re.sub(r"\s+([.,;:!?])", r"\1", matter)
    matter = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", matter)
    matter = re.sub(r"[,;:]+(?=[.!?])", "", matter)
    matter = re.sub(r"(?<=[.!?])(?:\s*[.,;:])+(?:\s*(?:and|but)\b)?", "", matter)
    return re.sub(r"(?:[\s,;:]|\b(?:and|but)\b\s*$)+$", "", matter).strip(" ,;:")
