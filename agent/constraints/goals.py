"""How long each section is to be, so that it keeps near to its share and the whole to its length."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """A section's length now, the bounds of its share, and whether there is anything left to add to it."""

    words: int
    share: int
    least: int
    most: int
    can_grow: bool

    @property
    def near_share(self) -> int:
        """The length that keeps the section's own bounds: as it is, else its share."""
        if self.words < self.least:
            return self.share if self.can_grow else self.words
        return self.words if self.words <= self.most else self.share


def goals(rooms: Mapping[str, Room], *, beside: int, least: int, most: int) -> dict[str, int]:
    """Words for each section.

    A section outside its bounds goes for its share. Where all of them together then miss the whole's bounds, those that
    have room within their own make up for it, each by the same part of its room.

    Args:
        rooms: By section.
        beside: Words that are no section's: introduction and conclusion.
        least: Fewest words of the whole.
        most: Most of them.
    """
    aimed = {name: room.near_share for name, room in rooms.items()}
    total = beside + sum(aimed.values())
    middle = (least + most) // 2
    if total < least:
        room_up = {name: max(0, room.most - aimed[name]) if room.can_grow else 0 for name, room in rooms.items()}
        return _moved(aimed, room_up, middle - total)
    if total > most:
        room_down = {name: min(0, room.least - aimed[name]) for name, room in rooms.items()}
        return _moved(aimed, room_down, middle - total)
    return aimed


def _moved(aimed: Mapping[str, int], room: Mapping[str, int], wanted: int) -> dict[str, int]:
    """The lengths moved by `wanted` words in all, or by as much as there is room for."""
    whole = sum(room.values())
    part = min(1.0, wanted / whole) if whole else 0.0
    return {name: words + round(part * room[name]) for name, words in aimed.items()}
