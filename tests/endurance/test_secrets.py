"""A part of the campaign's part `secrets` that needs no models."""

import urllib.request

import pytest

from benchmarks.endurance.secret_endpoint import RepeatingEndpoints
from benchmarks.endurance.secret_places import CANARIES, COMMANDS, ECHOES
from benchmarks.endurance.secret_scan import open_to_others, places_with
from benchmarks.endurance.secrets import bug_cases, echoed_cases, misplaced_cases, problem_of
from benchmarks.endurance.warm import WarmProgram, environment


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "base").mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="module")
def program(place):
    with WarmProgram(environment(place), preload=["benchmarks.endurance.secret_bugs"]) as warm:
        yield warm


def problems(cases, program, place):
    found = {case.told: problem_of(case, program, environment(place), place / "base", place) for case in cases}
    return {told: problem for told, problem in found.items() if problem}


def test_no_endpoint_that_repeats_the_key_spreads_it(program, place):
    with RepeatingEndpoints(ECHOES) as endpoints:
        cases = [case for case in echoed_cases(endpoints) if case.call.name == "doctor"][::2]
        assert len(cases) == len(ECHOES) // 2
        assert problems(cases, program, place) == {}
        assert [case.told for case in cases if not endpoints.was_asked(case.asks)] == []


def test_no_misplaced_key_is_shown_or_kept(program, place):
    cases = [case for case in misplaced_cases() if case.call.name in ("config show", "write", "memory add")]
    assert len(cases) > 15
    assert problems(cases, program, place) == {}


def test_no_crash_tells_the_key(program, place):
    with RepeatingEndpoints(ECHOES) as endpoints:
        cases = [case for case in bug_cases(endpoints) if case.may_crash and case.call.name == "write"]
        assert len(cases) == len(CANARIES)
        assert problems(cases, program, place) == {}


def test_the_scan_finds_a_key_that_is_there(tmp_path):
    key = CANARIES[1]
    (tmp_path / "plain.txt").write_text(f"sent {key[:20]}")
    (tmp_path / "spared.toml").write_text(key)
    (tmp_path / f"named {CANARIES[0]}").touch(0o600)

    assert places_with(key, tmp_path, {"stderr": key}, spared=[tmp_path / "spared.toml"]) == ["stderr", "plain.txt"]
    assert places_with(CANARIES[0], tmp_path, {}) == [f"the name named {CANARIES[0]}"]
    assert sorted(open_to_others(tmp_path)) == ["plain.txt", "spared.toml"]


def test_every_call_has_a_name_of_its_own_and_is_part_of_a_case():
    assert len({call.name for call in COMMANDS}) == len(COMMANDS)
    with RepeatingEndpoints(ECHOES) as endpoints:
        cases = [*echoed_cases(endpoints), *misplaced_cases()]
    assert {call.name for call in COMMANDS} <= {case.call.name for case in cases}


def test_an_endpoint_knows_which_case_asked_it():
    with RepeatingEndpoints(ECHOES) as endpoints:
        with urllib.request.urlopen(f"{endpoints.url(0, 3)}/models") as answer:
            assert answer.status == 200
        assert [endpoints.was_asked(endpoints.url(0, case)) for case in (3, 4)] == [True, False]
