import json

from agent.reading import Reader
from tests.agent.affair import INJECTION


def read_document(place, doc_id):
    return Reader(place.corpus).read(place.corpus.passages_of(doc_id))


def sentences(place, doc_id):
    return [statement.sentence for statement in read_document(place, doc_id).statements]


def test_every_quote_stands_verbatim_at_its_offsets(affair, profiles):
    for place in (affair, profiles):
        statements = [s for d in place.corpus.documents() for s in read_document(place, d.id).statements]
        assert len(statements) > 15
        assert [s.key for s in statements if place.text(s.doc_id)[s.start : s.end] != s.quote] == []


def test_a_statement_knows_the_heading_that_it_stands_under(affair):
    paths = {s.leaf for s in read_document(affair, "technical.md").statements}
    assert paths == {"The grip", "The brake"}


def test_headings_and_titles_are_no_statements(affair):
    assert [s for s in sentences(affair, "technical.md") if s.startswith(("The grip.", "Technical causes of"))] == []


def test_a_figure_without_a_name_is_put_behind_the_title(affair):
    first = sentences(affair, "technical.md")[0]
    assert first.startswith("According to “Technical causes of the failure”, the grip of cabin 17 slipped")


def test_a_sentence_that_names_its_subject_stays_as_it_is(affair):
    assert "The Brenholt cableway has 38 cabins and a haul rope of 5,240 metres." in sentences(affair, "history.md")


def test_a_table_row_becomes_a_sentence_with_its_column_names(affair):
    expected = "Payments: date 2018-11-30; payee Aldo Fenn; marks 180000; purpose bonus."
    assert expected in sentences(affair, "payments.csv")


def test_lines_of_a_profile_become_sentences_about_its_title(profiles):
    found = sentences(profiles, "orland.md")
    assert "Orland’s birth rate is 39.2 births/1,000 population (2024 est.)." in found
    assert "Orland’s population: total 4,512,000 (2024 est.)." in found


def test_a_sentence_with_a_colon_before_its_figures_is_no_label(make_affair):
    told = "The fund was divided by damage: 171 million marks for Hallin and 74 million marks for Orme."
    place = make_affair(
        {"note.md": f"# Aftermath: what followed\n\n## Compensation\n\n{told}\n\nTotal paid: 238 million marks\n"}
    )
    assert sentences(place, "note.md") == [told, "Aftermath’s compensation: Total paid 238 million marks."]


def test_shares_and_dated_lists_under_a_heading_are_values_of_a_profile(make_affair):
    text = (
        "# Vesk\n\n## Exports - partners\n\nOrland 19%, Tamir 18%, Hallin 4% (2023)\n\n"
        "## Exports - commodities\n\ncopper ore, zinc ore, gold (2023)\n\n## Remarks\n\nsee the map on the wall\n"
    )
    assert sentences(make_affair({"vesk.md": text}), "vesk.md") == [
        "Vesk’s exports - partners: Orland 19%, Tamir 18%, Hallin 4% (2023).",
        "Vesk’s exports - commodities: copper ore, zinc ore, gold (2023).",
    ]


def test_what_somebody_says_for_himself_is_told_as_said_by_him(make_affair):
    told = "Orme Works delivered 62,000 tonnes of granite to Hallin."
    place = make_affair({"a.md": f"# Press release of 9 June 2016\n\n{told}\n", "b.md": f"# The ledger\n\n{told}\n"})
    assert sentences(place, "a.md") == [f"According to “Press release of 9 June 2016”, {told}"]
    assert sentences(place, "b.md") == [told]


def test_a_speakers_turn_is_no_label_with_its_value(make_affair):
    text = "# Interview with Davit Lorne\n\n## The failure\n\nAas: Describe 23:52.\n\nAas: Go on to 00:21.\n"
    assert sentences(make_affair({"a.md": text}), "a.md") == []


def test_a_value_of_a_plural_is_put_behind_a_colon(make_affair):
    text = "# Vesk\n\n## Airports\n\n20 (2025)\n\n## Birth rate\n\n12.1 births (2025)\n"
    assert sentences(make_affair({"a.md": text}), "a.md") == [
        "Vesk’s airports: 20 (2025).",
        "Vesk’s birth rate is 12.1 births (2025).",
    ]


def test_an_instruction_is_no_statement_and_is_counted(make_affair):
    sound = "The inspector Jonas Reke measured the springs of 12 grips in March 2017."
    place = make_affair({"note.md": f"# A note\n\n{sound}\n{INJECTION}\n"})
    reading = read_document(place, "note.md")
    assert [s.sentence for s in reading.statements] == [sound]
    assert reading.instructions == 1


def test_what_stands_under_references_or_acknowledgements_is_left_out(make_affair):
    text = "# A study\n\n## Result\n\nThe Orme brake froze on 3 February 2019.\n\n"
    text += "## Acknowledgements\n\nThe authors thank the Hallin Transit Office for its help in 2019.\n"
    place = make_affair({"study.md": text})
    assert sentences(place, "study.md") == ["The Orme brake froze on 3 February 2019."]


def test_a_passage_read_twice_is_read_once(affair):
    passages = affair.corpus.passages_of("night.md")
    assert len(Reader(affair.corpus).read([*passages, *passages]).statements) == 4


def test_a_sentence_that_leans_on_another_is_marked(make_affair):
    text = "# Hallin\n\nThe Hallin office closed in 2022.\nIt was replaced by an authority in the same year.\n"
    found = read_document(make_affair({"a.md": text}), "a.md").statements
    assert [s.is_anaphoric for s in found] == [False, True]


def test_code_and_addresses_are_no_statements(make_affair):
    text = "# Notes\n\nThe office of Hallin wrote to https://example.org in the year 2019.\n\nfor x in y: print(x)\n"
    assert sentences(make_affair({"a.md": text}), "a.md") == []


def test_records_of_a_json_list_become_sentences_about_their_names(make_affair):
    records = [
        {"id": "f320", "name": "Falcon 320", "range_km": 95, "motor": {"power_w": 250, "maker": "Brenn"}},
        {
            "id": "k2",
            "name": "Kestrel 2",
            "range_km": 60,
            "is_sold": None,
            "note": "The Kestrel 2 was built in Hallin.",
        },
    ]
    place = make_affair({"catalogue.json": json.dumps(records)})
    assert sentences(place, "f320") == ["Falcon 320: range km 95.", "Falcon 320, motor: power w 250; maker Brenn."]
    assert sentences(place, "k2") == ["Kestrel 2: range km 60.", "The Kestrel 2 was built in Hallin."]


def test_a_nested_json_object_tells_where_its_figures_stand(make_affair):
    value = {
        "plant": {"opened": 1998, "staff": {"total": 120, "night_shift": 14}},
        "models": [{"name": "Falcon 320", "range_km": 95}, {"range_km": 60}],
        "owner_name": "Hallin Transit Office",
    }
    place = make_affair({"works.json": json.dumps(value)})
    found = read_document(place, "works.json").statements
    assert [s.sentence for s in found] == [
        "Works, plant: opened 1998.",
        "Works, plant, staff: total 120; night shift 14.",
        "Works, models, Falcon 320: range km 95.",
        "Works, models, item 2: range km 60.",
        "Works: owner name Hallin Transit Office.",
    ]
    assert [s.key for s in found if place.text(s.doc_id)[s.start : s.end] != s.quote] == []


def test_a_fact_sheet_without_headings_is_told_of_its_title(make_affair):
    place = make_affair({"a.txt": "Falcon 320\n\nrange_km: 95\nweight: 13.4 kg\n"})
    assert sentences(place, "a.txt") == ["Falcon 320: range km 95; weight 13.4 kg."]


def test_the_head_of_a_letter_is_no_fact_sheet(make_affair):
    place = make_affair({"a.txt": "To the board\n\nDate: 12 May 2019\nPhone: 555 2310\nFloor: 3\n\nThe letter.\n"})
    assert sentences(place, "a.txt") == []


def test_quotes_start_at_the_sentence_and_not_at_its_bullet_or_heading(make_affair):
    text = "# Hallin\n\n- The Hallin office closed in 2022.\n- Gate 17 failed at 23:52.\n\n"
    text += (
        "Finding 3: sole signatures and related parties of the Hallin office\nThe Hallin office paid 5 firms in 2019.\n"
    )
    found = read_document(make_affair({"a.md": text}), "a.md").statements
    assert [s.quote for s in found] == [
        "The Hallin office closed in 2022.",
        "Gate 17 failed at 23:52.",
        "The Hallin office paid 5 firms in 2019.",
    ]


def test_a_word_of_the_day_is_told_behind_the_title_that_has_its_date(make_affair):
    text = (
        "# Hallin Office, press release of 9 June 2016\n\nThe Hallin Office today celebrates the opening of its line.\n"
    )
    (one,) = read_document(make_affair({"a.md": text}), "a.md").statements
    said = "According to “Hallin Office, press release of 9 June 2016”, the Hallin Office today celebrates"
    assert one.sentence.startswith(said)
    assert one.stands_alone
    assert one.quote == "The Hallin Office today celebrates the opening of its line."


def test_a_word_of_the_day_without_a_date_does_not_stand_alone(make_affair):
    text = "# Hallin\n\nAldous Krenn will visit the town of Hallin today.\n"
    (one,) = read_document(make_affair({"a.md": text}), "a.md").statements
    assert one.is_undated
    assert not one.stands_alone
    assert one.sentence.startswith("According to Hallin, Aldous Krenn")


def test_a_thing_that_its_paragraph_introduces_is_marked_and_one_of_the_title_is_not(make_affair):
    text = "# The Hallin line\n\nCasper Ruhn ordered a report from Brenn.\nThe report was late.\nThe line was closed.\n"
    found = read_document(make_affair({"a.md": text}), "a.md").statements
    assert [s.is_anaphoric for s in found] == [False, True, False]


def test_an_ordinary_word_behind_an_attribution_is_small(make_affair):
    text = "# Notes on Hallin\n\nThe pins had residues on them.\nResidues of grease were found at 5 pins.\n"
    found = sentences(make_affair({"a.md": text}), "a.md")
    assert found[-1] == "According to Notes on Hallin, residues of grease were found at 5 pins."
