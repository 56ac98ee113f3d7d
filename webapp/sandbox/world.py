"""Everything the sandbox knows, in memory: state and the rules that read it. No Flask here."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import RLock

from webapp.sandbox import seeds, variants
from webapp.sandbox.clock import Clock
from webapp.sandbox.connected_apps import AccessToken, AuthorizationCode
from webapp.sandbox.connections import Connection
from webapp.sandbox.errors import ApiError
from webapp.sandbox.faults import Fault, LateCommit
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.organizations import Member, Organization
from webapp.sandbox.provisioning import Idp
from webapp.sandbox.sessions import EmailCode, IntermediateSession, MagicLink, MemberSession, SmsCode
from webapp.sandbox.sso import SsoConnection
from webapp.sandbox.totp import TotpRegistration
from webapp.sandbox.visits import Person, RedirectToken, Visit
from webapp.sandbox.webhooks import Webhooks


@dataclass(frozen=True)
class Mail:
    """A message that Stytch sent: `kind` is a LinkKind's name, `email_otp` or `sms_otp`, `to` an address or number."""

    to: str
    subject: str
    kind: str
    link: str | None
    code: str | None
    sent_at: datetime


@dataclass(frozen=True)
class RequestEntry:
    """One request to the sandbox: never a query, body, header value or token. No `status`: no answer was sent."""

    at: datetime
    method: str
    path: str
    status: int | None
    acting_member_id: str | None
    fault: str | None


class World:
    """A Stytch project with its organizations, people and connections.

    Hold `lock` around anything that reads and then changes. `public_url` is the sandbox's own origin, which the SCIM
    base URLs and the links in mails begin with. `chosen_variants` differ from the first choices also after a reset.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        public_url: str = "http://127.0.0.1:8001",
        chosen_variants: Mapping[str, str] | None = None,
        signing_key: SigningKey | None = None,
    ) -> None:
        self.lock = RLock()
        self.clock = clock or Clock()
        self.public_url = public_url
        # The key outlives a reset, as consoles keep the JWKS.
        self.signing_key = signing_key or SigningKey()
        self.webhooks = Webhooks(self.clock)
        self._variants_at_start = variants.defaults() | variants.checked(chosen_variants or {})
        self.reset()

    def reset(self) -> None:
        """Go back to the world of the first minute: people, connections, clock, variants; no faults, mail or log."""
        with self.lock:
            self.clock.reset()
            self.variants = dict(self._variants_at_start)
            self.faults: list[Fault] = []
            self.late_commits: list[LateCommit] = []
            self.webhooks.reset()
            self.inbox: deque[Mail] = deque(maxlen=200)
            self.requests: deque[RequestEntry] = deque(maxlen=1000)
            self.magic_links: dict[str, MagicLink] = {}
            self.intermediate_sessions: dict[str, IntermediateSession] = {}
            self.sessions: dict[str, MemberSession] = {}
            # By `state`, and by token.
            self.visits: dict[str, Visit] = {}
            self.redirect_tokens: dict[str, RedirectToken] = {}
            # By code, and by `jti`.
            self.authorization_codes: dict[str, AuthorizationCode] = {}
            self.access_tokens: dict[str, AccessToken] = {}
            # By member id.
            self.sms_codes: dict[str, SmsCode] = {}
            self.totps: dict[str, TotpRegistration] = seeds.totps()
            # By address.
            self.email_codes: dict[str, EmailCode] = {}
            self.last_link_send: dict[str, int] = {}
            now = self.clock.now()
            self.organizations: dict[str, Organization] = seeds.organizations(now)
            self.members: dict[str, Member] = seeds.members(now)
            self.connections: dict[str, Connection] = seeds.connections(self.clock)
            self.sso_connections: dict[str, SsoConnection] = seeds.sso_connections()
            # By connection id; the IdP of a connection made later holds nothing until somebody pastes it.
            self.idps: dict[str, Idp] = {
                connection_id: Idp(connection.base_url(""), connection.bearer_token)
                for connection_id, connection in self.connections.items()
            }

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The first queued fault for such a request, counted down and forgotten after its last time."""
        with self.lock:
            for fault in self.faults:
                if fault.meets(method, path):
                    fault.times -= 1
                    if fault.times == 0:
                        self.faults.remove(fault)
                    return fault
        return None

    def deliver_late_commits(self, until: datetime | None = None) -> None:
        """Carry out the late commits due by `until`, or all of them, in the order of their time.

        Every request to the sandbox first carries out what is due by then, so that no timer is needed.
        """
        with self.lock:
            due = [late for late in self.late_commits if until is None or late.due_at <= until]
            for late in sorted(due, key=lambda late: late.due_at):
                self.late_commits.remove(late)
                late.arrive()

    def find_organization(self, reference: str) -> Organization:
        """The organization with this id or slug (stytch-api.md §1.1); ApiError if there is none."""
        for organization in self.organizations.values():
            if reference in (organization.organization_id, organization.organization_slug):
                return organization
        raise ApiError("organization_not_found")

    def find_member(self, organization_id: str, *, member_id: str | None = None, email: str | None = None) -> Member:
        """The organization's member with this id or email address; ApiError if there is none."""
        for member in self.members.values():
            named = member.member_id == member_id or (email is not None and member.email_address == email.lower())
            if named and member.organization_id == organization_id and member.status != "deleted":
                return member
        raise ApiError("member_not_found")

    def people(self, organization_id: str | None = None) -> list[Person]:
        """Everybody, or the members of one organization; one entry an address."""
        found = {
            member.email_address: Person(member.email_address, member.name)
            for member in self.members.values()
            if organization_id in (None, member.organization_id) and member.status != "deleted"
        }
        return list(found.values())

    def connections_of(self, organization_id: str) -> list[Connection]:
        """The organization's SCIM connections, oldest first."""
        return [each for each in self.connections.values() if each.organization_id == organization_id]

    def connection_of(self, organization_id: str) -> Connection | None:
        """The organization's active SCIM connection, the oldest if the variants let it have several."""
        return next(iter(self.connections_of(organization_id)), None)

    def sso_connections_of(self, organization_id: str) -> list[SsoConnection]:
        """The organization's active SSO connections."""
        return [sso for sso in self.sso_connections.values() if sso.organization_id == organization_id]

    def find_sso_connection(self, *, connection_id: str | None, organization: str | None) -> SsoConnection:
        """The connection with this id, or the default one of an organization (its id or slug); ApiError without one."""
        if organization is not None:
            for connection in self.sso_connections_of(self.find_organization(organization).organization_id):
                if connection.is_default:
                    return connection
            raise ApiError("no_sso_connection_exists_for_organization")
        if connection_id not in self.sso_connections:
            raise ApiError("sso_connection_not_found")
        return self.sso_connections[connection_id]

    def organization_json(self, organization: Organization) -> dict[str, object]:
        """The Organization object (stytch-api.md §3.1)."""
        connection = self.connection_of(organization.organization_id)
        return organization.to_json(self.public_url, connection, self.sso_connections_of(organization.organization_id))

    def organizations_json(self, organizations: Iterable[Organization]) -> list[dict[str, object]]:
        """Many Organization objects, in a time that does not grow with all that there are."""
        connections = {each.organization_id: each for each in reversed(self.connections.values())}
        return [
            each.to_json(
                self.public_url, connections.get(each.organization_id), self.sso_connections_of(each.organization_id)
            )
            for each in organizations
        ]

    def accepts_scim_token(self, connection_id: str, token: str) -> bool:
        """Whether the connection's SCIM server lets `token` in now (stytch-api.md §7.2, last line).

        The current token always, the next one while rotating; what an ended token and what a second token are worth
        is for the variants `after_expiry` and `tokens_while_rotating` to say.
        """
        connection = self.connections.get(connection_id)
        if connection is None:
            return False
        if token == connection.bearer_token:
            return self._has_not_ended(connection.bearer_token_expires_at)
        if token == connection.next_bearer_token:
            both_work = self.variants["tokens_while_rotating"] == "both"
            return both_work and self._has_not_ended(connection.next_bearer_token_expires_at)
        return False

    def _has_not_ended(self, expires_at: datetime | None) -> bool:
        if expires_at is None or self.variants["after_expiry"] == "accepted":
            return True
        return self.clock.now() < expires_at
