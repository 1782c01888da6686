import json
from collections import Counter

import pytest

from agent.errors import UsageProblem
from evals.datasets.works import FACTS, WorksOptions, write_works
from evals.report_figures import figures_in

OPTIONS = WorksOptions(sizes=(5_000, 12_000), control_sizes=(10_000,), n_asked=8, n_worlds=2)


def passages_of(item):
    with open(item.gold["corpus"], encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def items(tmp_path):
    return {item.id: item for item in write_works(tmp_path, OPTIONS).items}


def test_every_arm_has_its_sizes_in_every_world(items):
    kinds = Counter(item.kind for item in items.values())
    assert kinds == {"distinct 5k": 2, "distinct 12k": 2, "padded 10k": 2, "repeated 10k": 2, "dense 10k": 2}
    for item in items.values():
        arm, size = item.kind.split()
        n_chars = sum(len(passage["text"]) for passage in passages_of(item))
        if arm != "dense":
            assert n_chars == pytest.approx(int(size[:-1]) * 1_000, rel=0.05)


def test_the_controls_have_the_works_that_they_are_said_to_have(items):
    def works(id_):
        return {passage["title"] for passage in passages_of(items[id_])}

    base, padded = works("distinct-5k-0"), works("padded-10k-0")
    assert works("repeated-10k-0") == base
    assert {title for title in padded if not title.startswith("Letters")} == base
    assert len(works("dense-10k-0")) == 10
    assert base < works("dense-10k-0") < works("distinct-12k-0")


def test_works_that_are_asked_for_come_before_others(items):
    def asked(id_):
        item = items[id_]
        return [passage["title"].casefold() in item.text.casefold() for passage in passages_of(item)]

    assert sum(asked("distinct-5k-0")) == 5 == len(asked("distinct-5k-0"))
    assert (sum(asked("distinct-12k-0")), len(asked("distinct-12k-0"))) == (8, 12)


def test_the_dense_arm_tells_the_same_figures_in_fewer_characters(items):
    whole = {passage["title"]: passage["text"] for passage in passages_of(items["distinct-12k-0"])}
    for passage in passages_of(items["dense-10k-0"]):
        told = whole[passage["title"]]
        assert len(passage["text"]) < 0.4 * len(told)
        assert {one.key for one in figures_in(passage["text"])} <= {one.key for one in figures_in(told)}


def test_padding_says_nothing_of_any_work(items):
    padding = [
        passage["text"] for passage in passages_of(items["padded-10k-0"]) if passage["title"].startswith("Letters")
    ]
    assert padding
    assert not [name for name in items["padded-10k-0"].gold[FACTS] for text in padding if name in text]


def test_worlds_differ_and_the_same_seed_gives_the_same(tmp_path, items):
    assert items["distinct-5k-0"].text != items["distinct-5k-1"].text
    again = write_works(tmp_path / "again", OPTIONS)
    assert again.sha256 == write_works(tmp_path / "more", OPTIONS).sha256
    assert again.sha256 != write_works(tmp_path / "other", OPTIONS.model_copy(update={"seed": 9})).sha256
    fewer = write_works(tmp_path / "fewer", OPTIONS.model_copy(update={"n_asked": 3}))
    assert again.sha256 != fewer.sha256


def test_a_size_below_a_document_is_refused(tmp_path):
    with pytest.raises(UsageProblem, match="at least 1000"):
        write_works(tmp_path, WorksOptions(sizes=(500,)))
