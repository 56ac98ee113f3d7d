"""`ops/`: what the dashboard and the alert rules ask for is what the console counts, in words that it uses."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from webapp import metrics
from webapp.rotation import Outcome
from webapp.stytch.errors import StytchError
from webapp.web.probes import PROBES

ROOT = Path(__file__).parent.parent


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((ROOT / "ops/prometheus-alerts.yml").read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / "ops/grafana-dashboard.json").read_text())["panels"]
    return found


QUERIES = {rule["alert"]: rule["expr"] for rule in alerts()} | {
    f"{panel['title']} {target['refId']}": target["expr"].replace("$__rate_interval", "5m")
    for panel in panels()
    for target in panel["targets"]
}
each_query = pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)


def kinds_of(error: type[StytchError]) -> set[str]:
    return {error().kind}.union(*map(kinds_of, error.__subclasses__()))


OUTCOMES = {
    "scim_console_stytch_call_duration_seconds": {"ok", "failed"} | (kinds_of(StytchError) - {"stytch_error"}),
    "scim_console_rotations_total": {"refused"} | set(Outcome),
    "scim_console_webhooks_total": {"recorded", "repeated", "ignored", "unattributed", "refused", "other_project"},
    "scim_console_connection_changes_total": {"refused"} | set(Outcome),
}


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The labels of each sample, as Prometheus reads them."""
    metrics.request("healthz", 200, 0)
    metrics.stytch_call("GET /v1/b2b/rbac/policy", "ok", 0)
    metrics.rotation("start", "done")
    metrics.webhook("recorded")
    metrics.connection("create", "done")
    metrics.token("organization-test-0", datetime.now(UTC))
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {each.name: set(each.labels) for family in families for each in family.samples}


@each_query
def test_a_query_asks_for_what_is_counted(query: str, labels: dict[str, set[str]]) -> None:
    promql_parser.parse(query)
    names = re.findall(r"\b(?:scim_console_\w+|up)\b", query)
    assert names
    known = labels | {"up": {"job"}}
    for name, matchers in re.findall(r"\b(scim_console_\w+|up)\b(?:\{(.*?)\})?", query):
        assert name in known
        for label, values in re.findall(r"(\w+)=~?\"(.*?)\"", matchers):
            assert label in known[name]
            if label == "outcome":
                assert set(values.split("|")) <= OUTCOMES[name.removesuffix("_count")]
    for grouping in re.findall(r"\bby \((.*?)\)", query):
        assert set(grouping.split(", ")) <= set.union(*(known[name] for name in names))


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert f"| `{rule['alert']}` |" in (ROOT / "docs/operate.md").read_text()


def test_the_dashboard_is_whole() -> None:
    assert [panel["id"] for panel in panels()] == list(range(1, len(panels()) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_metric_is_documented_and_watched(labels: dict[str, set[str]]) -> None:
    queries, papers = " ".join(QUERIES.values()), (ROOT / "docs/operate.md").read_text()
    for name in {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in labels if not name.endswith("_created")}:
        assert name in queries
        assert f"`{name}`" in papers
    for metric in ("scim_console_stytch_call_duration_seconds", "scim_console_webhooks_total"):
        for outcome in OUTCOMES[metric]:
            assert f"`{outcome}`" in papers


def test_what_machines_ask_is_not_on_the_internet() -> None:
    (closed,) = re.findall(r"@machines path (.*)\n\trespond @machines 404", (ROOT / "ops/Caddyfile").read_text())
    assert {path.removeprefix("/") for path in closed.split()} == PROBES
