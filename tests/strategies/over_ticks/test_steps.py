"""Steps: every number of hundredths is the number people write, and what lies between two is told apart."""

import pytest

from lockstep.strategies.over_ticks.steps import Steps


def test_steps_are_the_numbers_that_people_write() -> None:
    hundredths = Steps(0.01)
    # 57 x 0.01 is 0.5700000000000001 in doubles.
    assert hundredths.value(57) == 0.57
    assert hundredths.value(-7) == -0.07
    assert Steps(0.1).value(3) == 0.3
    assert Steps(1e-8).value(150_000_000) == 1.5
    assert Steps(0.25).nearest(0.3) == 0.25


@pytest.mark.parametrize("step", [0.01, 0.05, 0.1, 0.25, 1.0, 1e-8, 2.5])
def test_what_is_told_can_be_sent_back(step: float) -> None:
    steps = Steps(step)
    for count in (*range(-50, 1000), 123_456_789, 10**12 + 1):
        assert steps.count(steps.value(count)) == count
        assert steps.count(count * step) == count


def test_what_lies_between_two_steps_is_no_count() -> None:
    assert Steps(0.01).count(0.575) is None
    assert Steps(1.0).count(100.5) is None
    assert Steps(1e-8).count(1.5e-8) is None
