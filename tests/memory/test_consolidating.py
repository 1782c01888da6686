"""Joining units: by time and likeness, once and for all, whoever kills it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from memory.abstracting import RuleAbstractor
from memory.consolidating import Affinity, Consolidation, consolidate
from memory.unit_store import UnitStore
from memory.units import MemoryUnit
from tests.memory.unit_samples import NOON, NOW, open_store, unit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path / "long_term.sqlite") as opened:
        yield opened


def said(text: str, day: float, *, person: str = "Ann", **changes: object) -> MemoryUnit:
    at = NOON + timedelta(days=day)
    return unit(text, at=at, parents=(f"turn:{day}",), persons=(person,), **changes)


def run(store: UnitStore, **options: object) -> Consolidation:
    return consolidate(store, "user", now=NOW, abstractor=RuleAbstractor(), **options)


def texts(store: UnitStore) -> list[str]:
    return [held.unit.text for held in store.units("user")]


def whole(path: Path) -> list[tuple[object, ...]]:
    """All that can be told of a memory's units, in an order of its own."""
    with open_store(path) as store:
        held = store.units("user", include_archived=True)
        return sorted((one.id, one.unit.text, one.archived_by, one.contradicts, one.superseded_by) for one in held)


def test_identical_facts_ten_days_apart_stay_and_one_day_apart_are_joined(store):
    store.add([said("Ann: my cat is called Tom", 0), said("Ann: my cat is called Tom", 10)])
    assert run(store).clusters == 0
    store.add([said("Ann: the sea was cold", 0), said("Ann: the sea was cold", 1)])
    assert run(store).clusters == 1
    assert "Ann: the sea was cold (said on 2 dates, 8 to 9 May 2023)" in texts(store)
    assert len(texts(store)) == 3


def test_identical_facts_ten_days_apart_are_not_joined_over_one_between_them(store):
    store.add([said("Ann: my cat is called Tom", day) for day in (0, 5, 10)])
    # .7 + .3 e^-.5 = .88 for five days; the abstract of two to the third: .7 + .3 (e^-.5 + e^-1) / 2 = .846
    assert run(store).clusters == 1
    assert "Ann: my cat is called Tom" in texts(store)
    assert len(texts(store)) == 2


def test_an_abstract_carries_its_members_and_all_that_they_came_from(store):
    first, second = said("Ann: the sea was cold", 0, entities=("Oslo",)), said("Ann: the sea was cold", 1)
    store.add([first, second])
    done = run(store)
    abstract = store.get(done.abstracts)[0].unit
    assert set(abstract.members) == {first.id, second.id}
    assert set(abstract.parents) == {"turn:0", "turn:1", first.id, second.id}
    assert (abstract.at, abstract.persons, abstract.entities) == (second.at, ("Ann",), ("Oslo",))
    assert [held.archived_by for held in store.get([first.id, second.id])] == [abstract.id] * 2
    assert [found for found, _ in store.search_words("user", "cold sea", 5)] == [abstract.id]
    assert done == Consolidation(clusters=1, abstracts=(abstract.id,), archived=2, contradictions=0)


def test_done_twice_it_changes_nothing(store, tmp_path):
    store.add(crowd())
    assert run(store).clusters > 5
    before = whole(tmp_path / "long_term.sqlite")
    assert run(store) == Consolidation(clusters=0, abstracts=(), archived=0, contradictions=0)
    assert whole(tmp_path / "long_term.sqlite") == before


def test_what_is_said_again_joins_the_abstract_in_a_tree(store):
    store.add([said("Ann: the sea was cold", day) for day in (0, 1)])
    first = run(store).abstracts[0]
    store.add([said("Ann: the sea was cold", 2)])
    second = run(store)
    top = store.get(second.abstracts)[0].unit
    assert first in top.members
    assert len(top.members) == 2
    assert texts(store) == ["Ann: the sea was cold (said on 3 dates, 8 to 10 May 2023)"]
    assert {f"turn:{day}" for day in (0, 1, 2)} <= set(top.parents)


def test_contradictions_are_never_joined_and_the_newer_is_current(store):
    older, newer = said("Ann: my cat has 3 kittens", 0), said("Ann: my cat has 4 kittens", 1)
    again = said("Ann: my cat has 3 kittens", 0.5)
    long_after = said("Ann: my cat has 5 kittens", 90)
    store.add([older, newer, again, long_after])
    done = run(store)
    joined = store.get(done.abstracts)[0]
    assert set(joined.unit.members) == {older.id, again.id}
    assert done.contradictions == 3
    assert joined.superseded_by == store.get([newer.id])[0].superseded_by == long_after.id
    assert store.get([long_after.id])[0].superseded_by == ""
    assert len(texts(store)) == 3


def test_an_injected_rule_says_what_contradicts(store):
    store.add([said("Ann: the sea was cold", day) for day in (0, 1)])
    done = run(store, conflicts=lambda one, other: True)
    assert (done.clusters, done.contradictions) == (0, 1)


def test_what_is_forgotten_meanwhile_is_left_out(store):
    cold = [said("Ann: the sea was cold", day) for day in (0, 1)]
    gone = said("Ann: the tide table hangs by the door", 0)
    store.add([*cold, gone])

    def forgetful(one: MemoryUnit, other: MemoryUnit) -> bool:
        store.forget([gone.id])
        return True

    assert run(store, conflicts=forgetful).contradictions == 1
    assert len(texts(store)) == 2


def test_two_people_who_say_the_same_are_two_units(store):
    store.add([said("the sea was cold", 0), said("the sea was cold", 0.1, person="Bo")])
    assert run(store).clusters == 0


def test_other_scopes_rejected_sources_and_the_future_are_left_alone(store):
    cold = "Ann: the sea was cold"
    store.add([said(cold, 0), said(cold, 1, scope="project"), said(cold, 1, kind="rejected", reason="off topic")])
    store.add([said(cold, 400)])
    assert run(store).clusters == 0


def test_a_lower_threshold_joins_more(store):
    store.add([said("Ann: my cat is called Tom", 0), said("Ann: my cat is called Tom", 10)])
    assert run(store, constants=Affinity(threshold=0.8)).clusters == 1


def test_nothing_has_nothing_to_join(store):
    assert run(store) == Consolidation(clusters=0, abstracts=(), archived=0, contradictions=0)


def crowd() -> list[MemoryUnit]:
    """Twenty things, each said a few times within days, and one once a day for weeks: abstracts of abstracts."""
    found = [said("Ann: the tide table hangs by the door", float(day)) for day in range(40)]
    for thing in range(20):
        word = f"thing{thing} matters to me and belongs to topic{thing}"
        found += [said(f"Ann: {word}", 3 * thing + again * 1.5) for again in range(thing % 4 + 2)]
        if thing % 3 == 0:
            found += [said(f"Ann: {word} in {n} ways", 2.0 * thing) for n in (5, 7)]
    return found


def test_killed_eight_times_it_loses_nothing_and_ends_the_same(tmp_path):
    killed, unharmed = tmp_path / "killed.sqlite", tmp_path / "unharmed.sqlite"
    with open_store(killed) as store:
        store.add(crowd())
    shutil.copy(killed, unharmed)
    with open_store(unharmed) as store:
        done = run(store)
    assert done.clusters + done.contradictions > 30
    said_ids = {one.id for one in crowd()}
    with consolidators() as parent:
        for kill in range(8):
            assert ends(parent, killed, writes=1, rest_s=0.002 * kill) == "killed"
            assert said_ids <= {row[0] for row in whole(killed)}
        assert ends(parent, killed, writes=1_000) == "done"
    assert whole(killed) == whole(unharmed)


@contextmanager
def consolidators() -> Iterator[subprocess.Popen[str]]:
    """A process that forks a consolidating child for each path that it is told."""
    command = [sys.executable, "-m", "tests.memory.consolidation_process"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        yield parent
        assert parent.stdin is not None
        parent.stdin.close()


def ends(parent: subprocess.Popen[str], path: Path, *, writes: int, rest_s: float = 0.0) -> str:
    """How a child ends that is killed some time after so many writes: "killed", or "done" if it was done before."""
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(f"{path}\n")
    parent.stdin.flush()
    child = int(parent.stdout.readline())
    for written, line in enumerate(parent.stdout, start=1):
        if line != "wrote\n":
            return line.strip()
        if written == writes:
            time.sleep(rest_s)
            os.kill(child, signal.SIGKILL)
    raise AssertionError("the parent is gone")
