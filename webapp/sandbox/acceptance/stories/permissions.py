"""What is offered to whom."""

from webapp.sandbox.acceptance.deeds import Rehearse
from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import Heading, NotOffered, Offered, Press, Text, Token, Unfold

STORIES = (
    Story(
        "may-look",
        "Look, and change nothing",
        ("permissions",),
        (
            step(Heading("Acme Okta"), Text("You can look at this connection."), NotOffered("Start rotation")),
            step(Offered("Set-up guide"), NotOffered("Edit"), NotOffered("Delete")),
            step(Press("Set-up guide"), Heading("Set up Okta")),
            step(Press("Acme Okta"), Unfold("Connection details"), Text("/v1/b2b/scim/scim-connection-")),
        ),
        who="vic@acme.example",
    ),
    Story(
        "may-not-look",
        "Be told what is missing",
        ("permissions",),
        (step(Heading("You can't see SCIM connections"), Text("the permission get on stytch.scim")),),
        who="noel@acme.example",
    ),
    Story(
        "may-rotate",
        "Rotate, and no more than that",
        ("permissions", "roles-permission"),
        (
            step(Heading("Acme Okta"), NotOffered("Delete")),
            step(Press("Groups and roles"), Heading("6 groups"), NotOffered("Change the roles of Engineering")),
            step(Press("Connections"), Press("Start rotation"), Heading("Rotation started"), Token()),
        ),
        who="olga@acme.example",
    ),
    Story(
        "permission-taken",
        "Lose a permission in the midst of it",
        ("permission-missing",),
        (
            step(Rehearse("start: 403"), Press("Start rotation"), Heading("Your roles do not allow that")),
            step(Text("Nothing was changed"), Text("is the only token")),
        ),
    ),
)
