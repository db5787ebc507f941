"""Distances of trailing stops, as people say them and as runs have them."""

import pytest

from lockstep.kernels.order_terms import NO_TICK, NO_TICK_ABOVE
from lockstep.strategies.over_ticks.steps import Steps
from lockstep.strategies.over_ticks.trails import kind_of, stands, trail_of, trail_told


@pytest.mark.parametrize(
    ("kind", "distance", "trail"),
    [("amount", 0.07, 7), ("percent", 0.07, -70_000_000), ("percent", 0.0025, -2_500_000)],
)
def test_a_distance_goes_there_and_back(kind: str, distance: float, trail: int) -> None:
    price = Steps(0.01)
    assert trail_of(kind, distance, price) == trail
    assert trail_told(trail, price) == {kind: distance}
    assert kind_of(trail) == kind


def test_what_has_no_distance_tells_of_none() -> None:
    assert trail_told(0, Steps(0.01)) is None
    assert [stands(trigger) for trigger in (NO_TICK, NO_TICK_ABOVE, -5, 0)] == [False, False, True, True]
