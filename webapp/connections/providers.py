"""Identity providers, and what each calls the two fields to fill in (`stytch-api.md §2.3`, last row)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """An identity provider. `name` stands in sentences; `where` leads to the page on which the fields stand."""

    name: str
    base_url_field: str
    token_field: str
    where: str = ""

    @property
    def label(self) -> str:
        """The name by itself, as a heading has it."""
        return "Generic SCIM" if self is _GENERIC else self.name


_GENERIC = Provider("your identity provider", "SCIM Base URL", "Bearer Token")
_PROVIDERS = {
    "okta": Provider(
        "Okta",
        "SCIM connector base URL",
        "HTTP Header Authorization: Bearer",
        "the application's Provisioning tab, Integration, Edit",
    ),
    "microsoft-entra": Provider(
        "Microsoft Entra", "Tenant URL", "Secret Token", "the enterprise application's Provisioning, Admin Credentials"
    ),
    "cyberark": Provider("CyberArk", "SCIM Service URL", "Bearer Token", "the application's Provisioning settings"),
    "jumpcloud": Provider("JumpCloud", "Base URL", "Token Key", "the application's Identity Management tab"),
    "onelogin": Provider("OneLogin", "SCIM Base URL", "SCIM Bearer Token", "the application's Configuration tab"),
    "pingfederate": Provider(
        "PingFederate", "SCIM URL", "Access Token", "the SP connection's outbound provisioning target"
    ),
    "rippling": Provider("Rippling", "SCIM Base URL", "Bearer Token", "the app's SCIM settings"),
}


def provider(identity_provider: str) -> Provider:
    """The provider of a connection; what Stytch does not name, or we do not know, is a generic one."""
    return _PROVIDERS.get(identity_provider, _GENERIC)
