"""The kinds of events, each declared once with its exact fields. None has room for a token beyond its last four."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

LastFour = Field(default="", max_length=4)

OPERATOR = "who runs this console"
"""Stands where an email address does, for what no member did."""


IDENTITY_PROVIDER = "the identity provider"
"""The same, for what came through the connection."""


class Tokens(BaseModel):
    """A connection's tokens as anybody may know them: last four and end (RFC 3339); no `next` without a rotation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    current: str = LastFour
    current_ends: str | None = None
    next: str = LastFour
    next_ends: str | None = None


class By(BaseModel):
    """Who did it, in which organization, and from which network address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization_id: str
    member_id: str
    email: str
    address: str


class Event(BaseModel):
    """Something that was done, or refused, or failed. `outcome` is a word of the kind's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    by: By
    outcome: str
    request_ids: tuple[str, ...] = ()
    """Stytch's, in the order of the calls."""


class RotationEvent(Event):
    """`expected` is what the admin saw and acted on, `found` what held afterwards, if that could be read."""

    connection_id: str
    intent_id: str
    expected: Tokens
    found: Tokens | None = None
    settled_later: bool = False
    """Whether the outcome was learnt by a look after the action itself."""


class RotationStart(RotationEvent):
    """A new token was asked for."""

    type = "rotation.start"


class RotationComplete(RotationEvent):
    """The new token was to become the only one."""

    type = "rotation.complete"


class RotationCancel(RotationEvent):
    """The new token was to be dropped."""

    type = "rotation.cancel"


class ProvisioningSeen(Event):
    """The first event that the identity provider caused after one token alone was left, as Stytch's webhook told.

    `kind` is Stytch's `{object_type}.{action}`, `happened_at` RFC 3339, `change` the row of the change before it.
    """

    type = "provisioning.seen"
    connection_id: str
    kind: str
    happened_at: str
    change: int

    @property
    def at(self) -> datetime:
        """`happened_at` as a moment."""
        return datetime.fromisoformat(self.happened_at)


class Naming(BaseModel):
    """What a connection is called, by Stytch's name which identity provider uses it, and where it calls."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    display_name: str
    identity_provider: str
    base_url: str = ""


class ConnectionUpdate(Event):
    """A connection was to be called otherwise, or to be another identity provider's.

    `wanted` says nothing of the base URL; `after` is what held afterwards, if that could be read.
    """

    type = "connection.update"
    connection_id: str
    intent_id: str
    before: Naming
    wanted: Naming
    after: Naming | None = None
    settled_later: bool = False
    """Whether a later look found that it was done."""


class GroupChange(BaseModel):
    """What was to become of one group's roles, by role id. `group_name` is as Stytch had it then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group_id: str
    group_name: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class RolesChange(Event):
    """Directory groups were to hold other roles. `kept` is how many assignments were to stay as they were."""

    type = "roles.change"
    connection_id: str
    changes: tuple[GroupChange, ...]
    kept: int
    settled_later: bool = False
    """Whether the outcome was learnt by a look after the change itself."""


class TokenLeak(Event):
    """A member said that tokens are in the wrong hands (`reported`), or that they are not after all (`withdrawn`)."""

    type = "token.leak"
    connection_id: str
    tokens: tuple[Annotated[str, Field(max_length=4)], ...]
    """Their last four."""


class TokenProbe(Event):
    """A token was tried as soon as it was made: `accepted`, `refused`, `no_answer`, or `elsewhere`: not to be tried."""

    type = "token.probe"
    connection_id: str
    last_four: str = LastFour
    length: int
    """In characters."""


class TokenCheck(Event):
    """A member asked which token it is that the identity provider holds.

    `new`, `current`, `either`, `earlier`, `other` (of another connection), `neither`, `untried`, or `unknown`.
    `last_four` only where it is known to be one of ours: it may be another system's secret.
    """

    type = "token.check"
    connection_id: str
    last_four: str = LastFour


class ConnectionEvent(Event):
    """Something done to a connection itself, by its name. There is no `connection_id` while none is known to be there.

    `had` are its tokens: when it was created, or just before it was deleted.
    """

    connection_id: str | None = None
    intent_id: str = ""
    display_name: str = ""
    identity_provider: str = ""
    had: Tokens | None = None
    settled_later: bool = False
    """Whether the outcome was learnt by a look after the action itself."""


class ConnectionCreate(ConnectionEvent):
    """A connection was to be made."""

    type = "connection.create"


class ConnectionDelete(ConnectionEvent):
    """A connection was to end, with its groups, registrations and role assignments."""

    type = "connection.delete"


class SignIn(Event):
    """A member session began."""

    type = "session.begin"
    how: str = ""
    """Stytch's names of the proofs that were given."""


class Confirmation(Event):
    """A member proved once more who they are, before a step that is hard to undo."""

    type = "session.confirm"
    how: str


class Handover(Event):
    """A member session moved from its tab into the frame of a portal's page; `what` is the portal's origin."""

    type = "session.handover"
    what: str


class SignOut(Event):
    """A member session was ended by its member: `done`, or `unknown` when Stytch did not confirm it."""

    type = "session.end"
    everywhere: bool = False
    """Whether all of the member's sessions were to end."""


class SessionEnd(Event):
    """A member ended a session of theirs somewhere else; `what` is its id."""

    type = "session.revoke"
    what: str


class AccessRefused(Event):
    """Stytch did not let the member do or see something."""

    type = "access.refused"
    what: str


class StytchFailure(Event):
    """A call to Stytch that changes nothing gave no usable answer."""

    type = "stytch.failure"
    what: str
    error_type: str = ""


class Pruned(Event):
    """Rows up to `through` were too old to be kept. `through_hash` is that row's: the chain goes on from it."""

    type = "history.prune"
    what: str
    through: int
    through_hash: str


class Unreadable(Event):
    """A row that is no event of this version: written by a newer one, or tampered with."""

    type = "unreadable"


KINDS: dict[str, type[Event]] = {
    kind.type: kind
    for kind in (
        RotationStart,
        RotationComplete,
        RotationCancel,
        ConnectionUpdate,
        ProvisioningSeen,
        RolesChange,
        TokenLeak,
        TokenProbe,
        TokenCheck,
        ConnectionCreate,
        ConnectionDelete,
        SignIn,
        Confirmation,
        Handover,
        SignOut,
        SessionEnd,
        AccessRefused,
        StytchFailure,
        Pruned,
    )
}
