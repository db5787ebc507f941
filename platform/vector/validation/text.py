"""A validation for reading."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lockstep.vector.validation.outcome import Choice, WalkForward

PERCENT = frozenset(("total_return", "annual_return", "max_drawdown", "annual_volatility", "cagr", "mean_return"))


def report(made: WalkForward) -> str:
    """See ``WalkForward.report``."""
    lines = [_asked(made)]
    for unit in made.units:
        lines += ["", *_of_unit(made, unit)]
    if made.about["source"] == "synthetic":
        lines += ["", "The prices were generated: nobody ever paid them."]
    return "\n".join(lines)


def _asked(made: WalkForward) -> str:
    about, tried = made.about, max(choice.trials for choice in made.choices)
    kind = str(made.splits.definition.get("kind", "given")).replace("_", " ")
    by = {"highest": f"the highest {made.score}", "lowest": f"the lowest {made.score}"}
    return (
        f"{about['strategy_title']} on {', '.join(about['symbols'])}: {_count(len(made.splits), 'split')} ({kind}), "
        f"{_count(tried, 'set')} tried in each, chosen by {by.get(about['pick'], about['pick'])}"
    )


def _of_unit(made: WalkForward, unit: str) -> list[str]:
    choices = made.choices_of(unit)
    lines = [unit] if len(made.units) > 1 else []
    left = sum(not choice.ran for choice in choices)
    if left:
        lines.append(f"  interrupted: {left} of {_count(len(choices), 'split')} were not run")
    if left == len(choices):
        return lines
    lines += _scores(made, choices)
    lines += _curves(made, unit)
    lines += _baseline(made, unit)
    return lines + _steadiness(made, unit, choices)


def _scores(made: WalkForward, choices: Sequence[Choice]) -> list[str]:
    train, test = (np.array([getattr(c, side)[made.score] for c in choices]) for side in ("train", "test"))
    lost = np.array([made.degradation(choice) for choice in choices])
    known = np.isfinite(lost)
    idle = sum(choice.set is None and choice.ran for choice in choices)
    lines = [f"  in {_count(idle, 'split')} no set had a score: nothing was traded"] if idle else []
    if not known.any():
        return [*lines, f"  no split has a {made.score} both in training and in its test"]
    name = made.score
    return [
        *lines,
        f"  {name}: {_shown(name, train[known].mean())} in training, {_shown(name, test[known].mean())} in the tests "
        f"on average; worse than in training in {int((lost[known] > 0).sum())} of "
        f"{_count(int(known.sum()), 'split')}",
        f"  tests from {_shown(name, test[known].min())} to {_shown(name, test[known].max())}, half of them above "
        f"{_shown(name, float(np.median(test[known])))}",
    ]


def _curves(made: WalkForward, unit: str) -> list[str]:
    if not made.paths:
        return ["  some sessions are tested several times: the tests make no single curve"]
    known = made.known_paths(unit)
    if not known:
        return ["  out of sample: no path is whole yet"]
    if made.paths == 1:
        found = made.metrics(0, unit)
        lines = [f"  out of sample: {_told(found)}"]
        likely = float(found["probabilistic_sharpe"])
        if math.isfinite(likely):
            lines.append(f"    a true Sharpe ratio above zero is {_likely(likely)} likely")
        if made.stitched(0, unit).ruined:
            lines.append("    the account was ruined: the curve ends there")
        return lines
    all_of = [made.metrics(path, unit) for path in known]
    lines = [f"  out of sample on {_count(len(known), 'path')}:"]
    for name in ("sharpe", "total_return", "max_drawdown"):
        values = np.array([float(found[name]) for found in all_of])
        low, middle, high = np.nanquantile(values, (0.0, 0.5, 1.0)) if np.isfinite(values).any() else (math.nan,) * 3
        lines.append(f"    {name} from {_shown(name, low)} to {_shown(name, high)}, median {_shown(name, middle)}")
    return lines


def _baseline(made: WalkForward, unit: str) -> list[str]:
    if not made.hindsight.choices or not made.hindsight.choices[made.unit(unit)].ran:
        return []
    choice = made.in_sample(unit)
    if choice.parameters is None:
        return ["  in hindsight: no set has a score on the whole history"]
    score = f"{made.score} {_shown(made.score, choice.train[made.score])} on the whole history"
    lines = [f"  in hindsight ({_set(made, choice)}): {score}"]
    if made.paths:
        lines.append(f"    in the same tests: {_told(made.metrics(0, unit, baseline=True))}")
    return lines


def _steadiness(made: WalkForward, unit: str, choices: Sequence[Choice]) -> list[str]:
    from lockstep.vector.validation.frames import stability

    rows = [row for row in stability(made).iter_rows(named=True) if row[made.about["across"]] == unit]
    number = sum(choice.set is not None for choice in choices)
    return [
        f"  {row['parameter']}: {_count(row['distinct'], 'value')} in {_count(number, 'choice')}, the commonest in "
        f"{row['most']:.0%}"
        + ("" if math.isnan(row["changed"]) else f"; changed at {row['changed']:.0%} of steps, by {row['moved']:.0%} "
           "of its range")
        for row in rows
        if row["distinct"]
    ]  # fmt: skip


def _told(found: dict[str, Any]) -> str:
    return (
        f"{_shown('total_return', float(found['total_return']))} in all, Sharpe {float(found['sharpe']):.2f}, "
        f"max drawdown {_shown('max_drawdown', float(found['max_drawdown']))}, {_count(int(found['trades']), 'trade')}"
    )


def _set(made: WalkForward, choice: Choice) -> str:
    assert choice.parameters is not None
    return ", ".join(f"{name}={choice.parameters[name]}" for name in made.about["space"]["parameters"])


def _shown(name: str, value: float) -> str:
    return f"{value:.1%}" if name in PERCENT else f"{value:.2f}"


def _likely(chance: float) -> str:
    """Return a probability that no rounding makes certain."""
    return f"{min(max(chance, 0.001), 0.999):.1%}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
