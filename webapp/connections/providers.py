"""Identity providers, and what each calls the two fields to fill in (`stytch-api.md §2.3`, last row)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import pgettext


@dataclass(frozen=True)
class Provider:
    """An identity provider. `value` is Stytch's name of it, `own_name` its own, which the generic one has not.

    The fields' names are its own English ones, and never translated. `guide` is the template of its set-up guide; where
    its words come from is in docs/connections.md. `cycle` is how long one of its rounds takes, where that is known
    (`peers.md` C).
    """

    value: str
    own_name: str
    base_url_field: str
    token_field: str
    guide: str
    cycle: timedelta | None = None

    @property
    def name(self) -> str:
        """The name as it stands within a sentence."""
        # Translators: stands within sentences where else “Okta” does, as %(provider)s: choose a form that
        # can stand there.
        return self.own_name or pgettext("within a sentence", "your identity provider")

    @property
    def at_start(self) -> str:
        """The name as it begins a sentence."""
        # Translators: begins sentences where else “Okta” does, as %(provider)s
        return self.own_name or pgettext("begins a sentence", "Your identity provider")

    @property
    def label(self) -> str:
        """The name by itself, as a heading has it."""
        return self.own_name or _("Generic SCIM")

    @property
    def choice(self) -> str:
        """The name among others to choose from."""
        return self.own_name or _("Another one that speaks SCIM 2.0")

    @property
    def where(self) -> str:
        """What leads to the fields there; empty where that is not known."""
        match self.value:
            case "okta":
                # Translators: stands in brackets after “Okta”, say. The names with capital letters are those of its own
                # English pages: leave them.
                return pgettext("where a field is", "the application's Provisioning tab, Integration, Edit")
            case "microsoft-entra":
                return pgettext("where a field is", "the enterprise application's Provisioning, Admin Credentials")
            case "cyberark":
                return pgettext("where a field is", "the application's Provisioning settings")
            case "jumpcloud":
                return pgettext("where a field is", "the application's Identity Management tab")
            case "onelogin":
                return pgettext("where a field is", "the application's Configuration tab")
            case "pingfederate":
                return pgettext("where a field is", "the SP connection's outbound provisioning target")
            case "rippling":
                return pgettext("where a field is", "the app's SCIM settings")
        return ""

    @property
    def rhythm(self) -> str:
        """When it provisions; empty where that is not known."""
        match self.value:
            case "okta":
                return _("Okta sends something when somebody is changed there, so that quiet is normal.")
            case "microsoft-entra":
                return _(
                    "Microsoft Entra works about every 40 minutes, and sends nothing when nobody was changed there."
                )
        return ""

    @property
    def nudge(self) -> str:
        """How to have it send something at once: after a sentence that said that an event is waited for."""
        match self.value:
            case "okta":
                # Translators: the one that comes is a provisioning event; “there” is at the identity provider
                return _("Assign or change somebody there, and one comes.")
            case "microsoft-entra":
                # Translators: Provision on demand is the name of a button of Microsoft's; one is a provisioning event
                return _("“Provision on demand” there sends one at once.")
        # Translators: the one that comes is a provisioning event; “there” and “it” are the identity provider
        return _("Change or assign somebody there, and one comes when it sends that.")


_GENERIC = Provider("generic", "", "SCIM Base URL", "Bearer Token", "connections/guides/_generic.html")
_NAMED = (
    Provider(
        "okta",
        "Okta",
        "SCIM connector base URL",
        "HTTP Header Authorization: Bearer",
        "connections/guides/_okta.html",
    ),
    Provider(
        "microsoft-entra",
        "Microsoft Entra",
        "Tenant URL",
        "Secret Token",
        "connections/guides/_microsoft-entra.html",
        cycle=timedelta(minutes=40),
    ),
    Provider("cyberark", "CyberArk", "SCIM Service URL", "Bearer Token", "connections/guides/_cyberark.html"),
    Provider("jumpcloud", "JumpCloud", "Base URL", "Token Key", "connections/guides/_jumpcloud.html"),
    Provider("onelogin", "OneLogin", "SCIM Base URL", "SCIM Bearer Token", "connections/guides/_onelogin.html"),
    Provider("pingfederate", "PingFederate", "SCIM URL", "Access Token", "connections/guides/_pingfederate.html"),
    Provider("rippling", "Rippling", "SCIM Base URL", "Bearer Token", "connections/guides/_rippling.html"),
)
_PROVIDERS = {provider.value: provider for provider in (*_NAMED, _GENERIC)}


def choices(current: str = "") -> tuple[Provider, ...]:
    """All that Stytch knows (`stytch-api.md §2.1`), the generic one last; `current` too, if that is a newer one."""
    known = tuple(_PROVIDERS.values())
    newer = replace(_GENERIC, value=current, own_name=current)
    return known if not current or current in _PROVIDERS else (*known, newer)


def provider(identity_provider: str) -> Provider:
    """The provider of a connection; what Stytch does not name, or we do not know, is a generic one."""
    return _PROVIDERS.get(identity_provider, _GENERIC)
