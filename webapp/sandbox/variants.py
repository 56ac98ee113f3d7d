"""What Stytch leaves undocumented, each with the answers the sandbox can play (stytch-api.md §9).

What becomes of members whom an IdP provisioned is not among them: the sandbox's directory makes no members.
"""

from collections.abc import Mapping

# The first choice of each is what the sandbox plays unless told otherwise.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "start_twice": ("replaces", "refused"),
    "get_without_connection": ("null", "400", "404"),
    "connection_shape": ("one", "list"),
    "wrong_connection_id": ("404", "400", "403"),
    "wrong_connection_id_error": ("scim_connection_not_found", "no_active_scim_connection"),
    "not_rotating_status": ("400", "404", "409"),
    "token_lifetime": ("5_years", "1_year", "unlimited"),
    "expiry_on_complete": ("kept", "renewed"),
    "after_expiry": ("refused", "accepted"),
    "tokens_while_rotating": ("both", "current_only"),
    "next_last_four_outside_rotation": ("empty", "absent"),
    "expiry_that_is_none": ("absent", "null"),
    "search_totals": ("on", "off"),
    "stale_role_assignments": ("kept", "dropped", "refused"),
    "base_url_on_update": ("rewritten", "kept"),
    "status_of_a_post": ("200", "201"),
    "default_identity_provider": ("generic", "empty"),
    "session_after_exchange": ("kept", "revoked"),
    "dead_session_in_header": ("404", "401", "403"),
    "oauth_denial": ("redirect_with_error", "stays_at_stytch"),
    "wrong_password": ("password_does_not_match", "unauthorized_credentials"),
    "cross_org_passwords": ("on", "off"),
    "totp_created_again": ("replaces", "refused"),
    "idp_group_names": ("connection", "organization"),
    "link_send_limit": ("on", "off"),
}


def defaults() -> dict[str, str]:
    """The first choice of every variant."""
    return {name: choices[0] for name, choices in CHOICES.items()}


def checked(chosen: Mapping[str, object]) -> dict[str, str]:
    """`chosen` if every name and choice is known; ValueError naming the first that isn't."""
    result = {}
    for name, choice in chosen.items():
        if name not in CHOICES:
            raise ValueError(f"no variant is named {name!r}")
        if not isinstance(choice, str) or choice not in CHOICES[name]:
            raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}")
        result[name] = choice
    return result
