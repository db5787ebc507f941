"""Requests under an Idempotency-Key have one effect, and one answer."""

import asyncio

import pytest
from starlette.testclient import TestClient

from lockstep.errors import GatewayError
from lockstep.live.gateway import once
from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.once import Answer, Answers
from lockstep.live.gateway.problems import Problem
from lockstep.live.gateway.settings import GatewaySettings

HERE = ("127.0.0.1", 50_000)
JSON = {"Content-Type": "application/json"}
HOOK = {"url": "https://alerts.example/lockstep", "events": ["kill_switch"]}


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_a_file_that_holds_no_answers_is_told_with_its_cure(tmp_path):
    (tmp_path / "answers.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(GatewayError, match="Idempotency-Key: restore it, or move it away"):
        Answers(tmp_path / "answers.sqlite")


class Work:
    """Counts how often it was done; each time it is answered with another number."""

    def __init__(self, status=201):
        self.status, self.done, self.go = status, 0, asyncio.Event()
        self.go.set()

    async def __call__(self):
        await self.go.wait()
        self.done += 1
        return Answer(self.status, {"location": f"/{self.done}"}, b"%d" % self.done)


@pytest.mark.anyio
async def test_a_request_is_done_once_by_key_and_asker_and_its_answer_outlives_the_gateway(tmp_path):
    answers, work = Answers(tmp_path / "answers"), Work()
    first = await answers.once("me", "key", "request", work)
    assert await answers.once("me", "key", "request", work) == first
    answers.close()
    answers = Answers(tmp_path / "answers")
    assert await answers.once("me", "key", "request", work) == first
    assert work.done == 1
    with pytest.raises(Problem) as other:
        await answers.once("me", "key", "another", work)
    assert (other.value.status, other.value.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    await answers.once("you", "key", "another", work)
    assert work.done == 2
    answers.close()
    assert (tmp_path / "answers").stat().st_mode & 0o777 == 0o600


@pytest.mark.anyio
async def test_who_asks_again_meanwhile_waits_for_the_first_answer(tmp_path):
    answers, work = Answers(tmp_path / "answers"), Work()
    work.go.clear()
    asked = [asyncio.ensure_future(answers.once("me", "key", "request", work)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Problem):
        await answers.once("me", "key", "another", work)
    work.go.set()
    assert len(set(map(repr, await asyncio.gather(*asked)))) == 1
    assert work.done == 1
    answers.close()


@pytest.mark.anyio
async def test_what_was_done_is_answered_though_the_disk_takes_no_more(tmp_path, caplog):
    answers, work = Answers(tmp_path / "answers"), Work()
    answers._file.execute("PRAGMA query_only=ON")
    assert (await answers.once("me", "key", "request", work)).status == 201
    assert "can't be kept under its Idempotency-Key" in caplog.text
    answers._file.execute("PRAGMA query_only=OFF")
    assert (await answers.once("me", "key", "request", work)).headers == {"location": "/2"}
    answers.close()


@pytest.mark.anyio
async def test_what_did_not_succeed_may_be_asked_again_and_the_oldest_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(once, "KEPT", 2)
    answers, fails, work = Answers(tmp_path / "answers"), Work(503), Work()
    await answers.once("me", "key", "request", fails)
    assert (await answers.once("me", "key", "request", work)).status == 201
    for k in range(2):
        await answers.once("me", f"later {k}", "request", work)
    await answers.once("me", "key", "request", work)
    assert work.done == 4
    answers.close()


@pytest.fixture
def gateway(tmp_path):
    app = make_app(GatewaySettings(home=tmp_path))
    with TestClient(app, base_url="http://localhost", client=HERE) as client:
        secret = app.state.gateway.security.tokens.make("ruler", "admin")
        client.headers["Authorization"] = f"Bearer {secret}"
        yield client


def test_a_webhook_is_added_once_however_often_it_is_asked_for(gateway):
    key = {"Idempotency-Key": "a hook"}
    first, again = (gateway.post("/api/webhooks", json=HOOK, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    spelled = gateway.post("/api/webhooks", content=f' {{"events":["kill_switch"],"url":"{HOOK["url"]}"}}',
                           headers={**key, "Content-Type": "application/json"})  # fmt: skip
    assert spelled.json() == first.json()
    assert len(gateway.get("/api/webhooks").json()["webhooks"]) == 1
    other = gateway.post("/api/webhooks", json={**HOOK, "events": []}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    gateway.post("/api/webhooks", json=HOOK, headers={"Idempotency-Key": "another"})
    assert len(gateway.get("/api/webhooks").json()["webhooks"]) == 2


def test_all_that_has_an_effect_says_that_it_takes_a_key(gateway):
    paths = gateway.get("/openapi.json").json()["paths"]
    takes = {
        (method, path)
        for path, methods in paths.items()
        for method, told in methods.items()
        if any(each["name"] == "Idempotency-Key" for each in told.get("parameters", []))
    }
    assert takes >= {
        ("post", "/api/orders"), ("post", "/api/sessions"), ("post", "/api/sessions/{session_id}/transition"),
        ("post", "/api/kill-switch"), ("delete", "/api/kill-switch"), ("patch", "/api/risk"), ("put", "/api/risk"),
        ("post", "/api/webhooks"), ("delete", "/api/positions"), ("delete", "/api/positions/{symbol}"),
        ("post", "/api/data/import"), ("post", "/api/backtest/run"), ("post", "/api/sweeps"),
        ("post", "/api/walk-forwards"), ("post", "/api/parity"), ("patch", "/api/strategies/{strategy_id}"),
    }  # fmt: skip


def test_a_body_nested_without_end_is_refused_under_a_key_as_without_one(tmp_path):
    app = make_app(GatewaySettings(home=tmp_path / "home", store=tmp_path / "store"))
    with TestClient(app, base_url="http://localhost", client=HERE) as client:
        for headers in ({}, {"Idempotency-Key": "deep"}):
            answer = client.post("/api/sessions", content=b"[" * 100_000, headers=JSON | headers)
            assert (answer.status_code, answer.json()["code"]) == (422, "BAD_REQUEST")
