"""What a page says of an action's result: what happened, what did not, what to do."""

from webapp.connections.notices.changes import of_change
from webapp.connections.notices.message import Notice
from webapp.connections.notices.pending import of_pending, of_sent_before, of_unread
from webapp.connections.notices.results import nothing_to_review, notice, of_half_gone
from webapp.connections.notices.state import current_ended, state
from webapp.connections.notices.why import why_not

__all__ = [
    "Notice",
    "current_ended",
    "nothing_to_review",
    "notice",
    "of_change",
    "of_half_gone",
    "of_pending",
    "of_sent_before",
    "of_unread",
    "state",
    "why_not",
]
