"""The groups of a connection's directory, and the roles that their people hold."""

from webapp.connections.roles import groups, saving

__all__ = ["groups", "saving"]
