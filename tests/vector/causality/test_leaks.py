"""Planted look-ahead of every kind is found: the output, the input it came through, and the line."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.vector.causality import leaks
from tests.vector.causality.markets import daily, gappy, sessions
from tests.vector.histories import prices

from lockstep.data import Bars
from lockstep.errors import VerifyError
from lockstep.strategies import Strategy
from lockstep.vector.causality import Certificate, Finding, verify

CUTS = 40

DAILY: list[tuple[Callable[..., Any], str, tuple[str, ...]]] = [
    (leaks.next_close, "close", ("close",)),
    (leaks.centred_window, "high", ("high",)),
    (leaks.whole_sample_z_score, "z", ("low",)),
    (leaks.min_max_scaling, "output", ("volume",)),
    (leaks.filled_backwards, "close", ("close",)),
    (leaks.label_as_feature, "signal", ("close",)),
    (leaks.ranks_of_all_time, "signals", ("open",)),
    (leaks.interpolated, "low", ("low",)),
    (leaks.model_of_the_whole_sample, "targets", ("close",)),
    (leaks.low_pass_by_fourier, "output", ("high",)),
    (leaks.detrended, "output", ("close",)),
    (leaks.rolled_around, "output", ("close",)),
    (leaks.target_encoding, "change", ("close",)),
    (leaks.quantile_of_all_time, "busy", ("volume",)),
    (leaks.highest_from_here_on, "output", ("high",)),
    (leaks.lowest_of_the_next_bars, "output", ("low",)),
    (leaks.compiled_peek, "output", ("close",)),
    (leaks.smoothed_both_ways, "close", ("close",)),
    (leaks.age_of_the_history, "output", ("rows",)),
]
WITHIN_THE_DAY: list[tuple[Callable[..., Any], str, tuple[str, ...]]] = [
    (leaks.standing_of_the_day, "output", ("high",)),
    (leaks.daily_bars_labelled_by_their_open, "close", ("close",)),
    (leaks.hours_joined_at_their_open, "hour_low", ("low",)),
    (leaks.minutes_left_in_the_session, "left", ("time",)),
]


def only_finding(found: Certificate) -> Finding:
    assert found.verdict == "leak", str(found)
    (finding,) = found.findings
    return finding


def check(finding: Finding, output: str, inputs: tuple[str, ...]) -> None:
    assert (finding.output, finding.inputs) == (output, inputs)
    assert finding.line is not None
    assert finding.line.text.endswith("# leak"), finding.line


def named(case: tuple[Callable[..., Any], str, tuple[str, ...]]) -> str:
    return case[0].__name__


@pytest.mark.parametrize(("function", "output", "inputs"), DAILY, ids=map(named, DAILY))
def test_in_columns_of_daily_bars(function: Any, output: str, inputs: tuple[str, ...]) -> None:
    check(only_finding(verify(function, daily(), cuts=CUTS)), output, inputs)


@pytest.mark.parametrize(("function", "output", "inputs"), WITHIN_THE_DAY, ids=map(named, WITHIN_THE_DAY))
def test_in_columns_of_bars_within_the_day(function: Any, output: str, inputs: tuple[str, ...]) -> None:
    check(only_finding(verify(function, sessions(), cuts=CUTS)), output, inputs)


def test_a_symbol_that_is_chosen_by_what_it_became() -> None:
    finding = only_finding(verify(leaks.best_symbol_of_all_time, gappy(), cuts=CUTS))
    check(finding, "weight", ("close",))


def test_how_far_it_looked() -> None:
    reaches = {f: only_finding(verify(f, daily(), cuts=CUTS)).reach for f, *_ in DAILY[:2]}
    assert reaches == {leaks.next_close: 1, leaks.centred_window: 4}
    assert only_finding(verify(leaks.lowest_of_the_next_bars, daily(), cuts=CUTS)).reach in (1, 2, 3)
    assert only_finding(verify(leaks.whole_sample_z_score, daily(), cuts=CUTS)).reach == daily().rows - 1


def test_the_longer_bar_that_was_read_before_its_close_is_named() -> None:
    def day_by_day(df: Any) -> Any:
        return df.groupby("session")["close"].transform("last")

    assert "the bar of the session" in only_finding(verify(day_by_day, sessions(), cuts=60, form="pandas")).hint


def test_the_line_of_a_mean_that_was_made_before_names_the_mean() -> None:
    line = only_finding(verify(leaks.whole_sample_z_score, daily(), cuts=CUTS)).line
    assert line is not None
    assert "mean" in line.through or "deviation" in line.through


def test_a_helper_of_the_same_file_is_followed() -> None:
    def feature(frame: Any) -> Any:
        return leaks.min_max_scaling(frame)

    finding = only_finding(verify(feature, daily(), cuts=CUTS, form="polars"))
    assert finding.line is not None


# --- strategies ------------------------------------------------------------------------------------------------------


def test_a_column_that_claims_to_be_known_when_its_bar_opens() -> None:
    found = verify(leaks.ReadsDaily(), daily(), columns=leaks.at_the_open, cuts=CUTS)
    assert [finding.output for finding in found.findings] == ["columns['daily']", "target"]
    for finding in found.findings:
        assert finding.inputs == ("close",)
        assert finding.line is not None
        assert finding.line.text.endswith("# leak")


def test_a_history_frozen_into_a_step() -> None:
    bars = daily()
    finding = only_finding(verify(leaks.frozen_history(bars.frame()["close"].to_numpy()), bars, cuts=CUTS))
    check(finding, "target", ("series",))
    assert finding.reach == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_frozen_history_is_found_whichever_way_prices_went_at_the_cuts(seed: int) -> None:
    bars = daily()
    found = verify(leaks.frozen_history(bars.frame()["close"].to_numpy()), bars, cuts=CUTS, seed=seed)
    assert only_finding(found).inputs == ("series",)


def test_parameters_fitted_to_the_whole_sample() -> None:
    finding = only_finding(verify(leaks.fitted_to_the_whole_sample, daily(), cuts=CUTS))
    check(finding, "target", ("close",))


def test_a_step_that_reads_behind_the_end_of_its_columns() -> None:
    bars = daily()
    times = bars.frame()["close_time"]
    mood = {"known_at": times, "value": np.sin(np.arange(len(times)))}
    found = verify(leaks.BeyondItsColumns(), bars, columns={"mood": mood}, cuts=300)
    finding = only_finding(found)
    assert (finding.output, finding.inputs, finding.reach) == ("target", ("mood",), 1)


def test_a_step_can_not_write_to_what_all_runs_share() -> None:
    shared = np.zeros(3)

    class Remembers(Strategy):
        @staticmethod
        def init(params: Any) -> Any:
            return (0.0,)

        @staticmethod
        def step(state: Any, bar: Any, params: Any) -> Any:
            shared[0] = bar.close
            return state, shared[0]

    with pytest.raises(VerifyError, match=r"can't be tested, it fails on the untouched history: .* can't compile it"):
        verify(Remembers(), daily(), cuts=CUTS)


# --- not the same each time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [leaks.drawn_at_random, leaks.counts_its_calls, leaks.remembers_the_highest])
def test_what_is_not_the_same_each_time_is_told_apart(subject: Any) -> None:
    found = verify(subject, daily(), cuts=CUTS)
    assert found.verdict == "unstable"
    assert not found.findings
    assert "is not the same each time" in found.notes[0]


def test_an_init_that_is_not_the_same_each_time_is_told_so() -> None:
    with pytest.raises(VerifyError, match="init gives another state each time it is called"):
        verify(leaks.CountsItsRuns(), daily(), cuts=CUTS)


def test_the_same_seed_gives_the_same_certificate() -> None:
    first, second = (verify(leaks.next_close, daily(), cuts=CUTS, seed=9) for _ in range(2))
    assert first == second
    assert first.cuts != verify(leaks.next_close, daily(), cuts=CUTS, seed=10).cuts


def test_every_seed_finds_it() -> None:
    bars: Bars = daily()
    for seed in range(5):
        for function in (leaks.next_close, leaks.rolled_around, leaks.interpolated):
            assert verify(function, bars, cuts=12, seed=seed).verdict == "leak"


# --- between two closes ----------------------------------------------------------------------------------------------


def business_hours() -> Bars:
    """Days from nine to five: each opens hours after the close before."""
    columns = prices(150, 5)
    days = columns.pop("time").astype("M8[ns]")
    times = {"open_time": days + np.timedelta64(9, "h"), "close_time": days + np.timedelta64(17, "h")}
    return Bars.from_frame(times | columns, interval="1d")


def test_a_close_that_claims_to_be_known_before_its_day_is_over() -> None:
    found = verify(leaks.ReadsDaily(), business_hours(), columns=leaks.at_the_open, cuts=CUTS)
    # The strategy looks at closes only, by when the claim is true.
    finding = only_finding(found)
    check(finding, "columns['daily']", ("close",))


def test_an_open_may_be_known_when_its_day_begins() -> None:
    def opens(bars: Bars) -> dict[str, Any]:
        frame = bars.frame()
        return {"daily": {"known_at": frame["open_time"], "value": frame["open"]}}

    assert verify(leaks.ReadsDaily(), business_hours(), columns=opens, cuts=CUTS).passed
