"""What a run asks of its writer's log-probabilities, and what a reply of plain text says of itself."""

from dataclasses import dataclass

from agent.entropy.production import EntropyProduction
from agent.entropy.sentences import production_of
from agent.entropy.wepr import WeprModel
from lm.types import ChatReply


@dataclass(frozen=True)
class Asked:
    """How many alternatives of each token are asked for (0: none), and the weights of the writer's risk."""

    top_logprobs: int = 0
    wepr: WeprModel | None = None

    def uncertainty_in(self, reply: ChatReply) -> EntropyProduction | None:
        """How unsure the writer was of a reply that is one sentence; None where that was not asked for or not told."""
        return production_of(reply.log_probs, self.wepr) if self.top_logprobs else None


NOTHING = Asked()
