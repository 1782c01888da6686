"""Relations among facts become notes that lead a search to their passages."""

from agent.facts.noted import relation_notes
from agent.facts.records import Fact, Span
from agent.facts.types import Organisation, Person, Quantity, Relation


def fact(stated, passage):
    return Fact(stated=stated, span=Span(document="d", title="T", passage=passage, start=0, end=1, text="x"))


def relation(head, tail, trigger):
    return Relation(head_entity=Person(name=head), tail_entity=Organisation(name=tail), trigger=trigger)


def test_relations_of_one_pair_are_one_note_that_leads_to_all_their_passages():
    facts = [
        fact(relation("Jonas Reke", "Hallin Transit Office", "warned"), "p1"),
        fact(Quantity(subject="Hallin", measure="cabins", value=38), "p1"),
        fact(relation("Petra Fenn", "Osk & Vane", "led"), "p2"),
        fact(relation("JONAS REKE", "Hallin Transit Office", "sued"), "p3"),
        fact(relation("Jonas Reke", "Hallin Transit Office", "warned"), "p3"),
    ]
    one, other = relation_notes(facts, model="m", prompt="d")
    assert (one.entities, one.parents) == (("Hallin Transit Office", "Jonas Reke"), ("p1", "p3"))
    assert one.text == ("Jonas Reke warned Hallin Transit Office. JONAS REKE sued Hallin Transit Office.")
    assert (other.text, other.parents) == ("Petra Fenn led Osk & Vane.", ("p2",))
    assert (one.model, one.prompt, one.bridge) == ("m", "d", "")


def test_the_reverse_of_a_pair_is_the_same_note():
    names = ("Orme", "ann")
    (one,), (other,) = (
        relation_notes([fact(relation(*pair, "knows"), "p")], model="m", prompt="d") for pair in (names, names[::-1])
    )
    assert one.entities == other.entities == ("ann", "Orme")


def test_a_pair_in_many_passages_leads_to_four_and_says_only_what_stands_there():
    facts = [fact(relation("Ann", "Orme", f"word{n}"), f"p{n}") for n in range(6)]
    (note,) = relation_notes(facts, model="m", prompt="d")
    assert note.parents == ("p0", "p1", "p2", "p3")
    assert "word3" in note.text
    assert "word4" not in note.text
