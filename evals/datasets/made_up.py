"""Sentences of a made-up country: names from syllables, and a small grammar of plausible, distinct prose.

Must not know which facts are planted: no sentence here states a code, a keeper or a date.
"""

from collections.abc import Callable, Iterator
from random import Random

_ONSETS = ("B", "Br", "D", "Dr", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "St", "T", "Tr", "V", "W", "Z")
_NUCLEI = ("a", "e", "i", "o", "u", "ae", "ei", "au")
_CODAS = ("l", "ld", "lm", "n", "nd", "r", "rk", "rn", "s", "sk", "st", "th", "x", "nt")
_ENDINGS = ("burg", "by", "den", "ford", "garth", "haven", "holm", "in", "mar", "mouth", "stead", "wick")
_TRADES = (
    "baker",
    "cooper",
    "drover",
    "ferryman",
    "gardener",
    "glazier",
    "mason",
    "miller",
    "potter",
    "printer",
    "saddler",
    "tanner",
    "thatcher",
    "weaver",
)
_THINGS = (
    "barges",
    "bells",
    "blankets",
    "bricks",
    "candles",
    "carts",
    "cheeses",
    "fences",
    "lanterns",
    "looms",
    "nets",
    "orchards",
    "ovens",
    "ropes",
    "sails",
    "shutters",
)
_TIMES = (
    "In the first warm week of spring",
    "After the long rains",
    "On most market days",
    "Towards the end of the harvest",
    "During the quiet winter months",
    "Before the new road was finished",
    "When the river stood high",
    "For a good many years",
    "Late in the summer",
    "On the morning of the fair",
)
_ACTS = (
    "mended {things} for the people of {place}",
    "carried {things} over the hills to {place}",
    "sold {things} beside the old wall of {place}",
    "taught the children of {place} how {things} are made",
    "stored {things} in a barn outside {place}",
    "quarrelled with a neighbour from {place} about {things}",
    "painted {things} that can still be seen in {place}",
    "counted {things} for the council of {place}",
)
_TAILS = (
    "and nobody thought it strange",
    "because the prices were better there",
    "although the weather was against it",
    "while the others looked on",
    "until the light failed",
    "and wrote home about it",
    "so that the work was done in time",
    "and was thanked with a loaf of bread",
    "which the older people still speak of",
    "without asking for payment",
)
_VIEWS = (
    "The road from {place} to {other} climbs past {number} farms before it reaches the {adjective} moor",
    "Travellers who leave {place} by the {side} gate see the {adjective} roofs of {other} after {number} miles",
    "In {place} the {adjective} houses along the {side} bank belong to {number} families from {other}",
    "The {adjective} meadows on the {side} side of {place} feed {number} sheep, and {other} buys the wool",
    "Between {place} and {other} the stream is {adjective} and turns {number} small mills on its {side} bank",
)
_ADJECTIVES = (
    "bare",
    "broad",
    "dark",
    "green",
    "grey",
    "low",
    "narrow",
    "old",
    "pale",
    "quiet",
    "red",
    "steep",
    "stony",
    "windy",
)
_SIDES = ("northern", "southern", "eastern", "western")


class Namer:
    """Names that were not given before."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def place(self) -> str:
        """A town's name."""
        return self._new(lambda: self._syllable() + self._rng.choice(_ENDINGS))

    def person(self) -> str:
        """A first and a last name."""
        return self._new(lambda: f"{self._syllable()}a {self._syllable()}{self._rng.choice(('en', 'er', 'ow', 'is'))}")

    def _syllable(self) -> str:
        rng = self._rng
        return rng.choice(_ONSETS) + rng.choice(_NUCLEI) + rng.choice(_CODAS)

    def _new(self, make: Callable[[], str]) -> str:
        while (name := make()) in self._given:
            pass
        self._given.add(name)
        return name


def sentences(rng: Random, *, places: list[str], people: list[str]) -> Iterator[str]:
    """Endless distinct sentences about these places and people."""
    said: set[str] = set()
    while True:
        sentence = _deed(rng, places, people) if rng.random() < 0.7 else _view(rng, places)
        if sentence not in said:
            said.add(sentence)
            yield sentence


def _deed(rng: Random, places: list[str], people: list[str]) -> str:
    act = rng.choice(_ACTS).format(things=rng.choice(_THINGS), place=rng.choice(places))
    return f"{rng.choice(_TIMES)} {rng.choice(people)} the {rng.choice(_TRADES)} {act}, {rng.choice(_TAILS)}."


def _view(rng: Random, places: list[str]) -> str:
    place, other = rng.sample(places, 2)
    return (
        rng.choice(_VIEWS).format(
            place=place,
            other=other,
            number=rng.randrange(2, 90),
            adjective=rng.choice(_ADJECTIVES),
            side=rng.choice(_SIDES),
        )
        + "."
    )
