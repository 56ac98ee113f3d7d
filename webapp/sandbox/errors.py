"""Stytch's errors: the status and message of each error_type (stytch-api.md §1.4, §1.5)."""

# Statuses are those of stytch-api.md §1.5; where it has none, the nearest in its naming pattern.
_KNOWN: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request body could not be read."),
    "unauthorized_credentials": (401, "Unauthorized credentials."),
    "route_not_found": (404, "The requested route could not be found."),
    "organization_not_found": (404, "The organization could not be found."),
    "member_not_found": (404, "The member could not be found."),
    "session_not_found": (404, "Session could not be found."),
    "invalid_session_token": (400, "The session token format is invalid."),
    "no_session_arguments": (400, "Exactly one of session_token and session_jwt is required."),
    "too_many_session_arguments": (400, "Exactly one of session_token and session_jwt is required."),
    "no_session_revoke_arguments": (
        400,
        "One of member_session_id, session_token, session_jwt, member_id is required.",
    ),
    "too_many_session_revoke_arguments": (400, "Only one way to name the sessions to revoke may be given."),
    "invalid_session_duration_minutes": (400, "session_duration_minutes must be between 5 and 527040."),
    "unable_to_parse_session_jwt": (400, "The session JWT could not be parsed."),
    "session_authorization_error": (403, "The Member is not authorized to perform this action."),
    "session_authorization_tenancy_error": (403, "The Member's Organization does not match the requested one."),
    "invalid_email": (400, "The email address is invalid."),
    "invalid_expiration_minutes": (400, "The expiration minutes are out of range."),
    "no_match_for_provided_magic_link_url": (400, "The redirect URL is not registered for this project."),
    "magic_link_not_found": (404, "The magic link could not be found."),
    "unable_to_auth_magic_link": (401, "The magic link could not be authenticated: it was used or has expired."),
    "invalid_pkce_code_challenge": (400, "The PKCE code challenge is invalid."),
    "invalid_pkce_code_verifier": (400, "The PKCE code verifier is invalid."),
    "pkce_expected_code_verifier": (400, "The flow began with a code challenge; a code verifier is required."),
    "pkce_did_not_expect_code_verifier": (400, "The flow began without a code challenge."),
    "pkce_mismatch": (400, "The PKCE code verifier does not match the code challenge."),
    "intermediate_session_not_found": (404, "The intermediate session could not be found."),
    "invalid_intermediate_session_token_for_organization": (
        400,
        "The intermediate session is another person's, or bound to another organization.",
    ),
    "email_jit_provisioning_not_allowed": (400, "The organization does not allow joining by email domain."),
    "invalid_email_for_jit_provisioning": (400, "The organization does not allow joining by this email domain."),
    "operation_restricted_by_organization_auth_methods": (400, "The organization does not allow this way to sign in."),
    "invalid_oauth_provider": (400, "The OAuth provider is not known."),
    "missing_oauth_organization_locator": (400, "One of organization_id and slug is required."),
    "too_many_oauth_organization_locators": (400, "Only one of organization_id and slug may be given."),
    "no_match_for_provided_oauth_url": (400, "The redirect URL is not registered for this project."),
    "oauth_state_mismatch": (400, "The state is not that of a flow which was begun here."),
    "oauth_state_used": (400, "The flow is over: its state was used."),
    "expired_oauth_response": (400, "The flow took too long."),
    "oauth_auth_code_error": (400, "The provider's authorization code is not valid."),
    "oauth_flow_callback_error": (400, "The provider answered with an error, such as that access was denied."),
    "oauth_token_not_found": (400, "The OAuth token could not be found: it is unknown, was used or has expired."),
    "missing_sso_connection_locator": (400, "One of connection_id and organization_id is required."),
    "too_many_sso_connection_locators": (400, "Only one of connection_id and organization_id may be given."),
    "sso_connection_not_found": (404, "The SSO connection could not be found."),
    "no_sso_connection_exists_for_organization": (400, "The organization has no SSO connection."),
    "no_match_for_provided_sso_url": (400, "The redirect URL is not registered for this project."),
    "failed_saml_response": (400, "The identity provider answered with an error, such as that access was denied."),
    "sso_token_not_found": (404, "The SSO token could not be found: it is unknown, was used or has expired."),
    "member_password_not_found": (404, "The member has no password."),
    "password_does_not_match": (401, "The password is not the member's."),
    "weak_password": (400, "The password is not strong enough."),
    "breached_password": (400, "The password is known from a breach."),
    "cross_org_passwords_not_enabled": (400, "The project's passwords are not shared by organizations."),
    "unable_to_auth_password_reset_token": (401, "The password reset token is unknown, was used or has expired."),
    "operation_restricted_by_organization_mfa_methods": (400, "The organization does not allow this second factor."),
    "action_available_only_for_active_members": (400, "The member is not active."),
    "action_available_only_once_primary_authentication_is_met": (400, "Primary authentication comes first."),
    "insufficient_factors": (400, "The second factor that the member has must be given first."),
    "member_phone_number_not_found": (404, "The member has no phone number."),
    "invalid_phone_number": (400, "The phone number is not one of E.164."),
    "active_totp_exists": (400, "The member already has an active TOTP."),
    "pending_totp_exists": (400, "The member already has a TOTP that is not confirmed."),
    "totp_not_found": (404, "The member has no TOTP."),
    "invalid_totp_code": (400, "A TOTP code has six digits."),
    "unable_to_authenticate_totp": (401, "The TOTP code could not be authenticated."),
    "totp_code_already_authenticated": (400, "The TOTP code was used."),
    "recovery_code_used_as_totp_code": (400, "This is a recovery code."),
    "totp_code_used_as_recovery_code": (400, "This is a TOTP code."),
    "unable_to_authenticate_recovery_code": (401, "The recovery code is unknown or was used."),
    "recovery_codes_not_found": (404, "The member has no recovery codes."),
    "otp_code_not_found": (404, "The passcode could not be found."),
    "unable_to_auth_otp_code": (401, "The passcode could not be authenticated: it was used or has expired."),
    "idp_access_token_not_found": (404, "The access token could not be found."),
    "idp_access_token_could_not_be_exchanged": (404, "The access token was exchanged before."),
    "oauth_access_token_exchange_missing_full_access": (400, "The access token lacks the scope full_access."),
    "oauth_access_token_exchange_token_too_old": (400, "The access token is more than five minutes old."),
    "active_scim_connection_exists": (400, "The organization already has an active SCIM connection."),
    "no_active_scim_connection": (400, "The organization has no active SCIM connection."),
    "scim_connection_not_found": (404, "The SCIM connection could not be found."),
    "scim_connection_not_rotating_token": (400, "The SCIM connection is not rotating its bearer token."),
    "scim_connection_already_rotating_token": (400, "The SCIM connection is already rotating its bearer token."),
    "invalid_scim_idp": (400, "The identity provider is not known."),
    "scim_group_role_assignment_does_not_contain_group_id": (400, "A role assignment lacks its group_id."),
    "scim_group_role_assignment_group_does_not_exist": (400, "A role assignment names a group that does not exist."),
    "role_not_found": (404, "The role could not be found."),
    "invalid_cursor": (400, "The cursor is invalid."),
    "invalid_limit": (400, "The limit must be between 1 and 1000."),
    "too_many_requests": (429, "Too many requests have been made."),
    "internal_server_error": (500, "Oops, something seems to have gone wrong."),
    "server_unavailable": (503, "The server is unavailable."),
    "not_implemented_in_sandbox": (501, "The sandbox does not play this route."),
}


class ApiError(Exception):
    """A refusal by Stytch: `status` (HTTP), `error_type`, and a `message` for people.

    A status or message other than the usual one of `error_type` can be given.
    """

    def __init__(self, error_type: str, status: int | None = None, message: str | None = None) -> None:
        usual_status, usual_message = _KNOWN.get(error_type, (400, "The request was refused."))
        self.error_type = error_type
        self.status = usual_status if status is None else status
        self.message = usual_message if message is None else message
        super().__init__(error_type)

    def to_json(self, request_id: str) -> dict[str, object]:
        """The error body (stytch-api.md §1.4); `error_url` as Stytch really returns it."""
        return {
            "status_code": self.status,
            "request_id": request_id,
            "error_type": self.error_type,
            "error_message": self.message,
            "error_url": f"https://stytch.com/docs/api/errors/{self.status}#{self.error_type}",
        }
