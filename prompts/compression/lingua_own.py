"""LLMLingua and LongLLMLingua with one more fault mended, which changes what is kept: the package weighs each token by
how surprising the *next* one is, because its losses are one place off. Loads torch and llmlingua: import late.
"""

from lm.paired_cache import Tensor
from prompts.compression.lingua_engine import SEGMENT_TOKENS, CausalLingua


class OwnLossLingua(CausalLingua):
    """Weighs each token by its own loss. The first one has none, and stays."""

    def get_compressed_input(  # noqa: PLR0913 - the package's signature
        self,
        loss: Tensor,
        input_ids: Tensor,
        attention_mask: Tensor,
        end: int = SEGMENT_TOKENS,
        iterative_size: int = SEGMENT_TOKENS,
        threshold: float = 0.5,
        keep_flag: Tensor | None = None,
        split_token_id: int = 13,
        start: int = 0,
        self_loss: Tensor | None = None,
        self_input_ids: Tensor | None = None,
        self_attention_mask: Tensor | None = None,
    ) -> tuple[Tensor | None, ...]:
        """Delete tokens of one segment by losses that are put in their places, and put back for the next segment."""
        result = super().get_compressed_input(
            _one_later(loss), input_ids, attention_mask, end, iterative_size, threshold, keep_flag, split_token_id,
            start, None if self_loss is None else _one_later(self_loss), self_input_ids, self_attention_mask,
        )  # fmt: skip
        kept_loss, kept_self_loss = result[4], result[5]
        if kept_loss is not None:
            kept_loss = _one_earlier(kept_loss, loss)
        if kept_self_loss is not None and self_loss is not None:
            kept_self_loss = _one_earlier(kept_self_loss, self_loss)
        return *result[:4], kept_loss, kept_self_loss, *result[6:]


def _one_later(loss: Tensor) -> Tensor:
    """(n,) each token's own loss, from (n,) the next one's."""
    later = loss.roll(1)
    later[:1] = float("inf")
    return later


def _one_earlier(kept: Tensor, before: Tensor) -> Tensor:
    """(n,) the losses of the next tokens that are left; the last one is as it was before."""
    earlier = kept.roll(-1)
    earlier[-1:] = before[-1:]
    return earlier
