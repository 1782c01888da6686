"""Settling a block: verify, revise, else quote, else drop; then fill what was lost with quotations and cut to length.

What happened to each sentence is kept: nothing disappears without a record.
"""

from collections.abc import Callable, Sequence

from agent.allocate import folded
from agent.choose import told_in_order
from agent.citing import best_cited, fewest_cited
from agent.claims.resolving import resolved
from agent.draft import Candidate, Shown, quotation
from agent.entropy.production import EntropyProduction
from agent.types import Action, AtomicBlock, Doubt
from agent.verify import Verdict, Verifier
from lm.types import Frozen
from prompts.attributing import attributed
from prompts.statements import Statement
from retrieval.names import proper_names

_OVERLENGTH = 1.08
# Below it a sentence says something else than its evidence; of ten such ones of a 1.5 B model two rounds of revision
# mended one. It is quoted at once.
_MIN_REVISED_SUPPORT = 0.4
_UNDERLENGTH = 0.9
_MOST_ECHOES = 2
_SHORT = 0.75  # below it a sentence may overshoot a little: better than a block that breaks off


class BlockContext(Frozen):
    """What a block may say: its statements, best first. Candidates cite by position in here.

    Attributes:
        block: As it was planned.
        section: Its section's title.
        statements: What may be cited.
        told_before: Headings and questions of the blocks that it builds on.
        shown: What the writer reads of them, where that is not a line for each.
        n_quotable: So many of the first are said in their own words where a draft falls short; None: all. The others
            only lead to an answer.
    """

    block: AtomicBlock
    section: str
    statements: tuple[Statement, ...]
    told_before: tuple[str, ...] = ()
    shown: Shown | None = None
    n_quotable: int | None = None

    @property
    def quotable(self) -> tuple[Statement, ...]:
        """What may be said in its own words though nobody wrote it."""
        return self.statements[: self.n_quotable]


class Line(Frozen):
    """A candidate with its verdict and its history; `is_stuck` says that its last rewrite brought it no nearer."""

    candidate: Candidate
    verdict: Verdict
    revisions: int = 0
    is_stuck: bool = False
    reasons: tuple[str, ...] = ()


class CheckedDraft(Frozen):
    """A draft after verification."""

    lines: tuple[Line, ...]

    @property
    def n_failed(self) -> int:
        """How many of its sentences do not stand."""
        return sum(not line.verdict.is_supported for line in self.lines)


class SettledSentence(Frozen):
    """A sentence's fate. `sources` are the statements it cites; a dropped one keeps them for the record. `doubt`,
    `uncertainty`, `as_written` and `after` as in its verdict and its candidate."""

    text: str
    sources: tuple[Statement, ...]
    support: float
    action: Action
    reasons: tuple[str, ...] = ()
    doubt: Doubt | None = None
    uncertainty: EntropyProduction | None = None
    as_written: str = ""
    after: str = ""


class SettledBlock(Frozen):
    """A finished block: sentences in the order of telling, and those that were dropped; `drafts` and `chosen` as of its
    draft. `paragraphs` are the sentences of each (empty: cut by length); one that runs on goes on with the paragraph of
    the block before."""

    block: str
    sentences: tuple[SettledSentence, ...]
    dropped: tuple[SettledSentence, ...] = ()
    drafts: int = 0
    chosen: int = 0
    paragraphs: tuple[int, ...] = ()
    runs_on: bool = False


def check(candidates: Sequence[Candidate], context: BlockContext, verifier: Verifier) -> CheckedDraft:
    """Verify a fresh draft, each sentence against the statements that carry it best, and no more of them than do.

    A sentence of a paragraph whose figures stand under no name is read with the name that its opening means in the
    sentence before it, where that one stands.
    """
    lines: list[Line] = []
    for candidate in candidates:
        line = _checked(best_cited(candidate, context.statements, verifier.stem), context, verifier)
        named = _named(line, lines[-1], context, verifier) if lines and line.verdict.lacks_only_a_name else None
        lines.append(named or line)
    return CheckedDraft(lines=tuple(lines))


def _named(line: Line, before: Line, context: BlockContext, verifier: Verifier) -> Line | None:
    """The line with a name in place of its opening pronoun; None where no one name is meant, or it does not stand so.

    What restates statements one by one goes on from nothing. A cited quotation must have the very name: a title stands
    above what is told of others, and "Korvane" is not "Korvane Marine Works".
    """
    candidate = line.candidate
    if {candidate.kind, before.candidate.kind} != {"written"} or not before.verdict.is_supported:
        return None
    found = resolved(candidate.text, before.candidate.text, verifier.stem, lexicon=verifier.lexicon)
    quotes = [context.statements[i].quote for i in candidate.sources]
    names = {name.text for quote in quotes for name in proper_names(quote, lexicon=verifier.lexicon)}
    if not found.said or found.meant.removeprefix("The ").removesuffix("’s").removesuffix("’") not in names:
        return None
    named = candidate.model_copy(
        update={"text": found.text, "as_written": candidate.text, "after": before.candidate.text}
    )
    checked = _checked(named, context, verifier)
    note = f"“{found.said}” is read as “{found.meant}”, of the sentence before"
    return checked.model_copy(update={"reasons": (note,)}) if checked.verdict.is_supported else None


def _checked(candidate: Candidate, context: BlockContext, verifier: Verifier) -> Line:
    candidate, verdict = fewest_cited(candidate, context.statements, verifier)
    return Line(candidate=candidate, verdict=verdict, reasons=verdict.problems)


def draft_worth(draft: CheckedDraft, n_statements: int) -> float:
    """How good a checked draft is, 0 to 1: mean support of its sentences, times the share of the block's statements
    that they tell. A sentence that does not stand has no support and tells nothing."""
    standing = [line for line in draft.lines if line.verdict.is_supported]
    if not standing or n_statements < 1:
        return 0.0
    support = sum(line.verdict.support for line in standing) / len(draft.lines)
    told = {source for line in standing for source in line.candidate.sources}
    return support * len(told) / n_statements


def revise_failed(
    draft: CheckedDraft,
    context: BlockContext,
    verifier: Verifier,
    rewrite: Callable[[Candidate, Sequence[str]], Candidate],
) -> CheckedDraft:
    """One round of revision: each sentence that failed is rewritten and verified again; the others stay as they are.

    A sentence that fails only because its figures stand under no name is put behind its source's title by rule.
    A quotation is never rewritten, nor a sentence whose citation does not resolve or whose evidence says something
    else: there is nothing to hold it to. Nor is one whose last rewrite has as many problems as it had and no more
    support: who could not mend it once is not asked, and paid, again.
    """
    lines = []
    for line in draft.lines:
        candidate = line.candidate
        resolves = candidate.sources and all(0 <= i < len(context.statements) for i in candidate.sources)
        is_near = line.verdict.support >= _MIN_REVISED_SUPPORT or line.verdict.lacks_only_a_name
        can_revise = bool(resolves) and not candidate.is_quotation and is_near and not line.is_stuck
        if line.verdict.is_supported or not can_revise:
            lines.append(line)
            continue
        if line.verdict.lacks_only_a_name:
            title = context.statements[candidate.sources[0]].title
            text = attributed(candidate.text, title, ordinary=verifier.lexicon)
            revised = Candidate(text=text, sources=candidate.sources)
        else:
            revised = rewrite(candidate, line.verdict.problems)
        revised, verdict = fewest_cited(revised, context.statements, verifier)
        lines.append(_rewritten(line, revised, verdict))
    return CheckedDraft(lines=tuple(lines))


def _rewritten(line: Line, candidate: Candidate, verdict: Verdict) -> Line:
    """The line after its rewrite. One to whom only a title was given by rule is another sentence: it is not stuck."""
    had = line.verdict
    is_nearer = len(verdict.problems) < len(had.problems) or verdict.support > had.support
    return Line(
        candidate=candidate,
        verdict=verdict,
        revisions=line.revisions + 1,
        is_stuck=not is_nearer and not had.lacks_only_a_name,
        reasons=(*line.reasons, *verdict.problems),
    )


class _Settling:
    """Sentences settled so far, with what may not be said again."""

    def __init__(self, context: BlockContext, verifier: Verifier) -> None:
        self.context = context
        self.verifier = verifier
        self.kept: list[SettledSentence] = []
        self.dropped: list[SettledSentence] = []
        self._said: set[str] = set()
        self._quoted: set[tuple[str, int, int]] = set()
        self.words = 0

    def record(self, candidate: Candidate, verdict: Verdict, action: Action, reasons: Sequence[str]) -> None:
        sources = tuple(self.context.statements[i] for i in candidate.sources if 0 <= i < len(self.context.statements))
        sentence = SettledSentence(
            text=candidate.text,
            sources=sources,
            support=verdict.support,
            action=action,
            reasons=tuple(reasons),
            doubt=verdict.doubt,
            uncertainty=candidate.uncertainty,
            as_written=candidate.as_written,
            after=candidate.after,
        )
        if action == "dropped":
            self.dropped.append(sentence)
            return
        self.kept.append(sentence)
        self._said.add(folded(candidate.text))
        self._quoted |= {source.key for source in sources}
        self.words += len(candidate.text.split())

    def has_room(self, text: str, target_words: int) -> bool:
        """Whether the block stays within its length with `text`; the first sentence always fits."""
        words = self.words + len(text.split())
        is_short = self.words < _SHORT * target_words and words <= target_words * _OVERLENGTH + 15
        return not self.kept or is_short or words <= target_words * _OVERLENGTH

    def is_said(self, candidate: Candidate) -> bool:
        return folded(candidate.text) in self._said

    def quote(self, position: int, reasons: Sequence[str]) -> bool:
        """Say the statement at `position` in its own words, if that is new and stands."""
        if not 0 <= position < len(self.context.statements):
            return False
        statement = self.context.statements[position]
        candidate = quotation(position, statement)
        if statement.key in self._quoted or self.is_said(candidate):
            return False
        verdict = self.verifier.verify(candidate, self.context.statements)
        if verdict.is_supported:
            self.record(candidate, verdict, "quoted", reasons)
        return verdict.is_supported


def settle(draft: CheckedDraft, context: BlockContext, verifier: Verifier) -> SettledBlock:
    """Decide on every sentence and fill the block to its length.

    What stands is kept (or revised), what does not becomes a faithful quotation of its first source that is not yet
    quoted, else is dropped with its reasons.
    """
    settling = _Settling(context, verifier)
    target = context.block.target_words
    for line in draft.lines:
        candidate = line.candidate
        if not settling.has_room(candidate.text, target):
            if not candidate.is_quotation:  # a statement that nobody wrote is spare, not lost
                reasons = (*line.reasons, "the block has no room for it")
                settling.record(candidate, line.verdict, "dropped", reasons)
            continue
        if settling.is_said(candidate):
            settling.record(candidate, line.verdict, "dropped", (*line.reasons, "the block already says it"))
        elif line.verdict.is_supported:
            action: Action = "quoted" if candidate.is_quotation else "revised" if line.revisions else "kept"
            settling.record(candidate, line.verdict, action, line.reasons)
        elif not any(settling.quote(position, line.reasons) for position in candidate.sources):
            settling.record(candidate, line.verdict, "dropped", line.reasons)
    for position in range(len(context.quotable)):
        if settling.words >= target * _UNDERLENGTH:
            break
        if settling.has_room(context.statements[position].sentence, target):
            settling.quote(position, ("fills the block",))
    told = tuple(_corroborated(one, verifier) for one in _in_order(settling.kept, context))
    return SettledBlock(block=context.block.id, sentences=told, dropped=tuple(settling.dropped))


def _corroborated(sentence: SettledSentence, verifier: Verifier) -> SettledSentence:
    """The sentence citing, beside its sources, those of their echoes that carry it alone."""
    echoes = [echo for source in sentence.sources for echo in source.echoes]
    alone = Candidate(text=sentence.text, sources=(0,))
    carrying = [echo for echo in echoes if verifier.verify(alone, [echo]).is_supported]
    sources = {one.key: one for one in (*sentence.sources, *carrying[:_MOST_ECHOES])}
    return sentence.model_copy(update={"sources": tuple(sources.values())})


def _in_order(sentences: Sequence[SettledSentence], context: BlockContext) -> tuple[SettledSentence, ...]:
    """Written sentences keep the writer's order; quotations among themselves follow the order of telling."""
    if any(sentence.action in ("kept", "revised") and len(sentence.sources) > 1 for sentence in sentences):
        return tuple(sentences)
    order = {s.key: i for i, s in enumerate(told_in_order(context.block, context.statements))}
    return tuple(sorted(sentences, key=lambda sentence: order[sentence.sources[0].key]))
