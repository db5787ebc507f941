"""`lockstep exchange` as a user starts it: the port, kill -9 and another start, an interrupt, refusals."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from tests.command_line import Run
from tests.live.exchange.floor import order

from lockstep.errors import ConnectionEndedError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.client import connect
from lockstep.live.exchange.log import read_log

HOST = "127.0.0.1"


@contextmanager
def exchange(*arguments: str | Path) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Run an exchange; yield its process and its port."""
    command = [sys.executable, "-c", "from lockstep.cli import main; main()", "exchange", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        out: IO[str] = process.stdout  # type: ignore[assignment]
        # Whatever hangs then ends, and its test fails. An empty cache of kernels takes a while.
        guard = threading.Timer(300, process.kill)
        guard.start()
        try:
            yield process, int(out.readline())
        finally:
            guard.cancel()
            process.kill()


async def before(port: int, process: "subprocess.Popen[str]") -> m.Welcome:
    ann, bob = await connect(HOST, port, "ann"), await connect(HOST, port, "bob", cancel_on_disconnect=True)
    assert ann.welcome is not None
    await ann.request(order("a1", "buy", 5, "99.00"))
    await bob.request(order("b1", "sell", 2, "99.00"))
    assert [state.remaining for state in await ann.open_orders()] == ["3"]
    process.send_signal(signal.SIGKILL)
    async for _ in ann:
        pass
    with pytest.raises(ConnectionEndedError):
        ann.send(m.Heartbeat())
    return ann.welcome


async def after(port: int) -> m.Welcome:
    ann = await connect(HOST, port, "ann")
    assert ann.welcome is not None
    assert (await ann.orders("a1"), await ann.fills()) == ([], [])
    assert await ann.positions() == {"ACME": "0", "COIN": "0.000"}
    accepted = await ann.request(order("a1", "buy", 5, "99.00"))
    assert isinstance(accepted, m.Accepted)
    assert accepted.order == 1, "numbers begin anew"
    await ann.request(m.Subscribe(symbol="COIN", quotes=True, trades=True))
    async for message in ann:
        if isinstance(message, m.Trade):
            break  # the flow trades by itself
    with pytest.raises(ConnectionEndedError):
        await ann.open_orders()  # the script cuts it
    return ann.welcome


def test_kill_9_loses_the_book_changes_the_epoch_and_keeps_the_log(tmp_path: Path) -> None:
    log, script = tmp_path / "log", tmp_path / "faults.json"
    script.write_text(json.dumps([{"when": {"on": "message", "type": "query_open"}, "what": {"do": "cut_after"}}]))
    with exchange("--instruments", "ACME:0.01:1", "--log", log) as (process, port):
        first = asyncio.run(before(port, process))
        assert process.wait() == -signal.SIGKILL
    more = ("--faults", script, "--flow", "3", "--flow-speed", "5")
    with exchange("--instruments", "ACME:0.01:1,COIN:0.5:0.001", "--log", log, *more) as (process, port):
        second = asyncio.run(after(port))
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert second.epoch > first.epoch
    lines = list(read_log(log))
    made = [(line.message["message"], line.message["client_id"]) for line in lines if line.event == "made"]
    assert made == [
        ("accepted", "a1"), ("accepted", "b1"), ("fill", "b1"), ("fill", "a1"), ("accepted", "a1"),
    ]  # fmt: skip
    assert [line.epoch for line in lines if line.event == "started"] == [first.epoch, second.epoch]
    assert [(line.event, line.reason) for line in lines[-2:]] == [("cut", "cut_after"), ("stopped", "")]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--instruments", "ACME"), "SYMBOL:TICK:LOT"),
        (("--instruments", "ACME:0.01:1", "--host", "0.0.0.0"), "--expose"),
        (("--instruments", "ACME:0.01:1", "--phase", "lunch"), "continuous"),
        (("--instruments", "ACME:0.01:1", "--faults", os.devnull), "JSON list of rules"),
        (("--instruments", "ACME:0.01:1", "--faults", "nowhere.json"), "nowhere.json"),
        (("--instruments", "ACME:0.01:1", "--flow", "1", "--flow-speed", "0"), "speed"),
        (("--instruments", "ACME:0.01:1:1.00", "--flow", "1"), "start higher"),
        (("--instruments", "ACME:0.01:1", "--log", "/nowhere/log"), "/nowhere/log"),
    ],
)
def test_what_can_not_be_is_refused(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run("exchange", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert said in err
