from evals.metrics.works import told_figures

WORKS = {
    "mill of Arlen": "The mill of Arlen was opened in 1850. It cost 12400 crowns. Beside it graze 40 sheep.",
    "dam of Brenn": "The dam of Brenn was opened in 1901 and is 320 metres long.",
}


def judged(text):
    return [(one.work, one.shown, one.is_true) for one in told_figures(text, WORKS)]


def test_a_figure_is_true_of_its_own_work_alone():
    assert judged("The mill of Arlen was opened in 1850, the dam of Brenn in 1901.") == [
        ("Mill of Arlen", "1850", True),
        ("Dam of Brenn", "1901", True),
    ]
    assert judged("The dam of Brenn cost 12,400 crowns.") == [("Dam of Brenn", "12,400", False)]


def test_an_invented_figure_is_false():
    assert judged("The mill of Arlen had 77 workers.") == [("Mill of Arlen", "77", False)]


def test_a_heading_names_the_work_of_the_paragraphs_below_it():
    below = "It was opened in 1901.\n\nIts price was 12400 crowns."
    text = f"# Works\n\n## The Mill of Arlen\n\n{below}\n\n## All\n\nOne was 320 m."
    assert [(work, is_true) for work, _, is_true in judged(text)] == [
        ("Mill of Arlen", False),
        ("Mill of Arlen", True),
        ("", True),
    ]


def test_a_figure_of_no_work_is_held_against_all_of_them():
    assert judged("The longest is 320 metres long, and 999 people came.") == [("", "320", True), ("", "999", False)]


def test_marks_of_citations_are_no_figures():
    assert judged("The dam of Brenn is 320 metres long [14].") == [("Dam of Brenn", "320", True)]


def test_what_a_letter_says_of_no_work_is_true_under_a_heading_but_not_of_the_work():
    letter = "The road to Brenn climbs past 71 farms."

    def told(text):
        return [one.is_true for one in told_figures(f"## The mill of Arlen\n\n{text}", WORKS, letter)]

    assert told(letter) == [True]
    assert told("The mill of Arlen has 71 rooms.") == [False]
    assert told("It is near. The road to Brenn climbs past 72 farms.") == [False]
