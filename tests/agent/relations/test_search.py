"""Derived notes as a way to passages: what only a note bridges, the control, staleness; and no note is ever a hit."""

import random

import pytest

from agent.relations.note_store import notes_in
from agent.run import start
from lm.scripted import ScriptedLM
from retrieval.derived_notes import DerivedNote, NoteIndex
from retrieval.index import Index
from retrieval.search import Searcher
from tests.agent.affair import DOCUMENTS, TOPIC, build_affair
from tests.agent.relations.helpers import faithful, names_asked, open_desk
from tests.agent.run_services import open_services, settings_for
from tests.agent.scripted_writers import faithful as faithful_writer
from tests.bag_embedder import BagEmbedder

# The auditor and the judge meet only over a third name; of a lawsuit and an inheritance no document speaks.
QUERY = "lawsuit, inheritance"


def helper(request):
    names = names_asked(request)
    matter = "a lawsuit about an inheritance" if set(names) == {"Lene Marsk", "Sanna Holt"} else "the same papers"
    return f"{' and '.join(names)} belong to {matter}."


@pytest.fixture
def noted(affair, tmp_path):
    with open_desk(affair.corpus, tmp_path, ScriptedLM(helper)) as desk:
        desk.synthesizer.synthesize(desk.pairs(12), 12)
        return desk.store.notes()


def searchers(affair, notes):
    index = Index.open(affair.corpus, affair.corpus.path.parent / "index", BagEmbedder())
    bare = Searcher(affair.corpus, index, affair.dense)
    return bare, Searcher(affair.corpus, index, affair.dense, notes=NoteIndex(notes, index))


def found_in(searcher, query, k=2):
    return {hit.passage.doc_id for hit in searcher.search_passages(query, k)}


def test_what_only_a_note_bridges_is_found_with_relations_on_and_not_with_them_off_or_rewired(affair, noted):
    off, on = searchers(affair, noted)
    assert found_in(on, QUERY) == {"money.md", "court.md"}
    assert not found_in(off, QUERY) & {"money.md", "court.md"}
    rewired = [found_in(on.rewired(seed), QUERY) & {"money.md", "court.md"} for seed in range(8)]
    assert sum(map(len, rewired)) <= 5  # of 16; by chance 2 of 12 passages each


def test_a_hit_says_which_note_led_to_it_and_what_that_was_worth(affair, noted):
    _, on = searchers(affair, noted)
    for hit in on.search_passages(QUERY, 2):
        assert hit.led_by == "a note on Lene Marsk and Sanna Holt"
        assert hit.scores["notes"] == hit.score
        assert hit.ranks["notes"] in (1, 2)


def test_notes_are_followed_in_linked_mode_only(affair, noted):
    off, on = searchers(affair, noted)
    for mode in ("bm25", "static", "dense", "hybrid", "rrf"):
        assert on.search_passages(QUERY, 5, mode=mode) == off.search_passages(QUERY, 5, mode=mode)


def test_a_search_within_documents_stays_within_them(affair, noted):
    _, on = searchers(affair, noted)
    hits = on.search_passages(QUERY, 5, doc_ids=["court.md", "bread.md"])
    assert {hit.passage.doc_id for hit in hits} == {"court.md", "bread.md"}


def test_a_note_is_not_used_once_a_parent_is_gone(make_affair, tmp_path):
    place = make_affair(DOCUMENTS)
    with open_desk(place.corpus, tmp_path, ScriptedLM(helper)) as desk:
        notes = desk.synthesizer.synthesize(desk.pairs(12), 12).written
    _, before = searchers(place, notes)
    place.corpus.remove(["court.md"])
    _, after = searchers(place, notes)
    for searcher in (before, after):  # opened before the removal, and after it
        hits = searcher.search_passages(QUERY, 12)
        assert not any("Sanna Holt" in hit.led_by for hit in hits)
        assert "court.md" not in {hit.passage.doc_id for hit in hits}


def test_without_notes_nothing_changes_and_nothing_more_is_embedded(affair):
    off, _ = searchers(affair, [])
    index = Index.open(affair.corpus, affair.corpus.path.parent / "index", BagEmbedder())
    empty = Searcher(affair.corpus, index, affair.dense, notes=NoteIndex([], index))
    assert empty.search_passages(TOPIC, 9) == off.search_passages(TOPIC, 9)


def test_static_vectors_lead_to_notes_where_there_is_no_dense_encoder(affair, noted):
    index = Index.open(affair.corpus, affair.corpus.path.parent / "index", BagEmbedder())
    assert found_in(Searcher(affair.corpus, index, None, notes=NoteIndex(noted, index)), QUERY) == {
        "money.md",
        "court.md",
    }


@pytest.mark.parametrize("seed", range(4))
def test_no_hit_is_ever_a_note_whatever_the_notes_say(affair, seed):
    rng = random.Random(seed)
    ids = [row.passage.id for row in affair.corpus.iter_passages()]
    words = " ".join(DOCUMENTS.values()).split()
    notes = [
        DerivedNote(
            text=" ".join(rng.choices(words, k=12)),
            entities=tuple(rng.sample(words, 2)),
            parents=tuple(rng.sample(ids, rng.randint(1, 4))),
            model="m",
            prompt="p",
        )
        for _ in range(30)
    ]
    _, on = searchers(affair, notes)
    for _ in range(20):
        hits = on.search_passages(" ".join(rng.choices(words, k=5)), rng.randint(1, 15))
        assert len({hit.passage.id for hit in hits}) == len(hits)
        for hit in hits:
            assert hit.passage == affair.corpus.passage(hit.passage.id)
            assert hit.passage.text not in {note.text for note in notes}


@pytest.mark.parametrize("seed", range(2))
def test_every_citation_of_a_report_with_relations_on_is_a_passage_of_a_document(tmp_path, seed):
    place = build_affair(tmp_path)
    rng = random.Random(seed)

    def note(request):
        """Of the topic itself, so that every query of the report finds it, with an invention to look for."""
        return f"{faithful(request)[:-1]} and {TOPIC.lower()} in a zorblax {rng.choice(['feud', 'pact', 'sale'])}."

    with open_desk(place.corpus, tmp_path, ScriptedLM(note)) as desk:
        notes = desk.synthesizer.synthesize(desk.pairs(15), 15).written
    assert notes
    _, on = searchers(place, notes_in(tmp_path / "memory.sqlite"))
    led = [hit for hit in on.search_passages(TOPIC, 12) if hit.led_by.startswith("a note on ")]
    settings = settings_for(tmp_path / "home", seed=seed, words=120)
    noted = type(place)(place.corpus, on, place.dense, place.embedder)
    with open_services(noted, settings, ScriptedLM(faithful_writer)) as services:
        result = start(TOPIC, mode="report", words=None, services=services)
    assert led
    by_number = {one.number: one for one in result.report.evidence}
    cited = {number for claim in result.report.claims for number in claim.citations}
    assert cited
    for number in cited:
        quoted = by_number[number]
        assert place.corpus.passage(quoted.passage).doc_id == quoted.document  # no note has such an id
        assert place.corpus.text(quoted.document)[quoted.start : quoted.end] == quoted.quote
    folder = tmp_path / "home" / "runs" / result.run_id
    assert all("zorblax" not in path.read_text(encoding="utf-8") for path in folder.glob("report.*"))
    assert "zorblax" not in (folder / "evidence.jsonl").read_text(encoding="utf-8")
    place.close()
