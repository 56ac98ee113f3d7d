"""What can happen to a SCIM connection, through the API or, outside the console, in Stytch's own dashboard.

stytch-api.md §2.3. Hold the world's lock. What Stytch leaves undocumented is for the world's variants to say.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from webapp.sandbox.connections import Connection
from webapp.sandbox.directory import Directory
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import new_id, new_scim_token
from webapp.sandbox.world import World

_LIFETIMES = {
    "5_years": timedelta(days=5 * 365),
    "1_year": timedelta(days=365),
    "unlimited": None,
}


def new_expiry(world: World) -> datetime | None:
    """When a token made now ends; None: never."""
    lifetime = _LIFETIMES[world.variants["token_lifetime"]]
    return None if lifetime is None else world.clock.now() + lifetime


def start(world: World, connection: Connection) -> None:
    """Makes a next token; a second start replaces it, or ApiError."""
    if connection.next_bearer_token is not None and world.variants["start_twice"] == "refused":
        raise ApiError("scim_connection_already_rotating_token")
    connection.start_rotation(new_expiry(world))


def complete(world: World, connection: Connection) -> None:
    """Makes the next token the only one; ApiError without a rotation."""
    _refuse_without_rotation(world, connection)
    connection.complete_rotation()
    if world.variants["expiry_on_complete"] == "renewed":
        connection.bearer_token_expires_at = new_expiry(world)


def cancel(world: World, connection: Connection) -> None:
    """Drops the next token; ApiError without a rotation."""
    _refuse_without_rotation(world, connection)
    connection.cancel_rotation()


def create(world: World, organization_id: str, display_name: str, identity_provider: str) -> Connection:
    """A new connection with its token; ApiError where the organization has one and can't have several."""
    if world.connection_of(organization_id) is not None and world.variants["connection_shape"] == "one":
        raise ApiError("active_scim_connection_exists")
    connection = Connection(
        connection_id=new_id("scim-connection"),
        organization_id=organization_id,
        display_name=display_name,
        identity_provider=identity_provider,
        bearer_token=new_scim_token(),
        bearer_token_expires_at=new_expiry(world),
        directory=Directory(world.clock.now),
    )
    world.connections[connection.connection_id] = connection
    return connection


def delete(world: World, connection: Connection) -> None:
    """Ends the connection: no token of it is let in any more."""
    connection.status = "deleted"
    del world.connections[connection.connection_id]


# What somebody can do in Stytch's own dashboard, by name.
ACTIONS: Mapping[str, Callable[[World, Connection], None]] = {
    "start": start,
    "complete": complete,
    "cancel": cancel,
    "delete": delete,
}


def _refuse_without_rotation(world: World, connection: Connection) -> None:
    if connection.next_bearer_token is None:
        raise ApiError("scim_connection_not_rotating_token", int(world.variants["not_rotating_status"]))
