"""Writers for tests of plans by interviews over the affair: what is asked in each prompt, and replies to it."""

import re

from tests.agent.scripted_writers import faithful

TOPIC = "The failure of the Brenholt cableway"
QUESTIONS = (
    "Why did the grip of cabin 17 slip on the haul rope?",
    "Which letter of Jonas Reke warned the Hallin Transit Office of the springs?",
    "How much did the Hallin Transit Office pay to Harrow Consult?",
    "What did the Cableway Act of 2022 give to inspectors?",
    "How many passengers did the failure of the Brenholt cableway injure?",
    "To how many years was the director Aldo Fenn sentenced by the court?",
)
HEADINGS = (
    "Grip and haul rope of cabin 17",
    "Warnings of the inspector Jonas Reke",
    "Payments to Harrow Consult",
    "Reforms of the Cableway Act",
    "Passengers and the court of Hallin",
)
_NUMBERED = re.compile(r"^\[(\d+)\] \([^)]*\) (.*)$", re.MULTILINE)


def asks(request):
    """ "question", "answer", "draft" or "refine"; else what other writers know."""
    system = request.messages[0].content
    if "you interview somebody" in system:
        return "question"
    if system.startswith("You answer questions from numbered sentences"):
        return "answer"
    if system.startswith("You lay out reports"):
        return "refine" if "first layout" in request.messages[-1].content else "draft"
    return "other"


def numbered(request):
    """The numbered sentences of an answer's prompt."""
    return [(int(number), text) for number, text in _NUMBERED.findall(request.messages[-1].content)]


def quoting(request):
    """The first two numbered sentences with their numbers."""
    return " ".join(f"{text} [{number}]" for number, text in numbered(request)[:2])


class Talker:
    """Asks what it was given, one question after another; answers by `answer`; lays out by its headings."""

    def __init__(self, questions=QUESTIONS, *, answer=quoting, draft=HEADINGS, refine=HEADINGS, other=faithful):
        self._questions = iter(questions)
        self._answer, self._other = answer, other
        self._headings = {"draft": "\n".join(draft), "refine": "\n".join(refine)}

    def __call__(self, request):
        kind = asks(request)
        if kind == "question":
            return next(self._questions, "Thank you.")
        if kind == "answer":
            return self._answer(request)
        return self._headings.get(kind) or self._other(request)
