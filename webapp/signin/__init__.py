"""How a member session comes to be, is kept, and ends."""

from webapp.signin import (
    doors,
    enrolment,
    handover,
    messages,
    organizations,
    passwords,
    portal,
    redirects,
    second_factor,
    sessions,
    step_up,
)
from webapp.signin.blueprint import bp

__all__ = [
    "bp",
    "doors",
    "enrolment",
    "handover",
    "messages",
    "organizations",
    "passwords",
    "portal",
    "redirects",
    "second_factor",
    "sessions",
    "step_up",
]
