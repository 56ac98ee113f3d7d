"""What the pages say of a change of roles: what it would do, what came of it, and what to do then."""

from collections.abc import Iterable
from datetime import datetime

from webapp.connections.notices import Notice
from webapp.connections.roles.assignments import EVERYBODYS, Assignments, Change
from webapp.connections.roles.changes import Saved
from webapp.connections.roles.policy import Policy
from webapp.rotation import Outcome
from webapp.stytch import errors
from webapp.web.errors import problem_of
from webapp.web.words import stamp

_SOON = "at their next session refresh, within five minutes"
"""`stytch-api.md §6.2`, last line."""


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def consequences(change: Change) -> list[str]:
    """What a change means for the people in the group."""
    said = []
    if change.add:
        said.append(f"The people in {change.name} get {listed(change.add)} {_SOON}.")
    if change.remove:
        who = "They" if change.add else f"The people in {change.name}"
        said.append(f"{who} lose {listed(change.remove)} {_SOON}, unless they hold it in another way too.")
    return said


def warnings(changes: Iterable[Change], roles: Policy, own_roles: Iterable[str], organization: str) -> list[str]:
    """What of the changes could be more than was meant."""
    own, said = set(own_roles), []
    for change in changes:
        for role in change.add:
            if role == "stytch_admin":
                said.append(
                    f"{role} makes everybody in {change.name} an administrator of {organization}: they can change its "
                    "connections and tokens, its people, and who holds which role."
                )
            elif roles.shown(role).hands_out:
                said.append(f"Everybody in {change.name} could give any role to themselves and others by {role}.")
        said += [
            f"You hold {role} yourself. If only through {change.name}, you lose it too, and perhaps the way back."
            for role in change.remove
            if role in own and role != EVERYBODYS
        ]
    return said


def stays(assignments: Assignments, changes: Iterable[Change]) -> str:
    """How much is not touched."""
    touched = {change.group_id for change in changes}
    count = sum(group_id not in touched for _, group_id in assignments.pairs)
    if not count:
        return "No other group holds a role."
    return f"{count:,} other assignment{' stays as it is' if count == 1 else 's stay as they are'}."


def button(changes: Iterable[Change]) -> str:
    """What the button says that saves."""
    added, removed = (sum(map(len, each)) for each in zip(*((c.add, c.remove) for c in changes), strict=True))
    counts = [f"{added} added" if added else "", f"{removed} removed" if removed else ""]
    return f"Save: {', '.join(filter(None, counts))}"


def meanwhile(assignments: Assignments, mark: str, seen: list[Change]) -> str:
    """What has changed since the admin saw the state of that mark, in which the groups held what `had` says."""
    said = []
    for change in seen:
        now = assignments.roles_of(change.group_id)
        gained = [role for role in now if role not in change.had]
        lost = [role for role in change.had if role not in now]
        if gained:
            said.append(f"{change.name} has got {listed(gained)}.")
        if lost:
            said.append(f"{change.name} has lost {listed(lost)}.")
    if not assignments.only_these_changed(mark, seen):
        said.append("Roles of other groups have changed too." if said else "Roles of other groups have changed.")
    return " ".join(said)


def of_changed(what: str, at: datetime) -> Notice:
    """The notice for what somebody else has changed since the page was opened."""
    text = f"Nothing was sent to Stytch. {what} Your own choice is kept: below is what it comes to now."
    return Notice("problem", "It has changed since you opened this page", text, at, status=409)


def notice(saved: Saved, roles: Policy) -> Notice:
    """The notice for what came of saving."""
    kind, status, title, text = _words(saved, roles)
    wait = saved.error.retry_after if isinstance(saved.error, errors.RateLimited) else 0
    return Notice(kind, title, text, saved.at, saved.request_id, status=status, retry_after=wait)


def _words(saved: Saved, roles: Policy) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    until = f" until {stamp(saved.until)}" if saved.until else ""
    match saved.outcome:
        case Outcome.DONE if saved.nothing_sent:
            text = "Nothing was sent to Stytch: this was saved before, or somebody else has done the same."
            return "done", 200, "It is so already", text
        case Outcome.DONE:
            how = (
                "Stytch's answer was lost. We read the roles again: they are as you wanted. "
                if saved.read_again
                else ""
            )
            said = " ".join(sentence for change in saved.changes for sentence in consequences(change))
            return "done", 200, "Roles saved", f"{how}{said}{_left_out(saved)}"
        case Outcome.BUSY:
            text = (
                f"Nothing was sent to Stytch. An earlier change of these roles may still arrive there{until}, and this "
                "one would be lost with it. Save again then."
                if until
                else "Nothing was sent to Stytch: somebody else is saving roles right now. Save again in a moment."
            )
            return "unknown", 409, "Another change is under way", text
        case Outcome.NOT_YET:
            text = (
                "Stytch did not answer. We read the roles again: they are as they were. The request may still arrive "
                f"there{until}; check again then. No other change of roles is sent before."
            )
            return "unknown", 502, "Not saved so far", text
        case Outcome.CHANGED:
            late = f" The request may still arrive there{until}; check again then." if until else ""
            text = (
                "Stytch did not answer. We read the roles again: they have changed, and not to what you asked for. "
                f"Whether somebody else did that can't be told.{late}"
            )
            return "unknown", 502, "We do not know yet", text
        case Outcome.NOT_DONE:
            return _not_done(saved, roles)
    late = f" It may still arrive there{until}." if until else ""
    text = f"Stytch did not answer, and reading the roles failed too: saved or not, we can't say.{late} Check again."
    return "unknown", 502, "We do not know yet", text


def _not_done(saved: Saved, roles: Policy) -> tuple[str, int, str, str]:
    error = saved.error
    if error is None or isinstance(error, errors.OutcomeUnknown):
        text = "Stytch failed. We read the roles again: they are as they were. You can save again."
        return "problem", 502, "The roles were not saved", text
    wanted = saved.before.after(saved.changes)
    if error.error_type == "role_not_found":
        unknown = list(dict.fromkeys(role for role, _ in wanted if not roles.shown(role).known))
        which = f" It is {listed(unknown)}: take it away from its groups first." if unknown else ""
        text = (
            "Nothing was changed. Stytch takes all assignments at once, and one of them is of a role that does not "
            f"exist any more.{which}"
        )
        return "problem", 409, "Stytch refused a role that is gone", text
    if error.error_type == "scim_group_role_assignment_group_does_not_exist":
        nameless = list(dict.fromkeys(group for _, group in wanted if not saved.before.name_of(group)))
        which = f" It may be {listed(nameless)}." if nameless else ""
        text = (
            "Nothing was changed. Stytch takes all assignments at once, and one of them is of a group that does not "
            f"exist any more.{which} Go to the groups with roles, check which are still in the directory, and take "
            "away the roles of all that are not, in one change."
        )
        return "problem", 409, "Stytch refused a group that is gone", text
    problem = problem_of(error)
    status = 409 if type(error) is errors.Refused else problem.status
    return "problem", status, problem.title, problem.text


def _left_out(saved: Saved) -> str:
    if not saved.left_out:
        return ""
    which = [f"{role} of {saved.before.name_of(group) or group}" for role, group in saved.left_out]
    return f" But what was to stay is not in Stytch's list any more: {listed(which)}."
