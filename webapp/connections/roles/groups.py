"""The groups of a connection's directory and the roles that their people hold: the list, and one group."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response, abort, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.connections import may
from webapp.connections.pages import bp, lacking
from webapp.connections.providers import provider
from webapp.connections.roles.assignments import CHANGES, Assignments, Held
from webapp.connections.roles.changes import RoleChanges
from webapp.connections.roles.directory import PAGE, Found, Groups, Place
from webapp.connections.roles.policy import Policy, policy
from webapp.history.events import AccessRefused, StytchFailure
from webapp.signin import guard, member
from webapp.stytch import Stytch, errors
from webapp.stytch.models import Connection, Group
from webapp.web import htmx, words
from webapp.web.errors import Problem, answer, problem_of
from webapp.web.record import record

ASSIGN = "update.settings.implicit-roles"
_TRAIL = 10
"""How many pages back the way is known: Stytch's cursors lead forward only."""


@dataclass(frozen=True)
class Asked:
    """What of the list is asked for: a part of a name, only groups with roles, and from which place on.

    `trail` are the places of the pages before, `page` counts them; `check` asks whether the groups are still there.
    """

    words: str = ""
    with_roles: bool = False
    check: bool = False
    place: Place = field(default_factory=Place)
    trail: tuple[str, ...] = ()
    page: int = 1

    def url(self, connection_id: str, **more: Any) -> str:
        """The address of the same list from its beginning, or as `more` says."""
        chosen = {"q": self.words or None, "with-roles": "yes" if self.with_roles else None, **more}
        return url_for("connections.groups", connection_id=connection_id, **chosen)


@dataclass(frozen=True)
class Listing:
    """What the page shows.

    `found` says how far the directory was looked through, None if it was not; `gone` are groups that hold roles and are
    not in it; `after` is where the next page begins. With a `problem` the rows are those that the connection names.
    """

    rows: list[Held]
    found: Found | None = None
    gone: list[Held] = field(default_factory=list)
    after: Place | None = None
    problem: Problem | None = None


@bp.get("/connections/<connection_id>/groups")
def groups(connection_id: str) -> Response:
    """The groups with their roles: a page of all, of those whose name has the words in it, or of those with roles."""
    may_assign, roles = may.assign_roles(), policy()
    asked = _asked()
    try:
        connection, found = _read(connection_id, asked)
    except errors.Forbidden as error:
        return not_to_see(error)
    assignments = _assignments(connection)
    listing = _listing(connection_id, assignments, asked, found)
    title = _title(listing, asked)
    response = page(
        connection_id,
        "connections/roles/_groups.html",
        _("Groups and roles"),
        status=listing.problem.status if listing.problem else 200,
        said=words.said(listing.problem.title, listing.problem.text) if listing.problem else title,
        failed=listing.problem is not None,
        title=title,
        connection=connection,
        provider=provider(connection.identity_provider),
        listing=listing,
        early=_early(listing, asked),
        assignments=assignments,
        asked=asked,
        roles=roles,
        may_assign=may_assign,
        all_gone=_all_gone(assignments, listing, roles),
        links=_links(connection_id, listing, asked),
    )
    if htmx.wants_fragment():
        here = {"at": str(asked.place), "back": list(asked.trail), "page": asked.page} if asked.page > 1 else {}
        response.headers["HX-Push-Url"] = asked.url(connection_id, **here)
    return response


@bp.get("/connections/<connection_id>/groups/<group_id>")
def group(connection_id: str, group_id: str) -> Response:
    """The roles of one group, to be changed; `choose` are the roles to begin with, if not those that it holds."""
    if not may.assign_roles():
        return may_not_assign()
    try:
        assignments = read_assignments(connection_id)
    except errors.Forbidden as error:
        return not_to_see(error)
    held, listed = _one(connection_id, group_id, assignments)
    chosen = set(request.args.getlist("choose") if "choose" in request.args else held.roles)
    return page(
        connection_id,
        "connections/roles/_group.html",
        _("Roles of %(group)s", group=held.name),
        group=held,
        listed=listed,
        choices=policy().choices(held.roles, offered=listed),
        chosen=chosen,
        assignments=assignments,
    )


def read_connection(connection_id: str) -> Connection:
    """The connection of that id, or a 404 page. Raises a `StytchError`.

    Looks without settling what is pending about a rotation: that has to be told on the connection's own page.
    """
    answer = stytch().get_scim_connections(member.current().actor)
    return next((each for each in answer.connections if each.connection_id == connection_id), None) or abort(
        404, "connection_gone"
    )


def read_assignments(connection_id: str) -> Assignments:
    """The connection's role assignments, or a 404 page. Raises a `StytchError`."""
    return _assignments(read_connection(connection_id))


def _assignments(connection: Connection) -> Assignments:
    """What the connection says of roles; it may also tell what came of an earlier change."""
    assignments = Assignments(connection.scim_group_implicit_role_assignments)
    role_changes().settle(connection.organization_id, connection.connection_id, assignments)
    return assignments


def role_changes() -> RoleChanges:
    """The app's saving of roles."""
    service: RoleChanges = current_app.extensions["role_changes"]
    return service


def stytch() -> Stytch:
    """The app's client for Stytch."""
    client: Stytch = current_app.extensions["stytch"]
    return client


def not_to_see(error: errors.Forbidden) -> Response:
    """For somebody who may not see connections."""
    guard.require_live_session()
    record(AccessRefused, "refused", request_id=error.request_id, what="groups")
    return lacking("get", error.request_id)


def may_not_assign() -> Response:
    """For somebody who may not say who holds which role."""
    record(AccessRefused, "refused", what=request.endpoint)
    return lacking(ASSIGN)


def page(
    connection_id: str,
    fragment: str,
    heading: str,
    *,
    status: int = 200,
    said: str = "",
    failed: bool = False,
    **context: Any,
) -> Response:
    """A fragment of these pages within its page, or for htmx alone, with what is `said` to those who can't see it."""
    context |= {"connection_id": connection_id, "fragment": fragment, "htmx": htmx.wants_fragment()}
    if htmx.wants_fragment():
        html = render_template("connections/roles/_answer.html", said=said, failed=failed, **context)
        return htmx.fragment(html, status)
    html = render_template("connections/roles/page.html", heading=heading, **context)
    return Response(html, status, mimetype="text/html")


def _asked() -> Asked:
    return Asked(
        words=" ".join(request.args.get("q", "").split())[:200],
        with_roles=request.args.get("with-roles") == "yes",
        check=request.args.get("check") == "yes",
        place=Place.of(request.args.get("at", "")),
        trail=tuple(request.args.getlist("back")[-_TRAIL:]),
        page=max(request.args.get("page", 1, type=int), 1),
    )


def _read(connection_id: str, asked: Asked) -> tuple[Connection, Found | errors.StytchError | None]:
    """The connection and, beside it, the groups; None where only those with roles are asked for, which it names."""
    if asked.with_roles:
        return read_connection(connection_id), None
    reader = Groups(stytch(), member.current().actor, connection_id)
    with ThreadPoolExecutor(1) as beside:
        # In this context: the call is noted with the request's others.
        reading = beside.submit(copy_context().run, _found, reader, asked)
        return read_connection(connection_id), reading.result()


def _found(reader: Groups, asked: Asked) -> Found | errors.StytchError:
    """The groups, or why they could not be read: what the connection says of roles is shown all the same."""
    try:
        return reader.search(asked.words, asked.place) if asked.words else reader.page(asked.place)
    except (errors.Forbidden, errors.SessionEnded):
        raise
    except errors.StytchError as error:
        return error


def _listing(
    connection_id: str, assignments: Assignments, asked: Asked, found: Found | errors.StytchError | None
) -> Listing:
    if isinstance(found, errors.StytchError):
        return _unread(assignments, asked, found)
    if found is None:
        return _with_roles(connection_id, assignments, asked)
    rows = [Held(each.group_id, each.group_name, assignments.roles_of(each.group_id)) for each in found.groups]
    listing = Listing(rows, found, after=found.after)
    if asked.words or asked.place != Place() or found.after:
        return listing
    # All there are: what holds roles and is not among them is in the directory no more.
    there = {each.group_id for each in rows}
    return replace(listing, gone=[each for each in assignments.held if each.group_id not in there])


def _with_roles(connection_id: str, assignments: Assignments, asked: Asked) -> Listing:
    needle = asked.words.casefold()
    held = [each for each in assignments.held if needle in each.name.casefold()]
    found, gone = None, []
    if asked.check:
        reader = Groups(stytch(), member.current().actor, connection_id)
        try:
            missing, found = reader.missing([each.group_id for each in held])
        except (errors.NotSent, errors.OutcomeUnknown, errors.RateLimited) as error:
            found = Found([], Place(), 0, error=error)
        else:
            gone = [] if found.early else [each for each in held if each.group_id in missing]
    start = asked.place.skip
    rows = [each for each in held if each not in gone]
    after = Place(skip=start + PAGE) if len(rows) > start + PAGE else None
    return Listing(rows[start : start + PAGE], found, gone, after)


def _all_gone(assignments: Assignments, listing: Listing, roles: Policy) -> str:
    """The change that takes away all that is known to be gone, as a form carries it; empty if nothing is."""
    unknown = [role_id for role_id in assignments.role_ids if not roles.shown(role_id).known]
    changes = assignments.taking_away([each.group_id for each in listing.gone], unknown)
    return CHANGES.dump_json(changes).decode() if changes else ""


def _unread(assignments: Assignments, asked: Asked, error: errors.StytchError) -> Listing:
    kind = error.error_type or type(error).__name__
    record(StytchFailure, "failed", request_id=error.request_id, what=request.endpoint or "", error_type=kind)
    problem = problem_of(error)
    if asked.place.cursor and type(error) is errors.Refused:
        text = _("The directory has changed since. Begin anew.")
        problem = replace(problem, status=409, title=_("That page of the list is not there any more"), text=text)
    else:
        not_known = _("Which groups there are, and which hold no role, is not known.")
        text = words.paragraph(words.said(problem.title, problem.text), not_known)
        problem = replace(problem, title=_("The groups could not be read"), text=text)
    return Listing(assignments.held[:PAGE], problem=problem)


def _title(listing: Listing, asked: Asked) -> str:
    title = _count(len(listing.rows), asked.words, with_roles=asked.with_roles or listing.problem is not None)
    if asked.page > 1:
        # Translators: “Page 2: 50 groups with roles”
        title = _("Page %(page)s: %(title)s", page=words.number(asked.page), title=title)
    if listing.after and not (listing.found and listing.found.early):
        # Translators: “50 groups with roles, and there are more”
        title = _("%(title)s, and there are more", title=title)
    return title


def _count(count: int, part: str, *, with_roles: bool) -> str:
    """How many groups are shown, and which; `part` of a name is what was searched for."""
    number = words.number(count)
    if with_roles and part:
        if not count:
            return _("No groups with roles with “%(words)s” in their names", words=part)
        return ngettext(
            "%(number)s group with roles with “%(words)s” in its name",
            "%(number)s groups with roles with “%(words)s” in their names",
            count,
            number=number,
            words=part,
        )
    if part:
        if not count:
            return _("No groups with “%(words)s” in their names", words=part)
        return ngettext(
            "%(number)s group with “%(words)s” in its name",
            "%(number)s groups with “%(words)s” in their names",
            count,
            number=number,
            words=part,
        )
    if with_roles:
        if not count:
            return _("No groups with roles")
        return ngettext("%(number)s group with roles", "%(number)s groups with roles", count, number=number)
    return ngettext("%(number)s group", "%(number)s groups", count, number=number) if count else _("No groups")


def _early(listing: Listing, asked: Asked) -> str:
    """How far the directory was looked through, and why no further; empty if it was as far as was asked for."""
    if not (listing.found and listing.found.early):
        return ""
    count, number = listing.found.looked, words.number(listing.found.looked)
    if listing.found.error and asked.page > 1:
        return ngettext(
            "%(number)s group was looked through from here on; then Stytch did not answer.",
            "%(number)s groups were looked through from here on; then Stytch did not answer.",
            count,
            number=number,
        )
    if listing.found.error:
        return ngettext(
            "%(number)s group was looked through; then Stytch did not answer.",
            "%(number)s groups were looked through; then Stytch did not answer.",
            count,
            number=number,
        )
    if asked.page > 1:
        return ngettext(
            "%(number)s group was looked through from here on; to look through all takes longer than a page may.",
            "%(number)s groups were looked through from here on; to look through all takes longer than a page may.",
            count,
            number=number,
        )
    return ngettext(
        "%(number)s group was looked through; to look through all takes longer than a page may.",
        "%(number)s groups were looked through; to look through all takes longer than a page may.",
        count,
        number=number,
    )


def _links(connection_id: str, listing: Listing, asked: Asked) -> dict[str, str]:
    """The ways on: `next`, `back` and `first`, where there are such."""
    links = {}
    if listing.after:
        trail = [*asked.trail, str(asked.place)][-_TRAIL:]
        links["next"] = asked.url(connection_id, at=str(listing.after), back=trail, page=asked.page + 1)
    if asked.page > 1:
        links["first"] = asked.url(connection_id)
    if asked.page > 2 and asked.trail:
        back = {"at": asked.trail[-1], "back": list(asked.trail[:-1]), "page": asked.page - 1}
        links["back"] = asked.url(connection_id, **back)
    return links


def _one(connection_id: str, group_id: str, assignments: Assignments) -> tuple[Held, bool]:
    """One group with its roles, and whether the directory has it; a page that says so if nothing is known of it.

    Its name is Stytch's own: one in the address could make somebody give roles to another group than they think.
    """
    name, roles = assignments.name_of(group_id), assignments.roles_of(group_id)
    if name:
        return Held(group_id, name, roles), True
    reader = Groups(stytch(), member.current().actor, connection_id)
    found = reader.find(group_id, Place.of(request.args.get("at", "")))
    if isinstance(found, Group):
        return Held(group_id, found.group_name, roles), True
    if roles:
        return Held(group_id, "", roles), False
    if found.error:
        raise found.error
    title = _("The group was not found") if found.stopped else _("There is no such group")
    text = ngettext(
        "%(number)s group of the directory was looked through, and it was not among them.",
        "%(number)s groups of the directory were looked through, and it was not among them.",
        found.looked,
        number=words.number(found.looked),
    )
    return abort(answer(Problem(404, title, text, onward=(_all(connection_id), _("See the groups")))))


def _all(connection_id: str) -> str:
    return url_for("connections.groups", connection_id=connection_id)
