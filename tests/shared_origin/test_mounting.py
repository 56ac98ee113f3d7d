"""Inside another application's process, whose own things stay as they are."""

import logging
from pathlib import Path

import httpx
import pytest

from tests.conftest import Console
from tests.shared_origin.origin import mounted


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
