"""A session in the terminal, as wide as the terminal is."""

import io

import pytest
from msgspec.structs import replace
from rich.console import Console
from tests.live.session.shown import a_lane, a_position, a_session

from lockstep.live.session.view_types import LaneView, PositionView
from lockstep.terminal_session import drawn, show_fills
from lockstep.vector.parity.fills import compare_fills

LANE = a_lane(name="SimpleMarketMaker", open_orders=2, fills=35, sent=55, refused=71, canceled=93)
HELD = a_position(lane="SimpleMarketMaker")


def text(
    width: int, lanes: tuple[LaneView, ...] = (LANE,), notices: tuple[str, ...] = (), held: PositionView = HELD
) -> str:  # fmt: skip
    view = a_session(
        time_ns=1_700_000_000_000_000_000, taken=12_537, lanes=lanes, notices=notices, positions=(held,)
    )  # fmt: skip
    console = Console(file=io.StringIO(), width=width)
    console.print(drawn("runs/one", view, 10.0, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_lane_is_one_line_however_narrow_the_terminal(width: int) -> None:
    found = text(width)
    (line,) = [line for line in found.splitlines() if "SimpleMarketMaker" in line]
    assert all(value in line for value in ("-2", "99,999.92", "-0.08", "35"))
    assert ("1,254 a second" in found) == (width >= 72)
    assert ("100.05" in line) == (width >= 100)
    assert ("55" in line) == (width >= 72)
    assert ("71" in line) == ("93" in line) == (width >= 100)
    assert max(map(len, found.splitlines())) == width


def test_what_nobody_knows_is_a_dash() -> None:
    found = text(120, (replace(LANE, equity=None, profit=None),), held=replace(HELD, market_price=None))
    assert "nan" not in found
    (line,) = [line for line in found.splitlines() if "SimpleMarketMaker" in line]
    assert line.split().count("-") == 3


def test_of_fills_at_other_moments_it_is_said_how_far_apart_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    fill = {"order": 1, "time_ns": 5_000_000, "side": "buy", "price": 9.5, "quantity": 2.0, "maker": True, "fee": 0.0}
    show_fills("maker", ("one", "other"), compare_fills([fill], [{**fill, "time_ns": 6_500_000}]))
    assert "1.500 ms" in " ".join(capsys.readouterr().out.split())


def test_what_is_wrong_with_the_feed_is_said() -> None:
    found = text(60, (), ("ws://localhost:1/ws is not heard: no connection: connection refused",))
    assert "nothing was heard of any symbol yet" in found
    assert "is not heard: no connection" in found
