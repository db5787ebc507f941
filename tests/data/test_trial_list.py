"""A search is listed once, however often it was run and in however many parts; what counts is the same."""

from pathlib import Path

import numpy as np
import pytest

from lockstep.data.trial_list import Search
from lockstep.data.trials import Trials, data_key

KEY = data_key("sample-daily", ("AAPL",), "1d")


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(tmp_path / "store")


def test_the_same_search_run_again_is_one_row(trials: Trials) -> None:
    for _ in range(2):
        trials.remember(KEY, [1, 2, 3], [0.1, 0.2, 0.3], label="ema", search=Search("a"))
        trials.remember(KEY, [1, 2, 3], [0.1, 0.2, 0.3], label="ema", effective=1.5)  # its report
    trials.remember(KEY, [3, 4], [0.3, 0.4], label="ema", search=Search("b"))
    rows = trials.list()
    assert [(row.label, row.trials, row.runs, row.trainings) for row in rows] == [("ema", 3, 2, 0), ("ema", 2, 1, 0)]
    assert trials.known(KEY).trials == 4


def test_a_run_that_adds_nothing_is_still_a_run(trials: Trials) -> None:
    for _ in range(3):
        trials.remember(KEY, [1, 2], [0.1, 0.2], search=Search("a"))
    (row,) = trials.list()
    assert (row.trials, row.runs, trials.known(KEY).trials) == (2, 3, 2)


def test_trainings_of_one_walk_forward_are_one_row(trials: Trials) -> None:
    for part, scale in (("0-100", 1.0), ("50-150", 2.0), ("100-200", 3.0)):
        trials.remember(KEY, [1, 2], np.array([0.1, 0.2]) * scale, label="ema", search=Search("w", part))
    trials.remember(KEY, [1, 2], [0.1, 0.2], label="ema", search=Search("other", "0-100"))
    first, second = trials.list()
    assert (first.trials, first.runs, first.trainings) == (2, 1, 3)
    assert (second.trials, second.runs, second.trainings) == (2, 1, 1)
    assert trials.known(KEY).trials == 2
    trials.remember(KEY, [1, 2], [0.1, 0.2], label="ema", search=Search("w", "0-100"))
    assert (trials.list()[-1].runs, trials.list()[-1].trainings) == (2, 3)


def test_parts_of_bars_in_memory_are_one_row(trials: Trials) -> None:
    keys = [data_key(f"memory {content}", ("X",), "1d") for content in ("aa", "bb")]
    for key in keys:
        trials.remember(key, [1, 2], search=Search("w", "first" if key == keys[0] else "second"))
    trials.remember(data_key("memory aa", ("Y",), "1d"), [1, 2], search=Search("w", "first"))
    rows = {tuple(sorted(row.data_keys)): row.trainings for row in trials.list()}
    assert rows == {tuple(keys): 2, (data_key("memory aa", ("Y",), "1d"),): 1}


def test_a_ledger_of_before_lists_what_it_knows(trials: Trials) -> None:
    """Entries without a search: what was tried before by the same strategy is no row of its own."""
    trials.remember(KEY, [1, 2, 3], [0.1, 0.2, 0.3], label="ema")
    trials.remember(KEY, [1, 2, 3], [0.1, 0.2, 0.3], label="ema", effective=1.5)
    trials.remember(KEY, [1, 2], [0.7, 0.8], label="ema")
    trials.remember(KEY, [2, 9], [0.9, 0.9], label="ema")
    trials.remember(KEY, [1], [0.5], label="rsi")
    assert [(row.label, row.trials, row.runs) for row in trials.list()] == [("ema", 3, 1), ("ema", 2, 1), ("rsi", 1, 1)]
