"""nginx and Caddy in front of the machines, as the files in ops/ have them."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.processes.gunicorn import ROOT
from tests.shared_origin.proxy import has_nginx, running, serve_nginx

PROXIES = ("nginx", "Caddy")
_HERE = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"


def serve(proxy: str, port: int, machines: list[int], pem: Path, folder: Path) -> AbstractContextManager[None]:
    """The proxy at the port, with that certificate, in front of the machines at those ports. Files go into `folder`."""
    return (_nginx if proxy == "nginx" else _caddy)(port, [f"127.0.0.1:{each}" for each in machines], pem, folder)


@contextmanager
def _nginx(port: int, machines: list[str], pem: Path, folder: Path) -> Iterator[None]:
    if not has_nginx():
        pytest.skip("NO NGINX on this machine: ops/nginx.conf was not tried")
    written = (ROOT / "ops/nginx.conf").read_text()
    for number, machine in enumerate(machines, 1):
        written = written.replace(f"10.0.0.{number}:8000", machine)
    written = written.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    written = re.sub(r"/etc/ssl/console\.(pem|key)", str(pem), written)
    with serve_nginx(port, written, folder):
        yield


@contextmanager
def _caddy(port: int, machines: list[str], pem: Path, folder: Path) -> Iterator[None]:
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("NO CADDY on this machine: ops/Caddyfile was not tried")
    written = (ROOT / "ops/Caddyfile").read_text()
    written = written.replace("{$PUBLIC_URL} {", f"https://127.0.0.1:{port} {{\n\ttls {pem} {pem}")
    written = written.replace("console:8000", " ".join(machines))
    file = folder / "Caddyfile"
    file.write_text(_HERE + written)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            patch.setitem(os.environ, name, str(folder))
        with running([program, "run", "--config", str(file), "--adapter", "caddyfile"], port, folder / "caddy.log"):
            yield
