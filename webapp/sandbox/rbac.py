"""The project's RBAC policy and the one question asked of it (stytch-api.md §6)."""

from collections.abc import Iterable

from webapp.sandbox.identifiers import stable_id

_CRUD = ["create", "get", "update", "delete"]

RESOURCES: dict[str, list[str]] = {
    "stytch.organization": [
        *(f"update.info.{name}" for name in ("name", "slug", "logo-url")),
        *(
            f"update.settings.{name}"
            for name in (
                "allowed-auth-methods",
                "allowed-mfa-methods",
                "email-jit-provisioning",
                "email-invites",
                "allowed-domains",
                "default-sso-connection",
                "sso-jit-provisioning",
                "mfa-policy",
                "implicit-roles",
                "oauth-tenant-jit-provisioning",
                "allowed-oauth-tenants",
            )
        ),
        "delete",
    ],
    "stytch.member": [
        "create",
        *(
            f"update.info.{name}"
            for name in (
                "name",
                "email",
                "untrusted-metadata",
                "mfa-phone",
                "delete.mfa-phone",
                "delete.mfa-totp",
                "delete.password",
            )
        ),
        *(f"update.settings.{name}" for name in ("is-breakglass", "mfa-enrolled", "default-mfa-method", "roles")),
        "search",
        "delete",
        "revoke-sessions",
    ],
    "stytch.sso": _CRUD,
    "stytch.scim": _CRUD,
    "stytch.self": [
        *(
            f"update.info.{name}"
            for name in (
                "name",
                "untrusted-metadata",
                "mfa-phone",
                "delete.mfa-phone",
                "delete.password",
                "delete.mfa-totp",
            )
        ),
        *(f"update.settings.{name}" for name in ("mfa-enrolled", "default-mfa-method")),
        "delete",
        "revoke-sessions",
    ],
}

Roles = dict[str, tuple[str, dict[str, list[str]]]]
"""role_id -> (description, {resource_id: actions})"""

# The first two are Stytch's defaults, the others this project's own.
ROLES: Roles = {
    "stytch_member": ("Granted to every member.", {"stytch.self": ["*"]}),
    "stytch_admin": (
        "Granted to organization admins.",
        {resource: ["*"] for resource in ("stytch.organization", "stytch.member", "stytch.sso", "stytch.scim")},
    ),
    "scim_viewer": ("May look at the SCIM connection.", {"stytch.scim": ["get"]}),
    "scim_operator": ("May look at the SCIM connection and rotate its token.", {"stytch.scim": ["get", "update"]}),
}
# Of one organization alone, by its id; nobody holds one.
OWN_ROLES: dict[str, Roles] = {
    stable_id("organization", "wayne"): {
        "wayne_auditor": ("Wayne's own: may look at who is in the organization.", {"stytch.member": ["search"]}),
    },
}


def roles_of(organization_id: str) -> Roles:
    """The roles that can be given in an organization: the project's and its own."""
    return ROLES | OWN_ROLES.get(organization_id, {})


def roles_json(roles: Roles) -> list[dict[str, object]]:
    """Roles as a policy has them."""
    return [
        {
            "role_id": role_id,
            "description": description,
            "permissions": [
                {"resource_id": resource_id, "actions": actions} for resource_id, actions in permissions.items()
            ],
        }
        for role_id, (description, permissions) in roles.items()
    ]


def policy_json() -> dict[str, object]:
    """The policy as `GET /v1/b2b/rbac/policy` answers it; all keys are required (stytch-api.md §6.1)."""
    return {
        "roles": roles_json(ROLES),
        "resources": [
            {"resource_id": resource_id, "description": "", "actions": actions}
            for resource_id, actions in RESOURCES.items()
        ],
        "scopes": [],
    }


def granting_roles(role_ids: Iterable[str], resource_id: str, action: str) -> list[str]:
    """Those of `role_ids` that allow `action` on `resource_id`; empty: not allowed. Unknown roles grant nothing."""
    granting = []
    for role_id in role_ids:
        _, permissions = ROLES.get(role_id, ("", {}))
        actions = permissions.get(resource_id, [])
        if action in actions or "*" in actions:
            granting.append(role_id)
    return granting
