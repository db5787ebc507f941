"""Metrics of many runs are those of each, bit for bit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.analytics.metrics.random_runs import DAY_NS, HOUR_NS, KINDS, columns, observed, observed_all, random_run

from lockstep.analytics.metrics import (
    BACKTESTING,
    FORMULAS,
    LOCKSTEP,
    PRESETS,
    VECTORBT,
    Facts,
    metrics,
    metrics_of_many,
)
from lockstep.errors import UnknownMetricError
from lockstep.kernels.stats.block import STATISTICS

FACTS = Facts(100.0, DAY_NS, risk_free=0.02, trials=40, trial_variance=0.3)
VARIANTS = [
    *PRESETS.values(),
    replace(LOCKSTEP, name="of two periods", periods_per_year=2.0),
    replace(LOCKSTEP, name="half a period", periods_per_year=0.5),
    replace(BACKTESTING, name="by bars", per_bar=True, zero_division="ieee"),
    replace(VECTORBT, name="rows by the clock", durations="time", trade_returns=True),
]
RUNS = [random_run(number) for number in range(len(KINDS) * 20)]


def bits(value: Any) -> bytes:
    """The bits of a value, any nan as the one nan."""
    array = np.asarray(value)
    return (array if array.dtype.kind == "M" else np.where(np.isnan(array), np.nan, array)).tobytes()


def assert_each_is_alone(many: dict[str, Any], alone: list[dict[str, Any]]) -> None:
    assert many.keys() == alone[0].keys()
    for name, column in many.items():
        assert column.dtype == ("datetime64[ns]" if FORMULAS[name].unit == "time" else np.float64), name
        for i, one in enumerate(alone):
            assert bits(column[i]) == bits(one[name]), (name, i, column[i], one[name])


@pytest.mark.parametrize("rules", VARIANTS, ids=lambda rules: rules.name)
def test_each_of_many_has_the_bits_it_has_alone(rules: Any) -> None:
    each, statistics, trades = observed_all(RUNS, rules, FACTS)
    assert_each_is_alone(
        metrics_of_many(statistics, trades, FACTS, rules),
        [metrics(state, closed, None, FACTS, rules) for state, closed in each],
    )


@pytest.mark.parametrize("rules", PRESETS.values(), ids=lambda rules: rules.name)
def test_intraday_runs(rules: Any) -> None:
    facts = replace(FACTS, interval_ns=4 * HOUR_NS, required_return=0.05, fees=1.5)
    runs = [random_run(number, 4 * HOUR_NS) for number in range(len(KINDS) * 3)]
    each, statistics, trades = observed_all(runs, rules, facts)
    assert_each_is_alone(
        metrics_of_many(statistics, trades, facts, rules),
        [metrics(state, closed, None, facts, rules) for state, closed in each],
    )


def test_the_runs_are_of_every_kind() -> None:
    """So that equality above is one of numbers, and of what is undefined, and of infinities."""
    _, statistics, trades = observed_all(RUNS, "empyrical", FACTS)
    found = metrics_of_many(statistics, trades, FACTS, "empyrical")
    for name, column in found.items():
        if FORMULAS[name].group != "Distribution":
            assert np.isfinite(column.astype(np.float64)).any() or FORMULAS[name].unit == "time", name
    assert np.isinf(found["sharpe"]).any()
    assert np.isnan(found["beta"]).any()
    assert np.isnat(found["start"]).any()
    assert (found["total_return"] <= -1.0).any()


def test_order_and_number_of_runs_do_not_matter() -> None:
    _, statistics, trades = observed_all(RUNS, "lockstep", FACTS)
    _, backwards, trades_backwards = observed_all(RUNS[::-1][:-7], "lockstep", FACTS)
    found = metrics_of_many(statistics, trades, FACTS)
    other = metrics_of_many(backwards, trades_backwards, FACTS)
    for name in FORMULAS:
        assert bits(found[name][7:]) == bits(other[name][::-1]), name


def test_facts_may_differ_by_run() -> None:
    each, statistics, trades = observed_all(RUNS[:60], "lockstep", FACTS)
    number = np.arange(60)
    own: Any = {
        "fees": 0.5 * number, "warm_up": number, "risk_free": 0.001 * number, "trials": number,
        "trial_variance": 0.01 * number - 0.05,
    }  # fmt: skip
    alone = [
        metrics(state, closed, None, replace(FACTS, **{name: values[i].item() for name, values in own.items()}))
        for i, (state, closed) in enumerate(each)
    ]
    assert_each_is_alone(metrics_of_many(statistics, trades, replace(FACTS, **own)), alone)


def test_without_trades_without_facts_without_times() -> None:
    each, statistics, _ = observed_all(RUNS[:30], "lockstep", Facts())
    assert_each_is_alone(metrics_of_many(statistics), [metrics(state, facts=Facts()) for state, _ in each])
    timeless = Facts(has_times=False)
    found = metrics_of_many(statistics, facts=timeless)
    assert_each_is_alone(found, [metrics(state, facts=timeless) for state, _ in each])
    assert np.isnat(found["max_drawdown_start"]).all()


def test_quantiles_are_unknown() -> None:
    _, statistics, trades = observed_all(RUNS[:5], "lockstep", FACTS)
    found = metrics_of_many(statistics, trades, FACTS, names=["value_at_risk", "tail_ratio"])
    assert np.isnan(np.array(list(found.values()))).all()


def test_metrics_by_name_in_the_order_asked_for() -> None:
    _, statistics, trades = observed_all(RUNS, "lockstep", FACTS)
    names = ["sharpe", "end_value", "max_drawdown"]
    found, every = metrics_of_many(statistics, trades, FACTS, names=names), metrics_of_many(statistics, trades, FACTS)
    assert list(found) == names
    assert all(bits(found[name]) == bits(every[name]) for name in names)


def test_an_unknown_name_is_refused_with_near_ones() -> None:
    _, statistics, trades = observed_all(RUNS[:3], "lockstep", FACTS)
    with pytest.raises(UnknownMetricError, match=r"found 'sharp': did you mean sharpe"):
        metrics_of_many(statistics, trades, FACTS, names=["sharp"])


def test_metrics_own_their_memory() -> None:
    """A search reuses the rows of its statistics; what was measured stays."""
    runs = [observed(run, "lockstep", FACTS)[0] for run in RUNS[:5]]
    statistics = columns(STATISTICS, runs)
    for name, column in metrics_of_many(statistics, facts=FACTS).items():
        assert column.flags.c_contiguous, name
        assert not any(np.shares_memory(column, leaf) for leaf in statistics.curve), name
