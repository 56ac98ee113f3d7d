"""Every route: closed unless named, changed only by POST, and only from the console's own pages."""

import re
from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, visitor_of
from tests.web.apps import app_of
from webapp.signin.guard import PUBLIC

SAFE = {"GET", "HEAD", "OPTIONS"}
SENT_BY_NO_PAGE = {"csp_report", "webhook"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def rules(console: Console) -> list[Rule]:
    with app_of(console) as app:
        return list(app.url_map.iter_rules())


@pytest.fixture
def visitor(console: Console, sandbox: Sandbox) -> Iterator[Visitor]:
    with visitor_of(console, sandbox) as visitor:
        visitor.http.follow_redirects = False
        yield visitor


@pytest.fixture
def ada(visitor: Visitor) -> Visitor:
    """Ada, signed in to Initech, where a rotation is open and every button would do something."""
    visitor.http.follow_redirects = True
    visitor.sign_in("ada@acme.example", "Initech")
    visitor.http.follow_redirects = False
    visitor.requests()
    return visitor


def path_of(rule: Rule, sandbox: Sandbox) -> str:
    """A path of the rule, for Initech's connection."""
    initech = sandbox.world.connection_of(sandbox.world.find_organization("initech").organization_id)
    assert initech is not None
    path = rule.rule.replace("<connection_id>", initech.connection_id).replace("<int:sequence>", "1")
    values = {"organization": "initech", "way": "google_oauth", "group_id": "scim-group-test-1", "tag": "de"}
    for argument, value in values.items():
        path = path.replace(f"<{argument}>", value)
    assert "<" not in path, f"{rule.rule}: say what stands for its argument"
    return path


def unsafe(rules: list[Rule]) -> list[Rule]:
    """All that may change something; the rest is in tests/web/test_reports.py and tests/test_webhooks.py."""
    found = [rule for rule in rules if not (rule.methods or set()) <= SAFE and rule.endpoint not in SENT_BY_NO_PAGE]
    assert len(found) > 5
    return found


def test_everything_that_is_not_public_leads_to_sign_in(rules: list[Rule], visitor: Visitor, sandbox: Sandbox) -> None:
    closed = [rule for rule in rules if rule.endpoint not in PUBLIC]
    assert len(closed) > 5
    for rule in closed:
        for method in rule.methods or ():
            answer = visitor.http.request(method, path_of(rule, sandbox), headers=SAME_ORIGIN)
            assert answer.status_code == 303, (method, rule.rule)
            assert answer.headers["Location"].partition("?")[0] == "/login", (method, rule.rule)
            htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
            answer = visitor.http.request(method, path_of(rule, sandbox), headers=SAME_ORIGIN | htmx)
            assert (answer.status_code, answer.text) == (401, ""), (method, rule.rule)
            assert answer.headers["HX-Redirect"].partition("?")[0] == "/login", (method, rule.rule)
    assert list(sandbox.world.requests) == []


def test_public_is_a_short_list_of_what_exists(rules: list[Rule]) -> None:
    assert {rule.endpoint for rule in rules} >= PUBLIC
    assert not [
        endpoint
        for endpoint in PUBLIC
        if not endpoint.startswith(("signin.", "brand", "language", "healthz", "readyz", "metrics", *SENT_BY_NO_PAGE))
    ]


def test_what_changes_something_is_a_post(rules: list[Rule]) -> None:
    for rule in rules:
        assert (rule.methods or set()) <= SAFE | {"POST"}, rule.rule


def test_urls_are_kebab_case(rules: list[Rule]) -> None:
    for rule in rules:
        assert re.fullmatch(r"/|(/([a-z0-9]+(-[a-z0-9]+)*|<(int:)?[a-z_]+>))+(\.[a-z]+)?", rule.rule), rule.rule


def test_other_methods_are_refused(rules: list[Rule], ada: Visitor, sandbox: Sandbox) -> None:
    methods: dict[str, set[str]] = {}
    for rule in rules:
        methods.setdefault(path_of(rule, sandbox), set()).update(rule.methods or set())
    # An organization's door is at every such path, so that forms sent to this one end at "no such sign-in page".
    methods["/login/callback"].add("POST")
    for path, allowed in methods.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - allowed:
            answer = ada.http.request(method, path, headers=SAME_ORIGIN)
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["Allow"].split(", ")) == allowed
    assert ada.requests() == []


FOREIGN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "OWN"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "OWN.evil.example"},
    {"Origin": "https://evil.example", "Host": "evil.example"},
    {"Referer": "OWN/connections"},
]


def test_what_another_site_sends_changes_nothing(
    rules: list[Rule], ada: Visitor, sandbox: Sandbox, console: Console
) -> None:
    token = ada.session["csrf_token"]
    for foreign in FOREIGN:
        headers = {name: value.replace("OWN", console.url) for name, value in foreign.items()}
        for rule in unsafe(rules):
            answer = ada.http.post(path_of(rule, sandbox), headers=headers, data={"csrf_token": token})
            assert answer.status_code == 403, (rule.rule, headers)
            assert "That did not come from this console" in answer.text
    assert ada.requests() == []
    assert ada.get("/connections").status_code == 200


def test_what_carries_no_token_changes_nothing(
    rules: list[Rule], ada: Visitor, sandbox: Sandbox, console: Console
) -> None:
    for headers in (SAME_ORIGIN, {"Origin": console.url}):
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}):
            for rule in unsafe(rules):
                answer = ada.http.post(path_of(rule, sandbox), headers=headers, data=token)
                assert answer.status_code == 400, (rule.rule, headers, token)
                assert "This page is out of date" in answer.text
    assert ada.requests() == []


def test_a_token_of_another_session_changes_nothing(
    rules: list[Rule], ada: Visitor, sandbox: Sandbox, console: Console
) -> None:
    with visitor_of(console, sandbox) as mallory:
        page = mallory.sign_in("vic@acme.example")
        stolen = re.findall(r'name="csrf_token" value="(.+?)"', page.text)[0]
    ada.requests()
    for rule in unsafe(rules):
        answer = ada.http.post(path_of(rule, sandbox), headers=SAME_ORIGIN, data={"csrf_token": stolen})
        assert answer.status_code == 400, rule.rule
    assert ada.requests() == []
