"""`python -m bench.sandbox 6 6 10000`: the sandbox, with an organization more for each number, of so many groups.

Says in one line of JSON where it is and, of each organization, its admin's session as the console's cookie keeps it.
"""

import sys
from datetime import timedelta
from typing import Any

from flask.json.tag import TaggedJSONSerializer

from tests.signin.steps import begin_session
from webapp.sandbox import create_sandbox
from webapp.sandbox.connections import Connection
from webapp.sandbox.directory import Directory
from webapp.sandbox.identifiers import new_id, new_scim_token
from webapp.sandbox.organizations import Member, Organization
from webapp.sandbox.server import Server
from webapp.sandbox.world import World


def add_organization(world: World, number: int, groups: int) -> dict[str, Any]:
    """An organization with a healthy connection; the session of its admin, and the connection's id."""
    now, slug = world.clock.now(), f"bench-{number}"
    organization = Organization(new_id("organization"), f"Organization {number}", slug, now)
    world.organizations[organization.organization_id] = organization
    email = f"admin@{slug}.example"
    member = Member(new_id("member"), organization.organization_id, email, "An Admin", now, roles=["stytch_admin"])
    world.members[member.member_id] = member
    connection = Connection(
        connection_id=new_id("scim-connection"),
        organization_id=organization.organization_id,
        display_name=f"Connection {number}",
        identity_provider="okta",
        bearer_token=new_scim_token(),
        bearer_token_expires_at=now + timedelta(days=400),
        directory=Directory(world.clock.now),
    )
    world.connections[connection.connection_id] = connection
    for group in range(groups):
        connection.directory.add_group(f"Group {group:05}")
    return {"member": begin_session(world, email, slug), "connection_id": connection.connection_id}


def main() -> None:
    """Serves until it is ended."""
    world = World()
    server = Server(create_sandbox(world))
    world.public_url = server.url
    admins = [add_organization(world, number, int(groups)) for number, groups in enumerate(sys.argv[1:])]
    sys.stdout.write(TaggedJSONSerializer().dumps({"url": server.url, "admins": admins}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
