"""Member sessions, their keys, and what roles allow (`stytch-api.md §4.8, §4.9, §6.1`)."""

from pydantic import SecretStr

from webapp.stytch import errors, models
from webapp.stytch.calls import Actor, Calls, lasting, segment


class Sessions(Calls):
    """The calls about member sessions and roles."""

    def authenticate_session(self, session_token: SecretStr, *, minutes: int | None = None) -> models.SessionAnswer:
        """Asks whether a session goes on, and has it last for so many `minutes` from now, if given."""
        body = {"session_token": session_token.get_secret_value(), **lasting(minutes)}
        return self.read("POST", "/v1/b2b/sessions/authenticate", models.SessionAnswer, json=body)

    def exchange_session(
        self, session_token: SecretStr, organization_id: str, *, minutes: int
    ) -> models.ExchangeAnswer:
        """A session in another organization of the same person. Whether the old one goes on is not known."""
        body = {
            "session_token": session_token.get_secret_value(),
            "organization_id": organization_id,
            "session_duration_minutes": minutes,
        }
        return self.change("POST", "/v1/b2b/sessions/exchange", models.ExchangeAnswer, json=body)

    def exchange_access_token(self, access_token: SecretStr, *, minutes: int) -> models.SessionAnswer:
        """A member session for a Connected App's access token: five minutes old at the most, once (§5)."""
        body = {"access_token": access_token.get_secret_value(), "session_duration_minutes": minutes}
        return self.change("POST", "/v1/b2b/sessions/exchange_access_token", models.SessionAnswer, json=body)

    def list_sessions(self, organization_id: str, member_id: str) -> list[models.MemberSession]:
        """The member's sessions that have not ended."""
        query = {"organization_id": organization_id, "member_id": member_id}
        return self.read("GET", "/v1/b2b/sessions", models.SessionsAnswer, params=query).member_sessions

    def revoke_session(self, session_token: SecretStr) -> models.SentAnswer:
        """Ends a session for good."""
        return self._revoke({"session_token": session_token.get_secret_value()})

    def revoke_session_by_id(self, actor: Actor, member_session_id: str) -> models.SentAnswer:
        """Ends the session with this id for good, in a member's name."""
        return self._revoke({"member_session_id": member_session_id}, actor)

    def revoke_all_sessions(self, actor: Actor, member_id: str) -> models.SentAnswer:
        """Ends every session of the member for good, in a member's name."""
        return self._revoke({"member_id": member_id}, actor)

    def get_jwks(self) -> models.JwksAnswer:
        """The project's public keys."""
        return self.read("GET", f"/v1/b2b/sessions/jwks/{segment(self.project_id)}", models.JwksAnswer)

    def get_policy(self) -> list[models.Role]:
        """The roles of the project."""
        return self.read("GET", "/v1/b2b/rbac/policy", models.PolicyAnswer).policy.roles

    def get_organization_policy(self, organization_id: str) -> list[models.Role]:
        """The organization's own roles. Projects outside Stytch's beta may be refused here: they have none."""
        path = f"/v1/b2b/rbac/organizations/{segment(organization_id)}"
        try:
            return self.read("GET", path, models.OrganizationPolicyAnswer).org_policy.roles
        except (errors.Forbidden, errors.NotFound):
            return []

    def _revoke(self, which: dict[str, str], actor: Actor | None = None) -> models.SentAnswer:
        return self.change("POST", "/v1/b2b/sessions/revoke", models.SentAnswer, actor=actor, json=which)
