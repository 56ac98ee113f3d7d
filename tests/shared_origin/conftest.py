"""The console at a path of the portal's origin, by each way that can be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Console
from tests.shared_origin.origin import WAYS, Shared, share_an_origin


@pytest.fixture(params=WAYS)
def shared(
    request: pytest.FixtureRequest, console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shared]:
    """The portal and the console."""
    with share_an_origin(request.param, console, tmp_path, monkeypatch) as shared:
        yield shared
