import json
import re
from html.parser import HTMLParser

import pytest

from evals.compare import DEFAULT_SEED, compare_all
from evals.page.content import gather
from evals.page.render import render_page
from tests.evals.page.made_runs import NASTY, a_result, a_run, a_suite, an_item, many_results

VOID = {"meta", "input", "img", "br", "link", "hr", "wbr"}


class Page(HTMLParser):
    """Checks that elements nest, and collects what the tests ask about."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.ids, self.attributes, self.scripts, self.said = [], [], [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "script" in self.open:
            self.scripts[-1] += data
        else:
            self.said.append(data)

    @property
    def data(self):
        return json.loads(self.scripts[1])


def page_of(tmp_path, suite, *results, **manifest):
    runs = [
        a_run(tmp_path, f"run-{n}", found, program=f"program-{n}", suite=suite.name, **manifest)
        for n, found in enumerate(results)
    ]
    return render_page(gather(runs, tmp_path / "work", lambda name: suite))


@pytest.fixture(scope="module")
def thousand(tmp_path_factory):
    """The page of five runs of a thousand items."""
    items = [an_item(n, kind=("bridge", "comparison")[n % 2]) for n in range(1000)]
    results = [many_results(items, share_right=0.3 + n / 10, seed=n, with_confidence=True) for n in range(5)]
    return page_of(tmp_path_factory.mktemp("thousand"), a_suite(items), *results)


def test_the_same_runs_give_the_same_page(tmp_path):
    items = [an_item(n, kind=("bridge", "comparison")[n % 2]) for n in range(40)]
    results = [many_results(items, share_right=0.4, seed=n, with_confidence=True) for n in range(2)]
    suite = a_suite(items, with_auroc=True)

    first, second = (page_of(tmp_path / name, suite, *results, data_path=tmp_path) for name in ("one", "two"))

    assert first == second


def test_a_thousand_items_of_five_runs_stay_small_for_lines_that_repeat(thousand):
    assert len(thousand) < 4_000_000


def test_the_page_nests_and_no_id_is_used_twice(thousand):
    page = Page(thousand)

    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("svg") == page.tags.count("figure") == 5
    labelled = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-labelledby"]
    assert set(labelled) <= set(page.ids)
    assert len(page.data["items"]) == 1000


def test_nothing_is_fetched_from_anywhere(thousand):
    page = Page(thousand)

    assert not {"link", "img", "iframe", "object"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name in ("src", "srcset") or name.startswith("on")]
    assert all(value.startswith("#") for _, name, value in page.attributes if name == "href")
    assert not re.search(r"@import|url\((?!#)", thousand.split("<script>")[0])


def test_without_a_script_items_stand_in_a_plain_table(thousand):
    table = re.search(r"<noscript>(.*?)</noscript>", thousand, re.DOTALL)[1]

    assert table.count("<tr>") == 1001
    assert "Question 7: what is the capital?" in table
    assert "done, em 1.000" in table and "failed" in table


def test_counts_of_statuses_stand_apart_from_the_means(thousand):
    page = Page(thousand)
    said = " ".join(page.said)

    assert "What became of the items" in said and "1,000 of 1,000" in said
    assert "n = 980" in said  # 10 unparsed and 10 failed are in no mean
    assert "Why items have no score" in said


def test_other_peoples_text_never_becomes_markup(tmp_path):
    item = an_item(0, kind=NASTY, answers=(NASTY,)).model_copy(
        update={"text": NASTY, "cluster": NASTY, "gold": {NASTY: NASTY}, "supporting_ids": (NASTY,)}
    )
    details = {
        "evidence": [NASTY],
        "cited": [{"sentence": NASTY, "sources": [{"title": NASTY, "quote": NASTY}]}],
        "thoughts": [NASTY],
        "ranked": [NASTY],
        NASTY: NASTY,
    }
    other = an_item(1, kind="plain")
    results = [a_result(item, answer=NASTY, details=details), a_result(other, status="failed")]

    html = page_of(tmp_path, a_suite([item, other]), results, results, model=NASTY, data=NASTY)

    page = Page(html)
    assert "img" not in page.tags and page.tags.count("script") == 3
    assert html.count("</script>") == 3
    assert "\u202e" not in html and "\x07" not in html
    shown = page.data["items"][0]
    assert shown["text"].startswith('</script><img src=x onerror="alert(1)"><!-- 日本語')
    assert shown["results"][0][0]["answer"] == shown["text"]
    assert page.data["texts"] == [shown["text"]]  # evidence, quotation, thought and rank are one text


def test_every_part_of_an_outcome_reaches_the_reader(tmp_path):
    item = an_item(0)
    details = {
        "evidence": ["(Atlas) one", "(Atlas) two"],
        "cited": [{"sentence": "It is.", "sources": [{"title": "Atlas", "quote": "(Atlas) one"}]}],
        "thoughts": ["hm"],
        "steps": {"n": 2},
    }
    results = [a_result(item, details=details, confidence=0.75), a_result(item, details={}, epoch=1)]

    page = Page(page_of(tmp_path, a_suite([item]), results, n_items=1))

    texts = page.data["texts"]
    first, second = page.data["items"][0]["results"][0]
    assert [texts[line] for line in first["evidence"]] == ["(Atlas) one", "(Atlas) two"]
    assert [[texts[part] for part in pair] for pair in first["cited"][0]["sources"]] == [["Atlas", "(Atlas) one"]]
    assert [texts[line] for line in first["thoughts"]] == ["hm"]
    assert json.loads(first["other"]) == {"steps": {"n": 2}}
    assert (first["seconds"], first["tokens"], first["confidence"]) == (1.5, 700, 0.75)
    assert (second["epoch"], second["seconds"]) == (1, None)


def test_details_of_another_form_are_shown_as_they_are(tmp_path):
    item = an_item(0)
    odd = {"evidence": "one string", "cited": ["no sentence"], "thoughts": 3, "ranked": {"a": 1}}

    page = Page(page_of(tmp_path, a_suite([item]), [a_result(item, details=odd)]))

    assert json.loads(page.data["items"][0]["results"][0][0]["other"]) == odd


def test_a_number_that_is_none_does_not_break_the_data(tmp_path):
    item = an_item(0)
    results = [a_result(item, details={"log_prob": float("-inf")})]

    page = Page(page_of(tmp_path, a_suite([item]), results))

    assert "log_prob" in page.data["items"][0]["results"][0][0]["other"]


def test_runs_without_any_score_still_give_a_page(tmp_path):
    items = [an_item(n) for n in range(3)]

    html = page_of(tmp_path, a_suite(items), [a_result(item, status="failed") for item in items])

    said = " ".join(Page(html).said)
    assert "No item of these runs has a score." in said and "<svg" not in html


def test_comparisons_say_their_verdict_also_where_less_is_better(tmp_path):
    items = [an_item(n) for n in range(20)]
    cheap = [a_result(i, scores={"em": 1.0, "f1": 1.0, "evidence_tokens": 100.0 + n}) for n, i in enumerate(items)]
    dear = [a_result(i, scores={"em": 0.0, "f1": 1.0, "evidence_tokens": 300.0}) for i in items]

    html = page_of(tmp_path, a_suite(items), cheap, dear)

    compared = html.split("<h2>Differences</h2>")[1]
    rows = re.findall(r'<th scope="row">([^<]+).*?class="verdict ([\w-]+)"', compared)
    assert rows == [("em", "better"), ("f1", "not-known"), ("evidence_", "better")]
    assert re.search(r"A − B.*?\+1\.000", compared, re.DOTALL)


def test_a_comparison_over_one_item_shows_a_dash_for_its_interval(tmp_path):
    items = [an_item(0)]
    right, wrong = ([a_result(items[0], scores={"em": score, "f1": score})] for score in (1.0, 0.0))

    html = page_of(tmp_path, a_suite(items), right, wrong)

    compared = html.split("<h2>Differences</h2>")[1].split("</section>")[0]
    assert re.search(r'\+1\.000</td><td><span class="soft">–</span></td>', compared)
    assert set(re.findall(r'class="verdict ([\w-]+)"', compared)) == {"not-known"}


def test_the_page_says_of_the_first_run_what_the_command_line_says_of_it(tmp_path):
    items = [an_item(n) for n in range(40)]
    results = [many_results(items, share_right=share, seed=n) for n, share in enumerate((0.8, 0.3, 0.5))]
    runs = [a_run(tmp_path, f"run-{n}", found, program=f"p{n}") for n, found in enumerate(results)]
    suite = a_suite(items)

    (group,) = gather(runs, tmp_path / "work", lambda name: suite)

    assert group.comparisons == compare_all(runs[0], runs[1:], suite, seed=DEFAULT_SEED)
    assert [(one.a, one.b) for one in group.comparisons] == [("run-1", "run-0"), ("run-2", "run-0")]
