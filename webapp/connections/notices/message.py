"""A message at a card, or above a form."""

from dataclasses import dataclass
from datetime import datetime

from webapp.web.words import said


@dataclass(frozen=True)
class Notice:
    """A message at a card. In `text` tokens and times stand as `words.sentence` reads them.

    `kind` is done, problem or unknown; times are UTC; `stopped` is a token that `by` stopped, at `stopped_at` if that
    is known, and `stopped_new` says that it was the rotation's new one; it worked until `worked_until` at the most;
    `retry_after` is in seconds.
    """

    kind: str
    title: str
    text: str
    at: datetime
    request_id: str = ""
    stopped: str = ""
    stopped_at: datetime | None = None
    stopped_new: bool = False
    by: str = ""
    status: int = 200
    retry_after: int = 0
    worked_until: datetime | None = None

    @property
    def said(self) -> str:
        """What is read out of it."""
        return said(self.title, self.text)
