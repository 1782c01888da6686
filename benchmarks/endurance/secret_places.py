"""Where keys get to by mistake, and which endpoints repeat them: the faults of the part `secrets`, as data.

No key here opens anything. `KEY` stands for the canary of a case, here and in what the endpoint answers.
"""

from dataclasses import dataclass, field

# The forms that keys have: one that is known by its shape, and one that only its value tells.
CANARIES = ("sk-proj-C4n4ryW3llreadC4n4ryW3llread00", "Canary.Zq8/vXw+27kLmP~0192canaryEnd")
KEY_NAME = "ENDPOINT_OF_TESTS"  # of the variable; nothing in it says that it holds a key


@dataclass(frozen=True)
class Echoing:
    """An endpoint that answers with what it was sent. `body` is sent as it is; KEY is the key of the request."""

    name: str
    status: int
    body: str
    kind: str = "application/json"
    at_the_door: bool = False  # already its list of models is refused so
    headers: dict[str, str] = field(default_factory=dict)


_LONG = "x" * 279  # messages are cut at some 300 characters: in the middle of the key
ECHOES = (
    Echoing("401 that names the key", 401, '{"error":{"message":"Incorrect API key provided: KEY. Mend it."}}'),
    Echoing("401 with the header", 401, '{"error":{"message":"bad header \'Authorization: Bearer KEY\'"}}'),
    Echoing("401 at the door", 401, '{"error":{"message":"no such key: KEY"}}', at_the_door=True),
    Echoing("400 with the key cut", 400, '{"error":{"message":"' + _LONG + ' KEY"}}'),
    Echoing("400 that names a parameter", 400, '{"error":{"message":"KEY may not set \'temperature\'"}}'),
    Echoing("402 with the key", 402, '{"error":{"message":"insufficient_quota of KEY"}}'),
    Echoing("404 with the key as the model", 404, '{"error":{"message":"The model KEY does not exist"}}'),
    Echoing("500 as text", 500, "cannot serve Bearer KEY", "text/plain"),
    Echoing("502 as a page", 502, "<html><body>upstream refused KEY</body></html>", "text/html"),
    Echoing("200 as a page", 200, "<html><body>you are KEY</body></html>", "text/html"),
    Echoing("200 with an error", 200, '{"error":{"message":"KEY is not known","code":401}}'),
    Echoing("200 of wrong shape", 200, '{"choices":"KEY","object":["KEY"]}'),
    Echoing(
        "200 that says the key",
        200,
        '{"id":"1","object":"chat.completion","created":0,"model":"KEY","choices":[{"index":0,"finish_reason":"stop",'
        '"message":{"role":"assistant","content":"{\\"sentences\\":[{\\"text\\":\\"The key is KEY.\\",\\"evidence\\":'
        '[1]}]} KEY"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}',
    ),
    Echoing("redirected with the key", 307, "", headers={"Location": "/elsewhere?api-key=KEY"}),
)


@dataclass(frozen=True)
class Misplaced:
    """A key in a place where none belongs: lines of wellread.toml, variables, words of the command line."""

    name: str
    toml: str = ""
    env: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    # By name. All commands read the settings at one door, so these few stand for them.
    commands: tuple[str, ...] = (
        *("ask", "chat", "ingest", "doctor", "runs timeline", "config show", "config explain", "models ls"),
    )


MISPLACED = (
    Misplaced("toml: a key of its own", 'api_key = "KEY"\n'),
    Misplaced("toml: a key of a role", '[roles.writer]\nmodel = "openai:x"\napi_key = "KEY"\n'),
    Misplaced("toml: the key for its variable", '[roles.writer]\nmodel = "openai:x"\napi_key_env = "KEY"\n'),
    Misplaced(
        "toml: user of base_url", '[roles.writer]\nmodel = "openai:x"\nbase_url = "http://me:KEY@127.0.0.1:9/v1"\n'
    ),
    Misplaced(
        "toml: query of base_url", '[roles.writer]\nmodel = "openai:x"\nbase_url = "http://127.0.0.1:9/v1?key=KEY"\n'
    ),
    Misplaced("toml: path of base_url", '[roles.writer]\nmodel = "openai:x"\nbase_url = "http://127.0.0.1:9/KEY/v1"\n'),
    Misplaced("toml: the model", '[roles.writer]\nmodel = "openai:KEY"\nbase_url = "http://127.0.0.1:9/v1"\n'),
    Misplaced("toml: a name", '"KEY" = 1\n'),
    Misplaced("toml: a line that is none", "api_key = KEY\n"),
    Misplaced("toml: prices", '[prices]\n"openai:x" = {input = "KEY", output = 1}\n'),
    Misplaced("environment: api_key_env", env={"WELLREAD_ROLES__WRITER__API_KEY_ENV": "KEY"}),
    Misplaced("environment: model", env={"WELLREAD_ROLES__WRITER__MODEL": "KEY"}),
    Misplaced("environment: base_url", env={"WELLREAD_ROLES__WRITER__BASE_URL": "KEY"}),
    Misplaced("environment: unknown", env={"WELLREAD_API_KEY": "KEY"}),
    Misplaced("environment: a number", env={"WELLREAD_WRITE__WORDS": "KEY"}),
    Misplaced("flag: --model", flags=("--model", "KEY"), commands=("ask", "write", "chat")),
    Misplaced("flag: --model openai:", flags=("--model", "openai:KEY"), commands=("ask", "write", "chat")),
    Misplaced("flag: --config", flags=("--config", "KEY.toml")),
    Misplaced("flag: unknown", flags=("--api-key=KEY",)),
    Misplaced("prompt: the topic", flags=("and the key KEY",), commands=("ask", "write", "memory add", "search")),
)


@dataclass(frozen=True)
class Call:
    """A command as the campaign calls it. `asks`: it asks a model, so an endpoint that echoes can harm it."""

    name: str
    argv: tuple[str, ...]
    stdin: str = ""
    asks: bool = False
    env: dict[str, str] = field(default_factory=dict)


_SMALL = ("--format", "md")
COMMANDS = (
    Call("ask", ("ask", "When was the Brenholt cableway opened?"), asks=True),
    Call("write", ("write", "The Brenholt cableway", "--words", "120", *_SMALL), asks=True),
    Call("write with planner", ("write", "The Brenholt cableway", "--planner", "model", "--words", "400"), asks=True),
    Call("write with storm", ("write", "The Brenholt cableway", "--planner", "storm", "--words", "120"), asks=True),
    Call(
        "write with facts",
        ("write", "The Brenholt cableway", "--words", "120", *_SMALL),
        asks=True,
        env={"WELLREAD_WRITE__FACTS": "model"},
    ),
    Call("write with a pair", ("write", "The Brenholt cableway", "--words", "120", "--pair", *_SMALL), asks=True),
    Call("ask with notes", ("ask", "When was the cableway opened?", "--notes"), asks=True),
    Call("chat", ("chat",), stdin="When was the Brenholt cableway opened?\nAnd why?\n", asks=True),
    Call("facts", ("facts", "cableway"), asks=True),
    Call("corpus relate", ("corpus", "relate"), asks=True),
    Call("doctor", ("doctor",), asks=True),
    Call("batch", ("batch", "BATCH"), asks=True),
    Call("doctor --bundle", ("doctor", "--bundle", "support.zip", "--with-texts"), asks=True),
    Call("search", ("search", "cableway")),
    Call("ingest", ("ingest", "PAPER")),
    Call("memory add", ("memory", "add", "The cableway is old.")),
    Call("runs timeline", ("runs", "show", "last", "--timeline")),
    Call("config show", ("config", "show")),
    Call("config explain", ("config", "explain", "roles.writer.base_url")),
    Call("models ls", ("models", "ls")),
)
