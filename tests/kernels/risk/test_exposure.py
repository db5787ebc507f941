"""How far positions can get: the formulas against trying every order of fills."""

from hypothesis import given
from hypothesis import strategies as st
from tests.kernels.risk.venue import reachable

from lockstep.kernels.risk.exposure import worst_long, worst_short

LOTS = st.integers(1, 9)


@given(
    position=st.integers(-9, 9),
    buys=st.lists(LOTS, max_size=2),
    sells=st.lists(LOTS, max_size=2),
    reducing_buys=st.lists(LOTS, max_size=2),
    reducing_sells=st.lists(LOTS, max_size=2),
)
def test_the_worst_case_is_the_furthest_that_fills_can_lead(
    position: int, buys: list[int], sells: list[int], reducing_buys: list[int], reducing_sells: list[int]
) -> None:
    orders = [
        *((lots, False) for lots in buys),
        *((-lots, False) for lots in sells),
        *((lots, True) for lots in reducing_buys),
        *((-lots, True) for lots in reducing_sells),
    ]
    low, high = reachable(position, orders)
    up = worst_long(float(position), float(sum(buys)), float(sum(reducing_buys)))
    down = worst_short(float(position), float(sum(sells)), float(sum(reducing_sells)))
    # Below zero the formula says how much of a short must stay at least; the search starts from the short itself.
    assert max(up, -down, position) == max(high, -down, position)
    assert max(up, 0.0) == max(high, 0.0)
    assert max(down, 0.0) == max(-low, 0.0)


def test_by_hand() -> None:
    assert worst_long(60.0, 35.0, 0.0) == 95.0
    assert worst_short(60.0, 35.0, 0.0) == -25.0  # 25 stay long at least
    assert worst_short(100.0, 100.0, 100.0) == 100.0  # the reduce-only order first, then the plain one
    assert worst_long(-10.0, 4.0, 100.0) == 4.0  # no more than the short is bought back
