import asyncio
import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import openai
import pytest

from lm.offline import NetworkBlocked, block_network, is_loopback

# TEST-NET-1 (RFC 5737): addresses that belong to nobody. The guard refuses before anything is sent to them.
ELSEWHERE = "192.0.2.7"


@pytest.fixture
def offline():
    release = block_network()
    yield
    release()


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, format, *args):
        pass


@pytest.fixture
def local_url():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def raw_tcp():
    with socket.socket() as raw:
        raw.connect((ELSEWHERE, 443))


def raw_tcp_without_exception():
    with socket.socket() as raw:
        raw.connect_ex((ELSEWHERE, 443))


def tcp_over_ipv6():
    with socket.socket(socket.AF_INET6) as raw:
        raw.connect(("2001:db8::7", 443))


def tcp_to_a_mapped_address():
    with socket.socket(socket.AF_INET6) as raw:
        raw.connect((f"::ffff:{ELSEWHERE}", 443))


def udp_by_sendto():
    with socket.socket(type=socket.SOCK_DGRAM) as raw:
        raw.sendto(b"x", (ELSEWHERE, 53))


def udp_by_sendmsg():
    with socket.socket(type=socket.SOCK_DGRAM) as raw:
        raw.sendmsg([b"x"], [], 0, (ELSEWHERE, 53))


def name_lookup():
    socket.getaddrinfo("example.org", 443)


def old_name_lookup():
    socket.gethostbyname("example.org")


def lookup_of_an_address():
    socket.gethostbyaddr(ELSEWHERE)


def lookup_by_bytes():
    socket.getaddrinfo(b"example.org", 443)


def listening_to_all():
    with socket.socket() as raw:
        raw.bind(("0.0.0.0", 0))


def create_connection():
    socket.create_connection(("example.org", 443))


def decimal_address():
    socket.create_connection(("3221225991", 80))


def asynchronous():
    async def reach():
        await asyncio.open_connection(ELSEWHERE, 443)

    asyncio.run(reach())


WAYS = (
    raw_tcp,
    raw_tcp_without_exception,
    tcp_over_ipv6,
    tcp_to_a_mapped_address,
    udp_by_sendto,
    udp_by_sendmsg,
    name_lookup,
    old_name_lookup,
    lookup_of_an_address,
    lookup_by_bytes,
    listening_to_all,
    create_connection,
    decimal_address,
    asynchronous,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_to_another_machine_is_open(offline, way):
    with pytest.raises(NetworkBlocked, match="offline"):
        way()


def test_the_refusal_names_the_host_and_the_mend(offline):
    with pytest.raises(NetworkBlocked, match=ELSEWHERE) as refusal:
        raw_tcp()

    assert "unset offline" in refusal.value.hint


def test_an_http_client_reports_a_connection_that_failed(offline):
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError, match=r"offline: '192\.0\.2\.7'"):
        client.get(f"http://{ELSEWHERE}/")


def test_the_client_of_a_provider_reports_a_connection_that_failed(offline):
    client = openai.OpenAI(base_url="https://api.example.org/v1", api_key="none", max_retries=0)

    with pytest.raises(openai.APIConnectionError):
        client.models.list()


def test_this_machine_can_be_reached(offline, local_url):
    with httpx.Client(trust_env=False) as client:
        assert client.get(local_url).text == "here"
        assert client.get(local_url.replace("127.0.0.1", "localhost")).text == "here"


def test_sockets_that_are_files_stay_open(offline, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of such a socket may have some hundred characters only
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen()
        client.connect("s")


def test_a_proxy_elsewhere_is_no_way_out(offline, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://{ELSEWHERE}:3128")

    with pytest.raises(httpx.ConnectError, match="offline"):
        httpx.get("https://localhost.example.org/")


def test_the_network_is_free_when_every_caller_has_ended_the_block(local_url):
    first, second = block_network(), block_network(spares_loopback=False)
    with pytest.raises(httpx.ConnectError):
        httpx.get(local_url, trust_env=False)
    second()
    second()
    with pytest.raises(NetworkBlocked):
        name_lookup()
    first()

    with socket.socket(type=socket.SOCK_DGRAM) as raw:
        raw.bind(("0.0.0.0", 0))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_spellings_of_this_machine_are_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost.example.org", "127.0.0.1.example.org", "0.0.0.0", "2130706433", "127.1", "", "10.0.0.1", "::"]
)
def test_what_is_not_surely_this_machine_is_refused(host):
    assert not is_loopback(host)


def test_the_process_that_parses_files_has_no_network_at_all():
    code = (
        "import json, socket, sys\n"
        "from retrieval.parsing import worker\n"
        "from retrieval.parsing.wire import ParseLimits\n"
        "def read(*args, **kwargs):\n"
        "    for way in (lambda: socket.create_connection(('127.0.0.1', 9)), lambda: socket.getaddrinfo('a.b', 1)):\n"
        "        try:\n"
        "            way()\n"
        "        except Exception as error:\n"
        "            said.append(type(error).__name__)\n"
        "    print(json.dumps(said), file=sys.stderr)\n"
        "    return None\n"
        "said = []\n"
        "worker.read_frame = read\n"
        "worker.main(sys.argv[1])\n"
    )
    from retrieval.parsing.wire import ParseLimits

    done = subprocess.run(
        [sys.executable, "-c", code, ParseLimits().to_json()], capture_output=True, check=False, timeout=60
    )

    assert json.loads(done.stderr.splitlines()[-1]) == ["NetworkBlocked", "NetworkBlocked"]
