"""What a run leaves behind, and that it can be kept."""

import json
import math
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.vector.histories import history

from lockstep.errors import ArchiveError, BacktestError, ReportError
from lockstep.strategies import MeanReversion, SmaCross, StrategyManager
from lockstep.vector import Result, backtest
from lockstep.vector.summary import shown


def run(symbols: int = 2) -> Result:
    bars = history(symbols, 200)
    manager = StrategyManager(bars.symbols)
    manager.register(SmaCross(fast=5, slow=20), id="cross", allocation=0.5)
    manager.register(MeanReversion(lookback=10), id="revert", allocation=0.5)
    return backtest(bars, manager, cash=10_000.0, commission=0.001)


@pytest.fixture(scope="module")
def result() -> Result:
    return run()


def test_frames_have_names_and_times(result: Result) -> None:
    assert result.equity.schema["time"] == pl.Datetime("ns", "UTC")
    assert result.equity.columns == ["time", "session", "equity", "gross", "net", "benchmark"]
    assert set(result.fills["symbol"]) == {"S0", "S1"}
    assert set(result.orders["status"]) <= {"filled", "waiting", "refused"}
    assert result.trades["open"].dtype == pl.Boolean
    assert result.positions.columns == ["time", "symbol", "quantity", "average_cost"]


def test_a_result_shows_itself_in_a_line(result: Result) -> None:
    end = result.equity["equity"][-1]
    shown = repr(result)
    assert shown.startswith("<Result of ")
    assert f" on S0, S1: {result.equity.height:,} bars, " in shown
    assert f" became {end:,.2f}, {result.trades.height:,} trades, end of data>" in shown
    assert all(repr(account).startswith("<Account of ") for account in result.strategies.values())


def test_fills_of_all_accounts_come_in_the_order_of_time(result: Result) -> None:
    assert result.fills["row"].is_sorted()
    assert result.trades.filter(~pl.col("open"))["exit_row"].is_sorted()


def test_the_equity_follows_from_the_fills(result: Result) -> None:
    assert result.bars is not None
    frame = result.bars.frame()
    cash, held = np.full(200, 10_000.0), {name: np.zeros(200) for name in ("S0", "S1")}
    for fill in result.fills.iter_rows(named=True):
        cash[fill["row"] :] -= fill["quantity"] * fill["price"] + fill["fee"]
        held[fill["symbol"]][fill["row"] :] += fill["quantity"]
    value = cash + sum(held[s] * frame.filter(pl.col("symbol") == s)["close"].to_numpy() for s in held)
    np.testing.assert_allclose(result.equity["equity"].to_numpy(), value, rtol=1e-12)


def test_the_dataset_holds_everything_by_name(result: Result) -> None:
    data = result.dataset()
    assert dict(data.sizes) == {
        "time": 200, "symbol": 2, "strategy": 2, "order": len(result.orders), "fill": len(result.fills),
        "trade": len(result.trades), "flow": 0,
    }  # fmt: skip
    np.testing.assert_array_equal(data["equity"], result.equity["equity"])
    np.testing.assert_allclose(data["strategy_equity"].sum("strategy"), data["equity"], rtol=1e-14)
    last = {f["symbol"]: 0.0 for f in result.fills.iter_rows(named=True)}
    for fill in result.fills.iter_rows(named=True):
        last[fill["symbol"]] += fill["quantity"]
    assert data["position"].sel(symbol="S0")[-1] == pytest.approx(last["S0"])
    assert float(data["metric_sharpe"]) == result.metrics()["sharpe"]
    assert data["metric_end"] == data["time"][-1]
    assert {f"metric_{name}" for name in result.metrics()} <= set(data)
    assert data.attrs["data_hash"] == result.provenance.data_hash


def test_a_saved_result_comes_back_whole(result: Result, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.npz")
    for bars in (None, result.bars):
        back = Result.load(path, bars)
        assert str(back.metrics()) == str(result.metrics())
        assert str(back.metrics("vectorbt")) == str(result.metrics("vectorbt"))
        for kind in ("orders", "fills", "trades"):
            assert getattr(back.total, kind).tobytes() == getattr(result.total, kind).tobytes()
        assert back.equity.equals(result.equity)
        assert back.strategies["revert"].parameters == {"lookback": 10, "entry_z_score": 2.0, "exit_z_score": 0.5}
        assert back.provenance == result.provenance
        assert str(back.settings) == str(result.settings)


def test_a_result_of_other_bars_is_refused(result: Result, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.npz")
    with pytest.raises(ArchiveError, match="made from bars with hash"):
        Result.load(path, history(2, 199))


@pytest.mark.parametrize("damage", ["cut", "text", "missing"])
def test_a_damaged_file_is_refused(result: Result, tmp_path: Path, damage: str) -> None:
    path = result.save(tmp_path / "run.npz")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif damage == "text":
        path.write_text("not a result")
    else:
        path.unlink()
    with pytest.raises(ArchiveError, match="expected a result"):
        Result.load(path)


@pytest.mark.parametrize("part", ["0.fills", "1.rows.equity", "0.statistics.floats"])
def test_a_file_that_lacks_a_part_is_refused(result: Result, tmp_path: Path, part: str) -> None:
    with np.load(result.save(tmp_path / "run.npz")) as file:
        arrays = {name: file[name] for name in file.files if name != part}
    np.savez(tmp_path / "less.npz", **arrays)
    with pytest.raises(ArchiveError, match=f"no whole result: KeyError '{part}'; save it again"):
        Result.load(tmp_path / "less.npz")


def test_a_run_without_rows_says_why_it_can_t_be_drawn(tmp_path: Path) -> None:
    result = backtest(history(1, 30), MeanReversion(lookback=5), keep_rows=False)
    for draw in (result.plot, lambda: result.report(tmp_path / "r.html")):
        with pytest.raises(BacktestError, match="run it again and keep the rows"):
            draw()


def test_a_failed_save_leaves_the_old_file(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = result.save(tmp_path / "run.npz")
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(ArchiveError, match=r"No space left on device; choose a file name"):
        result.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_a_place_that_can_t_be_written_is_named_and_a_device_stays(result: Result, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for write, kind in ((result.save, ArchiveError), (result.report, ReportError)):
        for place, reason in (
            (tmp_path, "Is a directory"),
            (pipe, "a device or pipe is there"),
            ("/proc/x", "No such"),
        ):
            with pytest.raises(kind, match=f"{reason}.*; choose a file name"):
                write(place)
    assert pipe.is_fifo()


def test_a_link_is_followed(result: Result, tmp_path: Path) -> None:
    link = tmp_path / "link.npz"
    link.symlink_to(tmp_path / "real.npz")
    result.save(link)
    assert link.is_symlink()
    assert Result.load(tmp_path / "real.npz").total.id == "total"


def test_the_document_is_json_without_nan(result: Result) -> None:
    text = json.dumps(result.to_dict(), allow_nan=False)
    document = json.loads(text)
    assert document["strategies"][1]["parameters"] == {"lookback": 10, "entryZScore": 2.0, "exitZScore": 0.5}
    assert {"fill", "perShare", "slippageBps", "closeAtEnd"} <= set(document["execution"])
    assert document["metrics"]["sharpe"] == result.metrics()["sharpe"]
    assert document["start"].startswith("2020-01-01")


@pytest.mark.parametrize(
    ("days", "text"),
    [(0.0, "0 d"), (3 / 1440, "3.0 min"), (0.1, "2.4 h"), (1.0, "1 d"), (1.25, "1.2 d"), (2919.0, "2,919 d")],
)
def test_what_lasts_less_than_a_day_is_shown_in_hours_or_minutes(days: float, text: str) -> None:
    assert shown(days, "days") == text


def test_the_summary_shows_every_metric(result: Result) -> None:
    rows = [row for _, group in result.summary() for row in group]
    assert len(rows) == len(result.metrics())
    assert all(label and value and text for label, value, text in rows)
    assert not any("nan" in value for _, value, _ in rows)


def test_a_run_without_a_trade_has_metrics_frames_and_a_dataset() -> None:
    empty = backtest(history(1, 10), MeanReversion(lookback=50))
    assert len(empty.fills) == 0
    assert empty.fills["symbol"].dtype == pl.String
    metrics = empty.metrics()
    assert metrics["trades"] == 0
    assert math.isnan(metrics["win_rate"])
    assert empty.dataset().sizes["time"] == 10
    empty.summary()
