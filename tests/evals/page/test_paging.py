import json

import pytest
from click.testing import CliRunner

from agent.commands.options import add_global_options
from agent.errors import UsageProblem
from evals.cli import eval_group
from tests.evals.page.made_runs import a_result, a_run, an_item


def invoke(home, *arguments):
    command = add_global_options(eval_group)
    return CliRunner().invoke(command, ["--home", str(home), "--json", "report", *arguments])


def test_the_page_stands_in_the_first_runs_folder_or_where_it_is_wanted(tmp_path):
    folder = tmp_path / "evals" / "runs"
    folder.mkdir(parents=True)
    # Its data are gone, so that no loader is asked for.
    for name in ("2030-01-one", "2030-02-two"):
        a_run(folder, name, [a_result(an_item(0))], suite="qa", data_path=tmp_path / "gone")

    found = invoke(tmp_path, "one", "two")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout) == {"file": str(folder / "2030-01-one" / "eval.html")}
    assert "only the ids are shown" in (folder / "2030-01-one" / "eval.html").read_text(encoding="utf-8")

    assert invoke(tmp_path, "last", "--out", str(tmp_path / "page.html")).exit_code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_run_without_results_and_a_folder_that_is_none_are_said(tmp_path):
    empty = a_run(tmp_path, "empty", [], suite="qa")
    full = a_run(tmp_path, "full", [a_result(an_item(0))], suite="qa", data_path=tmp_path / "gone")

    assert isinstance(invoke(tmp_path, str(empty.path)).exception, UsageProblem)
    nowhere = invoke(tmp_path, str(full.path), "--out", str(tmp_path / "nowhere" / "page.html"))
    with pytest.raises(UsageProblem, match="cannot write"):
        raise nowhere.exception
