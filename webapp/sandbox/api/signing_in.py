"""What every authenticate call of one organization takes, and does with it (stytch-api.md §4.1)."""

from webapp.sandbox.api.calls import Body
from webapp.sandbox.authentication import find_intermediate_session, find_session, people, sign_in
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.organizations import Member
from webapp.sandbox.sessions import Factor, IntermediateSession, MemberSession


class ProvenBody(Body):
    """At most one way to say what was proven before."""

    session_token: str | None = None
    session_jwt: str | None = None
    intermediate_session_token: str | None = None


class SignInBody(ProvenBody):
    """The inputs that these calls have in common."""

    session_duration_minutes: int | None = None
    session_custom_claims: dict[str, object] | None = None


def sign_in_by(factor: Factor, member: Member, given: SignInBody) -> dict[str, object]:
    """Sign `member` in by `factor`, besides what an intermediate session or a session in `given` has proven before.

    Uses the intermediate session up if that is enough; if not, it goes on with the factor. Returns the common output.
    """
    before = proven_before(given, member)
    minutes, claims = given.session_duration_minutes, given.session_custom_claims
    return sign_in(world(), member, (factor,), minutes, claims, before) | {"organization_id": member.organization_id}


def proven_before(given: ProvenBody, member: Member) -> IntermediateSession | MemberSession | None:
    """The session or intermediate session that `given` names, if any.

    ApiError if it is not the member's: an intermediate session must be of the same address and, if it is bound to an
    organization, of the member's.
    """
    if given.session_token is not None or given.session_jwt is not None:
        if given.intermediate_session_token is not None:
            raise ApiError("too_many_session_arguments")
        session = find_session(world(), given.session_token, given.session_jwt)
        if session.member_id != member.member_id:
            raise ApiError("session_authorization_tenancy_error")
        return session
    if given.intermediate_session_token is None:
        return None
    intermediate = find_intermediate_session(world(), given.intermediate_session_token)
    elsewhere = intermediate.organization_id not in (None, member.organization_id)
    if elsewhere or intermediate.email_address != member.email_address:
        raise ApiError("invalid_intermediate_session_token_for_organization")
    return intermediate


def login_or_signup_answer(member: Member) -> dict[str, object]:
    """What a call answers that mailed something to `member`, who is one of the world from now on (§4.3)."""
    is_new = member.member_id not in world().members
    world().members[member.member_id] = member
    return {"member_id": member.member_id, "member_created": is_new, **people(world(), member)}
