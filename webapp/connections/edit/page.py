"""The form for a connection's name and identity provider."""

import structlog
from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import may, names
from webapp.connections.edit import change, notices
from webapp.connections.edit.change import naming, same
from webapp.connections.notices import Notice
from webapp.connections.pages import alone, bp, form_id, gone, history, lacking, rotations
from webapp.connections.providers import choices
from webapp.history import log
from webapp.history.events import AccessRefused, Naming
from webapp.rotation import ConnectionGone, Outcome
from webapp.signin import guard, member
from webapp.signin.blueprint import stytch
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web import htmx
from webapp.web.record import by, record

_log = structlog.get_logger()


@bp.get("/connections/<connection_id>/edit")
def edit(connection_id: str) -> AnyResponse:
    """The connection's name and identity provider, to be changed."""
    if not may.update():
        return _refused()
    connection = alone(connection_id)
    return _form(connection, naming(connection), naming(connection))


@bp.post("/connections/<connection_id>/edit")
def save(connection_id: str) -> AnyResponse:
    """Saves what differs, if the connection is still as the form showed it; else what was typed stays in the form."""
    if not may.update():
        return _refused()
    connection = alone(connection_id)
    now_is, saw = naming(connection), _given("seen_")
    wanted = _wanted(saw)
    if problems := _problems(wanted, saw, connection):
        return _form(connection, wanted, saw, problems=problems)
    if same(wanted, now_is):
        notices.settle(history(), by(), connection, form_id())
        return _to_the_connection(connection_id)
    if not same(saw, now_is):
        # What the admin had not touched is somebody else's now.
        touched = {name: typed for name, typed in wanted if typed and typed != getattr(saw, name)}
        notice = notices.changed_meanwhile(history(), connection)
        return _form(connection, now_is.model_copy(update=touched), now_is, notice)
    return _save(connection, wanted)


def _save(connection: Connection, wanted: Naming) -> AnyResponse:
    actor = member.current().actor
    connection_id = connection.connection_id
    try:
        done = change.save(stytch(), lambda: rotations().read(actor, connection_id), actor, connection, wanted)
    except ConnectionGone:
        return gone(connection_id)
    event = done.event(by(), form_id())
    log.record(history(), event, done.at)
    _log.info(
        "connection_update",
        outcome=event.outcome,
        connection_id=connection_id,
        member_id=member.current().member_id,
        stytch_request_ids=done.request_ids,
    )
    if isinstance(done.error, errors.SessionEnded | errors.BadCredentials):
        raise done.error
    if isinstance(done.error, errors.Forbidden):
        guard.require_live_session()
    if done.outcome is Outcome.DONE:
        return _to_the_connection(connection_id)
    now_is = done.after or connection
    return _form(now_is, wanted, naming(now_is), notices.not_saved(done))


def _to_the_connection(connection_id: str) -> AnyResponse:
    return htmx.go(url_for("connections.show", connection_id=connection_id, edited=form_id()))


def _given(prefix: str = "") -> Naming:
    fields = {name: request.form.get(f"{prefix}{name}", "") for name in ("display_name", "identity_provider")}
    return Naming(**fields)


def _wanted(saw: Naming) -> Naming:
    """What was typed, without the space around it; a name that was not touched, just as it is."""
    typed = _given()
    touched = typed.display_name != saw.display_name
    return typed.model_copy(update={"display_name": typed.display_name.strip()}) if touched else typed


def _problems(wanted: Naming, saw: Naming, connection: Connection) -> dict[str, str]:
    """What is wrong with what was changed, by field. Stytch may have taken a name from elsewhere that we don't."""
    problems = {}
    problem = names.problem(wanted.display_name) if wanted.display_name != saw.display_name else ""
    if problem:
        problems["display_name"] = problem
    known = {each.value for each in choices(naming(connection).identity_provider)}
    if wanted.identity_provider not in {*known, saw.identity_provider} or not wanted.identity_provider:
        problems["identity_provider"] = _("Choose the one that provisions through this connection.")
    return problems


def _form(
    connection: Connection,
    typed: Naming,
    saw: Naming,
    notice: Notice | None = None,
    problems: dict[str, str] | None = None,
) -> AnyResponse:
    """The form with what was `typed`, for a connection that the admin `saw` so."""
    context = {
        "connection": connection,
        "intent": form_id(),
        "typed": typed,
        "saw": saw,
        "providers": choices(naming(connection).identity_provider),
        "notice": notice,
        "problems": problems or {},
    }
    status = 422 if problems else notice.status if notice else 200
    if htmx.wants_fragment():
        answer = htmx.fragment(render_template("connections/_edit_answer.html", **context), status)
    else:
        answer = Response(render_template("connections/edit.html", **context), status, mimetype="text/html")
    if notice and notice.retry_after:
        answer.headers["Retry-After"] = str(notice.retry_after)
    return answer


def _refused() -> Response:
    record(AccessRefused, "refused", what=request.endpoint or "")
    return lacking("update")
