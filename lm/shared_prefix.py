"""Many continuations after one prefix: the prefix goes through the model once. Loads torch: import it late.

Knows a causal model and token ids; not text, and not windows: prefix and continuation fit the model together.
"""

import copy
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from transformers import Cache, PreTrainedModel

from lm.scoring import NatsArray

# Tokens whose keys and values are held at once, prefixes repeated: 46 kB each for SmolLM2-135M in float32.
_BATCH_TOKENS = 8192
_HEAD_ROWS = 128


def continuation_log_probs(
    model: PreTrainedModel, prefix: torch.Tensor, continuations: Sequence[torch.Tensor]
) -> list[NatsArray]:
    """The log-probability of each token of each continuation, in nats.

    Args:
        model: causal, its head a plain projection of the last state.
        prefix: (n_prefix,) ids, at least one.
        continuations: each (n_tokens,) ids, at least one.
    """
    order = sorted(range(len(continuations)), key=lambda at: len(continuations[at]))
    found: list[NatsArray] = [np.empty(0)] * len(continuations)
    with torch.inference_mode():
        read = model.base_model(input_ids=prefix[None], use_cache=True)
        last_state = read.last_hidden_state[0, -1:]
        for batch in _batches(order, [len(one) for one in continuations], len(prefix)):
            own = [continuations[at] for at in batch]
            for at, log_probs in zip(batch, _of_batch(model, read.past_key_values, last_state, own), strict=True):
                found[at] = log_probs
    return found


def _batches(order: Sequence[int], lengths: Sequence[int], n_prefix: int) -> Iterator[list[int]]:
    """Neighbours in `order`, shortest first, as many as the allowance of tokens holds and at least one."""
    batch: list[int] = []
    for at in order:
        if batch and (len(batch) + 1) * (n_prefix + lengths[at]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _of_batch(
    model: PreTrainedModel, cache: Cache, last_state: torch.Tensor, batch: Sequence[torch.Tensor]
) -> list[NatsArray]:
    longest = max(len(one) for one in batch)
    states = last_state.new_empty((len(batch), 0, last_state.shape[-1]))
    if longest > 1:
        # Padded at the right: no real token sees what comes after it, so no mask is needed. Nothing follows a
        # continuation's last token, so it is not fed.
        fed = torch.zeros((len(batch), longest - 1), dtype=torch.long)
        for row, one in enumerate(batch):
            fed[row, : len(one) - 1] = one[:-1]
        own_cache = copy.deepcopy(cache)
        own_cache.batch_repeat_interleave(len(batch))
        states = model.base_model(input_ids=fed, past_key_values=own_cache, use_cache=True).last_hidden_state
    rows = torch.cat([torch.cat([last_state, states[row, : len(one) - 1]]) for row, one in enumerate(batch)])
    picked = _picked(model, rows, torch.cat(list(batch)))
    ends = np.cumsum([len(one) for one in batch])
    return np.split(picked, ends[:-1])


def _picked(model: PreTrainedModel, states: torch.Tensor, targets: torch.Tensor) -> NatsArray:
    """(n,) log-probability of each target by the state before it."""
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    picked = []
    for low in range(0, len(targets), _HEAD_ROWS):
        logits = head(states[low : low + _HEAD_ROWS]).float()
        own = logits.gather(1, targets[low : low + _HEAD_ROWS, None])[:, 0]
        picked.append((own - torch.logsumexp(logits, dim=-1)).double().numpy())
    return np.concatenate(picked)
