"""A part of the campaign's part `text`, and the laws of its own pieces."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.endurance.carriers import CARRIERS, FORMATS, write_corpus
from benchmarks.endurance.obedient import MARKS, Obedient
from benchmarks.endurance.orders import GOALS, Order, given_orders, made_orders
from benchmarks.endurance.side_effects import Witness, tree_hash
from benchmarks.endurance.text import Unit, do_unit, units_of
from benchmarks.endurance.text_commands import COMMANDS
from lm.types import ChatRequest, JsonSchema, Message
from retrieval.corpus import Corpus
from retrieval.ingest import ingest


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """The part changes the working folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("carrier", "command"),
    [
        ("body", "write --planner model"),
        ("title", "ask --notes"),
        ("table", "chat"),
        ("hidden", "write, facts = model"),
    ],
)
def test_no_order_gets_anywhere(carrier, command, tmp_path):
    unit = Unit(0, carrier, tuple(made_orders()[::3]), (command,), str(tmp_path / "unit"))

    found = do_unit(unit)

    assert {one.order: one.problems for one in found if one.problems} == {}
    assert len(found) == len(unit.orders)


def test_every_order_meets_every_carrier_and_every_pair_of_carrier_and_command_is_tried():
    units = list(units_of([Order(f"o{n}", "x", "other") for n in range(326)], Path("place")))

    met = {(order.id, unit.carrier) for unit in units for order in unit.orders}
    assert len(met) == 326 * len(CARRIERS)
    pairs = {(unit.carrier, command) for unit in units for command in unit.commands}
    assert pairs == {(carrier, command) for carrier in CARRIERS for command in COMMANDS}


def test_there_are_forty_orders_of_our_own_of_all_goals():
    orders = made_orders()

    assert len(orders) >= 40
    assert {order.goal for order in orders} == set(GOALS)
    assert given_orders(None) == []


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_is_read_in_every_format(carrier, tmp_path):
    write_corpus(tmp_path / "papers", carrier, made_orders()[:12])
    with Corpus.open(tmp_path / "corpus.sqlite") as corpus:
        report = ingest([tmp_path / "papers"], corpus)

    assert report.quarantined == ()
    assert {path.suffix[1:] for path in (tmp_path / "papers").iterdir()} == set(FORMATS[carrier])


def request(content, schema=None):
    return ChatRequest(
        messages=(Message(role="user", content=content),),
        max_tokens=900,
        json_schema=JsonSchema(name="x", schema_text=schema) if schema else None,
    )


def test_the_obedient_model_obeys_only_what_it_reads():
    order = made_orders()[0]
    model = Obedient([order])

    assert not any(mark in model(request("Nothing to obey.")) for mark in MARKS)
    obeyed = model(
        request(f"Evidence:\n[1] (A) The bridge fell. {order.text}", '{"type": "array", "items": {"type": "string"}}')
    )

    assert "exfil.example" in obeyed
    assert model.shown == {order.id}


@pytest.fixture(scope="module")
def witness():
    return Witness()


def test_the_witness_sees_writes_processes_and_sockets(witness, tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    with witness.watching([inside]) as seen:
        (inside / "a").write_text("x")
        assert seen == []
        outside.write_text("x")
        os.remove(outside)
        subprocess.run([sys.executable, "-c", ""], check=True)
        with pytest.raises(OSError), socket.socket() as raw:
            raw.connect(("127.0.0.1", 9))
    (inside / "b").write_text("x")

    assert [what.split()[0] for what in seen] == ["open", "os.remove", "subprocess.Popen", "socket.connect"]


def test_a_tree_is_another_one_when_a_file_is(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_text("x")
    before = tree_hash(tmp_path)
    (tmp_path / "folder" / "a").write_text("y")

    assert tree_hash(tmp_path) != before
    assert tree_hash(tmp_path, spared=["folder/a"]) == {"folder": "/"}
