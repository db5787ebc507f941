"""Requests near to right ones: what schemathesis makes up, with names that are known and orders that could trade."""

import random
from collections.abc import Mapping
from typing import Any

import httpx2
from schemathesis import Case
from tests.live.gateway.fuzzing.known import SYMBOLS, Known

from lockstep.live.gateway.models.limits import LIMITS
from lockstep.live.gateway.sessions.first import PRICES

BASE = "http://localhost:3002"
ODD_HEADERS: tuple[dict[str, str], ...] = (
    *({},) * 20, {"Prefer": "respond-async"}, {"Prefer": "wait=0"}, {"Prefer": "wait=999999999"},
    {"Idempotency-Key": "k"}, {"Idempotency-Key": "l"}, {"Idempotency-Key": "x" * 5000},
    {"Content-Type": "application/json; charset=utf-16"}, {"Accept": "text/html"}, {"Content-Type": "text/plain"},
    {"Last-Event-ID": "-1"}, {"Range": "bytes=0-"},
)  # fmt: skip
ODD_BODIES = (
    b"", b"{", b"null", b"[]", b"0", b'"x"', b"\x00", b"\xff\xfe{}", b"{}" * 2, b"[" * 100_000, b'{"a":' * 100_000,
    b'{"symbol": "\\ud800", "quantity": 1e999}', b'{"quantity": NaN, "symbols": ["AAPL"]}', b"1" * 100_000,
    b'{"symbol": "AAPL", "side": "buy", "quantity": ' + b"9" * 5000 + b"}", b'{"symbol": "AAPL", "symbol": "MSFT"}',
    b'{"symbol": "AAPL\\u0000", "side": "buy", "quantity": "1e400", "orderType": "limit", "limitPrice": "-0"}',
    b'{"startDate": "9999-12-31T23:59:59.999999999+14:00", "endDate": "0001-01-01", "symbols": [], "strategies": []}',
    b'{"__proto__": {"x": 1}, "constructor": "x"}', b" " * 1_000_000,
)  # fmt: skip
_BODIES = (("data", "content"), ("json", "json"))
_QUANTITIES = (*(1, 2, 3, 5, "10", 25.0) * 4, 1000, 20_000, 0, -1, 0.5, 1e15, "1e3")
_NUMBERS = (0, 1, -1, 0.5, 100, 10_000, 1e6, 1e18, 1e300, None, True, False)
_KEPT = 0.85
"""How often what is known or right stands instead of what was made up."""


class Maker:
    """Makes requests of cases. ``tokens`` are those of read, trade and admin."""

    def __init__(self, chance: random.Random, known: Known, tokens: tuple[str, str, str]) -> None:
        self._chance, self._known = chance, known
        read, trade, admin = tokens
        self._tokens = ("", "", "", "wrong", read, *(trade,) * 5, *(admin,) * 5)

    def request(self, client: httpx2.AsyncClient, case: Case[Any], *, named: bool) -> httpx2.Request:
        """Return the request of a case; a ``named`` one names what is there and asks for what could be."""
        made_up = case.path_parameters, case.query
        if named:
            self._name(case)
        given = case.as_transport_kwargs(base_url=BASE)
        case.path_parameters, case.query = made_up
        headers = _sendable(given.get("headers") or {}) | self._chance.choice(ODD_HEADERS)
        headers.pop("Authorization", None)
        if named and self._kept:
            headers.pop("Idempotency-Key", None)
        token = self._chance.choice(self._tokens)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body: dict[str, Any] = {name: given[key] for key, name in _BODIES if given.get(key) is not None}
        near = self._near(case) if named else None
        if near is not None:
            body = {"json": near}
            headers.pop("Content-Type", None)
        if body and self._chance.random() < 0.05:
            body = {"content": self._chance.choice(ODD_BODIES)}
            headers.setdefault("Content-Type", "application/json")
        return client.build_request(given["method"], given["url"], params=given.get("params"), headers=headers, **body)

    @property
    def _kept(self) -> bool:
        return self._chance.random() < _KEPT

    def _name(self, case: Case[Any]) -> None:
        """Let parameters name what is there."""
        ending = case.method.upper() == "DELETE" and case.path.endswith("{session_id}")
        path, query = dict(case.path_parameters or {}), dict(case.query or {})
        for name in path:
            value = self._known.one(name, ending=ending)
            if value is not None and self._kept:
                path[name] = value
        for name in tuple(query):
            value = self._known.one(name)
            if self._kept:
                query.pop(name)
                query |= {} if value is None or self._chance.random() < 0.5 else {name: value}
        case.path_parameters, case.query = path, query

    def _near(self, case: Case[Any]) -> Any:
        """Return a body as it could be, with something of what was made up; None for those made up well enough."""
        given = case.body if isinstance(case.body, dict) else {}
        over = {name: value for name, value in given.items() if self._chance.random() < 0.03}
        path, method = case.path, case.method.upper()
        if path.startswith("/api/orders") and method == "POST":
            return self._order() | over
        if path.startswith("/api/orders/") and method == "PATCH":
            return self._change() | over
        if path == "/api/risk":
            return {
                self._chance.choice(LIMITS): self._chance.choice(_NUMBERS) for _ in range(self._chance.randint(1, 4))
            }
        if path == "/api/kill-switch" and method == "POST":
            return {"why": "looks odd", "flatten": self._chance.random() < 0.5} | over
        if path == "/api/strategies/{strategy_id}" and method == "PATCH":
            return {"enabled": self._chance.random() < 0.5, "flatten": self._chance.random() < 0.2} | over
        if path.endswith("/transition"):
            return {"to": self._chance.choice(("live", "paper")), "arm": self._chance.random() < 0.3} | over
        return None

    def _order(self) -> dict[str, Any]:
        chance = self._chance
        symbol, kind = chance.choice(SYMBOLS), chance.choice(("market", "limit", "limit", "stop", "stop_limit"))
        force = chance.choice(("gtc", "gtc", "gtc", "day", "ioc", "fok"))
        order: dict[str, Any] = {
            "symbol": symbol, "side": chance.choice(("buy", "sell", "SELL")), "quantity": chance.choice(_QUANTITIES),
            chance.choice(("orderType", "type")): kind, "timeInForce": force,
        }  # fmt: skip
        if "limit" in kind:
            order["limitPrice"] = self._price(symbol)
        if "stop" in kind:
            order["stopPrice"] = self._price(symbol)
        for name, often in (("postOnly", 0.1), ("reduceOnly", 0.1)):
            order[name] = chance.random() < often
        if chance.random() < 0.05:
            order["clientOrderId"] = self._known.one("client_order_id") or "first"
        return order

    def _change(self) -> dict[str, Any]:
        change: dict[str, Any] = {}
        if self._chance.random() < 0.6:
            change["quantity"] = self._chance.choice(_QUANTITIES)
        if self._chance.random() < 0.6 or not change:
            change["limitPrice"] = self._price(self._chance.choice(SYMBOLS))
        return change

    def _price(self, symbol: str) -> float | str:
        """Return a price near the market, now and then one that is none."""
        if self._chance.random() < 0.05:
            return self._chance.choice((0, -1, 1e12, 150.001, "nan", 0.01))
        price = round(PRICES[symbol] * self._chance.uniform(0.99, 1.01), 2)
        return str(price) if self._chance.random() < 0.3 else price


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """Leave out what no client could send; what it could send wrongly stays."""
    return {
        name: value for name, value in headers.items()
        if name and name.isascii() and name.replace("-", "").isalnum() and value.isascii() and value.isprintable()
        and value.strip() == value and value
    }  # fmt: skip
