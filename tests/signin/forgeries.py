"""JWTs as an attacker makes them, who has what everybody has: the public keys, and a JWT of their own."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from webapp.sandbox.keys import SigningKey

Claims = dict[str, Any]
_OWN = RSAKey.generate_key(2048)
Make = Callable[[SigningKey, Claims], str]


def encoded(part: bytes | Claims) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unsigned(_key: SigningKey, claims: Claims) -> str:
    return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."


def unsigned_with_key_id(key: SigningKey, claims: Claims) -> str:
    return f"{encoded({'alg': 'none', 'kid': key.jwks()[0]['kid'], 'typ': 'JWT'})}.{encoded(claims)}."


def signed_with_the_public_key(key: SigningKey, claims: Claims) -> str:
    """The public key, which everybody has, taken for an HMAC secret."""
    (jwk,) = key.jwks()
    pem = RSAKey.import_key({name: str(jwk[name]) for name in ("kty", "n", "e")}).as_pem(private=False)
    signed = f"{encoded({'alg': 'HS256', 'kid': jwk['kid'], 'typ': 'JWT'})}.{encoded(claims)}"
    return f"{signed}.{encoded(hmac.digest(pem, signed.encode(), hashlib.sha256))}"


def altered(key: SigningKey, claims: Claims) -> str:
    header, _, signature = key.sign(claims).split(".")
    return f"{header}.{encoded({**claims, 'extra': True})}.{signature}"


def with_a_key_of_its_own(_key: SigningKey, claims: Claims) -> str:
    """Which its header holds, and says where to fetch (RFC 7515 §4.1.2, §4.1.3)."""
    public = _OWN.as_dict(private=False)
    return jwt.encode({"alg": "RS256", "jwk": public, "jku": "https://evil.example/jwks.json"}, claims, _OWN)


def with_a_key_under_stytch_s_id(key: SigningKey, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.jwks()[0]["kid"]}, claims, _OWN)


def with_an_unknown_key_id(_key: SigningKey, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "jwk-test-1"}, claims, _OWN)


def but(**changes: Any) -> Make:
    """Properly signed, with other claims; None takes one out."""

    def make(key: SigningKey, claims: Claims) -> str:
        changed = claims | changes
        return key.sign({name: value for name, value in changed.items() if value is not None})

    return make
