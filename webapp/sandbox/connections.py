"""A SCIM connection and its two tokens, in Stytch's object variants (stytch-api.md §2.2, §2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from webapp.sandbox.directory import Directory
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import new_scim_token, timestamp

IDENTITY_PROVIDERS = frozenset(
    {"generic", "okta", "microsoft-entra", "cyberark", "jumpcloud", "onelogin", "pingfederate", "rippling"}
)


@dataclass(frozen=True)
class GroupRoleAssignment:
    """Members of the directory group `group_id` hold the role `role_id`."""

    role_id: str
    group_id: str


@dataclass
class Connection:
    """An active SCIM connection. A `next_bearer_token` of None means no rotation runs; an expiry of None, no end."""

    connection_id: str
    organization_id: str
    display_name: str
    identity_provider: str
    bearer_token: str
    bearer_token_expires_at: datetime | None
    directory: Directory
    next_bearer_token: str | None = None
    next_bearer_token_expires_at: datetime | None = None
    status: str = "active"
    base_url_of: str = ""
    """The identity provider whose base URL it has kept, if that is not its own any more."""
    group_role_assignments: list[GroupRoleAssignment] = field(default_factory=list)

    @property
    def base_path(self) -> str:
        """The path of this connection's SCIM server, by connection and not by organization."""
        return f"/v1/b2b/scim/{self.connection_id}"

    def base_url(self, public_url: str) -> str:
        """What the IdP is given; Entra's ends in the flag Stytch appends (stytch-api.md §2.2)."""
        flagged = (self.base_url_of or self.identity_provider) == "microsoft-entra"
        flag = "?aadOptscim062020" if flagged else ""
        return f"{public_url}{self.base_path}{flag}"

    def start_rotation(self, expires_at: datetime | None) -> None:
        """Make a next token, ending at `expires_at`, in place of any earlier next token."""
        self.next_bearer_token = new_scim_token()
        self.next_bearer_token_expires_at = expires_at

    def complete_rotation(self) -> None:
        """Make the next token the only one. A rotation must be running."""
        if self.next_bearer_token is None:
            raise ApiError("scim_connection_not_rotating_token")
        self.bearer_token = self.next_bearer_token
        self.bearer_token_expires_at = self.next_bearer_token_expires_at
        self.cancel_rotation()

    def cancel_rotation(self) -> None:
        """Drop the next token. A rotation must be running."""
        if self.next_bearer_token is None:
            raise ApiError("scim_connection_not_rotating_token")
        self.next_bearer_token = None
        self.next_bearer_token_expires_at = None

    def to_json(self, public_url: str, variants: Mapping[str, str]) -> dict[str, object]:
        """SCIMConnection: what get, update, complete and cancel answer; no secret in it."""
        result = self._common_json(public_url, variants) | {"bearer_token_last_four": self.bearer_token[-4:]}
        if self.next_bearer_token is not None:
            result["next_bearer_token_last_four"] = self.next_bearer_token[-4:]
        elif variants["next_last_four_outside_rotation"] == "empty":
            result["next_bearer_token_last_four"] = ""
        return result | _expiry("next_bearer_token_expires_at", self.next_bearer_token_expires_at, variants)

    def to_json_with_token(self, public_url: str, variants: Mapping[str, str]) -> dict[str, object]:
        """SCIMConnectionWithToken: what create answers, the one place where `bearer_token` is shown."""
        return self._common_json(public_url, variants) | {"bearer_token": self.bearer_token}

    def to_json_with_next_token(self, public_url: str, variants: Mapping[str, str]) -> dict[str, object]:
        """SCIMConnectionWithNextToken: what start answers, the one place where `next_bearer_token` is shown."""
        return (
            self._common_json(public_url, variants)
            | {"bearer_token_last_four": self.bearer_token[-4:], "next_bearer_token": self.next_bearer_token}
            | _expiry("next_bearer_token_expires_at", self.next_bearer_token_expires_at, variants)
        )

    def to_active_json(self) -> dict[str, object]:
        """An Organization's `scim_active_connection` (stytch-api.md §3.1)."""
        result: dict[str, object] = {
            "connection_id": self.connection_id,
            "display_name": self.display_name,
            "bearer_token_last_four": self.bearer_token[-4:],
        }
        if self.bearer_token_expires_at:
            result["bearer_token_expires_at"] = timestamp(self.bearer_token_expires_at)
        return result

    def _common_json(self, public_url: str, variants: Mapping[str, str]) -> dict[str, object]:
        return {
            "organization_id": self.organization_id,
            "connection_id": self.connection_id,
            "status": self.status,
            "display_name": self.display_name,
            "identity_provider": self.identity_provider,
            "base_url": self.base_url(public_url),
            "scim_group_implicit_role_assignments": [
                {"role_id": held.role_id, "group_id": held.group_id, "group_name": self._group_name(held.group_id)}
                for held in self.group_role_assignments
                # The directory may have dropped the group since: whether the assignment ends with it is not known.
                if held.group_id in self.directory.groups or variants["stale_role_assignments"] != "dropped"
            ],
        } | _expiry("bearer_token_expires_at", self.bearer_token_expires_at, variants)

    def _group_name(self, group_id: str) -> str:
        group = self.directory.groups.get(group_id)
        return group.display_name if group else ""


def _expiry(name: str, moment: datetime | None, variants: Mapping[str, str]) -> dict[str, object]:
    if moment is not None:
        return {name: timestamp(moment)}
    return {name: None} if variants["expiry_that_is_none"] == "null" else {}
