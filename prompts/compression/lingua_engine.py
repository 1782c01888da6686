"""llmlingua's `PromptCompressor` with a causal model, made to run here, and made to say which characters it kept.

The package decides what is kept; overridden is only what stops it: its constructor asks the network for a tokenizer,
its cache surgery is that of old libraries (`lm.paired_cache`), it evaluates a string as code, it leaves what is shorter
than a segment as it is, and it returns a text without places. Loads torch and llmlingua: import it late.
"""

import math
import re
from collections.abc import Sequence

from llmlingua import PromptCompressor

from lm.paired_cache import CausalFolder, Tensor
from prompts.compression.lingua_parts import CountingTokenizer, KeptCharacters, by_text
from prompts.compression.types import Span, TokenCounter

_GAP = "\n\n"  # what the package puts between passages
_BUDGET = re.compile(r"\+\d{1,9}")
SEGMENT_TOKENS = 200


class CausalLingua(PromptCompressor):  # type: ignore[misc]
    """LLMLingua (arXiv 2310.05736) and LongLLMLingua (arXiv 2310.06839) as the package has them.

    Not for several threads: it notes, while it runs, what it keeps.
    """

    def __init__(self, causal: CausalFolder, count_tokens: TokenCounter, *, window_tokens: int) -> None:
        """Make ready; the package's own constructor is not called, because it loads from the network.

        Args:
            causal: The model that weighs tokens.
            count_tokens: Counts what the package would count for GPT-3.5.
            window_tokens: What is scored and cached at once.

        Raises:
            ValueError: the window does not fit the model, or holds no more than two segments.
        """
        if not 2 * SEGMENT_TOKENS < window_tokens <= causal.max_positions:
            raise ValueError(
                f"window of {window_tokens} tokens, but it must be above {2 * SEGMENT_TOKENS} "
                f"and the model takes up to {causal.max_positions}"
            )
        self.model_name = ""
        self.use_llmlingua2 = False
        self.cache_bos_num = 10
        self.prefix_bos_num = 100
        self.oai_tokenizer = CountingTokenizer(count_tokens)
        self.tokenizer = causal.tokenizer
        self.model = causal.model
        self.device = "cpu"
        self.context_idxs: list[list[int]] = []
        self.max_position_embeddings = window_tokens
        self._order: list[int] = []
        self._spans: list[Span] = []
        self._n_joined = 0
        self._popped: list[int] = []
        self._positions: Tensor | None = None

    def keep(self, texts: Sequence[str], question: str, *, rate: float, long: bool) -> KeptCharacters:
        """Compress, and say what is left.

        Args:
            texts: None of them blank, none with white space at an end.
            question: LongLLMLingua's; else ignored.
            rate: Of the causal model's tokens; what the package aims at.
            long: LongLLMLingua with the reference's settings; else LLMLingua.
        """
        self._order = list(range(len(texts)))
        self.context_idxs = []
        target_tokens = max(1, round(rate * sum(len(self._offsets(text)) for text in texts)))
        if long:
            self.compress_prompt(
                list(texts), question=question, target_token=target_tokens, iterative_size=SEGMENT_TOKENS,
                rank_method="longllmlingua", condition_in_question="after_condition", reorder_context="sort",
                dynamic_context_compression_ratio=0.3, condition_compare=True, context_budget="+100",
                concate_question=False,
            )  # fmt: skip
        else:
            self.compress_prompt(
                list(texts), target_token=target_tokens, iterative_size=SEGMENT_TOKENS, rank_method="llmlingua",
                context_budget="+100", concate_question=False,
            )  # fmt: skip
        shown = [texts[at] for at in self._order]
        # LongLLMLingua's question stands before the texts.
        begin = self._n_joined - len(_GAP.join(shown))
        return KeptCharacters(self._order, by_text(shown, self._spans, gap=_GAP, begin=begin))

    def control_context_budget(  # noqa: PLR0913 - the package's signature
        self,
        context: list[str],
        context_tokens_length: list[int],
        target_token: float,
        force_context_ids: list[int] | None = None,
        force_context_number: int | None = None,
        question: str = "",
        condition_in_question: str = "none",
        reorder_context: str = "original",
        dynamic_context_compression_ratio: float = 0.0,
        rank_method: str = "longllmlingua",
        context_budget: str = "+100",
        context_segs: list[list[str]] | None = None,
        context_segs_rate: list[list[float]] | None = None,
        context_segs_compress: list[list[bool]] | None = None,
        strict_preserve_uncompressed: bool = True,
    ) -> tuple[list[str], list[float], list[int]]:
        """Choose texts; which ones is noted. The package evaluates the budget as code: only a sum gets that far.

        Raises:
            ValueError: `context_budget` is anything but a plus sign and digits.
        """
        if not _BUDGET.fullmatch(context_budget):
            raise ValueError(
                f"a context budget of {context_budget!r}: it must be a plus sign and a number, as in '+100'"
            )
        texts, ratios, self._order = super().control_context_budget(
            context, context_tokens_length, target_token, force_context_ids, force_context_number, question,
            condition_in_question, reorder_context, dynamic_context_compression_ratio, rank_method, context_budget,
            context_segs, context_segs_rate, context_segs_compress, strict_preserve_uncompressed,
        )  # fmt: skip
        return texts, ratios, self._order

    def get_condition_ppl(
        self, text: str, question: str, condition_in_question: str = "none", granularity: str = "sentence"
    ) -> Tensor:
        """How likely the question is after the text; of a text longer than the window its end is read.

        The package cuts the question off then, and ranks by the mean of nothing.
        """
        spans = self._offsets(text)
        room = self.max_position_embeddings - self.get_token_length(question) - 1
        if condition_in_question != "none" and len(spans) > room > 0:
            text = text[spans[-room][0] :]
        loss: Tensor = super().get_condition_ppl(text, question, condition_in_question, granularity)
        return loss

    def get_prefix_length(self, prefix: str, text: str) -> int:
        """Tokens of the question that stands before the texts; the package's way fails where decoding is not exact."""
        return sum(end <= len(prefix) for _, end in self._offsets(prefix + text[:100]))

    def iterative_compress_prompt(  # noqa: PLR0913 - the package's signature
        self,
        context: list[str],
        target_token: float,
        iterative_size: int = SEGMENT_TOKENS,
        keep_split: bool = False,
        split_token_id: int = 13,
        start: int = 0,
        dynamic_ratio: list[float] | None = None,
        condition_compare: bool = False,
        segments_info: list[list[tuple[int, float, bool]]] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Delete tokens, segment by segment, and note the characters of those that stay.

        The package leaves a last segment that is not full as it is. So segments are made as long as each other: what is
        left over has fewer tokens than there are segments.
        """
        joined = _GAP.join(context)
        offsets = self._offsets(joined)
        n_tokens = max(1, len(offsets) - start)
        even_size = n_tokens // math.ceil(n_tokens / iterative_size)
        self._positions, self._popped = None, []
        compressed: tuple[Tensor, Tensor] = super().iterative_compress_prompt(
            context, target_token, even_size, keep_split, split_token_id, start, dynamic_ratio, condition_compare,
            segments_info,
        )  # fmt: skip
        rest = range(len(offsets)) if self._positions is None else self._positions[0].tolist()
        self._n_joined = len(joined)
        self._spans = [offsets[at] for at in [*self._popped, *rest] if at >= start]
        return compressed

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
        """Delete tokens of one segment; the same is done to the tokens' positions."""
        if self._positions is None:
            self._positions = input_ids.new_tensor([range(input_ids.shape[1])])
        # Where the window has moved on, the package holds its first tokens apart.
        n_popped = self._positions.shape[1] - input_ids.shape[1]
        self._popped += self._positions[0, :n_popped].tolist()
        self._positions = self._positions[:, n_popped:]

        # `int`: the package subtracts from a tensor in place, and it is asked twice.
        def deleted(tokens: Tensor) -> tuple[Tensor | None, ...]:
            result: tuple[Tensor | None, ...] = super(CausalLingua, self).get_compressed_input(
                loss, tokens, attention_mask, int(end), iterative_size, threshold, keep_flag, split_token_id, start,
                self_loss, self_input_ids, self_attention_mask,
            )  # fmt: skip
            return result

        self._positions = deleted(self._positions)[0]
        return deleted(input_ids)

    def _offsets(self, text: str) -> list[Span]:
        found: list[Span] = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)[
            "offset_mapping"
        ]
        return found
