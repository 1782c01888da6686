"""`wellread measure` from the command line; the scorer is the real small one, or is missing."""

import json

import pytest

from agent.main import run

SOURCES = {
    "harbour.md": "# The harbour\n\nThe harbour of Vessel Point froze for eleven weeks in the winter of 1902, and the "
    "herring boats rotted at their moorings while the crews hauled coal on sledges.",
    "potter.md": "# The potter\n\nA potter in the hills above Lunde mixes ash from beech wood into her glaze, which "
    "turns a dull green when the kiln is fired too slowly.",
    "line.md": "# The line\n\nTrains on the Marrow line were pulled by two engines over the summit until 1954, when "
    "the gradient was eased by a tunnel of nine hundred metres.",
    "orchard.txt": "The orchard keepers of Teal graft three sorts of apple upon one trunk, so that a single tree "
    "feeds a family from August to the first snow.",
}
SUMMARY = """# In short

The herring boats of Vessel Point rotted while the harbour was frozen in 1902.

# Crafts

The potter of Lunde mixes ash into her glaze, and slow firing turns it green.

# Railways

Two engines pulled the trains on the Marrow line until the tunnel was dug in 1954.

# Fruit

Around Teal three sorts of apple grow on one trunk, and a tree feeds a family.
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    sources = tmp_path / "sources"
    sources.mkdir()
    for name, text in SOURCES.items():
        (sources / name).write_text(text)
    (tmp_path / "summary.md").write_text(SUMMARY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WELLREAD_MODELS", str(tmp_path / "models"))
    return tmp_path


@pytest.fixture
def with_models(place, scorer_models, monkeypatch):
    """The same place, with the static embedder and the scorer."""
    monkeypatch.setenv("WELLREAD_MODELS", str(scorer_models))
    return place


@pytest.fixture
def call(capsys):
    def called(*argv):
        code = run(["measure", *map(str, argv), "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return called


def test_without_a_model_the_packers_measure_and_it_is_said(place, call):
    code, found, err = call("summary.md")
    assert (code, found["sources"], found["density"]["surprisal"]) == (0, None, None)
    assert found["density"]["words"] > 50
    assert 0 < found["density"]["zlib_bytes"] < found["density"]["lzma_bytes"]
    assert "wellread models pull smollm2-135m-scorer" in err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.md", None, "missing.md"),
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\n", "white space"),
        ("binary.bin", bytes(range(256)) * 8, "cannot measure"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_hint(place, call, name, content, said):
    if content is not None:
        (place / name).write_bytes(content)
    code, found, err = call(name)
    assert (code, found) == (2, None)
    error = json.loads(err.splitlines()[-1])["error"]
    assert said in error["message"]
    assert error["hint"]


def test_a_folder_is_no_file_to_measure(place, call):
    code, _, err = call("sources")
    assert code == 2
    assert "a folder" in err


def test_no_corpus_and_two_corpora_are_errors(place, call):
    assert call("summary.md", "--corpus")[0] == 5
    assert call("summary.md", "--corpus", "--against", "sources")[0] == 2


@pytest.mark.model
def test_a_model_is_needed_to_hold_a_file_against_its_sources(place, static_models, call):
    (place / "models").mkdir()
    (place / "models" / "minilm-static").symlink_to(static_models / "minilm-static")
    code, found, err = call("summary.md", "--against", "sources")
    assert (code, found) == (2, None)
    assert "smollm2-135m-scorer" in err
    assert call("summary.md", "--against", "nowhere")[0] == 5


@pytest.mark.model
def test_a_summary_says_of_which_passage_each_part_is(with_models, call):
    code, found, err = call("summary.md", "--against", "sources")
    assert code == 0
    density, sources = found["density"], found["sources"]
    assert density["surprisal"]["bits_per_byte"] == pytest.approx(
        density["surprisal"]["bits"] / len(SUMMARY.strip().encode()), rel=0.05
    )
    assert len(density["windows"]) == 4
    assert [part["document"] for part in sources["parts"]] == ["harbour.md", "potter.md", "line.md", "orchard.txt"]
    kept = sources["kept"]
    assert (kept["parts"], kept["passages"], kept["ceiling_bits"]) == (4, 4, 2.0)
    assert 1.0 < kept["bits"] <= 2.0
    assert kept["top1"] == 1.0
    assert kept["bits_per_token"] == pytest.approx(kept["bits"] / kept["mean_tokens"])
    assert sources["embeddings"]["bits"] is None
    assert "64" in sources["embeddings"]["refused"]
    assert all(0.3 < near["distance"] <= 1.1 for near in sources["near"])
    assert "scored 16 of 16" in err
    assert not (with_models / "home").exists()


@pytest.mark.model
def test_plain_text_has_the_ceiling_beside_the_bits(with_models, capsys):
    assert run(["measure", "summary.md", "--against", "sources", "--contexts", "2", "--parts", "2", "-q"]) == 0
    said = capsys.readouterr().out
    assert "bits a byte" in said
    assert "of its sources: at least" in said
    assert "refused" in said
