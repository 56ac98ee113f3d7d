"""The fault matrix of trust.md §5: for each fault, on each call to Stytch, what the admin is told.

The rows are the sandbox's rehearsals by their names, and four faults that strike before there is a request.
`docs/rotation.md` shows this table, and a test compares the two.
"""

from dataclasses import dataclass, replace

from webapp.sandbox.rehearsals import REHEARSALS

CHANGES = ("start", "complete", "cancel")
READS = ("get connection", "authenticate")
CALLS = ("get connection", *CHANGES, "authenticate")
"""Those of a rotation; other changes have tests of their own."""
_DONE = {"start": "started", "complete": "completed", "cancel": "cancelled"}


@dataclass(frozen=True)
class Told:
    """What the admin is told: the title of the notice or page, and its HTTP status.

    `recorded` is the outcome of the history's event, empty where there is none. `later` is what a look after the
    settle time tells where the answer itself could not be final.
    """

    title: str
    status: int
    recorded: str = ""
    later: "Told | None" = None

    def of(self, call: str) -> "Told":
        """The same of one call: its verb put into the titles."""
        later = self.later.of(call) if self.later else None
        return replace(self, title=self.title.format(_DONE.get(call, "")), later=later)


DONE = Told("Rotation {}", 200, "done")
LOST = Told("A new token was made, but it could not be shown", 502, "lost")
NOT_DONE = Told("The rotation was not {}", 502, "not_done")
REFUSED = replace(NOT_DONE, status=409)
NOT_SO_FAR = Told("Not {} so far", 502, "not_yet", later=replace(NOT_DONE, status=200))
UNKNOWN = Told("We do not know yet", 502, "unknown")
NOT_ALLOWED = Told("Your roles do not allow that", 403, "refused")
BUSY = Told("Stytch is busy", 503, "not_done")
NOT_SET_UP = Told("This console is not set up right", 502, "not_done")
NOT_REACHED = Told("Stytch can't be reached", 502, "not_done")
NOT_TRUSTED = Told("The connection to Stytch can't be trusted", 502, "not_done")
SIGN_IN = Told("Your session has ended", 200, "refused")

AS_USUAL = Told("SCIM connection", 200)
NO_ANSWER = Told("Stytch did not answer", 502, "failed")
GONE = Told("Your organization has no such connection", 404)
NOT_TO_SEE = Told("You can't see SCIM connections", 403, "refused")


@dataclass(frozen=True)
class Row:
    """What is told of a fault on each call: where the page is read, where a session is checked, and on each change."""

    get_connection: Told
    start: Told
    complete: Told
    cancel: Told
    authenticate: Told | None
    """A press of “Start rotation” by somebody whose session Stytch has to confirm first."""

    def __getitem__(self, call: str) -> Told:
        told: Told | None = getattr(self, call.replace(" ", "_"))
        if told is None:
            raise KeyError(call)
        return told.of(call)


def _row(start: Told, other: Told | None = None, look: Told = NO_ANSWER, session: Told | None = NO_ANSWER) -> Row:
    """A row in which completing and cancelling, and mostly starting too, fare alike."""
    # Nobody is known to be signed in before the session is confirmed: the history has nobody to name.
    unnamed = session and replace(session, recorded="done" if session.recorded == "done" else "")
    return Row(_read(look), start, other or start, other or start, unnamed)


def _read(told: Told) -> Told:
    """The same where nothing was to be changed."""
    return replace(told, recorded="" if told is SIGN_IN else told.recorded.replace("not_done", "failed"))


_GONE_WRONG_AFTER_IT = _row(LOST, DONE)
_BUSY = _row(BUSY, look=BUSY, session=BUSY)

UNREACHABLE = {
    "connection refused": "Nothing listens at Stytch's address; not sent",
    "no connection": "Nobody answers at Stytch's address; not sent",
    "unknown name": "Stytch's name can't be looked up; not sent",
    "bad certificate": "What answers in Stytch's place can't prove that it is Stytch; not sent",
}
"""Faults before a request exists, and what they are. No sandbox can play them: it would have to be reached."""

MATRIX = {
    "never arrives": _row(NOT_SO_FAR),
    "reply lost": _GONE_WRONG_AFTER_IT,
    "arrives late": _row(replace(NOT_SO_FAR, later=replace(LOST, status=200)), replace(NOT_SO_FAR, later=DONE)),
    "no answer": _row(NOT_SO_FAR),
    "no answer, but done": _GONE_WRONG_AFTER_IT,
    "no answer, done late": _row(replace(NOT_SO_FAR, later=replace(LOST, status=200)), replace(NOT_SO_FAR, later=DONE)),
    "connection reset": _row(NOT_SO_FAR),
    "connection reset, but done": _GONE_WRONG_AFTER_IT,
    "slow": _row(DONE, look=AS_USUAL, session=DONE.of("start")),
    "answer in drips": _GONE_WRONG_AFTER_IT,
    "500": _row(NOT_DONE),
    "500, but done": _GONE_WRONG_AFTER_IT,
    "502 page": _row(NOT_SO_FAR),
    "502 page, but done": _GONE_WRONG_AFTER_IT,
    "429, wait 30 s": _BUSY,
    "429": _BUSY,
    "401": _row(NOT_SET_UP, look=NOT_SET_UP, session=NOT_SET_UP),
    "403": _row(NOT_ALLOWED, look=NOT_TO_SEE, session=NOT_ALLOWED),
    "session ended": _row(SIGN_IN, look=SIGN_IN, session=SIGN_IN),
    "connection gone": _row(REFUSED, look=GONE, session=None),
    "broken JSON": _GONE_WRONG_AFTER_IT,
    "cut-off answer": _GONE_WRONG_AFTER_IT,
    "wrong shape": _GONE_WRONG_AFTER_IT,
    "contradicting answer": _GONE_WRONG_AFTER_IT,
    "redirect": _row(NOT_SO_FAR),
    "connection refused": _row(NOT_REACHED, look=NOT_REACHED, session=NOT_REACHED),
    "no connection": _row(NOT_REACHED, look=NOT_REACHED, session=NOT_REACHED),
    "unknown name": _row(NOT_REACHED, look=NOT_REACHED, session=NOT_REACHED),
    "bad certificate": _row(NOT_TRUSTED, look=NOT_TRUSTED, session=NOT_TRUSTED),
}

REHEARSED = {rehearsal.name: rehearsal for group in REHEARSALS.values() for rehearsal in group}


def cells() -> list[tuple[str, str]]:
    """Every fault with every call on which it can strike."""
    return [
        (fault, call) for fault in MATRIX for call in CALLS if fault in UNREACHABLE or call in REHEARSED[fault].calls
    ]
