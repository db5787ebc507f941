"""`python -m lockstep.hosted`: a session in a process of its own, as a file in its folder asks for it."""

import json
import signal
import subprocess
import sys
from functools import partial

import pytest
from tests.live.session.hosting import ready

from lockstep import hosted
from lockstep.data.recordings.recording import Recording
from lockstep.data.store import Store
from lockstep.errors import SessionError
from lockstep.hosted import REFUSED, main
from lockstep.kernels import _jit
from lockstep.live.session.request import ASKED, ENDED, SessionRequest, StrategyRequest, read_request
from lockstep.live.session.stage import stage_of
from lockstep.live.sources.named import source_named
from lockstep.opening import added_lanes, asked_lanes

MAKER = {"strategy": "simple_market_maker", "id": "maker", "symbols": ["AAPL"]}
ASKS = {
    "symbols": ["AAPL", "MSFT"], "source": "synthetic:3", "strategies": [MAKER], "prices": {"AAPL": 150.1},
    "journal": "normal", "limits": {"maxOrderSize": 100},
}  # fmt: skip


def asking(folder, **changes):
    folder.mkdir(exist_ok=True)
    (folder / ASKED).write_text(json.dumps(ASKS | changes))
    return folder


def test_a_process_runs_what_its_folder_asks_for_is_proven_and_goes_on(tmp_path):
    folder = asking(tmp_path / "desk", store=str(tmp_path / "store"))
    for times in (1, 2):
        process = subprocess.Popen([sys.executable, "-m", "lockstep.hosted", folder])
        ready(folder, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
        assert json.loads((folder / ENDED).read_bytes())["parity"]["equal"]
        with Recording(folder) as recording:
            assert len(list(recording.rows(kinds=["session_ended"]))) == times
    with Recording(folder) as recording:
        described = recording.description()
        (again,) = (row.content() for row in recording.rows(kinds=["session_recovered"]))
    assert (described["journal"], again["journal"], described["id"]) == ("normal", "normal", "desk")
    assert [(lane["name"], lane["instrument"]["symbol"]) for lane in described["lanes"]] == [("maker:AAPL", "AAPL")]


def test_what_can_not_be_run_is_told_and_not_worth_another_try(tmp_path, capsys):
    folder = asking(tmp_path / "desk", source="nowhere", prices={})
    assert main(folder) == REFUSED
    assert "names no source" in capsys.readouterr().err
    assert json.loads((folder / ENDED).read_bytes())["error"]["type"] == "SessionError"
    (folder / ASKED).write_text('{"symbols": 3}')
    with pytest.raises(SessionError, match="asks for no session"):
        read_request(folder)


def test_it_says_what_it_does_while_it_can_not_be_asked(tmp_path, monkeypatch):
    folder, told = asking(tmp_path / "desk"), []

    def opened(_, __, seen):
        _jit._tellers[-1]("a kernel")
        told.append(stage_of(folder))
        seen(None)
        told.append(stage_of(folder))

    def proven(_):
        told.append(stage_of(folder))
        return {"equal": True}

    monkeypatch.setattr(_jit, "_tellers", [])
    monkeypatch.setattr(hosted, "opened", opened)
    monkeypatch.setattr(hosted, "run_session", lambda _: None)
    monkeypatch.setattr(hosted, "proven", proven)
    assert main(folder) == 0
    assert [*told, stage_of(folder)] == ["compiling", "", "proving", ""]


def test_strategies_have_ids_symbols_and_cash_of_their_own(tmp_path):
    feed = source_named("synthetic", ["AAPL", "MSFT"], Store(tmp_path))

    def lanes(*strategies, **more):
        return asked_lanes(feed, SessionRequest(("AAPL", "MSFT"), "synthetic", strategies, **more))

    maker, other = (
        StrategyRequest("simple_market_maker", symbols=("MSFT",)),
        StrategyRequest("simple_market_maker", "b"),
    )
    found = lanes(maker, other, cash=7.0, allocations={"b": 10.0})
    assert [(lane.name, lane.cash) for lane in found] == [
        ("SimpleMarketMaker:MSFT", 7.0), ("b:AAPL", 5.0), ("b:MSFT", 5.0),
    ]  # fmt: skip
    bars = lanes(StrategyRequest("sma_cross", "slow", symbols=("MSFT",)), bars="1m")
    assert [(lane.name, [each["symbol"] for each in lane.bars.instruments]) for lane in bars] == [("slow", ["MSFT"])]
    with pytest.raises(SessionError, match="is to trade ELSE"):
        lanes(StrategyRequest("simple_market_maker", symbols=("ELSE",)))
    with pytest.raises(SessionError, match="an id of its own"):
        lanes(maker, maker)


@pytest.mark.parametrize(
    ("asks", "shares", "each"),
    [
        ({"cash": 7.0}, 14.0, [7.0, 7.0]),  # two lanes of 7
        ({"allocations": {"a": 10.0}}, 10.0, [5.0, 5.0]),
    ],
)
def test_who_joins_has_as_much_as_the_others_or_a_share_of_what_all_began_with(asks, shares, each, tmp_path):
    feed = source_named("synthetic", ["AAPL", "MSFT"], Store(tmp_path))
    strategies = (StrategyRequest("simple_market_maker", "a"), StrategyRequest("manual"))
    asked = SessionRequest(("AAPL", "MSFT"), "synthetic", strategies, **asks)
    joins = partial(added_lanes, feed, asked, asked_lanes(feed, asked))
    taker = {"strategy": "book_imbalance_taker", "id": "b"}
    assert [lane.cash for lane in joins(taker)] == each
    assert sum(lane.cash for lane in joins({**taker, "allocation": 0.5})) == shares / 2
    assert [lane.cash for lane in joins({"strategy": "manual", "id": "other"})] == [0.0, 0.0]
