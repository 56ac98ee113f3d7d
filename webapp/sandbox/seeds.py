"""The world after a reset (design: six organizations to sign in to). Ids and tokens are the same in every run."""

from datetime import datetime, timedelta

from webapp.sandbox.clock import Clock
from webapp.sandbox.connections import Connection, GroupRoleAssignment
from webapp.sandbox.directory import Directory
from webapp.sandbox.identifiers import stable_id, stable_scim_token
from webapp.sandbox.organizations import Member, Organization
from webapp.sandbox.passwords import set_password
from webapp.sandbox.sso import Protocol, SsoConnection
from webapp.sandbox.totp import TotpRegistration, stable_registration

WES_PASSWORD = "correct horse battery staple 9"  # noqa: S105 - published on the dashboard, and worth nothing
WAYNE_GROUPS = 2500

_UMA_TOTP = stable_id("member-totp", "uma")
_AGE = timedelta(days=400)


def organizations(now: datetime) -> dict[str, Organization]:
    """The organizations by id, all created some time before `now` (aware UTC)."""
    created_at = now - _AGE
    seeded = [
        Organization(_organization_id("acme"), "Acme", "acme", created_at),
        Organization(
            _organization_id("globex"),
            "Globex",
            "globex",
            created_at,
            email_jit_provisioning="RESTRICTED",
            email_allowed_domains=["globex.example"],
        ),
        Organization(_organization_id("initech"), "Initech", "initech", created_at),
        Organization(_organization_id("umbrella"), "Umbrella", "umbrella", created_at, mfa_policy="REQUIRED_FOR_ALL"),
        Organization(
            _organization_id("hooli"),
            "Hooli",
            "hooli",
            created_at,
            auth_methods="RESTRICTED",
            allowed_auth_methods=["sso"],
        ),
        Organization(_organization_id("wayne"), "Wayne", "wayne", created_at),
    ]
    return {organization.organization_id: organization for organization in seeded}


def members(now: datetime) -> dict[str, Member]:
    """The members by id. Ada is a member of three organizations, with one email address."""
    created_at = now - _AGE
    admin = "stytch_admin"
    ada = ("ada@acme.example", "Ada Lovelace", admin)
    uma = _member("umbrella", created_at, "uma@umbrella.example", "Uma Thorn", admin)
    uma.mfa_enrolled = True
    uma.totp_registration_id = _UMA_TOTP
    uma.default_mfa_method = "totp"
    una = _member("umbrella", created_at, "una@umbrella.example", "Una Ortiz", admin)
    una.mfa_enrolled = True
    una.mfa_phone_number_verified = True
    una.mfa_phone_number = "+12025550123"
    una.default_mfa_method = "sms_otp"
    ivy = _member("acme", created_at, "ivy@globex.example", "Ivy Lindqvist", "scim_viewer")
    ivy.status = "invited"
    wes = _member("wayne", created_at, "wes@wayne.example", "Wes Okafor", admin)
    set_password([wes], WES_PASSWORD)
    seeded = [
        _member("acme", created_at, *ada),
        _member("globex", created_at, *ada),
        _member("initech", created_at, *ada),
        _member("acme", created_at, "vic@acme.example", "Vic Moreau", "scim_viewer"),
        _member("acme", created_at, "olga@acme.example", "Olga Petrova", "scim_operator"),
        _member("acme", created_at, "noel@acme.example", "Noel Santos"),
        ivy,
        _member("globex", created_at, "gil@globex.example", "Gil Navarro", admin),
        _member("initech", created_at, "ian@initech.example", "Ian Keller", admin),
        uma,
        una,
        _member("umbrella", created_at, "ugo@umbrella.example", "Ugo Bianchi", admin),
        _member("hooli", created_at, "hal@hooli.example", "Hal Jensen", admin),
        wes,
    ]
    return {member.member_id: member for member in seeded}


def totps() -> dict[str, TotpRegistration]:
    """The authenticator apps by member id."""
    return {stable_id("member", "umbrella uma@umbrella.example"): stable_registration(_UMA_TOTP)}


def connections(clock: Clock) -> dict[str, Connection]:
    """The SCIM connections by id: healthy, rotating, ending, ended, one with 2,500 groups; all by `clock`."""
    now = clock.now()
    acme = _connection("acme", "Acme Okta", "okta", clock, now + timedelta(days=400))
    groups = [
        acme.directory.add_group(name).id
        for name in ("Engineering", "Finance", "Helpdesk", "IT operations", "People", "Security")
    ]
    acme.group_role_assignments = [
        GroupRoleAssignment("scim_viewer", groups[2]),
        GroupRoleAssignment("scim_operator", groups[3]),
        GroupRoleAssignment("scim_viewer", groups[3]),
        GroupRoleAssignment("scim_viewer", groups[5]),
    ]

    initech = _connection("initech", "Initech Entra", "microsoft-entra", clock, now + timedelta(days=200))
    initech.next_bearer_token = stable_scim_token("initech next")
    initech.next_bearer_token_expires_at = now + timedelta(days=5 * 365 - 2)
    umbrella = _connection("umbrella", "Umbrella JumpCloud", "jumpcloud", clock, now + timedelta(days=5))
    hooli = _connection("hooli", "Hooli Rippling", "rippling", clock, now - timedelta(days=2))
    for connection in (initech, umbrella, hooli):
        for name in ("Administrators", "Everyone"):
            connection.directory.add_group(name)

    wayne = _connection("wayne", "Wayne directory", "generic", clock, now + timedelta(days=900))
    many = [wayne.directory.add_group(f"Group {number:04}").id for number in range(1, WAYNE_GROUPS + 1)]
    wayne.group_role_assignments = [
        GroupRoleAssignment("scim_viewer", many[0]),
        GroupRoleAssignment("wayne_auditor", many[WAYNE_GROUPS * 4 // 5 - 1]),
        # A role that was deleted since, and a group that the directory has no more.
        GroupRoleAssignment("billing_reader", many[1]),
        GroupRoleAssignment("scim_viewer", stable_id("scim-group", "wayne gone")),
    ]
    return {connection.connection_id: connection for connection in (acme, initech, umbrella, hooli, wayne)}


def sso_connections() -> dict[str, SsoConnection]:
    """The SSO connections by id: two of Hooli, which has no other way in, and one of Acme."""
    seeded = [
        _sso_connection("hooli", "Hooli Okta", "saml", "okta", is_default=True),
        _sso_connection("hooli", "Hooli Entra", "oidc", "microsoft-entra"),
        _sso_connection("acme", "Acme Okta", "saml", "okta", is_default=True),
    ]
    return {connection.connection_id: connection for connection in seeded}


def _organization_id(slug: str) -> str:
    return stable_id("organization", slug)


def _member(slug: str, created_at: datetime, email: str, name: str, *roles: str) -> Member:
    return Member(
        member_id=stable_id("member", f"{slug} {email}"),
        organization_id=_organization_id(slug),
        email_address=email,
        name=name,
        created_at=created_at,
        roles=list(roles),
    )


def _connection(slug: str, display_name: str, identity_provider: str, clock: Clock, expires_at: datetime) -> Connection:
    return Connection(
        connection_id=stable_id("scim-connection", slug),
        organization_id=_organization_id(slug),
        display_name=display_name,
        identity_provider=identity_provider,
        bearer_token=stable_scim_token(f"{slug} current"),
        bearer_token_expires_at=expires_at,
        directory=Directory(clock.now),
    )


def _sso_connection(
    slug: str, display_name: str, protocol: Protocol, identity_provider: str, *, is_default: bool = False
) -> SsoConnection:
    return SsoConnection(
        connection_id=stable_id(f"{protocol}-connection", display_name),
        organization_id=_organization_id(slug),
        display_name=display_name,
        protocol=protocol,
        identity_provider=identity_provider,
        is_default=is_default,
    )
