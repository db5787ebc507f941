"""Routes that read their request themselves: what they take, what they refuse, and what OpenAPI tells of them."""

import json

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from lockstep.live.gateway import problems
from lockstep.live.gateway.models.orders import OrderBody
from lockstep.live.gateway.routes.direct import DirectRoute
from lockstep.live.gateway.routes.orders import Key

ORDER = '{"symbol":"AAPL","side":"BUY","quantity":"1.5","orderType":"market"%s}'


@pytest.fixture(scope="module")
def asked():
    async def give(request: Request, body: OrderBody, idempotency_key: Key = None) -> Response:
        return JSONResponse([request.method, body.side, body.quantity, idempotency_key])

    app, router = FastAPI(), APIRouter()
    router.add_api_route("/orders", give, methods=["POST"], route_class_override=DirectRoute)
    app.include_router(router)
    problems.install(app)
    return TestClient(app, client=("127.0.0.1", 50_000))


def test_it_gives_the_body_and_the_key(asked):
    head = {"Content-Type": "application/json"}
    assert asked.post("/orders", content=ORDER % "", headers=head).json() == ["POST", "buy", 1.5, None]
    told = asked.post("/orders", content=ORDER % "", headers={**head, "Idempotency-Key": "a"}).json()
    assert told == ["POST", "buy", 1.5, "a"]


@pytest.mark.parametrize(
    ("content", "key", "at"),
    [
        ("", None, "body"),
        ("{", None, "body"),
        (b"\xff", None, "body"),
        ("[" * 5000, None, "body"),
        ("[]", None, "body"),
        (ORDER % ',"quantity":true', None, "body.quantity"),
        (ORDER % ',"quantity":NaN', None, "body.quantity"),
        (ORDER % ',"colour":"red"', None, "body.colour"),
        (ORDER % ',"type":"limit"', None, "body"),
        (ORDER % "", "", "header.Idempotency-Key"),
        (ORDER % "", "k" * 256, "header.Idempotency-Key"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused_with_its_place(asked, content, key, at):
    head = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
    answer = asked.post("/orders", content=content, headers=head)
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_REQUEST")
    assert [each["at"] for each in answer.json()["errors"]] == [at]


@pytest.mark.parametrize(
    ("field", "meant"),
    [("qty", "quantity"), ("limit_price", "limitPrice"), ("tif", "timeInForce"), ("trail_percent", "trail"),
     ("postonly", "postOnly"), ("sesionId", "sessionId")],
)  # fmt: skip
def test_an_unknown_field_is_told_with_what_was_meant(asked, field, meant):
    given = json.loads(ORDER % "") | {field: 1}
    [error] = asked.post("/orders", json=given).json()["errors"]
    assert error["at"] == f"body.{field}"
    assert error["message"].startswith(f"there is no such field; did you mean {meant!r}? There are symbol, side,")


def test_an_unknown_field_of_what_lies_inside_is_told_with_the_fields_there(asked):
    given = json.loads(ORDER % "") | {"trail": {"pct": 0.01}}
    [error] = asked.post("/orders", json=given).json()["errors"]
    assert error["at"] == "body.trail.pct"
    assert error["message"] == "there is no such field; did you mean 'percent'? There are amount, percent"


def test_it_is_documented_as_any_other(asked):
    told = asked.get("/openapi.json").json()["paths"]["/orders"]["post"]
    assert told["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/OrderBody")
    assert [each["name"] for each in told["parameters"]] == ["Idempotency-Key"]
