"""The RS256 key that signs session JWTs, and its public half as a JWKS (stytch-api.md §4.9)."""

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from webapp.sandbox.identifiers import new_id


class SigningKey:
    """One RSA key, made when the sandbox starts."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": new_id("jwk"), "use": "sig", "alg": "RS256"})

    def sign(self, claims: dict[str, object]) -> str:
        """A JWT with the header keys `alg`, `kid`, `typ`."""
        return jwt.encode({"alg": "RS256", "kid": self._key.kid, "typ": "JWT"}, claims, self._key)

    def claims(self, token: str) -> dict[str, object]:
        """The claims of a JWT that this key signed, even an expired one; ValueError for any other text."""
        try:
            return dict(jwt.decode(token, self._key, algorithms=["RS256"]).claims)
        except JoseError as error:
            raise ValueError("not a JWT of this key") from error

    def jwks(self) -> list[dict[str, object]]:
        """The `keys` of the JWKS; key_ops, x5c and x5tS256 are there because the official SDK requires them."""
        return [{**self._key.as_dict(private=False), "key_ops": ["verify"], "x5c": [], "x5tS256": ""}]
