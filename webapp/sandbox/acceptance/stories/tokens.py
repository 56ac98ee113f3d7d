"""What the identity provider holds, whether it works, how long yet, and what to do when somebody else has it."""

from webapp.sandbox.acceptance.deeds import TokenEnds
from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import (
    FileSays,
    Fill,
    FirstTab,
    Heading,
    Holds,
    LetIn,
    NoText,
    NotOffered,
    Offered,
    OpenIdp,
    OpenSecondTab,
    Press,
    Provision,
    Reload,
    Save,
    Text,
    TickAll,
    Token,
    Value,
    Wait,
)

STORIES = (
    Story(
        "check-token",
        "Which token is this?",
        ("token-check",),
        (
            step(Press("Start rotation"), Token()),
            step(OpenSecondTab(), Press("Check a token"), Heading("Which token does Okta hold?")),
            step(Fill("What Okta has as …", "••••••••"), Press("Check token"), Heading("Okta masks its field")),
            step(
                Fill("What Okta has as …", Value.TOKEN),
                Press("Check token"),
                Heading("This is the new token"),
                Text("Stytch accepts it"),
                Holds("What Okta has as …", ""),
            ),
        ),
    ),
    Story(
        "new-token-works",
        "See that the new token works",
        ("webhook-proof",),
        (
            step(Press("Start rotation"), Token()),
            step(
                OpenIdp(),
                Fill("HTTP Header Authorization: Bearer", Value.TOKEN),
                Press("Save token"),
                Provision(),
                LetIn(200),
            ),
            step(
                FirstTab(),
                Press("Complete rotation"),
                TickAll(),
                Press("Complete: switch off …"),
                Heading("Rotation completed"),
                Text("No event yet since the change"),
            ),
            step(Wait(15), OpenIdp(), Provision(), LetIn(200)),
            step(FirstTab(), Wait(15), Text("An event came in"), Text("after the change at")),
        ),
    ),
    Story(
        "leaked",
        "A token leaked",
        ("leaked",),
        (
            step(Press("Token leaked?"), Heading("A token leaked")),
            step(Press("Report it and begin"), Text("leaked, and works still"), Text("Next: start the rotation.")),
            step(Press("It did not leak after all"), Offered("Start rotation"), NoText("leaked, and works still")),
            step(Press("Token leaked?"), Press("Report it and begin"), Text("leaked, and works still")),
            step(Press("Start rotation"), Token(), Text("Next: update Okta, then complete.")),
            step(
                Press("Complete rotation"),
                TickAll(),
                Press("Complete: switch off …"),
                Heading("Rotation completed"),
                Text("was reported as leaked"),
                NoText("leaked, and works still"),
            ),
        ),
    ),
    Story(
        "ends-soon",
        "A token that ends soon",
        ("expiry",),
        (
            step(Text("Ends in"), Text("The token ends in"), Offered("Put aside until 7 days before the end")),
            step(
                Press("Put aside until 7 days before the end"),
                Text("Ends in"),
                NotOffered("Put aside until 7 days before the end"),
            ),
            step(Reload(), Text("Ends in"), NotOffered("Put aside until 7 days before the end")),
            step(Save("Calendar file …"), FileSays("BEGIN:VALARM"), FileSays("Acme Okta")),
        ),
        world=(TokenEnds(13),),
    ),
)
