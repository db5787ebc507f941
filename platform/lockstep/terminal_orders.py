"""What became of an order by hand, in the terminal."""

from collections.abc import Mapping
from typing import Any


def show_answer(answer: Mapping[str, Any]) -> None:
    """Print how an order stands after a command about it, and why one was refused."""
    order = answer["order"]
    before = "given before: " if answer["repeated"] else ""
    lines = [f"{before}{order['clientOrderId'] or 'order'} ({order['orderId']}): {_words(order)}, {_state(order)}"]
    if answer["refusal"] is not None:
        lines.append(f"refused: {answer['refusal']['message']}")
    _print(lines)


def show_preview(told: Mapping[str, Any]) -> None:
    """Print what would become of an order."""
    refusal = told["refusal"]
    lines = ["it would pass the risk check" if refusal is None else f"it would be refused: {refusal['message']}"]
    if told["price"] is None:
        lines.append("nothing says at which price it would trade: the other side of the book is empty")
    else:
        lines.append(
            f"at {told['price']:,.10g}, {told['quantityNow']:,.10g} at once: {told['notional']:,.2f} and fees of"
            f" {told['fees']:,.2f}; then {told['position']:,.10g} held and {told['laneCash']:,.2f} in cash of"
            f" {told['lane']}, {told['accountCash']:,.2f} of the account"
        )
    if told["boundBy"] is not None:
        most = "" if told["buyingPower"] is None else f", worth {told['buyingPower']:,.2f}"
        lines.append(f"{told['boundBy']} lets {told['maxQuantity']:,.10g}{most} pass at most")
    _print(lines)


def _print(lines: list[str]) -> None:
    from rich.console import Console

    Console(markup=False, highlight=False).print("\n".join(lines), soft_wrap=True)


def _words(order: Mapping[str, Any]) -> str:
    prices = [
        f"{name} {order[key]:,.10g}" for name, key in (("stop", "stopPrice"), ("at", "limitPrice"))
        if order[key] is not None
    ]  # fmt: skip
    prices += [f"trailing by {_distance(order['trail'])}"] if order["trail"] else []
    return " ".join([order["side"], f"{order['quantity']:,.10g}", order["symbol"], *(prices or ["at the market"])])


def _distance(trail: Mapping[str, float]) -> str:
    return f"{trail['amount']:,.10g}" if "amount" in trail else f"{trail['percent']:.10g} of the price"


def _state(order: Mapping[str, Any]) -> str:
    state = str(order["state"]).replace("_", " ")
    if not order["filledQuantity"]:
        return state
    return f"{state}: {order['filledQuantity']:,.10g} at {order['averagePrice']:,.10g}"
