"""Export and import: a scope goes through lines of JSON and is the same."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from memory.errors import RecordRejected
from memory.unit_export import export_scope, import_lines
from memory.unit_import import Imported
from memory.unit_records import WindowRecord
from memory.unit_store import UnitStore
from memory.units import Span
from tests.bag_embedder import BagEmbedder
from tests.memory.unit_samples import NOON, abstract_of, days, open_store, turn, unit


@pytest.fixture
def full(tmp_path: Path):
    """A memory with everything: archived, contradicted and forgotten things, recalled spans, a window."""
    with open_store(tmp_path / "full.sqlite") as store:
        quoted = turn(3, "you said tea").model_copy(update={"recalled": (Span(start=9, end=12),)})
        store.log_turns("user", [turn(1, "I like tea"), turn(2, "a secret"), quoted])
        tea = unit("Ada: I like tea", persons=("Ada",), times=(days("2023-05-01", "2023-05-02"),))
        cocoa = unit("Ada: I like cocoa", at=NOON + timedelta(days=1), parents=("s1:3",))
        secret = unit("a secret", parents=("s1:2",))
        hot = unit("Ada: hot drinks are best", kind="note", parents=("hand:1",))
        store.add([tea, secret, cocoa, hot])
        both = abstract_of("Ada likes tea and hot drinks", tea, hot)
        store.consolidate(both, [tea.id, hot.id])
        store.contradict(tea.id, cocoa.id)
        store.forget([secret.id])
        store.log_window(
            WindowRecord(
                scope="user",
                session="s1",
                first_turn=0,
                last_turn=2,
                turn_ids=("s1:1", "s1:2", "s1:3"),
                at=NOON,
                kept=False,
                form="bits",
                h=3.5,
                bits=35.0,
                threshold=4.0,
            )
        )
        yield store


def test_a_scope_that_is_taken_in_is_the_same(full: UnitStore, tmp_path: Path):
    lines = list(export_scope(full, "user"))
    with open_store(tmp_path / "new.sqlite") as new:
        assert import_lines(new, lines) == Imported(turns=3, windows=1, units=4)
        assert list(export_scope(new, "user")) == lines
        assert new.verify() == []
        assert import_lines(new, lines) == Imported()
        assert list(export_scope(new, "user")) == lines
        assert new.forgotten_turns("user") == {"s1:2"}
        vector = BagEmbedder().encode(["Ada: I like cocoa"])[0]
        assert new.search_vectors("user", vector, 3) == full.search_vectors("user", vector, 3)


def test_in_another_scope_units_have_other_ids_and_the_same_standing(full: UnitStore, tmp_path: Path):
    with open_store(tmp_path / "new.sqlite") as new:
        import_lines(new, export_scope(full, "user"), scope="project")
        assert new.scopes() == ["project"]
        old, now = ([found for found in store.units(new_scope, include_archived=True)]
                    for store, new_scope in ((full, "user"), (new, "project")))  # fmt: skip
        assert [found.unit.text for found in now] == [found.unit.text for found in old]
        assert {found.id for found in now}.isdisjoint(found.id for found in old)
        tea, cocoa, hot, both = now
        assert both.unit.members == (tea.id, hot.id)
        assert (tea.archived_by, hot.archived_by, tea.superseded_by, tea.contradicts) == (
            both.id,
            both.id,
            cocoa.id,
            (cocoa.id,),
        )
        assert new.verify() == []


def test_what_was_forgotten_here_does_not_come_back_with_an_old_export(full: UnitStore):
    lines = list(export_scope(full, "user"))
    tea = full.units("user", include_archived=True)[0]
    gone = full.forget([tea.id])
    before = list(export_scope(full, "user"))
    assert import_lines(full, lines).skipped == 2
    assert gone.abstracts and list(export_scope(full, "user")) == before


@pytest.mark.parametrize(
    "wrong", ["{", "[]", '{"memory":2,"scope":"user"}', "{}", '{"turn":{"id":""}}', '{"other":1}', '{"scope":"user"}']
)
def test_a_wrong_line_is_named_and_nothing_is_taken_in(full: UnitStore, tmp_path: Path, wrong: str):
    lines = [*export_scope(full, "user"), "", wrong]
    with open_store(tmp_path / "new.sqlite") as new:
        with pytest.raises(RecordRejected, match=f"line {len(lines)} "):
            import_lines(new, lines)
        with pytest.raises(RecordRejected, match="head"):
            import_lines(new, lines[1:3])
        assert new.scopes() == []


def test_every_line_is_one_json_object_that_says_what_it_is(full: UnitStore):
    kinds = [next(iter(json.loads(line))) for line in export_scope(full, "user")]
    assert kinds == ["memory", *["turn"] * 3, "window", *["unit"] * 4, "contradiction"]
