"""The note loop: when it stops, what it costs, and what it keeps."""

import json

import pytest

from lm.errors import BudgetExceeded
from lm.scripted import ScriptedLM
from tests.agent.notes.scripted_notes import (
    always,
    as_lines,
    asking_anew,
    by_worth,
    copying,
    kinds,
    note_model,
    notes_of,
    prefer,
)


def willing(**replies):
    """Copies what it reads, asks anew, and takes the longer note for the better one."""
    return note_model(**{"lines": copying, "queries": asking_anew(), "verdict": by_worth(len), **replies})


@pytest.mark.parametrize(
    ("limits", "replies", "stop_reason", "calls"),
    [
        pytest.param({"top_k": 1, "max_refs": 99}, {}, "max_step", 1 + 4 * 3, id="three steps accepted"),
        pytest.param({"top_k": 1, "max_step": 0}, {}, "max_step", 1, id="no step"),
        pytest.param({"top_k": 2, "max_refs": 4}, {}, "refs_cap", 1 + 4, id="what may be read is read"),
        pytest.param({"top_k": 2, "max_refs": 2}, {}, "refs_cap", 1, id="the first retrieval was all"),
        pytest.param({"top_k": 1}, {"verdict": always(prefer("neither"))}, "fails", 1 + 4 * 2, id="twice no better"),
        pytest.param({"top_k": 1}, {"verdict": always("{}")}, "fails", 1 + 2 * (2 + 2 * 3), id="verdicts unreadable"),
        pytest.param({"top_k": 1}, {"lines": always("no")}, "fails", 3 + 2 * (1 + 3), id="lines unreadable"),
        pytest.param({"top_k": 1}, {"queries": always("no")}, "fails", 1 + 2 * 3, id="queries unreadable"),
        pytest.param({"top_k": 1}, {"lines": always(as_lines())}, "fails", 1 + 2 * 2, id="nothing noted, no verdict"),
        pytest.param(
            {"top_k": 1, "min_claims_per_token": 1.0},
            {},
            "fails",
            1 + 2 * 2,
            id="too little for its length, no verdict",
        ),
    ],
)
def test_a_note_takes_exactly_so_many_calls(take, limits, replies, stop_reason, calls):
    model = willing(**replies)
    result = take(model, **limits)
    assert (result.stop_reason, result.calls) == (stop_reason, calls)
    assert len(model.requests) == calls
    assert result.tokens > 0


def test_a_step_asks_for_queries_then_lines_then_two_verdicts(take):
    model = willing()
    take(model, top_k=1, max_step=1)
    assert kinds(model) == ["note_lines", "note_queries", "note_lines", "Preference", "Preference"]
    first, second = (notes_of(request.messages[-1].content) for request in model.requests[-2:])
    assert first == second[::-1]
    assert first[1].startswith(first[0])


def test_a_search_that_brings_the_same_again_ends_the_note_without_a_verdict(take, passages):
    model = willing()
    result = take(model, search=lambda query, k: passages[:k], top_k=2)
    assert (result.stop_reason, result.calls) == ("no_new_docs", 2)
    assert kinds(model) == ["note_lines", "note_queries"]
    assert (result.best.version, len(result.best.lines)) == (1, 2)


def test_a_search_that_finds_nothing_asks_nobody(take):
    model = willing()
    result = take(model, search=lambda query, k: [])
    assert (result.stop_reason, result.calls, result.best.lines) == ("no_new_docs", 0, ())


@pytest.mark.parametrize(("n_paid", "n_lines"), [(0, 0), (1, 1), (4, 1), (5, 2)])
def test_a_budget_that_ends_leaves_the_best_note_so_far(take, n_paid, n_lines):
    willing_reply = willing()
    stopped = ScriptedLM(
        lambda request: willing_reply.chat(request).text,
        errors={n_paid: BudgetExceeded("max_tokens=1 would be broken", limit="max_tokens")},
    )
    result = take(stopped, top_k=1)
    assert (result.stop_reason, result.limit, result.calls) == ("budget", "max_tokens", n_paid)
    assert len(result.best.lines) == n_lines


def test_failures_are_counted_over_all_steps_not_in_a_row(take):
    verdicts = iter(["neither", "neither", "second", "first", "neither", "neither"])
    model = willing(verdict=lambda prompt: prefer(next(verdicts)))
    result = take(model, top_k=1, max_step=9)
    assert [step.is_accepted for step in result.history] == [True, False, True, False]
    assert result.stop_reason == "fails"


@pytest.mark.parametrize("place", ["first", "second"])
def test_a_judge_that_goes_by_places_never_gets_an_addition_accepted(take, place):
    result = take(willing(verdict=always(prefer(place))), top_k=1)
    assert result.best.version == 1
    assert [step.reason for step in result.history[1:]] == [f"the judge prefers whatever stands {place}"] * 2


FOUND = "The brake of the lift froze in the night of 3 February."
POISON = {
    "a contradiction": "The brake of the lift never froze, and its wheel broke in the heat of July.",
    "beside the question": "Flour, water and salt make a loaf if the baker waits for two days.",
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
@pytest.mark.parametrize(
    ("judge", "n_lines"),
    [
        pytest.param(
            by_worth(lambda note: note.count("froze in") - sum(p in note for p in POISON.values())), 1, id="sees"
        ),
        pytest.param(by_worth(len), 2, id="takes whatever is added"),
    ],
)
def test_what_contradicts_or_is_beside_the_question_leaves_the_best_note_as_it_was(
    take, make_affair, poison, judge, n_lines
):
    """The second judge shows that the first one's verdicts, and not chance, keep the note clean."""
    place = make_affair({"a.md": f"# The lift\n\n{FOUND}\n", "b.md": f"# Other\n\n{poison}\n"})
    found = {doc.id: place.corpus.passages_of(doc.id) for doc in place.corpus.documents()}
    question = "What froze?"
    result = take(
        willing(verdict=judge),
        question=question,
        search=lambda query, k: found["a.md"] if query == question else found["b.md"],
        over=place,
    )
    assert len(result.best.lines) == n_lines
    assert result.best.lines[0].text == FOUND
    assert result.history[1].lines[0].text == poison
    assert result.history[1].is_accepted == (n_lines == 2)


HOPS = {
    "film.md": "# Harrow Lane\n\nThe film Harrow Lane was directed by Ilse Marek.\n",
    "marek.md": "# Ilse Marek\n\nIlse Marek comes from the harbour of Kolding.\n",
    **{
        f"film{n}.md": f"# {name}\n\nThe film {name} has a director who was born in a town of the north.\n"
        for n, name in enumerate(["Old Lane", "Harrow Hill", "Low Lane", "Harrow Road", "High Lane"])
    },
}
TWO_HOPS = "In which town was the director of the film Harrow Lane born?"


def following(prompt):
    """Asks about whom the note names."""
    name = "Ilse Marek" if "Ilse Marek" in prompt else "the director of Harrow Lane"
    return json.dumps({"queries": [f"Where does {name} come from?", f"Who is {name}?"]})


@pytest.mark.parametrize(
    ("queries", "found_at", "stop_reason"),
    [
        pytest.param(following, 1, "no_new_docs", id="follows the note"),
        pytest.param(always(json.dumps({"queries": [TWO_HOPS, TWO_HOPS.upper()]})), None, "no_new_docs", id="repeats"),
    ],
)
def test_the_second_hop_is_found_by_what_the_first_one_noted(take, make_affair, queries, found_at, stop_reason):
    place = make_affair(HOPS)

    def search(query, k):
        return [hit.passage for hit in place.searcher.search_passages(query, k, mode="hybrid")]

    result = take(willing(queries=queries), question=TWO_HOPS, search=search, over=place, top_k=3)
    (second_hop,) = (passage.id for passage in place.corpus.passages_of("marek.md"))
    reads = [step.step for step in result.history if second_hop in step.passages]
    assert reads == ([] if found_at is None else [found_at])
    assert (second_hop in result.best.passages) == (found_at is not None)
    assert result.stop_reason == stop_reason


def test_two_queries_are_searched_apart_and_fused_by_rank(take, passages):
    a, b, c, d, e = passages[:5]
    answers = {"query 1": [b, c], "query 2": [d, c], "What happened?": [a]}
    result = take(willing(), search=lambda query, k: answers.get(query, [e]), max_step=1, top_k=2)
    assert result.history[1].passages == (c.id, b.id)


def test_what_had_no_room_in_a_step_may_be_read_in_a_later_one(take, passages):
    result = take(willing(), search=lambda query, k: passages[:3], top_k=2, max_step=2)
    assert [len(step.passages) for step in result.history] == [2, 1, 0]


def test_every_step_is_told_as_it_ends(take):
    told = []
    result = take(willing(), top_k=1, tell=told.append)
    assert tuple(told) == result.history
    assert result.queries == ("What happened?", *(f"query {n}" for n in range(1, 7)))
    assert [line.step for line in result.best.lines] == [0, 1, 2, 3]
