"""Sweeps that are stopped at once, kept by several at once or in damaged files, and cut before they are judged."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest

from lockstep.data import Bars
from lockstep.errors import SweepError
from lockstep.kernels.ops import where
from lockstep.strategies import EmaCross, Strategy, param
from lockstep.vector.sweep import SweepInterrupted, sweep
from lockstep.vector.sweep.portion import Status

GRID = {"fast": [3, 5], "slow": [10, 20, 40]}


class Last(NamedTuple):
    close: float


class Signal(Strategy):
    """Long where the user's column is above a level."""

    columns = ("signal",)
    level: float = param(0.0)

    @staticmethod
    def init(params):
        return Last(0.0)

    @staticmethod
    def step(state, bar, params):
        return Last(bar.close), where(bar.extra[0] > params.level, 1.0, -1.0)


def walks(symbols=("A",), rows=150, seed=7):
    frames = []
    for number, symbol in enumerate(symbols):
        close = np.round(50.0 * np.exp(np.cumsum(np.random.default_rng(seed + number).normal(0.0, 0.02, rows))), 2)
        times = (np.arange(rows) * 86_400_000_000_000 + 1_300_060_800_000_000_000).astype("datetime64[ns]")
        prices = dict.fromkeys(("open", "high", "low", "close"), close)
        frames.append(pl.DataFrame({"symbol": [symbol] * rows, "time": times, **prices, "volume": np.ones(rows)}))
    return Bars.from_frame(pl.concat(frames), interval="1d")


def test_a_sweep_that_is_stopped_at_once_has_its_metrics():
    def stop(cells):
        raise KeyboardInterrupt

    with pytest.warns(SweepInterrupted):
        found = sweep(walks(), EmaCross, GRID, progress=stop)
    assert (found["status"].values == Status.NOT_RUN).all()
    assert np.isnan(found["sharpe"].values).all()
    assert np.isnat(found["start"].values).all()
    assert found.frame().height == 6
    with pytest.raises(SweepError, match="not run"):
        found.report()


def test_threads_share_a_checkpoint(tmp_path):
    bars = walks(rows=60)
    for turn in range(5):
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(sweep, bars, EmaCross, GRID, checkpoint=tmp_path / str(turn)) for _ in range(4)]
            totals = [each.result()["total_return"].values for each in asked]
        assert all(np.array_equal(each, totals[0]) for each in totals)


def test_damaged_files_of_a_checkpoint_are_run_again(tmp_path):
    folder = tmp_path / "kept"
    whole = sweep(walks(), EmaCross, GRID, checkpoint=folder)
    sweep(walks(), EmaCross, {**GRID, "fast": [3]}, checkpoint=tmp_path / "smaller")
    (file,) = folder.glob("*.npz")
    sound = file.read_bytes()
    directory = sound.index(b"PK\x01\x02")
    encrypted, of_the_future = bytearray(sound), bytearray(sound)
    encrypted[directory + 8] |= 1
    of_the_future[directory + 6] = 154
    (other,) = (tmp_path / "smaller").glob("*.npz")
    for damaged in (b"", sound[:900], bytes(encrypted), bytes(of_the_future), other.read_bytes()):
        file.write_bytes(damaged)
        again = sweep(walks(), EmaCross, GRID, checkpoint=folder)
        np.testing.assert_array_equal(again["sharpe"].values, whole["sharpe"].values)
    for damaged in (b"", b"[]", b"null", b"\xff\xfe", b'{"portion": "x"}', b'{"portion": null}'):
        (folder / "request.json").write_bytes(damaged)
        with pytest.raises(SweepError, match="kept"):
            sweep(walks(), EmaCross, GRID, checkpoint=folder)


def test_a_cut_result_knows_what_was_tried_on_other_symbols():
    found = sweep(walks(("P", "Q", "R"), seed=311), EmaCross, GRID)
    whole = found.report(symbol="Q")
    assert whole.trials + whole.trials_before == 18
    for cut in (
        found.sel(symbol="Q"),
        found.sel(symbol=["Q"]),
        found.sel(symbol=["Q", "R"], fast=[3]),
        found.sel(fast=3),
    ):
        report = cut.report()
        assert report.trials + report.trials_before == 18


def test_single_variables_have_no_rows():
    with pytest.raises(SweepError, match="status"):
        sweep(walks(), EmaCross, GRID)[["sharpe"]].frame()


def test_another_signal_is_another_trial():
    bars = walks(seed=902)
    times = (np.arange(150) * 86_400_000_000_000 + 1_300_060_800_000_000_000).astype("datetime64[ns]")
    for seed in (1, 2, 3, 3):
        signal = pl.DataFrame({"known_at": times, "value": np.random.default_rng(seed).normal(size=150)})
        signal = signal.with_columns(pl.col("known_at").dt.replace_time_zone("UTC"))
        found = sweep(bars, Signal, {"level": [0.0, 0.5]}, columns={"signal": signal})
    report = found.report()
    assert (report.trials, report.trials_before) == (2, 4)
