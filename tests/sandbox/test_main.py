"""`python -m webapp.sandbox`, as `make run` starts it."""

import subprocess
import sys

import httpx
import pytest

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


def test_variants_are_chosen_for_a_run_and_outlive_a_reset() -> None:
    command = [sys.executable, "-m", "webapp.sandbox", "--port", "0"]
    chosen = ["--variant", "get_without_connection=400", "--variant", "token_lifetime=1_year"]
    with subprocess.Popen([*command, *chosen], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            origin = process.stdout.readline().removeprefix("Sandbox: ").removesuffix("/_sandbox/\n")
            for _ in range(2):
                answer = httpx.get(f"{origin}/v1/b2b/scim/globex/connection", auth=(PROJECT_ID, PROJECT_SECRET))
                assert answer.status_code == 400
                assert httpx.post(f"{origin}/_sandbox/reset").status_code == 204
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("start_twice=never", "start_twice is one of replaces, refused"),
        ("start_twice", "start_twice is one of replaces, refused"),
        ("no_such=1", "no variant is named 'no_such'"),
    ],
)
def test_a_variant_that_there_is_not(given: str, says: str) -> None:
    command = [sys.executable, "-m", "webapp.sandbox", "--port", "0", "--variant", given]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr.splitlines()[-1].partition(": error: ")[2]) == (2, says)
