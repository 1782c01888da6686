"""What the meter of smoothing says of a text, as a record. Loads nothing heavy: reports carry it."""

from lm.types import Frozen


class Smoothing(Frozen):
    """The characters [start, end) of a text under one scorer.

    Attributes:
        start: its first character.
        end: one past its last.
        n_tokens: by the scorer's tokenizer.
        d_nats: log-perplexity less mean entropy.
        d_error_nats: standard error of `d_nats` over tokens. That the terms are uncorrelated is exact for the scorer's
            own samples only.
        log_perplexity_nats: mean surprisal of a token.
        mean_entropy_nats: of the distributions, whatever token came.
        surprisal_variance: of the tokens' surprisals, nats squared.
        lag1: autocorrelation of neighbouring surprisals, -1 to 1; 0 where they do not vary.
        first_share: share of tokens than which none was likelier, 0 to 1.
        slope_nats: least-squares change of the surprisal from the first token to the last; near 0 where information is
            spread evenly.
    """

    start: int
    end: int
    n_tokens: int
    d_nats: float
    d_error_nats: float
    log_perplexity_nats: float
    mean_entropy_nats: float
    surprisal_variance: float
    lag1: float
    first_share: float
    slope_nats: float
