"""Stytch's OAuth 2 and OIDC provider: from an application's request to its tokens, and back to a session (§5)."""

import secrets
from collections.abc import Mapping
from datetime import timedelta

from webapp.sandbox.connected_apps import (
    CODE_LIFETIME,
    DEFAULT_SCOPE,
    EXCHANGE_LIFETIME,
    SCOPES,
    TOKEN_LIFETIME,
    AccessToken,
    AuthorizationCode,
    AuthorizationRequest,
    OAuthError,
)
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import (
    CONNECTED_APP_ID,
    CONNECTED_APP_SECRET,
    ORGANIZATION_CLAIM,
    PROJECT_ID,
    new_id,
    new_opaque_token,
)
from webapp.sandbox.organizations import Member
from webapp.sandbox.pkce import check_challenge, check_verifier
from webapp.sandbox.redirects import is_registered_by_app, with_query
from webapp.sandbox.sessions import MemberSession
from webapp.sandbox.world import World


def check_client(given: Mapping[str, str]) -> str:
    """The redirect URI of a request for the authorization page.

    ValueError, with a sentence for the page, if the client or the URI is not known: nobody is sent anywhere then.
    """
    if given.get("client_id") != CONNECTED_APP_ID:
        raise ValueError("No application of this project has the client_id that was given.")
    redirect_uri = given.get("redirect_uri", "")
    if not is_registered_by_app(redirect_uri):
        raise ValueError("The redirect_uri is none that the application has registered.")
    return redirect_uri


def read_request(given: Mapping[str, str]) -> AuthorizationRequest:
    """The rest of that request; OAuthError, to be sent to its redirect URI, for what can't be answered."""
    redirect_uri = check_client(given)
    if given.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "Only response_type=code is supported.")
    scope = given.get("scope") or DEFAULT_SCOPE
    if unknown := sorted(set(scope.split()) - set(SCOPES)):
        raise OAuthError("invalid_scope", f"Not supported: {' '.join(unknown)}.")
    if given.get("prompt", "consent") != "consent":
        raise OAuthError("invalid_request", "Only prompt=consent is supported.")
    challenge = given.get("code_challenge")
    if challenge is not None and given.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "Only code_challenge_method=S256 is supported.")
    try:
        check_challenge(challenge)
    except ApiError as error:
        raise OAuthError("invalid_request", error.message) from error
    return AuthorizationRequest(
        client_id=CONNECTED_APP_ID,
        redirect_uri=redirect_uri,
        scope=scope,
        state=given.get("state"),
        nonce=given.get("nonce"),
        code_challenge=challenge,
    )


def error_url(given: Mapping[str, str], error: OAuthError) -> str:
    """Where the application learns of `error`: its redirect URI, with its state."""
    answer = {"error": error.error, "error_description": error.description}
    return with_query(check_client(given), **answer, **_state(given.get("state")))


def consent(world: World, request: AuthorizationRequest, session: MemberSession) -> str:
    """The member of `session` agrees: where the application gets its code."""
    code = AuthorizationCode(
        new_opaque_token(),
        request,
        session.member_session_id,
        session.member_id,
        world.clock.now() + CODE_LIFETIME,
    )
    world.authorization_codes[code.code] = code
    return with_query(request.redirect_uri, code=code.code, **_state(request.state))


def check_secret(client_id: str | None, client_secret: str | None) -> None:
    """OAuthError `invalid_client` unless these are the application's."""
    right = client_id == CONNECTED_APP_ID and secrets.compare_digest(client_secret or "", CONNECTED_APP_SECRET)
    if not right:
        raise OAuthError("invalid_client", "The client is not known, or its secret is wrong.", 401)


def redeem_code(world: World, code: str, redirect_uri: str, code_verifier: str | None) -> dict[str, object]:
    """The tokens for a code, which is used up; OAuthError `invalid_grant` if it or what comes with it is not right."""
    found = world.authorization_codes.get(code)
    now = world.clock.now()
    if found is None or found.used or found.expires_at <= now:
        raise OAuthError("invalid_grant", "The code is unknown, was used or has expired.")
    if redirect_uri != found.request.redirect_uri:
        raise OAuthError("invalid_grant", "The redirect_uri is not that of the authorization request.")
    try:
        check_verifier(found.request.code_challenge, code_verifier)
    except ApiError as error:
        raise OAuthError("invalid_grant", error.message) from error
    found.used = True
    request = found.request
    token = AccessToken(new_id("access-token"), request.client_id, request.scope, found.member_id, now)
    world.access_tokens[token.jti] = token
    member = world.members[found.member_id]
    answer: dict[str, object] = {
        "access_token": _access_token_jwt(world, token, member),
        "token_type": "bearer",
        "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        "scope": request.scope,
    }
    if "openid" in request.scope.split():
        answer["id_token"] = _id_token(world, request, member)
    return answer


def find_access_token(world: World, access_token: str) -> AccessToken:
    """The access token that has this JWT; ValueError if it is none, or has expired."""
    found = world.access_tokens.get(str(world.signing_key.claims(access_token).get("jti")))
    if found is None or found.issued_at + TOKEN_LIFETIME <= world.clock.now():
        raise ValueError("not an access token")
    return found


def exchange(world: World, access_token: str) -> AccessToken:
    """Use up an access token's one exchange for a member session; ApiError if it can't be (any more).

    Which error_type means "exchanged before" is not documented; here `idp_access_token_could_not_be_exchanged`.
    """
    try:
        token = find_access_token(world, access_token)
    except ValueError as error:
        raise ApiError("idp_access_token_not_found") from error
    if "full_access" not in token.scope.split():
        raise ApiError("oauth_access_token_exchange_missing_full_access")
    if token.exchanged:
        raise ApiError("idp_access_token_could_not_be_exchanged")
    if token.issued_at + EXCHANGE_LIFETIME < world.clock.now():
        raise ApiError("oauth_access_token_exchange_token_too_old")
    token.exchanged = True
    return token


def person_claims(scope: str, member: Member) -> dict[str, object]:
    """What the scopes tell of a member: `sub` and, scope by scope, name, address and phone."""
    granted = scope.split()
    claims: dict[str, object] = {"sub": member.member_id}
    if "profile" in granted:
        claims["name"] = member.name
    if "email" in granted:
        claims |= {"email": member.email_address, "email_verified": True}
    if "phone" in granted and member.mfa_phone_number:
        claims |= {"phone_number": member.mfa_phone_number, "phone_number_verified": True}
    return claims


def _access_token_jwt(world: World, token: AccessToken, member: Member) -> str:
    organization = world.organizations[member.organization_id]
    return world.signing_key.sign(
        {
            **_times(world, TOKEN_LIFETIME),
            "iss": world.public_url,
            "sub": member.member_id,
            "aud": [PROJECT_ID],
            "client_id": token.client_id,
            "scope": token.scope,
            "jti": token.jti,
            ORGANIZATION_CLAIM: {
                "organization_id": organization.organization_id,
                "slug": organization.organization_slug,
            },
        }
    )


def _id_token(world: World, request: AuthorizationRequest, member: Member) -> str:
    claims = {
        **_times(world, TOKEN_LIFETIME),
        **person_claims(request.scope, member),
        "iss": world.public_url,
        "aud": [request.client_id],
    }
    return world.signing_key.sign(claims if request.nonce is None else claims | {"nonce": request.nonce})


def _times(world: World, lifetime: timedelta) -> dict[str, object]:
    # By the reader's clock, which the sandbox's can be ahead of.
    now = world.clock.real_now()
    return {
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }


def _state(state: str | None) -> dict[str, str]:
    return {} if state is None else {"state": state}
