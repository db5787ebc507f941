"""The order model's codes in words: types, times in force, and why orders were refused or ended."""

from typing import TYPE_CHECKING, Any

from lockstep.kernels.orders.terms import Ended, Flag, OrderType, Refusal, TimeInForce
from lockstep.kernels.risk.codes import RiskCode, explain

if TYPE_CHECKING:
    import polars as pl

SENTENCES = {
    Refusal.NOTHING_TO_TRADE: "the target is reached, or nothing was left to trade",
    Refusal.CASH: "neither cash nor margin pays for any of it: ask for less, or give the account more",
    Refusal.DIRECTION: "the run allows positions on one side only: set direction='both'",
    Refusal.LOT: "it is less than one lot: ask for more, or set fractional=True",
    Refusal.WOULD_TAKE: "it is post-only and its limit crosses the market: it would have taken",
    Refusal.WOULD_INCREASE: "it is reduce-only and there is no position on the other side to reduce",
    Refusal.BAD_QUANTITY: "its quantity is zero, infinite or not a number",
    Refusal.BAD_PRICE: "a price or distance it needs is missing, zero, negative or not a number",
    Refusal.UNKNOWN_ORDER: "no working order has the number to be cancelled or replaced: it may be filled",
    Refusal.NO_PRICE: "the instrument has no price yet, so the order can't be valued",
    Refusal.NO_RATE: "no rate into the account's currency is known yet",
    Refusal.NOT_SHORTABLE: "more would be sold short than can be borrowed",
    Refusal.EXPIRED: "it is good till a moment that has passed",
    Refusal.FILL_OR_KILL: "not all of it could be filled at once",
    Refusal.DUPLICATE: "another working order has the same number",
    Refusal.NO_PARENT: "its parent is not working",
    Refusal.DELISTED: "the instrument no longer trades",
}
FLAGS = {Flag.POST_ONLY: "post_only", Flag.REDUCE_ONLY: "reduce_only", Flag.WHOLE_POSITION: "whole_position"}


def word(code: int) -> str:
    """Return a refusal's name: of ``Refusal``, or of ``RiskCode`` from 101; empty for none."""
    if code == Refusal.NONE:
        return ""
    return (RiskCode(code) if code > max(Refusal) else Refusal(code)).name.lower()


def sentence(code: int, limit: float, current: float, attempted: float) -> str:
    """Return why an order was refused."""
    return explain(code, limit, current, attempted) if code > max(Refusal) else SENTENCES[Refusal(code)]


def described(orders: "pl.DataFrame") -> "pl.DataFrame":
    """Return the orders with words for codes; ``code`` keeps the number of a refusal."""
    import polars as pl

    def names(column: str, codes: Any) -> "pl.Expr":
        return pl.col(column).replace_strict({int(c): c.name.lower() for c in codes}, return_dtype=pl.String)

    found = orders["refusal"].unique().to_list()
    flags = orders["flags"].unique().to_list()
    return orders.with_columns(
        names("type", OrderType),
        names("tif", TimeInForce),
        names("ended", Ended),
        pl.col("refusal").alias("code"),
        pl.col("refusal").replace_strict({c: word(c) for c in found}, return_dtype=pl.String),
        pl.col("flags").replace_strict({f: _flag_words(f) for f in flags}, return_dtype=pl.String),
    )


def _flag_words(flags: int) -> str:
    return "+".join(text for flag, text in FLAGS.items() if flags & flag)


def refused(orders: "pl.DataFrame") -> "pl.DataFrame":
    """Return the refused among described orders, each with a sentence."""
    import polars as pl

    if "code" not in orders.columns:  # the simple model refuses for one reason only
        return orders.filter(pl.col("status") == "refused")
    rows = orders.filter(pl.col("code") > Refusal.NOTHING_TO_TRADE)  # a target that is reached is not refused
    numbers = rows.select("code", "risk_limit", "risk_current", "risk_attempted").iter_rows()
    why = pl.Series("why", [sentence(*row) for row in numbers], dtype=pl.String)
    numbers_of = ("risk_limit", "risk_current", "risk_attempted")
    return rows.select("id", "time", "symbol", "type", "wanted", "refusal", "code", *numbers_of).with_columns(why)
