"""A session goes from paper to a venue and back: what is refused, what leaves, what is known, and the proof."""

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec.structs import replace
from tests.live.session.outside import ACCOUNT, Place, Waits, terms_of

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError, TransitionError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.client import connect
from lockstep.live.session.host import Host
from lockstep.live.session.outside import Address
from lockstep.vector.parity.prove import prove

EVENTS = 3_000
OWN = Path(__file__).with_name("warm_strategies.py")
LIMITS = {"maxPositionSize": 1000}
TOLD = f"{OWN}:OverMeanTold"


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(EVENTS, "L2", seed=3)


class Script:
    """Does things with the host once so many records were taken; keeps what was refused."""

    def __init__(self, *steps):
        self.steps, self.refused = list(steps), []
        self.host: Any = None

    def __call__(self, core):
        while self.steps and core.taken >= self.steps[0][0]:
            _, kind, content = self.steps.pop(0)
            try:
                self.host.command(kind, content)
            except CommandError as error:
                self.refused.append(error)


async def session(folder, ticks, place, script, strategy, *, limits=LIMITS, certified=True, held="0"):
    port = await place.server.start()
    source = Waits([ticks])
    terms = replace(terms_of(source, ticks.instrument, strategy, limits=limits), mode="paper")
    host = Host(folder, terms, source, venue=Address("127.0.0.1", port), seen=script)
    script.host = source.host = host
    if certified:
        host.certificates = lambda: {"lane0": ""}
    if held != "0":
        await _given(port, ticks, held)
    try:
        await host.run()
    finally:
        await place.stop()
    return host


async def _given(port, ticks, held):
    """Somebody sells the account of the session so many units before it begins."""
    symbol = ticks.symbol
    async with asyncio.timeout(10):
        sides: tuple[tuple[str, Literal["buy", "sell"]], ...] = (("other", "sell"), (ACCOUNT, "buy"))
        for account, side in sides:
            client = await connect("127.0.0.1", port, account)
            await client.request(
                m.New(client_id=f"{account}-given", symbol=symbol, side=side, quantity=held, price="1")
            )
            await client.close()


def ran(tmp_path, ticks, script, strategy=("simple_market_maker", {"interval_ms": 20}), **named):
    place = Place(ticks.instrument, tmp_path)
    host = asyncio.run(session(tmp_path / "s", ticks, place, script, strategy, **named))
    return host, place


def rows_of(folder, *kinds):
    with Recording(folder) as recording:
        return [(row.seq, row.content()) for row in recording.rows(kinds=kinds)]


QUIET = (f"{OWN}:OverMean", {"length": 10_000})
TO_LIVE = {"to": "live", "position": "flat"}


def test_paper_goes_live_and_back_with_what_its_strategy_knows(ticks, tmp_path):
    script = Script(
        (1_800, "arm", {"why": "to try"}), (1_801, "mode_change", TO_LIVE), (2_200, "cancel_all", {}),
        (2_200, "trading_state", {"state": "halted"}), (2_300, "mode_change", {"to": "paper", "position": "flat"}),
        (2_300, "trading_state", {"state": "active"}),
    )  # fmt: skip
    host, place = ran(tmp_path, ticks, script, (TOLD, {"length": 5}))
    assert script.refused == []
    first, second = [seq for seq, _ in rows_of(tmp_path / "s", "mode_change")]
    intents = [(seq, row) for seq, row in rows_of(tmp_path / "s", "intent") if row["action"] == "submit"]
    sent = {f"s1-0-{row['order']}" for seq, row in intents if first < seq < second}
    assert sent
    assert any(seq < first for seq, _ in intents)
    (epoch,) = place.epochs(tmp_path)
    assert set(epoch.accepted(ACCOUNT)) == sent  # nothing that was decided on paper has left
    assert [change.mode for change in host.core.lanes["lane0"].strategy.modes] == ["live", "paper"]
    assert host.core.modes.mode == "paper"
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences


def test_everything_that_is_missing_is_said_at_once_and_nothing_leaves(ticks, tmp_path):
    script = Script((1_800, "kill", {}), (1_800, "mode_change", TO_LIVE))
    host, place = ran(tmp_path, ticks, script, limits={}, certified=False)
    (error,) = script.refused
    assert isinstance(error, TransitionError)
    for said in ("not armed", "no limits", "kill switch is on", "lane0 has no fresh certificate"):
        assert said in str(error)
    ((_, refused),) = rows_of(tmp_path / "s", "mode_refused")
    assert len(refused["reasons"]) == 4
    assert host.core.modes.mode == "paper"
    assert not any(dict(epoch.accepted(ACCOUNT)) for epoch in place.epochs(tmp_path))


def test_arming_holds_once_and_for_a_while(ticks, tmp_path):
    script = Script(
        (1_700, "arm", {"seconds": 0.001}), (1_800, "mode_change", TO_LIVE), (1_800, "arm", {}),
        (1_800, "mode_change", TO_LIVE), (2_000, "cancel_all", {}), (2_000, "trading_state", {"state": "halted"}),
        (2_100, "mode_change", {"to": "paper", "position": "flat"}), (2_100, "mode_change", TO_LIVE),
    )  # fmt: skip
    host, _ = ran(tmp_path, ticks, script, (f"{OWN}:OverMean", {"length": 10_000}))
    assert ["not armed" in str(error) for error in script.refused] == [True, True]
    assert host.core.modes.mode == "paper"


def test_what_the_account_holds_is_told_or_refused(ticks, tmp_path):
    script = Script(
        # The account's earlier orders are not the session's: it has halted, and an operator has looked.
        (1_800, "trading_state", {"state": "active"}), (1_800, "arm", {}),
        (1_800, "mode_change", {"to": "live"}), (1_800, "mode_change", TO_LIVE),
        (1_800, "mode_change", {"to": "live", "position": "align"}),
    )  # fmt: skip
    host, _ = ran(tmp_path, ticks, script, (f"{OWN}:OverMean", {"length": 10_000}), held="3")
    assert ["3 are held" in str(error) for error in script.refused] == [True, False]
    assert "flat begins at none, and the account holds 3" in str(script.refused[1])
    ((_, change),) = rows_of(tmp_path / "s", "mode_change")
    assert change["lanes"]["lane0"]["units"] == 3.0
    # It believed to hold nothing: three are sold.
    sold = [row for _, row in rows_of(tmp_path / "s", "intent") if row["action"] == "submit"]
    assert [(row["side"], row["quantity"], row["type"]) for row in sold] == [("sell", 3.0, "market")]
    assert prove(tmp_path / "s").equal
    assert host.core.modes.mode == "live"


class Cut(Exception):
    """The session ends here, in no order."""


class Cutting(Script):
    """A script that is cut off where a change of mode is durable and is to hold."""

    def __call__(self, core):
        obey = core.obey

        def cut(seq, now_ns):
            if core.commands[seq][0] == "mode_change":
                raise Cut
            obey(seq, now_ns)

        core.obey = cut
        super().__call__(core)
        core.obey = obey


def test_a_change_to_live_that_a_crash_came_before_does_not_hold_later(ticks, tmp_path):
    with pytest.raises(Cut):
        ran(tmp_path, ticks, Cutting((1_800, "arm", {}), (1_800, "mode_change", TO_LIVE)), QUIET)
    for _ in range(2):
        host, _ = ran(tmp_path, ticks, Script(), QUIET)
        assert host.core.modes.mode == "paper"
    ((change, _),) = rows_of(tmp_path / "s", "mode_change")
    ((_, refused),) = rows_of(tmp_path / "s", "mode_refused")
    assert refused["command"] == change
    assert "cut off before it held" in refused["reasons"][0]
    assert prove(tmp_path / "s").equal
