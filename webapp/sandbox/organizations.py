"""Organizations and their members, in Stytch's shapes (stytch-api.md §3)."""

from dataclasses import dataclass, field
from datetime import datetime

from webapp.sandbox.connections import Connection
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import timestamp
from webapp.sandbox.sso import SsoConnection

# stytch-api.md §3.1
AUTH_METHODS = (
    "sso",
    "magic_link",
    "email_otp",
    "password",
    "google_oauth",
    "microsoft_oauth",
    "slack_oauth",
    "github_oauth",
    "hubspot_oauth",
)


@dataclass
class Organization:
    """A tenant; the fields that differ between the sandbox's organizations."""

    organization_id: str
    organization_name: str
    organization_slug: str
    created_at: datetime
    auth_methods: str = "ALL_ALLOWED"
    allowed_auth_methods: list[str] = field(default_factory=list)
    mfa_policy: str = "OPTIONAL"
    mfa_methods: str = "ALL_ALLOWED"
    allowed_mfa_methods: list[str] = field(default_factory=list)
    email_jit_provisioning: str = "NOT_ALLOWED"
    email_allowed_domains: list[str] = field(default_factory=list)

    def allows(self, auth_method: str) -> bool:
        """Whether members may sign in by `auth_method`, one of Stytch's names such as `magic_link`."""
        return self.auth_methods == "ALL_ALLOWED" or auth_method in self.allowed_auth_methods

    def check_allows(self, auth_method: str) -> None:
        """ApiError unless members may sign in by `auth_method`."""
        if not self.allows(auth_method):
            raise ApiError("operation_restricted_by_organization_auth_methods")

    def allows_mfa(self, mfa_method: str) -> bool:
        """Whether members may use `mfa_method`, `sms_otp` or `totp`, as a second factor."""
        return self.mfa_methods == "ALL_ALLOWED" or mfa_method in self.allowed_mfa_methods

    @property
    def usable_auth_methods(self) -> list[str]:
        """The methods by which members may sign in, under Stytch's names."""
        return list(AUTH_METHODS) if self.auth_methods == "ALL_ALLOWED" else self.allowed_auth_methods

    def to_json(
        self, public_url: str, connection: Connection | None, sso_connections: list[SsoConnection]
    ) -> dict[str, object]:
        """The Organization object with every required key, and the active SCIM and SSO connections of it."""
        default = next((sso.connection_id for sso in sso_connections if sso.is_default), None)
        return {
            "organization_id": self.organization_id,
            "organization_name": self.organization_name,
            "organization_logo_url": f"{public_url}/_sandbox/logos/{self.organization_slug}.svg",
            "organization_slug": self.organization_slug,
            "sso_jit_provisioning": "NOT_ALLOWED",
            "sso_jit_provisioning_allowed_connections": [],
            "sso_active_connections": [sso.to_active_json() for sso in sso_connections],
            "sso_default_connection_id": default,
            "scim_active_connection": connection.to_active_json() if connection else None,
            "email_allowed_domains": self.email_allowed_domains,
            "email_jit_provisioning": self.email_jit_provisioning,
            "email_invites": "ALL_ALLOWED",
            "auth_methods": self.auth_methods,
            "allowed_auth_methods": self.allowed_auth_methods,
            "mfa_policy": self.mfa_policy,
            "mfa_methods": self.mfa_methods,
            "allowed_mfa_methods": self.allowed_mfa_methods,
            "rbac_email_implicit_role_assignments": [],
            "oauth_tenant_jit_provisioning": "NOT_ALLOWED",
            "allowed_oauth_tenants": {},
            "claimed_email_domains": [],
            "first_party_connected_apps_allowed_type": "ALL_ALLOWED",
            "allowed_first_party_connected_apps": [],
            "third_party_connected_apps_allowed_type": "ALL_ALLOWED",
            "allowed_third_party_connected_apps": [],
            "custom_roles": [],
            "trusted_metadata": {},
            "organization_external_id": None,
            "created_at": timestamp(self.created_at),
            "updated_at": timestamp(self.created_at),
        }


@dataclass
class Member:
    """A person in one organization. `roles` are directly assigned; every member is a `stytch_member` besides."""

    member_id: str
    organization_id: str
    email_address: str
    name: str
    created_at: datetime
    roles: list[str] = field(default_factory=list)
    status: str = "active"
    mfa_enrolled: bool = False
    mfa_phone_number: str = ""
    mfa_phone_number_verified: bool = False
    totp_registration_id: str = ""
    default_mfa_method: str = ""
    member_password_id: str = ""
    password_hash: str = ""

    @property
    def verified_phone_number(self) -> str:
        """The number that texts are sent to at sign-in: a code which was sent there has come back."""
        return self.mfa_phone_number if self.mfa_phone_number_verified else ""

    @property
    def role_ids(self) -> list[str]:
        """All roles as a session carries them: plain strings (stytch-api.md §3.2)."""
        return ["stytch_member", *self.roles]

    def to_json(self) -> dict[str, object]:
        """The Member object with every required key."""
        return {
            "organization_id": self.organization_id,
            "member_id": self.member_id,
            "email_address": self.email_address,
            "email_address_verified": self.status == "active",
            "retired_email_addresses": [],
            "status": self.status,
            "name": self.name,
            "sso_registrations": [],
            "oauth_registrations": [],
            "scim_registration": None,
            "is_breakglass": False,
            "is_admin": "stytch_admin" in self.roles,
            "is_locked": False,
            "lock_created_at": None,
            "lock_expires_at": None,
            "member_password_id": self.member_password_id,
            "mfa_enrolled": self.mfa_enrolled,
            "mfa_phone_number": self.mfa_phone_number,
            "mfa_phone_number_verified": self.mfa_phone_number_verified,
            "totp_registration_id": self.totp_registration_id,
            "default_mfa_method": self.default_mfa_method,
            "roles": [
                {"role_id": role, "sources": [{"type": "direct_assignment", "details": {}}]} for role in self.role_ids
            ],
            "external_id": None,
            "trusted_metadata": {},
            "untrusted_metadata": {},
            "created_at": timestamp(self.created_at),
            "updated_at": timestamp(self.created_at),
        }
