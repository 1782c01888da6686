import getpass
import logging
from pathlib import Path

from agent.model_settings import Roles, RoleSettings
from agent.redacting import RedactingFormatter, private_redactor, redactor
from agent.settings import Settings
from lm.hiding import HIDDEN

KEY = "canary+of/the+environment"


def test_a_key_that_a_role_names_is_known(monkeypatch, tmp_path):
    monkeypatch.setenv("MINE", KEY)
    settings = Settings(
        home=tmp_path, models_dir=tmp_path, roles=Roles(judge=RoleSettings(model="openai:x", api_key_env="MINE"))
    )

    assert redactor(settings).text(f"refused {KEY}") == f"refused {HIDDEN}"


def test_a_variable_named_like_a_key_is_known_without_settings(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", KEY)
    monkeypatch.setenv("SSH_AUTH_TOKEN", "/a/path/of/a/socket")

    assert redactor().text(f"refused {KEY} at /a/path/of/a/socket") == f"refused {HIDDEN} at /a/path/of/a/socket"


def test_nested_values_are_gone_through(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", KEY)

    shown = redactor().value(
        {"argv": ["--x", KEY], KEY: {"path": Path("/x") / KEY.replace("/", "")}, "n": 1, "z": None}
    )

    assert shown == {"argv": ["--x", HIDDEN], HIDDEN: {"path": "/x/canary+ofthe+environment"}, "n": 1, "z": None}


def test_a_private_redactor_hides_who_and_where_the_user_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "people" / "erika"))
    monkeypatch.setenv("LOGNAME", "erika")
    settings = Settings(home=tmp_path / "people" / "erika" / "w", models_dir=tmp_path / "models")

    shown = private_redactor(settings).text(
        f"{settings.home}/ledger.sqlite {tmp_path}/people/erika/notes.txt {tmp_path}/models/m.gguf by erika, not erikas"
    )

    assert getpass.getuser() == "erika"
    assert shown == "<home>/ledger.sqlite ~/notes.txt <models>/m.gguf by <user>, not erikas"


def test_a_log_record_is_redacted_with_its_traceback(monkeypatch):
    monkeypatch.setenv("SOME_SECRET", KEY)
    formatter = RedactingFormatter("%(message)s", redactor())
    try:
        raise ValueError(f"no {KEY}")
    except ValueError as error:
        record = logging.LogRecord(
            "lm", logging.ERROR, __file__, 1, "sent %s", (KEY,), (type(error), error, error.__traceback__)
        )

    shown = formatter.format(record)

    assert KEY not in shown
    assert "ValueError" in shown
