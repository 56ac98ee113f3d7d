"""SSO connections, in Stytch's shapes, and what each proves about a person (stytch-api.md §3.1, §4.5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from webapp.sandbox.identifiers import stable_id
from webapp.sandbox.sessions import Factor
from webapp.sandbox.visits import Person

Protocol = Literal["saml", "oidc"]


@dataclass(frozen=True)
class SsoConnection:
    """An active connection to an organization's identity provider, by one of the two protocols."""

    connection_id: str
    organization_id: str
    display_name: str
    protocol: Protocol
    identity_provider: str
    is_default: bool = False

    def factor(self, person: Person, at: datetime) -> Factor:
        """The proof that somebody is `person`, in the identity provider's word."""
        details = {
            "id": stable_id("sso-registration", f"{self.connection_id} {person.email_address}"),
            "provider_id": self.connection_id,
            "external_id": person.email_address,
        }
        named = (f"{self.protocol}_sso_factor", details)
        return Factor("sso", f"sso_{self.protocol}", person.email_address, at, named)

    def to_active_json(self) -> dict[str, object]:
        """Its entry in the Organization object."""
        return {
            "connection_id": self.connection_id,
            "display_name": self.display_name,
            "identity_provider": self.identity_provider,
        }

    def to_json(self, public_url: str) -> dict[str, object]:
        """The SAMLConnection or OIDCConnection object with every required key."""
        callback = f"{public_url}/v1/b2b/sso/callback/{self.connection_id}"
        idp = f"{public_url}/_sandbox/providers/{self.connection_id}"
        shared: dict[str, object] = {
            "organization_id": self.organization_id,
            "connection_id": self.connection_id,
            "status": "active",
            "display_name": self.display_name,
            "identity_provider": self.identity_provider,
            "attribute_mapping": {},
        }
        if self.protocol == "oidc":
            return shared | {
                "redirect_url": callback,
                "client_id": "pretend",
                "client_secret": "",
                "issuer": idp,
                "authorization_url": idp,
                "token_url": idp,
                "userinfo_url": "",
                "jwks_url": idp,
                "custom_scopes": "",
            }
        return shared | {
            "idp_entity_id": idp,
            "idp_sso_url": idp,
            "acs_url": callback,
            "audience_uri": callback,
            "signing_certificates": [],
            "verification_certificates": [],
            "encryption_private_keys": [],
            "saml_connection_implicit_role_assignments": [],
            "saml_group_implicit_role_assignments": [],
            "alternative_audience_uri": "",
            "alternative_acs_url": "",
            "nameid_format": "",
            "idp_initiated_auth_disabled": True,
            "allow_gateway_callback": False,
        }
