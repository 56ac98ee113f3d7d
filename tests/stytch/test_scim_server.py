"""Trying a token: what is sent, what an answer is worth, and that nothing is ever sent anywhere else."""

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import httpcore
import httpx
import pytest
from pydantic import SecretStr
from werkzeug.wrappers import Request, Response

from tests.conftest import Sandbox
from tests.stytch.conftest import Serve, Served, caught
from webapp.stytch import errors, transport
from webapp.stytch.exchanges import begin
from webapp.stytch.models import Connection
from webapp.stytch.scim_server import MOST_BYTES, Elsewhere, ScimServers, can_be_sent

ID = "scim-connection-test-1"
PATH = f"/v1/b2b/scim/{ID}"
TOKEN = "9Lmc" + "x" * 40 + "sdko"
HARMLESS = "filter=userName+eq+%22nobody%40scim-console.invalid%22&count=1"
LIST = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0}


def connection(base_url: str, connection_id: str = ID) -> Connection:
    return Connection(
        organization_id="organization-test-1",
        connection_id=connection_id,
        status="active",
        base_url=base_url,
        bearer_token_last_four="sdko",
    )


def of(sandbox: Sandbox, slug: str = "acme") -> Connection:
    """The sandbox's connection, as Stytch tells of it."""
    played = sandbox.connection(slug)
    return Connection.model_validate(played.to_json(sandbox.url, sandbox.world.variants))


def accepts(origin: str, base_url: str, token: str = TOKEN, connection_id: str = ID, seconds: float = 5) -> bool:
    return ScimServers([origin]).accepts(connection(base_url, connection_id), SecretStr(token), seconds)


def found(_request: Request) -> Response:
    return Response(json.dumps(LIST), mimetype="application/scim+json")


def test_each_token_of_a_rotation(sandbox: Sandbox) -> None:
    acme, servers = sandbox.connection(), ScimServers([sandbox.url])

    def accepted(token: str | None) -> bool:
        return servers.accepts(of(sandbox), SecretStr(token or ""), 5)

    old = acme.bearer_token
    assert accepted(old)
    assert not accepted(old[:-1] + ("x" if old[-1] != "x" else "y"))
    acme.start_rotation(None)
    new = acme.next_bearer_token
    assert (accepted(old), accepted(new)) == (True, True)
    sandbox.world.variants["tokens_while_rotating"] = "current_only"
    assert (accepted(old), accepted(new)) == (True, False)
    acme.complete_rotation()
    assert (accepted(old), accepted(new)) == (False, True)
    assert {entry.path for entry in sandbox.world.requests} == {f"{acme.base_path}/Users"}


def test_it_asks_for_nobody(sandbox: Sandbox) -> None:
    acme = sandbox.connection()
    with httpx.Client(headers={"Authorization": f"Bearer {acme.bearer_token}"}) as idp:
        users = f"{acme.base_url(sandbox.url)}/Users"
        user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "kim@acme.example"}
        assert idp.post(users, json=user).status_code == 201
        assert idp.get(users).json()["totalResults"] == 1
        assert idp.get(f"{users}?{HARMLESS}").json()["Resources"] == []


def test_what_is_sent(serve: Serve) -> None:
    server = serve(found)
    assert accepts(server.url, f"{server.url}{PATH}")
    assert accepts(server.url, f"{server.url}{PATH}?aadOptscim062020")
    plain, entra = server.requests
    assert plain.environ["RAW_URI"] == f"{PATH}/Users?{HARMLESS}"
    assert entra.environ["RAW_URI"] == f"{PATH}/Users?aadOptscim062020&{HARMLESS}"
    assert dict(plain.headers) == {
        "Host": server.url.removeprefix("http://"),
        "Accept": "application/scim+json, application/json",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive",
        "User-Agent": "scim-console",
        "Authorization": f"Bearer {TOKEN}",
    }
    assert (plain.method, plain.get_data()) == ("GET", b"")


def test_one_read_leaves_nothing_for_the_next(serve: Serve) -> None:
    def answer(request: Request) -> Response:
        response = found(request)
        response.set_cookie("token", request.headers["Authorization"])
        return response

    server = serve(answer)
    servers = ScimServers([server.url])
    for token in (TOKEN, "another-token-of-somebody"):
        assert servers.accepts(connection(f"{server.url}{PATH}"), SecretStr(token), 5)
    assert [request.headers.get("Cookie") for request in server.requests] == [None, None]


def test_no_proxy_and_no_netrc_of_the_environment(serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    server, proxy = serve(found), serve(found)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert accepts(server.url, f"{server.url}{PATH}")
    assert (len(server.requests), proxy.requests) == (1, [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Response("<html>Sign in here</html>", mimetype="text/html"), errors.OutcomeUnknown),
        (Response('{"error": "maintenance"}', mimetype="application/json"), errors.OutcomeUnknown),
        (Response('["totalResults"]', mimetype="application/json"), errors.OutcomeUnknown),
        (Response(json.dumps(LIST)[:-1]), errors.OutcomeUnknown),
        (Response("[" * (MOST_BYTES - 1)), errors.OutcomeUnknown),
        (Response("", 204), errors.OutcomeUnknown),
        (Response(json.dumps(LIST | {"error_type": "organization_suspended"}), 403), errors.Forbidden),
        (Response("{}", 403), errors.OutcomeUnknown),
        (Response("{}", 404), errors.OutcomeUnknown),
        (Response("{}", 429, {"Retry-After": "30"}), errors.RateLimited),
        (Response(json.dumps(LIST), 500), errors.OutcomeUnknown),
        (Response(json.dumps(LIST), 502), errors.OutcomeUnknown),
        (Response(json.dumps(LIST | {"more": "x" * MOST_BYTES})), errors.OutcomeUnknown),
        (
            Response(gzip.compress(json.dumps(LIST).encode()), headers={"Content-Encoding": "gzip"}),
            errors.OutcomeUnknown,
        ),
    ],
    ids=lambda value: getattr(value, "status", getattr(value, "__name__", "")),
)
def test_what_proves_nothing(serve: Serve, answer: Response, kind: type[errors.StytchError]) -> None:
    server = serve(lambda _request: answer)
    error = caught(lambda: accepts(server.url, f"{server.url}{PATH}"))
    assert type(error) is kind
    assert len(server.requests) == 1, "it is asked once"
    assert TOKEN not in repr(error)
    assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(serve: Serve, status: int) -> None:
    elsewhere = serve(found)
    server = serve(lambda _request: Response("{}", status, {"Location": f"{elsewhere.url}{PATH}/Users"}))
    assert type(caught(lambda: accepts(server.url, f"{server.url}{PATH}"))) is errors.OutcomeUnknown
    assert (len(server.requests), elsewhere.requests) == (1, [])


def test_an_endless_answer_is_cut(serve: Serve) -> None:
    def endless() -> Any:
        while True:
            yield b"x" * 1024

    sent: list[bool] = []

    def answer(_request: Request) -> Response:
        response = Response(endless())
        response.call_on_close(lambda: sent.append(True))
        return response

    server = serve(answer)
    began = time.monotonic()
    assert type(caught(lambda: accepts(server.url, f"{server.url}{PATH}"))) is errors.OutcomeUnknown
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("fault", ["slow_drip", "timeout_before_commit", "latency"])
def test_the_time_is_up(sandbox: Sandbox, fault: Any) -> None:
    sandbox.fail(fault, "/Users$", "GET", seconds=5)
    token = SecretStr(sandbox.connection().bearer_token)
    began = time.monotonic()
    error = caught(lambda: ScimServers([sandbox.url]).accepts(of(sandbox), token, 0.3))
    assert time.monotonic() - began < 2
    assert type(error) is errors.OutcomeUnknown
    assert error.__cause__ is error.__context__ is None, "httpx's error holds the request with its token"


def test_what_is_noted_of_it(sandbox: Sandbox) -> None:
    noted = begin()
    token = sandbox.connection().bearer_token
    ScimServers([sandbox.url]).accepts(of(sandbox), SecretStr(token), 5)
    ScimServers([sandbox.url]).accepts(of(sandbox), SecretStr("x" + token[1:]), 5)
    sandbox.fail("drop_before_commit", "/Users$", "GET")
    caught(lambda: ScimServers([sandbox.url]).accepts(of(sandbox), SecretStr(token), 5))
    endpoint = "GET /v1/b2b/scim/{id}/Users"
    told = [(each.endpoint, each.outcome) for each in noted]
    assert told == [(endpoint, "ok"), (endpoint, "ok"), (endpoint, "outcome_unknown")]
    assert token not in repr(noted)


Base = Callable[[Served, Served], str]


def at(url: str) -> str:
    return url.removeprefix("http://")


ELSEWHERE: dict[str, Base] = {
    "another origin": lambda _stytch, evil: f"{evil.url}{PATH}",
    "another port": lambda stytch, _evil: f"{stytch.url}0{PATH}",
    "no port": lambda _stytch, _evil: f"http://127.0.0.1{PATH}",
    "another scheme": lambda stytch, _evil: f"https://{at(stytch.url)}{PATH}",
    "a scheme in capitals": lambda stytch, _evil: f"HTTP://{at(stytch.url)}{PATH}",
    "another name of the host": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "localhost"),
    "its name before another's": lambda stytch, _evil: f"{stytch.url}.evil.example{PATH}",
    "its name as userinfo": lambda stytch, evil: f"{stytch.url}@{at(evil.url)}{PATH}",
    "its name as userinfo with a path": lambda stytch, evil: f"{stytch.url}{PATH}@{at(evil.url)}{PATH}",
    "userinfo": lambda stytch, _evil: f"http://somebody:secret@{at(stytch.url)}{PATH}",
    "a backslash": lambda stytch, evil: f"{evil.url}\\@{at(stytch.url)}{PATH}",
    "a backslash for slashes": lambda stytch, _evil: f"http:\\\\{at(stytch.url)}{PATH}",
    "its name in a fragment": lambda stytch, evil: f"{evil.url}#{stytch.url}{PATH}",
    "its name in a query": lambda stytch, evil: f"{evil.url}?{stytch.url}{PATH}",
    "its name in a path": lambda stytch, evil: f"{evil.url}/{stytch.url}{PATH}",
    "no scheme": lambda stytch, _evil: f"//{at(stytch.url)}{PATH}",
    "a path alone": lambda _stytch, _evil: PATH,
    "nothing": lambda _stytch, _evil: "",
    "a file": lambda _stytch, _evil: "file:///etc/passwd",
    "gopher": lambda _stytch, evil: f"gopher://{at(evil.url)}/_GET%20/",
    "a script": lambda _stytch, _evil: "javascript:alert(1)",
    "a number for the host": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "2130706433"),
    "octal": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "0177.0.0.1"),
    "hexadecimal": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "0x7f.1"),
    "a short address": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "127.1"),
    "IPv6": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "[::1]"),
    "IPv4 in IPv6": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "[::ffff:127.0.0.1]"),
    "IPv6 with a zone": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "[fe80::1%25lo]"),
    "any address": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "0.0.0.0"),  # noqa: S104
    "a dot at the end of the host": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127.0.0.1", "127.0.0.1."),
    "ideographic full stops": lambda stytch, _evil: f"{stytch.url}{PATH}".replace(
        "127.0.0.1", "127\u30020\u30020\u30021"
    ),
    "full-width digits": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127", "\uff11\uff12\uff17"),
    "an encoded host": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("127", "%31%32%37"),
    "a name that means this address": lambda stytch, _evil: f"{stytch.url}{PATH}".replace("1:", "1.nip.io:"),
    "the cloud's metadata": lambda _stytch, _evil: f"http://169.254.169.254{PATH}",
    "the cloud's metadata by IPv6": lambda _stytch, _evil: f"http://[fd00:ec2::254]{PATH}",
    "a space before": lambda stytch, _evil: f" {stytch.url}{PATH}",
    "a space behind": lambda stytch, _evil: f"{stytch.url}{PATH} ",
    "a line break behind": lambda stytch, _evil: f"{stytch.url}{PATH}\n",
    "a header behind": lambda stytch, evil: f"{stytch.url}{PATH}\r\nHost: {at(evil.url)}",
    "a tab in the scheme": lambda stytch, _evil: f"ht\ttp://{at(stytch.url)}{PATH}",
    "a NUL": lambda stytch, evil: f"{stytch.url}\0{at(evil.url)}{PATH}",
    "another connection": lambda stytch, _evil: f"{stytch.url}/v1/b2b/scim/scim-connection-test-2",
    "the management API": lambda stytch, _evil: f"{stytch.url}/v1/b2b/organizations",
    "the root": lambda stytch, _evil: stytch.url,
    "more path": lambda stytch, _evil: f"{stytch.url}{PATH}/Users",
    "a way up": lambda stytch, _evil: f"{stytch.url}{PATH}/../../../admin",
    "an encoded way up": lambda stytch, _evil: f"{stytch.url}{PATH}%2f..%2f..",
    "two slashes": lambda stytch, _evil: f"{stytch.url}/{PATH}",
    "parameters": lambda stytch, _evil: f"{stytch.url}{PATH};a=b",
    "a fragment": lambda stytch, _evil: f"{stytch.url}{PATH}#",
    "another query": lambda stytch, _evil: f"{stytch.url}{PATH}?filter=x",
    "more behind the flag": lambda stytch, _evil: f"{stytch.url}{PATH}?aadOptscim062020&count=1000",
    "a capital letter in the path": lambda stytch, _evil: f"{stytch.url}{PATH.replace('scim/', 'SCIM/')}",
}


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that the client looked up, of which there are none."""
    names: list[str] = []

    def look_up(host: str, _port: int) -> list[str]:
        names.append(host)
        raise httpcore.ConnectError("Name or service not known")

    monkeypatch.setattr(transport, "_addresses", look_up)
    return names


@pytest.mark.parametrize("base", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nothing_is_sent_elsewhere(serve: Serve, looked_up: list[str], base: Base) -> None:
    stytch, evil = serve(found), serve(found)
    with pytest.raises(Elsewhere):
        accepts(stytch.url, base(stytch, evil))
    assert (stytch.requests, evil.requests, looked_up) == ([], [], [])


@pytest.mark.parametrize(
    "connection_id", ["", ".", "..", "a/../b", "a?b", "a#b", "a@b", "a b", "a\n", "a%2fb", "a\\b", "ä", "a:b", "a;b"]
)
def test_an_id_that_is_none(serve: Serve, looked_up: list[str], connection_id: str) -> None:
    stytch = serve(found)
    base_url = f"{stytch.url}/v1/b2b/scim/{connection_id}"
    with pytest.raises(Elsewhere):
        accepts(stytch.url, base_url, connection_id=connection_id)
    assert (stytch.requests, looked_up) == ([], [])


def test_an_origin_of_the_settings(serve: Serve) -> None:
    api, domain = serve(found), serve(found)
    servers = ScimServers([api.url, domain.url])
    assert servers.accepts(connection(f"{domain.url}{PATH}"), SecretStr(TOKEN), 5)
    assert (len(api.requests), len(domain.requests)) == (0, 1)


@pytest.mark.parametrize(
    "origin",
    ["http://stytch.example", "http://10.0.0.1:8001", "http://localhost.evil.example", "http://127.0.0.1.evil"],
)
def test_no_token_goes_in_the_clear(looked_up: list[str], origin: str) -> None:
    with pytest.raises(Elsewhere):
        accepts(origin, f"{origin}{PATH}")
    assert looked_up == []


def test_tls_is_for_anywhere(looked_up: list[str]) -> None:
    origin = "https://login.example.com"
    assert type(caught(lambda: accepts(origin, f"{origin}{PATH}"))) is errors.OutcomeUnknown
    assert looked_up == ["login.example.com"]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "short",
        "with space in it",
        "line\r\nX-Evil: 1234",
        "tokenwithä1234",
        "token\0token",
        "a=b=c=d=e=f",
        "=" * 48,
    ],
)
def test_what_can_be_no_token_is_not_sent(serve: Serve, token: str) -> None:
    assert not can_be_sent(token)
    server = serve(found)
    assert type(caught(lambda: accepts(server.url, f"{server.url}{PATH}", token))) is errors.NotSent
    assert server.requests == []


@pytest.mark.parametrize("token", [TOKEN, "12345678", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "a+b/c~d_e-f.g=="])
def test_what_can_be_one(token: str) -> None:
    assert can_be_sent(token)
