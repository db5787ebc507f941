"""Why the exchange refuses: stable words for programs (of the matching: Reason in small letters), texts for people."""

from lockstep.kernels.order_terms import Reason

TEXTS = {
    "nothing_to_reduce": "reduce-only, and there is no position that it would close",
    "would_trade": "post-only, and it would trade at once",
    "not_enough": "fill-or-kill, and less than that is there",
    "wrong_phase": "the instrument's phase takes no such request",
    "unknown_order": "no live order of this account has this id",
    "ambiguous_id": "several live orders have this client id: name one by `order`",
    "bad_flags": "only limit orders that may rest are post-only",
    "bad_size": "expected from 1 lot to 2^40, and to take off no more than remains",
    "bad_display": "expected a quantity above 0, at least a thousandth of the whole, on a limit order that may rest",
    "bad_tick": "price and trigger lie within 2^48 ticks of zero",
    "expired": "its end has passed",
    "backward": "its time is before that of the one before",
    "unknown_symbol": "no such instrument is listed",
    "bad_price": "limit and stop-limit orders have a price, others none",
    "bad_trigger": "stops have a trigger, others none",
    "bad_quantity": "a quantity is a plain decimal number",
    "off_tick": "prices are multiples of the instrument's tick",
    "off_lot": "quantities are multiples of the instrument's lot",
    "bad_expiry": "good-till-date orders have an expiry_ns above 0, others none",
    "not_admin": "the exchange was not started with --admin",
    "bad_faults": "the script of faults can't be read",
}
"""What clients may be told, beside why orders end: requested, not_filled, self_trade, disconnected, filled."""


def word(reason: int) -> str:
    """Return a kernel's reason as it goes over the wire."""
    return Reason(reason).name.lower()


def text(reason: str) -> str:
    """Return what a word means."""
    return TEXTS.get(reason, reason.replace("_", " "))
