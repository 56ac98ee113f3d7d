"""What the people of the identity provider's groups may do."""

from webapp.sandbox.acceptance.deeds import GiveRoleElsewhere
from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import Choose, Fill, Heading, NotOffered, Offered, Pick, Press, Text, Unfold

STORIES = (
    Story(
        "change-roles",
        "Give the people of a group a role",
        ("roles-review",),
        (
            step(Press("Groups and roles"), Heading("6 groups"), Text("IT operations"), Text("scim_operator")),
            step(
                Press("Change the roles of Engineering"), Heading("Roles of Engineering"), Offered("Review the change")
            ),
            step(
                Choose("scim_viewer …"),
                Press("Review the change"),
                Heading("Save this change?"),
                Text("4 other assignments stay as they are."),
            ),
            step(Press("Save: 1 added"), Heading("Roles saved"), Text("within five minutes")),
            step(Press("History"), Text("Change roles")),
        ),
    ),
    Story(
        "roles-meanwhile",
        "Change roles while somebody else does",
        ("roles-compared",),
        (
            step(Press("Groups and roles"), Press("Change the roles of Engineering"), Heading("Roles of Engineering")),
            step(Choose("scim_viewer …"), Press("Review the change"), Offered("Save: 1 added")),
            step(
                GiveRoleElsewhere("Engineering", "scim_operator"),
                Press("Save: 1 added"),
                Heading("It has changed since you opened this page"),
                Text("Engineering has got scim_operator."),
            ),
            step(Press("Save: 1 added"), Heading("Roles saved")),
        ),
    ),
    Story(
        "many-groups",
        "Find one group among 2,500",
        ("groups-search",),
        (
            step(Press("Groups and roles"), Heading("50 groups, and there are more")),
            step(Press("Next"), Heading("Page 2: 50 groups, and there are more"), Text("Group 0051")),
            step(Press("First page"), Text("Group 0001")),
            step(
                Fill("Part of a group's name", "p 240"),
                Press("Search"),
                Heading("10 groups with “p 240” in their names"),
            ),
            step(Press("With roles (4)"), Text("This role is not in the project's policy any more")),
        ),
        who="wes@wayne.example",
        at="wayne",
    ),
    Story(
        "several-groups",
        "Give a role to several groups at once",
        ("groups-several",),
        (
            step(Press("Groups and roles"), Unfold("Change several groups at once"), Offered("Review")),
            step(
                Choose("Engineering"),
                Choose("People"),
                Pick("Role", "scim_viewer"),
                Press("Review"),
                Offered("Save: 2 added"),
            ),
            step(Press("Save: 2 added"), Heading("Roles saved"), NotOffered("Save: 2 added")),
        ),
    ),
)
