"""The card of a connection: which token works, and what can be done about it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flask import current_app, render_template
from flask_babel import gettext as _
from flask_babel import pgettext
from markupsafe import Markup
from pydantic import SecretStr

from webapp import rotation
from webapp.connections import expiry, may, notices, probe, provisioning
from webapp.connections.expiry import banner
from webapp.connections.notices import Notice
from webapp.connections.probe import Probe
from webapp.connections.providers import provider
from webapp.history.database import Database
from webapp.history.events import ConnectionCreate, RotationStart
from webapp.history.log import Entry
from webapp.rotation import leaks
from webapp.stytch.models import Connection
from webapp.web import clock
from webapp.web.words import exact

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Lane:
    """A token on the card's timeline.

    `state` is works, leaving (works until the rotation is completed), ended, stopped or unknown. `late` means that the
    token was made during the rotation. `words` say it without the picture; `soon` asks for attention to `ends` (UTC).
    """

    last_four: str
    name: str
    state: str
    words: str | Markup
    ends: datetime | None = None
    late: bool = False
    soon: bool = False


def render(
    connection: Connection,
    *,
    may_update: bool,
    notice: Notice | None = None,
    new_token: SecretStr | None = None,
    pending: rotation.Pending | None = None,
    probed: Probe | None = None,
) -> Markup:
    """The card. While a change is pending it says which token that may stop, and offers nothing but to check again.

    `probed` is what came of trying the new token, where that has just been done; else the history says it.
    """
    rotations: rotation.Rotations = current_app.extensions["rotations"]
    started = rotations.started(connection) if connection.rotating else None
    now = clock.now()
    near = expiry.of(connection, now)
    probed = probed or probe.of_new(connection)
    refused = probe.was_refused(probed)
    return Markup(  # noqa: S704
        render_template(
            "connections/_card.html",
            connection=connection,
            provider=provider(connection.identity_provider),
            lanes=_lanes(connection, notice, pending, refused=refused),
            notice=notice,
            new_token=new_token.get_secret_value() if new_token else None,
            pending=pending,
            started=started,
            probed=probed,
            refused=refused,
            current_ended=notices.current_ended(connection),
            shown=shown(started),
            first=_first_token(connection),
            may_delete=may.delete(),
            leak=leak_of(connection),
            now=datetime.now(UTC),
            line=None if pending else provisioning.of(connection),
            may_update=may_update,
            near=near,
            left=expiry.countdown(near.ends, now) if near else "",
            aside=near is not None and banner.is_aside(connection.connection_id, near),
            two_tokens=None if refused else expiry.two_tokens(connection, started.at if started else None, now),
        )
    )


def leak_of(connection: Connection) -> leaks.Leak | None:
    """What was reported of the connection's tokens, if anything."""
    database: Database = current_app.extensions["history"]
    return leaks.of(database, connection, datetime.now(UTC))


def shown(started: Entry | None) -> str:
    """Whether this console has shown the new token of a rotation: yes, no, or perhaps.

    A start that a later look found may have been shown by a process that was killed then; one that the history does not
    know may have been this console's all the same, overtaken by somebody in Stytch's dashboard.
    """
    if started is None or not isinstance(started.event, RotationStart):
        return "perhaps"
    if started.event.outcome == rotation.Outcome.LOST:
        return "no"
    return "perhaps" if started.event.settled_later else "yes"


def _first_token(connection: Connection) -> str:
    """Whether this console has shown the token that the connection was created with, where it has it still.

    yes, no, or perhaps; empty where the connection was not created here, or its token has been replaced.
    """
    rotations: rotation.Rotations = current_app.extensions["rotations"]
    created = rotations.created(connection)
    if created is None or not isinstance(created.event, ConnectionCreate):
        return ""
    if created.event.outcome == rotation.Outcome.LOST:
        return "no"
    return "perhaps" if created.event.settled_later else "yes"


def _lanes(
    connection: Connection, notice: Notice | None, pending: rotation.Pending | None, *, refused: bool
) -> list[Lane]:
    lanes = []
    if notice and notice.stopped:
        lanes.append(Lane(notice.stopped, _("Previous token"), "stopped", _stopped(notice), late=notice.stopped_new))
    current = Lane(connection.bearer_token_last_four, _("Current token"), "works", _works())
    if connection.rotating:
        current = replace(current, state="leaving", words=pgettext("token", "works until you complete"))
    elif notice and notice.stopped:
        current = replace(current, words=_("the only token that works"), late=not notice.stopped_new)
    lanes.append(_lane(replace(current, ends=connection.bearer_token_expires_at)))
    if connection.rotating:
        ends = connection.next_bearer_token_expires_at
        new = Lane(connection.next_bearer_token_last_four, _("New token"), "works", _works(), ends, late=True)
        if refused:
            new = replace(new, state="unknown", words=_("Stytch did not accept it yet"))
        lanes.append(_lane(new))
    if pending:
        # Completing can only stop the current token, starting and cancelling only the new one.
        # Deleting stops both.
        if pending.action is rotation.ConnectionAction.DELETE:
            return [_unknown(lane) for lane in lanes]
        at_stake = pending.action is not rotation.Action.COMPLETE
        return [_unknown(lane) if lane.late is at_stake else _certain(lane) for lane in lanes]
    return lanes


def _works() -> str:
    # Translators: stands beside a token, as “works until you complete” and “we do not know yet” do
    return pgettext("token", "works")


def _stopped(notice: Notice) -> Markup:
    if notice.stopped_at is None:
        return Markup(pgettext("token", "stopped by %(who)s")) % {"who": notice.by}  # noqa: S704
    words = Markup(pgettext("token", "stopped %(when)s by %(who)s"))  # noqa: S704
    return words % {"when": exact(notice.stopped_at), "who": notice.by}


def _unknown(lane: Lane) -> Lane:
    return Lane(lane.last_four, lane.name, "unknown", pgettext("token", "we do not know yet"), late=lane.late)


def _certain(lane: Lane) -> Lane:
    if lane.state in ("ended", "unknown"):
        return lane
    return replace(lane, state="works", words=pgettext("token", "works either way"))


def _lane(lane: Lane) -> Lane:
    """The lane with what its end says: past, near or far."""
    if lane.ends is None:
        return lane
    left = lane.ends - datetime.now(UTC)
    if left <= timedelta(0):
        return replace(lane, state="ended", words=pgettext("token", "its time is over"))
    return replace(lane, soon=left <= SOON)
