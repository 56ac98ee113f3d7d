"""What stays of what was done, and how long somebody stays signed in."""

from webapp.sandbox.acceptance.deeds import SignInElsewhere
from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import (
    Back,
    FileSays,
    Focused,
    Heading,
    Key,
    NotOffered,
    Offered,
    Pick,
    Press,
    SameToken,
    Save,
    Text,
    TickAll,
    Token,
    Wait,
)

STORIES = (
    Story(
        "history",
        "See who did what, and prove a rotation",
        ("history", "evidence"),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Press("Complete: switch off …"), Heading("Rotation completed")),
            step(Press("History"), Heading("History"), Text("Start rotation"), Text("Complete rotation")),
            step(Pick("Action", "Complete rotation"), Press("Filter"), Heading("1 event")),
            step(Press("Evidence …"), Heading("Evidence of a token rotation"), Text("ada@acme.example")),
            step(Back(), Heading("1 event")),
        ),
    ),
    Story(
        "export",
        "Take the history along",
        ("history",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Cancel rotation"), Press("Cancel: switch off …"), Heading("Rotation cancelled")),
            step(Press("History"), Save("CSV"), FileSays("rotation.cancel"), FileSays("ada@acme.example")),
            step(Save("JSON"), FileSays("rotation.cancel")),
        ),
    ),
    Story(
        "sessions",
        "See where one is signed in, and end it",
        ("sessions",),
        (
            step(
                Press("ada@acme.example …", at_the_top=True),
                Heading("Where you are signed in"),
                Heading("This browser"),
            ),
            step(Press("End it …"), NotOffered("End it …")),
            step(Press("Sign out everywhere"), Heading("Sign in")),
        ),
        world=(SignInElsewhere("ada@acme.example"),),
    ),
    Story(
        "session-about-to-end",
        "Be warned before the session ends, and keep the token",
        ("session-warning",),
        (
            step(Press("Start rotation"), Token()),
            step(
                Wait(33 * 60, for_a_message=True),
                Heading("Your session ends in two minutes"),
                Focused("Stay signed in"),
            ),
            step(Key("Enter"), NotOffered("Stay signed in"), SameToken(), Offered("Complete rotation")),
        ),
    ),
)
