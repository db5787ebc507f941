"""A gateway with a real session, looked at from outside: ready, measured, heard of when the switch is pulled."""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.live.gateway.desk import desk

TRIES = 500
"""Scrapes: some 20 s of them."""
ORDER = {"symbol": "AAPL", "side": "buy", "quantity": 5, "orderType": "market"}


@pytest.fixture(scope="module")
def on(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("desk"), LOCKSTEP_WEBHOOK_HOSTS="127.0.0.1") as found:
        yield found


@pytest.fixture
def received():
    """What is posted to an address of this machine."""
    posted: queue.Queue[tuple[str, dict[str, object]]] = queue.Queue()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.put((self.path, json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, posted
    server.shutdown()
    thread.join()
    server.server_close()


def figures(on):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(on.ask("GET", "/metrics").text)
        for sample in family.samples
    }


def until(on, name, *labels, least=1.0):
    """Read figures until one is there; one that never comes is a failure and no wait for ever."""
    for _ in range(TRIES):
        if (found := figures(on)).get((name, *labels), 0.0) >= least:
            return found
        assert on.process.poll() is None
    raise AssertionError(f"{name} {labels} never came: {[key for key in found if key[0] == name]}")


def test_ready_while_its_session_trades(on):
    ready = on.ask("GET", "/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready"), ready.text
    assert on.ask("GET", "/health").json()["mode"] == "paper"


def test_an_order_shows_in_the_figures(on):
    session, symbol = ("session", "paper"), ("symbol", "AAPL")
    until(on, "lockstep_market_events_total", session, symbol)  # what its journal had before is not counted
    assert on.ask("POST", "/api/orders", ORDER).status_code == 201
    refused = on.ask("POST", "/api/orders", ORDER | {"quantity": 10_000_000})
    assert (refused.status_code, refused.json()["title"]) == (422, "Risk check failed")
    route = (("method", "POST"), ("route", "/api/orders"))
    for name, labels, least in (
        ("order_fill_seconds_count", [session], 1.0), ("order_ack_seconds_count", [session], 1.0),
        ("risk_refusals_total", [("code", "RISK_MAX_ORDER_SIZE"), session], 1.0),
        ("position_units", [session, symbol], 5.0), ("journal_commit_seconds_count", [session], 1.0),
        ("http_requests_total", [*route, ("status", "201")], 1.0),
        ("process_resident_bytes", [("process", "session"), session], 1e7),
    ):  # fmt: skip
        until(on, f"lockstep_{name}", *labels, least=least)
    assert figures(on)["lockstep_session_at_work_age_seconds", session] < 60


def test_a_pulled_switch_is_told_to_who_asked_to_hear_of_it(on, received):
    port, posted = received
    added = on.ruled("POST", "/api/webhooks", {"url": f"http://127.0.0.1:{port}/desk", "events": ["kill_switch"]})
    assert added.status_code == 201, added.text
    assert on.ask("POST", "/api/kill-switch", {"why": "enough for today"}).status_code == 200
    path, told = posted.get(timeout=60)
    assert (path, told["event"], told["sessionId"], told["severity"]) == ("/desk", "kill_switch", "paper", "critical")
    assert "enough for today" in str(told["detail"])
    assert on.ask("GET", "/api/alerts").json()["alerts"][0]["id"] == told["id"]
    assert (
        until(on, "lockstep_kill_switch", ("session", "paper"))["lockstep_alerts_total", ("event", "kill_switch")] == 1
    )
    (entry,) = (each for each in on.ask("GET", "/api/logs").json()["entries"] if each["event"] == "alert")
    assert entry["alert"] == "kill_switch"
    assert on.ruled("DELETE", "/api/kill-switch").status_code == 200
