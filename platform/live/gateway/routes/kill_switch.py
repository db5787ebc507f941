"""The kill switch: of all sessions that run, unless one is named."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Query, Request
from pydantic import AfterValidator, ConfigDict, Field

from lockstep.errors import LockstepError, NotAnsweredError
from lockstep.live.gateway.models import words
from lockstep.live.gateway.problems import PROBLEMS, Problem, problem_of
from lockstep.live.gateway.routes.asked import Asking, asking, keeper_of
from lockstep.live.gateway.routes.once import ONCE, OnceRoute
from lockstep.live.gateway.security.asker import Scope
from lockstep.live.gateway.security.needs import asker_of
from lockstep.live.gateway.sessions.kills import Kills
from lockstep.live.gateway.sessions.running import RunningSession

router = APIRouter(tags=["risk"], prefix="/api/kill-switch", responses=PROBLEMS, route_class=OnceRoute)
READY_SECONDS = 2.0
"""How long a session that is only just starting, or is begun again, is waited for."""
ANSWER_SECONDS = 5.0
"""How long one that runs is waited for: nobody is kept from hearing how the others stand by one that hangs."""
_LATER = ("ENGINE_NOT_INITIALIZED", "NOT_ANSWERED")
"""Why a session could not be told that may be told later."""
WHY = 200
"""Characters of a reason."""
Json = dict[str, Any]
T = TypeVar("T")
One = Annotated[str | None, Query(alias="sessionId", max_length=64, description="That one; all that run without it.")]


class KillBody(words.Body):
    """Why trading stops, and whether positions are closed then."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "wrong prices", "flatten": False}]})

    why: Annotated[str, AfterValidator(lambda why: why[:WHY])] = Field(
        "", description=f"Goes into the journal, its first {WHY} characters: no reason is too long to stop for."
    )
    flatten: bool = False


@router.get("")
async def get_kill_switch(request: Request, session_id: One = None) -> Json:
    """Return whether the kill switch is on in any session that runs, and in which.

    `remembered` are sessions that could not be told, and are killed as soon as they can be reached.
    """

    async def looked(on: Asking) -> Json:
        view = (await _soon(on, on.status())).session
        return {"on": view.killed, "state": view.state}

    reached, unreached = await _all(_meant(request, session_id, "read"), looked)
    kills: Kills = request.app.state.gateway.kills
    remembered = [each.told() for each in kills.due if session_id in (None, each.session_id)]
    return {"on": any(each["on"] for each in reached), "sessions": reached, "unreached": unreached,
            "remembered": remembered}  # fmt: skip


@router.post("", dependencies=[ONCE])
async def kill(
    request: Request, body: Annotated[KillBody, Body(default_factory=KillBody)], session_id: One = None
) -> Json:
    """Stop trading in all sessions, or in one: orders are canceled, and none leaves until the switch is released.

    With `flatten` positions are closed at the market: orders that close them do leave, and nothing else. A session
    that could not be told is named in `unreached`, with status 503, and killed as soon as it can be reached.
    """
    asked = _meant(request, session_id, "trade")
    told, unreached = await _told(asked, "kill", body.model_dump())
    if unreached:
        raise await _remembered(request, asked, body.model_dump(), told, unreached)
    return {"on": True, "sessions": told, "unreached": []}


@router.delete("", dependencies=[ONCE])
async def release(request: Request, session_id: One = None, why: Annotated[str, Query(max_length=200)] = "") -> Json:
    """Take the kill switch off in all sessions, or in one; it needs an admin token. Trading states stay as they are.

    Sessions that were still to be killed are not killed any more.
    """
    asked = _meant(request, session_id, "admin")
    kills: Kills = request.app.state.gateway.kills
    await kills.forget(session_id, asker_of(request).by())
    told, unreached = await _told(asked, "release", {"why": why})
    if unreached:
        raise _incomplete(
            f"release: {_names(unreached)} could not be told and may go on as before; ask again until none is left, or"
            " end its process", told, unreached,
        )  # fmt: skip
    return {"on": False, "sessions": told, "unreached": []}


def _meant(request: Request, session_id: str | None, scope: Scope) -> list[Asking]:
    """Return the sessions that are meant, for someone who may; raises ``Problem`` where none runs."""
    keeper = keeper_of(request)
    if session_id is not None or keeper.first is None:
        return [asking(request, session_id, scope)]
    found = [Asking(each, asker_of(request)) for each in keeper.sessions.values() if _may_trade(each)]
    for on in found:
        on.check(scope)
    return found or [asking(request, None, scope)]


def _may_trade(session: RunningSession) -> bool:
    """Does it run, or has its process only just gone, so that it may be begun again?"""
    return (session.running or session.state == "ending") and not session.over


async def _soon(on: Asking, asked: Awaitable[T]) -> T:
    try:
        return await asyncio.wait_for(asked, ANSWER_SECONDS)
    except TimeoutError as error:
        raise NotAnsweredError(
            f"session {on.session.id} did not answer within {ANSWER_SECONDS:g} s: it has been asked, and obeys when it"
            " goes on; ask again, or end its process"
        ) from error


async def _told(asked: Sequence[Asking], kind: str, content: Json) -> tuple[list[Json], list[Json]]:
    """Give a command to all that are meant; return who obeys, and who could not be told with why."""

    async def obeyed(on: Asking) -> Json:
        with suppress(TimeoutError):
            await asyncio.wait_for(on.session.ready.wait(), READY_SECONDS)
        return {"on": kind == "kill", **await _soon(on, on.command(kind, content))}

    return await _all(asked, obeyed)


async def _remembered(
    request: Request, asked: Sequence[Asking], content: Json, told: list[Json], unreached: list[Json]
) -> Problem:
    """Have those that could not be told killed as soon as they can be; return the problem that says so."""
    kills: Kills = request.app.state.gateway.kills
    missing = {each["sessionId"] for each in unreached if each["code"] in _LATER}
    left = [on for on in asked if on.session.id in missing and not on.session.over]
    durable = [await kills.remember(on.session.id, content, on.asker.by()) for on in left]
    detail = f"kill: {_names(unreached)} could not be told and may go on as before"
    if left:
        how = "also over a restart of its own" if all(durable) else "but could not write it down, so not over a restart"
        detail += (
            f". The gateway remembers it, {how}, and kills {', '.join(on.session.id for on in left)} as soon as it can"
            " be reached, unless the kill switch is released before; GET /api/kill-switch tells. To stop it at once"
        )
    else:
        detail += "; to be sure"
    return _incomplete(f"{detail} end its process", told, unreached, [on.session.id for on in left])


def _incomplete(detail: str, told: list[Json], unreached: list[Json], remembered: Sequence[str] = ()) -> Problem:
    return Problem(
        503, "KILL_SWITCH_INCOMPLETE", f"{detail}. All others were told", sessions=told, unreached=unreached,
        remembered=list(remembered), headers={"Retry-After": "1"},
    )  # fmt: skip


def _names(unreached: Sequence[Json]) -> str:
    return ", ".join(each["sessionId"] for each in unreached)


async def _all(meant: Sequence[Asking], ask: Callable[[Asking], Awaitable[Json]]) -> tuple[list[Json], list[Json]]:
    """Ask all at once; return what was answered, and who did not answer with why."""

    async def one(on: Asking) -> Json | LockstepError:
        try:
            return await ask(on)
        except LockstepError as error:
            return error

    reached, unreached = [], []
    for on, answer in zip(meant, await asyncio.gather(*map(one, meant)), strict=True):
        name: Json = {"sessionId": on.session.id, "mode": on.session.mode, "source": on.session.source}
        if isinstance(answer, LockstepError):
            problem = problem_of(answer)
            unreached.append({**name, "code": problem.code, "detail": problem.detail})
        else:
            reached.append({**name, **answer})
    return reached, unreached
