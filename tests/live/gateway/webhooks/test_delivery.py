"""Deliveries over real sockets: signed, repeated until taken, given up at last, never to whom it was not allowed."""

import asyncio
import hashlib
import hmac
import os

import pytest
from tests.live.gateway.webhooks.receiver import receiving

from lockstep.errors import WebhookError
from lockstep.live.gateway.monitoring.alerts import Alert
from lockstep.live.gateway.webhooks.address import target_of
from lockstep.live.gateway.webhooks.delivery import AGAIN_SECONDS, WAITING, Deliveries
from lockstep.live.gateway.webhooks.hooks import MOST, Webhooks
from lockstep.live.gateway.webhooks.posting import post

HERE = ("127.0.0.1",)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def hooks(tmp_path):
    return Webhooks(tmp_path / "gateway", HERE)


def an_alert(event="kill_switch", **changes):
    told = {"id": "alert-1", "event": event, "severity": "critical", "title": "The kill switch is on",
            "detail": "enough", "session_id": "desk", "time_ns": 5}  # fmt: skip
    return Alert(**told | changes)


def counted(deliveries):
    return {
        sample.labels["outcome"]: sample.value
        for family in deliveries.families()
        for sample in family.samples
        if "outcome" in sample.labels and sample.value
    }


@pytest.mark.anyio
async def test_an_alert_arrives_signed(hooks):
    async with receiving() as receiver:
        hook = hooks.add(receiver.url, secret="a-secret-of-mine-16")
        deliveries = Deliveries(hooks, HERE, post)
        deliveries.tell(an_alert(row=7))
        posted = await receiver.posted.get()
        await deliveries.stop()
    assert posted.line == "POST /alerts?key=abc HTTP/1.1"
    assert (posted.headers["Host"], posted.headers["Lockstep-Event"]) == (f"127.0.0.1:{receiver.port}", "kill_switch")
    assert (posted.told["type"], posted.told["sessionId"], posted.told["row"]) == ("alert", "desk", 7)
    moment, given = (part.split("=")[1] for part in posted.headers["Lockstep-Signature"].split(","))
    expected = hmac.new(hook.secret.encode(), moment.encode() + b"." + posted.body, hashlib.sha256).hexdigest()
    assert given == expected
    assert hook.secret.encode() not in posted.body


@pytest.mark.anyio
async def test_what_is_not_taken_is_sent_again_under_the_same_number(hooks):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    answers = (b"HTTP/1.1 503 Busy\r\n\r\n", b"HTTP/1.1 429 Slow\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")
    async with receiving(*answers) as receiver:
        hooks.add(receiver.url)
        deliveries = Deliveries(hooks, HERE, post, sleep)
        deliveries.tell(an_alert())
        posted = [await receiver.posted.get() for _ in range(3)]
        while not counted(deliveries).get("delivered"):
            await asyncio.sleep(0)
        await deliveries.stop()
    assert len({each.headers["Lockstep-Delivery"] for each in posted}) == 1
    assert slept == list(AGAIN_SECONDS[:2])
    assert counted(deliveries) == {"failed": 2, "delivered": 1}


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "attempts"), [(500, 1 + len(AGAIN_SECONDS)), (404, 1), (302, 1)])
async def test_it_is_given_up_at_last_and_at_once_where_that_would_change_nothing(hooks, status, attempts):
    asked, waiting = [], asyncio.Event()

    async def answering(target, headers, body, allowed):
        asked.append(target)
        return status

    async def sleep(seconds):
        await waiting.wait()

    hook = hooks.add("https://alerts.example/x")
    deliveries = Deliveries(hooks, HERE, answering, sleep)
    deliveries.tell(an_alert())
    waiting.set()
    while not counted(deliveries).get("given_up"):
        await asyncio.sleep(0)
    assert len(asked) == attempts
    assert str(status) in deliveries.line(hook).failure
    await deliveries.stop()


@pytest.mark.anyio
async def test_of_too_many_that_wait_the_oldest_give_way(hooks):
    async def never(*_):
        await asyncio.Event().wait()

    hook = hooks.add("https://alerts.example/x")
    deliveries = Deliveries(hooks, HERE, never)
    for number in range(WAITING + 5):
        deliveries.tell(an_alert(row=number))
    line = deliveries.line(hook)
    assert (line.waiting.qsize(), counted(deliveries)) == (WAITING, {"dropped": 5})
    assert b'"row":5,' in line.waiting.get_nowait()[1]
    await deliveries.stop()


@pytest.mark.anyio
async def test_only_who_wants_an_event_is_told_of_it(hooks):
    async with receiving() as all_of_it, receiving() as some:
        hooks.add(all_of_it.url)
        hook = hooks.add(some.url, events=("daily_loss", "daily_loss"))
        assert hook.events == ("daily_loss",)
        deliveries = Deliveries(hooks, HERE, post)
        deliveries.tell(an_alert())
        deliveries.tell(an_alert("daily_loss"))
        assert (await some.posted.get()).headers["Lockstep-Event"] == "daily_loss"
        assert [(await all_of_it.posted.get()).headers["Lockstep-Event"] for _ in range(2)] == [
            "kill_switch",
            "daily_loss",
        ]
        await deliveries.stop()


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [b"nonsense\r\n", b"", b"x" * 10_000, b"HTTP/1.1 abc\r\n\r\n"])
async def test_an_answer_that_is_none_is_a_failure(answer):
    async with receiving(answer) as receiver:
        with pytest.raises(WebhookError, match="something else than HTTP"):
            await post(target_of(receiver.url, HERE), {}, b"{}", HERE)


@pytest.mark.anyio
async def test_nobody_is_asked_who_was_not_allowed():
    async with receiving() as receiver:
        target = target_of(receiver.url, HERE)
        with pytest.raises(WebhookError, match="not out in the world"):
            await post(target, {}, b"{}", ())
        local = target._replace(host="localhost")
        with pytest.raises(WebhookError, match="not out in the world"):
            await post(local, {}, b"{}", ())
        assert receiver.posted.empty()


@pytest.mark.anyio
async def test_who_does_not_speak_tls_is_not_trusted():
    async with receiving() as receiver:
        target = target_of(receiver.url, HERE)._replace(secure=True)
        with pytest.raises(WebhookError):
            await post(target, {}, b"{}", HERE)


def test_hooks_are_kept_for_their_owner_alone(hooks, tmp_path):
    made = hooks.add("https://alerts.example/x", description="desk")
    path = tmp_path / "gateway" / "webhooks.json"
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert len(made.secret) > 40
    again = Webhooks(tmp_path / "gateway", HERE)
    assert again.all() == (made,)
    assert again.remove(made.id) == made
    assert (again.remove(made.id), Webhooks(tmp_path / "gateway").all()) == (None, ())
    for number in range(MOST):
        again.add(f"https://alerts.example/{number}")
    with pytest.raises(WebhookError, match="remove one first"):
        again.add("https://alerts.example/more")
    path.write_text("[{]")
    with pytest.raises(WebhookError, match="can't be read"):
        Webhooks(tmp_path / "gateway").all()
