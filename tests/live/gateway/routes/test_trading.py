"""Trading over HTTP: a gateway as a first user starts it, beside its generated market."""

import re
from typing import Any

import jsonschema_rs
import pytest
from tests.live.gateway.desk import desk
from tests.live.gateway.test_openapi import TRADING, document, whole


@pytest.fixture(scope="module")
def on(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("desk")) as found:
        yield found


def order(**changes):
    return {"symbol": "AAPL", "side": "buy", "quantity": 1, "orderType": "limit", "limitPrice": 100.0} | changes


def given(on, status=201, **changes):
    answer = on.ask("POST", "/api/orders", order(**changes))
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_order_works_is_found_by_its_names_replaced_and_canceled(on):
    answer = on.ask("POST", "/api/orders", order(
        clientOrderId="mine", quantity="10", type="LIMIT", orderType=None, limitPrice="99.5", postOnly=True,
        timeInForce="DAY", tags=["first", "try"],
    ))  # fmt: skip
    assert answer.status_code == 201
    told, where = answer.json(), answer.headers["location"]
    assert where == f"/api/orders/{told['orderId']}?sessionId=paper"
    working = on.until(where, status="NEW")
    assert (working["limitPrice"], working["postOnly"], working["timeInForce"]) == (99.5, True, "day")
    assert working["tags"] == ["first", "try"]
    assert on.ask("GET", "/api/orders/by-client-id/mine").json()["orderId"] == told["orderId"]
    assert told["orderId"] in [each["orderId"] for each in on.ask("GET", "/api/orders?status=open").json()["orders"]]
    changed = on.ask("PATCH", where, {"limitPrice": "99.4", "quantity": 8})
    assert (changed.status_code, changed.json()["clientOrderId"]) == (200, "mine")
    assert on.until(where, limitPrice=99.4)["quantity"] == 8.0
    assert on.ask("DELETE", where).status_code == 200
    assert on.until(where, status="CANCELED")["endedAt"].endswith("Z")
    over = on.ask("PATCH", where, {"quantity": 3})
    assert (over.status_code, over.json()["code"]) == (409, "ORDER_NOT_OPEN")


@pytest.mark.parametrize("path", ["/api/orders/{}-1", "/api/orders/0-{}", "/api/audit/orders/{}-1"])
def test_an_id_with_more_digits_than_any_order_has_is_none(on, path):
    before = on.ask("GET", "/api/sessions/paper").json()["rows"]
    for digits in (30, 5000):
        answer = on.ask("GET", path.format("9" * digits))
        assert (answer.status_code, answer.json()["code"]) in ((404, "ORDER_NOT_FOUND"), (422, "BAD_REQUEST"))
    assert on.ask("GET", "/api/sessions/paper").json()["rows"] == before


def test_orders_of_a_status_that_there_is_not_are_refused(on):
    refused = on.ask("GET", "/api/orders?status=all")
    assert (refused.status_code, refused.json()["code"]) == (422, "BAD_REQUEST")
    assert "'all': leave it out for all" in refused.json()["detail"]
    assert on.ask("GET", "/api/orders?status=FILLED").status_code == 200


def test_an_order_is_given_once_by_its_client_id_and_by_its_key(on):
    first = given(on, clientOrderId="once")
    again = given(on, 200, clientOrderId="once")
    assert again["orderId"] == first["orderId"]
    other = on.ask("POST", "/api/orders", order(clientOrderId="once", quantity=2))
    assert (other.status_code, other.json()["code"]) == (409, "DUPLICATE_CLIENT_ORDER_ID")
    key = {"Idempotency-Key": "a key"}
    first, again = (on.ask("POST", "/api/orders", order(), **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["orderId"] == first.json()["orderId"]
    assert again.json()["clientOrderId"].startswith("idem-")
    other = on.ask("POST", "/api/orders", order(quantity=7), **key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    plain = [given(on)["orderId"] for _ in range(2)]
    assert plain[0] != plain[1]


def test_what_the_risk_check_refuses_is_told_with_its_numbers_and_the_cure(on):
    answer = on.ask("POST", "/api/orders", order(quantity=10_001, clientOrderId="large"))
    told = answer.json()
    assert (answer.status_code, told["code"], told["title"]) == (422, "RISK_MAX_ORDER_SIZE", "Risk check failed")
    assert (told["limit"], told["attempted"], told["clientOrderId"]) == (10_000.0, 10_001.0, "large")
    assert "split it" in told["detail"]
    large = on.ask("GET", "/api/orders/by-client-id/large").json()
    assert (large["status"], large["refusal"]["message"]) == ("REJECTED", told["detail"])
    shared = ("code", "riskCode", "whose", "limit", "attempted")
    assert [large["refusal"][name] for name in shared] == [told[name] for name in shared]
    before = on.ask("GET", "/api/audit?limit=1").json()["rows"][0]["row"]
    preview = on.ask("POST", "/api/orders/preview", order(quantity=10_001)).json()
    assert not preview["passes"]
    assert [preview["refusal"][name] for name in shared] == [told[name] for name in shared]
    fine = on.ask("POST", "/api/orders/preview", order(quantity=3)).json()
    assert (fine["passes"], fine["notional"]) == (True, 300.0)
    assert on.ask("GET", "/api/audit?kind=submit_order&limit=1").json()["rows"][0]["row"] <= before


@pytest.mark.parametrize(
    ("changes", "status", "code", "says"),
    [
        ({"quantity": -1}, 422, "BAD_ORDER", "above zero"),
        ({"limitPrice": 99.001}, 422, "BAD_ORDER", "tick"),
        ({"quantity": "x"}, 422, "BAD_REQUEST", "body.quantity"),
        ({"quantity": True}, 422, "BAD_REQUEST", "truth value"),
        ({"quantity": "nan"}, 422, "BAD_REQUEST", "finite"),
        ({"side": "long"}, 422, "BAD_REQUEST", "body.side"),
        ({"orderType": None}, 422, "BAD_REQUEST", "orderType is missing"),
        ({"type": "market"}, 422, "BAD_REQUEST", "give one of them"),
        ({"when": 1}, 422, "BAD_REQUEST", "body.when"),
        ({"trail": 1}, 422, "BAD_REQUEST", "body.trail"),
        ({"trail": {"amount": 1, "percent": 0.1}}, 422, "BAD_REQUEST", "give one of them"),
        ({"trail": {"amount": 1}}, 422, "BAD_ORDER", "trail belongs to trailing_stop orders"),
        ({"strategyId": "maker"}, 422, "NOT_BY_HAND", "belong to the strategy manual"),
        ({"symbol": "ELSE"}, 422, "UNKNOWN_SYMBOL", "AAPL, GOOGL, MSFT"),
        ({"sessionId": "elsewhere"}, 404, "SESSION_NOT_FOUND", "there are paper"),
        ({"clientOrderId": "é"}, 422, "BAD_REQUEST", "clientOrderId"),
    ],
)
def test_what_is_no_order_is_refused_with_a_stable_code(on, changes, status, code, says):
    answer = on.ask("POST", "/api/orders", order(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert says in answer.json()["detail"]


def test_a_symbol_that_is_not_traded_is_named_as_such_with_those_that_are(on):
    preview = on.ask("POST", "/api/orders/preview", order(symbol="ELSE"))
    held, closed = on.ask("GET", "/api/positions?symbol=ELSE"), on.ask("DELETE", "/api/positions/ELSE")
    assert [(each.status_code, each.json()["code"]) for each in (preview, held, closed)] == [
        (422, "UNKNOWN_SYMBOL"), (404, "UNKNOWN_SYMBOL"), (404, "UNKNOWN_SYMBOL"),
    ]  # fmt: skip
    assert all("AAPL, GOOGL, MSFT" in each.json()["detail"] for each in (preview, held, closed))
    assert on.ask("DELETE", "/api/positions/AAPL").json()["code"] == "NO_POSITION"


def test_a_trailing_stop_is_taken_shown_changed_and_canceled(on):
    terms = {"orderType": "trailing_stop", "limitPrice": None, "side": "sell", "clientOrderId": "follows"}
    preview = on.ask("POST", "/api/orders/preview", order(**{**terms, "clientOrderId": None}, trail={"amount": "5.00"}))
    assert preview.json()["passes"], preview.text
    told = given(on, **terms, trail={"amount": "5.00"})
    assert (told["type"], told["trail"], told["limitPrice"]) == ("trailing_stop", {"amount": 5.0}, None)
    where = f"/api/orders/{told['orderId']}"
    stands = on.until(where, status="NEW")
    assert stands["stopPrice"] is None or stands["stopPrice"] > 0.0
    changed = on.ask("PATCH", where, {"trail": {"percent": 0.5}})
    assert changed.status_code == 200, changed.text
    assert on.until(where, trail={"percent": 0.5})["status"] == "NEW"
    percent = on.ask("PATCH", where, {"trail": {"percent": 2}})
    assert (percent.status_code, percent.json()["code"]) == (422, "BAD_ORDER")
    assert "for 2 % write 0.02" in percent.json()["detail"]
    assert on.ask("DELETE", where).status_code == 200
    over = on.until(where, status="CANCELED")
    assert (over["trail"], over["filledQuantity"]) == ({"percent": 0.5}, 0.0)


def test_a_trade_is_seen_in_positions_account_profit_fills_and_audit_and_closed_again(on):
    bought = given(on, symbol="MSFT", orderType="market", limitPrice=None, quantity=5, clientOrderId="trade")
    done = on.until(f"/api/orders/{bought['orderId']}", status="FILLED")
    assert done["filledQuantity"] == 5.0
    (held,) = on.ask("GET", "/api/positions?symbol=MSFT").json()["positions"]
    assert (held["quantity"], held["averagePrice"], held["strategyId"]) == (5.0, done["averagePrice"], "manual")
    account, profit = on.ask("GET", "/api/account").json(), on.ask("GET", "/api/pnl").json()
    assert (account["currency"], account["source"], profit["source"]) == ("USD", "synthetic", "synthetic")
    assert account["cash"] < account["equity"]
    fills = on.ask("GET", "/api/fills?symbol=MSFT").json()["fills"]
    assert sum(fill["quantity"] for fill in fills if fill["orderId"] == bought["orderId"]) == 5.0
    assert {fill["clientOrderId"] for fill in fills if fill["orderId"] == bought["orderId"]} == {"trade"}
    for fill in fills:
        worse = fill["price"] - fill["arrivalMid"] if fill["side"] == "buy" else fill["arrivalMid"] - fill["price"]
        assert fill["slippageBps"] == pytest.approx(worse / fill["arrivalMid"] * 10_000, abs=1e-6)
        assert fill["slippageBps"] > 0.0 or fill["orderId"] != bought["orderId"], "who takes pays half the spread"
    story = on.ask("GET", f"/api/audit/orders/{bought['orderId']}").json()["story"]
    assert story[0]["what"] == "sent: buy 5 market ioc"
    assert any("traded: " in step["what"] for step in story)
    (given_row,) = on.ask("GET", "/api/audit?kind=submit_order&text=%22trade%22").json()["rows"]
    assert (given_row["body"]["order"]["symbol"], given_row["body"]["by"]["asker"]) == ("MSFT", "no token")
    before = on.ask("GET", f"/api/audit/state?row={given_row['row']}").json()
    assert not [each for each in before["positions"] if each["symbol"] == "MSFT"]
    assert on.ask("DELETE", "/api/positions/MSFT").status_code == 200
    assert on.until("/api/positions?symbol=MSFT", positions=[])
    nothing = on.ask("DELETE", "/api/positions/MSFT")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "NO_POSITION")


def test_the_state_as_of_a_row_tells_orders_in_camel_case_as_all_else_does(on):
    working = given(on, symbol="MSFT", clientOrderId="as it stood", limitPrice=90.0)
    where = f"/api/orders/{working['orderId']}"
    on.until(where, status="NEW")
    orders = on.ask("GET", "/api/audit/state").json()["orders"]
    number = int(working["orderId"].partition("-")[2])
    told = next(each for each in orders if (each["symbol"], each["order"]) == ("MSFT", number))
    assert told["price"] == 90.0
    assert told["sentNs"] == working["createdNs"]
    assert not [name for name in told if "_" in name], told
    on.ask("DELETE", where)
    on.until(where, status="CANCELED")


def test_fingerprints_and_snapshots_are_left_out_of_the_audit_where_they_are_not_wanted(on):
    latest = on.ask("GET", "/api/audit?limit=1").json()["rows"][0]["row"]
    pages = [on.ask("GET", f"/api/audit?limit=200&cursor={latest}{more}").json()["rows"]
             for more in ("", "&technical=false", "&technical=false&kind=state&kind=snapshot")]  # fmt: skip
    whole, wanted, named = pages
    technical = {"state", "day_state", "final_state", "snapshot", "tape_archived"}
    rest = [row for row in whole if row["kind"] not in technical]
    assert rest
    assert wanted[: len(rest)] == rest
    assert not technical & {row["kind"] for row in wanted}
    assert {row["kind"] for row in named} <= {"state", "snapshot"}


def test_orders_that_are_over_are_listed_page_by_page_with_all_that_was_told_of_them(on):
    names = [f"page-{k}" for k in range(5)]
    for name in names:
        one = given(on, symbol="GOOGL", clientOrderId=name, limitPrice=90.0, tags=[name])
        on.ask("DELETE", f"/api/orders/{one['orderId']}")
        on.until(f"/api/orders/{one['orderId']}", status="CANCELED")
    seen: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = on.ask("GET", f"/api/orders?status=canceled&symbol=GOOGL&limit=2{cursor}").json()
        seen += [each for each in page["orders"] if each["orderId"] not in {one["orderId"] for one in seen}]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert [each["clientOrderId"] for each in seen] == names[::-1]
    assert {(each["limitPrice"], each["type"], each["timeInForce"]) for each in seen} == {(90.0, "limit", "gtc")}
    assert seen[0]["tags"] == ["page-4"]
    assert on.ask("GET", "/api/orders?status=open&symbol=GOOGL").json()["orders"] == []


def test_limits_are_lowered_by_anyone_here_and_raised_with_the_token_for_everything(on):
    found = on.ask("GET", "/api/risk").json()
    assert found["limits"]["maxSymbolExposure"] == 50_000.0
    assert all(use["utilisation"] is None or use["utilisation"] >= 0 for use in found["accounts"][0]["limits"])
    lower = on.ask("PATCH", "/api/risk", {"maxOrderSize": 500})
    assert (lower.status_code, lower.json()["limits"]["maxOrderSize"], lower.json()["raised"]) == (200, 500.0, [])
    for method, change in (("PATCH", {"maxOrderSize": 600}), ("PATCH", {"maxDailyLoss": None}), ("PUT", {})):
        refused = on.ask(method, "/api/risk", change)
        assert (refused.status_code, refused.json()["code"]) in ((401, "UNAUTHORIZED"), (422, "BAD_LIMITS"))
    held = on.ask("GET", "/api/risk").json()["limits"]
    for value in ("nan", "inf"):  # no number in JSON: a session would hear of no limit at all
        refused = on.ask("PATCH", "/api/risk", {"maxOrderSize": value})
        assert (refused.status_code, refused.json()["code"]) == (422, "BAD_REQUEST")
    assert on.ask("GET", "/api/risk").json()["limits"] == held
    higher = on.ruled("PATCH", "/api/risk", {"maxOrderSize": 10_000})
    assert (higher.status_code, higher.json()["raised"]) == (200, ["maxOrderSize"])
    unknown = on.ask("PATCH", "/api/risk", {"maxLuck": 1})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "BAD_LIMITS")


def test_anyone_here_stops_trading_and_only_the_token_for_everything_releases_it(on):
    resting = given(on, clientOrderId="before the kill")
    assert on.ask("POST", "/api/kill-switch", {"why": "looks odd"}).json()["on"]
    refused = on.ask("POST", "/api/orders", order(clientOrderId="killed"))
    assert (refused.status_code, refused.json()["code"]) == (422, "RISK_KILL_SWITCH")
    on.until(f"/api/orders/{resting['orderId']}", status="CANCELED")
    assert on.ask("DELETE", "/api/kill-switch").status_code == 401
    assert on.ask("GET", "/api/kill-switch").json()["on"]
    assert on.ruled("DELETE", "/api/kill-switch?why=looked").status_code == 200
    assert not on.ask("GET", "/api/kill-switch").json()["on"]
    assert given(on, clientOrderId="after")["status"] in ("NEW", "PENDING_NEW")
    assert on.ask("DELETE", "/api/orders").status_code == 200
    on.until("/api/orders?status=open", orders=[])


@pytest.mark.parametrize("name", TRADING)
def test_answers_are_what_the_document_of_the_api_says(on, name, tmp_path):
    found = document(tmp_path)
    given(on)
    schema = found["paths"][f"/api/{name}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.validator_for(whole(found, schema)).validate(on.ask("GET", f"/api/{name}").json())


def test_strategies_are_told(on):
    (one,) = on.ask("GET", "/api/strategies").json()["strategies"]
    assert (one["id"], one["byHand"], one["state"], one["symbols"]) == (
        "manual", True, "running", ["AAPL", "GOOGL", "MSFT"],
    )  # fmt: skip
    assert on.ask("GET", "/api/strategies/else").status_code == 404


@pytest.mark.parametrize(
    ("path", "change", "status", "says"),
    [
        ("manual", {}, 422, "nothing is to change"),
        ("manual", {"enabled": True, "flatten": True}, 422, "flatten goes with enabled false"),
        ("manual", {"enabled": "perhaps"}, 422, "body.enabled"),
        ("else", {"enabled": False}, 404, "the session has manual"),
    ],
)
def test_a_strategy_is_not_changed_to_what_can_not_be(path, change, status, says, on):
    answer = on.ask("PATCH", f"/api/strategies/{path}", change)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


def test_a_strategy_is_disabled_and_enabled(on):
    working = given(on)["orderId"]
    off = on.ask("PATCH", "/api/strategies/manual", {"enabled": False, "why": "lunch"})
    assert (off.status_code, off.json()["enabled"], off.json()["state"]) == (200, False, "disabled")
    assert {lane["disabled"] for lane in off.json()["lanes"]} == {True}
    on.until(f"/api/orders/{working}", status="CANCELED")
    refused = on.ask("POST", "/api/orders", order())
    assert (refused.status_code, refused.json()["code"]) == (422, "COMMAND_REFUSED")
    assert "are disabled: enable manual first" in refused.json()["detail"]
    (row,) = on.ask("GET", "/api/audit?kind=disable_strategy").json()["rows"]
    assert (row["row"], row["body"]["why"], row["body"]["by"]["asker"]) == (off.json()["row"], "lunch", "no token")
    again = on.ask("PATCH", "/api/strategies/manual", {"enabled": True}).json()
    assert (again["enabled"], again["state"]) == (True, "running")
    on.ask("DELETE", f"/api/orders/{given(on)['orderId']}")


def test_the_position_of_a_strategy_that_is_disabled_is_closed_where_that_is_asked(on):
    assert given(on, type="market", limitPrice=None, orderType=None, quantity=3)["status"] in ("PENDING_NEW", "FILLED")
    off = on.ask("PATCH", "/api/strategies/manual", {"enabled": False, "flatten": True})
    assert "positions" in off.json()["closing"]
    on.until("/api/positions", positions=[])
    assert on.ask("PATCH", "/api/strategies/manual", {"enabled": True}).json()["enabled"]


def test_a_session_is_opened_traded_in_and_ended_beside_the_first(on):
    asked = {
        "id": "makers", "symbols": ["AAPL"], "source": "synthetic:11", "initialCapital": 5000, "prices": {"AAPL": 50},
        "strategies": [{"id": "maker", "name": "simple_market_maker", "parameters": {"interval_ms": 20}}],
    }  # fmt: skip
    opened = on.ask("POST", "/api/sessions", asked)
    assert (opened.status_code, opened.headers["location"]) == (201, "/api/sessions/makers")
    taken = on.ask("POST", "/api/sessions", asked)
    assert (taken.status_code, taken.json()["code"]) == (409, "SESSION_EXISTS")
    makers = on.until("/api/sessions/makers", state="running")
    assert (makers["source"], makers["feed"], makers["seed"]) == ("synthetic", "synthetic:11", 11)
    assert on.ask("GET", "/api/risk?sessionId=makers").json()["limits"].items() >= {
        "maxOrderNotional": 5000.0, "maxSymbolExposure": 10_000.0, "maxGrossExposure": 20_000.0, "maxDailyLoss": 500.0,
    }.items()  # fmt: skip
    (paper,) = [each for each in on.ask("GET", "/api/sessions?mode=paper").json()["sessions"] if each["id"] == "paper"]
    assert (paper["feed"], paper["seed"]) == ("synthetic@0.1x", 7)
    where = "/api/strategies/maker?sessionId=makers"
    calmer = on.ask("PATCH", where, {"parameters": {"interval_ms": 40}, "why": "calmer"})
    assert (calmer.status_code, calmer.json()["enabled"]) == (200, True), calmer.text
    assert on.until(where, state="running")["parameters"]["interval_ms"] == 40
    joined = on.ask("POST", "/api/strategies?sessionId=makers", {
        "name": "book_imbalance_taker", "id": "taker", "allocation": 0.5, "parameters": {"holdMs": 500},
    })  # fmt: skip
    assert (joined.status_code, joined.headers["location"]) == (201, "/api/strategies/taker?sessionId=makers")
    assert (joined.json()["name"], joined.json()["parameters"]["hold_ms"]) == ("book_imbalance_taker", 500)
    assert on.until("/api/strategies/taker?sessionId=makers", state="running")["lanes"][0]["cash"] == 2500.0
    assert on.ask("GET", "/api/sessions/makers").json()["strategies"] == ["maker", "taker"]
    for name, code in (("book_imbalance_taker", "STRATEGY_EXISTS"), ("nothing", "COMMAND_REFUSED")):
        refused = on.ask("POST", "/api/strategies?sessionId=makers", {"name": name, "id": "taker"})
        assert refused.json()["code"] == code, refused.text
    wrong = on.ask("PATCH", where, {"parameters": {"speed": 1}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "COMMAND_REFUSED")
    manual = on.ask("POST", "/api/orders", order(sessionId="makers"))
    assert (manual.status_code, manual.json()["code"]) in ((422, "COMMAND_REFUSED"), (503, "NO_MARKET_DATA"))
    live = on.ask("POST", "/api/sessions/makers/transition", {"to": "live"})
    assert live.status_code == 401
    refused = on.ruled("POST", "/api/sessions/makers/transition", {"to": "live"})
    assert (refused.status_code, refused.json()["code"]) == (409, "TRANSITION_REFUSED")
    assert on.ask("DELETE", "/api/sessions/makers").status_code == 200
    ended = on.until("/api/sessions/makers", state="ended")
    assert ended["trouble"] == ""
    assert on.ask("POST", "/api/parity", {"sessionId": "nobody"}).json()["code"] == "SESSION_NOT_FOUND"
    proof = on.ask("GET", "/api/parity?sessionId=makers").json()["latest"]
    assert (proof["equal"], proof["jobId"], proof["differences"]) == (True, None, [])
    gone = on.ask("GET", "/api/account?sessionId=makers")
    assert (gone.status_code, gone.json()["title"]) == (503, "Trading engine not initialized")
    assert [each["id"] for each in on.ask("GET", "/api/sessions").json()["sessions"]] == ["paper", "makers"]
    for change in ({"mode": "live", "id": "x"}, {"id": "../x"}, {"id": "x", "strategies": [{"name": "a.py:B"}]},
                   {"id": "x", "source": "table:/etc/passwd"}, {"id": "x", "mode": "backtest"},
                   {"id": "x", "startDate": "2023-01-01"}):  # fmt: skip
        assert on.ask("POST", "/api/sessions", asked | change).status_code in (401, 422)


def test_a_session_that_runs_is_proven_as_a_job(on):
    for _ in range(2):  # all that came of the first is written when the second has traded
        bought = given(on, orderType="market", limitPrice=None, symbol="MSFT")
        on.until(f"/api/orders/{bought['orderId']}", status="FILLED")
    asked = on.ask("POST", "/api/parity", Prefer="respond-async", **{"Idempotency-Key": "proof"})
    assert (asked.status_code, asked.json()["kind"]) == (202, "parity")
    assert on.ask("GET", "/api/parity").json()["running"] in ([asked.json()["id"]], [])
    again = asked
    while again.status_code == 202:  # each waits for 30 s
        again = on.ask("POST", "/api/parity", **{"Idempotency-Key": "proof"})
    assert again.status_code == 200, again.text
    assert again.json()["jobId"] == asked.json()["id"]
    found = on.ask("GET", "/api/parity").json()
    latest = found["latest"]
    assert (latest["equal"], latest["jobId"], latest["sessionId"], found["running"]) == (
        True, asked.json()["id"], "paper", [],
    )  # fmt: skip
    assert latest["records"] > 0 < latest["rows"]
    assert latest["row"] > on.ask("GET", "/api/audit?kind=submit_order&limit=2").json()["rows"][1]["row"]
    on.ask("DELETE", "/api/positions/MSFT")


LONG = re.compile(r"[:\[,] ?-?\d*\.(\d{10,}|\d*0{5,}\d)")
"""A number such as 100.00000000001 that is no text."""


def test_no_answer_tells_what_floating_point_sums_leave_behind(on):
    for k, side in enumerate(["buy", "buy", "sell", "buy", "sell"]):
        bought = given(on, symbol="GOOGL", side=side, orderType="market", limitPrice=None, quantity=3 + 4 * k)
        on.until(f"/api/orders/{bought['orderId']}", status="FILLED")
    for path in ("orders", "positions", "account", "pnl", "fills", "risk", "audit?limit=200", "sessions/paper",
                 "pnl/history", "audit/state", f"audit/orders/{bought['orderId']}", "strategies"):  # fmt: skip
        said = on.ask("GET", f"/api/{path}").text
        found = LONG.search(said)
        assert found is None, said[found.start() - 60 : found.end() + 20]
    on.ask("DELETE", "/api/positions/GOOGL")


@pytest.mark.parametrize("changes", [
    {"timeInForce": "ioc", "reduceOnly": False, "limitPrice": 100.0},
    {"orderType": "stop_limit", "stopPrice": 170.0, "limitPrice": 171.0, "timeInForce": "day"},
])  # fmt: skip
def test_a_refused_order_is_told_with_how_it_was_to_trade_and_why_in_fields(on, changes):
    name = f"refused {changes['timeInForce']}"
    refused = on.ask("POST", "/api/orders", order(quantity=20_000, clientOrderId=name, **changes)).json()
    told = on.ask("GET", f"/api/orders/by-client-id/{name}").json()
    listed = next(each for each in on.ask("GET", "/api/orders?status=rejected").json()["orders"]
                  if each["clientOrderId"] == name)  # fmt: skip
    for each in (told, listed):
        assert (each["timeInForce"], each["why"]) == (changes["timeInForce"], "max_order_size")
        assert each["stopPrice"] == changes.get("stopPrice")
    (step,) = on.ask("GET", f"/api/audit/orders/{refused['orderId']}").json()["story"]
    assert (step["kind"], step["details"]["refusal"], step["details"]["limit"]) == ("risk", "max_order_size", 10_000.0)
    assert step["details"]["attempted"] == 20_000.0
    assert step["what"] == f"refused: {refused['detail']}"


def test_an_order_without_a_reason_has_none(on):
    bought = given(on, orderType="market", limitPrice=None, symbol="MSFT", clientOrderId="no reason")
    done = on.until(f"/api/orders/{bought['orderId']}", status="FILLED")
    assert (bought["why"], done["why"], done["timeInForce"]) == (None, None, "ioc")
    rows = on.ask("GET", "/api/audit?kind=order&limit=1").json()["rows"]
    assert rows[0]["body"]["why"] is None
    on.ask("DELETE", "/api/positions/MSFT")
