"""The strategies of a session."""

import asyncio
import time
from typing import Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from pydantic import ConfigDict, Field
from starlette.responses import Response

from lockstep.live.control.lines import Request
from lockstep.live.gateway.models.orders import strategy_of
from lockstep.live.gateway.models.sessions import SessionStrategy
from lockstep.live.gateway.models.words import Body, Parameters, Told
from lockstep.live.gateway.problems import PROBLEMS, Problem
from lockstep.live.gateway.routes.asked import Asking, Reading, Trading, told
from lockstep.live.gateway.routes.once import ONCE, OnceRoute
from lockstep.live.session.view_types import LaneView

COMPILE_SECONDS = 60.0
"""How long somebody waits for a strategy that is to be added."""
router = APIRouter(tags=["strategies"], prefix="/api/strategies", responses=PROBLEMS, route_class=OnceRoute)


_STRATEGY: dict[str, Any] = {
    "id": "maker", "name": "simple_market_maker", "parameters": {"interval_ms": 100}, "enabled": True,
    "state": "running", "byHand": False, "symbols": ["AAPL"], "lanes": [{
        "name": "maker:AAPL", "symbol": "AAPL", "state": "running", "cash": 40000.0, "equity": 40012.0, "profit": 12.0,
        "realised": 4.0, "fees": 0.0, "openOrders": 2, "sent": 40, "refused": 0, "fills": 11,
    }],
}  # fmt: skip


class StrategyBody(SessionStrategy):
    """A registered strategy that is to join a session, by its name; code is never uploaded."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "name": "simple_market_maker", "id": "maker", "symbols": ["AAPL"], "allocation": 0.5,
        "parameters": {"interval_ms": 100},
    }]})  # fmt: skip

    enabled: bool = Field(True, description="One that is not joins disabled.")
    bars: str | None = Field(None, max_length=16, description="How long bars are that are built for it, as 1m.")
    why: str = Field("", max_length=200)


class StrategyChange(Body):
    """What is to change of a strategy, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": False, "why": "looked into"}]})

    enabled: bool | None = None
    flatten: bool = Field(False, description="With `enabled` false: close its positions at the market.")
    parameters: Parameters | None = None
    why: str = Field("", max_length=200)


class StrategyTold(Told):
    """A strategy of a session, and each of its lanes: what it does on one symbol, or over bars on several."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STRATEGY]})

    id: str
    name: str
    parameters: dict[str, Any]
    enabled: bool
    state: str
    by_hand: bool
    symbols: list[str]
    lanes: list[dict[str, Any]]


class Strategies(Told):
    """The strategies of a session."""

    strategies: list[StrategyTold]
    session_id: str
    source: str


@router.get("", response_model=Strategies)
async def list_strategies(on: Reading) -> Response:
    """List the session's strategies, with what each does on each of its symbols."""
    lanes = (await on.status()).session.lanes
    found: dict[str, list[LaneView]] = {}
    for lane in lanes:
        found.setdefault(strategy_of(lane.name), []).append(lane)
    strategies = [_told(name, of) for name, of in found.items()]
    return told({"strategies": strategies, "sessionId": on.session.id, "source": on.session.source})


@router.get("/{strategy_id}", response_model=StrategyTold)
async def get_strategy(on: Reading, strategy_id: str) -> Response:
    """Return one strategy."""
    return told({**_told(strategy_id, await _lanes(on, strategy_id)), "sessionId": on.session.id,
                 "source": on.session.source})  # fmt: skip


@router.post("", status_code=201, response_model=StrategyTold, dependencies=[ONCE])
async def add_strategy(on: Trading, body: StrategyBody) -> Response:
    """Add a strategy to a session on paper that runs: it trades from the next event of its symbols on.

    Its cash comes on top of what the session has, and is no profit. Its kernels are compiled first, while the session
    goes on; what takes longer than a minute is 503 `STRATEGY_COMPILING`, to be asked again.
    """
    strategy_id = body.id or body.name
    content = {
        "strategy": body.name, "id": strategy_id, "symbols": body.symbols, "parameters": body.parameters,
        "bars": body.bars, "allocation": body.allocation, "enabled": body.enabled, "why": body.why,
    }  # fmt: skip
    await _compiled(on, content)
    answer = await on.command("add_strategy", content)
    strategy = _told(strategy_id, await _lanes(on, strategy_id))
    return told({**strategy, "row": answer["row"], "sessionId": on.session.id, "source": on.session.source}, 201,
                {"Location": f"/api/strategies/{quote(strategy_id)}?sessionId={quote(on.session.id)}"})  # fmt: skip


async def _compiled(on: Asking, content: dict[str, Any]) -> None:
    """Wait until a session has compiled what is to be added; raises ``Problem`` where that takes too long."""
    ends = time.monotonic() + COMPILE_SECONDS
    while not (await on.ask(Request("prepare", content=content)))["ready"]:
        if time.monotonic() > ends:
            raise Problem(
                503, "STRATEGY_COMPILING", f"{content['strategy']} is still being compiled, which goes on: ask again",
                headers={"Retry-After": "10"},
            )  # fmt: skip
        await asyncio.sleep(0.1)


@router.patch("/{strategy_id}", response_model=StrategyTold, dependencies=[ONCE])
async def change_strategy(on: Trading, strategy_id: str, body: StrategyChange) -> Response:
    """Disable a strategy, so that its orders are canceled and none leaves any more, or enable it again.

    With other `parameters` it begins anew once none of its orders works any more; `state` is `changing` until then.

    It goes on hearing the market, and keeps its position unless that is to be closed (`flatten`). In a live session to
    enable one needs an admin token.
    """
    lanes = await _lanes(on, strategy_id)
    if body.enabled is None and body.parameters is None:
        raise Problem(422, "BAD_REQUEST", "nothing is to change: give enabled or parameters")
    if body.enabled and body.flatten:
        raise Problem(422, "BAD_REQUEST", "flatten goes with enabled false: a strategy that trades is not closed")
    answer: dict[str, Any] = {}
    if body.parameters is not None:
        content = {"strategy": strategy_id, "parameters": body.parameters, "why": body.why}
        answer |= await on.command("strategy_parameters", content)
    if body.enabled is not None:
        answer |= await (_enabled(on, strategy_id, lanes, body) if body.enabled else _disabled(on, strategy_id, body))
    return told({**_told(strategy_id, await _lanes(on, strategy_id)), **answer, "sessionId": on.session.id,
                 "source": on.session.source})  # fmt: skip


async def _disabled(on: Asking, strategy_id: str, body: StrategyChange) -> dict[str, Any]:
    return await on.command("disable_strategy", {
        "strategy": strategy_id, "why": body.why, "flatten": body.flatten,
    })  # fmt: skip


async def _enabled(on: Asking, strategy_id: str, lanes: list[LaneView], body: StrategyChange) -> dict[str, Any]:
    if on.session.live:
        on.check("admin")
    halted = next((lane for lane in lanes if lane.halted), None)
    if halted is not None:
        raise Problem(
            409, "STRATEGY_HALTED",
            f"{halted.name} goes on no more ({halted.halted}): end the session and open one that takes over, by POST"
            f' /api/sessions with "takeOver": "{on.session.id}"', sessionId=on.session.id,
        )  # fmt: skip
    return await on.command("enable_strategy", {"strategy": strategy_id, "why": body.why})


async def _lanes(on: Asking, strategy_id: str) -> list[LaneView]:
    lanes = (await on.status()).session.lanes
    found = [lane for lane in lanes if strategy_id in (lane.name, strategy_of(lane.name))]
    if not found:
        names = ", ".join(dict.fromkeys(strategy_of(lane.name) for lane in lanes))
        raise Problem(404, "STRATEGY_NOT_FOUND", f"there is no strategy {strategy_id!r}: the session has {names}")
    return found


def _told(name: str, lanes: list[LaneView]) -> dict[str, Any]:
    states = {lane.state for lane in lanes}
    state = states.pop() if len(states) == 1 else "mixed"
    return {
        "id": name, "name": lanes[0].strategy, "parameters": lanes[0].parameters,
        "enabled": not any(lane.disabled or lane.halted for lane in lanes), "state": state,
        "byHand": lanes[0].by_hand, "symbols": [each for lane in lanes for each in lane.symbol.split(",")],
        "lanes": [msgspec.to_builtins(lane) for lane in lanes],
    }  # fmt: skip
