"""The card of a connection: which token works, and what can be done about it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app, render_template
from markupsafe import Markup
from pydantic import SecretStr

from webapp.connections.notices import Notice
from webapp.connections.providers import provider
from webapp.signin import member
from webapp.signin.permissions import Permissions
from webapp.stytch.models import Connection
from webapp.web.words import exact, relative

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Lane:
    """A token on the card's timeline.

    `state` is works, leaving (works until the rotation is completed), ended, stopped or unknown. `late` means that the
    token was made during the rotation. `words` say it all without the picture; `soon` asks for attention.
    """

    last_four: str
    name: str
    state: str
    words: Markup | str
    late: bool = False
    soon: bool = False


def render(
    connection: Connection,
    *,
    may_update: bool,
    notice: Notice | None = None,
    new_token: SecretStr | None = None,
    certain: bool = True,
) -> Markup:
    """The card. `certain=False` draws a state that was true before an action of unknown outcome, and offers no action."""
    return Markup(  # noqa: S704
        render_template(
            "connections/_card.html",
            connection=connection,
            provider=provider(connection.identity_provider),
            lanes=_lanes(connection, notice.stopped if notice else "", certain=certain),
            notice=notice,
            new_token=new_token.get_secret_value() if new_token else None,
            certain=certain,
            may_update=may_update,
        )
    )


def may_update() -> bool:
    """Whether the member may rotate. Raises a `StytchError` when the policy can't be read."""
    permissions: Permissions = current_app.extensions["permissions"]
    return permissions.allowed(member.current(), "stytch.scim", "update")


def _lanes(connection: Connection, stopped: str, *, certain: bool) -> list[Lane]:
    lanes = []
    ends, next_ends = connection.bearer_token_expires_at, connection.next_bearer_token_expires_at
    if stopped:
        lanes.append(Lane(stopped, "Previous token", "stopped", "stopped just now"))
    lanes.append(
        _lane(connection.bearer_token_last_four, "Current token", ends, late=False, leaving=connection.rotating)
    )
    if connection.rotating:
        lanes.append(_lane(connection.next_bearer_token_last_four, "New token", next_ends, late=True, leaving=False))
    if not certain:
        return [Lane(lane.last_four, lane.name, "unknown", "we do not know yet", lane.late) for lane in lanes]
    return lanes


def _lane(last_four: str, name: str, ends: datetime | None, *, late: bool, leaving: bool) -> Lane:
    if ends is None:
        return Lane(
            last_four, name, "leaving" if leaving else "works", "works until you complete" if leaving else "works", late
        )
    end = Markup("{}, {}").format(exact(ends), relative(ends))
    left = ends - datetime.now(UTC)
    if left <= timedelta(0):
        return Lane(last_four, name, "ended", Markup("ended {}").format(end), late, soon=True)
    if leaving:
        return Lane(last_four, name, "leaving", Markup("works until you complete · ends {}").format(end), late)
    return Lane(last_four, name, "works", Markup("works · ends {}").format(end), late, soon=left <= SOON)
