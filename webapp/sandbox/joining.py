"""Who may become a member of an organization by their email domain (stytch-api.md §1.5, §4.2, §4.3)."""

from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import new_id
from webapp.sandbox.organizations import Member, Organization
from webapp.sandbox.world import World


def member_or_newcomer(world: World, organization: Organization, email_address: str) -> Member:
    """The organization's member with this address, else a `newcomer`.

    ApiError if the organization lets nobody join by domain, or not by this one.
    """
    email_address = email_address.lower()
    try:
        return world.find_member(organization.organization_id, email=email_address)
    except ApiError:
        if organization.email_jit_provisioning == "NOT_ALLOWED":
            raise ApiError("email_jit_provisioning_not_allowed") from None
        if domain_of(email_address) not in organization.email_allowed_domains:
            raise ApiError("invalid_email_for_jit_provisioning") from None
    return newcomer(world, organization, email_address)


def newcomer(world: World, organization: Organization, email_address: str) -> Member:
    """Somebody who may become a member, `pending` then: it is for the caller to put them into `world.members`."""
    organization_id = organization.organization_id
    return Member(new_id("member"), organization_id, email_address, "", world.clock.now(), status="pending")


def is_eligible_by_domain(world: World, organization: Organization, email_address: str) -> bool:
    """Whether discovery offers the organization to somebody who is no member of it.

    That needs, besides the organization's leave, another member with a verified address on the domain
    (stytch-api.md §4.2).
    """
    domain = domain_of(email_address)
    if organization.email_jit_provisioning == "NOT_ALLOWED" or domain not in organization.email_allowed_domains:
        return False
    return any(
        member.organization_id == organization.organization_id
        and member.status == "active"
        and domain_of(member.email_address) == domain
        for member in world.members.values()
    )


def domain_of(email_address: str) -> str:
    """What comes after the `@`, in lower case."""
    return email_address.rpartition("@")[2].lower()
