"""A venue in prices, units and names, by hand; the rules themselves are tried beside the kernels."""

import pytest

from lockstep import Instrument, Venue
from lockstep.errors import VenueError

ACME = Instrument("ACME", tick=0.01, lot=1.0)
GOLD = Instrument("GOLD", kind="future", tick=0.5, lot=0.1)


def kinds(reports):
    return [report.kind for report in reports]


def test_orders_trade_in_prices_units_and_names() -> None:
    venue = Venue([ACME, GOLD])
    offer = venue.submit("GOLD", "sell", 0.7, 1900.5, owner="mine", display=0.3, time_ns=5)
    (accepted,) = offer
    assert accepted[:6] == ("accepted", "none", "GOLD", "mine", "sell", offer.id)
    assert (accepted.price, accepted.size, accepted.remaining, accepted.time_ns) == (1900.5, 0.7, 0.7, 5)
    bought = venue.submit("GOLD", "buy", 0.4, owner="bank")
    assert kinds(bought) == ["accepted", "fill", "fill", "fill", "fill"]
    assert bought[0].price is None  # a market order
    assert [(f.owner, f.role, f.price, f.size, f.remaining) for f in bought.fills] == [
        ("bank", "taker", 1900.5, 0.3, 0.1), ("mine", "maker", 1900.5, 0.3, 0.4),
        ("bank", "taker", 1900.5, 0.1, 0.0), ("mine", "maker", 1900.5, 0.1, 0.3),
    ]  # fmt: skip
    assert (bought.fills[0].other, bought.fills[1].other) == (offer.id, bought.id)
    # Seven lots, three of which show: three and one have traded, two of the next portion are left, and one behind it.
    assert venue.depth("GOLD", "sell") == [(1900.5, 0.2, 1)]
    assert [venue.position(owner, "GOLD") for owner in ("bank", "mine", "nobody")] == [0.4, -0.4, 0.0]
    assert venue.position("bank", "ACME") == 0.0
    assert venue.best("GOLD", "buy") is None


def test_orders_are_changed_by_their_owners_alone() -> None:
    venue = Venue(ACME)
    order = venue.submit("ACME", "buy", 500, 9.99, owner="a").id
    assert [(r.kind, r.reason) for r in venue.cancel(order, owner="b")] == [("rejected", "unknown_order")]
    assert venue.reduce(order, 100, owner="a")[0][:2] == ("reduced", "requested")
    (replaced,) = venue.replace(order, 300, 9.98, owner="a")
    assert (replaced.kind, replaced.price, replaced.size) == ("replaced", 9.98, 300.0)
    assert venue.depth("ACME", "buy") == [(9.98, 300.0, 1)]
    assert kinds(venue.cancel(order, owner="a")) == ["canceled"]


def test_stops_ends_and_phases() -> None:
    venue = Venue(ACME, phase="auction", reference={"ACME": 10.0})
    stop = venue.submit("ACME", "buy", 10, trigger=10.05, owner="a")
    assert stop[0].price == 10.05
    venue.submit("ACME", "sell", 5, 10.0, force="gtd", expires=50)
    venue.submit("ACME", "buy", 5, 10.1)
    opened = venue.phase("ACME", "continuous", time_ns=10)
    # Both would trade from 10.00 to 10.10: the reference decides.
    assert [(f.kind, f.price, f.role) for f in opened] == [
        ("fill", 10.0, "auction"), ("fill", 10.0, "auction"), ("phase", 10.0, "continuous"),
    ]  # fmt: skip
    rest = venue.submit("ACME", "sell", 5, 10.1, force="gtd", expires=50).id
    (expired,) = venue.time(60)
    assert (expired.kind, expired.id, expired.time_ns, venue.now_ns) == ("expired", rest, 60, 60)
    assert venue.submit("ACME", "buy", 1, 10.0, time_ns=59)[0].reason == "backward"
    assert kinds(venue.phase("ACME", "halt")) == ["phase"]
    assert venue.submit("ACME", "buy", 1, 10.0)[0].reason == "wrong_phase"


def test_terms_reach_the_exchange() -> None:
    venue = Venue(ACME)
    venue.submit("ACME", "sell", 5, 10.0, owner="a")
    refused = [
        venue.submit("ACME", "buy", 1, 10.0, post_only=True), venue.submit("ACME", "buy", 9, 10.0, force="fok"),
        venue.submit("ACME", "sell", 1, 10.0, owner="b", reduce_only=True), venue.submit("ACME", "buy", 0, 10.0),
    ]  # fmt: skip
    assert [r[0].reason for r in refused] == ["would_trade", "not_enough", "nothing_to_reduce", "bad_size"]
    assert kinds(venue.submit("ACME", "buy", 9, 10.0, owner="a", prevention="oldest")) == ["accepted", "canceled"]
    assert venue.submit("ACME", "sell", 12, 10.0, force="ioc", owner="b")[-1][:2] == ("canceled", "not_filled")


def test_ticks_and_lots_where_asked_for() -> None:
    venue = Venue(GOLD, units=False)
    assert venue.submit("GOLD", "sell", 7, 3801)[0].price == 3801
    assert venue.depth("GOLD", "sell") == [(3801, 7, 1)]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda v: v.submit("ACNE", "buy", 1, 10.0), "symbol must be one of ACME, found 'ACNE'"),
        (lambda v: v.submit("ACME", "bid", 1, 10.0), "side must be one of buy, sell, found 'bid'"),
        (lambda v: v.submit("ACME", "buy", 1, 10.005), "price 10.005 of ACME is no multiple of 0.01"),
        (lambda v: v.submit("ACME", "buy", 1.5, 10.0), "size 1.5 of ACME is no multiple of 1.0"),
        (lambda v: v.submit("ACME", "buy", float("nan"), 10.0), "size nan of ACME"),
        (lambda v: v.submit("ACME", "buy", 1, 1e300), "beyond all bounds"),
        (lambda v: v.submit("ACME", "buy", 1, 10.0, force="gfd"), "force must be one of gtc, day, gtd, ioc, fok"),
        (lambda v: v.replace(1, 5), "order 1 is to be replaced without a price"),
        (lambda v: v.phase("ACME", "open"), "phase must be one of closed, auction, continuous, halt, found 'open'"),
        (lambda _: Venue([ACME, ACME]), "symbols of their own"),
    ],
)
def test_what_can_not_be_written_as_an_order_is_refused(call, told) -> None:
    with pytest.raises(VenueError, match=told):
        call(Venue(ACME))
