"""What a rotation is: what the admin saw, what is done about it, and what came of it."""

from webapp.rotation.actions import ConnectionGone, Rotations, Unread
from webapp.rotation.outcome import Action, Outcome, Pending, Result, Seen, Sight, View, seen

__all__ = [
    "Action",
    "ConnectionGone",
    "Outcome",
    "Pending",
    "Result",
    "Rotations",
    "Seen",
    "Sight",
    "Unread",
    "View",
    "seen",
]
