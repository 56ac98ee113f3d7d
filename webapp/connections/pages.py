"""The list of SCIM connections, and each by itself."""

import uuid
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import card, may, notices, probe
from webapp.connections.edit.notices import saved
from webapp.connections.providers import provider
from webapp.history.database import Database
from webapp.history.events import AccessRefused, StytchFailure
from webapp.rotation import NEW, ConnectionAction, ConnectionGone, Lifecycle, Rotations, Sight, Unread, View, seen
from webapp.signin import guard, member
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web import htmx
from webapp.web.errors import Problem, answer
from webapp.web.record import record
from webapp.web.words import paragraph, stamp

bp = Blueprint("connections", __name__)
bp.add_url_rule("/", "home", lambda: redirect(url_for("connections.index"), 303))


@bp.app_template_global()
def new_intent() -> str:
    """An id for a form, by which it is known when it comes twice."""
    return str(uuid.uuid4())


def rotations() -> Rotations:
    """The app's rotations."""
    service: Rotations = current_app.extensions["rotations"]
    return service


def lifecycle() -> Lifecycle:
    """The beginning and end of the app's connections."""
    service: Lifecycle = current_app.extensions["lifecycle"]
    return service


def form_id() -> str:
    """The form's own id, by which a repeated form is known; a new one for a form without."""
    try:
        return str(uuid.UUID(request.form.get("intent", "")))
    except ValueError:
        return new_intent()


def history() -> Database:
    """The app's history."""
    database: Database = current_app.extensions["history"]
    return database


@bp.get("/connections")
def index() -> str | Response:
    """The organization's connections, a card each, and what came of one that is not among them."""
    # Asked before looking: a look may settle an outcome, and that has to be told.
    may_update, may_create = may.update(), may.create()
    intent_id = request.args.get("outcome", "")
    try:
        view = look(intent_id)
    except errors.Forbidden as error:
        return _forbidden(error)
    cards = [
        card.render(sight.connection, may_update=may_update, notice=_notice(sight), pending=sight.pending)
        for sight in view.sights
    ]
    told = _told_of_others(view, intent_id)
    context = {"told": told, "several": view.several, "creating": NEW in view.pending, "may_create": may_create}
    return render_template("connections/index.html", cards=cards, **context)


@bp.get("/connections/<connection_id>")
def show(connection_id: str) -> str | AnyResponse:
    """One connection, with what came of the last action; for htmx its card, read anew."""
    may_update = may.update()
    intent_id = request.args.get("outcome", "")
    try:
        view = look(intent_id, connection_id)
    except errors.Forbidden as error:
        return _forbidden(error)
    if view.of(connection_id) is None and (what := _of_the_gone(view, connection_id, intent_id)):
        return htmx.go(url_for("connections.index", outcome=what))
    sight = _of_that_id(view, connection_id)
    notice = _notice(sight, intent_id) or saved(history(), sight.connection, request.args.get("edited", ""))
    html = card.render(sight.connection, may_update=may_update, notice=notice, pending=sight.pending)
    if not htmx.wants_fragment():
        return page(sight.connection, html)
    if notice:
        kind, said = notice.kind, notice.said
    else:
        holds = notices.state(sight.connection, refused=probe.new_was_refused(sight.connection))
        kind, said = "done", paragraph(_("Checked."), holds)
    return htmx.fragment(render_template("connections/_card_answer.html", card=html, kind=kind, said=said))


def look(intent_id: str = "", connection_id: str = "") -> View:
    """The organization's connections, with what is pending about each. Raises a `StytchError`.

    When they can't be read while an outcome is not known, or is to be told, the answer is a page that says so: of
    `connection_id`, if given, else of any.
    """
    organization_id = member.current().organization_id
    try:
        return rotations().look(member.current().actor)
    except errors.Refused:
        raise
    except errors.StytchError as error:
        all_pending, now = rotations().pending(organization_id), datetime.now(UTC)
        pending = all_pending.get(connection_id) if connection_id else next(iter(all_pending.values()), None)
        first = rotations().intent(organization_id, intent_id)
        if pending:
            abort(unread(notices.of_unread(pending, now), error))
        if first:
            abort(unread(notices.of_sent_before((first,), now), error))
        raise


def unread(notice: notices.Notice, error: errors.StytchError) -> Response:
    """The page for a connection that could not be read, when there is something to say of it all the same."""
    kind = error.error_type or type(error).__name__
    record(StytchFailure, "failed", request_id=error.request_id, what=request.endpoint or "", error_type=kind)
    wait = error.retry_after if isinstance(error, errors.RateLimited) else 0
    return answer(Problem(notice.status, notice.title, notice.text, error.request_id, wait))


def _notice(sight: Sight, intent_id: str = "") -> notices.Notice | None:
    """What this look found out about a change, else what came of the intent."""
    if sight.pending:
        return notices.of_pending(sight.pending, datetime.now(UTC))
    connection, organization_id = sight.connection, member.current().organization_id
    change = sight.change or lifecycle().outcome_of(organization_id, intent_id, View((connection,)))
    if change and change.connection_id == connection.connection_id:
        return notices.of_change(change, refused=probe.new_was_refused(connection))
    result = sight.settled or rotations().outcome_of(intent_id, connection)
    if result is None:
        return None
    name, last_change = provider(connection.identity_provider).name, rotations().last_change(connection)
    refused = probe.new_was_refused(connection)
    return notices.notice(result, seen(result.before), name, last_change, refused=refused)


def _told_of_others(view: View, intent_id: str) -> list[tuple[notices.Notice, str]]:
    """What is to be said of connections that have no card: each notice, and an intent to look for again."""
    now, there = datetime.now(UTC), {connection.connection_id for connection in view.connections}
    told = [
        (notices.of_pending(each, now), each.intent_id)
        for its_id, each in view.pending.items()
        if its_id not in there and isinstance(each.action, ConnectionAction)
    ]
    changes = [change for its_id, change in view.changes.items() if its_id not in there]
    change = lifecycle().outcome_of(member.current().organization_id, intent_id, view)
    if change and change.connection_id not in there and change.intent_id not in [each.intent_id for each in changes]:
        changes.append(change)
    return [*told, *((notices.of_change(each), "") for each in changes)]


def _forbidden(error: errors.Forbidden) -> Response:
    guard.require_live_session()
    record(AccessRefused, "refused", request_id=error.request_id, what="connections")
    return lacking("get", error.request_id)


def lacking(permission: str, request_id: str = "") -> Response:
    """For somebody whose roles lack a permission of `_lacking`: which it is, and whom to ask."""
    title, text, resource = _lacking(permission)
    organization, email = member.current().organization_name, member.current().email
    if htmx.wants_fragment():
        needs = _(
            "Nothing was changed. It needs the permission “%(permission)s” on “%(resource)s”, which none of your roles "
            "has; an administrator of %(organization)s can give it to you.",
            permission=permission,
            resource=resource,
            organization=organization,
        )
        return answer(Problem(403, title, needs, request_id))
    who = Markup('<strong class="wrap">{}</strong>').format(email)
    lacks = Markup(text) % {"organization": organization, "who": who}  # noqa: S704
    context = {"title": title, "lacks": lacks, "permission": permission, "resource": resource}
    html = render_template("connections/forbidden.html", **context, reference_id=request_id)
    return Response(html, 403, mimetype="text/html")


def _lacking(permission: str) -> tuple[str, str, str]:
    """Of a permission: the title of the page, who may not do what without it, and on which resource it is."""
    return {
        "get": (
            _("You can't see SCIM connections"),
            _(
                "You are signed in to %(organization)s as %(who)s, but none of your roles lets you see its SCIM "
                "connections."
            ),
            "stytch.scim",
        ),
        "update": (
            _("You can't change connections"),
            _(
                "You are signed in to %(organization)s as %(who)s, but none of your roles lets you change its SCIM "
                "connections, or rotate their tokens."
            ),
            "stytch.scim",
        ),
        "create": (
            _("You can't create connections"),
            _(
                "You are signed in to %(organization)s as %(who)s, but none of your roles lets you create SCIM "
                "connections."
            ),
            "stytch.scim",
        ),
        "delete": (
            _("You can't delete connections"),
            _(
                "You are signed in to %(organization)s as %(who)s, but none of your roles lets you delete its SCIM "
                "connections."
            ),
            "stytch.scim",
        ),
        "update.settings.implicit-roles": (
            _("You can't change roles"),
            _(
                "You are signed in to %(organization)s as %(who)s, but none of your roles lets you change which roles "
                "a directory group's people hold."
            ),
            "stytch.organization",
        ),
    }[permission]


def read(connection_id: str) -> Sight:
    """The connection, with what is pending about it, or a 404 page. Raises a `StytchError`."""
    return _of_that_id(look_to_act(connection_id), connection_id)


def look_to_act(connection_id: str = "") -> View:
    """What `look` gives, for a page that leads to a change."""
    try:
        return look(connection_id=connection_id)
    except errors.Forbidden:
        guard.require_live_session()
        raise


def alone(connection_id: str) -> Connection:
    """The connection, or a page that says why not; settles nothing, so that nothing is found out and left untold.

    Raises a `StytchError`.
    """
    try:
        return rotations().read(member.current().actor, connection_id)
    except ConnectionGone:
        abort(gone(connection_id))
    except errors.Forbidden as error:
        abort(_forbidden(error))


def _of_that_id(view: View, connection_id: str) -> Sight:
    return view.of(connection_id) or abort(gone(connection_id))


def _of_the_gone(view: View, connection_id: str, intent_id: str) -> str:
    """The deletion of a connection that is not there: its intent, where the list has something to tell of it."""
    pending = view.pending.get(connection_id)
    deleting = pending if pending and isinstance(pending.action, ConnectionAction) else None
    found = deleting or view.changes.get(connection_id)
    asked = lifecycle().outcome_of(member.current().organization_id, intent_id, view)
    if found or (asked and asked.connection_id == connection_id):
        return found.intent_id if found else intent_id
    return ""


def gone(connection_id: str) -> Response:
    """The page for a connection that is not there: who deleted it, if that was done here."""
    deleted = lifecycle().deleted(member.current().organization_id, connection_id)
    if deleted is None:
        abort(404, "connection_gone")
    text = _(
        "%(who)s deleted it at %(when)s, with its tokens. Nothing else was changed.",
        who=deleted.event.by.email,
        when=stamp(deleted.at),
    )
    return answer(Problem(404, _("Your organization has no such connection"), text))


def sent_before(first: Unread) -> Response:
    """What came of the form when it was first sent; that nothing can be read now is no denial of it."""
    notice = notices.of_sent_before(first.firsts, datetime.now(UTC))
    if isinstance(first.error, ConnectionGone):
        return answer(Problem(404, notice.title, notice.text))
    return unread(notice, first.error)


def page(connection: Connection, html: str) -> str:
    """A connection's card on its page."""
    return render_template("connections/show.html", connection=connection, card=html)
