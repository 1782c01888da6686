"""An estimate of mutual information, with all that is needed to doubt it. How it is made: `lm.information_bound`."""

from dataclasses import dataclass, field

from lm.scoring import IntArray, NatsArray, nats_to_bits

Interval = tuple[float, float]

SATURATED = 0.95  # of the ceiling: more contexts might have shown more


@dataclass(frozen=True)
class Bound:
    """A lower bound on the information, its 95 % bootstrap interval over contexts, and where it comes from.

    Attributes:
        nats: raw; below 0 where the critic is confidently wrong.
        interval_nats: None where there is but one context to resample.
        negative_share: of the terms; each is a text's own ln N + ln softmax.
    """

    nats: float
    interval_nats: Interval | None
    negative_share: float

    @property
    def bits(self) -> float:
        """The raw value in bits."""
        return nats_to_bits(self.nats)

    @property
    def clipped_nats(self) -> float:
        """Information is never negative."""
        return max(0.0, self.nats)

    @property
    def clipped_bits(self) -> float:
        """The same in bits."""
        return max(0.0, self.bits)

    @property
    def interval_bits(self) -> Interval | None:
        """The interval of the raw value in bits."""
        if self.interval_nats is None:
            return None
        low, high = self.interval_nats
        return nats_to_bits(low), nats_to_bits(high)


@dataclass(frozen=True, eq=False)
class MIResult:
    """An estimate of the mutual information of contexts and the texts made from them.

    Attributes:
        plain: at temperature 1, as the scorer says it.
        fitted: at the temperatures that the other half of the contexts was best told apart with; None where the
            halves were too small to fit one.
        temperatures: the two, one for each half.
        ceiling_nats: ln N, the most that N contexts can show; a mean where groups differ in size.
        top1: share of texts to which their own context gives the highest probability; ties are shared out.
        n_contexts, n_samples, n_groups: contexts with texts of their own, texts, groups that negatives come from.
        mean_tokens: of the texts, in the target model's tokens; None where they were not given.
        terms_nats: (n_samples,) what each text adds to `best`; their mean over contexts is its value.
        likeliest: (n_samples,) the context that gives each text the highest probability.
        matrix: (n_samples, n_all_contexts) nats; NaN where a context was no rival.
        scorer: fingerprint of the model; empty for a bare table.
        n_cut, context_tokens: contexts that were cut to this many tokens to fit the scorer's window (0: no limit).
    """

    plain: Bound
    fitted: Bound | None
    temperatures: tuple[float, float] | None
    ceiling_nats: float
    top1: float
    n_contexts: int
    n_samples: int
    n_groups: int
    mean_tokens: float | None
    terms_nats: NatsArray
    likeliest: IntArray
    matrix: NatsArray = field(repr=False)
    scorer: str = ""
    n_cut: int = 0
    context_tokens: int = 0

    @property
    def best(self) -> Bound:
        """The fitted bound, else the plain one."""
        return self.plain if self.fitted is None else self.fitted

    @property
    def ceiling_bits(self) -> float:
        """log2 N."""
        return nats_to_bits(self.ceiling_nats)

    @property
    def is_saturated(self) -> bool:
        """Whether the value says little more than that there were too few contexts."""
        return self.best.nats > SATURATED * self.ceiling_nats

    @property
    def bits_per_token(self) -> float | None:
        """Of `best`, clipped, for each token of the texts."""
        return self.best.clipped_bits / self.mean_tokens if self.mean_tokens else None
