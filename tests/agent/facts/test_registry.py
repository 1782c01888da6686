import pytest
from pydantic import Field

from agent.facts.parse import parse
from agent.facts.records import Fact, Span
from agent.facts.registry import Registry, call_of
from agent.facts.types import STANDARD_TYPES, Entity, Event, FactType, Person, Quantity, Relation

SPAN = Span(document="d", title="D", passage="p", start=0, end=1, text="x")


class Ship(Entity):
    """A vessel, e.g. Calliope."""

    tonnage: str = Field(description="as painted on her side")


class Collision(Event):
    """Two ships meet."""

    struck: Ship
    side: str | None = None


def test_a_class_added_to_the_registry_is_in_the_prompt_as_it_is_declared():
    shown = Registry([*STANDARD_TYPES, Ship, Collision]).definitions()
    assert (
        'class Ship(Entity):\n    """A vessel, e.g. Calliope."""\n    tonnage: str  # as painted on her side\n' in shown
    )
    assert 'class Collision(Event):\n    """Two ships meet."""\n    struck: Ship\n    side: str | None = None' in shown
    assert "Ship" not in Registry().definitions()


def test_definitions_are_python_with_the_fields_of_the_live_classes():
    scope = {}
    exec(f"from __future__ import annotations\n{Registry().definitions()}", scope)
    for known in STANDARD_TYPES:
        shown = scope[known.__name__]
        fields = {name for one in shown.__mro__ for name in getattr(one, "__annotations__", {})}
        assert fields == set(known.model_fields)
        assert shown.__doc__ == known.__doc__
    assert issubclass(scope["Person"], scope["Entity"])


def test_a_call_written_from_a_fact_is_read_back_as_that_fact():
    registry = Registry([*STANDARD_TYPES, Ship, Collision])
    ship = Ship(name='The "Calliope"\n', tonnage="900")
    for stated in (
        ship,
        Collision(trigger="struck", struck=ship, args={"who": [Person(name="Ann"), ship]}, time="3 May"),
        Quantity(subject="Orland", measure="area", value="-3.10", unit="km"),
        Relation(head_entity=ship, tail_entity=Person(name="Ann"), trigger="of"),
    ):
        assert parse(f"[{call_of(stated)}]", registry).stated == (stated,)


def test_a_stored_fact_comes_back_with_the_types_that_it_had():
    ship = Ship(name="Calliope", tonnage="900")
    fact = Fact(stated=Relation(head_entity=ship, tail_entity=Person(name="Ann"), trigger="of"), span=SPAN)
    assert Fact.model_validate_json(fact.model_dump_json()) == fact
    assert fact.model_dump(mode="json")["stated"]["head_entity"] == {
        "type": "Ship",
        "name": "Calliope",
        "tonnage": "900",
    }


def test_chosen_types_bring_their_bases_and_the_types_of_their_hints():
    registry = Registry([*STANDARD_TYPES, Ship, Collision])
    assert registry.only(["Collision"]).names == ("Entity", "Event", "Ship", "Collision")
    assert registry.only(["Quantity"]).names == ("Quantity",)
    assert registry.only([]).names == ()


def test_a_type_that_no_model_could_use_is_refused():
    class Bare(Entity):
        pass

    class Rootless(FactType):
        """Of nothing."""

    for types, said in (([Bare], "docstring"), ([Rootless], "derives"), ([Entity, Entity], "share a name")):
        with pytest.raises(ValueError, match=said):
            Registry(types)
