"""What can be set: every option of a home, with its default, its bounds and what it means.

Knows no source of values (files, environment, flags): `agent.config` reads those.
"""

import difflib
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AfterValidator, Field, StringConstraints

from agent.model_settings import Endpoint, EndpointLimits, EndpointModel, ModelPrice, ModelSize, Roles, RoleSettings
from lm.types import Frozen
from prompts.narrative import schema_names
from retrieval.types import SearchMode

Format = Literal["md", "html", "docx", "pdf"]
Planner = Literal["auto", "model", "rules", "storm"]
Drafting = Literal["auto", "paragraph", "sentence"]
Foraging = Literal["margin", "rounds"]
Switch = Literal["on", "off"]
Granularity = Literal["single", "dual"]
SaturationSign = Literal["characters", "directions"]
Facts = Literal["off", "rule", "model"]
Sampling = Literal["independent", "tree", "particles"]
CompressorName = Literal[
    "extractive", "surprisal", "contrastive", "cascade", "classifier", "llmlingua", "longllmlingua", "llmlingua2"
]
CondenserName = Literal["auto", "helper", CompressorName]
Chunking = Literal["length", "information"]
GateForm = Literal["terms", "names", "bits"]
CascadeWay = Literal["auto", "on", "off"]
# Nothing can be said of a phrase without a word.
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
NARRATIVE_WAYS = ("asked", "auto", "off")


def _checked_narrative(name: str) -> str:
    known = (*NARRATIVE_WAYS, *schema_names())
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"{name!r} is no narrative schema; {guess}allowed are {', '.join(known)}")
    return name


Narrative = Annotated[str, AfterValidator(_checked_narrative)]


class RetrievalSettings(Frozen):
    """How documents are cut into passages; a change takes effect at the next ingest."""

    chunking: Chunking = Field(
        default="length",
        description="What passages have alike; information: bits by the scorer, so dense text is cut shorter.",
    )
    target_chars: int = Field(default=900, ge=200, le=8000, description="Usual length of a passage, characters.")
    bits: float = Field(
        default=600.0,
        ge=50.0,
        le=10_000.0,
        description="Usual information of a passage, bits, where it is what counts.",
    )
    max_chars: int = Field(default=1400, ge=200, le=16_000, description="Longest passage, characters.")


class SearchSettings(Frozen):
    """How passages are found, by questions and for reports."""

    mode: SearchMode = Field(
        default="linked",
        description="linked joins words and vectors, then follows names from the best hits; pagerank walks on over "
        "names; hybrid does neither.",
    )
    documents: tuple[Phrase, ...] = Field(
        default=(),
        max_length=1000,
        description="Only these documents, by path, title or id; * and ? stand for any characters. Empty: all.",
    )
    relations: Switch = Field(
        default="off",
        description="on: linked and pagerank also follow derived notes (`wellread corpus relate`) to the passages "
        "behind them.",
    )


class IngestSettings(Frozen):
    """Limits for the child process that parses a file."""

    timeout_s: float = Field(default=20.0, gt=0.0, le=86_400.0, description="Longest silence of a parser, seconds.")
    max_file_mb: float = Field(default=64.0, gt=0.0, le=1e6, description="Larger files go to quarantine, MB.")
    max_memory_mb: int = Field(default=512, ge=128, description="Memory of one parser, MB.")
    jobs: int = Field(default=2, ge=1, le=64, description="Files parsed at once.")


class WriteSettings(Frozen):
    """How a report is written."""

    words: int = Field(default=1200, ge=50, le=10_000, description="Length of the report.")
    saturation_ratio: float = Field(
        default=10.0, ge=1.0, le=1_000.0, description="Distinct evidence characters read per character to be written."
    )
    saturation_target: int = Field(
        default=30_000, ge=0, le=10_000_000, description="Distinct characters to read for any report, however short."
    )
    saturation_floor: int = Field(
        default=15_000,
        ge=0,
        le=10_000_000,
        description="Distinct characters under which a report says that it is thin.",
    )
    saturation_sign: SaturationSign = Field(
        default="characters",
        description="What is enough: characters, or directions: on while passages open new ones, to 1.5 times as many.",
    )
    planner: Planner = Field(
        default="auto",
        description="Who plans; auto: the topic's own list of parts, else the model, checked (of several sections, "
        "and no very small model), else clusters by rule; storm: the model, after interviews with the documents.",
    )
    storm_perspectives: int = Field(
        default=3, ge=0, le=10, description="Interviews of the planner storm, beside that for basic facts."
    )
    storm_turns: int = Field(default=3, ge=1, le=10, description="Questions of each interview, two calls each.")
    narrative: Narrative = Field(
        default="asked",
        description="The narrative schema to plan by (`wellread schemas ls`); asked: the one whose form the request "
        "asks for by name; auto: the one that fits best, where the topic gives no outline of its own; off: none.",
    )
    early_alignment: Switch = Field(
        default="on", description="Whether the model that plans is shown what a first retrieval with the topic found."
    )
    granularity: Granularity = Field(
        default="dual",
        description="dual: a block of a report also reads the best sections for figures, dates and quotations.",
    )
    foraging: Foraging = Field(
        default="rounds",
        description="How a block chooses among its queries: margin leaves one when others promise more.",
    )
    facts: Facts = Field(
        default="off",
        description="Typed facts of what a block reads, into facts.json; rule: figures behind labels; model: what the "
        "helper extracts from the rest of the first passages, too.",
    )
    drafting: Drafting = Field(
        default="auto",
        description="What the writer drafts at once; auto: sentences for a very small model.",
    )
    candidates: int = Field(
        default=1, ge=1, le=16, description="Paragraphs drafted for each block, of which the best supported is kept."
    )
    sampling: Sampling = Field(
        default="independent",
        description="How several candidates come about: tree forks where the writer was least sure, particles grow "
        "sentence by sentence and the better supported go on.",
    )
    max_revisions: int = Field(default=2, ge=0, le=10, description="Tries to mend an unsupported sentence.")
    support_threshold: float = Field(
        default=0.5, ge=0.0, le=1.0, description="Least support, in [0, 1], with which a sentence stands."
    )
    constraints: Switch = Field(
        default="on",
        description="on: what the request demands (length, sections, language, audience, phrases, citations) is read "
        "before planning, checked afterwards, mended in two rounds at most, and told where it is not met.",
    )
    section_titles: tuple[Phrase, ...] = Field(
        default=(), max_length=20, description="Sections that a report must have, by name and in this order."
    )
    avoid: tuple[Phrase, ...] = Field(default=(), max_length=100, description="Phrases that a report must not say.")
    mention: tuple[Phrase, ...] = Field(
        default=(), max_length=50, description="What a report must mention: all words of each in one sentence."
    )
    language: str = Field(
        default="", max_length=40, description="Language of the report's sentences; empty: that of its sources."
    )
    audience: str = Field(default="", max_length=120, description="Whom a report is for, e.g. a general reader.")
    front: Switch = Field(
        default="on",
        description="on: an abstract and key findings, chosen from its own sentences, stand in front of a report of "
        "800 words or more.",
    )
    pacing: Switch = Field(
        default="off",
        description="on: lengths of sentences and paragraphs are brought near a band, and conclusions told last; every "
        "word, citation and check stays.",
    )
    measure_style: Switch = Field(
        default="off",
        description="on: a report's figures say how smooth it is to the scorer, section by section (some ten seconds).",
    )
    max_parallel_blocks: int = Field(default=2, ge=1, le=64, description="Blocks written at once.")
    formats: tuple[Format, ...] = Field(
        default=("md", "html"), min_length=1, description="Files of a finished report: md, html, docx, pdf."
    )
    seed: int = Field(default=66, ge=0, lt=2**32, description="Same seed, same corpus, same models: same bytes.")


class VerifySettings(Frozen):
    """What is done beyond the rules with a written sentence that they pass. Quotations are left alone."""

    cascade: CascadeWay = Field(
        default="auto",
        description="Whether sentences of doubtful support are shown to the judge; auto: where roles.judge names a "
        "model that is neither the writer's nor the default.",
    )
    boundary: float = Field(
        default=0.5, ge=0.0, le=1.0, description="Probability of support about which sentences are doubtful."
    )
    window: float = Field(
        default=0.2,
        ge=0.0,
        le=1.0,
        description="Share of claims on each side of the boundary that is doubtful; 0: none, 1: all.",
    )
    budget: float = Field(
        default=0.5, ge=0.0, le=1.0, description="Most of a block's written sentences that the judge sees, as a share."
    )
    entropy: Switch = Field(
        default="off",
        description="on: how unsure the writer was of each sentence, by its log-probabilities, into claims.jsonl.",
    )


class AskSettings(Frozen):
    """How a question is answered. `pursue` and `route` want `wellread eval calibrate` first, for the same writer."""

    notes: Switch = Field(
        default="off",
        description="on: a note, taken step by step, says what else is read for an answer (some ten calls).",
    )
    pursue: Switch = Field(
        default="off",
        description="on: look up sub-questions, each that which leaves the fewest answers open (forty calls each).",
    )
    route: Switch = Field(
        default="off", description="on: three short answers say how hard the question is, and how deep to read for it."
    )
    evidence_tokens: int = Field(
        default=900,
        ge=100,
        le=32_000,
        description="Evidence that each short answer of `pursue` and `route` is drawn from.",
    )


class CompressSettings(Frozen):
    """What the writer reads of a block's sources, where somebody else reads them first."""

    pair: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="on: somebody else reads each source of a report's block, and the paragraph is written of what it "
        "hands over; auto: on where `wellread compress tune` has chosen for the home.",
    )
    rate: float = Field(
        # At .5 the writer reads as much as the rule would have handed over, so nothing is spared: `docs/results.md`.
        default=0.25,
        gt=0.0,
        le=1.0,
        description="Most that the writer reads, as a share of the sources' tokens; 1: all of it, and no helper.",
    )
    rounds: int = Field(
        default=2, ge=0, le=5, description="Times that the writer may ask for what it misses, before it drafts."
    )
    compressor: CondenserName = Field(
        default="auto",
        description="Who reads the sources: the helper's model, or a compressor; auto: what was tuned for the home, "
        "else the helper.",
    )
    classifier_dir: Path | None = Field(
        default=None, description="Folder of a token classifier, for the compressors classifier and llmlingua2."
    )


class MemorySettings(Frozen):
    """What is remembered beyond a run or a chat, and how it is found again."""

    gate: Switch = Field(
        default="on",
        description="on: windows of a conversation that bring little new are kept in the raw log only.",
    )
    gate_form: GateForm = Field(
        default="terms",
        description="terms: new names and content words for each turn, and distance to what was said before; names: "
        "proper names only, as the paper may be read; bits: what a window says, given the turns before, by the scorer.",
    )
    gate_weight: float = Field(
        default=0.5, ge=0.0, le=1.0, description="Share of new entities in the gate's score; the rest is distance."
    )
    gate_threshold: float | None = Field(
        default=None, ge=0.0, description="Windows that score lower are gated out; none: 0.35, or 75 bits a turn."
    )
    window: int = Field(default=10, ge=1, le=100, description="Turns of a window.")
    stride: int = Field(default=5, ge=1, le=100, description="Turns from one window to the next.")
    extraction: Literal["rules", "model"] = Field(
        default="rules", description="Who draws units from what was said: rules, or the helper model."
    )
    consolidate: Switch = Field(default="on", description="on: units that say the same are joined in the background.")
    affinity_weight: float = Field(
        default=0.7,
        ge=0.0,
        le=1.0,
        description="Share of likeness in the affinity of two units; the rest is nearness in time.",
    )
    decay_per_day: float = Field(default=0.1, ge=0.0, description="How fast nearness in time fades, per day.")
    cluster_threshold: float = Field(
        default=0.85, ge=0.0, le=1.0, description="Mean affinity above which units are joined."
    )
    k_base: int = Field(default=10, ge=3, le=20, description="Units recalled for the simplest question.")
    k_gain: float = Field(
        default=1.0, ge=0.0, le=10.0, description="How much more a complex question recalls: k_base (1 + k_gain C)."
    )
    recall_tokens: int = Field(
        default=800, ge=50, le=32_000, description="Tokens of recalled text that a chat's answer is shown."
    )
    reports: Switch = Field(
        default="on",
        description="on: facts, section summaries and rejected sources of finished reports are remembered.",
    )


class BudgetSettings(Frozen):
    """What one run may take; reaching a limit ends it with a report and a reason."""

    max_tokens: int | None = Field(default=None, gt=0, description="Tokens of all calls; none: no limit.")
    max_usd: float | None = Field(
        default=None, gt=0.0, description="Money by the price table, US dollars; none: no limit."
    )
    max_seconds: float | None = Field(default=None, gt=0.0, description="Wall-clock time, seconds; none: no limit.")


class TelemetrySettings(Frozen):
    """Where runs are told of while they go on."""

    otlp_endpoint: str | None = Field(
        default=None,
        description="A collector of OpenTelemetry spans (OTLP over HTTP), as http://127.0.0.1:4318, or "
        "OTEL_EXPORTER_OTLP_ENDPOINT; needs wellread[otel]. No topic, prompt or text is in them. none: nothing is "
        "sent.",
    )


class Settings(Frozen):
    """Everything that a command may need to know of its surroundings."""

    home: Path = Field(default=Path(".wellread"), description="Folder of corpus, runs, caches and memory.")
    models_dir: Path = Field(
        default=platformdirs.user_cache_path("wellread") / "models", description="Folder of model files."
    )
    offline: bool = Field(
        default=False, description="Refuse every endpoint that is not on this machine, and every download."
    )
    roles: Roles = Field(default=Roles(), description="Models by role.")
    retrieval: RetrievalSettings = Field(default=RetrievalSettings(), description="Passages.")
    search: SearchSettings = Field(default=SearchSettings(), description="Finding passages.")
    ingest: IngestSettings = Field(default=IngestSettings(), description="Limits of parsing.")
    write: WriteSettings = Field(default=WriteSettings(), description="Writing a report.")
    verify: VerifySettings = Field(default=VerifySettings(), description="Second opinions on sentences.")
    ask: AskSettings = Field(default=AskSettings(), description="Answering a question.")
    compress: CompressSettings = Field(default=CompressSettings(), description="Sources read for the writer.")
    memory: MemorySettings = Field(default=MemorySettings(), description="Long-term memory.")
    budget: BudgetSettings = Field(default=BudgetSettings(), description="Limits of one run.")
    telemetry: TelemetrySettings = Field(default=TelemetrySettings(), description="Spans of runs.")
    prices: dict[EndpointModel, ModelPrice] = Field(
        default={},
        description='What models of endpoints cost, US dollars per million tokens: {"openai:NAME" = {input = 0.25, '
        "output = 2.0}}, by the name in roles. Without a price a run's cost is told as unknown.",
    )
    sizes: dict[EndpointModel, ModelSize] = Field(
        default={},
        description='How large models of endpoints are, for their FLOPs: {"openai:NAME" = {parameters = 8.0e9, '
        "layers = 32, width = 4096}}; parameters that a token meets, and heads times their size. Without a size FLOPs "
        "are told as unknown.",
    )

    limits: dict[Endpoint, EndpointLimits] = Field(
        default={},
        description='What endpoints allow: {"https://HOST/v1" = {max_concurrent = 8, requests_per_minute = 500.0, '
        "tokens_per_minute = 2e5}}, by base_url; langchain:PROVIDER for LangChain's. Refusals (429) and Retry-After "
        "are heeded with or without an entry.",
    )

    @property
    def has_cascade(self) -> bool:
        """Whether sentences of doubtful support are shown to the judge."""
        judge, writer, nobody = self.roles.judge, self.roles.writer, RoleSettings()
        is_own = (judge.model, judge.base_url) not in {
            (writer.model, writer.base_url),
            (nobody.model, nobody.base_url),
        }
        return self.verify.cascade == "on" or (self.verify.cascade == "auto" and is_own)
