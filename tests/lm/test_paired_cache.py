import pytest
import torch

from lm.errors import ModelMissing
from lm.paired_cache import load_causal
from tests.prompts.compression.small_models import save_causal


@pytest.fixture(scope="module")
def causal(tmp_path_factory):
    return load_causal(save_causal(tmp_path_factory.mktemp("causal")), precision="fp32")


def test_what_is_read_in_pieces_scores_as_what_is_read_at_once(causal):
    ids = torch.randint(0, 256, (1, 300), generator=torch.Generator().manual_seed(1))
    everything = torch.ones_like(ids)
    at_once = causal.model(ids, attention_mask=everything)
    logits, pairs = [], None
    for begin in range(0, 300, 100):
        read = causal.model(
            ids[:, begin : begin + 100], attention_mask=everything[:, : begin + 100], past_key_values=pairs
        )
        logits.append(read.logits)
        pairs = read.past_key_values
    assert torch.allclose(torch.cat(logits, dim=1), at_once.logits, atol=1e-4)
    assert [keys.shape[2] for keys, _ in pairs] == [300, 300]


def test_a_cache_may_be_cut_by_hand(causal):
    ids = torch.randint(0, 256, (1, 50), generator=torch.Generator().manual_seed(2))
    mask = torch.ones_like(ids)
    whole = causal.model(ids, attention_mask=mask)
    cut = [[keys[:, :, :20], values[:, :, :20]] for keys, values in whole.past_key_values]
    again = causal.model(ids[:, 20:], attention_mask=mask, past_key_values=cut)
    assert torch.allclose(again.logits, whole.logits[:, 20:], atol=1e-4)


def test_a_cache_that_is_not_wanted_is_refused(causal):
    ids = torch.zeros((1, 3), dtype=torch.long)
    with pytest.raises(ValueError, match="use_cache"):
        causal.model(ids, attention_mask=torch.ones_like(ids), use_cache=False)


def test_an_empty_folder_holds_no_model(tmp_path):
    with pytest.raises(ModelMissing):
        load_causal(tmp_path)
