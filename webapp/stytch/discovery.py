"""Discovery: proving who one is before choosing an organization (`stytch-api.md §4.2, §4.6`)."""

from pydantic import SecretStr

from webapp.stytch import models
from webapp.stytch.calls import Calls, Proven


class Discovery(Calls):
    """The calls of sign-in that know no organization yet. A proof gives an intermediate session of 10 minutes."""

    def send_discovery_email(self, email: str, *, redirect_url: str, pkce_code_challenge: str) -> models.SentAnswer:
        """Mails a magic link, of use only with the verifier of the S256 challenge."""
        body = {
            "email_address": email,
            "discovery_redirect_url": redirect_url,
            "pkce_code_challenge": pkce_code_challenge,
        }
        return self.change("POST", "/v1/b2b/magic_links/email/discovery/send", models.SentAnswer, json=body)

    def authenticate_discovery(self, token: str, *, pkce_code_verifier: str) -> models.DiscoveryAnswer:
        """Redeems a magic link, once."""
        body = {"discovery_magic_links_token": token, "pkce_code_verifier": pkce_code_verifier}
        return self.change("POST", "/v1/b2b/magic_links/discovery/authenticate", models.DiscoveryAnswer, json=body)

    def send_discovery_code(self, email: str) -> models.SentAnswer:
        """Mails a one-time code of 10 minutes; an earlier one is void."""
        return self.change(
            "POST", "/v1/b2b/otps/email/discovery/send", models.SentAnswer, json={"email_address": email}
        )

    def authenticate_discovery_code(self, email: str, code: str) -> models.DiscoveryAnswer:
        """Redeems a mailed code, once."""
        body = {"email_address": email, "code": code}
        return self.change("POST", "/v1/b2b/otps/email/discovery/authenticate", models.DiscoveryAnswer, json=body)

    def authenticate_discovery_oauth(self, token: str, *, pkce_code_verifier: str) -> models.DiscoveryAnswer:
        """Redeems what came back from an OAuth provider, once."""
        body = {"discovery_oauth_token": token, "pkce_code_verifier": pkce_code_verifier}
        return self.change("POST", "/v1/b2b/oauth/discovery/authenticate", models.DiscoveryAnswer, json=body)

    def authenticate_discovery_password(self, email: str, password: SecretStr) -> models.DiscoveryAnswer:
        """Checks a password that holds in all of the person's organizations."""
        body = {"email_address": email, "password": password.get_secret_value()}
        return self.change("POST", "/v1/b2b/passwords/discovery/authenticate", models.DiscoveryAnswer, json=body)

    def start_discovery_password_reset(
        self, email: str, *, redirect_url: str, pkce_code_challenge: str
    ) -> models.SentAnswer:
        """Mails a link with which a password can be set."""
        body = {
            "email_address": email,
            "reset_password_redirect_url": redirect_url,
            "discovery_redirect_url": redirect_url,
            "pkce_code_challenge": pkce_code_challenge,
        }
        return self.change("POST", "/v1/b2b/passwords/discovery/email/reset/start", models.SentAnswer, json=body)

    def reset_discovery_password(
        self, token: SecretStr, password: SecretStr, *, pkce_code_verifier: str
    ) -> models.DiscoveryAnswer:
        """Sets the password by a mailed link, once."""
        body = {
            "password_reset_token": token.get_secret_value(),
            "password": password.get_secret_value(),
            "pkce_code_verifier": pkce_code_verifier,
        }
        return self.change("POST", "/v1/b2b/passwords/discovery/email/reset", models.DiscoveryAnswer, json=body)

    def list_discovered_organizations(self, proven: Proven) -> models.DiscoveryAnswer:
        """The organizations open to an intermediate or a member session, which this does not use up."""
        return self.read("POST", "/v1/b2b/discovery/organizations", models.DiscoveryAnswer, json=proven.body())

    def exchange_intermediate_session(
        self, intermediate_session_token: SecretStr, organization_id: str, *, session_duration_minutes: int
    ) -> models.ExchangeAnswer:
        """Signs in to an organization, joining it where that is allowed."""
        body = {
            "intermediate_session_token": intermediate_session_token.get_secret_value(),
            "organization_id": organization_id,
            "session_duration_minutes": session_duration_minutes,
        }
        path = "/v1/b2b/discovery/intermediate_sessions/exchange"
        return self.change("POST", path, models.ExchangeAnswer, json=body)
