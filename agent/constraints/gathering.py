"""The ledger's left side: every demand on a report, from options and settings, the request's own words, and the plan.

Gathered before planning, so that the plan can follow it; what the plan promises is added once there is one.
"""

from collections.abc import Sequence

from agent.brief import sections_of
from agent.constraints.languages import tag_of
from agent.constraints.reading import Request, read_request
from agent.constraints.types import Demand, DemandKind, Origin
from agent.counting import counted
from agent.settings import WriteSettings
from agent.types import Outline

TOLERANCE, SECTION_TOLERANCE = 0.10, 0.15
# Sentences are whole: a length that is closer than half of one is met.
_HALF_A_SENTENCE = 12


def request_of(topic: str, settings: WriteSettings) -> Request:
    """The request as it is followed: parted into matter and demands, or, where the ledger is off, as it stands."""
    return read_request(topic) if settings.constraints == "on" else Request(topic.strip())


def gather(request: Request, settings: WriteSettings, *, words: int, is_named: bool) -> tuple[Demand, ...]:
    """All demands that are known before planning, none twice; options come before the request's own words.

    Args:
        request: What was read of the request.
        settings: The run's.
        words: The length that is aimed at.
        is_named: Whether an option or a plan named that length: it wins over bounds that the request states.
    """
    if settings.constraints == "off":
        return ()
    language = tag_of(settings.language) or settings.language
    demands = [
        *_of("section", settings.section_titles),
        *_of("language", [language] if language else []),
        *_of("audience", [settings.audience] if settings.audience else []),
        *_of("avoid", settings.avoid),
        *_of("mention", settings.mention),
    ]
    one_only = {demand.kind for demand in demands if demand.kind in ("section", "language", "audience")}
    demands += [one for one in request.demands if one.kind != "length" and one.kind not in one_only]
    unique: dict[tuple[DemandKind, str], Demand] = {}
    for demand in demands:
        unique.setdefault((demand.kind, demand.wanted.casefold()), demand)
    return (length_demand(request, words, is_named=is_named), *_counted(request), *unique.values())


def _of(kind: DemandKind, wanted: Sequence[str]) -> list[Demand]:
    return [Demand(kind=kind, wanted=" ".join(one.split()), origin="settings") for one in wanted if one.strip()]


def length_demand(request: Request, words: int, *, is_named: bool) -> Demand:
    """The whole length with its tolerance; a bound that the request states is none of our tolerance's."""
    stated = None if is_named else next((one for one in request.demands if one.kind == "length"), None)
    least, most = bounds_of(words, TOLERANCE)
    if stated is not None:
        return stated.model_copy(update={"least": stated.least or least, "most": stated.most or most})
    origin: Origin = "settings" if is_named or request.words is None else "request"
    return Demand(kind="length", wanted=f"{words:,} words", origin=origin, least=least, most=most)


def bounds_of(words: int, tolerance: float) -> tuple[int, int]:
    """Fewest and most words that count as so many."""
    slack = max(_HALF_A_SENTENCE, round(tolerance * words))
    return max(1, words - slack), words + slack


def _counted(request: Request) -> list[Demand]:
    n = sections_of(request.matter)
    if n is None:
        return []
    return [Demand(kind="sections", wanted=counted(n, "section"), origin="request", least=n, most=n)]


def planned_demands(outline: Outline) -> list[Demand]:
    """What the plan promises: each section's share of the length."""
    demands = []
    for section in outline.sections:
        if section.kind == "section":
            words = sum(block.target_words for block in section.blocks)
            least, most = bounds_of(words, SECTION_TOLERANCE)
            demand = Demand(kind="section_length", wanted=section.title, origin="plan", least=least, most=most)
            demands.append(demand)
    return demands


def wanted_of(demands: Sequence[Demand], kind: DemandKind) -> tuple[str, ...]:
    """What demands of one kind want."""
    return tuple(demand.wanted for demand in demands if demand.kind == kind)
