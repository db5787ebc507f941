"""Views with little in them, to be changed where a test is about something."""

from typing import Any

from msgspec.structs import replace

from lockstep.live.session.view_types import AccountView, LaneView, OrderView, PositionView, SessionView


def a_lane(**about: Any) -> LaneView:
    """A market maker that holds two of a share short."""
    told: dict[str, Any] = {
        "name": "maker", "strategy": "simple_market_maker", "parameters": {}, "symbol": "ACME", "state": "running",
        "cash": 100_200.02, "equity": 99_999.92, "profit": -0.08, "realised": 0.0, "fees": 0.0,
    }  # fmt: skip
    return LaneView(**told | about)


def a_position(**about: Any) -> PositionView:
    """The same lane's position."""
    told: dict[str, Any] = {
        "lane": "maker", "symbol": "ACME", "units": -2.0, "average_price": 100.01, "market_price": 100.05,
        "value": -200.1, "unrealised": -0.08,
    }  # fmt: skip
    return PositionView(**told | about)


def an_order(**about: Any) -> OrderView:
    """A limit order that rests."""
    told: dict[str, Any] = {
        "order_id": "0-1", "lane": "maker", "order": 1, "symbol": "ACME", "side": "buy", "type": "limit",
        "time_in_force": "gtc", "quantity": 2.0, "remaining_quantity": 2.0, "limit_price": 10.25, "state": "new",
        "sent_ns": 0,
    }  # fmt: skip
    return OrderView(**told | about)


def a_session(**about: Any) -> SessionView:
    """A session on paper in which nothing has happened."""
    account = AccountView(currency="USD", cash=0.0, equity=0.0, realised=0.0, unrealised=0.0, fees=0.0, profit=0.0,
                          day_profit=0.0)  # fmt: skip
    nothing: dict[str, Any] = dict.fromkeys(
        ("lanes", "positions", "orders", "ended", "fills", "risk", "quotes", "notices"), ()
    )  # fmt: skip
    view = SessionView(
        id="one", mode="paper", state="active", killed=False, armed_until_ns=0, time_ns=0, taken=0, sources=(),
        symbols=(), account=account, **nothing,
    )  # fmt: skip
    return replace(view, **about)
