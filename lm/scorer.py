"""Log-probabilities of given text by a local causal model (white box). Loads torch: import it late."""

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging as transformers_logging

from lm.errors import ModelMissing
from lm.files import file_sha256
from lm.precision import FixedPrecision, Precision, choose_precision
from lm.scoring import IntArray, NatsArray, NextToken, ScoredText, Unavailable
from lm.shared_prefix import continuation_log_probs
from lm.types import ChatRequest

_DTYPES: dict[FixedPrecision, torch.dtype] = {"bf16": torch.bfloat16, "fp32": torch.float32}

# Positions whose logits are held at once: 128 x 49,152 float32 are 25 MB; a window of 2,048 would take 400 MB.
_HEAD_ROWS = 128


@dataclass(frozen=True, eq=False)
class _Sequence:
    """Start token, context and text as ids, and where each token of the text stands in it."""

    ids: torch.Tensor
    n_before: int
    n_context: int
    starts: IntArray
    ends: IntArray

    @property
    def text_ids(self) -> IntArray:
        return np.asarray(self.ids[self.n_before :].numpy(), dtype=np.int64)


class TransformersScorer:
    """Capabilities (a), given text, and (c), full distributions, of a causal model in a folder.

    For models whose head is a plain projection of the last state (Llama, Qwen and their like).

    Context and text are tokenised apart, so that no token straddles the border and the score is of exactly
    the text's tokens. Both are plain text: a spelt-out special token is read as its characters. A start token
    goes before them, for the first token must be predicted from something.

    A text longer than `window_tokens` is scored in windows that advance by `stride_tokens`: every token is
    scored once, with at least `window_tokens - stride_tokens` tokens before it, save at the very beginning.
    """

    def __init__(
        self,
        folder: Path,
        *,
        precision: Precision = "auto",
        window_tokens: int = 2048,
        stride_tokens: int = 1024,
        start_token: str | None = None,
        n_threads: int | None = None,
    ) -> None:
        """Load the model.

        Args:
            folder: `config.json`, weights and tokenizer, as `build_scorer` writes them.
            precision: ``auto`` is bf16 where the CPU multiplies it natively, else fp32.
            window_tokens: the longest sequence of one forward pass, start token included.
            stride_tokens: how far windows advance; smaller is truer and slower.
            start_token: stands before everything; None takes the tokenizer's own beginning-of-text token.
            n_threads: of torch, for the whole process; None leaves torch's own choice.

        Raises:
            ModelMissing: the folder holds no such model.
            ValueError: the window does not fit the model, the stride does not fit the window, or the
                tokenizer has no such start token.
        """
        weights = folder / "model.safetensors"
        if not weights.is_file() or not (folder / "config.json").is_file():
            raise ModelMissing(f"no causal language model in {folder}", hint="wellread models pull smollm2-135m-scorer")
        if n_threads is not None:
            torch.set_num_threads(n_threads)
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._precision = choose_precision(precision)
        self._model = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=_DTYPES[self._precision], local_files_only=True
        ).eval()  # type: ignore[no-untyped-call]
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        longest = int(self._model.config.max_position_embeddings)
        if not 2 <= window_tokens <= longest:
            raise ValueError(f"window of {window_tokens} tokens, but the model takes 2 to {longest}")
        if not 1 <= stride_tokens < window_tokens:
            raise ValueError(f"stride of {stride_tokens} tokens in a window of {window_tokens}")
        self._window, self._stride = window_tokens, stride_tokens
        self._start_id = self._id_of(start_token or self._tokenizer.bos_token)
        digest = file_sha256(weights)
        reading = f"{self._start_id}:{window_tokens}/{stride_tokens}"
        self._fingerprint = f"transformers:{digest[:16]}:{self._precision}:{reading}"

    @property
    def fingerprint(self) -> str:
        """Weights, precision, start token, window, stride; scores of different ones do not compare."""
        return self._fingerprint

    @property
    def window_tokens(self) -> int:
        """The longest sequence of one forward pass, start token included."""
        return self._window

    def count_tokens(self, text: str) -> int:
        """Tokens of the text, by itself."""
        return len(self._sequence(text, "").starts)

    def beginning(self, text: str, n_tokens: int) -> str:
        """The text up to the end of its n-th token; all of it where it has no more."""
        ends = self._sequence(text, "").ends
        return text if len(ends) <= n_tokens else text[: ends[n_tokens - 1] if n_tokens else 0]

    def score(self, text: str, *, context: str = "") -> ScoredText:
        """The log-probability of each token of `text` after `context`, in nats."""
        sequence = self._sequence(text, context)
        picked: list[NatsArray] = [np.empty(0)]
        for log_probs, targets in self._rows(sequence):
            picked.append(log_probs.gather(1, targets[:, None])[:, 0].double().numpy())
        return self._scored(text, sequence, np.concatenate(picked))

    def score_many(self, texts: Sequence[str], *, context: str = "") -> list[ScoredText]:
        """`score` of each text; the context goes through the model once for those that fit a window with it.

        In float32 the same to 1e-4 nats. 16 texts after 167 tokens: of 24 tokens 4 times as fast, of 69 twice.
        """
        sequences = [self._sequence(text, context) for text in texts]
        fitting = [at for at, one in enumerate(sequences) if one.n_before < len(one.ids) <= self._window]
        log_probs: dict[int, NatsArray] = {}
        if fitting:
            n_before = sequences[fitting[0]].n_before
            prefix = sequences[fitting[0]].ids[:n_before]
            found = continuation_log_probs(self._model, prefix, [sequences[at].ids[n_before:] for at in fitting])
            log_probs = dict(zip(fitting, found, strict=True))
        return [
            self._scored(text, sequences[at], log_probs[at]) if at in log_probs else self.score(text, context=context)
            for at, text in enumerate(texts)
        ]

    def top_k(self, request: ChatRequest) -> Unavailable:
        """(b) is missing."""
        return Unavailable("this scorer does not generate; ask the writer's endpoint for top_logprobs")

    def distributions(self, text: str, *, context: str = "") -> Iterator[NextToken]:
        """The whole distribution at each token of `text` after `context`, in order, a few at a time."""
        sequence = self._sequence(text, context)
        spans = zip(sequence.starts.tolist(), sequence.ends.tolist(), strict=True)
        for log_probs, targets in self._rows(sequence):
            for row, token_id in zip(log_probs.numpy(), targets.tolist(), strict=True):
                start, end = next(spans)
                yield NextToken(token_id, start, end, row)

    def _id_of(self, token: str | None) -> int:
        token_id = None if token is None else self._tokenizer.get_vocab().get(token)
        if token_id is None:
            raise ValueError(f"the tokenizer has no start token {token!r}: name one with start_token")
        return int(token_id)

    def _scored(self, text: str, sequence: _Sequence, log_probs: NatsArray) -> ScoredText:
        return ScoredText(
            text=text,
            model=self._fingerprint,
            token_ids=sequence.text_ids,
            starts=sequence.starts,
            ends=sequence.ends,
            log_probs_nats=log_probs,
            n_context_tokens=sequence.n_context,
        )

    def _sequence(self, text: str, context: str) -> _Sequence:
        options = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False}
        before = self._tokenizer(context, **options)["input_ids"]
        encoded = self._tokenizer(text, return_offsets_mapping=True, **options)
        spans = np.asarray(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)
        ids = torch.tensor([self._start_id, *before, *encoded["input_ids"]], dtype=torch.long)
        return _Sequence(ids, 1 + len(before), len(before), spans[:, 0], spans[:, 1])

    def _rows(self, sequence: _Sequence) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Log-softmax rows (n, vocabulary) float32 and the tokens (n,) that came, over the text, in order."""
        head = self._model.get_output_embeddings()
        for begin, first, end in _windows(len(sequence.ids), sequence.n_before, self._window, self._stride):
            with torch.inference_mode():
                hidden = self._model.base_model(
                    input_ids=sequence.ids[None, begin : end - 1], use_cache=False
                ).last_hidden_state[0]
            for low in range(first, end, _HEAD_ROWS):
                high = min(low + _HEAD_ROWS, end)
                with torch.inference_mode():
                    # The state at a position predicts the token after it.
                    logits = head(hidden[low - 1 - begin : high - 1 - begin]).float()
                    log_probs = torch.log_softmax(logits, dim=-1)
                yield log_probs, sequence.ids[low:high]


def build_scorer(gguf: Path, out_folder: Path, *, start_token: str = "<|endoftext|>") -> None:
    """Write a GGUF model of the Llama family as a folder that transformers loads in a second.

    The weights are stored in float16: against float32 that moves a text's log-probability by under 0.01 %.

    Args:
        gguf: the model; its tokenizer is in it.
        out_folder: where `config.json`, `model.safetensors` and the tokenizer's files are written.
        start_token: becomes the beginning-of-text token. An instruct model names its chat marker there, after
            which plain text is improbable: SmolLM2 gives a 37-word text -128 nats after that and -100 after
            this one, which parted the documents of its training.

    Raises:
        ModelMissing: there is no such GGUF file.
        ValueError: it holds a model of another family, or one without this start token.
    """
    if not gguf.is_file():
        raise ModelMissing(f"there is no {gguf}", hint="wellread models pull smollm2-135m")
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    # The dequantiser's progress bar has no switch and writes to standard error.
    with contextlib.redirect_stderr(io.StringIO()):
        read = AutoModelForCausalLM.from_pretrained(
            str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32, local_files_only=True
        )
        tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name, local_files_only=True)
        if start_token not in tokenizer.get_vocab():
            raise ValueError(f"the tokenizer of {gguf.name} has no token {start_token!r}")
        tokenizer.bos_token = start_token
        config = read.config
        if not isinstance(config, LlamaConfig):
            raise ValueError(f"{gguf.name} holds a {config.model_type} model, not one of the Llama family")
        # As read, the model holds itself for quantised and refuses to be saved. A new one of the same weights
        # does not.
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        plain = LlamaForCausalLM(config).half()  # type: ignore[no-untyped-call]
        plain.load_state_dict(read.state_dict())
        plain.save_pretrained(out_folder)
        tokenizer.save_pretrained(out_folder)


def _windows(n_ids: int, n_before: int, window: int, stride: int) -> Iterator[tuple[int, int, int]]:
    """(begin, first, end) of each forward pass: it reads ids[begin:end] and scores ids[first:end].

    The scored spans tile [n_before, n_ids). The first window ends at `window`, or later if the context fills it.
    """
    first = n_before
    while first < n_ids:
        if n_ids <= window:
            end = n_ids
        elif first < window:
            end = window
        else:
            end = min(first + stride, n_ids)
        yield max(0, end - window), first, end
        first = end
