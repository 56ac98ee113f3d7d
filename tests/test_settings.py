"""Settings: a missing or bad one is named, its value never shown."""

from pathlib import Path

import pytest

from webapp.settings import Settings, load
from webapp.smtp import Server, server_of

GOOD = {
    "STYTCH_PROJECT_ID": "project-test-1",
    "STYTCH_SECRET": "secret-test-1",
    "STYTCH_PUBLIC_TOKEN": "public-token-test-1",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The smallest one that will do, in a directory without `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def said() -> str:
    with pytest.raises(SystemExit) as ended:
        load()
    return str(ended.value)


def test_four_settings_are_enough() -> None:
    settings = load()
    assert settings.stytch_secret.get_secret_value() == "secret-test-1"
    assert (settings.session_minutes, settings.log_level, settings.secret_key_fallbacks) == (480, "info", ())
    assert settings.public_url == "http://127.0.0.1:8000"
    assert not settings.https


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    first, *lines = said().splitlines()
    assert first == "The console can't start. These settings are missing or wrong:"
    assert lines == [f"  {name}: Field required"]


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name)
    assert [line.split(":")[0].strip() for line in said().splitlines()[1:]] == list(GOOD)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STYTCH_PROJECT_ID", "my-own-words"),
        ("STYTCH_PROJECT_ID", "project-test-"),
        ("STYTCH_SECRET", ""),
        ("STYTCH_PUBLIC_TOKEN", "secret-test-mixed-up"),
        ("SECRET_KEY", "short-and-secret"),
        ("STYTCH_BASE_URL", "api.stytch.com"),
        ("STYTCH_BASE_URL", "https://api.stytch.com/v1"),
        ("STYTCH_SCIM_ORIGINS", "scim.example.com"),
        ("STYTCH_SCIM_ORIGINS", "https://scim.example.com/v1/b2b/scim"),
        ("STYTCH_SCIM_ORIGINS", "https://*.example.com"),
        ("STYTCH_SCIM_ORIGINS", "https://somebody@scim.example.com"),
        ("STYTCH_SCIM_ORIGINS", "https://one.example.com,http://two.example.com"),
        ("STYTCH_SCIM_ORIGINS", "http://localhost.example.com"),
        ("PUBLIC_URL", "console.internal"),
        ("PUBLIC_URL", "ftp://console.internal"),
        ("PUBLIC_URL", "https:///x"),
        ("PUBLIC_URL", "https://console.internal/a b"),
        ("PUBLIC_URL", "https://console.internal/a;b"),
        ("PUBLIC_URL", "https://console.internal/%61"),
        ("PUBLIC_URL", "https://console.internal/a/../b"),
        ("PUBLIC_URL", "https://console.internal//a"),
        ("PUBLIC_URL", f"https://console.internal/{'a' * 100}"),
        ("OIDC_ISSUER", "https://login.internal/a"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "10.0.0.1"),
        ("PUBLIC_URL", "https://console.internal?a=b"),
        ("PUBLIC_URL", "https://console.internal#a"),
        ("PUBLIC_URL", "https://somebody:password@console.internal"),
        ("PUBLIC_URL", "https://["),
        ("EMBED_ORIGINS", "*"),
        ("EMBED_ORIGINS", "portal.example"),
        ("EMBED_ORIGINS", "https://*.portal.example"),
        ("EMBED_ORIGINS", "https://portal.example/app"),
        ("EMBED_ORIGINS", "https://portal.example;script-src"),
        ("EMBED_ORIGINS", "https://portal.example,null"),
        ("BRAND_NAME", ""),
        ("BRAND_LOGO_URL", "image.png"),
        ("BRAND_LOGO_URL", "javascript:alert(1)"),
        ("BRAND_LOGO_URL", "https://portal.example/a b"),
        ("BRAND_ACCENT", "#17506c"),
        ("BRAND_ACCENT", "navy,skyblue"),
        ("BRAND_ACCENT", "#17506b,#8ecbe6,#ffffff"),
        ("BRAND_ACCENT", "#8ecbe6,#8ecbe6"),
        ("BRAND_ACCENT", "#17506b,#17506b"),
        ("SESSION_MINUTES", "4"),
        ("SESSION_MINUTES", "527041"),
        ("SESSION_MINUTES", "an-hour"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces"),
        ("LOG_LEVEL", "chatty"),
    ],
)
def test_a_bad_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    _, line = said().splitlines()
    assert line.startswith(f"  {name}: ")
    assert not value or value not in line


def test_secrets_are_not_shown_by_the_settings_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "an-earlier-key-0123456789abcdef00")
    shown = repr(load())
    for secret in (GOOD["STYTCH_SECRET"], GOOD["SECRET_KEY"], "an-earlier-key"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("project_id", "base_url", "expected"),
    [
        ("project-test-1", None, "https://test.stytch.com"),
        ("project-live-1", None, "https://api.stytch.com"),
        ("project-live-1", "", "https://api.stytch.com"),
        ("project-live-1", "https://login.example.com/", "https://login.example.com"),
        ("project-test-1", "http://127.0.0.1:8001", "http://127.0.0.1:8001"),
    ],
)
def test_stytch_is_where_the_project_is(
    monkeypatch: pytest.MonkeyPatch, project_id: str, base_url: str | None, expected: str
) -> None:
    monkeypatch.setenv("STYTCH_PROJECT_ID", project_id)
    if base_url is not None:
        monkeypatch.setenv("STYTCH_BASE_URL", base_url)
    assert load().stytch_base_url == expected


@pytest.mark.parametrize(
    ("value", "expected", "https"),
    [
        ("https://console.example.com", "https://console.example.com", True),
        ("https://console.example.com/", "https://console.example.com", True),
        ("https://Console.Example.com:443", "https://console.example.com", True),
        ("https://Portal.Example:443/Scim/", "https://portal.example/Scim", True),
        ("http://localhost:8000", "http://localhost:8000", False),
        ("http://localhost:80", "http://localhost", False),
    ],
)
def test_the_public_url_is_written_as_browsers_write_an_origin(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: str, https: bool
) -> None:
    monkeypatch.setenv("PUBLIC_URL", value)
    settings = load()
    assert (settings.public_url, settings.https) == (expected, https)


@pytest.mark.parametrize(
    ("value", "origin", "prefix"),
    [
        ("https://console.example.com/", "https://console.example.com", ""),
        ("http://Portal.Example:80/scim", "http://portal.example", "/scim"),
        ("https://portal.example:8443/admin/scim_1/", "https://portal.example:8443", "/admin/scim_1"),
    ],
)
def test_the_public_url_is_an_origin_and_perhaps_a_path(
    monkeypatch: pytest.MonkeyPatch, value: str, origin: str, prefix: str
) -> None:
    monkeypatch.setenv("PUBLIC_URL", value)
    settings = load()
    assert (settings.origin, settings.prefix) == (origin, prefix)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", []), ("k" * 32, ["k" * 32]), (f" {'k' * 32}, {'l' * 40} ,", ["k" * 32, "l" * 40])],
)
def test_earlier_keys_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, value: str, expected: list[str]) -> None:
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", value)
    assert [key.get_secret_value() for key in load().secret_key_fallbacks] == expected


def test_an_earlier_key_that_could_be_guessed_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", f"{'k' * 32},short")
    with pytest.raises(SystemExit, match="SECRET_KEY_FALLBACKS"):
        load()


@pytest.mark.parametrize(
    ("base", "whole", "expected"),
    [
        ("", "", ""),
        ("http://collector:4318", "", "http://collector:4318/v1/traces"),
        ("https://collector/otlp/", "", "https://collector/otlp/v1/traces"),
        ("", "http://collector:4318/spans", "http://collector:4318/spans"),
        ("http://collector:4318", "http://another:4318/spans/", "http://another:4318/spans/"),
    ],
)
def test_traces_go_where_opentelemetry_s_variables_say(
    monkeypatch: pytest.MonkeyPatch, base: str, whole: str, expected: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", base)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", whole)
    assert load().traces_to == expected


def test_portals_are_written_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().embed_origins == ()
    monkeypatch.setenv("EMBED_ORIGINS", "https://Portal.example:443/, http://[::1]:8001")
    assert load().embed_origins == ("https://portal.example", "http://[::1]:8001")


def test_origins_of_base_urls_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().stytch_scim_origins == ()
    monkeypatch.setenv("STYTCH_SCIM_ORIGINS", "https://Scim.example:443/, http://127.0.0.1:8001")
    assert load().stytch_scim_origins == ("https://scim.example", "http://127.0.0.1:8001")


def test_a_colour_that_can_be_read_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAND_ACCENT", "#17506b, #8ECBE6")
    assert load().brand_accent == ("#17506b", "#8ECBE6")


def test_one_that_can_not_is_refused_with_its_contrast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAND_ACCENT", "#17506b,#5f6f7a")
    assert "the colour on dark ground can't be read well: its contrast is 3.0, not 4.5" in said()


def test_dotenv_is_read_and_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STYTCH_SECRET")
    monkeypatch.setenv("LOG_LEVEL", "warning")
    (tmp_path / ".env").write_text("STYTCH_SECRET=secret-test-2\nLOG_LEVEL=debug\nUNRELATED=x\nSESSION_MINUTES=30\n")
    settings = load()
    assert settings.stytch_secret.get_secret_value() == "secret-test-2"
    assert (settings.log_level, settings.session_minutes) == ("warning", 30)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://a:b@mail.example.com", Server("mail.example.com", 465, "from the start", "a", "b")),
        ("smtps://mail.example.com:1465/", Server("mail.example.com", 1465, "from the start")),
        ("smtp://a%40b:c%3Ad@mail.example.com?starttls", Server("mail.example.com", 587, "starttls", "a@b", "c:d")),
        ("smtp://localhost", Server("localhost", 25, "")),
        ("smtp://[::1]:1025", Server("::1", 1025, "")),
    ],
)
def test_where_mail_is_handed_in(monkeypatch: pytest.MonkeyPatch, url: str, server: Server) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    monkeypatch.setenv("MAIL_FROM", "SCIM Console <console@example.com>")
    assert server_of(load().smtp_url.get_secret_value()) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://worth-hiding:b@mail.example.com",
        "smtp://mail.example.com?starttls=no",
        "smtps://mail.example.com?starttls",
        "smtp://:worth-hiding@",
        "smtps://user@mail.example.com",
        "smtps://a:b@mail.example.com:port",
        "smtps://a:wörth-hiding@mail.example.com",
        "smtps://a:b@mail.example.com/worth-hiding",
    ],
)
def test_where_no_mail_can_be_handed_in_safely(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    monkeypatch.setenv("MAIL_FROM", "console@example.com")
    assert "SMTP_URL: " in said()
    assert "rth-hiding" not in said()


@pytest.mark.parametrize("sender", ["console", "a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", "<a@b>"])
def test_who_no_mail_can_be_from(monkeypatch: pytest.MonkeyPatch, sender: str) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://localhost")
    monkeypatch.setenv("MAIL_FROM", sender)
    assert "MAIL_FROM: " in said()


@pytest.mark.parametrize(("name", "value"), [("SMTP_URL", "smtp://localhost"), ("MAIL_FROM", "a@b.example")])
def test_a_mail_server_and_a_sender_go_together(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert "SMTP_URL and MAIL_FROM go together" in said()
