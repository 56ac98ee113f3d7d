"""What a rotation is: what the admin saw, what is done about it, and what came of it; and of connections the same."""

from webapp.history.intents import Subject
from webapp.rotation.acting import ConnectionGone, Unread
from webapp.rotation.actions import Rotations
from webapp.rotation.lifecycle import Lifecycle
from webapp.rotation.outcome import (
    NEW,
    Action,
    Change,
    ConnectionAction,
    Outcome,
    Pending,
    Result,
    Seen,
    Sight,
    View,
    seen,
)

__all__ = [
    "NEW",
    "Action",
    "Change",
    "ConnectionAction",
    "ConnectionGone",
    "Lifecycle",
    "Outcome",
    "Pending",
    "Result",
    "Rotations",
    "Seen",
    "Sight",
    "Subject",
    "Unread",
    "View",
    "seen",
]
