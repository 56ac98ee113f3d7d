"""Changing which roles groups hold: what would change, then saving it."""

from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext as _
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import may
from webapp.connections.notices import Notice
from webapp.connections.pages import bp
from webapp.connections.roles import words
from webapp.connections.roles.assignments import CHANGES, Assignments, Change, Held
from webapp.connections.roles.changes import Saved
from webapp.connections.roles.groups import may_not_assign, not_to_see, page, read_assignments, role_changes
from webapp.connections.roles.policy import Policy, policy
from webapp.rotation import ConnectionGone, Outcome
from webapp.signin import guard, member, step_up
from webapp.stytch.errors import Forbidden, SessionEnded
from webapp.web import clock
from webapp.web.errors import Problem, answer
from webapp.web.record import by
from webapp.web.words import paragraph

_ROLE_IDS = TypeAdapter(list[str])
_TO_REVIEW = {Outcome.BUSY, Outcome.NOT_DONE}


@bp.get("/connections/<connection_id>/roles")
@bp.get("/connections/<connection_id>/roles/review")
def back_to_groups(connection_id: str) -> AnyResponse:
    """The address of a page that followed a form, opened again: it shows the groups."""
    return redirect(url_for("connections.groups", connection_id=connection_id), 303)


@bp.post("/connections/<connection_id>/roles/review")
def review_roles(connection_id: str) -> Response:
    """What a choice comes to, against what holds now. Saves nothing."""
    if not may.assign_roles():
        return may_not_assign()
    try:
        assignments = read_assignments(connection_id)
    except Forbidden as error:
        return not_to_see(error)
    asked, mark = _asked(assignments), request.form.get("mark", "")
    notice = None
    if mark and mark != assignments.mark:
        what = words.meanwhile(assignments, mark, asked)
        notice = words.of_changed(what, clock.now())
    return _review(connection_id, assignments, asked, policy(), notice)


@bp.post("/connections/<connection_id>/roles")
def save_roles(connection_id: str) -> AnyResponse:
    """Saves what the review showed, if nothing has changed since."""
    if not may.assign_roles():
        return may_not_assign()
    changes, roles = _written(), policy()
    not_yet = _proof(connection_id, changes)
    if not_yet:
        return not_yet
    step_up.forget_step()
    try:
        saved = role_changes().save(by(), member.current().actor, connection_id, request.form.get("mark", ""), changes)
    except ConnectionGone:
        abort(404, "connection_gone")
    except Forbidden as error:
        return not_to_see(error)
    if isinstance(saved.error, SessionEnded):
        raise saved.error
    if isinstance(saved.error, Forbidden):
        guard.require_live_session()
    if saved.outcome is Outcome.CHANGED and not saved.read_again:
        what = words.meanwhile(saved.before, request.form.get("mark", ""), changes)
        return _review(connection_id, saved.before, changes, roles, words.of_changed(what, saved.at))
    notice = words.notice(saved, roles)
    if saved.outcome in _TO_REVIEW:
        return _review(connection_id, saved.after or saved.before, changes, roles, notice)
    return _saved(connection_id, saved, changes, roles, notice)


def _proof(connection_id: str, changes: list[Change]) -> AnyResponse | None:
    """Asks for a fresh proof of identity if the last one is old."""
    try:
        return step_up.required(words.button(changes), _back(connection_id, changes))
    except RequestEntityTooLarge:
        text = _(
            "Nothing was changed. This change is too large to be kept while you confirm who you are: confirm it first, "
            "then choose the groups again."
        )
        onward = (url_for("signin.confirm"), _("Confirm it is you"))
        return answer(Problem(409, _("Confirm it is you first"), text, onward=onward))


def _review(
    connection_id: str, assignments: Assignments, asked: list[Change], roles: Policy, notice: Notice | None
) -> Response:
    changes = assignments.still_to_do(asked)
    signed_in = member.current()
    return _page(
        connection_id,
        "connections/roles/_review.html",
        notice,
        said=_("What would change") if changes else _("Nothing would change"),
        changes=changes,
        consequences=[words.consequences(change) for change in changes],
        warnings=words.warnings(changes, roles, signed_in.roles, signed_in.organization_name),
        stays=words.stays(assignments, changes),
        button=words.button(changes) if changes else "",
        mark=assignments.mark,
        written=CHANGES.dump_json(changes).decode(),
        back=_back(connection_id, changes),
        roles=roles,
    )


def _saved(connection_id: str, saved: Saved, asked: list[Change], roles: Policy, notice: Notice) -> Response:
    now = saved.after or saved.before
    return _page(
        connection_id,
        "connections/roles/_saved.html",
        notice,
        after=saved.after is not None,
        shown=[Held(each.group_id, each.group_name, now.roles_of(each.group_id)) for each in asked],
        wanted=[paragraph(*words.consequences(each)) for each in asked],
        written=CHANGES.dump_json(asked).decode(),
        roles=roles,
    )


def _page(connection_id: str, fragment: str, notice: Notice | None, said: str = "", **context: Any) -> Response:
    response = page(
        connection_id,
        fragment,
        _("Change roles"),
        status=notice.status if notice else 200,
        said=notice.said if notice else said,
        failed=notice is not None and notice.kind != "done",
        notice=notice,
        **context,
    )
    if notice and notice.retry_after:
        response.headers["Retry-After"] = str(notice.retry_after)
    return response


def _asked(assignments: Assignments) -> list[Change]:
    """What the form asks for: one group's roles as they were ticked, one role of several groups, or a kept change."""
    form = request.form
    try:
        if "changes" in form:
            return _written()
        if "group_id" in form:
            chosen = form.getlist("role")
            had = _ROLE_IDS.validate_json(form.get("had", "[]"))
            changes = [Change.choosing(form["group_id"], form.get("group_name", ""), had, chosen)]
        else:
            changes = _of_several(assignments)
    except ValidationError:
        abort(422)
    return changes


def _of_several(assignments: Assignments) -> list[Change]:
    """The role that the groups which were ticked are to be given, or to lose."""
    role, ticked = request.form.get("role", ""), request.form.getlist("group")
    if not role or not ticked:
        text = _("Nothing was changed. Choose a role, and tick the groups that it is about.")
        abort(answer(Problem(422, _("Nothing was chosen"), text)))
    what = "remove" if request.form.get("what") == "remove" else "add"
    named = (each.partition(" ") for each in ticked)
    return [
        Change(group_id=group_id, group_name=name, had=assignments.roles_of(group_id), **{what: (role,)})
        for group_id, _space, name in named
    ]


def _written() -> list[Change]:
    """The change that a form carries; a 422 page if it is none."""
    try:
        changes = CHANGES.validate_json(request.form.get("changes", ""))
    except ValidationError:
        changes = []
    return changes or abort(422)


def _back(connection_id: str, changes: list[Change]) -> str:
    """Where the choice was made: one group's page, with the choice as it was, or the list."""
    if len(changes) != 1:
        return url_for("connections.groups", connection_id=connection_id)
    (change,) = changes
    kept = [role for role in change.had if role not in change.remove]
    choose = [*kept, *change.add] or [""]
    return url_for("connections.group", connection_id=connection_id, group_id=change.group_id, choose=choose)
