"""The main job: a new token in place of the old one, and the ways back from it."""

from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import (
    Fill,
    FirstTab,
    Focused,
    Heading,
    Key,
    LetIn,
    NotOffered,
    NoToken,
    Offered,
    OpenIdp,
    Press,
    PressTwice,
    Provision,
    Reload,
    SameToken,
    Text,
    TickAll,
    Token,
    TryToLeave,
    Value,
)

STORIES = (
    Story(
        "rotate",
        "Replace the token while provisioning goes on",
        ("no-gap", "three-steps", "which-works"),
        (
            step(Heading("Acme Okta"), Text("Okta · Active"), Text("Current token"), Offered("Start rotation")),
            step(
                Press("Start rotation"),
                Heading("Rotation started"),
                Token(),
                Text("both work"),
                Text("Put this token into Okta"),
            ),
            step(OpenIdp(), Provision(), LetIn(200)),
            step(
                Fill("HTTP Header Authorization: Bearer", Value.TOKEN),
                Press("Save token"),
                Provision(),
                LetIn(200),
            ),
            step(
                FirstTab(),
                Press("Complete rotation"),
                Text("Stops at once, for good"),
                Text("Stays, as the only one"),
            ),
            step(
                TickAll(),
                Press("Complete: switch off …"),
                Heading("Rotation completed"),
                Text("the only token that works"),
                Text("Stytch request id"),
                NoToken(),
            ),
            step(OpenIdp(), Provision(), LetIn(200)),
        ),
    ),
    Story(
        "cancel",
        "Change one's mind, and keep the old token",
        ("cancel",),
        (
            step(Press("Start rotation"), Heading("Rotation started"), Token()),
            step(Press("Cancel rotation"), Text("Stops at once, for good"), Offered("Back")),
            step(Press("Cancel: switch off …"), Heading("Rotation cancelled"), NoToken()),
            step(Text("the only token that works"), Offered("Start rotation"), NotOffered("Complete rotation")),
            step(OpenIdp(), Provision(), LetIn(200)),
        ),
    ),
    Story(
        "double-click",
        "Press twice, and start once",
        ("sent-twice",),
        (
            step(PressTwice("Start rotation"), Heading("Rotation started"), Token()),
            step(Text("both work"), Text("Current token"), Offered("Complete rotation"), NotOffered("Start rotation")),
        ),
    ),
    Story(
        "token-stays",
        "Keep the new token on the screen until it is put away",
        ("nothing-by-itself", "shown-once", "start-again"),
        (
            step(Press("Start rotation"), Token()),
            step(Key("Escape"), SameToken(), Offered("Complete rotation")),
            step(Press("Cancel rotation"), Offered("Back")),
            step(Key("Escape"), Focused("Cancel rotation"), SameToken()),
            step(TryToLeave("History"), SameToken()),
            step(Reload(), NoToken(), Offered("Complete rotation"), Text("Is it lost? It can't be shown again")),
            step(Press("Cancel and start again"), Heading("Started again"), Token()),
        ),
    ),
    Story(
        "start-again",
        "Replace a new token that nobody has",
        ("start-again",),
        (
            step(Heading("Initech Entra"), Text("Stytch shows a new token once"), Offered("Cancel and start again")),
            step(
                Press("Cancel and start again"),
                Heading("Started again"),
                Text("The lost token was cancelled."),
                Token(),
            ),
            step(Press("Complete rotation"), TickAll(), Press("Complete: switch off …"), Heading("Rotation completed")),
        ),
        who="ian@initech.example",
        at="initech",
    ),
)
