from hypothesis import given
from hypothesis import strategies as st

from agent.constraints.gathering import SECTION_TOLERANCE, TOLERANCE, bounds_of
from agent.constraints.goals import Room, goals


@st.composite
def rooms(draw):
    share = draw(st.integers(30, 900))
    least, most = bounds_of(share, SECTION_TOLERANCE)
    return Room(draw(st.integers(0, 1500)), share, least, most, draw(st.booleans()))


@given(st.dictionaries(st.sampled_from("abcdef"), rooms(), min_size=1), st.integers(0, 300), st.integers(200, 4000))
def test_a_goal_keeps_the_section_s_bounds_unless_it_cannot_grow(found, beside, words):
    least, most = bounds_of(words, TOLERANCE)
    for name, goal in goals(found, beside=beside, least=least, most=most).items():
        room = found[name]
        assert goal <= room.most or goal == room.words
        assert goal >= room.least or not room.can_grow
        assert room.can_grow or goal <= room.words or room.words > room.most


@given(st.dictionaries(st.sampled_from("abcdef"), rooms(), min_size=1), st.integers(0, 300))
def test_sections_with_room_make_up_for_those_without(found, beside):
    words = beside + sum(room.share for room in found.values())
    least, most = bounds_of(words, TOLERANCE)
    total = beside + sum(goals(found, beside=beside, least=least, most=most).values())
    highest = beside + sum(room.most if room.can_grow else min(room.words, room.share) for room in found.values())
    assert total >= min(least, highest) - len(found)
    assert total <= most + len(found)


def test_what_keeps_its_bounds_stays_as_it_is():
    one = Room(words=100, share=110, least=90, most=130, can_grow=True)
    assert goals({"a": one}, beside=0, least=80, most=140) == {"a": 100}
