"""One hand-made report for each fault, each found; a clean one passes."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from agent.commands.options import add_global_options
from agent.errors import UsageProblem
from evals.cli import eval_group
from evals.report_audit import audit_run, find_run, read_run
from evals.report_figures import figures_in
from evals.report_quotes import without_markup
from evals.report_text import read_report, split_sentences
from lm.copying import folded
from retrieval.corpus import Corpus
from retrieval.ingest import ingest

DOCS = {
    "arvia.md": "# Arvia\n\n## Population\n\nArvia has 1,250,000 people, and 12.5% of them live on the coast.\n\n"
    "## Area\n\nThe area of the country is 3,400 sq km, of which *two* lakes cover 88 sq km.\n",
    "borland.md": "# Borland\n\n## Population\n\nBorland has 2.75 million people.\n\n## Area\n\n"
    "The area is 9,120 sq km.\n",
    "cadia.md": "# Cadia\n\n## Population\n\nCadia has 640 thousand people.\n",
}
QUOTES = [
    ("arvia.md", "Arvia has 1,250,000 people, and 12.5% of them live on the coast."),
    ("borland.md", "Borland has 2.75 million people."),
    ("arvia.md", "The area of the country is 3,400 sq km, of which"),
    ("borland.md", "The area is 9,120 sq km."),
]
SENTENCES = [
    "Arvia has 1,250,000 people, and 12.5% of them live on the coast. [1]",
    "Borland has 2.75 million people. [2]",
    "The area of Arvia is 3,400 sq km. [3]",
    "Borland covers 9,120 sq km. [4]",
]
FIGURES = {
    "words": 30, "sections": 2, "claims": {"kept": 4}, "citations": 4, "sources": 4, "documents": 2,
    "characters_read": 300, "characters_unique": 250, "characters_written": 125, "saturation_ratio": 2.0,
    "mean_support": 0.9,
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    docs = root / "docs"
    docs.mkdir()
    for name, text in DOCS.items():
        (docs / name).write_text(text, encoding="utf-8")
    with Corpus.open(root / "corpus.sqlite") as corpus:
        ingest([docs], corpus)
    return root


@pytest.fixture
def made(home, tmp_path):
    """The parts of a clean run, to be spoilt by a test; `audit` writes and audits it."""
    with Corpus.open(home / "corpus.sqlite") as corpus:
        titles = {document.id: document.title for document in corpus.documents()}
        texts = {id_: corpus.text(id_) for id_ in titles}
        evidence = []
        for number, (id_, quote) in enumerate(QUOTES, start=1):
            start = texts[id_].index(quote)
            evidence.append(
                {"number": number, "document": id_, "title": titles[id_], "heading_path": ["Population"],
                 "passage": "p", "start": start, "end": start + len(quote), "quote": quote}
            )  # fmt: skip
        run = SimpleNamespace(
            folder=tmp_path / "run",
            introduction="The subject is land and people.",
            sentences=list(SENTENCES),
            references=[
                f"[{e['number']}] {e['title']}, Population ({e['document']}): “{e['quote']}”" for e in evidence
            ],
            evidence=evidence,
        )

        def audit(**options):
            write(run)
            return audit_run(read_run(run.folder), corpus, **options)

        run.audit = audit
        yield run


def write(run):
    run.folder.mkdir(parents=True, exist_ok=True)
    blocks = ["# Two countries", "## Introduction", run.introduction, "## People", "*The documents say little.*"]
    blocks += [" ".join(run.sentences[:2]), "## Land", " ".join(run.sentences[2:]), "## Conclusion", "It is so."]
    blocks += ["## References", *run.references]
    (run.folder / "report.md").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    (run.folder / "evidence.jsonl").write_text("".join(json.dumps(e) + "\n" for e in run.evidence), encoding="utf-8")
    (run.folder / "metrics.json").write_text(json.dumps(FIGURES), encoding="utf-8")


def kinds(audit):
    return [fault.kind for fault in audit.faults]


def test_a_clean_report_has_no_fault(made, home):
    audit = made.audit(corpus_dir=home / "docs", with_subjects=True)
    assert audit.faults == () and audit.remarks == ()
    assert (audit.n_sentences, audit.n_citations, audit.n_references, audit.sections) == (6, 4, 4, 2)
    assert (audit.quotes_verbatim, audit.quotes_in_files, audit.quotes_in_bytes) == (1.0, 1.0, 1.0)
    assert (audit.numbers, audit.subject_figures, audit.saturation_ratio) == (5, 5, 2.0)


def test_evidence_is_a_line_each_whatever_its_quotations_hold(made):
    made.audit()
    odd = [{**one, "title": "Land\u2028and\x85people"} for one in made.evidence]
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in odd)
    (made.folder / "evidence.jsonl").write_text(lines, encoding="utf-8")
    assert {one.title for one in read_run(made.folder).evidence.values()} == {"Land\u2028and\x85people"}


def test_a_quote_that_is_not_at_its_offsets_is_found(made):
    made.evidence[1]["start"] += 1
    audit = made.audit()
    assert kinds(audit) == ["quote"]
    assert "elsewhere" in audit.faults[0].why
    assert audit.quotes_verbatim == 0.75


def test_an_invented_quote_is_found_in_corpus_file_and_reference(made, home):
    made.evidence[1]["quote"] = "Borland has 2.75 million sheep."
    audit = made.audit(corpus_dir=home / "docs")
    assert kinds(audit) == ["quote", "quote_in_file", "misquoted_reference"]
    assert audit.quotes_in_files == 0.75


def test_a_quote_from_a_document_that_is_gone_is_found(made):
    made.evidence[1]["document"] = "gone.md"
    assert kinds(made.audit()) == ["quote", "misquoted_reference"]


def test_the_section_on_disagreements_is_none_of_the_writers_and_its_numbers_are_audited():
    told = "For “people” of Borland, “2.75 million” in one place and “9 million” in another. [1]"
    text = read_report(f"# T\n\n## Land\n\nIt is wide. [1]\n\n## Where the sources disagree\n\n{told}\n")
    assert text.sections == text.headings == ("Land",)
    assert [sentence.is_frame for sentence in text.sentences] == [False, True]


def test_a_number_in_the_section_on_disagreements_that_no_source_has_is_found(made):
    made.sentences[-1] += "\n\n## Where the sources disagree\n\nBorland has “9 million” people. [2]"
    assert kinds(made.audit()) == ["unsupported_number"]


def test_typographic_quotes_dashes_and_spaces_do_not_make_a_fault(made):
    made.evidence[1]["quote"] = "Borland has\u00a02.75 million\n people."
    assert made.audit().faults == ()


def test_markup_between_the_words_of_a_file_is_no_fault_but_is_counted(made, home):
    made.evidence[2]["quote"] = "of which two lakes cover 88 sq km."  # the file says *two*
    audit = made.audit(corpus_dir=home / "docs")
    assert audit.quotes_in_files == 1.0
    assert audit.quotes_in_bytes == 0.75


def test_a_citation_of_nothing_is_found(made):
    made.sentences[0] = made.sentences[0].replace("[1]", "[1][9]")
    audit = made.audit()
    assert kinds(audit) == ["dangling"]
    assert audit.faults[0].where == SENTENCES[0].removesuffix(" [1]")
    assert "References, evidence.jsonl" in audit.faults[0].why


def test_a_citation_that_only_the_reference_list_lacks_is_found(made):
    del made.references[1]
    assert kinds(made.audit()) == ["dangling", "unlisted"]


def test_a_reference_that_nobody_cites_is_found(made):
    made.sentences[3] = "It is so there."
    audit = made.audit()
    assert audit.uncited_references == 1
    assert "uncited_reference" in kinds(audit)


def test_a_reference_listed_twice_and_one_of_another_document_are_found(made):
    made.references.append(made.references[0])
    made.references[1] = made.references[1].replace("borland.md", "arvia.md")
    assert kinds(made.audit()) == ["misquoted_reference", "misquoted_reference"]


def test_a_reference_may_be_cut_short_with_an_ellipsis(made):
    made.references[0] = made.references[0].replace("of them live on the coast.”", "of them…”")
    assert made.audit().faults == ()


def test_a_sentence_without_a_marker_is_found_except_in_the_frame(made):
    made.sentences[1] = "Many countries are small. " + made.sentences[1]
    audit = made.audit()
    assert [(fault.kind, fault.where) for fault in audit.faults] == [("uncited_sentence", "Many countries are small.")]


def test_two_quoted_sentences_before_one_marker_are_a_remark(made):
    made.sentences[3] = "The area is 9,120 sq km. Borland covers 9,120 sq km. [4]"
    audit = made.audit()
    assert audit.faults == ()
    assert [remark.kind for remark in audit.remarks] == ["shared_marker"]


def test_a_sentence_said_twice_is_found_whatever_its_case_and_stops(made):
    made.sentences[3] = "Borland covers 9,120 sq km. [4] BORLAND covers 9,120  sq km! [4]"
    assert kinds(made.audit()) == ["repeated_sentence"]


def test_nearly_the_same_sentence_twice_is_a_remark(made):
    made.sentences[2] += " So the area of Arvia is 3,400 sq km. [3]"
    audit = made.audit()
    assert audit.faults == ()
    assert [remark.kind for remark in audit.remarks] == ["near_repeat"]


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("Arvia has 1,350,000 people. [1]", "1,350,000"),
        ("In Arvia 12.6% live on the coast. [1]", "12.6"),
        ("In Arvia 125 of them live on the coast. [1]", "125"),
        ("Arvia has seven coasts. [1]", "seven"),
        ("Arvia has 12.5 million people. [1]", "12.5 million"),
        ("Arvia has 1.25 billion people. [1]", "1.25 billion"),
        ("Arvia has 1,250,000 people since 1999. [1]", "1999"),
    ],
)
def test_a_number_that_the_evidence_lacks_is_found(made, sentence, number):
    made.sentences[0] = sentence
    audit = made.audit()
    assert kinds(audit) == ["unsupported_number"]
    assert audit.faults[0].why == f"{number} is not in [1]"


@pytest.mark.parametrize(
    "sentence", ["Arvia has 1.25 million people. [1]", "Arvia has 1250000 people, and 12.5 percent live near. [1]"]
)
def test_the_same_number_in_other_writing_is_supported(made, sentence):
    made.sentences[0] = sentence
    assert made.audit().faults == ()


def test_numbers_of_title_and_headings_are_supported(made):
    made.evidence[0] |= {"title": "Arvia in 2024", "heading_path": ["Chapter 7"]}
    made.references[0] = made.references[0].replace("Arvia, Population", "Arvia in 2024, Chapter 7")
    made.sentences[0] = "Chapter 7 says that in 2024 Arvia had 1,250,000 people. [1]"
    assert made.audit().faults == ()


def test_a_figure_given_to_another_subject_is_found(made):
    made.sentences[3] = "Arvia covers 9,120 sq km. [4]"
    audit = made.audit(with_subjects=True)
    assert kinds(audit) == ["wrong_subject"]
    assert audit.faults[0].why == "9,120 is not of Arvia"


def test_the_subject_is_the_nearest_before_the_figure_else_the_last_of_the_paragraph(made):
    made.sentences[2:] = ["Unlike Borland, Arvia is of 9,120 sq km. [4]", "Its area is 3,400 sq km. [3]"]
    made.sentences[1] = "As Borland has, 2.75 million live there. [2]"
    audit = made.audit(with_subjects=True)
    assert [fault.why for fault in audit.faults] == ["9,120 is not of Arvia"]
    made.sentences[2:] = ["Borland is of 9,120 sq km. [4]", "Its lakes are of 3,400 sq km. [3]"]
    assert [fault.why for fault in made.audit(with_subjects=True).faults] == ["3,400 is not of Borland"]


def test_the_level_of_chance_is_a_share_and_the_same_for_the_same_seed(made):
    first, second = made.audit(with_subjects=True, seed=3), made.audit(with_subjects=True, seed=3)
    assert first.right_by_chance == second.right_by_chance == 0.0
    assert made.audit().right_by_chance is None


def test_copy_rate_is_the_share_of_8_grams_that_stand_in_a_quote(made):
    # Sentence 1 has 12 words and is a quotation: 5 of 5. Sentence 3 has 8 words and is none: 0 of 1.
    made.introduction = "Land and people."
    assert made.audit().copy_rate == pytest.approx(5 / 6, abs=1e-4)


def test_sentences_do_not_end_in_titles_brackets_or_abbreviations():
    text = "According to “Who knew? A history”, C. Ruhn (see p. 3. Also 4.) paid approx. 5 crowns. He left. 3 stayed."
    assert split_sentences(text) == [
        "According to “Who knew? A history”, C. Ruhn (see p. 3. Also 4.) paid approx. 5 crowns.",
        "He left.",
        "3 stayed.",
    ]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("twenty-nine of C6 at 00:12", ["29", "c6", "00:12"]),
        ("1\u202f250\u202f000 and −5.50 and 3.0", ["1250000", "-5.50", "3"]),
        ("Python 3.10.2 in 2020-25, the 3rd", ["3.10.2", "2020", "25", "3"]),
        ("1,2 and 16,148", ["1", "2", "16148"]),
        ("half of one", []),
    ],
)
def test_numbers_are_read_as_a_person_would(text, keys):
    assert [figure.key for figure in figures_in(folded(text))] == keys


def test_years_are_no_measures_and_units_make_them():
    figures = figures_in("in 2021, 4 of 7 km, 300, 5%, $9, 2.5, 2000 km (2022 est.)")
    assert [f.shown for f in figures if f.is_measure] == ["7", "300", "5", "9", "2.5", "2000"]


def test_markup_of_both_kinds_is_taken_off():
    assert without_markup("See :pep:`612 <x>` and ``a_b`` [1]_.") == without_markup("See 612 and `ab`.")
    assert without_markup("A [link](http://x/y) *here*") == "Alinkhere"


def test_a_run_is_found_by_path_part_and_last(made, tmp_path):
    for name in ("2026-01-01-old-aa", "2026-02-01-new-bb"):
        made.folder = tmp_path / "home" / "runs" / name
        write(made)
    (tmp_path / "home" / "runs" / "2026-03-01-unfinished-cc").mkdir()
    assert find_run("last", tmp_path / "home").name == "2026-02-01-new-bb"
    assert find_run("old", tmp_path / "home").name == "2026-01-01-old-aa"
    assert find_run(str(made.folder), tmp_path / "nowhere") == made.folder
    with pytest.raises(UsageProblem, match="2 runs"):
        find_run("2026", tmp_path / "home")
    with pytest.raises(UsageProblem, match="no run"):
        find_run("unfinished", tmp_path / "home")


def test_a_broken_evidence_file_is_named(made):
    write(made)
    (made.folder / "evidence.jsonl").write_text('{"number": 1}\n')
    with pytest.raises(UsageProblem, match=r"evidence\.jsonl is not in the format"):
        read_run(made.folder)


def test_the_command_prints_one_flat_object_and_its_code_tells_faults(made, home):
    write(made)
    command = [
        "audit",
        str(made.folder),
        "--home",
        str(home),
        "--subjects",
        "--corpus-dir",
        str(home / "docs"),
        "--json",
    ]
    result = CliRunner().invoke(add_global_options(eval_group), command, standalone_mode=False)
    assert result.return_value == 0
    assert json.loads(result.stdout)["wrong_subject"] == 0
    made.sentences[1] = "Borland has 3 million people. [2]"
    write(made)
    result = CliRunner().invoke(add_global_options(eval_group), command[:-1], standalone_mode=False)
    assert result.return_value == 1
    assert "3 million is not in [2]" in result.stdout


def test_the_audit_does_not_look_through_the_writers_own_eyes():
    code = (
        "import sys, evals.report_audit; "
        "sys.exit(any(m.startswith(('agent.verify', 'agent.settle', 'agent.grounding')) for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        (
            "According to [1], Kiel is in Norway. So it is [2, 3].",
            [("According to, Kiel is in Norway.", (1,), ()), ("So it is.", (2, 3), ())],
        ),
        ("1. Mali is dry [1].\n2. Chad is [2].", [("Mali is dry.", (1,), ()), ("Chad is.", (2,), ())]),
        (
            "One. Two. [1] Three[2]. Four.",
            [("One.", (), (1,)), ("Two.", (1,), ()), ("Three.", (2,), ()), ("Four.", (), ())],
        ),
        ("It rained. [1] the road was long [2].", [("It rained.", (1,), ()), ("the road was long.", (2,), ())]),
        ("- Iron\n- Coal [4]", [("Iron", (), ()), ("Coal", (4,), ())]),
    ],
)
def test_a_mark_belongs_to_the_sentence_that_it_stands_in_or_behind(markdown, expected):
    found = read_report(markdown).sentences
    assert [(sentence.text, sentence.citations, sentence.shared) for sentence in found] == expected


def test_headings_of_all_levels_but_title_and_frame():
    found = read_report("# T\n\n## Introduction\n\nA.\n\n## One\n\n### Deeper\n\nB.\n\n# Two\n\nC.\n")
    assert (found.title, found.sections, found.headings) == ("T", ("One",), ("One", "Deeper", "Two"))


def test_a_heading_without_a_blank_line_swallows_nothing():
    found = read_report("# Title\n## Causes\nThe brake failed [1].\n### Details\nIce had formed [2].\n## References\n")
    assert (found.title, found.sections) == ("Title", ("Causes",))
    assert [sentence.text for sentence in found.sentences] == ["The brake failed.", "Ice had formed."]
