"""Identity providers, and what each calls the two fields to fill in (`stytch-api.md §2.3`, last row)."""

from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True)
class Provider:
    """An identity provider. `value` is Stytch's name of it; `name` stands in sentences; `where` leads to the fields.

    `guide` is the template of its set-up guide; where its words come from is in docs/connections.md.
    `rhythm` says when it provisions, and `cycle` how long one of its rounds takes, where that is known (`peers.md` C);
    `nudge` how to have it send something at once.
    """

    value: str
    name: str
    base_url_field: str
    token_field: str
    guide: str
    where: str = ""
    rhythm: str = ""
    cycle: timedelta | None = None
    nudge: str = "Change or assign somebody there, and one comes when it sends that."

    @property
    def label(self) -> str:
        """The name by itself, as a heading has it."""
        return "Generic SCIM" if self is _GENERIC else self.name

    @property
    def choice(self) -> str:
        """The name among others to choose from."""
        return "Another one that speaks SCIM 2.0" if self is _GENERIC else self.name


_GENERIC = Provider(
    "generic", "your identity provider", "SCIM Base URL", "Bearer Token", "connections/guides/_generic.html"
)
_NAMED = (
    Provider(
        "okta",
        "Okta",
        "SCIM connector base URL",
        "HTTP Header Authorization: Bearer",
        "connections/guides/_okta.html",
        "the application's Provisioning tab, Integration, Edit",
        rhythm="Okta sends something when somebody is changed there, so that quiet is normal.",
        nudge="Assign or change somebody there, and one comes.",
    ),
    Provider(
        "microsoft-entra",
        "Microsoft Entra",
        "Tenant URL",
        "Secret Token",
        "connections/guides/_microsoft-entra.html",
        "the enterprise application's Provisioning, Admin Credentials",
        rhythm="Microsoft Entra works about every 40 minutes, and sends nothing when nobody was changed there.",
        cycle=timedelta(minutes=40),
        nudge="“Provision on demand” there sends one at once.",
    ),
    Provider(
        "cyberark",
        "CyberArk",
        "SCIM Service URL",
        "Bearer Token",
        "connections/guides/_cyberark.html",
        "the application's Provisioning settings",
    ),
    Provider(
        "jumpcloud",
        "JumpCloud",
        "Base URL",
        "Token Key",
        "connections/guides/_jumpcloud.html",
        "the application's Identity Management tab",
    ),
    Provider(
        "onelogin",
        "OneLogin",
        "SCIM Base URL",
        "SCIM Bearer Token",
        "connections/guides/_onelogin.html",
        "the application's Configuration tab",
    ),
    Provider(
        "pingfederate",
        "PingFederate",
        "SCIM URL",
        "Access Token",
        "connections/guides/_pingfederate.html",
        "the SP connection's outbound provisioning target",
    ),
    Provider(
        "rippling",
        "Rippling",
        "SCIM Base URL",
        "Bearer Token",
        "connections/guides/_rippling.html",
        "the app's SCIM settings",
    ),
)
_PROVIDERS = {provider.value: provider for provider in (*_NAMED, _GENERIC)}


def choices(current: str = "") -> tuple[Provider, ...]:
    """All that Stytch knows (`stytch-api.md §2.1`), the generic one last; `current` too, if that is a newer one."""
    known = tuple(_PROVIDERS.values())
    return known if not current or current in _PROVIDERS else (*known, replace(_GENERIC, value=current, name=current))


def provider(identity_provider: str) -> Provider:
    """The provider of a connection; what Stytch does not name, or we do not know, is a generic one."""
    return _PROVIDERS.get(identity_provider, _GENERIC)
