"""FLOPs against sums made by hand, and against the laws that they follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm.catalog import CATALOG, SMOLLM2
from lm.flops import ModelSize, SizeTable, call_flops
from lm.types import Usage

TOY = ModelSize(parameters=10, layers=1, width=2)
sizes = st.builds(
    ModelSize, parameters=st.integers(0, 10**12), layers=st.integers(0, 200), width=st.integers(0, 20_000)
)
counts = st.integers(0, 300)


def test_three_tokens_of_a_toy_by_hand():
    # 2 x 10 for each of three tokens, and 4 x 2 for each of the 1 + 2 + 3 keys that their queries meet.
    assert call_flops(TOY, Usage(prompt_tokens=2, completion_tokens=1)) == 60 + 48


def test_a_call_of_the_default_writer_by_hand():
    # 2 x 134,515,008 x 120 tokens, and 4 x 30 layers x 576 wide x (1 + … + 120) = 7,260 keys.
    usage = Usage(prompt_tokens=100, completion_tokens=20)
    assert SMOLLM2.size is not None
    assert call_flops(SMOLLM2.size, usage) == 32_283_601_920 + 501_811_200


@given(size=sizes, prompt=counts, completion=counts)
def test_a_call_is_the_sum_over_its_tokens_each_at_its_own_place(size, prompt, completion):
    one_by_one = sum(
        2 * size.parameters + 4 * size.layers * t * size.width for t in range(1, prompt + completion + 1)
    )  # fmt: skip
    assert call_flops(size, Usage(prompt_tokens=prompt, completion_tokens=completion)) == float(one_by_one)


@given(size=sizes, n=st.integers(1, 300))
def test_the_papers_formula_is_the_mean_token_of_a_full_window(size, n):
    per_token = 2 * size.parameters + 2 * size.layers * (n + 1) * size.width
    assert call_flops(size, Usage(prompt_tokens=n)) == pytest.approx(n * per_token)


@given(size=sizes, one=counts, other=counts)
def test_two_calls_never_cost_more_than_one_with_the_tokens_of_both(size, one, other):
    apart = call_flops(size, Usage(prompt_tokens=one)) + call_flops(size, Usage(prompt_tokens=other))
    assert apart <= call_flops(size, Usage(prompt_tokens=one + other))


def test_nothing_read_or_written_is_nothing_computed():
    assert call_flops(TOY, Usage()) == 0.0


def test_an_unknown_size_is_none():
    assert SizeTable(by_model={"a": TOY}).find("b") is None


def test_every_decoder_of_the_catalogue_has_a_size_and_no_encoder():
    assert {entry.kind for entry in CATALOG if entry.size} == {"chat", "scorer"}
    assert all(entry.size for entry in CATALOG if entry.kind in ("chat", "scorer"))


@pytest.mark.parametrize("entry", [entry for entry in CATALOG if entry.kind == "chat"], ids=lambda entry: entry.name)
def test_the_sizes_of_the_catalogue_are_those_of_the_files(entry, models_dir):
    path = models_dir / entry.name / entry.files[0].name
    if not path.is_file():
        pytest.skip(f"no model at {path}; fetch it with `wellread models pull {entry.name}`, or set WELLREAD_MODELS")
    from gguf import GGUFReader

    reader = GGUFReader(path)
    family = reader.fields["general.architecture"].contents()
    layers, width = (reader.fields[f"{family}.{name}"].contents() for name in ("block_count", "embedding_length"))
    shapes = {tensor.name: int(tensor.n_elements) for tensor in reader.tensors}
    assert (entry.size.layers, entry.size.width) == (layers, width)
    # Both families make their output with the table of embeddings: a second copy in the file is no more parameters.
    assert entry.size.parameters == sum(shapes.values()) - shapes.get("output.weight", 0)
