"""Powers, exponentials and logarithms: the C library's, for one value as for many, wherever it stands."""

import math
from typing import Any

import numpy as np
import pytest

from lockstep.kernels.stats.elementwise import exp, log, power

RNG = np.random.default_rng(3)
BASES = np.concatenate([np.exp(RNG.normal(0.0, 3.0, 500)), 1.0 + RNG.normal(0.0, 0.01, 500), [0.0, 1.0, 1e-300]])
EXPONENTS = np.concatenate([RNG.uniform(0.0, 90.0, 700), RNG.choice([0.5, 2.0, 1.0, 3.0, 1.5, 1.0 / 3.0], 303)])


def test_the_bits_are_those_of_python() -> None:
    expected = [math.pow(base, exponent) for base, exponent in zip(BASES.tolist(), EXPONENTS.tolist(), strict=True)]
    assert power(BASES, EXPONENTS).tolist() == expected
    assert exp(EXPONENTS).tolist() == [math.exp(value) for value in EXPONENTS.tolist()]
    assert log(BASES[:1000]).tolist() == [math.log(value) for value in BASES[:1000].tolist()]


@pytest.mark.parametrize("exponent", [0.5, 2.0, -1.0, 1.5, 252.0])
def test_neither_company_nor_place_nor_layout_matters(exponent: float) -> None:
    together = power(BASES, exponent)
    np.testing.assert_array_equal(power(BASES, np.full(len(BASES), exponent)), together)
    np.testing.assert_array_equal(power(np.repeat(BASES, 3)[1::3], np.array([exponent])), together)
    np.testing.assert_array_equal(power(BASES[5:], exponent), together[5:])
    assert [power(base, exponent).item() for base in BASES.tolist()] == together.tolist()
    assert [power(BASES[i : i + 1], exponent)[0] for i in range(len(BASES))] == together.tolist()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: power(-1.5, 0.5), math.nan),
        (lambda: power(-0.5, 2.0), 0.25),
        (lambda: power(0.0, -1.0), math.inf),
        (lambda: power(1e300, 2.0), math.inf),
        (lambda: power(math.nan, 0.5), math.nan),
        (lambda: exp(1e4), math.inf),
        (lambda: exp(-math.inf), 0.0),
        (lambda: log(0.0), -math.inf),
        (lambda: log(-1.0), math.nan),
    ],
)
def test_what_is_undefined_neither_warns_nor_raises(found: Any, expected: float) -> None:
    assert found().shape == ()
    assert found().item() == pytest.approx(expected, nan_ok=True)


def test_shapes_are_kept_and_inputs_are_not_written_to() -> None:
    base = BASES[:6].reshape(2, 3)
    base.flags.writeable = False
    assert power(base, 2.0).shape == exp(base).shape == log(base).shape == (2, 3)
    assert power(base, np.ones((2, 1))).tolist() == base.tolist()
    assert power(np.empty(0), 2.0).shape == (0,)
