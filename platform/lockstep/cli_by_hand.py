"""Orders by hand: `lockstep session SESSION order`, `replace`, `cancel`, `cancel-all`, `preview`."""

import json
import uuid
from typing import Annotated, Any, Literal

import typer

from lockstep.cli_common import JsonOption

SymbolOption = Annotated[str, typer.Option(help="What to trade.")]
SideOption = Annotated[Literal["buy", "sell"], typer.Option()]
QuantityOption = Annotated[float, typer.Option(help="In the instrument's units.")]
TypeOption = Annotated[Literal["market", "limit", "stop", "stop_limit", "trailing_stop"], typer.Option("--type")]
LimitOption = Annotated[float | None, typer.Option(help="Of limit and stop_limit.")]
StopOption = Annotated[float | None, typer.Option(help="Where a stop triggers.")]
TrailOption = Annotated[
    str | None,
    typer.Option(metavar="DISTANCE", help="Of trailing_stop: 0.5 in units of the price, or 1% of it, behind the best."),
]
ForceOption = Annotated[Literal["gtc", "day", "ioc", "fok"], typer.Option(help="How long it stays.")]
PostOption = Annotated[bool, typer.Option("--post-only", help="Refused where it would trade at once.")]
ReduceOption = Annotated[bool, typer.Option("--reduce-only", help="Trades no more than closes the position.")]
OrderArgument = Annotated[
    str, typer.Argument(metavar="ORDER", help="Its client order id, or with --id the order's own, as 0-7.")
]
IdOption = Annotated[bool, typer.Option("--id", help="ORDER is an order id of any strategy's.")]


def order_command(
    context: typer.Context, symbol: SymbolOption, side: SideOption, quantity: QuantityOption,
    kind: TypeOption = "market", limit_price: LimitOption = None, stop_price: StopOption = None,
    trail: TrailOption = None, time_in_force: ForceOption = "gtc", post_only: PostOption = False,
    reduce_only: ReduceOption = False,
    client_order_id: Annotated[
        str | None, typer.Option(help="Yours, used once in a session; the same order again is told of, not sent.")
    ] = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Give an order by hand; the session needs --strategy manual (docs/orders_by_hand.md)."""
    prices = limit_price, stop_price, trail
    content = _order(symbol, side, quantity, kind, prices, time_in_force, post_only, reduce_only)
    _trade(context, "submit_order", {"clientOrderId": client_order_id or uuid.uuid4().hex, **content}, as_json)


def preview_command(
    context: typer.Context, symbol: SymbolOption, side: SideOption, quantity: QuantityOption,
    kind: TypeOption = "market", limit_price: LimitOption = None, stop_price: StopOption = None,
    trail: TrailOption = None, time_in_force: ForceOption = "gtc", post_only: PostOption = False,
    reduce_only: ReduceOption = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Ask the risk check about an order and what it would cost; nothing is sent."""
    from lockstep.live.control.client import ask
    from lockstep.live.control.lines import Request
    from lockstep.terminal_orders import show_preview

    prices = limit_price, stop_price, trail
    content = _order(symbol, side, quantity, kind, prices, time_in_force, post_only, reduce_only)
    told = ask(context.obj, Request("preview", content=content))["preview"]
    if as_json:
        print(json.dumps(told))
    else:
        show_preview(told)


def replace_command(
    context: typer.Context, order: OrderArgument,
    quantity: Annotated[float | None, typer.Option(help="In all, what is filled too.")] = None,
    limit_price: LimitOption = None, stop_price: StopOption = None, trail: TrailOption = None,
    by_id: IdOption = False, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Give an order by hand another quantity, price or distance."""
    change = {"quantity": quantity, "limitPrice": limit_price, "stopPrice": stop_price, "trail": _trail(trail)}
    given = {name: value for name, value in change.items() if value is not None}
    _trade(context, "replace_order", {_name(by_id): order, **given}, as_json)


def cancel_command(
    context: typer.Context, order: OrderArgument, by_id: IdOption = False, as_json: JsonOption = False
) -> None:  # fmt: skip
    """Cancel one order, by hand or a strategy's."""
    _trade(context, "cancel_order", {_name(by_id): order}, as_json)


def add_to(session: typer.Typer) -> None:
    """Add the commands to those of a session."""
    session.command("order")(order_command)
    session.command("preview")(preview_command)
    session.command("replace")(replace_command)
    session.command("cancel")(cancel_command)


def _name(by_id: bool) -> str:
    return "orderId" if by_id else "clientOrderId"


def _order(
    symbol: str, side: str, quantity: float, kind: str, prices: tuple[float | None, float | None, str | None],
    time_in_force: str, post_only: bool, reduce_only: bool,
) -> dict[str, Any]:  # fmt: skip
    """Return an order as commands have it; ``prices`` are limit, stop and trail."""
    limit_price, stop_price, trail = prices
    return {
        "symbol": symbol, "side": side, "quantity": quantity, "type": kind, "limitPrice": limit_price,
        "stopPrice": stop_price, "trail": _trail(trail), "timeInForce": time_in_force, "postOnly": post_only,
        "reduceOnly": reduce_only,
    }  # fmt: skip


def _trail(text: str | None) -> dict[str, float] | None:
    """Return a distance as commands have it."""
    if text is None:
        return None
    try:
        return {"percent": float(text[:-1]) / 100.0} if text.endswith("%") else {"amount": float(text)}
    except ValueError as error:
        raise typer.BadParameter(f"expected an amount as 0.5 or a percentage as 1%, found {text!r}") from error


def _trade(context: typer.Context, kind: str, content: dict[str, Any], as_json: bool) -> None:
    """Give a command about an order; exit code 1 where the risk check refuses it."""
    from lockstep.live.control.client import ask
    from lockstep.live.control.lines import Request
    from lockstep.terminal_orders import show_answer

    answer = ask(context.obj, Request("command", kind, content))["answer"]
    if as_json:
        print(json.dumps(answer))
    else:
        show_answer(answer)
    if answer["refusal"] is not None:
        raise typer.Exit(1)
