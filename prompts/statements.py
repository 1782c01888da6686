"""Passages cut into statements: spans that can be quoted, each with a sentence that reads well and says no more.

A statement's `quote` is the source's own characters; its `sentence` is the quote without markup, and where the quote
alone does not say whom it is about (a profile's line "total: 7.9", a minute's "The board approved it") with the title
or heading that says so. Nothing else is added.

Knows texts, headings and notation; not what a report needs (see `extractive`).
"""

import re
from collections.abc import Sequence
from typing import Literal

from lm.types import Frozen
from prompts.plain_text import plain
from prompts.sentences import sentence_spans

Kind = Literal["prose", "attribute", "row"]

_MIN_WORDS, _MAX_WORDS = 3, 60
_SURE_WORDS = 5  # below this a sentence must show its verb
_IN_NUMBER = re.compile(r"(?<=\d)[.,:/’'–-](?=\d)|(?<=\d)%|[€$£](?=\d)")
FUNCTION_WORDS = frozenset(
    """the a an in on at by for from to of with without this these those that it its he she his her they their there
    here we our after before during since until till when while where if as both all some many most more no not each
    every such only and but or nor so yet although though because under over into onto upon between among against
    about above below through throughout within across along beside behind beyond near despite unlike even another
    any either neither several few one two three four five six seven eight nine ten eleven twelve
    twenty thirty forty fifty what which who whose""".split()  # noqa: SIM905
)
_AUXILIARIES = "is|are|was|were|be|been|has|have|had|does|do|did|can|could|will|would|may|might|must|shall|should"
_PAST = (
    "fell|rose|sank|lost|won|paid|held|made|took|gave|went|came|saw|knew|left|met|sent|kept|built|broke|began|became|"
    "stood|ran|cost|grew|drew|fled|flew|found|froze|got|heard|hid|hit|led|lay|meant|put|read|rang|said|sold|shook|shot|"
    "shut|slept|spent|spoke|stole|struck|swam|taught|told|thought|threw|understood|woke|wore|wrote|bought|brought|"
    "burst|caught|chose|cut|drove|drank|dealt|fought|slid|split|spread|swept|bore|bent|burnt|let|set"
)
_VERB = re.compile(
    rf"\b[A-Z][\w-]* \d+ [a-z]+[a-rt-z]s (?!of\b)|(?<=\s)(?:{_AUXILIARIES}|{_PAST}|[a-z]{{2,}}ed)\b(?!-)|"
    # A third person: the word before it is no preposition, number or quantity, and no "of" follows.
    r"(?<=\s)(?<!\bof )(?<!\bin )(?<!\bon )(?<!\bfor )(?<!\band )(?<!\bto )(?<!\bby )(?<!\bthe )(?<!\bThe )"
    r"(?<!\bwith )(?<!\bfrom )(?<!\bor )(?<!\d )(?<!,\s)[a-z]+[a-rt-z]s(?<!\bits)(?<!\bas)(?<!\bhis)(?<!\bthis)"
    r"(?=\s(?!of\b|and\b|or\b|for\b))"
)
_ENDS = re.compile(r"[.!]['\"”’)\]]*$")
_STARTS = re.compile(r"^['\"“‘(]?[A-Z0-9]")
_CODE = re.compile(
    r">>>|::$|^\s*(?:def|class|import|from|return|raise|if|for|while|with|try)\b.*:\s*$|[{}]|==|!=|->|\w\(\w*\)\s*=|</?\w+>|=\s*\w+\("
)
_MARKER = re.compile(r"\s*(?:(?:[-*+•‣◦▪–·]|\d{1,2}[.)])\s+)?")
_DATED = re.compile(r"^\d{1,2} [A-Z][a-z]+ \d{4}: ")
_DATE_LINE = re.compile(
    r"\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}\s+"
    r"(?=(?:The|A|An|In|On|At|For|After|Since)\s)"
)
_GLUED = re.compile(
    r"([A-Z0-9“\"][^\n]*[^\s.!?,;:–—-])[^\S\n]*\n\s*"
    r"(?=(?:The|A|An|In|On|At|By|For|From|To|With|This|These|Those|It|Its|He|She|They|There|After|Before|During|Since|"
    r"Until|When|While|If|As|Both|All|Some|Many|Most|No|Each|Every|Only)\s)"
)
_MAX_GLUED_LINES, _MAX_HEADING_WORDS = 3, 14
_ADDRESS = re.compile(r"https?://|www\.|\S@\S+\.\w")
_SELF = re.compile(
    r"(?:^|(?<=\s))((?:[Tt]his|[Tt]he present) "
    r"(?:PEP|document|proposal|report|paper|article|memo|note|dossier|specification))\b(?![’'])"
)
_POINTING = re.compile(r"\b(?:this|these|those|such)\b")
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine|we|us|our|ours|you|your|We|My|Our|You|Your)\b")
_THAT_THING = re.compile(
    r"\b(?:this|these|those) (?!(?:who|of|that|in|which|with|for)\b)[a-z]|"
    r"\b(?:of|in|on|at|to|from|with|by|for|under|after|before|during|since|until|about|into|over|between) "
    r"that (?!(?:the|an?|it|he|she|they|we|i|is|was|are|were|of|no|which|all|some|both|their|his|her|its)\b)[a-z]|"
    r"\bthat (?:day|night|morning|evening|afternoon|week|month|year|time|date|moment|period|occasion|place)\b"
)
_SAME = re.compile(
    r"\bthe same (?:day|night|morning|evening|afternoon|week|month|year|time|date|hour|period|place)\b(?! as\b)"
)
_PRONOUN = re.compile(r"\b(?:it|them|him|her|this|that|so)\b")
_UNNAMED_SPEAKER = re.compile(
    r"[,.!?]['\"”’]+ (?:he|she|they)\b|['\"”’],? (?:said|says|asked|replied|wrote|added|answered) (?:he|she|they)\b"
)
_SPEAKER = re.compile(r"^[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?: ")
_ANNOUNCING = re.compile(
    r"\b(?:the following|as follows|(?:are|were) these|(?:listed|shown|given|set out) below)\W*$", re.IGNORECASE
)
_DEFINING = re.compile(
    r"^(?:an? |the )?(?!the\b)(?P<head>[\w-]{3,})[^:]{0,60}: (?:an? |the )?(?P=head)\b[^.:]{0,60}? "
    r"(?:is|are|was|were|means?)\b",
    re.IGNORECASE,
)
_ANAPHORIC = re.compile(
    r"^(?:it|its|this|that|these|those|they|their|them|he|she|his|her|such|both|neither|either|another|others|"
    r"the (?:former|latter|same|others?|remaining|rest|first|second|third|fourth|fifth|last|next|following|above|"
    r"previous|question|answer|reason|point|result|difference|problem)|"
    r"but|and|or|so|yet|however|thus|hence|therefore|moreover|furthermore|also|then|instead|similarly|otherwise|again|"
    r"here|there|granted|more generally|only|as for|as with|according to (?:this|these)|nevertheless|nonetheless|still|"
    r"in (?:this|that|these|addition|contrast|other)|for (?:example|instance|this)|"
    r"as (?:such|above|mentioned|a result|noted)|on the (?:other|contrary)|one (?:of|such)|"
    r"we|i|you|our|my|no|yes|see)\b",
    re.IGNORECASE,
)


class Statement(Frozen):
    """A quotation at [start, end) of a document's text, and the sentence that states it.

    It is anaphoric where it leans on the sentence before, and undated where it is true on the day of writing ("today")
    and no date is told with it. Its echoes are statements of other places that say no more than it does.
    """

    doc_id: str
    passage_id: str
    title: str
    page: int | None = None
    heading_path: tuple[str, ...] = ()
    start: int
    end: int
    quote: str
    sentence: str
    kind: Kind
    is_anaphoric: bool = False
    is_undated: bool = False
    echoes: tuple["Statement", ...] = ()

    @property
    def stands_alone(self) -> bool:
        """Whether it says the same without what surrounds it."""
        return not (self.is_anaphoric or self.is_undated)

    @property
    def leaf(self) -> str:
        """The heading it stands directly under, or the title."""
        return self.heading_path[-1] if self.heading_path else self.title

    @property
    def key(self) -> tuple[str, int, int]:
        """Where it stands; no two statements of a corpus share it."""
        return (self.doc_id, self.start, self.end)


def shows_verb(sentence: str) -> bool:
    """Whether a word of the sentence can only be, or most likely is, a finite verb; many verbs do not show."""
    return bool(_VERB.search(sentence))


def is_anaphoric(sentence: str) -> bool:
    """Whether the sentence leans on what surrounds it and so cannot stand alone.

    It does when it opens like a continuation ("It was …", "However, …", "The third …"), points at a thing ("that arm")
    or a time ("on the same day", with no date before it), speaks as "I" or "you" or for a bare "she", is a speaker's
    turn ("Lorne: …"), or announces what stands behind it ("The duties are the following.").
    """
    opening = sentence.lstrip("'\"“‘(")
    words = opening.split()
    same = _SAME.search(sentence)
    return bool(
        _ANAPHORIC.match(opening)
        or _POINTING.search(" ".join(words[:6]))
        or _THAT_THING.search(" ".join(words[:8]))
        or (same and not re.search(r"\d", sentence[: same.start()]))
        or (len(words) < _SURE_WORDS and _PRONOUN.search(sentence))
        or _UNNAMED_SPEAKER.search(sentence)
        or _FIRST_PERSON.search(sentence)
        or _SPEAKER.match(opening)
        or _ANNOUNCING.search(sentence)
    )


def defines_a_term(sentence: str) -> bool:
    """Whether it is an entry of a glossary: "Stop log: A stop log is a beam that shuts an opening."."""
    return bool(_DEFINING.match(sentence))


def is_prose(sentence: str) -> bool:
    """Whether a cleaned unit is a whole declarative sentence that can stand in a report."""
    words = sentence.split()
    if not _MIN_WORDS <= len(words) <= _MAX_WORDS or not _STARTS.match(sentence) or not _ENDS.search(sentence):
        return False
    if (
        _CODE.search(sentence)
        or _ADDRESS.search(sentence)
        or "|" in sentence
        or sentence.count("(") != sentence.count(")")
    ):
        return False
    if sentence.count('"') % 2 or sentence.count("“") != sentence.count("”"):
        return False
    told = _DATED.sub("", sentence).split()  # "17 October 2024: The Provincial Court convicts Ruhn, Hale and Ostrey."
    lower_words = sum(word[0].islower() for word in told)
    least = min(2, len(told) * 0.25) if len(told) < len(words) else len(told) * 0.25
    return lower_words >= least and _is_worded(sentence, len(words))


def _is_worded(sentence: str, n_words: int) -> bool:
    """Whether words and numbers make the sentence, and not marks; few words, or many digits, need a verb among them."""
    letters = sum(character.isalpha() or character.isspace() for character in sentence)
    if letters >= 0.75 * len(sentence) and n_words >= _SURE_WORDS:
        return True
    content = letters + sum(map(str.isdigit, sentence)) + len(_IN_NUMBER.findall(sentence))
    numbers = sum(word.strip("(“\"'").lstrip("-−+$€£")[:1].isdigit() for word in sentence.split())
    is_content = content >= 0.75 * len(sentence) and letters >= 0.5 * len(sentence) and numbers <= 0.5 * n_words
    return is_content and bool(_VERB.search(sentence))


def sentence_start(text: str) -> int:
    """Where the sentence in `text` begins: behind a list marker, a date line or a heading that was glued to it.

    A line is taken for a heading if it has no final punctuation, does not end in a word that wants another, and the
    next line opens with a capitalised word like "The" or "On", as a sentence does and a wrapped line does not.
    """
    start = _MARKER.match(text).end()  # type: ignore[union-attr]  # matches the empty text
    if date := _DATE_LINE.match(text, start):
        start = date.end()
    for _ in range(_MAX_GLUED_LINES):
        glued = _GLUED.match(text, start)
        words = glued[1].split() if glued else []
        if glued is None or len(words) > _MAX_HEADING_WORDS or words[-1].lower() in FUNCTION_WORDS:
            break
        start = glued.end()
    return start


def _lower_heading(text: str) -> str:
    """A heading as it stands inside a sentence: small, unless it is a name or an acronym by its look."""
    first = text.split(" ", 1)[0]
    is_common = first == "A" or (first[:1].isupper() and first[1:].islower() and len(text.split()) > 1)
    return text[:1].lower() + text[1:] if is_common else text


def _possessive(name: str) -> str:
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def _attribute_line(line: str, leaf: str) -> str:
    line = plain(line).rstrip(".;,")
    label, colon, value = line.partition(": ")
    if not colon:
        return line
    label = label.replace("_", " ").strip()
    if label.lower() == leaf.lower():
        return value
    if label.lower().startswith(f"{leaf.lower()} "):  # "Unemployment rate 2024: 1.8%" under "Unemployment rate"
        rest = label[len(leaf) + 1 :]
        return f"{rest[1:-1]} {value}" if re.fullmatch(r"\([^()]*\)", rest) else f"{rest}: {value}"
    # "improved: urban: urban: 98%": profiles repeat their labels.
    value = re.sub(r"^([\w ]+): \1:\s*", r"\1: ", value)
    value = re.sub(rf"^{re.escape(label.split(': ')[-1])}:\s*", "", value, flags=re.IGNORECASE)
    return f"{label} {value.replace(': ', ' ', 1)}" if not value.startswith(label) else value


def short_title(title: str) -> str:
    """A title's name part: "PEP 526" of "PEP 526 – Syntax for Variable Annotations"."""
    return re.split(r"\s+[–—|]\s+|:\s+", plain(title), maxsplit=1)[0]


def named(sentence: str, title: str) -> str:
    """`sentence` with "this report" and its like replaced by the title of the document that says it, in quotation marks
    where it reads like other words ("“Five warnings” follows each warning to where it stopped")."""
    name = short_title(title)
    if any(word[:1].islower() for word in name.split()):
        name = f"“{name}”"
    return _SELF.sub(lambda match: match.group(0)[: match.start(1) - match.start(0)] + name, sentence, count=1)


def attribute_sentence(lines: Sequence[str], *, title: str, leaf: str) -> str:
    """One sentence from the label–value lines under heading `leaf` of the document `title`."""
    values = [_attribute_line(line, leaf) for line in lines]
    subject, facet = plain(title), plain(leaf)
    facet = facet.lower() if facet.istitle() and " " not in facet else _lower_heading(facet)
    if len(subject.split()) > 4:
        return f"{subject}, {facet}: {'; '.join(values)}."
    is_plural = facet.endswith("s") and not facet.endswith(("ss", "us", "is"))
    if len(values) == 1 and re.match(r"[-−+$€£]?\d", values[0]) and not is_plural:
        return f"{_possessive(subject)} {facet} is {values[0]}."
    return f"{_possessive(subject)} {facet}: {'; '.join(values)}."


def record_sentence(lines: Sequence[str], *, subject: str, facets: Sequence[str] = ()) -> str:
    """One sentence from the `key: value` lines of a record: what it is about, which part of it, keys and values."""
    about = [plain(subject), *(plain(facet) for facet in facets if plain(facet).lower() != plain(subject).lower())]
    return f"{', '.join(about)}: {'; '.join(_attribute_line(line, about[-1]) for line in lines)}."


def row_sentence(row: Sequence[str], columns: Sequence[str], *, title: str) -> str:
    """One sentence from a table row, each value behind its column's name; "" where none can be made.

    A cell of several sentences is no value: told in the row's sentence, it would end it in its middle, and what stands
    before that end would be without the citation behind it. Where that is the first cell, which says whom the row is
    about, nothing is told.
    """
    pairs = []
    for name, value in zip(columns, row, strict=False):
        said = f"{plain(name).replace('_', ' ').rstrip('.?!')} {plain(value).rstrip('.')}"
        if _is_one_sentence(f"It has {said}; and more."):
            pairs += [said] if value.strip() else []
        elif not pairs:
            return ""
    sentence = f"{plain(title).rstrip('.?!')}: {'; '.join(pairs)}."
    return sentence if pairs and _is_one_sentence(sentence) else ""


def _is_one_sentence(text: str) -> bool:
    return len(sentence_spans(text)) == 1
