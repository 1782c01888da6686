"""What is refused at the door: topics, lengths and plans that a run could not follow."""

from agent.brief import preview
from agent.errors import UsageProblem
from agent.narrative.user_plan import UserPlan
from agent.services import Services
from agent.state import Mode


def require_usable(topic: str, words: int | None, mode: Mode, services: Services, plan: UserPlan | None = None) -> None:
    """Refuse what would be refused in the middle of a run.

    Raises:
        UsageProblem: the topic is empty, the length out of bounds, or the plan names documents that are not there.
    """
    if not topic.strip():
        raise UsageProblem("the topic is empty", hint='say what to write about: wellread write "TOPIC"')
    if mode == "answer":
        return
    try:
        preview(topic, words=words, default_words=services.settings.write.words, documents=())
    except ValueError as error:
        raise UsageProblem(str(error), hint="change --words, or the length that the topic states") from error
    if plan is not None:
        _require_documents(plan, services)


def _require_documents(plan: UserPlan, services: Services) -> None:
    named = {document for section in plan.sections for asked in section.questions for document in asked.documents}
    unknown = sorted(named - {document.id for document in services.corpus.documents()}) if named else []
    if unknown:
        raise UsageProblem(
            f"the plan names documents that the corpus does not have: {', '.join(unknown[:5])}",
            hint="`wellread corpus ls` lists their ids",
        )
