"""Distances of trailing stops, as people say them and as runs have them."""

import pytest

from lockstep.errors import OrderError
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


@pytest.mark.parametrize(("percent", "says"), [
    (1.0, "found 1.0: for 1 % write 0.01"), (2.5, "found 2.5: for 2.5 % write 0.025"), (250.0, "found 250.0$"),
    (0.0, "found 0.0$"),
])  # fmt: skip
def test_a_percentage_is_refused_with_the_share_that_it_is(percent: float, says: str) -> None:
    with pytest.raises(OrderError, match=f"a share of the price, above 0 and below 1 .*, {says}"):
        trail_of("percent", percent, Steps(0.01))


def test_what_has_no_distance_tells_of_none() -> None:
    assert trail_told(0, Steps(0.01)) is None
    assert [stands(trigger) for trigger in (NO_TICK, NO_TICK_ABOVE, -5, 0)] == [False, False, True, True]
