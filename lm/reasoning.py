"""Takes a model's thinking aloud out of its answer, whole or as it streams.

Knows the ten ways in which open models mark their thinking. Must not know who serves them.
"""

import re

_TAGS = (
    ("<think>", "</think>"),  # DeepSeek R1, Qwen 3
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # Sky-T1, OpenThinker
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A
    ("[THINK]", "[/THINK]"),  # Magistral
    ("<seed:think>", "</seed:think>"),  # Seed-OSS
    ("◁think▷", "◁/think▷"),  # Kimi
)
_CLOSER = {opener.lower(): re.compile(re.escape(closer), re.IGNORECASE) for opener, closer in _TAGS}
_LONGEST_CLOSER = max(len(closer) for _, closer in _TAGS)
# A tag between back-quotes is prose about the tag, not thinking.
_OPENING = re.compile("(?<!`)(?:" + "|".join(re.escape(opener) for opener, _ in _TAGS) + ")", re.IGNORECASE)
_LONGEST = max(len(opener) for opener, _ in _TAGS)
# Some chat templates open the thinking inside the prompt, so that the reply holds only the closing tag.
_ORPHAN = re.compile(
    r"\A.*(?:(?:^|\n)[ \t]*(?:{closers})|(?<!`)(?:{closers})[ \t]*(?:\n|\Z))\s*".format(
        closers="|".join(re.escape(closer) for _, closer in _TAGS)
    ),
    re.IGNORECASE | re.DOTALL,
)


def strip_reasoning(text: str) -> str:
    """The answer without its thinking.

    A closed pair is cut wherever it stands. An unclosed one is cut to the end of the text where its opening
    tag begins a line: the model ran out of tokens while it thought. Inside a line it is left alone.
    """
    reasoning_filter = ReasoningFilter()
    kept = reasoning_filter.feed(text) + reasoning_filter.finish()
    return _ORPHAN.sub("", kept, count=1)


class ReasoningFilter:
    """`strip_reasoning` for text that comes in pieces; what may be thinking is held back until known.

    The one difference: thinking without an opening tag has been handed on before its closing tag shows it.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closer: re.Pattern[str] | None = None  # of the thinking that we are in
        self._n_searched = 0
        self._is_line_start = True
        self._has_text = False
        self._previous = ""  # the last character handed on: a back-quote there quotes a tag here
        self._has_cut = False

    def feed(self, text: str) -> str:
        """Add a piece; get what is surely answer."""
        self._held += text
        kept = ""
        while True:
            if self._closer and not self._cut_closed(self._closer):
                return kept
            opening = self._find_opening()
            if opening is None:
                return kept + self._release(len(self._held) - self._n_undecided())
            kept += self._release(opening.start())
            self._closer = _CLOSER[opening.group().lower()]
            self._n_searched = len(opening.group())

    def finish(self) -> str:
        """The rest of the answer, after the last piece."""
        if self._closer and self._is_line_start:
            return ""
        self._closer = None
        return self._release(len(self._held))

    def _cut_closed(self, closer: re.Pattern[str]) -> bool:
        closing = closer.search(self._held, self._n_searched)
        if closing is None:
            self._n_searched = max(self._n_searched, len(self._held) - _LONGEST_CLOSER)
            return False
        self._held = self._held[closing.end() :]
        self._closer = None
        self._has_cut = True
        return True

    def _find_opening(self) -> re.Match[str] | None:
        for opening in _OPENING.finditer(self._held):
            if opening.start() > 0 or self._previous != "`":
                return opening
        return None

    def _n_undecided(self) -> int:
        """Length of the end of the held text that may be the beginning of a tag."""
        tail = self._held[-(_LONGEST - 1) :].lower()
        for n in range(len(tail), 0, -1):
            if any(opener.startswith(tail[-n:]) for opener in _CLOSER):
                return n
        return 0

    def _release(self, n: int) -> str:
        piece, self._held = self._held[:n], self._held[n:]
        if self._has_cut and not self._has_text:
            piece = piece.lstrip()
        if piece:
            self._previous = piece[-1]
            last_line = piece.rpartition("\n")[2]
            self._is_line_start = not last_line.strip() and ("\n" in piece or self._is_line_start)
            self._has_text = self._has_text or bool(piece.strip())
        return piece
