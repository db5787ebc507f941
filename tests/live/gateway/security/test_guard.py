"""What the guard lets pass and what it refuses, whole requests at a time."""

import asyncio

import pytest

from lockstep.live.gateway.security.bodies import MOST

ORDER = {"symbol": "AAPL"}
LIVE = {"symbol": "AAPL", "session": "live"}


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.anyio
async def test_on_loopback_paper_needs_no_token(client):
    assert (await client.post("/api/orders", json=ORDER)).status_code == 200
    assert (await client.get("/api/positions")).status_code == 200


@pytest.mark.anyio
async def test_what_lifts_a_limit_needs_an_admin_token_on_loopback_too(asked):
    gateway = asked()
    async with gateway.client() as client:
        assert code(await client.post("/api/kill-switch/release")) == (401, "UNAUTHORIZED")
        for scope, status in (("read", 403), ("trade", 403), ("admin", 200)):
            headers = {"Authorization": f"Bearer {gateway.token(scope)}"}
            assert (await client.post("/api/kill-switch/release", headers=headers)).status_code == status


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("settings", "base", "address", "headers"),
    [
        ({"auth": "always"}, "http://localhost:3002", "127.0.0.1", {}),
        ({"host": "0.0.0.0"}, "http://localhost:3002", "127.0.0.1", {}),
        ({"host": "0.0.0.0"}, "http://localhost:3002", "192.0.2.7", {}),
        ({"hosts": ["desk.example"]}, "http://localhost:3002", "127.0.0.1", {}),
        ({}, "http://localhost:3002", "192.0.2.7", {}),
        ({}, "http://localhost:3002", "192.0.2.7", {"x_forwarded_for": "127.0.0.1"}),
        ({}, "http://localhost:3002", "127.0.0.1", {"x_forwarded_for": "203.0.113.5"}),
        ({}, "http://localhost:3002", "127.0.0.1", {"forwarded": "for=127.0.0.1"}),
        ({}, "http://localhost:3002", "127.0.0.1", {"x_real_ip": "127.0.0.1"}),
        ({}, "http://localhost:3002", "127.0.0.1", {"via": "1.1 proxy"}),
        ({}, "http://localhost:3002", "", {}),
    ],
)
async def test_elsewhere_a_token_is_always_needed(asked, settings, base, address, headers):
    gateway = asked(**settings)
    async with gateway.client(base, address, **headers) as client:
        assert code(await client.post("/api/orders", json=ORDER)) == (401, "UNAUTHORIZED")
        assert code(await client.get("/api/positions")) == (401, "UNAUTHORIZED")
        assert (await client.get("/health")).status_code == 200
        token = {"Authorization": f"Bearer {gateway.token('trade')}"}
        assert (await client.post("/api/orders", json=ORDER, headers=token)).status_code == 200
    assert gateway.orders == [("AAPL", "trade")]


@pytest.mark.anyio
async def test_the_paper_exception_ends_while_anything_is_live(asked):
    gateway = asked()
    async with gateway.client() as client:
        gateway.security.live = True
        refused = await client.post("/api/orders", json=ORDER)
        assert code(refused) == (401, "UNAUTHORIZED")
        assert "while a session trades live" in refused.json()["detail"]
        assert code(await client.get("/api/positions")) == (401, "UNAUTHORIZED")
        gateway.security.live = False
        assert (await client.post("/api/orders", json=ORDER)).status_code == 200


@pytest.mark.anyio
async def test_a_route_that_reaches_a_live_session_asks_for_a_token_whatever_the_gateway_knows(asked):
    gateway = asked()
    gateway.live_sessions.add("live")  # the session knows it, and the gateway has not been told
    async with gateway.client() as client:
        assert code(await client.post("/api/orders", json=LIVE)) == (401, "UNAUTHORIZED")
        assert code(await client.get("/api/positions?session=live")) == (401, "UNAUTHORIZED")
        token = {"Authorization": f"Bearer {gateway.token('trade')}"}
        assert (await client.post("/api/orders", json=LIVE, headers=token)).status_code == 200
    assert gateway.orders == [("AAPL", "trade")]


@pytest.mark.anyio
async def test_a_scope_is_no_more_than_it_says(asked):
    gateway = asked(auth="always")
    token = {"Authorization": f"Bearer {gateway.token('read')}"}
    async with gateway.client() as client:
        assert (await client.get("/api/positions", headers=token)).json() == {"asker": "read"}
        refused = await client.post("/api/orders", json=ORDER, headers=token)
        assert code(refused) == (403, "FORBIDDEN")
        assert refused.json()["needed"] == "trade"
        assert code(await client.post("/api/forgotten", headers=token)) == (403, "FORBIDDEN")
    assert gateway.orders == []


@pytest.mark.anyio
@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Basic dTpw", "lks_x", "Bearer lks_" + "a" * 43])
async def test_a_token_that_does_not_hold_is_refused_where_none_is_needed_too(asked, given):
    async with asked().client() as client:
        answer = await client.get("/api/positions", headers={"Authorization": given})
        assert code(answer) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.anyio
async def test_a_token_in_an_address_is_not_taken(asked):
    gateway = asked(auth="always")
    async with gateway.client() as client:
        refused = await client.get(f"/api/positions?token={gateway.token('admin')}")
        assert code(refused) == (401, "UNAUTHORIZED")
        assert "in a header, since addresses are logged" in refused.json()["detail"]


@pytest.mark.anyio
async def test_a_revoked_token_holds_no_longer(asked):
    gateway = asked(auth="always")
    token = {"Authorization": f"Bearer {gateway.token('read')}"}
    async with gateway.client() as client:
        assert (await client.get("/api/positions", headers=token)).status_code == 200
        gateway.security.tokens.revoke("read")
        assert code(await client.get("/api/positions", headers=token)) == (401, "UNAUTHORIZED")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "base",
    ["http://evil.example:3002", "http://localhost.evil.example", "http://192.0.2.1:3002", "http://0.0.0.0:3002",
     "http://127.0.0.1.nip.io:3002", "http://localhost.", "http://[::]:3002"],
)  # fmt: skip
async def test_a_name_that_was_bound_anew_to_this_machine_is_refused(asked, base):
    gateway = asked()
    async with gateway.client("http://localhost:3002") as client:
        host = base.removeprefix("http://")
        answer = await client.post("/api/orders", json=ORDER, headers={"Host": host})
        assert code(answer) == (400, "HOST_REFUSED")
        assert "LOCKSTEP_HOSTS" in answer.json()["detail"]
        assert code(await client.get("/health", headers={"Host": host})) == (400, "HOST_REFUSED")
    assert gateway.orders == []


@pytest.mark.anyio
async def test_own_names_of_any_port_and_those_that_were_allowed_pass(asked):
    gateway = asked(hosts=["Desk.example"])
    token = {"Authorization": f"Bearer {gateway.token('read')}"}
    async with gateway.client() as client:
        for host in ("localhost", "LOCALHOST:8080", "127.0.0.1:3002", "[::1]:3002", "desk.example", "desk.example:443"):
            assert (await client.get("/api/positions", headers={"Host": host, **token})).status_code == 200


@pytest.mark.anyio
async def test_a_body_is_no_larger_than_it_may_be_whether_it_says_so_or_not(client):
    async def endless():
        for _ in range(MOST // 4096 + 2):
            yield b" " * 4096

    headers = {"Content-Type": "application/json"}
    said = await client.post("/api/orders", content=b" " * (MOST + 1), headers=headers)
    unsaid = await client.post("/api/orders", content=endless(), headers=headers)
    assert code(said) == code(unsaid) == (413, "TOO_LARGE")
    fits = await client.post("/api/orders", content=b'{"symbol": "AAPL"}'.ljust(MOST), headers=headers)
    assert fits.status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("body", [
    b'{"quantity": NaN}', b'{"quantity": -Infinity}', b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'{"a": "\xff"}',
    b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"), b"{} {}", b"[" * 65 + b"]" * 65,
    b'{"a": ' * 900 + b"1" + b"}" * 900, b"[" * 500_000,
])  # fmt: skip
async def test_a_body_is_json_that_whatever_is_behind_can_write_down_again(client, body):
    answer = await client.post("/api/orders", content=body, headers={"Content-Type": "application/json"})
    assert code(answer) == (422, "BAD_REQUEST")


@pytest.mark.anyio
async def test_requests_are_counted_and_those_too_many_refused(asked):
    gateway = asked(rate=5)
    gateway.security._now = lambda: 100.0
    async with gateway.client() as client:
        answers = [await client.get("/api/positions") for _ in range(6)]
        assert [each.status_code for each in answers] == [200] * 5 + [429]
        assert [each.headers["x-ratelimit-remaining"] for each in answers] == ["4", "3", "2", "1", "0", "0"]
        assert answers[0].headers["x-ratelimit-limit"] == "5"
        assert int(answers[5].headers["x-ratelimit-reset"]) > 0
        assert answers[5].headers["retry-after"] == "1"
        token = {"Authorization": f"Bearer {gateway.token('read')}"}
        assert (await client.get("/api/positions", headers=token)).status_code == 200  # counted apart
        gateway.security._now = lambda: 100.2
        assert [(await client.get("/api/positions")).status_code for _ in range(2)] == [200, 429]


@pytest.mark.anyio
async def test_every_answer_bears_the_headers_that_a_browser_heeds(asked):
    gateway = asked()
    async with gateway.client() as client:
        answers = [
            await client.get("/"),
            await client.get("/api/positions"),
            await client.get("/nowhere"),
            await client.get("/api/breaks"),
            await client.get("/health", headers={"Host": "evil.example"}),
        ]
    assert [each.status_code for each in answers] == [200, 200, 404, 500, 400]
    for each in answers:
        assert "default-src 'none'" in each.headers["content-security-policy"]
        assert "unsafe" not in each.headers["content-security-policy"]
        assert each.headers["x-content-type-options"] == "nosniff"
        assert each.headers["x-frame-options"] == "DENY"
        assert each.headers["cache-control"] == "no-store"
    assert "lks_" not in answers[3].text
    assert answers[3].json()["code"] == "INTERNAL_ERROR"


@pytest.mark.anyio
async def test_who_waits_when_the_gateway_ends_is_told_so(client):
    answer = await client.get("/api/waits")
    assert (answer.status_code, answer.json()["code"]) == (503, "GATEWAY_ENDS")


@pytest.mark.anyio
async def test_a_route_may_say_itself_what_its_page_may_do(client):
    answer = await client.get("/api/report")
    assert answer.headers.get_list("content-security-policy") == ["sandbox"]
    assert answer.headers.get_list("cache-control") == ["private"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.anyio
async def test_what_a_route_refuses_is_written_down_with_who_asked(asked):
    gateway = asked()
    token = {"Authorization": f"Bearer {gateway.token('trade')}"}
    async with gateway.client() as client:
        await client.post("/api/kill-switch/release", headers=token)
        await client.post("/api/kill-switch/release")
    await gateway.security.stop()
    rows = [row.content() for row in gateway.security.audit.rows()]
    assert [(row["code"], row["asker"], row["what"]) for row in rows] == [
        ("FORBIDDEN", "trade", "POST /api/kill-switch/release"),
        ("UNAUTHORIZED", "", "POST /api/kill-switch/release"),
    ]


@pytest.mark.anyio
async def test_a_guess_is_slowed_down_and_those_who_have_a_token_are_not(asked):
    gateway = asked(auth="always")
    gateway.security._now = lambda: 100.0
    token = {"Authorization": f"Bearer {gateway.token('read')}"}
    async with gateway.client() as client:
        guesses = await asyncio.gather(
            *(client.get("/api/positions", headers={"Authorization": f"Bearer {guess}"}) for guess in range(30))
        )
        assert sorted(each.status_code for each in guesses) == [401] * 20 + [429] * 10
        assert max(int(each.headers.get("retry-after", 0)) for each in guesses) >= 1
        assert (await client.get("/api/positions", headers=token)).status_code == 200
    await gateway.security.stop()
    rows = [(row.kind, row.content()) for row in gateway.security.audit.rows()]
    assert [(kind, content["code"], content["count"]) for kind, content in rows] == [
        ("login_refused", "UNAUTHORIZED", 1), ("logins_refused", "UNAUTHORIZED", 29),
    ]  # fmt: skip
    assert rows[0][1]["address"] == "127.0.0.1"
    assert rows[0][1]["what"] == "GET /api/positions"
    assert gateway.security.audit.flaw() is None
