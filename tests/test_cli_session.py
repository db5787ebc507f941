"""`lockstep session`: what people type at a session that runs in another process."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import Run
from tests.live.session.gated import gated_host, talked
from tests.live.session.test_commands import lane_of

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.vector.parity.prove import prove


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


def test_a_running_session_is_shown_changed_killed_and_stopped(run, tmp_path):
    ticks, folder = synthetic_flow(8000, "L2", seed=3), tmp_path / "s"
    limits = tmp_path / "limits.json"
    limits.write_text('{"maxPositionSize": 9, "preventSelfTrade": false}')

    def said(*words, code=0):
        def saying():
            found, out, err = run("session", folder, *words)
            assert (found, bool(err)) == (code, code > 0), err
            return out

        return saying

    host = gated_host(folder, ticks, limits={"maxOrderSize": 5})
    *lines, shown, status, bad, stopped = talked(
        host,
        said("limit", "maxOrderSize=3", "maxOpenOrders=10"),
        said("limits", str(limits)),
        said("state", "reducing", "--why", "thin"),
        said("restrict", ticks.symbol),
        said("cancel-all"),
        said("disable", "maker", "--why", "slow"),
        said("enable", "maker"),
        said("kill", "--why", "enough"),
        said("release"),
        said("status"),
        said("status", "--json"),
        said("limit", "maxOrderSize=-3", code=2),
        said("stop"),
    )
    assert [line.split(" holds: row ")[0] for line in lines] == [
        "limit_change", "limit_change", "trading_state", "restriction", "cancel_all",
        "disable_strategy", "enable_strategy", "kill", "release",
    ]  # fmt: skip
    view = json.loads(status)["session"]
    assert {use["key"]: use["limit"] for use in view["risk"][0]["limits"]} == {"maxPositionSize": 9.0}
    assert view["risk"][0]["state"] == "reducing"
    assert "maker" in shown
    assert bad == ""
    assert stopped == f"{folder} ends\n"
    with Recording(folder) as recording:
        kill, state, restriction = (
            next(recording.rows(kinds=[kind])).content() for kind in ("kill", "trading_state", "restriction")
        )
    assert (kill["why"], state["why"], "why" in restriction) == ("enough", "thin", False)


def test_a_strategy_is_compiled_and_joins(run, tmp_path):
    ticks, folder = synthetic_flow(8000, "L2", seed=3), tmp_path / "s"
    host = gated_host(folder, ticks)
    content: dict[str, Any] = {}

    def made(asked):
        content.update(asked)
        return (lane_of(ticks, asked["id"], asked["strategy"], lots=2),)

    host.additions.make = made
    words = ("add", "book_imbalance_taker", "lots=2", "--id", "taker", "--allocation", "0.5", "--disabled")
    joined, again = talked(
        host, lambda: run("session", folder, *words)[1], lambda: run("session", folder, *words, "--json")[2]
    )
    assert joined.startswith("add_strategy holds: row ")
    assert "already: give this one an id of its own" in again
    assert content == {
        "strategy": "book_imbalance_taker", "id": "taker", "parameters": {"lots": 2}, "enabled": False, "symbols": [],
        "allocation": 0.5, "bars": None,
    }  # fmt: skip
    assert list(host.core.lanes) == ["maker", "taker"]
    assert host.core.controls.disabled == {"taker"}


def test_closing_begins_with_the_answer_and_is_not_said_to_be_done(run, tmp_path):
    ticks, folder = synthetic_flow(8000, "L2", seed=3), tmp_path / "s"
    host = gated_host(folder, ticks)
    (flatten,) = talked(host, lambda: run("session", folder, "flatten")[1])
    held, said = flatten.splitlines()
    assert held.startswith("flatten holds: row ")
    assert re.fullmatch(
        r"closing begun: \d orders? to end first, then positions: (none now|maker .*);"
        rf" `lockstep session {re.escape(str(folder))} status` says when that is done",
        said,
    )
    assert not host.core.controls.flattening


def test_orders_are_given_by_hand(run, tmp_path):
    ticks, folder = synthetic_flow(8000, "L2", seed=3), tmp_path / "s"

    def said(*words, code=0):
        def saying():
            found, out, err = run("session", folder, *words)
            assert found == code, err
            return out + err

        return saying

    prices = next(ticks.blocks(100)).tick
    low = f"{int(prices[prices > 0].min() * 0.9) * ticks.instrument.tick:.10g}"
    one, many = (("--symbol", ticks.symbol, "--quantity", f"{n * ticks.instrument.lot:g}") for n in (1, 9))
    limit = (*one, "--side", "buy", "--type", "limit", "--limit-price", low)
    host = gated_host(folder, ticks, limits={"maxOrderSize": 8 * ticks.instrument.lot}, by_hand=True)
    preview, first, again, other, full, told, canceled, gone, trails, far, follows, _ = talked(
        host,
        said("preview", *limit),
        said("order", *limit, "--client-order-id", "mine"),
        said("order", *limit, "--client-order-id", "mine"),
        said("order", *one, "--side", "sell", "--client-order-id", "mine", code=2),
        said("order", *many, "--side", "buy", "--json", code=1),
        said("status", "--json"),
        said("cancel", "mine"),
        said("cancel", "other", code=2),
        said("order", *one, "--side", "sell", "--type", "trailing_stop", "--trail", "1%", "--client-order-id", "t"),
        said("order", *one, "--side", "sell", "--type", "trailing_stop", "--trail", "far", code=2),
        said("status", "--json"),
        said("cancel", "t"),
    )
    assert "it would pass the risk check" in preview
    assert f"maxOrderSize lets {8 * ticks.instrument.lot:g}, worth " in preview
    assert first.startswith("mine (1-1): buy ")
    assert again.startswith("given before: mine (1-1)")
    assert "an id is used once" in other
    assert json.loads(full)["refusal"]["name"] == "max_order_size"
    (mine,) = [order for order in json.loads(told)["session"]["orders"] if order["clientOrderId"] == "mine"]
    assert (mine["orderId"], mine["lane"], mine["limitPrice"]) == ("1-1", "hand", float(low))
    assert canceled.strip().endswith("pending cancel")
    assert "no order is known as 'other'" in gone
    assert "trailing by 0.01 of the price" in trails
    assert "expected an amount as 0.5 or a percentage as 1%, found 'far'" in far
    (stop,) = [order for order in json.loads(follows)["session"]["orders"] if order["clientOrderId"] == "t"]
    assert (stop["type"], stop["trail"]) == ("trailing_stop", {"percent": 0.01})
    assert prove(folder).equal


def test_a_kill_of_a_session_that_does_not_run_holds_when_it_does(run, tmp_path):
    ticks, folder = synthetic_flow(1000, "L2", seed=3), tmp_path / "s"
    asyncio.run(gated_host(folder, ticks, until=1 << 40).run())
    assert "no process runs" in run("session", folder, "kill")[1]
    assert "is not running" in run("session", folder, "release")[2]
    again = gated_host(folder, ticks, until=1 << 40)
    assert again.core.controls.killed
    asyncio.run(again.run())
    assert "there is no session" in run("session", tmp_path / "none", "kill")[2]
