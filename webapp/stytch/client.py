"""The Stytch calls that the console makes: one method for each endpoint."""

from webapp.stytch.discovery import Discovery
from webapp.stytch.member_login import MemberLogin
from webapp.stytch.organizations import Organizations
from webapp.stytch.scim import ScimConnections
from webapp.stytch.second_factors import SecondFactors
from webapp.stytch.sessions import Sessions


class Stytch(ScimConnections, Discovery, MemberLogin, SecondFactors, Sessions, Organizations):
    """Stytch's B2B API for one project."""
