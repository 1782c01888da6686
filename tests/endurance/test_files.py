"""A small part of the campaign's hostile files, without models; and that its judge sees what is wrong."""

from pathlib import Path

import pytest

from benchmarks.endurance import file_judging, parser_watch
from benchmarks.endurance.file_cases import groups, mutated
from benchmarks.endurance.file_encodings import encoded_files
from benchmarks.endurance.file_judging import faults_of_screen, faults_of_store, stored_in
from benchmarks.endurance.file_mutators import MUTATORS
from benchmarks.endurance.file_places import CANARY, TRAPS, Place, lay_traps, remove_deep
from benchmarks.endurance.file_seeds import SEEDS
from benchmarks.endurance.file_traps import faults_of_traps
from benchmarks.endurance.parser_watch import Watched, watched_parser
from benchmarks.endurance.part import Options
from retrieval.corpus import Corpus
from retrieval.ingest import ingest
from retrieval.parsing.wire import ParseLimits

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="watches processes by /proc of Linux"
)


def ingested(folder, home):
    with Corpus.open(home / "corpus.sqlite") as corpus:
        ingest([folder], corpus)
    return home / "corpus.sqlite"


def test_the_whole_campaign_holds_two_thousand_spoilt_files_of_every_kind(tmp_path):
    options = Options(tmp_path, tmp_path, seed=66, scale=1.0, tell=str)
    found = list(groups(options))
    assert sum(len(group.cases) for group in found if group.what.startswith("bytes")) >= 2_000
    assert sum(len(group.cases) for group in found if group.what.startswith("shapes")) >= 200
    assert len({case.told for group in found for case in group.cases}) == sum(len(group.cases) for group in found)


def test_the_same_seed_spoils_a_file_the_same_way(tmp_path):
    for case in mutated(SEEDS[0], 1, 66, 0):
        case.write(tmp_path / "once")
        case.write(tmp_path / "again")
        assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()


def test_spoilt_files_are_read_or_refused_within_their_limits(tmp_path):
    cases = [
        case for at, seed in enumerate(SEEDS) for case in mutated(seed, 1, 66, at * 1000)[at % 3 :: len(MUTATORS) // 4]
    ]
    folder = tmp_path / "files"
    folder.mkdir()
    with watched_parser(ParseLimits()) as parser:
        for case in cases:
            case.write(folder / case.name)
            assert parser.read(folder / case.name).faults == [], case.told
    assert faults_of_store(stored_in(ingested(folder, tmp_path)), [case.name for case in cases]) == {}


def test_hostile_shapes_are_read_or_refused_within_their_limits(tmp_path):
    options = Options(tmp_path, tmp_path, seed=66, scale=1.0, tell=str)
    names = (
        *(".md a heading of half links", ".txt 1 GB of nothing", ".html a charset that is none"),
        *(".json lists a hundred thousand deep", ".jsonl.gz gzip in gzip", ".docx a billion laughs"),
        *(".docx a password", ".pdf tables in a circle", ".json an id of a million characters"),
    )
    cases = [case for group in groups(options) for case in group.cases if case.told in names]
    assert len(cases) == len(names)
    with watched_parser(ParseLimits()) as parser:
        for case in cases:
            case.write(tmp_path / case.name)
            assert parser.read(tmp_path / case.name).faults == [], case.told


def test_text_in_every_encoding_is_stored_or_refused_and_unicode_is_stored_right(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    files = [one for one in encoded_files() if one.name.endswith((".txt", ".html"))]
    for one in files:
        (folder / one.name).write_bytes(one.content)
    stored = stored_in(ingested(folder, tmp_path))
    assert faults_of_store(stored, [one.name for one in files]) == {}
    assert [one.name for one in files if one.must_read and one.text not in stored.texts.get(one.name, "")] == []


def test_names_and_places_of_every_kind_are_read_or_refused_and_nothing_outside_is(tmp_path):
    place = Place(tmp_path / "inside", tmp_path / "outside")
    lay_traps(place)
    try:
        assert faults_of_traps(ingested(place.inside, tmp_path)) == {}
    finally:
        remove_deep(place)
    assert sum(trap.is_read for trap in TRAPS) >= 100


def test_the_judge_sees_what_is_missing_and_what_came_from_outside(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text(f"Some words, and {CANARY}")
    found = faults_of_store(stored_in(ingested(folder, tmp_path)), ["a.txt", "b.txt"])
    assert found == {
        "a.txt": "holds a text from outside the folder",
        "b.txt": "neither in the corpus nor in quarantine",
    }


@pytest.mark.parametrize("shown", ["a\x1b]0;QZ", "\x1b[2JQZ", "\u202eQZ1.txt", "a\nQZ", "\x9b2JQZ"])
def test_the_judge_sees_what_reaches_a_terminal_raw(shown):
    assert len(faults_of_screen(shown)) == 1
    assert faults_of_screen("\x1b[32mok\x1b[0m a\ufffdQZ1.txt\n") == []


@pytest.mark.parametrize(
    ("seconds", "peak", "reason"),
    [(25.0, 0, ""), (1.0, 600 << 20, ""), (1.0, 0, "the parser failed with status 1: KeyError: 'x'")],
)
def test_the_judge_sees_what_takes_too_much_and_what_the_parser_let_through(seconds, peak, reason):
    assert len(Watched("a.txt", seconds, peak, 0, reason).faults) == 1
    assert Watched("a.txt", 19.0, 500 << 20, 1, "").faults == []
    assert parser_watch.MAX_SECONDS == 20.0 and file_judging.CANARY
