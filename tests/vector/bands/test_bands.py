"""A ladder of fill policies: intervals by hand, each rung equal to a run of its own, decisions made once."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.vector.bands.markets import START, Dips, both_levels, days, touched
from tests.vector.histories import history

from lockstep.data import Bars
from lockstep.errors import BacktestError
from lockstep.strategies import MeanReversion, SmaCross, StrategyManager
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.exits import Exits
from lockstep.strategies.over_bars.margin import Brokerage
from lockstep.strategies.over_bars.market import Market
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.vector import Signals, Targets, backtest
from lockstep.vector.bands import Bands, Rung, bands, default_ladder
from lockstep.vector.bands.ladder import REFERENCE
from lockstep.vector.order_list import OrderList

BOTH = Exits(stop_loss=0.05, take_profit=0.05)
ENTER = [1.0, np.nan, np.nan, np.nan]


def rungs_of(found: Bands, metric: str = "end_value") -> dict[str, float]:
    return {name: float(metrics[metric]) for name, metrics in found.metrics.items()}


def test_a_limit_that_is_only_touched_fills_on_one_rung_and_not_on_the_other() -> None:
    bars, orders = touched()
    found = bands(bars, orders, cash=1000.0, ladder=[Rung("through", {"market.penetration": 1})])
    # Bought: 10 at 10, worth 12 at the end. Not bought: the cash.
    assert rungs_of(found) == {REFERENCE: 1020.0, "through": 1000.0}
    assert found["end_value"][:6] == ("end_value", 1000.0, 1020.0, 1020.0, "through", REFERENCE)
    assert found["end_value"].width == 20.0


@pytest.mark.parametrize(("low", "filled"), [(10.0, 0), (9.99, 1), (9.98, 2), (9.96, 2), (9.95, 3)])
def test_penetration_counts_ticks(low: float, filled: int) -> None:
    bars, orders = touched(low)
    ladder = [Rung(str(ticks), {"market.penetration": ticks}) for ticks in (1, 2, 5)]
    found = rungs_of(bands(bars, orders, cash=1000.0, ladder=ladder))
    assert [found[str(ticks)] for ticks in (1, 2, 5)] == [1020.0] * filled + [1000.0] * (3 - filled)


def test_stop_and_target_in_one_bar_part_by_what_lies_between_them() -> None:
    found = bands(both_levels(), Targets(ENTER), cash=1000.0, fractional=True, exits=BOTH)
    ends = rungs_of(found)
    # 10 units bought at 100: the stop sells them at 95, the target at 105.
    assert (ends["as given"], ends["optimistic path"]) == pytest.approx((950.0, 1050.0))
    assert (ends["low first"], ends["high first"]) == pytest.approx((950.0, 1050.0))
    assert (found["end_value"].low_rung, found["end_value"].high_rung) == ("slippage 10 bps", "optimistic path")
    assert not found.holds("total_return", below=0.0).holds
    assert set(found.holds("total_return", below=0.0).broken_by) >= {
        "optimistic path",
        "high first",
        "all at their best",
    }


def test_finer_bars_close_the_gap_between_the_paths() -> None:
    flat, first_high = [[100.0] * 4] * 4, [[100.0, 106.0, 100.0, 105.5], [105.5, 105.5, 94.0, 102.0]]
    halves = np.array(flat + first_high)
    times = START.astype("M8[h]") + 12 * np.arange(6) * np.timedelta64(1, "h")
    columns = dict(zip(("open", "high", "low", "close"), halves.T, strict=True))
    fine = Bars.from_frame({"X": {"time": times, **columns, "volume": np.ones(6)}}, interval="12h")
    coarse = days((100, 100, 100, 100), (100, 100, 100, 100), (100, 106, 94, 102))
    paths = [Rung(path, {"market.path": path}) for path in ("optimistic", "low_first")]
    asked = Targets([1.0, np.nan, np.nan], kind="units")
    found = bands(coarse, asked, cash=1000.0, exits=BOTH, ladder=paths)
    assert rungs_of(found) == {REFERENCE: 995.0, "optimistic": 1005.0, "low_first": 995.0}
    settled = bands(coarse, asked, cash=1000.0, exits=BOTH, ladder=paths, detail=fine)
    assert rungs_of(settled) == {REFERENCE: 1005.0, "optimistic": 1005.0, "low_first": 1005.0}
    assert len(settled.envelope) == 6


def test_what_is_concluded_is_said_with_the_rungs_that_break_it() -> None:
    found = bands(both_levels(), Targets(ENTER), cash=1000.0, fractional=True, exits=BOTH)
    returns, *_ = found.conclusions()
    assert returns[:3] == ("total_return", "below", 0.0)
    assert returns.broken_by == found.holds("total_return", below=0.0).broken_by
    assert returns.rungs == len(found.results)
    safe = found.holds("total_return", above=-0.5)
    assert (safe.holds, safe.broken_by) == (True, ())
    # A metric without a value holds nowhere: one trade has no deviation.
    assert found.holds("sqn", above=-9e9).broken_by == tuple(found.results)


def manager() -> StrategyManager:
    made = StrategyManager(("S0", "S1", "S2"))
    made.register(SmaCross(fast=5, slow=20), id="cross", allocation=0.5, symbols=["S0", "S1"])
    made.register(MeanReversion(lookback=10), id="revert", allocation=0.3)
    return made


def signals() -> Signals:
    entries, leaves = np.zeros((2, 260, 3), bool)
    entries[5::40], leaves[25::40] = True, True
    return Signals(entries, leaves)


EXITS: dict[str, Any] = {"exits": Exits(stop_loss=0.03, take_profit=0.04), "commission": 0.001}
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "strategy": (lambda: MeanReversion(lookback=10), {}),
    "exits": (lambda: MeanReversion(lookback=10), EXITS),
    "several": (manager, {"slippage_bps": 3.0}),
    "columns": (signals, {"market": Market(slippage=("ticks", 2.0), latency=1)}),
    "margin": (signals, {"brokerage": Brokerage(account="margin", leverage=2.0), "fill": "same_close"}),
    "events": (Dips, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_each_rung_equals_a_run_of_its_own(case: str) -> None:
    make, options = CASES[case]
    bars = history(3, 260, gaps=0.05)
    found = bands(bars, make(), cash=50_000.0, **options)
    plain = backtest(bars, make(), cash=50_000.0, **options)
    execution = {name: value for name, value in options.items() if name in ("commission", "slippage_bps", "fill")}
    model = {name: value for name, value in options.items() if name not in execution}
    for mine, theirs in zip(found.reference.total.finished.rows, plain.total.finished.rows, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(found.rungs) >= 5
    for rung in found.rungs:
        settings, market = rung.applied(Execution(**execution), model.get("market"))
        own = backtest(bars, make(), cash=50_000.0, **model | {"market": market}, **settings.to_dict())
        assert str(own.metrics()) == str(found.metrics[rung.name]), rung.name
        columns = [name for name in own.fills.columns if name != "tag"]  # tags are numbered on and on
        assert own.fills.select(columns).equals(found.results[rung.name].fills.select(columns)), rung.name


@pytest.mark.parametrize("case", CASES)
def test_the_reference_lies_in_every_interval(case: str) -> None:
    make, options = CASES[case]
    found = bands(history(3, 260, gaps=0.05), make(), cash=50_000.0, **options)
    assert len(found.intervals) > 100
    for interval in found.intervals.values():
        assert np.isnan(interval.reference) or interval.low <= interval.reference <= interval.high, interval
    rows = found.envelope
    assert len(rows) == len(found.reference.equity)
    assert (rows["low"] <= rows["reference"]).all()
    assert (rows["reference"] <= rows["high"]).all()
    assert rows["high"][-1] == pytest.approx(found["end_value"].high, rel=1e-15)
    assert rows["low"][-1] == pytest.approx(found["end_value"].low, rel=1e-15)


def test_decisions_are_made_once_for_all_rungs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    run = NumbaSignals.run

    def counted(self: NumbaSignals, block: Any, extra: Any, targets: Any) -> None:
        seen.append(targets.shape[1])
        run(self, block, extra, targets)

    monkeypatch.setattr(NumbaSignals, "run", counted)
    told: list[int] = []
    found = bands(history(2, 200), MeanReversion(lookback=10), block_rows=64, progress=told.append)
    assert len(found.results) > 8
    assert seen == told == [64, 64, 64, 8]


def test_a_rung_that_is_ruined_keeps_its_last_equity_while_others_go_on() -> None:
    # Short from 10: at 21 it is over, for the rung that sold at the close of the first day; the other sold at 20.
    bars = days((10, 10, 10, 10), (20, 20, 20, 20), (21, 21, 21, 21), (30, 30, 30, 30))
    found = bands(
        bars, Targets([-1.0, np.nan, np.nan, np.nan]), cash=100.0, fractional=True,
        ladder=[Rung("at once", {"fill": "same_close"})],
    )  # fmt: skip
    assert "equity fell to zero" in found.results["at once"].end_reason
    # 10 sold at 10 are worth -100 at 20: nothing is left. 5 sold at 20: 95 at 21, 50 at 30.
    assert found.envelope.select("low", "reference", "high").rows() == [
        (100.0, 100.0, 100.0), (0.0, 100.0, 100.0), (0.0, 95.0, 95.0), (0.0, 50.0, 50.0),
    ]  # fmt: skip


def test_the_envelope_does_not_depend_on_the_size_of_blocks() -> None:
    bars = history(2, 300, gaps=0.1)
    small, large = (bands(bars, MeanReversion(lookback=10), block_rows=size) for size in (17, 8192))
    assert small.envelope.equals(large.envelope)
    assert all(small.lines()[name].equals(line) for name, line in large.lines().items())


def test_the_default_ladder_leaves_out_what_changes_nothing() -> None:
    names = {rung.name for rung in default_ladder(Execution(), None)}
    assert names >= {"penetrate by 5 ticks", "optimistic path", "same close", "latency 2 bars", "slippage 10 bps"}
    assert not names & {"touch", "pessimistic path", "next open", "latency 0 bars", "slippage 0 bps"}
    given = default_ladder(Execution(slippage_bps=3.0), Market(penetration=1.0, path="optimistic", latency=1))
    names = {rung.name for rung in given}
    assert names >= {"touch", "pessimistic path", "latency 0 bars", "no slippage", "slippage x 0.5", "slippage x 4"}
    assert not names & {"penetrate by 1 tick", "optimistic path", "latency 1 bar"}
    plain = {rung.name for rung in default_ladder(Execution(), None, resting=False, volume=False)}
    assert not [name for name in plain if "path" in name or "tick" in name or "volume" in name]


def test_rungs_that_can_not_be_run_are_named_with_the_reason() -> None:
    found = bands(history(1, 60), MeanReversion(lookback=10), fill="same_close")
    assert set(found.skipped) == {"latency 1 bar", "latency 2 bars"}
    assert "very close it is decided at" in found.skipped["latency 1 bar"]
    assert "next open" in found.results


@pytest.mark.parametrize(
    ("ladder", "message"),
    [
        ([], "the ladder has no rung"),
        ([Rung("a", {"band": 0.1}), Rung("a", {"band": 0.2})], "the rung 'a' is there twice"),
        (["pessimistic"], "ladder must be a list of Rung, found 'pessimistic'"),
        ([Rung("a", {"market.latency": -1})], "rung 'a': latency must be a whole number from 0"),
        ([Rung("a", {"slippage_bps": -1.0})], "rung 'a': slippage_bps must be zero or more"),
    ],
)
def test_a_ladder_that_is_none_is_refused(ladder: Any, message: str) -> None:
    with pytest.raises(BacktestError, match=message):
        bands(history(1, 30), MeanReversion(lookback=10), ladder=ladder)


def test_bad_rungs_and_questions_are_refused() -> None:
    with pytest.raises(BacktestError, match=r"must change settings of fills, found 'path'; there are fill, .*market"):
        Rung("a", {"path": "optimistic"})
    with pytest.raises(BacktestError, match="must change settings of fills, found 'none'"):
        Rung("a", {})
    with pytest.raises(BacktestError, match="a name of its own"):
        Rung(REFERENCE, {"band": 0.1})
    with pytest.raises(BacktestError, match="backtest has no setting 'slipage'"):
        bands(history(1, 30), MeanReversion(lookback=10), slipage=1.0)
    found = bands(history(1, 60), MeanReversion(lookback=10), keep_rows=False)
    with pytest.raises(BacktestError, match="no metric 'sharp'"):
        found.holds("sharp", above=1.0)
    with pytest.raises(BacktestError, match="one of the two"):
        found.holds("sharpe", above=1.0, below=2.0)
    with pytest.raises(BacktestError, match="no interval of 'start'"):
        found["start"]
    with pytest.raises(BacktestError, match="equity of every row"):
        found.envelope  # noqa: B018 - asked for its refusal


def test_tables_and_plain_values() -> None:
    found = bands(both_levels(), Targets(ENTER), cash=1000.0, fractional=True, exits=BOTH)
    table = found.table(["end_value", "sharpe"])
    assert table.columns == ["metric", "low", "reference", "high", "low_rung", "high_rung", "undefined"]
    assert table["metric"].to_list() == ["end_value", "sharpe"]
    assert len(found.table()) == len(found.intervals)
    ladder = found.ladder(["end_value"])
    assert ladder["rung"].to_list() == list(found.results)
    assert ladder.filter(rung="optimistic path")["changes"].item() == "market.path = optimistic"
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["intervals"]["end_value"]["high"] == pytest.approx(1050.0)
    assert document["intervals"]["end_value"]["highRung"] == "optimistic path"
    assert document["intervals"]["sqn"]["reference"] is None
    assert [rung["name"] for rung in document["rungs"]] == [rung.name for rung in found.rungs]
    assert document["conclusions"][0]["holds"] is False


def test_the_plot_and_the_report_show_every_rung(tmp_path: Path) -> None:
    found = bands(history(2, 120), MeanReversion(lookback=10), **EXITS)
    names = [trace.name for trace in found.plot().data]
    assert {"All rungs", "As given", *(rung.name for rung in found.rungs)} <= set(names)
    text = found.reference.report(tmp_path / "r.html", bands=found).read_text()
    for rung in found.rungs:
        assert f'<th scope="row">{rung.name}</th>' in text
    assert 'id="chart-fan"' in text
    plain = backtest(history(2, 120), MeanReversion(lookback=10), **EXITS)
    assert "chart-fan" not in plain.report(tmp_path / "p.html").read_text()
    other = backtest(history(2, 120), MeanReversion(lookback=12), **EXITS)
    with pytest.raises(BacktestError, match="bands are of another run"):
        other.report(tmp_path / "o.html", bands=found)


def test_nothing_asked_is_nothing_wide() -> None:
    found = bands(days((10, 10, 10, 10), (10, 10, 10, 10)), OrderList([]), cash=1000.0)
    assert {interval.width for interval in found.intervals.values() if not np.isnan(interval.low)} == {0.0}
