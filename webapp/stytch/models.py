"""Stytch's objects, as far as the console uses them. Field names are Stytch's (`stytch-api.md §2.2, §3, §4`)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""A string that Stytch may also leave out or send as null."""


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Answer(_Object):
    """What every answer has. The id is there for all of Stytch's own, and empty in what something else put there."""

    request_id: Text = ""


class RoleAssignment(_Object):
    """Members of a directory group hold a role (`stytch-api.md §2.2`)."""

    role_id: str
    group_id: str
    group_name: Text = ""


class Connection(_Object):
    """A SCIM connection. No last four of a next token means that no rotation is open (`stytch-api.md §2.2`)."""

    organization_id: str
    connection_id: str
    status: str
    display_name: Text = ""
    identity_provider: Text = ""
    base_url: str
    bearer_token_last_four: str
    bearer_token_expires_at: datetime | None = None
    next_bearer_token_last_four: Text = ""
    next_bearer_token_expires_at: datetime | None = None
    scim_group_implicit_role_assignments: list[RoleAssignment] = []

    @field_validator("display_name")
    @classmethod
    def _seen(cls, name: str) -> str:
        """A name of nothing that can be seen is none: it would be a link without words."""
        return name if any(each.isprintable() and not each.isspace() for each in name) else ""

    @property
    def rotating(self) -> bool:
        """Whether a rotation is open, so that both tokens work."""
        return bool(self.next_bearer_token_last_four)


class ConnectionAnswer(Answer):
    """A connection as an action left it."""

    connection: Connection | None


class ConnectionsAnswer(Answer):
    """All connections of an organization but deleted ones, in Stytch's order.

    Stytch answers one `connection` or null today, as an organization can have one (`stytch-api.md §2.1`). A list of
    `connections` is read as well, for the day it can have `several`.
    """

    connections: list[Connection]
    several: bool = False

    @model_validator(mode="before")
    @classmethod
    def _one_as_list(cls, answer: Any) -> Any:
        if not isinstance(answer, dict):
            return answer
        if "connection" not in answer or "connections" in answer:
            return {"several": True, **answer}
        one = answer["connection"]
        return {**answer, "connections": [] if one is None else [one], "several": False}

    @field_validator("connections")
    @classmethod
    def _without_deleted(cls, connections: list[Connection]) -> list[Connection]:
        return [connection for connection in connections if connection.status != "deleted"]


class _ConnectionWithNextToken(_Object):
    next_bearer_token: SecretStr = Field(min_length=8)


class StartAnswer(Answer):
    """A connection whose rotation was just started, and the one sight of its new token."""

    connection: Connection
    next_bearer_token: SecretStr

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> "StartAnswer":
        """Reads Stytch's answer, in which the new token stands whole, without a last four (`stytch-api.md §2.2`)."""
        token = _ConnectionWithNextToken.model_validate(obj["connection"], **options).next_bearer_token
        connection = {**obj["connection"], "next_bearer_token_last_four": token.get_secret_value()[-4:]}
        connection.pop("next_bearer_token")
        return super().model_validate({**obj, "connection": connection, "next_bearer_token": token}, **options)


class _ConnectionWithToken(_Object):
    bearer_token: SecretStr = Field(min_length=8)


class CreateAnswer(Answer):
    """A connection that was just created, and the one sight of its token."""

    connection: Connection
    bearer_token: SecretStr

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> "CreateAnswer":
        """Reads Stytch's answer, in which the token stands whole, without a last four (`stytch-api.md §2.2`)."""
        token = _ConnectionWithToken.model_validate(obj["connection"], **options).bearer_token
        connection = {**obj["connection"], "bearer_token_last_four": token.get_secret_value()[-4:]}
        connection.pop("bearer_token")
        return super().model_validate({**obj, "connection": connection, "bearer_token": token}, **options)


class UpdateAnswer(Answer):
    """A connection as an update left it."""

    connection: Connection


class DeleteAnswer(Answer):
    """Which connection is gone."""

    connection_id: str


class Group(_Object):
    """A group of the IdP's directory. The id is Stytch's own, and stays when the group is renamed."""

    group_id: str
    group_name: Text = ""


class GroupsAnswer(Answer):
    """A part of a connection's groups; the cursor of the next part is empty at the end."""

    scim_groups: list[Group]
    next_cursor: Text = ""


class Member(_Object):
    """A person in an organization."""

    member_id: str
    email_address: str
    name: Text = ""
    mfa_phone_number: Text = ""
    totp_registration_id: Text = ""
    default_mfa_method: Text = ""


class SsoConnection(_Object):
    """An organization's way to its own identity provider."""

    connection_id: str
    display_name: Text = ""
    identity_provider: Text = ""


class Organization(_Object):
    """A tenant of the Stytch project, with the ways its people may sign in (`stytch-api.md §3.1`)."""

    organization_id: str
    organization_name: str
    organization_slug: Text = ""
    organization_logo_url: Text = ""
    auth_methods: Text = "ALL_ALLOWED"
    allowed_auth_methods: list[str] = []
    allowed_mfa_methods: list[str] = []
    mfa_methods: Text = "ALL_ALLOWED"
    sso_active_connections: list[SsoConnection] = []
    sso_default_connection_id: Text = ""

    def allows(self, auth_method: str) -> bool:
        """Whether its members may sign in by this of Stytch's methods."""
        return self.auth_methods == "ALL_ALLOWED" or auth_method in self.allowed_auth_methods

    def allows_second_factor(self, mfa_method: str) -> bool:
        """Whether its members may use `totp` or `sms_otp` as a second factor."""
        return self.mfa_methods == "ALL_ALLOWED" or mfa_method in self.allowed_mfa_methods


class OrganizationAnswer(Answer):
    """An organization, as it was asked for."""

    organization: Organization


class ActiveConnection(_Object):
    """What an organization says of its SCIM connection, enough to know when its token ends."""

    connection_id: str
    display_name: Text = ""
    bearer_token_last_four: Text = ""
    bearer_token_expires_at: datetime | None = None


class FoundOrganization(_Object):
    """An organization as a search finds it."""

    organization_id: str
    organization_name: Text = ""
    organization_slug: Text = ""
    scim_active_connection: ActiveConnection | None = None


class _Results(_Object):
    total: int = -1
    next_cursor: Text = ""


class OrganizationsAnswer(Answer):
    """A part of the project's organizations. Stytch may say -1 for how many there are in all: it does not count."""

    organizations: list[FoundOrganization]
    results_metadata: _Results


class _HeldRole(_Object):
    role_id: str


class OrganizationMember(Member):
    """A member as a search finds it, with the ids of the roles held, by whatever they came (`stytch-api.md §3.2`)."""

    status: Text = ""
    roles: list[_HeldRole] = []

    @property
    def role_ids(self) -> frozenset[str]:
        """The roles' ids."""
        return frozenset(role.role_id for role in self.roles)


class OrganizationMembersAnswer(Answer):
    """A part of an organization's members."""

    members: list[OrganizationMember]
    results_metadata: _Results


class Membership(_Object):
    """How the person who signs in stands to an organization (`stytch-api.md §4.2`)."""

    type: str


class MfaOptions(_Object):
    """The second factors that a member has; empty where there is none."""

    mfa_phone_number: Text = ""
    totp_registration_id: Text = ""


class MfaRequired(_Object):
    """Stytch asks for a second factor before it gives a session. Without options the member has none yet (§4.7)."""

    member_options: MfaOptions | None = None
    secondary_auth_initiated: Text = ""


class PrimaryRequired(_Object):
    """Stytch asks for another first factor before it gives a session."""

    allowed_auth_methods: list[str] = []


class DiscoveredOrganization(_Object):
    """An organization which the person can sign in to or join, and what it would still ask for."""

    organization: Organization
    membership: Membership
    mfa_required: MfaRequired | None = None
    primary_required: PrimaryRequired | None = None


class DiscoveryAnswer(Answer):
    """Who was found behind a proven email address."""

    email_address: str
    intermediate_session_token: SecretStr = SecretStr("")
    discovered_organizations: list[DiscoveredOrganization]


class ExchangeAnswer(Answer):
    """A member session, or what is still missing for one (`stytch-api.md §4.1`)."""

    member_authenticated: bool
    session_token: SecretStr
    session_jwt: SecretStr
    intermediate_session_token: SecretStr = SecretStr("")
    member: Member
    organization: Organization
    mfa_required: MfaRequired | None = None
    primary_required: PrimaryRequired | None = None
    member_session: "MemberSession | None" = None


class AuthenticationFactor(_Object):
    """One proof behind a session, such as `sso` by `sso_saml`, and when it was given last."""

    type: str
    delivery_method: Text = ""
    last_authenticated_at: datetime


class MemberSession(_Object):
    """A session's standing. `roles` are role ids: plain strings, unlike a member's (`stytch-api.md §3.2`)."""

    member_session_id: Text = ""
    started_at: datetime
    last_accessed_at: datetime
    expires_at: datetime
    authentication_factors: list[AuthenticationFactor] = []
    roles: list[str]


class SessionsAnswer(Answer):
    """A member's sessions."""

    member_sessions: list[MemberSession]


class SessionAnswer(Answer):
    """A member session that goes on, with a fresh session JWT (`stytch-api.md §4.8`)."""

    member_session: MemberSession

    session_token: SecretStr
    session_jwt: SecretStr
    member: Member
    organization: Organization


class TotpAnswer(Answer):
    """A secret for an authenticator app (base32), and codes for the day it is lost; neither is told again."""

    totp_registration_id: Text = ""
    secret: SecretStr
    recovery_codes: list[SecretStr] = []


class StrengthFeedback(_Object):
    """What is wrong with a password, and what would make it better."""

    warning: Text = ""
    suggestions: list[str] = []


class StrengthAnswer(Answer):
    """Whether Stytch would take a password. `score` is 0 to 4 (`stytch-api.md §4.6`)."""

    valid_password: bool
    score: int = 0
    breached_password: bool = False
    zxcvbn_feedback: StrengthFeedback | None = None


class Permission(_Object):
    """What a role may do on a resource; `*` is every action."""

    resource_id: str
    actions: list[str]


class Role(_Object):
    """A role of the project or of one organization."""

    role_id: str
    description: Text = ""
    permissions: list[Permission]

    def grants(self, resource: str, action: str) -> bool:
        """Whether it lets its holders do that (`stytch-api.md §6.1`)."""
        return any(
            each.resource_id == resource and ("*" in each.actions or action in each.actions)
            for each in self.permissions
        )


class _Policy(_Object):
    roles: list[Role]


class PolicyAnswer(Answer):
    """The project's RBAC policy (`stytch-api.md §6.1`)."""

    policy: _Policy


class OrganizationPolicyAnswer(Answer):
    """An organization's own roles, added to the project's."""

    org_policy: _Policy


class Jwk(BaseModel):
    """A public key of the project, as JSON Web Key; members beyond these are kept."""

    model_config = ConfigDict(extra="allow")

    kty: Literal["RSA"]
    kid: str


class JwksAnswer(Answer):
    """The public keys that session JWTs are signed with (`stytch-api.md §4.9`)."""

    keys: list[Jwk]


class SentAnswer(Answer):
    """Stytch took the request; nothing else comes back."""
