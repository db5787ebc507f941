"""Strategies of sessions by hand, loaded from this file."""

from tests.live.session.played import Asker

from lockstep.strategies.orders import Order


class Buyer(Asker):
    """Buys, and leaves orders behind."""

    PLAN = (
        Order(symbol="ACME", quantity=2, type="limit", limit=95.0),
        Order(symbol="ACME", quantity=-3, type="stop", stop=90.0),
    )


class Daily(Asker):
    """Leaves an order for the day and one for longer."""

    PLAN = (
        Order(symbol="ACME", quantity=2, type="limit", limit=95.0, tif="day"),
        Order(symbol="ACME", quantity=1, type="limit", limit=94.0),
    )


class Holder(Asker):
    """Buys, and holds."""
