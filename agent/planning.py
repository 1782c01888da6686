"""A plan without a run: preview, first retrieval and outline, and nothing kept but the calls that were paid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.admission import require_usable
from agent.craft_plan import make_alignment, make_brief, make_outline
from agent.narrative.user_plan import UserPlan
from agent.progress import Tee
from agent.run import Listener, context_of
from agent.services import Services
from agent.types import Brief, Outline
from memory.dict_store import MemoryStore


@dataclass(frozen=True)
class Planned:
    """What a run would begin with; `stops`: the budget that kept the model from planning, if one did."""

    brief: Brief
    outline: Outline
    stops: tuple[str, ...]


def plan_report(
    topic: str,
    *,
    words: int | None,
    services: Services,
    plan: UserPlan | None = None,
    listeners: Sequence[Listener] = (),
) -> Planned:
    """The plan that a report on the topic would follow. A run of the same topic, settings and corpus plans the same,
    and has the model's replies from the call cache.

    Raises:
        UsageProblem: the topic, the length or the plan cannot be used.
        NotEnoughEvidence: the corpus has too little on the topic.
        LMError: an endpoint failed for good.
    """
    require_usable(topic, words, "report", services, plan)
    context = replace(context_of(services, Tee([*listeners]), plan=plan), store=MemoryStore())
    brief_id = make_brief(topic, words, "report", context)
    alignment_id = make_alignment(brief_id, "report", context)
    outline_id, stops = make_outline(brief_id, alignment_id, context)
    store = context.store
    return Planned(store.get_model(brief_id, Brief), store.get_model(outline_id, Outline), tuple(stops))
