"""The same console, its page and its completion written on the official SDK: what they ask Stytch, that one asks."""

import os
import warnings
from unittest.mock import patch

import requests
from stytch import B2BClient
from stytch.b2b.models.scim import SCIMConnection
from stytch.b2b.models.scim_connection import GetRequestOptions, RotateCompleteRequestOptions
from stytch.shared.method_options import Authorization

from webapp import create_app
from webapp.settings import load
from webapp.stytch import Actor, Stytch
from webapp.stytch.exchanges import exchange
from webapp.stytch.models import Connection, ConnectionAnswer, ConnectionsAnswer

with warnings.catch_warnings():
    # The SDK's asynchronous half, unused here, is behind its aiohttp.
    warnings.filterwarnings("ignore", "BasicAuth is deprecated", DeprecationWarning)
    connections = B2BClient(
        os.environ["STYTCH_PROJECT_ID"],
        os.environ["STYTCH_SECRET"],
        environment=os.environ["STYTCH_BASE_URL"],
        sync_session=requests.Session(),
    ).scim.connection


class OnSdk(Stytch):
    """Our client, but for the two calls that are measured; they are noted for log and metrics as ours are.

    Nothing is checked once more: the SDK has done that. It has no deadline for a call.
    """

    def get_scim_connections(self, actor: Actor) -> ConnectionsAnswer:
        """The organization's connection."""
        options = GetRequestOptions(authorization=_acting(actor))
        with exchange("GET", f"/v1/b2b/scim/{actor.organization_id}/connection") as this:
            answer = connections.get(actor.organization_id, method_options=options)
            this.request_id = answer.request_id
        found = [_connection(answer.connection)] if answer.connection else []
        return ConnectionsAnswer.model_construct(connections=found, several=False, request_id=answer.request_id)

    def complete_rotation(self, actor: Actor, connection_id: str) -> ConnectionAnswer:
        """Makes the new token the only one."""
        options = RotateCompleteRequestOptions(authorization=_acting(actor))
        path = f"/v1/b2b/scim/{actor.organization_id}/connection/{connection_id}/rotate/complete"
        with exchange("POST", path) as this:
            answer = connections.rotate_complete(actor.organization_id, connection_id, method_options=options)
            this.request_id = answer.request_id
        found = _connection(answer.connection) if answer.connection else None
        return ConnectionAnswer.model_construct(connection=found, request_id=answer.request_id)


def _acting(actor: Actor) -> Authorization:
    return Authorization(session_token=actor.session_token.get_secret_value())


def _connection(theirs: SCIMConnection) -> Connection:
    return Connection.model_construct(**dict(theirs))


with patch("webapp.Stytch", OnSdk):
    app = create_app(load())
