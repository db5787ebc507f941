"""What ``verify`` takes and refuses, what a certificate says, and how long a strategy's memory is."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.vector.causality import leaks
from tests.vector.causality.clean import closed_weeks
from tests.vector.causality.markets import daily, gappy
from tests.vector.histories import prices

from lockstep.errors import VerifyError
from lockstep.kernels.indicators import zscore, zscore_init
from lockstep.kernels.ops import where
from lockstep.strategies import EmaCross, Momentum, Strategy, param
from lockstep.vector.causality import Certificate, verify


class Forgetful(Strategy):
    """Says that it needs fewer bars than it does."""

    lookback: int = param(30, low=2)

    @staticmethod
    def warm_up(params: Any) -> int:
        return 5

    @staticmethod
    def init(params: Any) -> Any:
        return zscore_init(params.lookback)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        state, z = zscore(state, bar.close)
        return state, where(z < 0.0, 1.0, -1.0) + 0.0 * z


class Weekly(Strategy):
    columns = ("weekly", "mood")

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, 1.0 * (bar.extra[0] + bar.extra[1] > bar.close)


def mood() -> dict[str, Any]:
    times = daily().frame()["close_time"]
    return {"known_at": times, "value": np.cos(np.arange(len(times)))}


# --- what is asked for -----------------------------------------------------------------------------------------------


def test_a_frame_will_do_for_bars() -> None:
    assert verify(EmaCross(), prices(120, 1), cuts=20).passed


def test_columns_may_be_data_and_functions_side_by_side() -> None:
    columns = {"weekly": lambda bars: closed_weeks(bars)["weekly"], "mood": mood()}
    assert verify(Weekly(), daily(), columns=columns, cuts=20).passed

    def peeking(bars: Any) -> Any:
        return bars.frame()["close"].shift(-1)

    found = verify(Weekly(), daily(), columns=columns | {"weekly": peeking}, cuts=20)
    assert [finding.output for finding in found.findings] == ["columns['weekly']", "target"]


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (EmaCross, r"make an instance, EmaCross\(\)"),
        ("ema_cross", "load it by name first"),
        (lambda frame: 1.0, "must be a series with a number for each bar"),
        (lambda frame: frame["close"][:7], "has 7 rows, but there are 320 bars"),
        (lambda frame: {}, "expected columns of numbers"),
        (lambda frame, other: frame, "must take a history alone"),
        (lambda frame: 1 / 0, "fails on the untouched history: ZeroDivisionError: division by zero"),
        (lambda frame: frame["no such column"], "fails on the untouched history"),
    ],
)
def test_what_can_not_be_tested_is_refused(subject: Any, words: str) -> None:
    with pytest.raises(VerifyError, match=words):
        verify(subject, daily(), cuts=10)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(VerifyError, match="polars, pandas, bars, arrays, found 'excel'"):
        verify(leaks.next_close, daily(), form="excel")
    with pytest.raises(VerifyError, match="a function computes its own"):
        verify(leaks.next_close, daily(), columns={"a": mood()})
    with pytest.raises(VerifyError, match="at least three bars"):
        verify(EmaCross(), prices(2, 1))


def test_code_that_fails_without_enough_history_is_not_accused() -> None:
    def needs_fifty(frame: pl.DataFrame) -> Any:
        if frame.height < 50:
            raise ValueError("too short")
        return frame["close"]

    found = verify(needs_fifty, daily(), cuts=40)
    assert found.passed
    assert 0 < found.failed < found.runs
    assert any("ValueError: too short" in note for note in found.notes)


def test_code_that_runs_on_nothing_else_is_refused() -> None:
    calls = []

    def only_this(frame: pl.DataFrame) -> Any:
        calls.append(frame)
        if len(calls) > 2:  # once, and once more to see that it repeats
            raise ValueError("seen enough")
        return frame["close"]

    with pytest.raises(VerifyError, match="only_this fails on every other history"):
        verify(only_this, daily(), cuts=10)


def test_prints_and_warnings_of_the_code_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def noisy(df: Any) -> Any:
        import warnings

        sys.stdout.write("here")
        warnings.warn("there", stacklevel=1)
        return df["close"] / 0.0

    assert verify(noisy, daily(), cuts=10, form="pandas").passed
    assert capsys.readouterr().out == ""


def test_progress_is_told() -> None:
    told: list[tuple[str, float]] = []
    verify(EmaCross(), daily(), cuts=10, progress=lambda what, share: told.append((what, share)))
    assert [what for what, _ in told[:2]] == ["cut 1 of 10", "cut 2 of 10"]
    assert all(0.0 <= share <= 1.0 for _, share in told)


# --- the certificate -------------------------------------------------------------------------------------------------


def certificate() -> Certificate:
    return verify(leaks.next_close, daily(), cuts=20, seed=4)


def test_it_says_what_was_tested_on_what() -> None:
    found = certificate()
    assert (found.seed, len(found.cuts), found.rows) == (4, 20, 320)
    assert found.data_hash == daily().data_hash
    assert found.poisons == ("cut off", "scaled up", "scaled down", "reshuffled", "mirrored", "extreme")
    assert {"lockstep", "numba", "numpy", "polars", "python"} == set(found.versions)
    assert len(found.identity) == 64


def test_the_identity_is_that_of_the_code() -> None:
    fast, slow = verify(EmaCross(fast=3), daily(), cuts=2), verify(EmaCross(fast=4), daily(), cuts=2)
    assert fast.identity == slow.identity
    assert fast.parameters != slow.parameters
    assert fast.identity != verify(Momentum(), daily(), cuts=2).identity


def test_it_is_kept_as_json(tmp_path: Path) -> None:
    found = certificate()
    read = json.loads(found.save(tmp_path / "deep" / "c.json").read_text())
    assert read == json.loads(json.dumps(found.to_dict()))
    assert read["verdict"] == "leak"
    assert read["findings"][0]["inputs"] == ["close"]
    assert read["findings"][0]["line"]["text"].endswith("# leak")
    assert read["findings"][0]["sentence"] in str(found)


def test_a_place_it_can_not_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="can't be written to"):
        certificate().save(tmp_path)


def test_the_sentence_names_bar_input_reach_and_line() -> None:
    sentence = certificate().findings[0].sentence()
    for words in ("close of S0 at the bar closing 2020-", "depends on close up to 1 bar later", "leaks.py:"):
        assert words in sentence


def test_only_the_last_rows_are_used_and_that_is_said() -> None:
    found = verify(EmaCross(), daily(), cuts=10, rows=100)
    assert found.rows == 100
    assert any("last 100 of 320 rows" in note for note in found.notes)


# --- warm-up ---------------------------------------------------------------------------------------------------------


def test_a_window_needs_its_length() -> None:
    warm_up = verify(Momentum(lookback=40, skip=5), daily(), cuts=5).warm_up
    assert warm_up is not None
    assert (warm_up.declared, warm_up.exact, warm_up.close) == (40, 40, 40)
    assert not warm_up.short
    assert "declared are 40" in warm_up.sentence()


def test_a_declared_warm_up_that_is_too_short_is_told() -> None:
    warm_up = verify(Forgetful(), daily(), cuts=5).warm_up
    assert warm_up is not None
    assert (warm_up.declared, warm_up.close) == (5, 29)
    assert warm_up.short
    assert "the declared warm-up, 5, is shorter" in warm_up.sentence()


def test_an_exponential_mean_is_near_long_before_it_is_equal() -> None:
    def mean(df: Any) -> Any:
        return df["close"].ewm(span=4, adjust=False).mean()

    warm_up = verify(mean, daily(), cuts=5).warm_up
    assert warm_up is not None
    assert warm_up.close is not None
    assert warm_up.exact is None or warm_up.exact > warm_up.close
    # Each bar leaves 3/5 of the difference: 1e-9 of a price is reached when 0.6 ** n is some 1e-9 / 0.05.
    assert 30 <= warm_up.close <= 45


def test_what_counts_from_the_first_bar_never_settles() -> None:
    def age(frame: pl.DataFrame) -> Any:
        return frame["close"].cum_sum()

    warm_up = verify(age, daily(), cuts=5).warm_up
    assert warm_up is not None
    assert warm_up.close is None
    assert "never came to the same outputs" in warm_up.sentence()


def test_a_symbol_that_is_listed_shortly_before_the_end() -> None:
    frames = {"OLD": prices(600, 1), "NEW": {name: values[520:] for name, values in prices(600, 2).items()}}
    warm_up = verify(Momentum(lookback=12, skip=0), frames, cuts=5).warm_up
    assert warm_up is not None
    assert (warm_up.settled, warm_up.close) == (warm_up.starts, 12)


def test_several_symbols_start_when_all_are_there() -> None:
    warm_up = verify(Momentum(lookback=10, skip=0), gappy(), cuts=5).warm_up
    assert warm_up is not None
    assert warm_up.close is not None
    assert warm_up.close >= 10
