"""What is wrong with a user's plan that has the right form, each fault with its place and how to mend it."""

from collections.abc import Iterator, Mapping, Sequence

from agent.config_value import near_misses
from agent.frame import body_words
from agent.narrative.user_plan import UserPlan
from prompts.narrative import schema_names

_LENGTH_TOLERANCE = 0.5  # a planner's own sections may stay well under the body, where it found too few


def plan_faults(plan: UserPlan) -> list[str]:
    """Repeated titles, questions and ids, an unknown schema, lengths, and an order that dependencies contradict."""
    faults = []
    for what, texts in (
        ("title", [section.title for section in plan.sections]),
        ("question", [asked.question for section in plan.sections for asked in section.questions]),
        ("id", [id_ for ids in plan.ids() for id_ in ids]),
    ):
        folded = [" ".join(text.casefold().split()) for text in texts]
        faults += [
            f"the {what} “{t}” stands there twice; change one" for i, t in enumerate(texts) if folded[i] in folded[:i]
        ]
    if plan.narrative and plan.narrative not in schema_names():
        near = near_misses(plan.narrative, schema_names())
        faults.append(f"narrative: there is no schema {plan.narrative!r}; {guess_of(near, schema_names())}")
    return faults + _length_faults(plan) + _dependency_faults(plan)


def _length_faults(plan: UserPlan) -> list[str]:
    faults = []
    for i, section in enumerate(plan.sections, start=1):
        own = [question.words for question in section.questions]
        if None in own and any(own):
            faults.append(f"section {i} (“{section.title}”): give words to each of its questions, or to none")
        elif section.words is not None and None not in own and section.words != section.length:
            faults.append(
                f"section {i} (“{section.title}”) has {section.words} words and its questions have {section.length}; "
                "leave one of them out"
            )
    without = [section.title for section in plan.sections if section.length is None]
    if without and len(without) < len(plan.sections):
        faults.append(f"“{without[0]}” has no length while others have; give words to every section, or to none")
    if not faults and not without and plan.words is not None:
        planned, body = sum(section.length or 0 for section in plan.sections), body_words(plan.words)
        if abs(planned - body) > _LENGTH_TOLERANCE * body:
            faults.append(
                f"its sections have {planned:,} words, and a report of {plan.words:,} words has {body:,} for them; "
                "change words, or leave it out"
            )
    if not faults and plan.report_words is not None and not 50 <= plan.report_words <= 10_000:
        faults.append(f"it makes a report of {plan.report_words:,} words, which is not between 50 and 10,000")
    return faults


def _dependency_faults(plan: UserPlan) -> list[str]:
    order = [id_ for ids in plan.ids() for id_ in ids]
    depends_on = {
        id_: asked.depends_on
        for section, ids in zip(plan.sections, plan.ids(), strict=True)
        for asked, id_ in zip(section.questions, ids, strict=True)
    }
    places = {id_: f"section {i}, question {j}" for i, ids in enumerate(plan.ids(), 1) for j, id_ in enumerate(ids, 1)}
    faults = []
    for id_, others in depends_on.items():
        for other in others:
            if other not in depends_on:
                guess = guess_of(near_misses(other, order), order)
                faults.append(f"{places[id_]}, depends_on: no question has the id {other!r}; {guess}")
    if faults:
        return faults
    if circle := next(_circles(depends_on), None):
        return [f"{' → '.join(circle)}: they depend on each other in a circle; take one out of depends_on"]
    for id_, others in depends_on.items():
        if later := [other for other in others if order.index(other) > order.index(id_)]:
            where = ", ".join(f"{other} ({places[other]})" for other in later)
            mend = "move it behind, or take them out of depends_on"
            faults.append(f"{places[id_]} ({id_}) depends on what is told after it: {where}; {mend}")
    return faults


def _circles(depends_on: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Ids that depend on one another, the first again at the end."""
    for start in depends_on:
        paths = [[start]]
        seen: set[str] = set()
        while paths:
            path = paths.pop()
            for other in depends_on[path[-1]]:
                if other == start:
                    yield [*path, start]
                elif other not in seen:
                    seen.add(other)
                    paths.append([*path, other])


def guess_of(near: Sequence[str], known: Sequence[str]) -> str:
    """What may have been meant, and what is allowed."""
    guess = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{guess}allowed are {', '.join(known)}"
