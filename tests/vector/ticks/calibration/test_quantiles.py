"""Quantiles against printed tables (E. Pearson and H. Hartley, Biometrika Tables for Statisticians, 1966)."""

import pytest

from lockstep.vector.ticks.calibration.quantiles import chi_square, proportion, student


@pytest.mark.parametrize(
    ("probability", "degrees", "printed"),
    [(0.025, 10, 3.24697), (0.975, 10, 20.4832), (0.025, 50, 32.3574), (0.975, 50, 71.4202)],
)
def test_chi_square(probability: float, degrees: int, printed: float) -> None:
    assert chi_square(probability, degrees) == pytest.approx(printed, rel=0.01)


@pytest.mark.parametrize(("degrees", "printed"), [(10, 2.2281), (18, 2.1009), (30, 2.0423), (120, 1.9799)])
def test_student(degrees: int, printed: float) -> None:
    assert student(0.975, degrees) == pytest.approx(printed, rel=0.001)
    assert student(0.025, degrees) == pytest.approx(-printed, rel=0.001)


def test_a_share_of_all_is_not_certain() -> None:
    # R. Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I: 81 of 263, 15 of 148,
    # 0 of 20, method 3.
    for hits, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = proportion(hits, of)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
