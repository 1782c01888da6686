"""Briefs, outlines, evidence, claims and reports: the nouns of a run.

Everything here is stored or crosses a checkpoint. Nothing here knows how it is made.
"""

from typing import Literal

from pydantic import Field

from agent.constraints.types import Demand, Ledger
from agent.counting import counted
from agent.entropy.production import EntropyProduction
from agent.measuring.style_records import TextStyle
from lm.spending import Spend
from lm.types import Frozen

Action = Literal["kept", "revised", "quoted", "dropped"]
SectionKind = Literal["introduction", "section", "conclusion", "disagreements"]


class Brief(Frozen):
    """What the user asked for, and what of it a program can check: length and, where stated, number of sections."""

    topic: str
    words: int = Field(gt=0)
    sections: int | None = None
    subjects: tuple[str, ...] = Field(default=(), description="Ids of documents that the topic names by title.")
    wants_all: bool = Field(default=False, description="Whether all of something is asked for, not enough of it.")
    demands: tuple[Demand, ...] = Field(default=(), description="What the ledger checks; empty: there is none.")


class AtomicBlock(Frozen):
    """The smallest planned unit: one question, what would answer it, and how long the answer may be."""

    id: str
    question: str
    needs: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    target_words: int = Field(gt=0)
    facets: tuple[str, ...] = Field(default=(), description="Headings to report on, document by document; empty: none.")
    subject_ids: tuple[str, ...] = Field(default=(), description="Documents that the block is about; empty: all.")
    depends_on: tuple[str, ...] = Field(default=(), description="Ids of blocks that must be told before it.")
    depth: float = Field(default=1.0, gt=0.0, description="Evidence to read for it, times what its length asks for.")
    temperature: float = Field(default=0.0, ge=0.0, description="The writer's, for this block.")


class SectionPlan(Frozen):
    """A headed part of the report. Introduction and conclusion tell what the sections' blocks can spare; an
    introduction without blocks has room for its frame alone."""

    id: str
    title: str
    blocks: tuple[AtomicBlock, ...]
    kind: SectionKind = "section"
    slot: str = Field(default="", description="The slot of the narrative schema that it fills; empty: none.")


class Outline(Frozen):
    """The plan of a report or, from a question, of an answer. `origin` says who made it, `reason` why it was taken."""

    title: str
    sections: tuple[SectionPlan, ...]
    origin: Literal["model", "rules", "schema", "storm", "user", "question"]
    reason: str
    missing: tuple[str, ...] = Field(default=(), description="What the planner found lacking in the first retrieval.")
    narrative: str = Field(default="", description="Name of the narrative schema that it follows; empty: none.")
    opening: str = Field(default="", description="What the introduction is to tell of the topic; empty: the topic.")
    ending: str = Field(default="", description="What the conclusion is to tell of it; empty: as of any topic.")
    conversations: str = Field(default="", description="Id of the record of interviews before it; empty: none.")

    @property
    def is_answer(self) -> bool:
        """Whether it is an answer's, not a report's."""
        return self.origin == "question"


class Evidence(Frozen):
    """A numbered source: a quotation that stands at [start, end) of the stored text of `document`."""

    number: int
    document: str
    title: str
    page: int | None = None
    heading_path: tuple[str, ...] = ()
    passage: str
    start: int
    end: int
    quote: str


class Doubt(Frozen):
    """How likely a sentence's evidence supports it, and what the judge said where it was asked: the probability of its
    "yes", read off its log-probabilities or its word."""

    probability: float = Field(ge=0.0, le=1.0)
    p_yes: float | None = Field(default=None, ge=0.0, le=1.0)
    by: Literal["logprobs", "word", ""] = ""


class MeasuredOn(Frozen):
    """How probabilities of support did on claims that their model had not seen: of one set, or of "all"."""

    name: str
    n: int
    auroc: float | None
    ece: float


class Estimate(Frozen):
    """Where a report's probabilities of support come from; `decides`: second opinions went by them."""

    fitted_on: tuple[str, ...]
    n_fitted: int
    measured: tuple[MeasuredOn, ...] = ()
    decides: bool = False

    @property
    def told(self) -> str:
        """For a reader of a report that shows them."""
        sets = ", ".join(self.fitted_on)
        seen = "; ".join(
            f"{one.name}: {'–' if one.auroc is None else f'{one.auroc:.2f}'} and {one.ece:.2f} ({one.n:,} claims)"
            for one in self.measured
        )
        known = f" On claims of these sets that it had not seen its AUROC and calibration error were: {seen}."
        role = "It chose which sentences a judge saw." if self.decides else "Nothing was decided by it."
        return (
            "The probability estimates how likely it is that the sources support a sentence. Its model was fitted on "
            f"{self.n_fitted:,} claims of {sets}, which may be unlike these.{known if seen else ''} {role} Quotations "
            "need none."
        )


class Claim(Frozen):
    """One sentence of the report and its fate.

    `support` is in [0, 1]; `action` says whether it stands as written, after revision, as a quotation, or was dropped;
    `reasons` lists what failed on the way. `doubt` is there for sentences that are no quotations, where static vectors
    are installed, `uncertainty` where the writer's log-probabilities were asked for.
    """

    id: str
    section: str
    kind: SectionKind
    block: str
    sentence: str = Field(description="Without citation markers.")
    citations: tuple[int, ...]
    support: float = Field(ge=0.0, le=1.0)
    action: Action
    reasons: tuple[str, ...] = ()
    doubt: Doubt | None = None
    uncertainty: EntropyProduction | None = None


class ReportSection(Frozen):
    """A finished part: paragraphs of claim ids, and what a reader must be told about its evidence."""

    title: str
    kind: SectionKind
    paragraphs: tuple[tuple[str, ...], ...]
    notice: str = ""


class Front(Frozen):
    """What stands in front of a report: ids of claims that its text shows, as they stand there."""

    abstract: tuple[str, ...]
    findings: tuple[str, ...]


class PacingTally(Frozen):
    """What pacing did: sentences joined and split, paragraphs merged and parted, sentences or blocks told later, and
    what was reverted because a check failed. Coefficients of variation of the lengths before and after; None: too few.
    """

    joined: int = 0
    split: int = 0
    merged: int = 0
    parted: int = 0
    delayed: int = 0
    reverted: int = 0
    sentence_cv: tuple[float | None, float | None] = (None, None)
    paragraph_cv: tuple[float | None, float | None] = (None, None)

    @property
    def told(self) -> str:
        """In a few words, for a reader."""
        paragraphs = self.merged + self.parted
        done = (
            (self.joined, "joined"),
            (self.split, "split"),
            (paragraphs, f"paragraph{'' if paragraphs == 1 else 's'} merged or parted"),
            (self.delayed, "told later"),
            (self.reverted, "reverted"),
        )
        return ", ".join(f"{n} {what}" for n, what in done if n) or "nothing to change"


class RunFigures(Frozen):
    """The run's figures, as shown in the report and saved as `metrics.json`."""

    words: int = Field(description="Of the text; what stands in front of it repeats it and is not counted.")
    sections: int
    claims: dict[str, int] = Field(description="Claims by action.")
    citations: int
    sources: int
    documents: int
    characters_read: int = Field(description="Evidence characters read, near-duplicates included.")
    characters_unique: int = Field(description="Evidence characters read, near-duplicates removed.")
    characters_written: int
    saturation_ratio: float = Field(description="characters_unique / characters_written.")
    mean_support: float
    front_words: int = Field(default=0, description="Of the abstract and the key findings.")
    demands: dict[str, int] = Field(default={}, description="Demands by their state; empty: no ledger was kept.")
    candidates: int = Field(default=1, description="Drafts of a paragraph that were asked for.")
    drafts: int = Field(default=0, description="Paragraphs that were drafted, all of a block counted.")
    drafts_preferred: int = Field(default=0, description="Blocks that kept another draft than their first.")
    pacing: PacingTally | None = Field(default=None, description="None: the report was not paced.")
    style: TextStyle | None = Field(default=None, description="How smooth it is; None: was not asked for.")
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    spend: Spend | None = Field(default=None, description="By role; None: a report from before this was kept.")
    stop_reason: str = "done"

    @property
    def demands_told(self) -> str:
        """How many of the demands are met, for a reader; empty where no ledger was kept."""
        unchecked = self.demands.get("unchecked", 0)
        told = f"{self.demands.get('met', 0)} of {sum(self.demands.values())} met" if self.demands else ""
        return f"{told}, {unchecked} not checked" if unchecked else told

    @property
    def drafts_told(self) -> str:
        """What came of asking for several drafts of each paragraph, for a reader; empty where one was asked for."""
        if self.candidates < 2:
            return ""
        if not self.drafts:
            return "none to choose among: nothing was written as a whole paragraph"
        n = self.drafts_preferred
        return f"{self.drafts} in all; {counted(n, 'block')} kept another than the first"


class Report(Frozen):
    """A finished report: every claim it shows is in `claims`, every number it cites in `evidence`.

    `limits` are what was asked for and could not be had, `unsaid` is what nothing that was read could carry; each is a
    sentence for the reader. `front` is None for a report too short to need one, `ledger` where demands were not kept.
    """

    title: str
    topic: str
    run_id: str
    sections: tuple[ReportSection, ...]
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    figures: RunFigures
    limits: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    front: Front | None = None
    ledger: Ledger | None = None
    estimate: Estimate | None = Field(default=None, description="None: no sentence shows a probability.")
