"""What holds in every scene, whatever failed: I1 to I9 of trust.md §5."""

import httpx
import sqlalchemy as sa

from tests.connections.conftest import buttons, words
from tests.matrix.stage import Stage, lanes, title
from tests.matrix.table import CHANGES, NOT_SO_FAR, UNKNOWN
from webapp.history.database import events, intents

OUTCOMES = {"done", "not_done", "changed", "lost"}
"""Of an intent that has an end."""


def check_answer(stage: Stage, answer: httpx.Response, before: list[str]) -> None:
    """Right after an answer: what it says is so (I4). `before` are the last fours before it was asked for."""
    assert answer.status_code != 500, "the console's own mistake"
    now = last_fours(stage)
    said, text = title(answer), words(answer)
    if shown := lanes(answer):
        assert set(works(answer)) <= set(now), "what is said to work does"
        assert is_open(answer) or set(works(answer)) >= set(accepted(stage)), "and what does is said to"
        assert not {last_four for state, last_four in shown if state == "stopped"} & set(now)
    if "Nothing was changed" in text or said.startswith(("The rotation was not", "Not ")):
        assert now == before
    if said == "Rotation completed":
        assert now == before[1:] or (len(now) == 1 and now == before)
    if said == "Rotation cancelled":
        assert now == before[:1]
    if said == "Rotation started":
        assert len(now) == 2
        assert stage.shown(stage.tokens[-1])
    if said == "A new token was made, but it could not be shown":
        assert len(now) == 2
        assert not stage.shown(stage.tokens[-1])


def accepted(stage: Stage) -> list[str]:
    """The last fours of the tokens that Stytch lets in now: not always all that it has."""
    connection = stage.sandbox.connection()
    tokens = (connection.bearer_token, connection.next_bearer_token or "")
    let_in = stage.sandbox.world.accepts_scim_token
    return [token[-4:] for token in tokens if let_in(connection.connection_id, token)]


def works(answer: httpx.Response) -> list[str]:
    """The tokens that the card says work, by their last four."""
    return [last_four for state, last_four in lanes(answer) if state in ("works", "leaving")]


def is_open(answer: httpx.Response) -> bool:
    """Whether the answer says that it is not known yet what came of a change."""
    return title(answer) == UNKNOWN.title or title(answer) in {NOT_SO_FAR.of(call).title for call in CHANGES}


def check_scene(stage: Stage, started: list[httpx.Response]) -> None:
    """At the end of a scene. `started` are the answers to this member's own starts."""
    world = stage.sandbox.world
    connection = stage.sandbox.connection()
    old, *made = stage.tokens
    shown = {token: stage.shown(token) for token in stage.tokens}
    assert connection.bearer_token == old or shown[connection.bearer_token], "I1"
    kept = intents_of(stage)
    for call in CHANGES:
        assert stage.changes(call) <= sum(intent["action"] == call for intent in kept), "I2: once an intent"
    assert not shown[old], "I3"
    for token in made:
        assert [answer for answer in shown[token] if answer not in started] == [], "I3: in the start's own answer"
        assert len(shown[token]) <= 1, "I3: once"
    check_secrecy(stage)
    assert [intent for intent in kept if intent["outcome"] not in OUTCOMES] == [], "I6: all have an end"
    with stage.history.read() as read:
        told = "".join(read.execute(sa.select(events.c.details)).scalars())
    assert [intent["id"] for intent in kept if intent["id"] not in told] == [], "I6: and the history tells of it"
    writes = [entry for entry in world.requests if "/rotate/" in entry.path]
    # A fault can strike before Stytch knows who it is; whatever it has let in was this member's.
    assert {entry.acting_member_id for entry in writes if not entry.fault} <= {stage.member_id}, "I8"
    assert {entry.acting_member_id for entry in writes} <= {stage.member_id, None}, "I8"


def check_final(stage: Stage, answer: httpx.Response) -> None:
    """After the settle time: a definite truth, equal to the world's, and a way forward."""
    now = last_fours(stage)
    assert works(answer) == now
    offered = " ".join(buttons(answer))
    assert ("Start rotation" in offered) is (len(now) == 1)
    assert ("Cancel: switch off" in offered) is (len(now) == 2)
    assert not is_open(answer)


def last_fours(stage: Stage) -> list[str]:
    """Of the tokens that work at Stytch now: the current one, and the new one while there is one."""
    connection = stage.sandbox.connection()
    return [token[-4:] for token in (connection.bearer_token, connection.next_bearer_token) if token]


def intents_of(stage: Stage) -> list[sa.RowMapping]:
    """The scene's intents."""
    with stage.history.read() as read:
        return list(read.execute(sa.select(intents)).mappings())


def check_secrecy(stage: Stage) -> None:
    """I5: a token is nowhere but in the one body, the session nowhere but in the cookie, encrypted."""
    session = stage.visitor.session
    assert [token for token in stage.tokens if token in str(session)] == [], "I5"
    of_session = {*stage.secrets, *(text for name, text in session["member"].items() if name.startswith("session"))}
    of_session -= {""}
    # A part of a secret is too much.
    secrets = [part for secret in (*stage.tokens, *of_session) for part in (secret[-16:], secret[-32:-16])]
    files = stage.history_file.parent.glob(f"{stage.history_file.name}*")
    places = {"logs": stage.logs.getvalue(), "cookie": stage.visitor.cookie}
    places |= {file.name: file.read_bytes().decode("latin-1") for file in files}
    places |= {f"headers {number}": str(answer.headers) for number, answer in enumerate(stage.answers)}
    places |= {f"address {number}": str(answer.request.url) for number, answer in enumerate(stage.answers)}
    found = [name for name, text in places.items() for secret in secrets if secret in text]
    assert found == [], "I5"
    assert [answer for answer in stage.answers if any(secret in answer.text for secret in of_session)] == [], "I5"
