"""Sign-in at one organization's own door (`stytch-api.md §4.3 to §4.6`)."""

from typing import Any

from pydantic import SecretStr

from webapp.stytch import models
from webapp.stytch.calls import NOTHING_PROVEN, Calls, Proven, lasting, segment


class MemberLogin(Calls):
    """The calls of sign-in that know the organization.

    What authenticates takes what is `proven` already, and for how many minutes from now
    the session lasts; None for as long as it would anyway.
    """

    def get_organization(self, organization: str) -> models.Organization:
        """The organization with this id or slug; `NotFound` if there is none."""
        path = f"/v1/b2b/organizations/{segment(organization)}"
        return self.read("GET", path, models.OrganizationAnswer).organization

    def send_login_email(
        self, organization_id: str, email: str, *, redirect_url: str, pkce_code_challenge: str
    ) -> models.SentAnswer:
        """Mails a magic link of this organization."""
        body = {
            "organization_id": organization_id,
            "email_address": email,
            "login_redirect_url": redirect_url,
            "signup_redirect_url": redirect_url,
            "pkce_code_challenge": pkce_code_challenge,
        }
        return self.change("POST", "/v1/b2b/magic_links/email/login_or_signup", models.SentAnswer, json=body)

    def authenticate_magic_link(
        self, token: str, *, pkce_code_verifier: str, minutes: int | None, proven: Proven = NOTHING_PROVEN
    ) -> models.ExchangeAnswer:
        """Redeems a magic link, once."""
        body = {"magic_links_token": token, "pkce_code_verifier": pkce_code_verifier}
        return self._authenticate("magic_links/authenticate", body, minutes, proven)

    def send_login_code(self, organization_id: str, email: str) -> models.SentAnswer:
        """Mails a one-time code of 10 minutes; an earlier one is void."""
        body = {"organization_id": organization_id, "email_address": email}
        return self.change("POST", "/v1/b2b/otps/email/login_or_signup", models.SentAnswer, json=body)

    def authenticate_login_code(
        self, organization_id: str, email: str, code: str, *, minutes: int | None, proven: Proven = NOTHING_PROVEN
    ) -> models.ExchangeAnswer:
        """Redeems a mailed code, once."""
        body = {"organization_id": organization_id, "email_address": email, "code": code}
        return self._authenticate("otps/email/authenticate", body, minutes, proven)

    def authenticate_oauth(
        self, token: str, *, pkce_code_verifier: str, minutes: int | None, proven: Proven = NOTHING_PROVEN
    ) -> models.ExchangeAnswer:
        """Redeems what came back from an OAuth provider, once."""
        body = {"oauth_token": token, "pkce_code_verifier": pkce_code_verifier}
        return self._authenticate("oauth/authenticate", body, minutes, proven)

    def authenticate_sso(
        self, token: str, *, pkce_code_verifier: str, minutes: int | None, proven: Proven = NOTHING_PROVEN
    ) -> models.ExchangeAnswer:
        """Redeems what came back from an SSO connection, once."""
        body = {"sso_token": token, "pkce_code_verifier": pkce_code_verifier}
        return self._authenticate("sso/authenticate", body, minutes, proven)

    def authenticate_password(
        self,
        organization_id: str,
        email: str,
        password: SecretStr,
        *,
        minutes: int | None,
        proven: Proven = NOTHING_PROVEN,
    ) -> models.ExchangeAnswer:
        """Checks a password of this organization."""
        body = {"organization_id": organization_id, "email_address": email, "password": password.get_secret_value()}
        return self._authenticate("passwords/authenticate", body, minutes, proven)

    def start_password_reset(
        self, organization_id: str, email: str, *, redirect_url: str, pkce_code_challenge: str
    ) -> models.SentAnswer:
        """Mails a link with which a password of this organization can be set."""
        body = {
            "organization_id": organization_id,
            "email_address": email,
            "reset_password_redirect_url": redirect_url,
            "login_redirect_url": redirect_url,
            # Named otherwise here than in every other call (`stytch-api.md §4.1`).
            "code_challenge": pkce_code_challenge,
        }
        return self.change("POST", "/v1/b2b/passwords/email/reset/start", models.SentAnswer, json=body)

    def reset_password(
        self,
        token: SecretStr,
        password: SecretStr,
        *,
        pkce_code_verifier: str,
        minutes: int | None,
        proven: Proven = NOTHING_PROVEN,
    ) -> models.ExchangeAnswer:
        """Sets the password by a mailed link, once."""
        body = {
            "password_reset_token": token.get_secret_value(),
            "password": password.get_secret_value(),
            "code_verifier": pkce_code_verifier,
        }
        return self._authenticate("passwords/email/reset", body, minutes, proven)

    def check_password_strength(self, password: SecretStr, email: str) -> models.StrengthAnswer:
        """Whether Stytch would take the password, and what would make it better."""
        body = {"password": password.get_secret_value(), "email_address": email}
        return self.read("POST", "/v1/b2b/passwords/strength_check", models.StrengthAnswer, json=body)

    def _authenticate(
        self, path: str, body: dict[str, Any], minutes: int | None, proven: Proven
    ) -> models.ExchangeAnswer:
        body = {**body, **proven.body(), **lasting(minutes)}
        return self.change("POST", f"/v1/b2b/{path}", models.ExchangeAnswer, json=body)
