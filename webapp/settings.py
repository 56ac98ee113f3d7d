"""The only reader of the environment."""

import base64
import binascii
import re
from importlib.util import find_spec
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webapp import contrast, smtp

SHORTEST_KEY = 32

Language = Literal["en", "es", "de", "ja"]

LoginMethod = Literal[
    "magic_link",
    "email_otp",
    "password",
    "sso",
    "google_oauth",
    "microsoft_oauth",
    "github_oauth",
    "slack_oauth",
    "hubspot_oauth",
]

GROUNDS = (
    ("#ffffff", "#f5f6f4", "#e9f4ee", "#fbf2e2", "#fbecea"),
    ("#0c1a22", "#0f171d", "#162028", "#14291f", "#2b2213", "#2f1a18"),
)
"""Light and dark: what the accent colour is on, and what is on it, in app.css."""

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_IMAGE = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/[^\s\"'<>\\]*")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?")
_SENDER = re.compile(r"[^\s<>@,\"]+@[^\s<>@,\"]+|[\w .-]+ <[^\s<>@,\"]+@[^\s<>@,\"]+>")
_EXACT = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?")
# What is written in a cookie's path and in policies, and is the same however it is encoded.
_PATH = re.compile(r"(/[A-Za-z0-9_-]+)*")


class Settings(BaseSettings):
    """What the console is told from outside, by environment variables of the same names in capitals (or `.env`).

    Raises `pydantic.ValidationError` on a missing or bad value; values are never part of its text.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    stytch_project_id: str = Field(pattern=r"^project-(test|live)-.+")
    stytch_secret: SecretStr = Field(min_length=1)
    stytch_public_token: str = Field(pattern=r"^public-token-(test|live)-.+")
    stytch_base_url: str = ""
    """Origin of Stytch's API; by default the project's own: test or live (`stytch-api.md §1.1`)."""
    stytch_scim_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of SCIM base URLs other than `STYTCH_BASE_URL`, comma-separated: tokens are tried there too."""

    secret_key: SecretStr = Field(min_length=SHORTEST_KEY)
    """Encrypts the session cookie and signs forms."""
    secret_key_fallbacks: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Earlier keys, comma-separated: cookies made with them are still read."""
    public_url: str = "http://127.0.0.1:8000"
    """Where browsers reach the console: an origin, or a path below one, such as `https://portal.example/scim`."""
    trusted_proxies: int = Field(default=0, ge=0, le=9)
    """How many proxies in front add the address they were asked from to `X-Forwarded-For`; 0: nobody is believed."""
    embed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of portals whose pages may have the console in a frame, comma-separated; empty: none may."""
    brand_name: str = Field(default="SCIM Console", min_length=1, max_length=40)
    """What the console is called on its pages."""
    brand_logo_url: str = ""
    """An image before the name; empty: the console's own mark."""
    brand_accent: Annotated[tuple[str, ...], NoDecode] = ()
    """The colour of links and main buttons, as `#rrggbb`: one on light ground and one on dark, comma-separated."""
    default_language: Language = "en"
    """In which language mails are, and pages where the browser asks for none of ours."""
    login_methods: Annotated[tuple[LoginMethod, ...], NoDecode] = ("magic_link", "email_otp", "password", "sso")
    """The ways to sign in that the Stytch project is set up for, comma-separated, under Stytch's names."""
    session_minutes: int = Field(default=480, ge=10, le=527_040)
    """After so many minutes a session ends, whatever its member does (`stytch-api.md §4.8` has the bounds)."""
    session_idle_minutes: int = Field(default=30, ge=5, le=527_040)
    """After so many minutes without a request a session ends, at most five later."""
    step_up_minutes: int = Field(default=15, ge=0, le=527_040)
    """How old the last proof of identity may be, in minutes, for what is hard to undo; 0: any age."""
    oidc_issuer: str = ""
    """The Stytch project's domain as OpenID provider: sign-in through the portal (`stytch-api.md §5`)."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    """Of a confidential first-party Connected App with full access."""
    portal_name: str = ""
    """What the portal is called on the buttons that lead there; empty: the portal, in the reader's language."""
    portal_session_cookie: str = ""
    """The name of the portal's cookie with its Stytch session token, such as `stytch_session`; empty: not used."""
    stytch_webhook_secret: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """What Stytch's webhooks are signed with, comma-separated while it is replaced; empty: none are taken."""
    redis_url: str = ""
    """Where rate limits are counted; empty: in each process's memory."""
    database_url: str = "sqlite:///instance/history.sqlite3"
    """Where the history is kept: `sqlite:///file` or `postgresql://…`."""
    smtp_url: SecretStr = SecretStr("")
    """Where mail about ending tokens is handed in, as `webapp/smtp.py` reads it; empty: none is sent."""
    mail_from: str = ""
    """Who that mail is from, such as `SCIM Console <console@example.com>`."""
    metrics_token: SecretStr = SecretStr("")
    """What Prometheus shows to read `/metrics`, at least 32 characters; empty: there is no such page."""
    otel_exporter_otlp_endpoint: str = ""
    """Where traces are sent, such as `http://localhost:4318`; empty: nowhere. The SDK reads its other variables."""
    otel_exporter_otlp_traces_endpoint: str = ""
    """The same as a whole address, such as `http://localhost:4318/v1/traces`; goes before the other."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator(
        "secret_key_fallbacks",
        "login_methods",
        "embed_origins",
        "brand_accent",
        "stytch_webhook_secret",
        "stytch_scim_origins",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("stytch_base_url", "oidc_issuer")
    @classmethod
    def _origin(cls, value: str) -> str:
        return origin_of(value) if value else value

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        return "".join(_parts_of(value))

    @field_validator("stytch_scim_origins")
    @classmethod
    def _not_in_the_clear(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        origins = cls._origins(values)
        if any(map(in_the_clear, origins)):
            raise ValueError("tokens go there: must be https:// origins, but on this machine")
        return origins

    @field_validator("embed_origins")
    @classmethod
    def _origins(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        origins = tuple(map(origin_of, values))
        if not all(_EXACT.fullmatch(each) for each in origins):
            raise ValueError("must be exact origins such as https://portal.example.com, without wildcards")
        return origins

    @field_validator("brand_logo_url")
    @classmethod
    def _image(cls, value: str) -> str:
        if value and not _IMAGE.fullmatch(value):
            raise ValueError("must be the whole URL of an image, such as https://portal.example.com/logo.svg")
        return value

    @field_validator("brand_accent")
    @classmethod
    def _readable(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if values and (len(values) != 2 or not all(_COLOUR.fullmatch(each) for each in values)):
            raise ValueError("must be two colours such as #17506b,#8ecbe6: on light ground, on dark ground")
        for ground, accent, others in zip(("light", "dark"), values, GROUNDS, strict=False):
            worst = min(contrast.ratio(accent, other) for other in others)
            if worst < contrast.ENOUGH:
                raise ValueError(
                    f"the colour on {ground} ground can't be read well: its contrast is {worst:.1f}, not 4.5 or more"
                )
        return values

    @field_validator("stytch_webhook_secret")
    @classmethod
    def _of_svix(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in secrets:
            prefix, _, key = secret.get_secret_value().partition("_")
            try:
                long_enough = len(base64.b64decode(key + "=" * (-len(key) % 4), validate=True)) >= 16
            except binascii.Error:
                long_enough = False
            if prefix != "whsec" or not long_enough:
                raise ValueError("must be as the webhook's page in Stytch's dashboard shows it: whsec_ and the key")
        return secrets

    @field_validator("smtp_url")
    @classmethod
    def _can_mail(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            smtp.server_of(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and not _SENDER.fullmatch(value):
            raise ValueError("must be an address such as console@example.com, or Name <console@example.com>")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _not_guessable(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters, or be empty")
        return value

    @field_validator("otel_exporter_otlp_endpoint", "otel_exporter_otlp_traces_endpoint")
    @classmethod
    def _can_trace(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as http://localhost:4318")
        try:
            installed = find_spec("opentelemetry.exporter.otlp.proto.http")
        except ModuleNotFoundError:
            installed = None
        if installed is None:
            raise ValueError("needs packages that are not installed: the extra `tracing` has them")
        return value

    @model_validator(mode="before")
    @classmethod
    def _base_url_of_the_project(cls, values: dict[str, Any]) -> dict[str, Any]:
        if not values.get("stytch_base_url"):
            live = str(values.get("stytch_project_id", "")).startswith("project-live-")
            values["stytch_base_url"] = "https://api.stytch.com" if live else "https://test.stytch.com"
        return values

    @field_validator("secret_key_fallbacks")
    @classmethod
    def _long_enough(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_KEY for key in keys):
            raise ValueError(f"each key must have at least {SHORTEST_KEY} characters, none of them a comma")
        return keys

    @model_validator(mode="after")
    def _whole_client(self) -> "Settings":
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret.get_secret_value())
        if any(given) and not all(given):
            raise ValueError("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together")
        return self

    @model_validator(mode="after")
    def _whole_mail(self) -> "Settings":
        if bool(self.smtp_url.get_secret_value()) != bool(self.mail_from):
            raise ValueError("SMTP_URL and MAIL_FROM go together")
        return self

    @property
    def origin(self) -> str:
        """`PUBLIC_URL` without its path, as browsers write it in `Origin`."""
        return _parts_of(self.public_url)[0]

    @property
    def prefix(self) -> str:
        """The path of `PUBLIC_URL`, such as `/scim`; empty when the console has its origin to itself."""
        return _parts_of(self.public_url)[1]

    @property
    def traces_to(self) -> str:
        """The collector's address for spans, made as OpenTelemetry's specification says; empty: none."""
        base = self.otel_exporter_otlp_endpoint
        return self.otel_exporter_otlp_traces_endpoint or (f"{base.rstrip('/')}/v1/traces" if base else "")

    @property
    def https(self) -> bool:
        """Whether browsers reach the console by HTTPS; cookies are `Secure` then."""
        return self.public_url.startswith("https://")


def in_the_clear(origin: str) -> bool:
    """Whether what is sent there can be read on the way: it leaves the machine, and without TLS."""
    return not origin.startswith("https://") and not _LOOPBACK.fullmatch(origin)


def origin_of(value: str) -> str:
    """The origin as browsers write it in `Origin`, which it is compared with. Raises `ValueError` for anything more."""
    origin, path = _parts_of(value)
    if path:
        raise ValueError("must be an origin such as https://console.example.com, with no path")
    return origin


def _parts_of(url: str) -> tuple[str, str]:
    """A URL's origin, as browsers write it, and its path without a slash at the end. Raises `ValueError`."""
    parts = urlsplit(url)
    more = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or more:
        raise ValueError("must be an address such as https://console.example.com")
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path) or len(path) > 100:  # a cookie has no more room for it
        raise ValueError("may have a path of letters, digits, - and _ alone, such as /scim")
    default_port = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(default_port)}", path


def load() -> Settings:
    """The settings of this process. Ends it with one line for each bad setting, naming it."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            ": ".join(filter(None, (".".join(map(str, e["loc"])).upper(), e["msg"])))
            for e in error.errors(include_input=False)
        ]
        raise SystemExit(
            "The console can't start. These settings are missing or wrong:\n  " + "\n  ".join(lines)
        ) from None
