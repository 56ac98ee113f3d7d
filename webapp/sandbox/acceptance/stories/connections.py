"""Connections from their creation to their end."""

from webapp.sandbox.acceptance.deeds import CreateElsewhere, Elsewhere, Play, Rehearse
from webapp.sandbox.acceptance.story import Story, step
from webapp.sandbox.acceptance.vocabulary import (
    Choose,
    Fill,
    Heading,
    Holds,
    NotOffered,
    NoToken,
    Offered,
    Press,
    SameToken,
    Text,
    TickAll,
    Token,
    TryToLeave,
)

_FILLED_IN = (
    Press("Create connection"),
    Fill("Name", "Globex Okta"),
    Choose("Okta"),
    Heading("Create a connection"),
    Offered("Create connection"),
)

STORIES = (
    Story(
        "create",
        "Create a connection, with the guide to its identity provider",
        ("create", "guide"),
        (
            step(Heading("Globex has no SCIM connection yet"), Offered("Create connection")),
            step(*_FILLED_IN),
            step(
                Press("Create connection"),
                Heading("Connection created"),
                Token("Token …"),
                Heading("Set up Okta"),
                Text("SCIM connector base URL"),
            ),
            step(TryToLeave("History"), SameToken("Token …")),
        ),
        who="gil@globex.example",
        at="globex",
    ),
    Story(
        "create-reply-lost",
        "Create a connection, and the reply is lost",
        ("create-lost",),
        (
            step(*_FILLED_IN),
            step(
                Press("Create connection"),
                Heading("It was created, but its token could not be shown"),
                Text("Nobody has been shown"),
            ),
            step(Press("Start rotation"), Token()),
            step(Press("Complete rotation"), TickAll(), Press("Complete: switch off …"), Heading("Rotation completed")),
        ),
        who="gil@globex.example",
        at="globex",
        world=(Rehearse("create: reply lost"),),
    ),
    Story(
        "edit",
        "Give it another name and identity provider",
        ("edit",),
        (
            step(Press("Edit"), Heading("Edit connection"), Holds("Name", "Acme Okta")),
            step(
                Fill("Name", ""),
                Press("Save"),
                Text("Give it a name."),
            ),
            step(
                Fill("Name", "Acme Entra"),
                Choose("Microsoft Entra"),
                Press("Save"),
                Heading("Saved"),
                Text("Its base URL has changed with it"),
                Heading("Acme Entra"),
            ),
        ),
    ),
    Story(
        "delete",
        "Delete a connection",
        ("delete",),
        (
            step(Press("Delete"), Heading("Delete Acme Okta?"), Text("Groups that go")),
            step(Fill("To confirm, type …", "Acme"), Press("Delete connection"), Text("Nothing was deleted.")),
            step(
                Fill("To confirm, type …", "Acme Okta"),
                Press("Delete connection"),
                Heading("Acme Okta was deleted"),
                Heading("Acme has no SCIM connection yet"),
                Offered("Create connection"),
            ),
        ),
    ),
    Story(
        "deleted-elsewhere",
        "Find that somebody else has deleted it",
        ("gone",),
        (
            step(Elsewhere("delete"), Press("Acme Okta"), Text("Your organization has no such connection")),
            step(Press("Go to the connections"), Heading("Acme has no SCIM connection yet")),
        ),
    ),
    Story(
        "several",
        "Keep several connections apart",
        ("several",),
        (
            step(Heading("Acme Okta"), Heading("Acme JumpCloud")),
            step(Press("Acme JumpCloud"), Heading("Acme JumpCloud"), NotOffered("Acme Okta")),
            step(Press("Start rotation"), Heading("Rotation started"), Token()),
            step(Press("Cancel rotation"), Press("Cancel: switch off …"), Heading("Rotation cancelled"), NoToken()),
        ),
        world=(Play("connection_shape", "list"), CreateElsewhere("Acme JumpCloud")),
    ),
)
