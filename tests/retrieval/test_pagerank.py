"""Personalised PageRank by push, against a dense linear solve, a closed form and laws."""

import numpy as np
import pytest

from retrieval.pagerank import personalised_pagerank

RING = {"a": {"b": 1.0}, "b": {"c": 1.0}, "c": {"a": 1.0}}
TOWN = {
    "a": {"b": 2.0, "c": 1.0},
    "b": {"a": 2.0, "c": 0.5, "d": 3.0},
    "c": {"a": 1.0, "b": 0.5},
    "d": {"b": 3.0},
    "e": {},  # no edges: the walk stays
}


def walked(graph, seeds, *, damping=0.5, tolerance=1e-9, asked=None):
    def edges_of(nodes):
        if asked is not None:
            asked.extend(nodes)
        return {node: graph[node] for node in nodes}

    return personalised_pagerank(seeds, edges_of, damping=damping, tolerance=tolerance)


def solved(graph, seeds, damping):
    """pi = (1 - d) s + d W^T pi, as a dense system."""
    nodes = list(graph)
    steps = np.array([[graph[a].get(b, 0.0) for b in nodes] if graph[a] else [a == b for b in nodes] for a in nodes])
    steps = steps / steps.sum(axis=1, keepdims=True)
    start = np.array([seeds.get(node, 0.0) for node in nodes]) / sum(seeds.values())
    mass = np.linalg.solve(np.eye(len(nodes)) - damping * steps.T, (1 - damping) * start)
    return dict(zip(nodes, mass, strict=True))


@pytest.mark.parametrize("damping", [0.15, 0.5, 0.85])
@pytest.mark.parametrize("seeds", [{"a": 1.0}, {"a": 3.0, "d": 1.0}, {"c": 1.0, "e": 1.0}])
def test_push_agrees_with_a_dense_linear_solve(seeds, damping):
    expected = solved(TOWN, seeds, damping)
    found = walked(TOWN, seeds, damping=damping)
    assert all(found.get(node, 0.0) == pytest.approx(mass, abs=1e-7) for node, mass in expected.items())


def test_a_ring_of_three_has_a_closed_form():
    found = walked(RING, {"a": 1.0}, damping=0.5)
    assert [found[node] for node in "abc"] == pytest.approx([4 / 7, 2 / 7, 1 / 7])  # (1 - d) d^i / (1 - d^3)


@pytest.mark.parametrize("tolerance", [1e-9, 1e-2, 0.2, 2.0])
def test_mass_sums_to_one_however_roughly_it_is_pushed(tolerance):
    found = walked(TOWN, {"a": 2.0, "e": 1.0}, damping=0.85, tolerance=tolerance)
    assert sum(found.values()) == pytest.approx(1.0)
    assert min(found.values()) > 0.0


def test_without_damping_the_seeds_come_back():
    assert walked(TOWN, {"a": 3.0, "d": 1.0}, damping=0.0) == {"a": 0.75, "d": 0.25}


def test_a_rough_push_stays_within_its_bound_and_asks_for_few_edges():
    endless = lambda nodes: {n: {2 * n + 1: 1.0, 2 * n + 2: 1.0} for n in nodes}  # noqa: E731
    asked = []

    def edges_of(nodes):
        asked.extend(nodes)
        return endless(nodes)

    found = personalised_pagerank({0: 1.0}, edges_of, damping=0.5, tolerance=0.01)
    assert len(asked) == len(set(asked)) <= 1 / (0.01 * 0.5)
    assert found[0] == pytest.approx(0.5)  # nothing comes back in a tree
    assert sum(found.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("seeds", "options"),
    [({}, {}), ({"a": 0.0}, {}), ({"a": 1.0}, {"damping": 1.0}), ({"a": 1.0}, {"tolerance": 0.0})],
)
def test_what_makes_no_walk_is_refused(seeds, options):
    with pytest.raises(ValueError, match=r"seeds|damping"):
        walked(TOWN, seeds, **options)
