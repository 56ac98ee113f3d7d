"""What the pages say of a change of roles: what it would do, what came of it, and what to do then."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.connections.notices import Notice
from webapp.connections.roles.assignments import EVERYBODYS, Assignments, Change
from webapp.connections.roles.changes import Saved
from webapp.connections.roles.policy import Policy
from webapp.rotation import Outcome
from webapp.stytch import errors
from webapp.web.errors import problem_of
from webapp.web.words import listed, number, paragraph, stamp


def consequences(change: Change) -> list[str]:
    """What a change means for the people in the group. When: `stytch-api.md §6.2`, last line."""
    said = []
    if change.add:
        said.append(
            _(
                "The people in %(group)s get %(roles)s at their next session refresh, within five minutes.",
                group=change.name,
                roles=listed(change.add),
            )
        )
    if change.remove and change.add:
        said.append(
            # Translators: this follows “The people in … get … at their next session refresh, within five minutes.”
            _(
                "They lose %(roles)s at their next session refresh, within five minutes, unless they hold it in "
                "another way too.",
                roles=listed(change.remove),
            )
        )
    elif change.remove:
        said.append(
            _(
                "The people in %(group)s lose %(roles)s at their next session refresh, within five minutes, unless "
                "they hold it in another way too.",
                group=change.name,
                roles=listed(change.remove),
            )
        )
    return said


def warnings(changes: Iterable[Change], roles: Policy, own_roles: Iterable[str], organization: str) -> list[str]:
    """What of the changes could be more than was meant."""
    own, said = set(own_roles), []
    for change in changes:
        for role in change.add:
            if role == "stytch_admin":
                said.append(
                    _(
                        "%(role)s makes everybody in %(group)s an administrator of %(organization)s: they can change "
                        "its connections and tokens, its people, and who holds which role.",
                        role=role,
                        group=change.name,
                        organization=organization,
                    )
                )
            elif roles.shown(role).hands_out:
                said.append(
                    _(
                        "Everybody in %(group)s could give any role to themselves and others by %(role)s.",
                        group=change.name,
                        role=role,
                    )
                )
        said += [
            _(
                "You hold %(role)s yourself. If only through %(group)s, you lose it too, and perhaps the way back.",
                role=role,
                group=change.name,
            )
            for role in change.remove
            if role in own and role != EVERYBODYS
        ]
    return said


def stays(assignments: Assignments, changes: Iterable[Change]) -> str:
    """How much is not touched."""
    touched = {change.group_id for change in changes}
    count = sum(group_id not in touched for _role_id, group_id in assignments.pairs)
    if not count:
        return _("No other group holds a role.")
    return ngettext(
        "%(number)s other assignment stays as it is.",
        "%(number)s other assignments stay as they are.",
        count,
        number=number(count),
    )


def button(changes: Iterable[Change]) -> str:
    """What the button says that saves."""
    added, removed = (sum(map(len, each)) for each in zip(*((c.add, c.remove) for c in changes), strict=True))
    if not removed:
        return ngettext("Save: %(number)s added", "Save: %(number)s added", added, number=number(added))
    if not added:
        return ngettext("Save: %(number)s removed", "Save: %(number)s removed", removed, number=number(removed))
    # Translators: numbers of roles, 1 and more
    return _("Save: %(added)s added, %(removed)s removed", added=number(added), removed=number(removed))


def meanwhile(assignments: Assignments, mark: str, seen: list[Change]) -> str:
    """What has changed since the admin saw the state of that mark, in which the groups held what `had` says."""
    said = []
    for change in seen:
        now = assignments.roles_of(change.group_id)
        gained = [role for role in now if role not in change.had]
        lost = [role for role in change.had if role not in now]
        if gained:
            said.append(_("%(group)s has got %(roles)s.", group=change.name, roles=listed(gained)))
        if lost:
            said.append(_("%(group)s has lost %(roles)s.", group=change.name, roles=listed(lost)))
    if not assignments.only_these_changed(mark, seen):
        others = _("Roles of other groups have changed too.") if said else _("Roles of other groups have changed.")
        said.append(others)
    return paragraph(*said)


def of_changed(what: str, at: datetime) -> Notice:
    """The notice for what somebody else has changed since the page was opened."""
    # Translators: “what” is one or more whole sentences: “Engineering has got scim_viewer.”
    text = _(
        "Nothing was sent to Stytch. %(what)s Your own choice is kept: below is what it comes to now.",
        what=what,
    )
    return Notice("problem", _("It has changed since you opened this page"), text, at, status=409)


def notice(saved: Saved, roles: Policy) -> Notice:
    """The notice for what came of saving."""
    kind, status, title, text = _words(saved, roles)
    wait = saved.error.retry_after if isinstance(saved.error, errors.RateLimited) else 0
    return Notice(kind, title, text, saved.at, saved.request_id, status=status, retry_after=wait)


def _words(saved: Saved, roles: Policy) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    until = stamp(saved.until) if saved.until else ""
    match saved.outcome:
        case Outcome.DONE if saved.nothing_sent:
            text = _("Nothing was sent to Stytch: this was saved before, or somebody else has done the same.")
            return "done", 200, _("It is so already"), text
        case Outcome.DONE:
            how = _("Stytch's answer was lost. We read the roles again: they are as you wanted.")
            said = [sentence for change in saved.changes for sentence in consequences(change)]
            return "done", 200, _("Roles saved"), paragraph(how if saved.read_again else "", *said, _left_out(saved))
        case Outcome.BUSY:
            return "unknown", 409, _("Another change is under way"), _busy(until)
        case Outcome.NOT_YET:
            text = _(
                "Stytch did not answer. We read the roles again: they are as they were. The request may still arrive "
                "there until %(until)s; check again then. No other change of roles is sent before.",
                until=until,
            )
            return "unknown", 502, _("Not saved so far"), text
        case Outcome.CHANGED:
            text = _(
                "Stytch did not answer. We read the roles again: they have changed, and not to what you asked for. "
                "Whether somebody else did that can't be told."
            )
            late = _("The request may still arrive there until %(until)s; check again then.", until=until)
            return "unknown", 502, _("We do not know yet"), paragraph(text, late if until else "")
        case Outcome.NOT_DONE:
            return _not_done(saved, roles)
    if until:
        text = _(
            "Stytch did not answer, and reading the roles failed too: saved or not, we can't say. "
            "It may still arrive there until %(until)s. Check again.",
            until=until,
        )
    else:
        text = _("Stytch did not answer, and reading the roles failed too: saved or not, we can't say. Check again.")
    return "unknown", 502, _("We do not know yet"), text


def _busy(until: str) -> str:
    if not until:
        return _("Nothing was sent to Stytch: somebody else is saving roles right now. Save again in a moment.")
    return _(
        "Nothing was sent to Stytch. An earlier change of these roles may still arrive there until %(until)s, and this "
        "one would be lost with it. Save again then.",
        until=until,
    )


def _not_done(saved: Saved, roles: Policy) -> tuple[str, int, str, str]:
    error = saved.error
    if error is None or isinstance(error, errors.OutcomeUnknown):
        text = _("Stytch failed. We read the roles again: they are as they were. You can save again.")
        return "problem", 502, _("The roles were not saved"), text
    wanted = saved.before.after(saved.changes)
    if error.error_type == "role_not_found":
        unknown = list(dict.fromkeys(role for role, _group in wanted if not roles.shown(role).known))
        text = _(
            "Nothing was changed. Stytch takes all assignments at once, and one of them is of a role that does not "
            "exist any more."
        )
        if unknown:
            which = _("It is %(roles)s: take it away from its groups first.", roles=listed(unknown))
            text = paragraph(text, which)
        return "problem", 409, _("Stytch refused a role that is gone"), text
    if error.error_type == "scim_group_role_assignment_group_does_not_exist":
        nameless = list(dict.fromkeys(group for _role, group in wanted if not saved.before.name_of(group)))
        text = paragraph(
            _(
                "Nothing was changed. Stytch takes all assignments at once, and one of them is of a group that does "
                "not exist any more."
            ),
            _("It may be %(groups)s.", groups=listed(nameless)) if nameless else "",
            _(
                "Go to the groups with roles, check which are still in the directory, and take away the roles of all "
                "that are not, in one change."
            ),
        )
        return "problem", 409, _("Stytch refused a group that is gone"), text
    problem = problem_of(error)
    status = 409 if type(error) is errors.Refused else problem.status
    return "problem", status, problem.title, problem.text


def _left_out(saved: Saved) -> str:
    if not saved.left_out:
        return ""
    which = [
        # Translators: one of a list, of roles and the groups that hold them
        _("%(role)s of %(group)s", role=role, group=saved.before.name_of(group) or group)
        for role, group in saved.left_out
    ]
    return _("But what was to stay is not in Stytch's list any more: %(which)s.", which=listed(which))
