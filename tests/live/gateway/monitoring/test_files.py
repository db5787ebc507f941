"""The dashboard and the alert rules name no figure that the gateway does not have, and no label that it has not."""

import json
import re
from importlib import resources

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.live.gateway.monitoring.sessions import FakeSession

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.settings import GatewaySettings

FILES = resources.files("lockstep.live.gateway.monitoring") / "files"
NAME = re.compile(r"\b(lockstep_[a-z_]+)\b(?:\{([^}]*)\})?")
GROUPED = re.compile(r"(?:sum|max|min|avg) by \(([^)]*)\)")
SUFFIX = re.compile(r"_(bucket|count|sum)$")


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def known(tmp_path, monkeypatch):
    """Each figure's name with the labels that it may have; figures without samples are asked of their families."""
    app = make_app(GatewaySettings(home=tmp_path))
    gateway = app.state.gateway
    monkeypatch.setattr(type(gateway), "watched", lambda _: [FakeSession(tmp_path / "desk")])
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 50_000))
    client = httpx2.AsyncClient(transport=transport, base_url="http://localhost")
    async with app.router.lifespan_context(app), client:
        await client.get("/health")
        text = (await client.get("/metrics")).text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = {label for sample in family.samples for label in sample.labels} | _declared(family.name)
    return found


def _declared(name):
    """Labels of figures that have no sample on a gateway that has just begun."""
    session = {"session"}
    return {
        "lockstep_order_ack_seconds": session | {"le"}, "lockstep_order_fill_seconds": session | {"le"},
        "lockstep_risk_refusals": session | {"code"}, "lockstep_market_events": session | {"symbol"},
        "lockstep_market_gaps": session | {"symbol"},
        "lockstep_market_data_latency_seconds": session | {"symbol", "le"},
        "lockstep_session_at_work_age_seconds": session, "lockstep_logins_refused": {"code"},
        "lockstep_log_entries": {"level"},
    }.get(name, set())  # fmt: skip


def check(expression, known):
    named = NAME.findall(expression)
    assert named, expression
    labels = set()
    for name, selector in named:
        base = SUFFIX.sub("", name) if SUFFIX.sub("", name) in known else name
        assert base in known, f"{name} in {expression}"
        labels |= known[base]
        for label in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", selector):
            assert label in known[base], f"{label} of {name}"
    for group in GROUPED.findall(expression):
        assert {label.strip() for label in group.split(",")} <= labels, expression


@pytest.mark.anyio
async def test_the_dashboard_shows_figures_that_there_are(known):
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    assert dashboard["schemaVersion"] >= 36
    assert dashboard["__inputs"][0]["name"] == "DS_PROMETHEUS"
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len(panels) > 20
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in panels:
        assert panel["datasource"]["uid"] == "${DS_PROMETHEUS}"
        for target in panel["targets"]:
            check(target["expr"], known)
    placed = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]}
    assert len(placed) == len(dashboard["panels"])


@pytest.mark.anyio
async def test_alert_rules_look_at_figures_that_there_are(known):
    text = (FILES / "alerts.yml").read_text()
    alerts = re.findall(r"- alert: (\w+)\n\s+expr: (?:>-\n\s+)?(.+)\n", text)
    assert len(alerts) == text.count("- alert:") == len({name for name, _ in alerts}) >= 15
    for _, expression in alerts:
        if not expression.startswith("up{"):
            check(expression, known)
    # The words of answers and of docs/troubleshooting.md.
    for words in ("Trading engine not initialized", "No market data received", "Risk check failed"):
        assert words in text
