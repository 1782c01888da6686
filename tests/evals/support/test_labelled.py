import json
from itertools import pairwise

from evals.items import Item
from evals.support.featured import in_order_of_scoring, with_features
from evals.support.gain_cache import GainCache
from evals.support.labelled import claims_of, labelled_claims
from tests.bag_embedder import BagEmbedder
from tests.word_scorer import WordScorer


def item(text, *, spans, **gold):
    return Item(id="a", text=text, gold={"context": "c", "supported": not spans, "spans": spans, **gold})


def test_an_answer_with_marks_is_cut_into_sentences_and_a_marked_one_is_not_supported():
    text = "1. The gate opened at noon (passage 2). It was painted green. Fine."
    start = text.index("green")
    spans = [{"text": "green", "start": start, "end": start + 5, "type": ""}]
    assert list(claims_of(item(text, spans=spans, quality="good"))) == [
        ("The gate opened at noon (the passage).", True),
        ("It was painted green.", False),
    ]


def test_a_text_without_marks_is_one_claim():
    text = "The gate opened. It was green."
    assert list(claims_of(Item(id="a", text=text, gold={"context": "c", "supported": False}))) == [(text, False)]


def halueval(folder, n=40):
    folder.mkdir()
    rows = [
        {"id": f"he-{i}", "context": f"The gate number {i // 2} is open.", "question": "What is open?",
         "response": "gate" if i % 2 else "The bridge is open.", "hallucinated": 1 - i % 2}
        for i in range(n)
    ]  # fmt: skip
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_so_many_claims_are_drawn_and_claims_of_one_document_share_a_half(tmp_path):
    folder = halueval(tmp_path / "halueval_qa")
    claims = labelled_claims(folder, workdir=tmp_path, n=30, seed=1)
    assert len(claims) == 30
    assert claims == labelled_claims(folder, workdir=tmp_path, n=30, seed=1)
    assert claims != labelled_claims(folder, workdir=tmp_path, n=30, seed=2)
    halves = {}
    for claim in claims:
        halves.setdefault(claim.evidence, set()).add(claim.half)
    assert all(len(half) == 1 for half in halves.values())
    assert {claim.half for claim in claims} == {"tuning", "reporting"}


def test_tuning_halves_are_scored_first_and_documents_together(tmp_path):
    claims = labelled_claims(halueval(tmp_path / "halueval_qa"), workdir=tmp_path, n=40, seed=1)
    pairs = list(in_order_of_scoring(claims, seed=1))
    half_of = {(claim.text, claim.evidence): claim.half for claim in claims}
    halves = [half_of[pair] for pair in pairs]
    assert halves == sorted(halves, reverse=True)  # tuning before reporting
    evidence = [pair[1] for pair in pairs]
    assert sum(a != b for a, b in pairwise(evidence)) == len(set(evidence)) - 1


def test_only_scored_claims_have_a_place_beside_a_scorer_s_features(tmp_path):
    claims = labelled_claims(halueval(tmp_path / "halueval_qa"), workdir=tmp_path, n=40, seed=1)
    cache = GainCache(tmp_path / "gains.jsonl", scorer="")
    cache.fill([(claims[0].text, claims[0].evidence)], WordScorer, seconds=60, tell=lambda line: None)
    found = with_features(claims, BagEmbedder(), cache)
    assert len(found) == sum((c.text, c.evidence) == (claims[0].text, claims[0].evidence) for c in claims)
    assert found[0].features.information_gain is not None
    plain = with_features(claims, BagEmbedder())
    assert len(plain) == 40 and plain[0].features.information_gain is None
