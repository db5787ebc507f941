"""A metric depends on the statistics that it is said to need, and on no others."""

from typing import Any

import numpy as np
import pytest
from tests.analytics.metrics.random_runs import DAY_NS, KINDS, observed_all, random_run

from lockstep.analytics.metrics import FORMULAS, PRESETS, STATISTIC_GROUPS, Facts, metrics_of_many, needs
from lockstep.analytics.metrics.needs import GIVEN, group_of

FACTS = Facts(100.0, DAY_NS, risk_free=0.02, trials=40, trial_variance=0.3)
RUNS = [random_run(number) for number in range(len(KINDS) * 3)]


def disturbed(state: Any, path: str, kept: set[str], read: list[str]) -> Any:
    """The state with other numbers in all leaves whose group is not kept; the paths of leaves go to ``read``."""
    if isinstance(state, tuple):
        names = state._fields  # type: ignore[attr-defined]
        return type(state)(*(disturbed(v, f"{path}.{n}", kept, read) for n, v in zip(names, state, strict=True)))
    read.append(path)
    if group_of(path) in kept:
        return state
    return np.where(state, 0, 7) if state.dtype != np.float64 else 3.0 * state + 1e3


@pytest.mark.parametrize("convention", PRESETS)
def test_what_is_not_needed_changes_nothing(convention: str) -> None:
    _, statistics, trades = observed_all(RUNS, convention, FACTS)
    expected = metrics_of_many(statistics, trades, FACTS, convention)
    for name in FORMULAS:
        kept = {GIVEN, *needs([name], convention, FACTS)}
        other = disturbed(statistics, "statistics", kept, []), disturbed(trades, "trades", kept, [])
        found = metrics_of_many(*other, FACTS, convention, [name])[name]
        np.testing.assert_array_equal(found, expected[name], err_msg=name)


@pytest.mark.parametrize("convention", PRESETS)
def test_each_group_that_is_needed_matters(convention: str) -> None:
    """Taking one away changes a number of some run: nothing is measured in vain."""
    _, statistics, trades = observed_all(RUNS, convention, FACTS)
    expected = metrics_of_many(statistics, trades, FACTS, convention)
    every = {GIVEN, *STATISTIC_GROUPS.values()}
    for name in FORMULAS:
        for group in needs([name], convention, FACTS) - {"quantile"}:
            kept = every - {group}
            other = disturbed(statistics, "statistics", kept, []), disturbed(trades, "trades", kept, [])
            found = metrics_of_many(*other, FACTS, convention, [name])[name]
            # Distribution: nan without all returns, so nothing else can matter to it here.
            if FORMULAS[name].group != "Distribution":
                assert not np.array_equal(found, expected[name], equal_nan=True), (name, group)


def test_every_statistic_has_a_group() -> None:
    _, statistics, trades = observed_all(RUNS[:2], "lockstep", FACTS)
    paths: list[str] = []
    disturbed(statistics, "statistics", set(), paths)
    disturbed(trades, "trades", set(), paths)
    assert {group_of(path) for path in paths} | {"quantile"} == set(STATISTIC_GROUPS.values())
    fields = {path.rpartition(".")[0] for path in paths} | {*paths, "trades", "statistics.periods", "returns"}
    assert set(STATISTIC_GROUPS) <= fields


@pytest.mark.parametrize(
    ("name", "convention", "groups"),
    [
        ("sharpe", "vectorbt", {"returns"}),
        ("sharpe", "lockstep", {"returns", "equity"}),  # bars on weekends make a year of 365
        ("sharpe", "backtesting.py", {"returns", "equity", "growth"}),
        ("total_return", "lockstep", {"equity"}),
        ("max_drawdown", "lockstep", {"depth"}),
        ("win_rate", "lockstep", {"trades"}),
        ("beta", "lockstep", {"relative"}),
        ("beta", "backtesting.py", {"log_changes"}),
        ("value_at_risk", "lockstep", {"quantile"}),
        ("start_value", "lockstep", set()),
    ],
)
def test_known_needs(name: str, convention: str, groups: set[str]) -> None:
    assert needs([name], convention) == groups


def test_fees_that_are_known_need_no_trades() -> None:
    assert needs(["fees"]) == {"trade_detail"}
    assert needs(["fees"], facts=Facts(fees=3.0)) == set()


def test_needs_of_several_are_those_of_each() -> None:
    assert needs(["sharpe", "win_rate"]) == needs(["sharpe"]) | needs(["win_rate"])
    assert needs() == frozenset().union(*(needs([name]) for name in FORMULAS))
