"""Without a script, and without a mouse."""

from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import (
    Announced,
    Focused,
    Heading,
    Key,
    NoToken,
    Offered,
    Press,
    SameToken,
    TabTo,
    Text,
    TickAll,
    Token,
)

STORIES = (
    Story(
        "no-javascript",
        "Rotate without JavaScript",
        ("no-javascript",),
        (
            step(Press("Start rotation"), Heading("Rotation started"), Token()),
            step(Press("Complete rotation"), Text("Stops at once, for good")),
            step(
                TickAll(),
                Press("Complete: switch off …"),
                Heading("Rotation completed"),
                Text("the only token that works"),
            ),
            step(Press("History"), Text("Complete rotation")),
        ),
        javascript=False,
    ),
    Story(
        "keyboard",
        "Rotate by the keyboard alone, and hear what happens",
        ("keyboard",),
        (
            step(
                TabTo("Start rotation"),
                Key("Enter"),
                Token(),
                Focused("Rotation started"),
                Announced("Rotation started."),
            ),
            step(TabTo("Cancel rotation"), Key("Enter"), Offered("Cancel: switch off …")),
            step(Key("Escape"), Focused("Cancel rotation"), SameToken()),
            step(Key("Enter"), TabTo("Cancel: switch off …"), Key("Enter"), Focused("Rotation cancelled"), NoToken()),
        ),
    ),
)
