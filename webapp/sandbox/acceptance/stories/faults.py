"""What the console says when Stytch fails, and the way on from there."""

from webapp.sandbox.acceptance.deeds import Arrive, Elsewhere, EndSessions, Rehearse
from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import (
    FirstTab,
    Heading,
    NotOffered,
    Offered,
    OpenSecondTab,
    Press,
    SameToken,
    Text,
    TickAll,
    Token,
    Visit,
    Wait,
)

STORIES = (
    Story(
        "start-reply-lost",
        "Start, and the reply is lost",
        ("lost-token", "start-again", "in-history"),
        (
            step(
                Press("Start rotation"),
                Heading("A new token was made, but it could not be shown"),
                Text("works as before"),
                Offered("Cancel and start again"),
            ),
            step(Press("Cancel and start again"), Heading("Started again"), Token()),
            step(Press("Complete rotation"), TickAll(), Press("Complete: switch off …"), Heading("Rotation completed")),
            step(Press("History"), Text("Done, its answer lost")),
        ),
        world=(Rehearse("start: reply lost"),),
    ),
    Story(
        "complete-reply-lost",
        "Complete, and the reply is lost",
        ("read-again",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Offered("Complete: switch off …")),
            step(
                Rehearse("complete: reply lost"),
                Press("Complete: switch off …"),
                Heading("Rotation completed"),
                Text("the only token that works"),
                NotOffered("Complete rotation"),
            ),
        ),
    ),
    Story(
        "cancel-reply-lost",
        "Cancel, and the reply is lost",
        ("read-again",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Cancel rotation"), Offered("Cancel: switch off …")),
            step(
                Rehearse("cancel: reply lost"),
                Press("Cancel: switch off …"),
                Heading("Rotation cancelled"),
                Offered("Start rotation"),
            ),
        ),
    ),
    Story(
        "arrives-late",
        "Complete, and the request is on its way for a while",
        ("settle", "never-twice"),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Offered("Complete: switch off …")),
            step(
                Rehearse("complete: arrives late"),
                Press("Complete: switch off …"),
                Heading("Not completed so far"),
                Offered("Check again"),
                NotOffered("Complete rotation"),
                SameToken(),
            ),
            step(Press("Check again"), Heading("We do not know yet"), NotOffered("Cancel rotation"), SameToken()),
            step(Arrive(), Press("Check again"), Heading("Rotation completed"), Text("the only token that works")),
        ),
    ),
    Story(
        "never-arrives",
        "Cancel, and the request never arrives",
        ("settle",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Cancel rotation"), Offered("Cancel: switch off …")),
            step(
                Rehearse("cancel: never arrives"),
                Press("Cancel: switch off …"),
                Heading("Not cancelled so far"),
                NotOffered("Cancel rotation"),
            ),
            step(
                Wait(95),
                Press("Check again"),
                Heading("The rotation was not cancelled"),
                Offered("Cancel rotation"),
                SameToken(),
            ),
        ),
    ),
    Story(
        "start-never-arrives",
        "Start, and the request never arrives",
        ("settle",),
        (
            step(Press("Start rotation"), Heading("Not started so far"), NotOffered("Start rotation")),
            step(Wait(95), Press("Check again"), Heading("The rotation was not started"), Offered("Start rotation")),
        ),
        world=(Rehearse("start: never arrives"),),
    ),
    Story(
        "contact-lost",
        "Complete, and nobody knows for a while",
        ("not-known",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Offered("Complete: switch off …")),
            step(
                Rehearse("get connection: slow"),
                Rehearse("complete: reply lost"),
                Rehearse("get connection: never arrives", 4),
                Press("Complete: switch off …"),
                Text("Completing…"),
            ),
            step(Heading("We do not know yet"), NotOffered("Complete rotation"), SameToken()),
            step(Press("Check again"), Heading("We still do not know")),
            step(Press("See what holds now"), Heading("Rotation completed"), Text("the only token that works")),
        ),
    ),
    Story(
        "complete-fails",
        "Complete, and Stytch fails",
        ("error-says",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Offered("Complete: switch off …")),
            step(
                Rehearse("complete: 500"),
                Press("Complete: switch off …"),
                Heading("The rotation was not completed"),
                Text("both work"),
                Text("request-id-test-"),
                SameToken(),
            ),
            step(Press("Complete rotation"), TickAll(), Press("Complete: switch off …"), Heading("Rotation completed")),
        ),
    ),
    Story(
        "wrong-credentials",
        "The console itself is not let in",
        ("credentials",),
        (
            step(Press("Start rotation"), Heading("This console is not set up right"), Text("Nothing was changed")),
            step(Visit("/connections"), Heading("Acme Okta"), Offered("Start rotation")),
        ),
        world=(Rehearse("start: 401"),),
    ),
    Story(
        "stytch-silent",
        "Stytch does not answer",
        ("stytch-down",),
        (
            step(Heading("Stytch did not answer"), Text("Nothing was changed"), NotOffered("Start rotation")),
            step(Visit("/connections"), Heading("Acme Okta"), Offered("Start rotation")),
        ),
        world=(Rehearse("get connection: never arrives", 2),),
    ),
    Story(
        "stytch-slow",
        "Stytch takes its time",
        ("slow",),
        (
            step(Press("Start rotation"), Text("Starting…")),
            step(Heading("Rotation started"), Token()),
        ),
        world=(Rehearse("start: slow"),),
    ),
    Story(
        "rate-limited",
        "Stytch takes no more requests for now",
        ("busy",),
        (
            step(
                Press("Start rotation"),
                Heading("Stytch is busy"),
                Text("Nothing was changed"),
                Offered("Start rotation"),
            ),
            step(Press("Start rotation"), Heading("Rotation started"), Token()),
        ),
        world=(Rehearse("start: 429, wait 30 s"),),
    ),
    Story(
        "stale-page",
        "Somebody else was quicker",
        ("compared",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Offered("Complete: switch off …")),
            step(
                Elsewhere("cancel"),
                Press("Complete: switch off …"),
                Heading("It has changed since you opened this page"),
                Text("Nothing was sent to Stytch"),
                Text("is the only token"),
                Offered("Start rotation"),
            ),
        ),
    ),
    Story(
        "two-tabs",
        "Two tabs, and one change at a time",
        ("compared",),
        (
            step(OpenSecondTab(), Press("Start rotation"), Heading("Rotation started"), Token()),
            step(
                FirstTab(),
                Press("Start rotation"),
                Heading("It has changed since you opened this page"),
                Text("both work"),
                Offered("Complete rotation"),
            ),
        ),
    ),
    Story(
        "session-ended",
        "The session ends in the midst of it",
        ("session-ends",),
        (
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Offered("Complete: switch off …")),
            step(
                EndSessions(),
                Press("Complete: switch off …"),
                Heading("Your session has ended"),
                Text("changed nothing"),
            ),
        ),
    ),
)
