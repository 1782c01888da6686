"""Aboutness: does a report tell what was asked for, and each section what its heading says?"""

from collections.abc import Callable

from evals.datasets.parted_topics import TEXTS, load_parted_topics
from evals.items import Item, Outcome
from evals.metrics.aboutness import Aboutness, Told, aboutness
from evals.programs.aboutness import TOLD, nearest, quotations, write
from evals.suite import Metric, Suite, detail


def _of(share: Callable[[Aboutness], float]) -> Callable[[Item, Outcome], float | None]:
    def score(item: Item, outcome: Outcome) -> float | None:
        texts, told = item.gold[TEXTS], outcome.details[TOLD]
        if not isinstance(texts, dict) or not isinstance(told, list):
            raise ValueError("an item of this suite has the texts of its parts, and an outcome what it told")
        parts = {name: str(text) for name, text in texts.items()}
        quotations = [Told.model_validate(one) for one in told]
        found = aboutness(quotations, parts, asked=list(parts), documents=item.supporting_ids)
        return None if found is None else share(found)

    return score


SUITE = Suite(
    name="aboutness",
    about="Does a report tell what was asked for, and each section what its heading says? No model.",
    wants="a folder with docs/*.md and topics.jsonl (id, topic, outline, doc)",
    load=load_parted_topics,
    programs={"quotations": lambda: quotations, "nearest": lambda: nearest, "write": lambda: write},
    metrics=(
        Metric("on_part", _of(lambda found: found.on_part)),
        Metric("on_document", _of(lambda found: found.on_document)),
        Metric("parts_told", _of(lambda found: found.parts_told)),
        Metric("quotations", _of(lambda found: float(found.quotations)), is_compared=False),
        Metric("words", detail("words"), is_compared=False),
    ),
    variants=frozenset({"write"}),
    needs_model=frozenset({"write"}),
)
