import base64
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm.errors import EndpointRefused
from lm.hiding import HIDDEN, Hushed, hide_keys, hide_keys_in_prose
from lm.scripted import ScriptedLM
from lm.types import ChatRequest, Message

# Made for this test; nothing accepts them.
SHAPED = (
    "sk-proj-canary00canary00canary00",
    "sk-ant-api03-canary00canary00canary",
    "gsk_canary00canary00canary00",
    "hf_canary00canary00canary00",
    "ghp_canary00canary00canary00canary00canary",
    "AIzaCanary00canary00canary00canary00canary0",
    "AKIACANARY00CANARY00",
    "xoxb-canary00-canary00-canary00",
    "eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjB9eA.c2lnbmF0dXJl",
)
ODD_KEY = 'Canary/00+q"7=zz%canary'
ORDINARY = (
    "The bearer of this letter, basic research and the sk-learn-compatible-estimators stay.",
    "A risk-assessment of api keys: see api_key_env = 'OPENAI_API_KEY'.",
    "Write to someone@example.org, or read https://example.org/page?keyword=tea&page=2.",
    "Tokens: 1200; password-protected files are refused.",
    "The password: none.",
    "2026-11-22T10:00:00 sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)


@pytest.mark.parametrize("key", SHAPED)
def test_what_has_the_shape_of_a_key_goes_without_being_known(key):
    assert hide_keys(f"refused {key}, sorry") == f"refused {HIDDEN}, sorry"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_stay(text):
    assert hide_keys(text, ["another-known-key"]) == text


@pytest.mark.parametrize(
    "written",
    [
        f"Authorization: Bearer {ODD_KEY}",
        json.dumps({"api_key": ODD_KEY}),
        f"https://host/v1?x={ODD_KEY.replace('/', '%2F').replace('+', '%2B').replace(chr(34), '%22')}",
        f"Basic {base64.b64encode(f'user:{ODD_KEY}'.encode()).decode()}",
    ],
)
def test_a_known_key_goes_however_it_is_written(written):
    shown = hide_keys(written, [ODD_KEY])

    assert ODD_KEY[:8] not in shown
    assert HIDDEN in shown


def test_a_known_key_that_a_message_cut_goes():
    assert hide_keys("no such key: Canary/00+", [ODD_KEY]) == f"no such key: {HIDDEN}"


def test_the_family_name_of_a_known_key_stays_in_other_words():
    assert hide_keys("canary-birds sing", ["canary-b78dhw0wj2k9x"]) == "canary-birds sing"


def test_a_user_and_a_query_of_an_address_go_and_the_rest_of_it_stays():
    shown = hide_keys("nothing answers at https://me:pass@host.example/v1?api-key=abcd&n=1")

    assert shown == f"nothing answers at https://{HIDDEN}@host.example/v1?api-key={HIDDEN}&n=1"


def test_a_short_value_is_no_key():
    assert hide_keys("to be or not", ["to", ""]) == "to be or not"


@given(
    st.text(max_size=80),
    st.text(alphabet=string.ascii_letters + string.digits + "-_", min_size=12, max_size=60),
    st.text(max_size=80),
)
def test_no_known_key_is_left(before, key, after):
    hidden = hide_keys(before + key + after, [key])

    assert key not in hidden


def test_a_key_behind_the_beginning_of_itself_goes():
    key = "abababab-and-so-on-for-long"

    assert hide_keys(f"ab{key}", [key]) == f"ab{HIDDEN}"


def test_what_stands_behind_a_word_for_keys_stays_in_prose():
    text = "password: practices-of-2026; mine is sk-proj-canary00canary00canary00"

    assert hide_keys_in_prose(text) == f"password: practices-of-2026; mine is {HIDDEN}"


REQUEST = ChatRequest(messages=(Message(role="user", content="hello"),), max_tokens=50)


def test_an_endpoint_that_repeats_a_key_in_its_error_does_not_spread_it():
    def refuse(request):
        raise EndpointRefused(f"status 401: no such key {ODD_KEY[:12]}", hint=f"not {ODD_KEY}")

    model = Hushed(ScriptedLM(refuse), [ODD_KEY])
    for call in (model.chat, lambda request: list(model.stream(request))):
        with pytest.raises(EndpointRefused) as refusal:
            call(REQUEST)
        assert str(refusal.value) == f"status 401: no such key {HIDDEN}"
        assert refusal.value.hint == f"not {HIDDEN}"


def test_an_endpoint_that_repeats_a_key_in_its_reply_does_not_spread_it():
    model = Hushed(ScriptedLM(lambda request: f"you sent {ODD_KEY} to me", name=ODD_KEY), [ODD_KEY])

    reply = model.chat(REQUEST)
    assert (reply.text, reply.model) == (f"you sent {HIDDEN} to me", HIDDEN)
    *pieces, last = model.stream(REQUEST)
    assert last.reply is not None
    assert last.reply.text == f"you sent {HIDDEN} to me"
    assert ODD_KEY not in "".join(piece.text for piece in [*pieces, last])
