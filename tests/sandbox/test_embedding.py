"""The pretend portal's pages with the console in a frame; tests/browser/test_embedding.py looks at them."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.conftest import Sandbox
from webapp.sandbox import create_sandbox

CONSOLE = "http://127.0.0.1:8000"


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[FlaskClient]:
    """Of a sandbox that has a console."""
    app = create_sandbox(sandbox.world)
    app.config["CONSOLE_URL"] = CONSOLE
    with app.test_client() as client:
        yield client


def test_a_page_may_frame_the_console_and_nothing_else(client: FlaskClient, sandbox: Sandbox) -> None:
    elsewhere = sandbox.url.replace("127.0.0.1", "localhost")
    page = client.get("/_sandbox/embedding")
    assert f"frame-src {CONSOLE} {elsewhere};" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert f'src="{elsewhere}/_sandbox/embedding/frame"' in page.text
    frame = client.get("/_sandbox/embedding/frame")
    assert f"frame-src {CONSOLE};" in frame.headers["Content-Security-Policy"]
    assert f"frame-ancestors {sandbox.url}" in frame.headers["Content-Security-Policy"]
    assert "frame-src 'none'" in client.get("/_sandbox/").headers["Content-Security-Policy"]


def test_there_is_none_without_a_console(sandbox: Sandbox) -> None:
    client = create_sandbox(sandbox.world).test_client()
    assert client.get("/_sandbox/embedding").status_code == 404
    assert "Console in the portal" not in client.get("/_sandbox/").text


def test_by_another_name_there_is_no_other_site_to_show(client: FlaskClient, sandbox: Sandbox) -> None:
    sandbox.world.public_url = "https://sandbox.example"
    page = client.get("/_sandbox/embedding")
    assert f"frame-src {CONSOLE};" in page.headers["Content-Security-Policy"]
    assert "In a page of another site" not in page.text


def test_the_proxy_has_nothing_to_show_unless_it_is_told_of_a_console(client: FlaskClient) -> None:
    assert client.get("/_sandbox/scim/connections").status_code == 404
    assert "Below a path" not in client.get("/_sandbox/embedding").text
