"""What is refused at the door: topics, lengths and plans that a run could not follow."""

from collections.abc import Sequence

from agent.brief import preview
from agent.constraints.gathering import gather, request_of, wanted_of
from agent.constraints.languages import NAMES, tag_of
from agent.constraints.phrases import said_phrases
from agent.constraints.types import Demand
from agent.errors import UsageProblem
from agent.narrative.user_plan import UserPlan
from agent.services import Services
from agent.settings import WriteSettings
from agent.state import Mode


def require_usable(topic: str, words: int | None, mode: Mode, services: Services, plan: UserPlan | None = None) -> None:
    """Refuse what would be refused in the middle of a run.

    Raises:
        UsageProblem: the topic is empty, the length out of bounds, demands contradict each other, or the plan names
            documents that are not there.
    """
    if not topic.strip():
        raise UsageProblem("the topic is empty", hint='say what to write about: wellread write "TOPIC"')
    if mode == "answer":
        return
    settings = services.settings.write
    request = request_of(topic, settings)
    try:
        preview(request.matter, words=words or request.words, default_words=settings.words, documents=())
    except ValueError as error:
        raise UsageProblem(str(error), hint="change --words, or the length that the topic states") from error
    _require_possible(topic, settings)
    if plan is not None:
        _require_documents(plan, services)


def _require_possible(topic: str, settings: WriteSettings) -> None:
    """Refuse demands that nobody could meet, or that would not be looked at."""
    set_here = {
        "section_titles": settings.section_titles,
        "avoid": settings.avoid,
        "mention": settings.mention,
        "language": settings.language,
        "audience": settings.audience,
    }
    if settings.constraints == "off" and (unused := [key for key, value in set_here.items() if value]):
        raise UsageProblem(
            f"write.{unused[0]} is set, and write.constraints = off would ignore it",
            hint=f"leave out write.{unused[0]}, or set write.constraints to on",
        )
    if settings.language and tag_of(settings.language) is None:
        raise UsageProblem(
            f"the language {settings.language!r} is not known here",
            hint=f"known are {', '.join(f'{tag} ({name})' for tag, name in NAMES.items())}",
        )
    request = request_of(topic, settings)
    _require_one_length(request.demands)
    demands = gather(request, settings, words=settings.words, is_named=False)
    if len(languages := wanted_of(demands, "language")) > 1:
        named = " and in ".join(NAMES.get(tag, tag) for tag in languages)
        raise UsageProblem(f"a report in {named} is asked for", hint="ask for one language")
    avoided = wanted_of(demands, "avoid")
    for wanted in (*wanted_of(demands, "section"), *wanted_of(demands, "mention")):
        if said := said_phrases(wanted, avoided):
            raise UsageProblem(f"“{wanted}” is asked for, and “{said[0]}” is to be avoided", hint="ask for one of them")


def _require_one_length(demands: Sequence[Demand]) -> None:
    least = [demand for demand in demands if demand.kind == "length" and demand.least]
    most = [demand for demand in demands if demand.kind == "length" and demand.most]
    for low in least:
        for high in most:
            if (low.least or 0) > (high.most or 0):
                raise UsageProblem(
                    f"“{low.wanted}” and “{high.wanted}” are both asked for", hint="change one of the two"
                )


def _require_documents(plan: UserPlan, services: Services) -> None:
    named = {document for section in plan.sections for asked in section.questions for document in asked.documents}
    unknown = sorted(named - {document.id for document in services.corpus.documents()}) if named else []
    if unknown:
        raise UsageProblem(
            f"the plan names documents that the corpus does not have: {', '.join(unknown[:5])}",
            hint="`wellread corpus ls` lists their ids",
        )
