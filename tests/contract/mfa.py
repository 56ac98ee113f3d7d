"""What the tests of second factors do first: prove an address, and be asked for more."""

from stytch import B2BClient
from stytch.b2b.models.discovery_intermediate_sessions import ExchangeResponse

from tests.conftest import Sandbox
from tests.contract.conftest import prove

UMA = "uma@umbrella.example"
UNA = "una@umbrella.example"
UGO = "ugo@umbrella.example"
UNA_PHONE = "+12025550123"


def half_way(stytch: B2BClient, sandbox: Sandbox, email: str, slug: str = "umbrella") -> ExchangeResponse:
    """The answer to signing in to an organization that wants a second factor."""
    answer = stytch.discovery.intermediate_sessions.exchange(prove(stytch, sandbox, email), slug)
    assert not answer.member_authenticated
    assert answer.primary_required is None
    assert answer.mfa_required is not None
    return answer


def app_code(sandbox: Sandbox, member_id: str) -> str:
    """What the member's authenticator app shows."""
    return sandbox.world.totps[member_id].code(sandbox.world.clock.now())
