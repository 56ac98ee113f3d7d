"""The official SDK, unchanged, against the sandbox over a socket: what it accepts, Stytch's own clients accept."""

import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from stytch import B2BClient
from stytch.core.response_base import StytchError
from stytch.shared.method_options import Authorization

from tests.conftest import Sandbox
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET

REDIRECT_URL = "http://127.0.0.1:8000/login/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def stytch(sandbox: Sandbox) -> Iterator[B2BClient]:
    """The SDK with the sandbox's project."""
    with requests.Session() as session:
        with warnings.catch_warnings():
            # The SDK's asynchronous half, unused here, is behind its aiohttp.
            warnings.filterwarnings("ignore", "BasicAuth is deprecated", DeprecationWarning)
            client = B2BClient(PROJECT_ID, PROJECT_SECRET, environment=sandbox.url, sync_session=session)
        yield client


SignIn = Callable[[str, str], Authorization]


@pytest.fixture
def sign_in(stytch: B2BClient, sandbox: Sandbox) -> SignIn:
    """Signs an email address in to the organization with that slug; gives what `method_options` take."""

    def run(email: str, slug: str) -> Authorization:
        intermediate = prove(stytch, sandbox, email)
        answer = stytch.discovery.intermediate_sessions.exchange(intermediate, slug)
        assert answer.member_authenticated
        return Authorization(session_token=answer.session_token)

    return run


def prove(stytch: B2BClient, sandbox: Sandbox, email: str) -> str:
    """An intermediate session token, by a mailed link."""
    token = mailed_token(stytch, sandbox, email)
    return stytch.magic_links.discovery.authenticate(token).intermediate_session_token


def mailed_token(stytch: B2BClient, sandbox: Sandbox, email: str, code_challenge: str | None = None) -> str:
    """The token in a discovery link freshly mailed to `email`."""
    sandbox.world.clock.advance(1)  # one mail a second
    stytch.magic_links.email.discovery.send(
        email, discovery_redirect_url=REDIRECT_URL, pkce_code_challenge=code_challenge
    )
    return newest_link(sandbox)["token"]


def newest_link(sandbox: Sandbox) -> dict[str, str]:
    """The query of the newest mailed link."""
    link = sandbox.world.inbox[0].link
    assert link is not None
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def newest_code(sandbox: Sandbox) -> str:
    """The code in the newest mail or text message."""
    code = sandbox.world.inbox[0].code
    assert code is not None
    return code


def wrong(code: str) -> str:
    """A code of six digits that is not `code`."""
    return f"{(int(code) + 1) % 10**6:06}"


def refusal(call: Callable[[], object]) -> tuple[int, str | None]:
    """The status and error_type with which the SDK says that `call` was refused."""
    with pytest.raises(StytchError) as caught:
        call()
    details = caught.value.details
    assert details.request_id.startswith("request-id-test-")
    return details.status_code, details.error_type
