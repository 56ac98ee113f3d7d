"""Discovery: what organizations a proven email address opens (stytch-api.md §4.2)."""

from webapp.sandbox.authentication import missing_factors
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import timestamp
from webapp.sandbox.joining import domain_of, is_eligible_by_domain, newcomer
from webapp.sandbox.sessions import Factor, IntermediateSession
from webapp.sandbox.world import World


def discovery_answer(world: World, session: IntermediateSession) -> dict[str, object]:
    """What every discovery authenticate call answers (stytch-api.md §4.2)."""
    return {
        "intermediate_session_token": session.token,
        "intermediate_session_token_expires_at": timestamp(session.expires_at),
        "email_address": session.email_address,
        "discovered_organizations": discovered_organizations(world, session.factors),
    }


def discovered_organizations(
    world: World, factors: tuple[Factor, ...], *, eligible: bool = True
) -> list[dict[str, object]]:
    """The organizations of whoever gave `factors`: as a member, invited or not, and if `eligible`, those to join.

    No code is texted at this stage.
    """
    address = factors[0].email_address
    found: list[dict[str, object]] = []
    for organization in world.organizations.values():
        membership: dict[str, object]
        try:
            member = world.find_member(organization.organization_id, email=address)
            membership = {"type": f"{member.status}_member", "details": None, "member": member.to_json()}
        except ApiError:
            if not eligible or not is_eligible_by_domain(world, organization, address):
                continue
            member = newcomer(world, organization, address)
            details = {"domain": domain_of(address)}
            membership = {"type": "eligible_to_join_by_email_domain", "details": details, "member": None}
        missing = missing_factors(world, member, factors)
        if missing["mfa_required"]:
            missing["mfa_required"]["secondary_auth_initiated"] = None
        found.append(
            {
                "organization": world.organization_json(organization),
                "membership": membership,
                "member_authenticated": not any(missing.values()),
                **missing,
            }
        )
    return found
