"""The picture of foraging: a mark for each visit, in the page and on paper."""

import re
import xml.etree.ElementTree as ET
from functools import partial
from itertools import pairwise

import pytest
from matplotlib.figure import Figure

from agent.diary import HowForaged
from agent.diary_picture import SAYS, _height, _Style, described, diary_png, diary_svg, draw
from agent.drawing import IN_PAGE
from tests.agent.made_diary import made_diary


def marks(svg, part):
    return re.findall(rf'id="diary-({part}-s\d+b\d+-\d+)"', svg)


@pytest.mark.parametrize("by_margin", [True, False])
@pytest.mark.parametrize("visits", [(1,), (4, 1, 3), (7,) * 8])
def test_each_part_has_one_mark_for_each_visit(visits, by_margin):
    svg = diary_svg(made_diary(*visits, by_margin=by_margin))
    wanted = [f"s{block:02d}b01-{n}" for block, count in enumerate(visits, start=1) for n in range(1, count + 1)]
    for part in ("saturation", "gain", "rate"):
        assert marks(svg, part) == [f"{part}-{visit}" for visit in wanted]


def test_marks_stand_where_the_diary_says():
    diary = made_diary(2, 1)
    figure = Figure()
    draw(diary, figure, style=_Style(IN_PAGE, dict.fromkeys(SAYS, "#010220"), 7.4))
    heights = {line.get_gid(): line.get_ydata()[0] for axes in figure.axes for line in axes.lines if line.get_gid()}
    assert heights["saturation-s01b01-2"] == pytest.approx(100 * 1500 / 2000)
    assert heights["gain-s01b01-2"] == 500
    assert heights["rate-s01b01-1"] == pytest.approx(0.5)
    places = [line.get_xdata()[0] for line in figure.axes[1].lines if line.get_gid()]
    assert places == sorted(places)


@pytest.mark.parametrize("visits", [(1,), (1, 1, 30, 2), (7,) * 8, (1,) * 8, (3,) * 30])
def test_names_of_blocks_do_not_cover_each_other(visits):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    diary = made_diary(*visits)
    figure = Figure(figsize=(5.6, _height(diary)), layout="constrained")
    renderer = FigureCanvasAgg(figure).get_renderer()
    partial(draw, diary, style=_Style(IN_PAGE, dict.fromkeys(SAYS, "#010220"), 5.6))(figure)
    figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent(renderer) for text in figure.axes[0].texts), key=lambda box: box.x0)
    assert all(one.x1 <= two.x0 for one, two in pairwise(boxes))


def test_reasons_differ_in_shape_and_not_only_in_colour():
    from agent.diary_picture import _COLOURS, _MARKERS

    assert len(set(_MARKERS.values())) == len(set(_COLOURS.values())) == len(SAYS)


def test_it_is_drawn_in_the_pages_colours_and_needs_nothing_from_outside():
    svg = diary_svg(made_diary(4, 2, by_margin=True))
    ET.fromstring(svg)
    assert not re.search(r"https?:|#0102|url\((?!#diary-)", svg)
    assert "var(--why-poorer)" in svg
    assert 'role="img" aria-labelledby="diary-title"' in svg


def test_the_same_diary_gives_the_same_bytes():
    diary = made_diary(3, 2)
    assert diary_svg(diary) == diary_svg(diary)
    assert diary_png(diary) == diary_png(diary)
    assert diary_png(diary).startswith(b"\x89PNG")


def test_a_diary_without_rates_or_targets_has_what_was_told():
    diary = made_diary(3)
    (block,) = diary.blocks
    visits = tuple(visit.model_copy(update={"rate": None, "environment_rate": None}) for visit in block.visits)
    bare = diary.model_copy(update={"blocks": (block.model_copy(update={"visits": visits, "target": None}),)})
    svg = diary_svg(bare)
    assert len(marks(svg, "saturation")) == len(marks(svg, "gain")) == 3
    assert not marks(svg, "rate")
    assert "unique characters" in svg


def test_the_words_say_how_many_visits_ended_why():
    said = described(made_diary(3, 1))
    assert said.startswith("2 blocks foraged in 4 visits to queries; 0 of 2 read the whole share.")
    assert "2 left: nothing is left there" in said


def test_directions_are_a_second_curve_where_they_are_a_sign():
    how = HowForaged(foraging="rounds", granularity="single", saturation_sign="directions")
    figure = Figure()
    draw(made_diary(3, 1, how=how), figure, style=_Style(IN_PAGE, dict.fromkeys(SAYS, "#010220"), 7.4))
    curves = {line.get_gid(): list(line.get_ydata()) for line in figure.axes[0].lines if line.get_gid()}
    assert curves["directions-s01b01"] == pytest.approx([90, 45, 30])
    assert "new directions" in [text.get_text() for text in figure.legends[0].texts]
    assert "directions-" not in diary_svg(made_diary(3, 1))
