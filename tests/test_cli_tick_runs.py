"""`lockstep backtest` and `lockstep sweep` over ticks: what they run, print, write, and refuse."""

import json
from pathlib import Path

import pytest
from tests.command_line import Run
from tests.data.ticks.helpers import Made

from lockstep.data import Instrument, Store
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.strategies import SimpleMarketMaker
from lockstep.vector import Latency, TickExecution, backtest
from lockstep.vector.ticks.result import TickResult

MAKER = ("--strategy", "simple_market_maker", "--symbols", "X")
SWEEP = ("sweep", "simple_market_maker", "--symbols", "X", "--grid", "away=0,1")
SET = ("--set", "latency.submit=1000000", "--set", "queue=log", "--set", "maker_fee=-0.00001", "--cash", "5000")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("ticks") / "store")
    flow = synthetic_flow(4_000, "L2", seed=1, instrument=Instrument("X"))
    (block,) = flow.blocks()
    store.import_ticks(Made(block, "L2"), "flow", synthetic=True)
    store.import_frame(
        {"time": ["2024-01-02", "2024-01-03"], "close": [1.0, 2.0], "symbol": ["B", "B"]}
        | {name: [1.0, 2.0] for name in ("open", "high", "low", "volume")},
        dataset="bars", interval="1d",
    )  # fmt: skip
    return store.path


@pytest.fixture
def run(filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(filled, monkeypatch, capsys)


def test_a_backtest_is_the_one_that_python_runs(run: Run, tmp_path: Path) -> None:
    code, out, err = run("backtest", *MAKER, *SET, "--param", "away=1", "--json", "--report", tmp_path / "r.html",
                         "--save", tmp_path / "r.npz")  # fmt: skip
    assert (code, err) == (0, "")
    assert TickResult.load(tmp_path / "r.npz", Store().ticks("X")).metrics()["fills"] > 0
    told = json.loads(out)
    execution = TickExecution(Latency(submit=1_000_000), queue="log", maker_fee=-0.00001)
    expected = backtest(Store().ticks("X"), SimpleMarketMaker(away=1), cash=5000, ticks=execution)
    assert told["metrics"]["fills"] == expected.metrics()["fills"] > 0
    assert told["metrics"]["end_value"] == expected.metrics()["end_value"]
    assert told["execution"] == expected.execution.to_dict()
    assert (told["symbol"], told["dataset"], told["source"], told["level"]) == ("X", "flow", "synthetic", "L2")
    assert (tmp_path / "r.html").stat().st_size > 100_000


def test_limits_of_a_file_hold_and_what_they_refused_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "limits.json").write_text('{"maxPositionSize": 1, "maxSessionOrders": 30}')
    code, out, err = run("backtest", *MAKER, "--limits", tmp_path / "limits.json", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    expected = backtest(Store().ticks("X"), SimpleMarketMaker(), limits={"maxPositionSize": 1, "maxSessionOrders": 30})
    assert told["limits"]["maxSessionOrders"] == 30
    assert sum(told["refused"].values()) == expected.refused.height > 0
    assert told["metrics"]["fills"] == expected.metrics()["fills"]
    assert "limits refused" in run("backtest", *MAKER, "--limits", tmp_path / "limits.json")[1]
    (tmp_path / "limits.json").write_text('{"maxOrderSiz": 1}')
    code, _, err = run("backtest", *MAKER, "--limits", tmp_path / "limits.json")
    assert code == 2
    assert "did you mean maxOrderSize" in err


def test_what_people_see_of_a_backtest(run: Run) -> None:
    code, out, _ = run("backtest", *MAKER)
    assert code == 0
    assert out.startswith("source: synthetic")
    for words in ("Simple Market Maker Strategy on X", "flow, L2 ticks from 2023-01-02", "Fill ratio", "Inventory"):
        assert words in out


def test_a_request_may_be_over_ticks(run: Run, tmp_path: Path) -> None:
    request = {
        "mode": "ticks", "symbols": ["X"], "initialCapital": 5000, "latency": {"submit": 1_000_000},
        "strategies": [{"name": "simple_market_maker", "parameters": {"away": 1}}], "impact": {"coefficient": 0.5},
    }  # fmt: skip
    (tmp_path / "request.json").write_text(json.dumps(request))
    told = json.loads(run("backtest", tmp_path / "request.json", "--json")[1])
    assert told["execution"]["impact"]["coefficient"] == 0.5
    assert told["initialCapital"] == 5000


def test_a_sweep_under_policies(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "s.html"
    policies = ("--policy", "near:", "--policy", "far:latency.submit=20000000,queue=risk_averse")
    code, out, err = run(*SWEEP, *SET, *policies, "--report", report, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert {one["policy"] for one in told["best"]} == {"near", "far"}
    assert (told["by"], told["counts"], told["symbols"]) == ("total_return", {"done": 4}, ["X"])
    near = next(one for one in told["best"] if one["policy"] == "near" and one["parameters"]["away"] == 1)
    execution = TickExecution(Latency(submit=1_000_000), queue="log", maker_fee=-0.00001)
    alone = backtest(Store().ticks("X"), SimpleMarketMaker(away=1), cash=5000, ticks=execution)
    assert near["metrics"]["total_return"] == alone.metrics()["total_return"]
    assert report.exists()
    out = run(*SWEEP, "--by", "fills")[1]
    assert "Best by" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("backtest", *MAKER, "--set", "latncy.submit=1"), "has no setting latncy; did you mean 'latency'?"),
        (("backtest", *MAKER, "--set", "latency.submt=1"), "has no setting latency.submt; did you mean 'submit'?"),
        (("backtest", *MAKER, "--set", "latency.submit=soon"), "the request is not what is expected: Expected `int`"),
        (("backtest", *MAKER, "--set", "queue=best"), "queue must be one of risk_averse"),
        (("backtest", *MAKER, "--bands"), "--bands is for bars alone: leave it out over ticks"),
        (("backtest", *MAKER, "--interval", "1m"), "--interval is the length of bars"),
        (("backtest", *MAKER, "--param", "awy=1"), "did you mean 'away'"),
        (("backtest", "--strategy", "rsi", "--symbols", "X"), "ticks are for strategies that see the order book"),
        (("backtest", "--strategy", "twap", "--symbols", "X,Y", "--dataset", "flow"), "is of one symbol, found X, Y"),
        ((*SWEEP, "--guided", "5"), "--guided is for bars alone"),
        ((*SWEEP, "--policy", ":queue=log"), "write each as NAME:KEY=VALUE,..., as in near:latency"),
        ((*SWEEP, "--by", "fill"), "; did you mean 'fills'?"),
    ],
)
def test_what_can_not_be_meant_is_told(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err
