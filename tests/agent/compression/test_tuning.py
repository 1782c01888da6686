from dataclasses import replace

import pytest

from agent.compression.choice import best_of
from agent.compression.opening import Compressors
from agent.compression.picture import png
from agent.compression.so_far import SoFar
from agent.compression.tuning import Bench, Probe, draw_probes, measure_all
from agent.config_value import ConfigError
from agent.settings import CompressSettings, Settings
from lm.errors import ModelMissing
from prompts.compression.extractive import Extractive
from prompts.compression.random_deletion import RandomDeletion
from prompts.compression.token_level import TokenLevel
from prompts.compression.token_scores import Surprisal
from prompts.compression.types import NOTHING_FORCED, Chunk
from tests.agent.compression.test_choice import choice
from tests.bag_embedder import BagEmbedder
from tests.prompts.compression.made_sources import MuteScorer, RareWordScorer, count_pieces

WORDS = ["sluice", "crane", "timber", "council", "harbour", "engine", "ledger", "winter", "bridge", "letter"]


def probes(n: int = 3, rivals: int = 4) -> list[Probe]:
    """Passages that share their plain words; what is their own is a few long ones."""

    def text(at: int) -> str:
        own = " ".join(f"{word}{at}works" for word in WORDS)
        return f"The report of it was made to them at the end of it all. {own}. It was to be so."

    return [
        Probe(f"question {q}", tuple(Chunk(f"{q}-{c}", text(q * rivals + c)) for c in range(rivals))) for q in range(n)
    ]


def bench(scorer=None) -> Bench:
    return Bench(probes(), scorer or RareWordScorer(), lambda line: None, lambda: 0.0)


def nothing(folder) -> SoFar:
    folder.mkdir(exist_ok=True)
    return SoFar(folder / "so-far.json", "these passages")


def test_what_keeps_the_telling_words_has_more_bits_than_a_lot(tmp_path):
    surprisal = TokenLevel("surprisal", Surprisal(RareWordScorer(), "table"), count_pieces)
    made = {"surprisal": surprisal, "random": RandomDeletion(count_pieces, seed=5)}
    measured = measure_all(bench(), ("surprisal", "random"), made.__getitem__, [0.15], nothing(tmp_path))
    rows = {row.compressor: row for row in measured}
    assert rows["surprisal"].bits > rows["random"].bits
    assert rows["surprisal"].bits <= 2.0  # log2 of four rivals
    assert rows["surprisal"].actual_rate == pytest.approx(0.15, abs=0.02)
    best, _ = best_of(tuple(rows.values()), 0.15, max_seconds=None, max_usd=None)
    assert best.compressor == "surprisal"


def test_a_compressor_that_cannot_is_told_and_the_others_are_measured(tmp_path):
    made = {
        "surprisal": TokenLevel("surprisal", Surprisal(MuteScorer(), "mute"), count_pieces),
        "extractive": Extractive(BagEmbedder(), count_pieces),
    }
    refused, done = measure_all(bench(), ("surprisal", "extractive"), made.__getitem__, [0.5], nothing(tmp_path))
    assert refused == "surprisal: it does not score given text"
    assert done.compressor == "extractive"


def test_a_compressor_that_cannot_be_opened_is_told_with_the_way_out(tmp_path):
    made = Compressors(Settings(), count_pieces).open
    (refused,) = measure_all(bench(), ("classifier",), made, [0.5], nothing(tmp_path))
    assert refused.startswith("classifier: ") and "compress.classifier_dir" in refused


class Thrifty:
    """Leaves nothing of the first so many texts, at a small rate."""

    name = "extractive"

    def __init__(self, n_emptied):
        self.n_emptied = n_emptied

    def compress(self, chunks, query="", *, rate=None, target_tokens=None, force=NOTHING_FORCED):
        whole = Extractive(BagEmbedder(), count_pieces).compress(chunks, query, rate=1.0)
        is_gone = rate < 0.1 and int(chunks[0].id.partition("-")[0]) * 4 + int(chunks[0].id[-1]) < self.n_emptied
        return replace(whole, text="", kept=(), kept_tokens=0) if is_gone else whole


def test_a_passage_of_which_nothing_is_left_tells_nothing(tmp_path):
    six_gone, all_gone = (lambda name: Thrifty(6)), (lambda name: Thrifty(12))
    whole, half = measure_all(bench(), ("extractive",), six_gone, [0.5, 0.05], nothing(tmp_path / "six"))
    (refused,) = measure_all(bench(), ("extractive",), all_gone, [0.05], nothing(tmp_path / "all"))
    assert half.bits == pytest.approx(0.5 * whole.bits)
    assert half.bits_per_token == pytest.approx(whole.bits_per_token)
    assert half.top1 == pytest.approx(0.5 * whole.top1)
    assert refused == "extractive: nothing is left of any passage at rate 0.05"


def test_a_tuning_that_is_stopped_goes_on_where_it_was(tmp_path):
    made = {"extractive": Extractive(BagEmbedder(), count_pieces), "random": RandomDeletion(count_pieces, seed=5)}
    names, rates = ("extractive", "random"), [0.5, 0.25]
    measured = measure_all(bench(), names, made.__getitem__, rates, nothing(tmp_path))
    before = [next(measured) for _ in range(3)]
    heard = []
    again = replace(bench(), tell=heard.append)
    rows = list(measure_all(again, names, made.__getitem__, rates, nothing(tmp_path)))
    assert rows[:3] == before and len(rows) == 4
    assert heard == ["2 of 2: random", "random at rate 0.25: 3 × 4 passages"]


def test_measurements_on_something_else_and_damaged_ones_count_as_none(tmp_path):
    path = tmp_path / "so-far.json"
    row = choice().table[0]
    SoFar(path, "these passages").add(row)
    assert SoFar(path, "these passages").find(row.compressor, row.rate) == row
    assert SoFar(path, "others").find(row.compressor, row.rate) is None
    path.write_text("{", encoding="utf-8")
    assert SoFar(path, "these passages").find(row.compressor, row.rate) is None


def test_probes_have_rivals_of_their_own_question_and_are_drawn_by_the_seed(affair):
    found = draw_probes(affair.corpus, affair.searcher, n=2, rivals=2, seed=1)
    assert found and all(len(probe.chunks) == 2 for probe in found)
    assert len({probe.query for probe in found}) == len(found)
    assert found == draw_probes(affair.corpus, affair.searcher, n=2, rivals=2, seed=1)


def test_a_compressor_by_a_classifier_wants_one():
    with pytest.raises(ConfigError, match="none is set") as caught:
        Compressors(Settings(), count_pieces).open("classifier")
    assert "compress.classifier_dir" in caught.value.hint
    with pytest.raises(ConfigError, match="wants a helper"):
        Compressors(Settings(), count_pieces).open("helper")


def test_a_folder_without_a_classifier_is_refused_with_a_way_out(tmp_path):
    settings = Settings(compress=CompressSettings(classifier_dir=tmp_path / "none"))
    with pytest.raises(ModelMissing, match="no token classifier"):
        Compressors(settings, count_pieces).open("llmlingua2")
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"]}')
    settings = Settings(compress=CompressSettings(classifier_dir=tmp_path))
    for name in ("classifier", "llmlingua2"):
        with pytest.raises(ConfigError, match="no token classifier") as caught:
            Compressors(settings, count_pieces).open(name)
        assert "compress.classifier_dir" in caught.value.hint


def test_the_picture_is_the_same_each_time():
    first = png(choice())
    assert first.startswith(b"\x89PNG") and first == png(choice())
