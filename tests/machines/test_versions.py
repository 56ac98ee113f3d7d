"""Two versions side by side: a page has its own version's files, whichever machine is asked for them first."""

import re
import shutil
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conftest import Console
from tests.machines.proxies import serve
from tests.sandbox.unreachable import self_signed_pem
from tests.shared_origin.proxy import free_port
from tests.web.apps import app_of
from webapp.sandbox.server import Server
from webapp.web import assets

CONSOLE = "https://console.example.com"
ACCENTS = (("#5b2a86", "#c9a5f0"), ("#8a4b00", "#f0c9a5"))


@dataclass(frozen=True)
class Versions:
    """Where an old machine, a new one, and the proxy in front of both are; `pem` is the proxy's certificate."""

    machines: tuple[str, str]
    proxy: str
    pem: Path


@pytest.fixture
def versions(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Versions]:
    """An old one and a new one, whose styles and colour are others."""
    newer = tmp_path / "static"
    shutil.copytree(assets.STATIC, newer)
    with (newer / "app.css").open("a") as sheet:
        sheet.write("/* newer */\n")
    port = free_port()
    pem = tmp_path / "server.pem"
    pem.write_bytes(self_signed_pem())
    with ExitStack() as stack:
        servers = []
        for static, accent in zip((assets.STATIC, newer), ACCENTS, strict=True):
            monkeypatch.setattr(assets, "STATIC", static)
            servers.append(Server(stack.enter_context(app_of(console, public_url=CONSOLE, brand_accent=accent))))
            servers[-1].start()
            stack.callback(servers[-1].stop)
        old, new = (each.url for each in servers)
        ports = [int(url.rpartition(":")[2]) for url in (old, new, new)]
        stack.enter_context(serve("nginx", port, ports, pem, tmp_path))
        yield Versions((old, new), f"https://127.0.0.1:{port}", pem)


def test_a_page_gets_the_files_of_its_own_version(versions: Versions) -> None:
    trusting = ssl.create_default_context(cafile=str(versions.pem))
    with httpx.Client(verify=trusting, headers={"Host": urlsplit(CONSOLE).netloc}) as http:
        seen: set[str] = set()
        for machine in versions.machines:
            sheets = re.findall(r'href="(/(?:static/app|brand)\..+?)"', http.get(f"{machine}/login").text)
            assert len(sheets) == 2
            assert not seen & set(sheets)
            seen.update(sheets)
            for sheet in sheets:
                expected = http.get(machine + sheet)
                assert expected.status_code == 200
                for _ in range(4):  # machines take turns
                    answer = http.get(versions.proxy + sheet)
                    assert (answer.status_code, answer.text) == (200, expected.text)
                    assert "immutable" in answer.headers["Cache-Control"]
        assert http.get(f"{versions.proxy}/static/app.000000000000.css").status_code == 404
