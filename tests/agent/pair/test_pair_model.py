"""The pair's helper with a real model, the smallest, which says little that stands. It is held to the rules."""

import pytest

from agent.pair.helper_compressor import HelperCompressor
from prompts.compression.types import Chunk
from tests.agent.pair.scripted_pair import numbers_in
from tests.bag_embedder import BagEmbedder

TEXT = Chunk(
    "money",
    "Harrow Consult was paid 825,000 marks by the Hallin Transit Office. Harrow Consult belonged to Petra Fenn. "
    "It rained on that day. The court ordered Petra Fenn to pay back 640,000 marks.",
)


@pytest.mark.model
def test_whatever_a_small_model_hands_over_resolves_and_keeps_to_the_rate(embedded_chat):
    compressor = HelperCompressor(embedded_chat, BagEmbedder(), str.lower, count_tokens=embedded_chat.count_tokens)
    result = compressor.compress([TEXT], "What did Petra Fenn have to pay back?", rate=0.7)
    assert result.text
    assert result.kept_tokens <= 0.7 * result.original_tokens + 0.5
    for span in result.kept:
        assert result.text[span.at : span.at_end] == TEXT.text[span.start : span.end]
    numbers = {number for line in result.text.splitlines() for number in numbers_in(line)}
    assert numbers == set(range(1, len(result.cited) + 1))
