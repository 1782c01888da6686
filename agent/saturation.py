"""How much has to be read for what is to be written, and from where on little is: DeepNews (arXiv 2512.10121).

The paper asks for ten characters read for each one written, saw truth collapse under 15,000 characters of context, and
settle over 30,000. Its characters are Chinese ones, which carry more than Latin ones do: all three are settings, and
`wellread eval run cliff` measures the curve anew.
"""

from dataclasses import dataclass

from agent.settings import WriteSettings

CHARS_PER_WORD = 6.6  # English prose with its spaces, and the citation marks that a sentence gets


@dataclass(frozen=True)
class SaturationPolicy:
    """Distinct characters, near-duplicates counted once, that a text stands on.

    Attributes:
        ratio: to read for each character planned.
        target: to read for any report, however short.
        floor: under which a report says that it stands on little.
    """

    ratio: float
    target: int = 0
    floor: int = 0

    def required(self, words: int) -> int:
        """Characters to read for a text of so many words."""
        return max(self.target, round(self.ratio * words * CHARS_PER_WORD))

    def share(self, words: int, *, of: int) -> int:
        """Characters to read for so many words of a text of `of` words."""
        return round(self.required(of) * words / of)


def policy_of(settings: WriteSettings, *, is_answer: bool) -> SaturationPolicy:
    """What was asked for. An answer of two sentences stands on what answers it: it has neither floor nor target."""
    if is_answer:
        return SaturationPolicy(settings.saturation_ratio)
    return SaturationPolicy(settings.saturation_ratio, settings.saturation_target, settings.saturation_floor)
