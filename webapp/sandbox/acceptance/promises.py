"""What the console promises, in the words of its own documents. The stories say which of these they are about."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """A sentence, or the part of one that promises, as it stands in a document."""

    document: str
    quote: str


_README, _ROTATION, _CONNECTIONS = "README.md", "docs/rotation.md", "docs/connections.md"
_EMBED, _OPERATE, _SECURITY = "docs/embed.md", "docs/operate.md", "docs/security.md"

PROMISES: Mapping[str, Promise] = {
    "no-gap": Promise(_README, "replaces the SCIM bearer token without provisioning ever stopping"),
    "which-works": Promise(_README, "at every step the page says which token works"),
    "three-steps": Promise(_ROTATION, "Stytch makes a new token. The console shows it once"),
    "cancel": Promise(_ROTATION, "the new token stops and the old one goes on as before"),
    "sent-twice": Promise(_ROTATION, "a form that you send twice tells you again what came of the first"),
    "nothing-by-itself": Promise(_ROTATION, "No page, reload or lost session completes or cancels anything by itself"),
    "shown-once": Promise(_ROTATION, "Copy it into the identity provider"),
    "start-again": Promise(_ROTATION, "**Cancel and start again** makes another"),
    "lost-token": Promise(_ROTATION, "A new token was made, but it could not be shown"),
    "in-history": Promise(_ROTATION, "which held it, did not come through: this console has shown it to nobody"),
    "not-known": Promise(_ROTATION, "Nobody can say yet what came of the last change"),
    "credentials": Promise(_ROTATION, "Stytch does not accept the console's own credentials. Nothing was changed."),
    "read-again": Promise(_ROTATION, "Where Stytch's answer is lost, or can't be believed, the console reads again"),
    "settle": Promise(_ROTATION, "no other change is allowed until then"),
    "never-twice": Promise(_ROTATION, "It never sends a change a second time by itself"),
    "error-says": Promise(_ROTATION, "The tokens are as they were, which was read."),
    "stytch-down": Promise(_ROTATION, "Reading failed, twice. Nothing was sent to change anything."),
    "slow": Promise(_ROTATION, "Done after 3 seconds, and answered"),
    "busy": Promise(_ROTATION, "Stytch takes no more requests for now. Nothing was changed."),
    "compared": Promise(_ROTATION, "if that has changed, nothing is sent"),
    "session-ends": Promise(_ROTATION, "Sign in; you come back to the same page."),
    "token-check": Promise(_ROTATION, "Whoever may rotate can paste what the identity provider holds"),
    "webhook-proof": Promise(_ROTATION, "The one token that was left works, and the identity provider uses it."),
    "leaked": Promise(_ROTATION, "the card says for how long the leak has been known, and what comes next"),
    "expiry": Promise(_CONNECTIONS, "a badge, and a banner with what to do, which can be put aside"),
    "create": Promise(_CONNECTIONS, "the token, which Stytch shows this once, and the set-up guide"),
    "create-lost": Promise(_CONNECTIONS, "The way forward is a rotation, not deleting and creating again"),
    "guide": Promise(_CONNECTIONS, "**Set-up guide** on a connection's card leads step by step"),
    "edit": Promise(_CONNECTIONS, "After saving, the console says whether the base URL has changed"),
    "delete": Promise(_CONNECTIONS, "The connection's name has to be typed"),
    "gone": Promise(_ROTATION, "It was deleted, or belongs to another organization."),
    "several": Promise(_CONNECTIONS, "each connection has its own card, its own page and its own state"),
    "roles-review": Promise(_CONNECTIONS, "The review says what is added, what is removed and what stays"),
    "roles-compared": Promise(_CONNECTIONS, "applies the reviewed difference to it and to nothing else"),
    "roles-permission": Promise(_CONNECTIONS, "without it there is no button"),
    "groups-search": Promise(_CONNECTIONS, "The console walks through the groups"),
    "groups-several": Promise(_CONNECTIONS, "gives a role to the groups that are ticked"),
    "sign-in-ways": Promise(_README, "every way to sign in"),
    "choose-organization": Promise(_README, "also in Globex and Initech"),
    "own-door": Promise(_README, "Organizations then also have a door of their own"),
    "second-factor": Promise(_README, "a second factor for all"),
    "portal-sign-in": Promise(_README, "sign-in through a portal that is an application of the same project"),
    "portal-session": Promise(_README, "its session can then be gone on with by a click"),
    "fresh-proof": Promise(_README, "how old the last proof of identity may be"),
    "permissions": Promise(_README, "The console asks for actions, never for the names of roles."),
    "permission-missing": Promise(_ROTATION, "Stytch refused it to you. Nothing was changed."),
    "history": Promise(_README, "Everything that is done is written to a history"),
    "evidence": Promise(_ROTATION, "The evidence sheet of the rotation says when"),
    "sessions": Promise(_EMBED, "the person's sessions"),
    "session-warning": Promise(_README, "after so many minutes without a request a session ends"),
    "frame": Promise(_EMBED, "In a frame the console has no header of its own."),
    "other-site": Promise(_EMBED, "The window asks whether the portal, which it names, is to go on with that sign-in."),
    "below-path": Promise(_EMBED, "The console can live on the portal's own origin, under a path."),
    "no-javascript": Promise(_README, "every step works without JavaScript too"),
    "keyboard": Promise(_README, "every step works"),
}
