"""A gateway and a session that are killed while orders come in: what was acknowledged is there, once."""

import os
import signal
from collections import Counter
from threading import Event, Thread

import httpx2
from tests.live.gateway.desk import desk

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify

AT_ONCE = 4


class Sender(Thread):
    """Gives one order after another, each again and again until it is answered."""

    def __init__(self, on, name):
        super().__init__(name=name)
        self.on, self.acknowledged, self.again, self.over = on, [], 0, Event()
        self.strange = []

    def run(self):
        number = 0
        while not self.over.is_set():
            number += 1
            self.give(f"{self.name}-{number}")

    def give(self, name):
        order = {
            "symbol": "AAPL", "side": "buy", "quantity": 1, "type": "limit", "limitPrice": 20.0, "clientOrderId": name
        }  # fmt: skip
        while True:
            try:
                answer = self.on.ask("POST", "/api/orders", order)
            except httpx2.HTTPError:
                answer = None
            if answer is not None and answer.status_code in (200, 201):
                self.acknowledged.append((name, answer.json()["orderId"]))
                return
            if answer is not None and answer.status_code not in (409, 503):
                self.strange.append(answer.text)
                return
            self.again += 1


def sent(senders, count):
    """Wait until so many more orders were acknowledged."""
    wanted = sum(len(each.acknowledged) for each in senders) + count
    while sum(len(each.acknowledged) for each in senders) < wanted:
        assert all(each.is_alive() for each in senders)
        senders[0].join(0.01)


def test_every_acknowledged_order_is_there_once_after_kills_of_the_gateway_and_of_its_session(tmp_path):
    with desk(tmp_path / "home") as on:
        first = on.session_pid()
        senders = [Sender(on, f"sender{k}") for k in range(AT_ONCE)]
        for each in senders:
            each.start()
        try:
            sent(senders, 20)
            on.kill()
            on.begin()
            sent(senders, 20)
            assert on.session_pid() == first  # it has not even noticed
            os.kill(first, signal.SIGKILL)
            sent(senders, 20)
            assert on.session_pid() != first
            assert on.ask("GET", "/api/sessions/paper").json()["restarts"] == 1
        finally:
            for each in senders:
                each.over.set()
            for each in senders:
                each.join()
        assert [each.strange for each in senders] == [[]] * AT_ONCE
        assert sum(each.again for each in senders) > 0
        acknowledged = [one for each in senders for one in each.acknowledged]
        for name, order_id in acknowledged[-5:]:
            assert on.ask("GET", f"/api/orders/by-client-id/{name}").json()["orderId"] == order_id
    with Recording(on.folder) as recording:
        given = Counter(row.content()["order"]["clientOrderId"] for row in recording.rows(kinds=["submit_order"]))
        sent_ids = Counter(
            row.content()["order"] for row in recording.rows(kinds=["intent"]) if row.content()["action"] == "submit"
        )
        assert verify(recording) == []
    assert {name for name, _ in acknowledged} <= set(given)
    assert set(given.values()) == {1}
    assert set(sent_ids.values()) == {1}
    assert len({order_id for _, order_id in acknowledged}) == len(acknowledged)


def test_a_kill_that_a_session_did_not_hear_is_carried_out_by_the_next_gateway(tmp_path):
    with desk(tmp_path / "home") as on:
        session = on.session_pid()
        os.kill(session, signal.SIGSTOP)
        answer = on.ask("POST", "/api/kill-switch", {"why": "wrong prices"})
        assert (answer.status_code, answer.json()["remembered"]) == (503, ["paper"])
        on.kill()
        os.kill(session, signal.SIGKILL)  # and with it what lay in its socket
        on.begin()
        on.until("/api/kill-switch", on=True, remembered=[])
        order = {"symbol": "AAPL", "side": "buy", "quantity": 1, "type": "limit", "limitPrice": 20.0}
        assert on.ask("POST", "/api/orders", order).json()["code"] == "RISK_KILL_SWITCH"
        (row,) = on.ask("GET", "/api/audit?kind=kill").json()["rows"]
        assert (row["body"]["why"], row["body"]["by"]["asker"]) == ("wrong prices", "no token")
    with Recording(on.folder) as recording:
        assert verify(recording) == []
