"""What goes wrong, as RFC 9457 problem documents: a stable code, what was expected and found, and the cure."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lockstep import errors
from lockstep.errors import LockstepError
from lockstep.live.gateway import unknown_fields
from lockstep.live.gateway.plain import plain
from lockstep.live.gateway.unknown_fields import UNKNOWN

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[LockstepError], int, str], ...] = (
    (errors.NotRunningError, 503, "ENGINE_NOT_INITIALIZED"),
    (errors.NotAnsweredError, 503, "NOT_ANSWERED"),
    (errors.JournalError, 503, "JOURNAL_FAILED"),
    (errors.WebhookError, 422, "BAD_WEBHOOK"),
    (errors.RiskLimitsError, 422, "BAD_LIMITS"),
    (errors.TokenNeededError, 401, "UNAUTHORIZED"),
    (errors.DuplicateOrderError, 409, "DUPLICATE_CLIENT_ORDER_ID"),
    (errors.NoMarketError, 503, "NO_MARKET_DATA"),
    (errors.NotTradedError, 422, "UNKNOWN_SYMBOL"),
    (errors.NotCompiledError, 503, "STRATEGY_COMPILING"),
    (errors.StrategiesFixedError, 409, "STRATEGIES_FIXED"),
    (errors.DuplicateStrategyError, 409, "STRATEGY_EXISTS"),
    (errors.UnknownOrderError, 404, "ORDER_NOT_FOUND"),
    (errors.OrderNotOpenError, 409, "ORDER_NOT_OPEN"),
    (errors.TransitionError, 409, "TRANSITION_REFUSED"),
    (errors.OrderError, 422, "BAD_ORDER"),
    (errors.CommandError, 422, "COMMAND_REFUSED"),
    (errors.SessionError, 409, "SESSION_ERROR"),
    (errors.NoDataError, 404, "NO_DATA"),
    (errors.UnknownSymbolError, 404, "UNKNOWN_SYMBOL"),
    (errors.DataError, 422, "BAD_DATA"),
    (errors.StrategyError, 422, "BAD_STRATEGY"),
    (LockstepError, 422, "REFUSED"),
)
"""By class, the first that fits."""
_TITLES = {"ENGINE_NOT_INITIALIZED": "Trading engine not initialized", "NO_MARKET_DATA": "No market data received"}
_CODES = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED",
          409: "CONFLICT", 413: "TOO_LARGE", 422: "BAD_REQUEST", 429: "RATE_LIMITED"}  # fmt: skip

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem document (RFC 9457)", "content": {MEDIA_TYPE: {"schema": {
        "type": "object", "required": ["type", "title", "status", "detail", "code"],
        "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
                       "detail": {"type": "string"}, "instance": {"type": "string"}, "code": {"type": "string"}},
    }}}},
}  # fmt: skip
"""What any route may answer instead, for OpenAPI."""


class Problem(Exception):
    """Something asked can't be done; ``extras`` are further members of the document."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, title: str = "",
        **extras: Any,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.title = title or _TITLES.get(code) or HTTPStatus(status).phrase
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.extras = headers, extras

    def document(self, instance: str = "") -> dict[str, Any]:
        """Return the problem document."""
        return {
            "type": f"urn:lockstep:problem:{self.code.lower().replace('_', '-')}",
            "title": self.title, "status": self.status, "detail": self.detail,
            **({"instance": instance} if instance else {}), "code": self.code, **self.extras,
        }  # fmt: skip


def problem_of(error: LockstepError) -> Problem:
    """Return the problem that an error of ours is."""
    status, code = next((status, code) for kind, status, code in _STATUS if isinstance(error, kind))
    return Problem(status, code, str(error))


def answer(problem: Problem, instance: str = "") -> Response:
    """Return a problem as an answer."""
    return JSONResponse(plain(problem.document(instance)), problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer with problem documents, whatever goes wrong in a route."""

    @app.exception_handler(Problem)
    async def ours(request: Request, problem: Problem) -> Response:
        request.scope.setdefault("state", {})["problem"] = problem.code  # for the guard, which counts refused logins
        return answer(problem, request.url.path)

    @app.exception_handler(LockstepError)
    async def of_lockstep(request: Request, error: LockstepError) -> Response:
        return answer(problem_of(error), request.url.path)

    @app.exception_handler(HTTPException)
    async def of_starlette(request: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, HTTPStatus(error.status_code).name)
        detail = _nothing_there(request, error) or str(error.detail)
        return answer(Problem(error.status_code, code, detail, headers=dict(error.headers or {})), request.url.path)

    @app.exception_handler(RequestValidationError)
    async def of_validation(request: Request, error: RequestValidationError) -> Response:
        found = [
            {
                "at": ".".join(str(part) for part in each["loc"]),
                "message": unknown_fields.told(request, each["loc"]) if each["type"] == UNKNOWN else each["msg"],
            }
            for each in error.errors()
        ]
        told = "; ".join(f"{each['at']}: {each['message']}" for each in found[:5])
        return answer(Problem(422, "BAD_REQUEST", f"the request is not what it must be: {told}", errors=found),
                      request.url.path)  # fmt: skip


def _nothing_there(request: Request, error: HTTPException) -> str:
    """Return what there is instead of what no route answers; empty where a route did."""
    asked = request.url.path
    if error.status_code == 405:
        return f"{asked} takes {(error.headers or {}).get('Allow', 'other methods')}, found {request.method}"
    if error.status_code == 404 and error.detail == HTTPStatus.NOT_FOUND.phrase:
        return f"there is no {asked}: GET /openapi.json lists what there is"
    return ""
