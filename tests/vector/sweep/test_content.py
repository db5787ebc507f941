"""Hashes of what a sweep was given: every value counts, the way it is held does not."""

from typing import Any

import numpy as np
import pandas as pd  # noqa: TID253 - users give its frames
import polars as pl
import pytest

from lockstep.kernels.risk.settings import RiskLimits
from lockstep.vector.sweep.content import content_hash

LONG = np.arange(5_000.0)


def changed(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Change one value in the middle, which no ``repr`` shows."""
    other = values.copy()
    other[2_500] += 1e-9
    return other


@pytest.mark.parametrize(
    "held",
    [
        lambda values: values,
        pl.Series,
        pd.Series,
        lambda values: pl.DataFrame({"value": values}),
        lambda values: pd.DataFrame({"value": values}),
        lambda values: {"earnings": {"value": values}},
        lambda values: [None, (values,)],
        lambda values: values.astype(object),
    ],
)
def test_every_value_counts(held: Any) -> None:
    assert content_hash(held(LONG)) == content_hash(held(LONG.copy()))
    assert content_hash(held(LONG)) != content_hash(held(changed(LONG)))


def test_settings_count_and_their_order_does_not() -> None:
    assert content_hash({"a": 1, "b": None}) == content_hash({"b": None, "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2}) != content_hash({"b": 2})
    assert content_hash([["a"], "b"]) != content_hash([["a", "b"]])
    assert content_hash(np.zeros((2, 3))) != content_hash(np.zeros((3, 2)))
    assert content_hash(RiskLimits(max_order_size=1.0)) != content_hash(RiskLimits(max_order_size=2.0))
