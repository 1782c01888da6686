import pytest

from agent import config
from agent.config_value import leaf_fields, near_misses, toml_text
from agent.model_settings import ModelPrice, ModelSize, RoleSettings
from agent.settings import Settings


@pytest.fixture
def place(tmp_path):
    """Load with an empty environment, in an empty folder, for a user without a file of their own."""

    def load(*, toml=None, user=None, environ=None, flags=None, config_file=None):
        cwd = tmp_path / "cwd"
        cwd.mkdir(exist_ok=True)
        if toml is not None:
            (cwd / "wellread.toml").write_text(toml)
        user_file = tmp_path / "user" / "wellread.toml"
        if user is not None:
            user_file.parent.mkdir(exist_ok=True)
            user_file.write_text(user)
        return config.load(flags=flags, environ=environ or {}, cwd=cwd, user_file=user_file, config_file=config_file)

    return load


def test_defaults_need_no_file_and_no_environment(place, tmp_path):
    settings = place().settings
    assert settings.home == tmp_path / "cwd" / ".wellread"
    assert settings.roles.writer.model == "embedded:smollm2-135m"
    assert settings.write.words == 1200


def test_flags_beat_environment_beats_file_beats_user_file_beats_default(place):
    given = {
        "user": "[write]\nwords = 200\nseed = 2\nmax_revisions = 5\n[ingest]\njobs = 2",
        "toml": "[write]\nwords = 300\nseed = 3\n[ingest]\njobs = 3",
        "environ": {"WELLREAD_WRITE__WORDS": "400", "WELLREAD_INGEST__JOBS": "4"},
        "flags": {"ingest.jobs": 5, "write.words": None},
    }
    loaded = place(**given)
    assert loaded.settings.ingest.jobs == 5
    assert loaded.settings.write.words == 400
    assert loaded.settings.write.seed == 3
    assert loaded.settings.write.max_revisions == 5
    assert [offer.layer for offer in loaded.offers["ingest.jobs"]] == [
        "flag",
        "env",
        "file",
        "user file",
        "default",
    ]
    assert [offer.value for offer in loaded.offers["ingest.jobs"]] == [5, 4, 3, 2, 2]


def test_a_named_file_takes_the_place_of_the_one_in_the_folder(place, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[write]\nseed = 9")
    assert place(toml="[write]\nseed = 3\nwords = 300", config_file=other).settings.write.seed == 9
    assert place(config_file=other).settings.write.words == 1200
    with pytest.raises(config.ConfigError, match="there is no file"):
        place(config_file=tmp_path / "absent.toml")


def test_short_names_of_the_environment_set_home_and_models(place, tmp_path):
    environ = {"WELLREAD_HOME": "h", "WELLREAD_MODELS": str(tmp_path / "m"), "WELLREAD_OFFLINE": "1"}
    settings = place(environ=environ).settings
    assert settings.home == tmp_path / "cwd" / "h"
    assert settings.models_dir == tmp_path / "m"
    assert settings.offline is True


def test_a_relative_path_in_a_file_starts_at_that_file(place, tmp_path):
    assert place(user='home = "shelf"').settings.home == tmp_path / "user" / "shelf"


def test_an_unknown_key_names_file_key_likely_meaning_and_what_is_allowed(place):
    with pytest.raises(config.ConfigError) as caught:
        place(toml="[write]\nword = 300")
    assert caught.value.exit_code == 2
    assert "wellread.toml" in str(caught.value) and "write.word" in str(caught.value)
    assert "did you mean write.words?" in caught.value.hint
    assert "saturation_ratio" in caught.value.hint


def test_a_key_in_the_wrong_table_is_led_to_the_right_one(place):
    with pytest.raises(config.ConfigError) as caught:
        place(toml="saturation_ratio = 12.0")
    assert "write.saturation_ratio" in caught.value.hint


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[write]\nwords = 3", "greater than or equal to 50"),
        ('[write]\nwords = "many"', "valid integer"),
        ('[write]\nformats = ["odt"]', "'md', 'html', 'docx' or 'pdf'"),
        ("[write]\nformats = []", "at least 1 item"),
        ("write = 3", "is a table"),
        ("[home]\nx = 1", "not a valid path"),
        ("[write", "not valid TOML"),
        ('[roles.writer]\nmodel = "openia:gpt"', "did you mean openai?"),
        ('[roles.writer]\nmodel = "embedded:smollm-135m"', "did you mean embedded:smollm2-135m?"),
        ('[roles.writer]\nmodel = "langchain:anthropic"', "langchain:PROVIDER:MODEL"),
        ('[roles.writer]\nmodel = "openai:x"\nbase_url = "localhost:80"', "begins with http"),
        ('[prices."openai:gpt"]\ninput = 1.0', "openai:gpt.output: Field required"),
        ("[prices.gpt]\ninput = 1.0\noutput = 2.0", "openai:NAME"),
        ('[prices."embedded:smollm2-135m"]\ninput = 1.0\noutput = 2.0', "others need no entry"),
        ('[sizes."openai:gpt"]\nparameters = 0\nlayers = 2\nwidth = 8', "greater than 0"),
    ],
)
def test_a_bad_value_names_the_file_and_what_is_allowed(place, toml, said):
    with pytest.raises(config.ConfigError) as caught:
        place(toml=toml)
    assert said in str(caught.value)
    assert "wellread.toml" in str(caught.value)
    assert caught.value.hint


def test_a_bad_variable_names_itself_and_a_likely_one(place):
    with pytest.raises(config.ConfigError) as caught:
        place(environ={"WELLREAD_WRITE__WORD": "300"})
    assert "WELLREAD_WRITE__WORD " in str(caught.value)
    assert "WELLREAD_WRITE__WORDS" in caught.value.hint
    with pytest.raises(config.ConfigError, match=r"WELLREAD_WRITE__WORDS: write\.words: .*integer"):
        place(environ={"WELLREAD_WRITE__WORDS": "many"})


def test_lists_tables_and_absence_can_be_said_in_a_variable(place):
    environ = {
        "WELLREAD_WRITE__FORMATS": "html, md",
        "WELLREAD_PRICES": '{"openai:gpt-4.1" = {input = 2.0, output = 8.0}}',
        "WELLREAD_SIZES": '{"openai:gpt-4.1" = {parameters = 7e9, layers = 32, width = 4096}}',
        "WELLREAD_BUDGET__MAX_USD": "none",
        "WELLREAD_BUDGET__MAX_TOKENS": "",
    }
    settings = place(environ=environ, toml="[budget]\nmax_usd = 3.0\nmax_tokens = 7").settings
    assert settings.write.formats == ("html", "md")
    assert settings.prices == {"openai:gpt-4.1": ModelPrice(input=2.0, output=8.0)}
    assert settings.sizes == {"openai:gpt-4.1": ModelSize(parameters=7_000_000_000, layers=32, width=4096)}
    assert settings.budget.max_usd is None
    assert settings.budget.max_tokens == 7


def test_a_helper_and_a_judge_left_out_take_what_the_writer_has(place):
    loaded = place(
        toml='[roles.writer]\nmodel = "openai:big"\nbase_url = "http://127.0.0.1:1/v1"\n[roles.judge]\ntimeout_s = 7.0'
    )
    roles = loaded.settings.roles
    assert roles.helper == roles.writer
    assert roles.judge.model == "openai:big"
    assert roles.judge.timeout_s == 7.0
    assert loaded.offers["roles.helper.model"][0].source.startswith("roles.writer (")


def test_a_helper_with_a_model_of_its_own_takes_nothing_from_the_writer(place):
    toml = '[roles.writer]\nmodel = "openai:big"\nbase_url = "http://127.0.0.1:1/v1"\n'
    roles = place(toml=toml + '[roles.helper]\nmodel = "embedded:smollm2-135m"').settings.roles
    assert roles.helper == RoleSettings()
    assert roles.judge.base_url == "http://127.0.0.1:1/v1"


def test_an_option_that_the_model_ignores_is_an_error(place):
    with pytest.raises(config.ConfigError, match="base_url is set, but embedded:smollm2-135m makes no use"):
        place(toml='[roles.writer]\nbase_url = "http://127.0.0.1:1/v1"')
    with pytest.raises(config.ConfigError, match="n_parallel"):
        place(toml='[roles.writer]\nmodel = "openai:x"\nn_parallel = 4')


def test_an_option_gives_way_when_a_stronger_source_chose_another_model(place):
    toml = '[roles.writer]\nmodel = "openai:x"\nbase_url = "http://127.0.0.1:1/v1"'
    loaded = place(toml=toml, flags={"roles.writer.model": "embedded:smollm2-135m"})
    assert loaded.settings.roles.writer == RoleSettings()
    assert "not used by embedded:smollm2-135m" in loaded.offers["roles.writer.base_url"][1].note


def test_a_key_pasted_in_place_of_its_variables_name_is_refused_and_not_repeated(place):
    with pytest.raises(config.ConfigError) as caught:
        place(toml='[roles.writer]\nmodel = "openai:x"\napi_key_env = "sk-abc123secret"')
    assert "abc123secret" not in str(caught.value) + caught.value.hint
    with pytest.raises(config.ConfigError) as caught:
        place(toml='[roles.writer]\nmodel = "openai:x"\nbase_url = "https://me:hunter2@host/v1"')
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_a_key_comes_from_the_environment_only(monkeypatch):
    role = RoleSettings(model="openai:x", api_key_env="TEST_KEY_OF_WELLREAD")
    with pytest.raises(config.ConfigError, match="TEST_KEY_OF_WELLREAD, which is not set"):
        config.api_key(role)
    monkeypatch.setenv("TEST_KEY_OF_WELLREAD", "secret ")
    assert config.api_key(role) == "secret"
    assert config.api_key(RoleSettings()) is None


def test_every_key_has_a_meaning():
    assert [key for key, field in leaf_fields() if not (field.description or "").endswith(".")] == []


def test_every_default_can_be_written_as_toml_and_read_again(place):
    defaults = place()
    rows = [f"{key} = {toml_text(offers[0].value)}" for key, offers in defaults.offers.items()]
    assert place(toml="\n".join(rows)).settings == defaults.settings


def test_settings_refuse_unknown_keys_and_cannot_be_changed():
    with pytest.raises(ValueError, match="extra"):
        Settings.model_validate({"homes": "x"})
    with pytest.raises(ValueError, match="frozen"):
        Settings().home = "x"


def test_near_misses_find_a_typo_and_a_key_from_another_table():
    known = ["write.words", "write.seed", "ingest.jobs"]
    assert near_misses("write.wrods", known) == ["write.words"]
    assert near_misses("jobs", known) == ["ingest.jobs"]
    assert near_misses("zzz", known) == []


def test_toml_text_escapes_what_toml_would_read_otherwise():
    import tomllib

    values = {"a": 'C:\\x "y"', "b": [1, 2.5], "c": True, "d": {"k.v": (1.0, 2.0)}}
    text = "\n".join(f"{key} = {toml_text(value)}" for key, value in values.items())
    assert tomllib.loads(text) == {"a": 'C:\\x "y"', "b": [1, 2.5], "c": True, "d": {"k.v": [1.0, 2.0]}}


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(key, monkeypatch):
    monkeypatch.setenv("TEST_KEY_OF_WELLREAD", key)
    with pytest.raises(config.ConfigError) as caught:
        config.api_key(RoleSettings(model="openai:x", api_key_env="TEST_KEY_OF_WELLREAD"))
    assert "TEST_KEY_OF_WELLREAD" in str(caught.value)
    assert key not in str(caught.value)


@pytest.mark.parametrize("setting", ["saturation_ratio = inf", "seed = 4294967296"])
def test_numbers_without_end_are_refused(setting, place):
    with pytest.raises(config.ConfigError, match=setting.split(" ")[0]):
        place(toml=f"[write]\n{setting}")


@pytest.mark.parametrize("key", ["home", "models_dir"])
def test_a_folder_whose_name_is_no_text_is_refused_and_shown(key, place):
    with pytest.raises(config.ConfigError, match=rf"flag for {key}: .*caf.udce9.* is not UTF-8"):
        place(flags={key: "caf\udce9"})


@pytest.mark.parametrize(
    "setting",
    [
        'model = "openai:sk-proj-canary00canary00canary00"',
        'model = "openai:x"\nbase_url = "https://host.example/v1?api-key=canary00canary"',
        'model = "openai:x"\nbase_url = "https://host.example/sk-proj-canary00canary00canary00/v1"',
    ],
)
def test_a_key_in_the_place_of_a_model_or_in_an_address_is_refused_and_not_repeated(setting, place):
    with pytest.raises(config.ConfigError) as refusal:
        place(toml=f"[roles.writer]\n{setting}\n")

    assert "canary" not in f"{refusal.value} {refusal.value.hint}"
