"""The console inside of a portal."""

from webapp.sandbox.acceptance.story import Place, Story, step
from webapp.sandbox.acceptance.vocabulary import (
    Fill,
    Heading,
    Offered,
    Press,
    PressAndClose,
    PressForWindow,
    Text,
    Token,
    Value,
)

STORIES = (
    Story(
        "frame",
        "Rotate in a frame of the portal's page",
        ("frame",),
        (
            step(Heading("Acme Okta"), Offered("Start rotation"), Text("ada@acme.example")),
            step(Press("Start rotation"), Heading("Rotation started"), Token()),
            step(Press("Cancel rotation"), Press("Cancel: switch off …"), Heading("Rotation cancelled")),
            step(Press("History"), Heading("History"), Text("Cancel rotation")),
        ),
        place=Place.FRAME,
    ),
    Story(
        "other-site",
        "Sign in for a frame in another site's page",
        ("other-site",),
        (
            step(PressForWindow("Sign in in a new window"), Heading("Sign in")),
            step(Fill("Work email", "vic@acme.example"), Press("Email me a code"), Heading("Enter the code")),
            step(Fill("Code", Value.MAILED_CODE), Press("Sign in"), Text("Use this sign-in in")),
            step(PressAndClose("Use this sign-in"), Heading("Acme Okta"), Text("vic@acme.example")),
        ),
        who="vic@acme.example",
        signed_in=False,
        place=Place.OTHER_SITE,
    ),
    Story(
        "below-path",
        "Use the console below a path of the portal",
        ("below-path",),
        (
            step(Heading("Acme Okta"), Text("ada@acme.example")),
            step(Press("Start rotation"), Heading("Rotation started"), Token()),
            step(Press("Cancel rotation"), Press("Cancel: switch off …"), Heading("Rotation cancelled")),
            step(Press("Sign out"), Heading("Sign in")),
        ),
        place=Place.BELOW_PATH,
    ),
)
