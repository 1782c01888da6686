"""Units of measure by their spellings, and what one is in another. Currencies have no rate: never converted.

Knows notation and factors; no numbers in prose (see `amounts`). Ambiguous ones (ton, gallon) convert into nothing.
"""

import re
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Unit:
    """A unit: its own name, what it measures, and how many base units it is; `zero` is its zero on the base's scale."""

    name: str
    dimension: str
    factor: Decimal = Decimal(1)
    zero: Decimal = Decimal(0)

    def in_unit(self, value: Decimal, other: "Unit") -> Decimal | None:
        """A value of this unit in another; None where they measure different things."""
        if self.dimension != other.dimension:
            return None
        return (value * self.factor + self.zero - other.zero) / other.factor


# name | dimension | factor to the base | spellings (regular expressions)
_TABLE = (
    ("km/h", "speed", "0.277777777777777777778", r"km/h|kph|kilomet(?:re|er)s? (?:per|an) hour"),
    ("mph", "speed", "0.44704", r"mph|miles (?:per|an) hour"),
    ("m/s", "speed", "1", r"m/s|met(?:re|er)s? (?:per|a) second"),
    ("km²", "area", "1000000", r"km[²2]|sq\.? ?km|square kilomet(?:re|er)s?"),
    ("sq mi", "area", "2589988.110336", r"sq\.? ?mi(?:les?)?|square miles?"),
    ("m²", "area", "1", r"m[²2]|sq\.? ?m|square met(?:re|er)s?"),
    ("ft²", "area", "0.09290304", r"sq\.? ?ft|square f(?:ee|oo)t"),
    ("ha", "area", "10000", r"ha|hectares?"),
    ("acre", "area", "4046.8564224", r"acres?"),
    ("m³", "volume", "1000", r"m[³3]|cubic met(?:re|er)s?"),
    ("l", "volume", "1", r"lit(?:re|er)s?"),
    ("ml", "volume", "0.001", r"ml|millilit(?:re|er)s?"),
    ("km", "length", "1000", r"km|kilomet(?:re|er)s?"),
    ("cm", "length", "0.01", r"cm|centimet(?:re|er)s?"),
    ("mm", "length", "0.001", r"mm|millimet(?:re|er)s?"),
    ("mi", "length", "1609.344", r"mi|miles?"),
    ("m", "length", "1", r"m|met(?:re|er)s?"),
    ("yd", "length", "0.9144", r"yards?|yd"),
    ("ft", "length", "0.3048", r"feet|foot|ft"),
    ("in", "length", "0.0254", r"inch(?:es)?"),
    ("kg", "mass", "1", r"kg|kilos?|kilograms?|kilogrammes?"),
    ("mg", "mass", "0.000001", r"mg|milligrams?"),
    ("g", "mass", "0.001", r"g|grams?|grammes?"),
    ("t", "mass", "1000", r"t|tonnes?|metric tons?"),
    ("lb", "mass", "0.45359237", r"lbs?|pounds?"),
    ("oz", "mass", "0.028349523125", r"oz|ounces?"),
    ("ton", "ton", "1", r"tons?"),
    ("gallon", "gallon", "1", r"gallons?"),
    ("percentage point", "percentage point", "1", r"percentage points?|pp"),
    ("second", "time", "1", r"s|secs?|seconds?"),
    ("minute", "time", "60", r"min|mins|minutes?"),
    ("hour", "time", "3600", r"h|hrs?|hours?"),
    ("day", "time", "86400", r"days?"),
    ("week", "time", "604800", r"weeks?"),
    ("month", "months", "1", r"months?"),
    ("year", "months", "12", r"years?|yrs?"),
    ("decade", "months", "120", r"decades?"),
    ("MW", "power", "1000000", r"MW|megawatts?"),
    ("kW", "power", "1000", r"kW|kilowatts?"),
    ("GW", "power", "1000000000", r"GW|gigawatts?"),
    ("bar", "pressure", "100000", r"bar"),
    ("kPa", "pressure", "1000", r"kPa|kilopascals?"),
    ("psi", "pressure", "6894.757293168", r"psi"),
)
_CELSIUS = Unit("°C", "temperature", Decimal(1), Decimal("273.15"))
_FAHRENHEIT = Unit("°F", "temperature", Decimal(5) / Decimal(9), Decimal("273.15") - Decimal(32) * 5 / 9)
_TEMPERATURES = ((_CELSIUS, r"°\s?C|degrees? (?:Celsius|centigrade)|℃"), (_FAHRENHEIT, r"°\s?F|degrees? Fahrenheit|℉"))
_GAP = r"[\s\u00a0\u202f-]?"
_AFTER = tuple(
    (unit, re.compile(rf"{_GAP}(?:{spellings})(?![\w²³])"))
    for unit, spellings in (
        *_TEMPERATURES,
        *((Unit(name, dimension, Decimal(factor)), spellings) for name, dimension, factor, spellings in _TABLE),
    )
)
_BEGINS_UNIT = re.compile(rf"{_GAP}[A-Za-z°℃℉]")
_CURRENCIES = {
    "dollar": r"US\$|\$|USD|(?:US )?dollars?", "euro": r"€|EUR|euros?", "sterling": r"£|GBP|pounds? sterling",
    "yen": r"¥|JPY|yen", "franc": r"CHF|(?:Swiss )?francs?", "mark": r"marks", "crown": r"crowns?|kron(?:or|er|a)",
    "rupee": r"₹|INR|rupees?", "yuan": r"CNY|RMB|yuan", "rouble": r"RUB|rou?bles?",
}  # fmt: skip
_MONEY_BEFORE = tuple((name, re.compile(rf"(?<!\w)(?:{words})\s?[-−]?$")) for name, words in _CURRENCIES.items())
# No currency ends or begins otherwise; most numbers have none.
_ENDS_MONEY = re.compile(r"[A-Za-z$€£¥₹]\s?[-−]?$")
_BEGINS_MONEY = re.compile(r"[\s\u00a0-]?[A-Za-z$€£¥₹]")
_MONEY_BEHIND = tuple((name, re.compile(rf"[\s\u00a0-]?(?:{words})(?!\w)")) for name, words in _CURRENCIES.items())
_LOOK_BACK = 12


def unit_behind(text: str, position: int) -> Unit | None:
    """The unit that stands right behind a number that ends here; None for none that is known."""
    if not _BEGINS_UNIT.match(text, position):
        return None
    return next((unit for unit, spelling in _AFTER if spelling.match(text, position)), None)


def currency_of(text: str, start: int, end: int) -> str:
    """The currency written right before or behind a number at [start, end); empty for none that is known."""
    before = text[max(0, start - _LOOK_BACK) : start]
    if _ENDS_MONEY.search(before):
        for name, spelling in _MONEY_BEFORE:
            if spelling.search(before):
                return name
    if _BEGINS_MONEY.match(text, end):
        return next((name for name, spelling in _MONEY_BEHIND if spelling.match(text, end)), "")
    return ""
