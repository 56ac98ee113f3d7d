"""“Take me there”: the world as a story needs it, and the tester's browser signed in on the story's first page.

The console has no door for this, and needs none: the sandbox signs in as a browser does, through the organization's
own door and a pretend provider, and gives the cookies that the console set to the tester's browser. Cookies know no
ports, so that works where both have one host name; elsewhere the tester is led to the console's door.
"""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from webapp.sandbox.acceptance.story import Place, Story
from webapp.sandbox.below_path import PATH
from webapp.sandbox.faults import Fault
from webapp.sandbox.identifiers import new_id, new_scim_token
from webapp.sandbox.organizations import Organization
from webapp.sandbox.world import World

_SECONDS = 30
_PROVIDER = "google"


def set_world(world: World, story: Story) -> list[Fault]:
    """Begins the world anew for the story, with ids of its own. The faults returned have to wait for the sign-in."""
    with world.lock:
        world.reset()
        _renew_ids(world)
        for deed in story.world:
            deed.do(world, story.at)
        world.faults, waiting = [], world.faults
    return waiting


def cookies_for(world: World, story: Story, console_url: str, browser: str) -> list[str]:
    """The `Set-Cookie` headers of the console for whoever is at the story's beginning; ConnectionError if it is silent.

    `browser` is what the tester's calls itself: the console's pages show it.
    """
    base = f"{world.public_url}{PATH}" if story.place is Place.BELOW_PATH else console_url
    given: list[str] = []
    with httpx.Client(headers={"User-Agent": browser}, timeout=_SECONDS, trust_env=False) as client:

        def go(url: str) -> httpx.Response:
            answer = client.get(url)
            if url.startswith(base):
                given.extend(answer.headers.get_list("Set-Cookie"))
            return answer

        try:
            answer = go(f"{base}/login" if not story.signed_in else _door(world, story, base))
            while answer.status_code in (HTTPStatus.FOUND, HTTPStatus.SEE_OTHER):
                url = str(answer.url.join(answer.headers["Location"]))
                path = urlsplit(url).path
                if path.endswith("/connections"):
                    break
                if path.startswith("/_sandbox/providers/"):
                    state = parse_qs(urlsplit(url).query)["state"][0]
                    url = f"{world.public_url}{path}/approve?{urlencode({'state': state, 'email': story.who})}"
                answer = go(url)
        except httpx.HTTPError as error:
            raise ConnectionError(str(error)) from error
    return given


def first_page(world: World, story: Story, console_url: str) -> str:
    """The address on which the story begins."""
    connection = world.connection_of(world.find_organization(story.at).organization_id)
    path = story.path.format(connection=connection.connection_id if connection else "none")
    other_name = world.public_url.replace("127.0.0.1", "localhost")
    return {
        Place.CONSOLE: f"{console_url}{path}",
        Place.PORTAL: f"{world.public_url}/_sandbox/portal",
        Place.FRAME: f"{world.public_url}/_sandbox/embedding",
        Place.OTHER_SITE: f"{other_name}/_sandbox/embedding/frame",
        Place.BELOW_PATH: f"{world.public_url}{PATH}{path}",
    }[story.place]


def _door(world: World, story: Story, base: str) -> str:
    organization = world.find_organization(story.at)
    query = urlencode({"organization": organization.organization_slug})
    if organization.allows(f"{_PROVIDER}_oauth"):
        return f"{base}/authenticate/oauth/{_PROVIDER}_oauth?{query}"
    default = world.find_sso_connection(connection_id=None, organization=organization.organization_id)
    return f"{base}/authenticate/sso/{default.connection_id}?{query}"


def _renew_ids(world: World) -> None:
    """Organizations, members, connections and tokens that the console has never seen.

    Its history outlives the world, so that it would know of earlier stories else: a token reported as leaked, a change
    whose outcome is not known yet.
    """
    ids = {each: _new_organization_id(organization) for each, organization in world.organizations.items()}
    for organization in world.organizations.values():
        organization.organization_id = ids[organization.organization_id]
    world.organizations = {each.organization_id: each for each in world.organizations.values()}
    for member in world.members.values():
        member.organization_id = ids[member.organization_id]
        totp = world.totps.pop(member.member_id, None)
        member.member_id = new_id("member")
        if totp:
            world.totps[member.member_id] = totp
    world.members = {each.member_id: each for each in world.members.values()}
    for connection in world.connections.values():
        connection.organization_id = ids[connection.organization_id]
        idp = world.idps.pop(connection.connection_id)
        connection.connection_id = new_id("scim-connection")
        connection.bearer_token = new_scim_token()
        if connection.next_bearer_token:
            connection.next_bearer_token = new_scim_token()
        idp.base_path, idp.token = connection.base_url(""), connection.bearer_token
        world.idps[connection.connection_id] = idp
    world.connections = {each.connection_id: each for each in world.connections.values()}
    world.sso_connections = {
        each: replace(sso, organization_id=ids[sso.organization_id]) for each, sso in world.sso_connections.items()
    }


def _new_organization_id(organization: Organization) -> str:
    # Its own roles are kept by Wayne's id.
    return organization.organization_id if organization.organization_slug == "wayne" else new_id("organization")
