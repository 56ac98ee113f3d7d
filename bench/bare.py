"""The yardstick: what the console's page and its completion are in plain Flask, with the same two calls to Stytch.

It believes its cookies. No encrypted session, no check of a JWT, no permissions, CSRF, headers, history, logs or
metrics; one template without includes, and not a word of what could go wrong.
"""

import os
from typing import Any

import httpx
from flask import Flask, request

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ connection.display_name }}</title></head>
<body><main>
<h1>{{ connection.display_name }}</h1>
<dl>
<dt>Status</dt><dd>{{ connection.status }}</dd>
<dt>Identity provider</dt><dd>{{ connection.identity_provider }}</dd>
<dt>Base URL</dt><dd>{{ connection.base_url }}</dd>
<dt>Current token</dt>
<dd>····{{ connection.bearer_token_last_four }}, ends {{ connection.bearer_token_expires_at }}</dd>
{% if connection.next_bearer_token_last_four %}
<dt>New token</dt><dd>····{{ connection.next_bearer_token_last_four }}</dd>
{% endif %}
</dl>
<form method="post" action="/connections/{{ connection.connection_id }}/rotation/complete">
<input type="hidden" name="current_last_four" value="{{ connection.bearer_token_last_four }}">
<input type="hidden" name="next_last_four" value="{{ connection.next_bearer_token_last_four }}">
<button>Complete</button>
</form>
</main></body></html>
"""

app = Flask(__name__)
template = app.jinja_env.from_string(PAGE)
stytch = httpx.Client(
    base_url=os.environ["STYTCH_BASE_URL"],
    auth=(os.environ["STYTCH_PROJECT_ID"], os.environ["STYTCH_SECRET"]),
    timeout=5,
)


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.get("/connections/<connection_id>")
def show(connection_id: str) -> str:
    return template.render(connection=read(connection_id))


@app.post("/connections/<connection_id>/rotation/complete")
def complete(connection_id: str) -> tuple[str, int]:
    before = read(connection_id)
    seen = (before["bearer_token_last_four"], before["next_bearer_token_last_four"])
    if seen != (request.form["current_last_four"], request.form["next_last_four"]):
        return template.render(connection=before), 409
    path = f"/v1/b2b/scim/{request.cookies['organization']}/connection/{connection_id}/rotate/complete"
    return template.render(connection=call("POST", path, json={})["connection"]), 200


def read(connection_id: str) -> dict[str, Any]:
    connection: dict[str, Any] = call("GET", f"/v1/b2b/scim/{request.cookies['organization']}/connection")["connection"]
    assert connection["connection_id"] == connection_id
    return connection


def call(method: str, path: str, **options: Any) -> dict[str, Any]:
    headers = {"X-Stytch-Member-Session": request.cookies["session_token"]}
    answer: dict[str, Any] = stytch.request(method, path, headers=headers, **options).raise_for_status().json()
    return answer
