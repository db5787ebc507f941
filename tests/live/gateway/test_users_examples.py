"""The three examples of the architecture, as they are typed: at a fresh `lockstep serve`, and where a session is live.

All of it is word for word but the port, which others may have.
"""

import asyncio
import json
import re
import subprocess
from typing import Any

import pytest
from tests.live.gateway.desk import desk
from tests.live.gateway.security.test_paper_exception import Desk
from tests.live.gateway.server import listening
from tests.live.gateway.streams.node import line, node
from tests.live.gateway.streams.sessions import run
from tests.users_requests import CURL_BACKTEST, CURL_ORDER, LISTEN

REFUSED = """
socket.on('connect_error', (error) => { console.log('Refused:', error.message, JSON.stringify(error.data)); });
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("fresh")) as found:
        yield found


def typed(example: str, port: int) -> dict[str, Any]:
    """What a line of the shell answers."""
    said = subprocess.run(example.replace("3002", str(port)), shell=True, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(said.stdout)
    return told


def test_an_order_is_given(fresh):
    told = typed(CURL_ORDER, fresh.port)
    assert (told["symbol"], told["side"], told["type"], told["quantity"]) == ("AAPL", "buy", "limit", 100.0)
    assert (told["limitPrice"], told["strategyId"], told["source"], told["sessionId"]) == (
        150.0, "manual", "synthetic", "paper",
    )  # fmt: skip
    assert told["status"] in ("PENDING_NEW", "NEW", "PARTIALLY_FILLED", "FILLED")


def test_market_data_is_heard(fresh):
    async def test():
        heard: set[tuple[str, str]] = set()
        async with node(LISTEN.replace("3002", str(fresh.port))) as child:
            update = ""
            while len(heard) < 4:
                text = await line(child)
                update = text if text.startswith("Market update: {") else update + text
                if text.endswith("}"):
                    (kind,), (symbol,) = re.findall(r"type: '(\w+)'", update), re.findall(r"symbol: '(\w+)'", update)
                    heard.add((kind, symbol))
        assert heard == {(kind, symbol) for kind in ("quote", "trade") for symbol in ("AAPL", "GOOGL")}

    asyncio.run(test())


def test_a_backtest_is_run(fresh):
    told = typed(CURL_BACKTEST, fresh.port)
    if "metrics" not in told:  # a machine that is slow, or has nothing compiled, is told of the job
        fresh.until(f"/api/jobs/{told['id']}", state="done")
        told = fresh.ask("GET", f"/api/jobs/{told['id']}/result").json()
    assert (told["source"], told["interval"], told["resampledFrom"]) == ("synthetic", "1d", "1m")
    assert told["metrics"]["bars"] == len(told["equity"]["total"]["equity"]) == 250  # days of NYSE in 2023
    assert told["trades"]


def test_none_of_it_is_done_without_a_token_while_a_session_is_live(tmp_path):
    async def test():
        found = Desk(tmp_path / "home")
        async with listening(found.app) as at:
            found.session("live")
            for example in (CURL_ORDER, CURL_BACKTEST):
                told = await asyncio.to_thread(typed, example, at.port)
                assert (told["status"], told["code"]) == (401, "UNAUTHORIZED")
            async with node(LISTEN.replace("3002", str(at.port)) + REFUSED) as child:
                said = await line(child)
            assert said.startswith("Refused:")
            assert "token" in said
            assert found.connection.done == []
            assert found.gateway.board.jobs == []
            found.of._connection = None
            found.gateway.keeper.sessions.clear()

    run(test)
