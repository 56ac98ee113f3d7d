"""The session cookie: Flask's `session`, encrypted.

Flask signs its cookie and leaves it readable; ours holds a member session, so it is a JWE (direct A256GCM).
A frame in another site's page has a cookie of its own: browsers send it in frames of that site alone (`trust.md §3`).
"""

import hashlib
import hmac
import json
from typing import Any

from flask import Flask, current_app, request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import SecretStr
from werkzeug.wrappers import Response

from webapp.settings import Settings
from webapp.web import frames

MAX_BYTES = 3800
"""Browsers drop a cookie whose name, value and attributes pass 4,096 bytes."""
_FRAME_BYTES = 90
"""Of a JWE's header, nonce and tag."""

_UTF8 = ("utf-8", "surrogatepass")
_HEADER = {"alg": "dir", "enc": "A256GCM"}


class _Json(TaggedJSONSerializer):
    def dumps(self, value: Any) -> str:
        """Shorter than Flask's, which writes six bytes for whatever is not ASCII."""
        return json.dumps(self.tag(value), separators=(",", ":"), ensure_ascii=False)


class Encryption:
    """Encrypts with the first key, decrypts with any; shaped like the serializer that Flask's session asks for."""

    def __init__(self, keys: list[SecretStr], purpose: str = "session cookie") -> None:
        self._keys = [_derived(key, purpose) for key in keys]
        self._json = _Json()

    def dumps(self, value: Any) -> str:
        """The value as a compact JWE."""
        return jwe.encrypt_compact(_HEADER, self._json.dumps(value).encode(*_UTF8), self._keys[0])

    def loads(self, value: str, max_age: int | None = None) -> Any:  # noqa: ARG002
        """The value again. Raises `BadSignature` for anything not made with one of the keys.

        Age is not looked at: the member session inside has an end of its own, which Stytch keeps.
        """
        for key in self._keys:
            try:
                return self._json.loads((jwe.decrypt_compact(value, key).plaintext or b"").decode(*_UTF8))
            except (JoseError, ValueError):
                continue
        raise BadSignature("not made by this console")


def room(content: Any) -> int:
    """For how many bytes more there is room in a cookie with this content; negative if it is too large."""
    return (MAX_BYTES - _FRAME_BYTES) * 3 // 4 - len(_Json().dumps(content).encode(*_UTF8))


class EncryptedSession(SecureCookieSessionInterface):
    """Flask's cookie session over `Encryption`."""

    def __init__(self, encryption: Encryption) -> None:
        self._encryption = encryption

    def get_signing_serializer(self, app: Flask) -> Any:  # noqa: ARG002
        """What Flask reads and writes the cookie with."""
        return self._encryption

    def get_cookie_name(self, app: Flask) -> str:
        """That of this request's session."""
        return frames.cookie_name() if frames.crosses_sites() else super().get_cookie_name(app)

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """`None` where the page around is another site's."""
        return "None" if frames.crosses_sites() else super().get_cookie_samesite(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Browsers take the frame's cookie only so; they do on this machine's own address by HTTP, too."""
        return frames.crosses_sites() or super().get_cookie_secure(app)

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """Whether it is kept for frames in one site's pages."""
        return frames.crosses_sites() or super().get_cookie_partitioned(app)


def init_app(app: Flask, settings: Settings) -> None:
    """Gives the app its session cookie."""
    app.session_interface = EncryptedSession(Encryption([settings.secret_key, *settings.secret_key_fallbacks]))
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SESSION_COOKIE_NAME=name(settings),
        # Below a prefix it is for us alone: what else lives on the origin gets no sight of it.
        SESSION_COOKIE_PATH=settings.prefix or "/",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )


def keep(response: Response, what: str, value: str, seconds: int) -> None:
    """Keeps something in this browser that is no secret, for whoever sits there: in a cookie beside the session's."""
    app, session = current_app, current_app.session_interface
    response.set_cookie(
        _beside(what),
        value,
        max_age=seconds,
        path=session.get_cookie_path(app),
        secure=session.get_cookie_secure(app),
        httponly=True,
        samesite=session.get_cookie_samesite(app),
        partitioned=session.get_cookie_partitioned(app),
    )


def kept(what: str) -> str:
    """What was kept so; empty if nothing was."""
    return request.cookies.get(_beside(what), "")


def name(settings: Settings) -> str:
    """What browsers know the cookie by: `__Host-` has them take it from this very host, and allows no path but `/`."""
    if not settings.https:
        return "scim_console"
    return "__Secure-scim_console" if settings.prefix else "__Host-scim_console"


def _beside(what: str) -> str:
    # One name for tabs and frames: browsers keep those of a frame in another site's page apart by themselves.
    return f"{current_app.config['SESSION_COOKIE_NAME']}_{what}"


def _derived(key: SecretStr, purpose: str) -> OctKey:
    # Forms are signed with the same secret: no key serves two purposes.
    secret = key.get_secret_value().encode()
    return OctKey.import_key(hmac.digest(secret, f"scim-console {purpose}".encode(), hashlib.sha256))
