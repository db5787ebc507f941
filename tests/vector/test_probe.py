"""Numbers that notice how close a comparison was."""

import math
from typing import Any

import numpy as np
import pytest

from lockstep.kernels.ops import maximum, square_root, where
from lockstep.kernels.vectors import ranks
from lockstep.kernels.window import Window, push, window_max
from lockstep.vector.probe import Closest, Probe, probing


@pytest.fixture
def closest() -> Closest:
    return Closest()


def given(closest: Closest, *values: float, exact: bool = True) -> list[Probe]:
    return [Probe(value, closest, exact) for value in values]


def test_comparisons_of_inputs_are_not_seen(closest: Closest) -> None:
    a, b = given(closest, 1.0, 1.0)
    assert a == b
    assert a <= 1.0 + 1e-16
    assert closest.distance == math.inf
    assert closest.text == "no comparison of rounded numbers was seen"


def test_the_closest_comparison_of_results_is_kept(closest: Closest) -> None:
    a, b = given(closest, 0.1, 0.2)
    assert a + b > 0.3  # by one unit in the last place
    assert closest.distance == pytest.approx(5.55e-17 / 0.3, rel=0.01)
    assert closest.text == "0.30000000000000004 > 0.3"
    assert (a + b < 0.5) is True
    assert closest.text == "0.30000000000000004 > 0.3", "further away"


def test_distance_is_relative_to_what_a_number_was_rounded_from(closest: Closest) -> None:
    a, b = given(closest, 100.1, 100.0)
    assert a - b > 0.0  # 0.1, uncertain by what 100 is
    assert closest.distance == pytest.approx(0.1 / 100.1, rel=1e-12)


def test_whole_numbers_stay_exact(closest: Closest) -> None:
    (a,) = given(closest, 3.0)
    assert (a + 1.0) * 2.0 - 5 == 3.0
    assert closest.distance == math.inf
    assert a / 3.0 == 1.0
    assert closest.distance == 0.0, "a quotient is rounded"


def test_arithmetic_is_that_of_floats(closest: Closest) -> None:
    a, b = given(closest, 7.5, -2.0)
    cases: list[tuple[Any, float]] = [
        (a + b, 5.5), (1 + a, 8.5), (a - b, 9.5), (1 - a, -6.5), (a * b, -15.0), (2 * a, 15.0),
        (a / b, -3.75), (15 / a, 2.0), (-a, -7.5), (abs(b), 2.0),
    ]  # fmt: skip
    assert all(isinstance(found, Probe) and float(found) == expected for found, expected in cases)
    zero = Probe(0.0, closest, True)
    assert float(a / zero) == math.inf
    assert math.isnan(zero / zero)
    assert a != b
    assert (a == math.nan) is False
    assert hash(a) == hash(7.5)


def test_operations_keep_probes_and_choosing_the_larger_is_no_threshold(closest: Closest) -> None:
    a, b = given(closest, 2.0, 2.0, exact=False)
    run = probing(maximum)
    assert isinstance(run(a, b), Probe)
    ring = Window(np.array([a, b], object), 0, 2)
    assert isinstance(probing(window_max)(ring), Probe)
    moved, evicted = probing(push)(ring, Probe(3.0, closest, False))
    assert isinstance(evicted, Probe)
    assert isinstance(moved.values[0], Probe)
    root = probing(square_root)(a)
    assert float(root) == math.sqrt(2.0)
    assert closest.distance == math.inf
    assert probing(where)(a <= b, 1.0, 0.0) == 1.0
    assert closest.distance == 0.0


def test_ranks_look_at_neighbours(closest: Closest) -> None:
    values = np.array(given(closest, 1.0, 4.0, 1.5, math.nan, exact=False), object)
    assert probing(ranks)(values).tolist() == [2, 0, 1, 3]
    assert closest.distance == pytest.approx(0.5 / 1.5)
