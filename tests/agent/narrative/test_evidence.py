import pytest

from agent.narrative.evidence import Evidence, Lookup, holds
from prompts.narrative import Slot

SLOT = Slot(
    key="signs",
    title="Signs that were there",
    purpose="Raises the tension.",
    questions=("Which warnings of Jonas Reke came before {topic}?",),
    evidence="ignored warnings of the inspector to the Hallin Transit Office",
    share=0.2,
)
TOPIC = "the failure of the Brenholt cableway"


def looked_up(affair, *, doc_ids=(), **changes):
    slot = SLOT.model_copy(update=changes)
    return Lookup(affair.searcher, affair.embedder, doc_ids).evidence(slot, slot.asked_of(TOPIC))


def test_a_slot_with_passages_of_its_own_has_evidence(affair):
    evidence = looked_up(affair)
    assert isinstance(evidence, Evidence)
    assert evidence.questions == ("Which warnings of Jonas Reke came before the failure of the Brenholt cableway?",)
    assert len(evidence.hits) == len(evidence.vectors) > 0


def test_questions_without_a_near_passage_are_left_out(affair):
    evidence = looked_up(
        affair,
        questions=(
            SLOT.questions[0],
            " ".join(f"zz{i}" for i in range(40)),
        ),
    )
    assert len(evidence.questions) == 1


def test_what_the_topic_alone_brought_is_no_evidence(affair):
    asked = {"questions": ("Zzgrok quuxly {topic}?",), "evidence": "zzgrok quuxly"}
    assert "on the topic, but not on this" in looked_up(affair, **asked)
    assert isinstance(looked_up(affair, general=True, **asked), Evidence)


def test_a_slot_that_must_hold_quotations_has_none_where_nobody_is_quoted(affair):
    assert looked_up(affair, holds=("quotations",)) == "no quotations in what was found"
    assert isinstance(looked_up(affair, holds=("dates", "figures", "names")), Evidence)


def test_evidence_is_looked_up_in_the_named_documents_alone(affair):
    evidence = looked_up(affair, doc_ids=("inspection-2017.txt",))
    assert {hit.passage.doc_id for hit in evidence.hits} == {"inspection-2017.txt"}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("It opened on 12 May 2009.", {"dates", "figures"}),
        ("In 2017 it closed.", {"dates"}),
        ("It carried 410,000 passengers.", {"figures"}),
        ("It stopped at 16:20 sharp.", {"dates"}),
        ("The board told Aldo Fenn so.", {"names"}),
        ("He said: “it is safe for years”.", {"quotations"}),
        ("The rope was old.", set()),
        ("Das seil war für die kabine über dem tal.", set()),
        ("Le câble passe à Évian.", {"names"}),
        ("Das Seil war alt, sagte der Wart.", {"names"}),
        ("קו הרכבל נסגר לפי GPS.", {"names"}),
        (
            "缆车于2019年停运,花费64万。",
            {"dates", "figures", "names"},
        ),  # without capitals nobody can say that no name is there
    ],
)
def test_what_a_text_holds(text, kinds):
    assert {kind for kind in ("dates", "figures", "names", "quotations") if holds(text, kind)} == kinds
