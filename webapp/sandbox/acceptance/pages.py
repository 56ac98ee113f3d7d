"""The kit's pages at `/_sandbox/acceptance`. Every action is a plain form, and no script is needed."""

import csv
import io
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from flask import abort, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Response

from webapp.sandbox.acceptance import arriving
from webapp.sandbox.acceptance.promises import PROMISES
from webapp.sandbox.acceptance.report import Report, version
from webapp.sandbox.acceptance.stories import CHAPTERS, STORIES
from webapp.sandbox.acceptance.story import Story
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.pages import let_forms_lead_to, page_blueprint
from webapp.sandbox.portal import COOKIE as PORTAL_COOKIE
from webapp.sandbox.redirects import origin

blueprint = page_blueprint("acceptance")
blueprint.record_once(lambda state: state.app.extensions.setdefault("acceptance_report", Report()))


@blueprint.get("/acceptance")
def index() -> str:
    """All stories with what they came to, and the promises that they are about."""
    _console_url()
    report = _report()
    return render_template(
        "sandbox/acceptance/index.html",
        report=report,
        chapters=CHAPTERS,
        counts=report.counts(STORIES.values()),
        promises=[(promise, [s for s in STORIES.values() if name in s.promises]) for name, promise in PROMISES.items()],
    )


@blueprint.post("/acceptance/tester")
def name_tester() -> Response:
    """Keeps who it is that tests."""
    _report().tester = request.form.get("tester", "").strip()[:200]
    return redirect(url_for(".index"), 303)


@blueprint.post("/acceptance/start-over")
def start_over() -> Response:
    """Begins a new report."""
    _report().start_over()
    return redirect(url_for(".index"), 303)


@blueprint.get("/acceptance/stories/<name>")
def show(name: str) -> str:
    """One story: its steps, and what they came to."""
    story = _story(name)
    let_forms_lead_to(origin(_console_url()), origin(arriving.first_page(world(), story, _console_url())))
    names = list(STORIES)
    following = names[names.index(name) + 1 :]
    return render_template(
        "sandbox/acceptance/story.html",
        story=story,
        report=_report(),
        promises=[PROMISES[each] for each in story.promises],
        organization=world().find_organization(story.at),
        done=request.args.get("done", ""),
        saved="saved" in request.args,
        following=STORIES[following[0]] if following else None,
    )


@blueprint.post("/acceptance/stories/<name>")
def judge(name: str) -> Response:
    """Keeps what the tester found."""
    story = _judged(name)
    return redirect(url_for(".show", name=story.name, saved=1), 303)


@blueprint.post("/acceptance/stories/<name>/go")
def go(name: str) -> Response:
    """Sets the story's world, and brings the browser to its first page; what was found so far is kept."""
    story = _judged(name)
    console_url = _console_url()
    waiting = arriving.set_world(world(), story)
    # Without the world's lock: the console asks this very server.
    try:
        cookies = arriving.cookies_for(world(), story, console_url, str(request.user_agent))
    except ConnectionError:
        raise Conflict(f"The console at {console_url} does not answer.") from None
    with world().lock:
        world().faults.extend(waiting)
        world().requests.clear()
    target = arriving.first_page(world(), story, console_url)
    if request.host.partition(":")[0] != urlsplit(console_url).hostname and story.signed_in:
        # The cookies would not get there.
        target = f"{console_url}/login/{story.at}?{urlencode({'email': story.who})}"
    answer = redirect(target, 303)
    answer.delete_cookie(PORTAL_COOKIE, path="/", httponly=True, samesite="Lax")
    for cookie in cookies:
        answer.headers.add("Set-Cookie", cookie)
    return answer


@blueprint.post("/acceptance/stories/<name>/steps/<int:number>/<int:deed>")
def do(name: str, number: int, deed: int) -> Response:
    """Does what the step asks of the kit, its deeds counted from 1; 409 where the world is no longer so."""
    story = _judged(name)
    try:
        asked = story.steps[number - 1].deeds[deed - 1]
    except IndexError:
        raise NotFound("There is no such step.") from None
    with world().lock:
        try:
            asked.do(world(), story.at)
        except ApiError as refusal:
            raise Conflict(refusal.message) from None
    return redirect(url_for(".show", name=name, done=f"{number}-{deed}", _anchor=f"step-{number}"), 303)


@blueprint.get("/acceptance/stories/<name>/idp")
def idp(name: str) -> Response:
    """The pretend identity provider of the story's organization, as the world is now; all of them if it has none."""
    here, story = world(), _story(name)
    with here.lock:
        connection = here.connection_of(here.find_organization(story.at).organization_id)
    if connection is None:
        return redirect(url_for("idp.index"), 303)
    return redirect(url_for("idp.show", connection_id=connection.connection_id), 303)


@blueprint.get("/acceptance/report")
def report() -> str:
    """What was found, to print or to keep: failed stories first."""
    found = _report()
    order = ("failed", "begun", "passed", "not tried")
    return render_template(
        "sandbox/acceptance/report.html",
        report=found,
        stories=sorted(STORIES.values(), key=lambda story: order.index(found.state(story))),
        counts=found.counts(STORIES.values()),
        version=version(),
        now=datetime.now(UTC),
        console_url=current_app.config.get("CONSOLE_URL"),
    )


@blueprint.get("/acceptance/report.csv")
def report_as_csv() -> Response:
    """The same for a spreadsheet, one line a step."""
    found, text = _report(), io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("version", "tester", "story", "step", "do", "expected", "outcome", "note", "at", "browser"))
    for story in STORIES.values():
        for number, step in enumerate(story.steps, 1):
            judged = found.of(story, number)
            row = [
                version(),
                found.tester,
                story.title,
                number,
                " ".join(each.words for each in step.actions),
                " ".join(each.words for each in step.expectations),
                (judged and judged.outcome) or "not tried",
                judged.note if judged else "",
                judged.at.isoformat(timespec="seconds") if judged else "",
                judged.browser if judged else "",
            ]
            lines.writerow([_harmless(each) if isinstance(each, str) else each for each in row])
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="acceptance-{datetime.now(UTC):%Y-%m-%d}.csv"'
    return answer


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _report() -> Report:
    found = current_app.extensions["acceptance_report"]
    assert isinstance(found, Report)  # noqa: S101 - tells mypy what the blueprint put there
    return found


def _story(name: str) -> Story:
    return STORIES.get(name) or abort(404)


def _judged(name: str) -> Story:
    """The story, after what its form says of the steps was kept."""
    story = _story(name)
    _report().judge(story, request.form, str(request.user_agent))
    return story


def _console_url() -> str:
    url = current_app.config.get("CONSOLE_URL")
    if not url:
        raise NotFound("This sandbox has no console.")
    return str(url)
