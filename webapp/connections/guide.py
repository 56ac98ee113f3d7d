"""How a connection is set up at its identity provider, at any time; the answer to creating one has the same guide."""

from flask import render_template

from webapp.connections.pages import alone, bp
from webapp.connections.providers import provider


@bp.get("/connections/<connection_id>/guide")
def guide(connection_id: str) -> str:
    """The steps at the IdP, with the values of this connection. Its token, which was shown once, is not among them."""
    connection = alone(connection_id)
    return render_template(
        "connections/guide.html", connection=connection, provider=provider(connection.identity_provider)
    )
