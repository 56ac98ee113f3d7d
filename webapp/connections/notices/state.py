"""Which tokens work, in a sentence."""

from datetime import UTC, datetime

from flask_babel import gettext as _

from webapp.stytch.models import Connection


def state(connection: Connection, *, refused: bool = False) -> str:
    """Which tokens work. `refused` means that Stytch did not accept the new one when it was tried."""
    tokens = {"current": connection.bearer_token_last_four, "new": connection.next_bearer_token_last_four}
    if not connection.rotating:
        if current_ended(connection):
            return _("The time of ····%(current)s is over. No other is there.", **tokens)
        return _("····%(current)s is the only token.", **tokens)
    if current_ended(connection):
        if refused:
            return _(
                "The time of ····%(current)s is over. Stytch did not accept ····%(new)s when it was tried.", **tokens
            )
        return _("The time of ····%(current)s is over. ····%(new)s works.", **tokens)
    if refused:
        return _("····%(current)s works. Stytch did not accept ····%(new)s when it was tried.", **tokens)
    return _("····%(current)s and ····%(new)s both work.", **tokens)


def now(holds: str) -> str:
    """What `state` says, after what was so before."""
    # Translators: one or two whole sentences follow, such as “····urYB is the only token.” or “····urYB works. …”.
    return _("Now: %(sentences)s", sentences=holds)


def current_ended(connection: Connection) -> bool:
    """Whether the current token's time is over."""
    ends = connection.bearer_token_expires_at
    return ends is not None and ends <= datetime.now(UTC)
