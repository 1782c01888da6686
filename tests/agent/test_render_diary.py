"""The diary in the report's page."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from agent.diary import HowForaged
from agent.render_diary import ANCHOR
from agent.render_html import render_html
from tests.agent.made_diary import made_diary
from tests.agent.sample_report import sample_report


def page_with(diary):
    return LexborHTMLParser(render_html(sample_report(), diary=diary))


@pytest.mark.parametrize("by_margin", [True, False])
def test_every_visit_is_a_row_with_its_reason(by_margin):
    diary = made_diary(3, 2, by_margin=by_margin)
    page = page_with(diary)
    rows = [[cell.text() for cell in row.css("td")] for row in page.css(".visits tr") if row.css("td")]
    assert [row[-1] for row in rows] == [visit.reason for visit in diary.visits]
    assert [row[3] for row in rows] == [f"{visit.gain:,}" for visit in diary.visits]
    assert page.css_first(".visits thead").text().count("Environment rate") == by_margin
    assert [len(row) for row in rows] == [len(page.css(".visits thead th"))] * 5


def test_the_section_is_folded_and_needs_no_script():
    page = page_with(made_diary(2))
    (details,) = page.css(f"#{ANCHOR} details")
    assert "open" not in details.attributes
    assert details.css_first("summary").text() == "How it was read"
    assert not page.css(f"#{ANCHOR} script")


def test_the_picture_has_words_for_those_who_do_not_see_it():
    page = page_with(made_diary(2))
    (picture,) = page.css(f"#{ANCHOR} svg")
    label = page.css_first(f"#{picture.attributes['aria-labelledby']}")
    assert "1 block foraged in 2 visits" in label.text()


def test_the_page_still_fetches_nothing_and_its_ids_are_its_own():
    html = render_html(sample_report(), diary=made_diary(4, 3))
    page = LexborHTMLParser(html)
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    assert not re.search(r"https?:|@import|url\((?!#)", html)
    assert not page.css("link, img, iframe, object, embed, base, form")
    assert all(link.attributes["href"][1:] in ids for link in page.css("a"))
    assert [link.text() for link in page.css(".toc a")] == [heading.text() for heading in page.css("main h2")]


def test_colours_of_reasons_are_there_in_light_and_dark():
    html = render_html(sample_report(), diary=made_diary(4, by_margin=True))
    light, dark = html.split("prefers-color-scheme: dark", 1)
    for name in set(re.findall(r"var\((--why-\w+)\)", html)):
        assert f"{name}: #" in light
        assert f"{name}: #" in dark


def test_text_of_queries_stays_text():
    hostile = '"><img src=x onerror=alert(1)></td><script>'
    page = page_with(made_diary(2, query=hostile))
    assert not page.css("img")
    assert hostile in page.css_first(".visits").text()


def test_remarks_are_shown():
    diary = made_diary(2).model_copy(update={"account": None, "remarks": ("a line is damaged",)})
    assert page_with(diary).css_first(f"#{ANCHOR} .notice").text() == "a line is damaged"


def test_the_page_says_by_which_settings_and_how_new_each_visit_was():
    how = HowForaged(foraging="margin", granularity="dual", saturation_sign="directions")
    page = page_with(made_diary(3, 2, by_margin=True, how=how))
    said = page.css_first(f"#{ANCHOR}").text()
    assert "Settings: foraging margin, granularity dual, saturation_sign directions." in said
    assert "figures, dates and quotations" in said and "new directions" in said
    rows = [[cell.text() for cell in row.css("td")] for row in page.css(".visits tr") if row.css("td")]
    assert [row[6] for row in rows] == ["0.900", "0.450", "0.300", "0.900", "0.450"]
    assert [len(row) for row in rows] == [len(page.css(".visits thead th"))] * 5
    assert "Settings" not in page_with(made_diary(2)).css_first(f"#{ANCHOR}").text()
