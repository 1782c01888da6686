"""Going on with a text that an assistant has begun, token by token with alternatives.

By a last message of the assistant's, which llama.cpp's server (and some others) take for the beginning of the reply.
An endpoint that answers such a message anew is none to fork at: nothing here can tell.
"""

from collections.abc import Callable, Sequence

from lm.errors import RequestRejected
from lm.types import ChatModel, ChatRequest, Message, TokenLogProb

_MOST_ALTERNATIVES = 20


def continuing(model: ChatModel, request: ChatRequest) -> Callable[[str, int], Sequence[TokenLogProb]]:
    """A function that goes on with a beginning of the reply to `request`, by a seed; see `agent.entropy.tree`.

    Its messages, length and temperature are those of `request`; a beginning takes nothing off the length.

    Raises (the function):
        RequestRejected: the endpoint gives no log-probabilities.
        LMError: the call failed.
    """

    def sample(beginning: str, seed: int) -> Sequence[TokenLogProb]:
        begun = (Message(role="assistant", content=beginning),) if beginning else ()
        reply = model.chat(
            request.model_copy(
                update={
                    "messages": (*request.messages, *begun),
                    "seed": seed,
                    "top_logprobs": request.top_logprobs or _MOST_ALTERNATIVES,
                }
            )
        )
        if not reply.log_probs:
            raise RequestRejected(
                f"{model.name} gives no log-probabilities",
                parameter="logprobs",
                hint="Use an embedded model, or disagreement among samples.",
            )
        return reply.log_probs

    return sample
