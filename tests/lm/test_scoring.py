import pytest

from lm.scoring import ChatTopK, Unavailable
from lm.types import ChatDelta, ChatReply, ChatRequest, Message, TokenLogProb, Usage


class FixedChat:
    """A chat model that always gives one reply."""

    name = "fixed"
    context_tokens = 512

    def __init__(self, log_probs):
        self.log_probs = log_probs

    def count_tokens(self, text):
        return len(text)

    def chat(self, request):
        return ChatReply(text="a", finish_reason="stop", usage=Usage(), model=self.name, log_probs=self.log_probs)

    def stream(self, request):
        reply = self.chat(request)
        yield ChatDelta(text=reply.text, reply=reply)


REQUEST = ChatRequest(messages=(Message(role="user", content="x"),), max_tokens=1, top_logprobs=2)
TOKENS = (TokenLogProb(token="a", log_prob_nats=-0.1, top=(("a", -0.1), ("b", -2.4))),)


def test_a_chat_model_tells_what_it_thought_while_generating():
    assert ChatTopK(FixedChat(TOKENS)).top_k(REQUEST) == TOKENS


def test_an_endpoint_without_log_probabilities_is_unavailable_not_zero():
    assert ChatTopK(FixedChat(None)).top_k(REQUEST) == Unavailable("fixed returned no log-probabilities")


def test_a_chat_model_scores_no_given_text():
    scorer = ChatTopK(FixedChat(TOKENS))
    assert isinstance(scorer.score("abc", context="d"), Unavailable)
    assert isinstance(scorer.distributions("abc"), Unavailable)


def test_a_request_without_log_probabilities_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        ChatTopK(FixedChat(TOKENS)).top_k(REQUEST.model_copy(update={"top_logprobs": 0}))
