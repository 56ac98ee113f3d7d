"""The five OAuth providers, and what each proves about a person (stytch-api.md §4.2, §4.4, §4.8)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.sandbox.identifiers import stable_id
from webapp.sandbox.sessions import Factor
from webapp.sandbox.visits import Person


@dataclass(frozen=True)
class Provider:
    """A provider: its `name` in addresses, its `type` in answers; those with tenants say which a person belongs to."""

    name: str
    type: str
    proves_email: bool
    has_tenants: bool

    @property
    def auth_method(self) -> str:
        """Its name among an organization's `allowed_auth_methods`."""
        return f"{self.name}_oauth"

    def subject(self, person: Person) -> str:
        """The person's `provider_subject`: the same 21 digits at each visit."""
        return self._digits(person.email_address, 21)

    def tenants(self, person: Person) -> list[str]:
        """`provider_tenant_ids`: here everybody of one email domain shares one."""
        return [self._digits(person.email_address.partition("@")[2], 8)] if self.has_tenants else []

    def factor(self, person: Person, at: datetime) -> Factor:
        """The proof that somebody is `person`, in the provider's word."""
        details = {
            "id": stable_id("oauth-user", f"{self.name} {person.email_address}"),
            "provider_subject": self.subject(person),
            "email_id": stable_id("email", person.email_address),
        }
        named = (f"{self.name}_oauth_factor", details)
        return Factor("oauth", f"oauth_{self.name}", person.email_address, at, named, self.proves_email)

    def _digits(self, text: str, count: int) -> str:
        return str(int(hashlib.sha256(f"{self.name} {text}".encode()).hexdigest(), 16))[:count]


PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider("google", "Google", proves_email=True, has_tenants=False),
        Provider("microsoft", "Microsoft", proves_email=True, has_tenants=False),
        Provider("github", "GitHub", proves_email=False, has_tenants=True),
        Provider("slack", "Slack", proves_email=False, has_tenants=True),
        Provider("hubspot", "HubSpot", proves_email=False, has_tenants=True),
    )
}
