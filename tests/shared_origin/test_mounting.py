"""Inside another application's process, whose own things stay as they are."""

import logging
from pathlib import Path

import httpx
import pytest

from tests.conftest import Console
from tests.shared_origin.origin import mounted
from tests.shared_origin.papers import block
from webapp import create_app


def test_the_logging_of_the_process_is_left_alone(
    console: Console,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = list(logging.root.handlers), logging.root.level
    with mounted(console, tmp_path, monkeypatch) as (url, _):
        caplog.clear()
        assert httpx.get(f"{url}/scim/login").status_code == 200
        assert (logging.root.handlers, logging.root.level) == before
    assert '"path": "/login"' in capsys.readouterr().err
    assert caplog.records == []


def test_a_setting_that_means_something_else_to_the_portal_is_given_by_name(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(console, tmp_path, monkeypatch) as (url, _):
        written = {"create_app": create_app}
        exec(block("python", 1), written)  # noqa: S102
        extensions = written["console"].extensions  # type: ignore[attr-defined]
        extensions["stytch"].close()
        extensions["history"].close()
        assert extensions["settings"].public_url == f"{url}/scim"
        assert extensions["settings"].database_url == "sqlite:///instance/scim-history.sqlite3"
