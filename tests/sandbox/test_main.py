"""`python -m webapp.sandbox`, as `make run` starts it."""

import subprocess
import sys

import httpx

from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET


def test_served_sandbox_names_its_public_origin_everywhere() -> None:
    command = [sys.executable, "-m", "webapp.sandbox", "--port", "0", "--public-url"]
    with subprocess.Popen([*command, "https://stytch.example/"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "Sandbox: https://stytch.example/_sandbox/\n"
        finally:
            process.terminate()
    with subprocess.Popen(command[:-1], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            origin = process.stdout.readline().removeprefix("Sandbox: ").removesuffix("/_sandbox/\n")
            assert httpx.get(f"{origin}/_sandbox/healthz").status_code == 200
            answer = httpx.get(f"{origin}/v1/b2b/scim/acme/connection", auth=(PROJECT_ID, PROJECT_SECRET))
            assert answer.json()["connection"]["base_url"].startswith(f"{origin}/v1/b2b/scim/scim-connection-test-")
        finally:
            process.terminate()
