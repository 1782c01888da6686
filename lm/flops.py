"""What a call of a decoder computes, in floating-point operations (FLOPs), from its tokens and the model's size.

Knows sizes and tokens. Must not know prices, roles, or whether anything was computed: what a server kept from an
earlier prompt is counted as if it were computed again, so that the figure repeats.
"""

from pydantic import Field

from lm.types import Frozen, Usage


class ModelSize(Frozen):
    """What the FLOPs of a decoder depend on. All zero is a model that computes nothing."""

    parameters: int = Field(
        ge=0,
        description="Those that every token meets: of a mixture of experts the active ones, and no table of embeddings "
        "that is only looked up (one that also makes the output counts once).",
    )
    layers: int = Field(ge=0)
    width: int = Field(ge=0, description="Of attention: heads times the size of a head.")


class SizeTable(Frozen):
    """Sizes by model name."""

    by_model: dict[str, ModelSize] = Field(default_factory=dict)

    def find(self, model_name: str) -> ModelSize | None:
        """The size of a model; None when it is not known."""
        return self.by_model.get(model_name)


def call_flops(size: ModelSize, usage: Usage) -> float:
    """FLOPs of one call, prompt and completion: each token at its own place, summed in closed form.

    A token costs 2 · parameters, and the t-th of a call 4 · layers · t · width more: in each layer its query meets t
    keys, and t values are summed by their weights, each a multiplication and an addition for every unit of width. Over
    the n tokens of a call that is 2 · parameters · n + 2 · layers · width · n · (n + 1).

    The paper (arXiv 2512.21720) takes 2 · parameters + 2 · layers · n_ctx · width for every token, wherever it stands:
    the mean of the above where n_ctx is n + 1. It multiplies that by the tokens that are generated; here the prompt
    counts, too, for reading is most of what a compressor does. Norms, the softmax and positions are left out by both.
    """
    n_tokens = usage.prompt_tokens + usage.completion_tokens
    attention = 2 * size.layers * size.width * n_tokens * (n_tokens + 1)
    return float(2 * size.parameters * n_tokens + attention)
