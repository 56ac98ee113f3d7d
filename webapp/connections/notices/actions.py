"""The sentences that name an action: a table each, so that every one of them is whole in every language.

`action` is an `Action` or a `ConnectionAction`, as an intent keeps it; starting again is none of an intent's, which are
of the cancel and of the start. `who` is an address, `when` a `stamp`.
"""

from flask_babel import gettext as _


def under_way(action: str, *, who: str) -> str:
    """Somebody is at it right now: a title."""
    return {
        "start": _("%(who)s is starting this rotation"),
        "complete": _("%(who)s is completing this rotation"),
        "cancel": _("%(who)s is cancelling this rotation"),
        "create": _("%(who)s is creating this connection"),
        "delete": _("%(who)s is deleting this connection"),
    }[action] % {"who": who}


def no_answer(action: str, *, who: str, when: str) -> str:
    """Stytch has not answered somebody."""
    return {
        "start": _("At %(when)s %(who)s was starting the rotation, and Stytch did not answer."),
        "complete": _("At %(when)s %(who)s was completing the rotation, and Stytch did not answer."),
        "cancel": _("At %(when)s %(who)s was cancelling the rotation, and Stytch did not answer."),
        "create": _("At %(when)s %(who)s was creating the connection, and Stytch did not answer."),
        "delete": _("At %(when)s %(who)s was deleting the connection, and Stytch did not answer."),
    }[action] % {"who": who, "when": when}


def left_open(action: str, *, who: str, when: str) -> str:
    """What came of it nobody knows."""
    return {
        "start": _("At %(when)s %(who)s was starting the rotation, and what came of it is not known."),
        "complete": _("At %(when)s %(who)s was completing the rotation, and what came of it is not known."),
        "cancel": _("At %(when)s %(who)s was cancelling the rotation, and what came of it is not known."),
        "create": _("At %(when)s %(who)s was creating the connection, and what came of it is not known."),
        "delete": _("At %(when)s %(who)s was deleting the connection, and what came of it is not known."),
    }[action] % {"who": who, "when": when}


def done(action: str) -> str:
    """It was done: a title, on a page that shows what came of it."""
    return {
        "start": _("Rotation started"),
        "complete": _("Rotation completed"),
        "cancel": _("Rotation cancelled"),
        "restart": _("Started again"),
        "create": _("Connection created"),
    }[action]


def was_done(action: str) -> str:
    """It was done some time ago: a title."""
    return {
        "start": _("The rotation was started"),
        "complete": _("The rotation was completed"),
        "cancel": _("The rotation was cancelled"),
        "create": _("The connection was created"),
        "delete": _("The connection was deleted"),
    }[action]


def was_done_at(action: str, *, when: str) -> str:
    """It was done at a time."""
    return {
        "start": _("The rotation was started at %(when)s."),
        "complete": _("The rotation was completed at %(when)s."),
        "cancel": _("The rotation was cancelled at %(when)s."),
        "create": _("The connection was created at %(when)s."),
        "delete": _("The connection was deleted at %(when)s."),
    }[action] % {"when": when}


def was_not_done(action: str) -> str:
    """It was not done: a title."""
    return {
        "start": _("The rotation was not started"),
        "complete": _("The rotation was not completed"),
        "cancel": _("The rotation was not cancelled"),
        "restart": _("The rotation was not started again"),
        "create": _("The connection was not created"),
        "delete": _("The connection was not deleted"),
    }[action]


def was_not_done_by(action: str, *, when: str) -> str:
    """It was not done, as was known at a time."""
    return {
        "start": _("The rotation was not started, as was known at %(when)s."),
        "complete": _("The rotation was not completed, as was known at %(when)s."),
        "cancel": _("The rotation was not cancelled, as was known at %(when)s."),
        "create": _("The connection was not created, as was known at %(when)s."),
        "delete": _("The connection was not deleted, as was known at %(when)s."),
    }[action] % {"when": when}


def not_known_yet(action: str) -> str:
    """Whether it was done may yet be found out."""
    return {
        "start": _("Whether the rotation was started is not known yet."),
        "complete": _("Whether the rotation was completed is not known yet."),
        "cancel": _("Whether the rotation was cancelled is not known yet."),
        "create": _("Whether the connection was created is not known yet."),
        "delete": _("Whether the connection was deleted is not known yet."),
    }[action]


def never_known(action: str) -> str:
    """Whether it was done can't be found out any more."""
    return {
        "start": _("Whether the rotation was started was never found out."),
        "complete": _("Whether the rotation was completed was never found out."),
        "cancel": _("Whether the rotation was cancelled was never found out."),
        "create": _("Whether the connection was created was never found out."),
        "delete": _("Whether the connection was deleted was never found out."),
    }[action]


def not_so_far(action: str) -> str:
    """It was not done when it was read, and may still be: a title."""
    return {
        "start": _("Not started so far"),
        "complete": _("Not completed so far"),
        "cancel": _("Not cancelled so far"),
        "restart": _("Not started again so far"),
        "create": _("Not created so far"),
        "delete": _("Not deleted so far"),
    }[action]


def read_not_done(action: str, *, name: str = "") -> str:
    """A read showed that it was not done. `name` is the connection's, where that is made or ended."""
    return {
        "start": _("We read the connection again: it was not started."),
        "complete": _("We read the connection again: it was not completed."),
        "cancel": _("We read the connection again: it was not cancelled."),
        "restart": _("We read the connection again: it was not started again."),
        "create": _("We read again: %(name)s was not created."),
        "delete": _("We read again: %(name)s was not deleted."),
    }[action] % {"name": name}


def neither_answered_nor_read(action: str) -> str:
    """Nothing could be found out."""
    return {
        "start": _("Stytch did not answer, and reading the connection failed too: started or not, we can't say."),
        "complete": _("Stytch did not answer, and reading the connection failed too: completed or not, we can't say."),
        "cancel": _("Stytch did not answer, and reading the connection failed too: cancelled or not, we can't say."),
        "restart": _(
            "Stytch did not answer, and reading the connection failed too: started again or not, we can't say."
        ),
        "create": _("Stytch did not answer, and reading failed too: created or not, we can't say."),
        "delete": _("Stytch did not answer, and reading failed too: deleted or not, we can't say."),
    }[action]
