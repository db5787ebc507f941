"""A session in the terminal, as wide as the terminal is."""

import io

import pytest
from rich.console import Console

from lockstep.live.session.views import LaneView, SessionView
from lockstep.terminal_session import drawn, show_fills
from lockstep.vector.parity.fills import compare_fills

LANE = LaneView("SimpleMarketMaker", "ACME", -2.0, 100.05, 99_999.92, -0.08, 2, 35, 55, "")


def text(width: int, lanes: tuple[LaneView, ...] = (LANE,), feed: tuple[str, ...] = ()) -> str:
    view = SessionView("paper", 1_700_000_000_000_000_000, 12_537, lanes, (), feed)
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
    assert max(map(len, found.splitlines())) == width


def test_what_nobody_knows_is_a_dash() -> None:
    nan = float("nan")
    found = text(120, (LANE._replace(middle=nan, equity=nan, profit=nan),))
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
