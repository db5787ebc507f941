"""Pages in browsers: which may ask, and that no page from elsewhere gets an order placed or an answer read."""

import json

import httpx2
import pytest

ORDER = {"symbol": "AAPL"}
EVIL = "https://evil.example"


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def send(client: httpx2.AsyncClient, content: bytes | None, **headers: str) -> httpx2.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/api/orders", content=content, headers=given)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "application/json", "origin": EVIL},
        {"content_type": "application/json", "origin": "null"},
        {"content_type": "application/json", "origin": "http://localhost:8080"},
        {"content_type": "application/json", "origin": "https://localhost:3002.evil.example"},
        {"content_type": "application/json", "origin": "http://localhost:3002@evil.example"},
        {"content_type": "application/json", "origin": "http://localhost.evil.example:3002"},
        {"content_type": "application/json", "origin": "file://"},
        {"content_type": "application/json", "sec_fetch_site": "cross-site"},
        {"content_type": "application/json", "sec_fetch_site": "same-site"},
        {"content_type": "application/json", "sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate",
         "sec_fetch_dest": "document"},
        {"content_type": "application/x-www-form-urlencoded", "origin": EVIL},
        {"content_type": "text/plain", "origin": EVIL, "sec_fetch_site": "cross-site"},
    ],
)  # fmt: skip
async def test_a_page_from_elsewhere_places_no_order(asked, headers):
    gateway = asked()
    async with gateway.client() as client:
        answer = await send(client, json.dumps(ORDER).encode(), **headers)
        assert code(answer) == (403, "ORIGIN_REFUSED")
        assert "LOCKSTEP_ORIGINS" in answer.json()["detail"]
        assert "access-control-allow-origin" not in answer.headers
    assert gateway.orders == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b'{"symbol": "AAPL"}'),
        ("text/plain; application/json", b'{"symbol": "AAPL"}'),
        ("application/x-www-form-urlencoded", b'{"symbol": "AAPL", "x": "="}'),
        ("multipart/form-data; boundary=x", b'--x\r\n\r\n{"symbol": "AAPL"}\r\n--x--'),
        ("application/jsonx", b'{"symbol": "AAPL"}'),
        ("", b'{"symbol": "AAPL"}'),
    ],
)
async def test_what_a_form_can_send_is_no_order_even_from_an_old_browser_that_says_nothing(asked, kind, body):
    gateway = asked()
    async with gateway.client() as client:
        assert code(await send(client, body, content_type=kind)) == (415, "NOT_JSON")
        forgotten = await client.post("/api/forgotten", content=body, headers={"Content-Type": kind})
        assert code(forgotten) == (415, "NOT_JSON")
    assert gateway.orders == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3002", "http://127.0.0.1:3002", "http://[::1]:3002", "HTTP://LOCALHOST:3002"],
)
async def test_the_gateways_own_pages_may_ask(asked, origin):
    gateway = asked()
    async with gateway.client() as client:
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        answer = await client.post("/api/orders", json=ORDER, headers=headers)
        assert answer.status_code == 200
    assert gateway.orders == [("AAPL", "no token")]


@pytest.mark.anyio
async def test_through_a_tunnel_or_a_proxy_its_own_page_has_the_name_and_port_of_there(asked):
    gateway = asked(hosts=["desk.example"])
    token = {"Authorization": f"Bearer {gateway.token('trade')}"}
    async with gateway.client() as client:
        for host, origin in (("localhost:8080", "http://localhost:8080"), ("desk.example", "https://desk.example")):
            headers = {"Host": host, "Origin": origin, **token}
            assert (await client.post("/api/orders", json=ORDER, headers=headers)).status_code == 200
        for host, origin in (("localhost:8080", "http://localhost:9090"), ("desk.example", "https://desk.example:444")):
            headers = {"Host": host, "Origin": origin, **token}
            assert code(await client.post("/api/orders", json=ORDER, headers=headers)) == (403, "ORIGIN_REFUSED")


@pytest.mark.anyio
async def test_a_page_that_was_allowed_is_told_so_before_and_with_each_answer(asked):
    gateway = asked(origins=["https://desk.example/"])
    async with gateway.client() as client:
        before = await client.options(
            "/api/orders",
            headers={"Origin": "https://desk.example", "Access-Control-Request-Method": "POST",
                     "Access-Control-Request-Private-Network": "true"},
        )  # fmt: skip
        assert before.status_code == 204
        assert before.headers["access-control-allow-origin"] == "https://desk.example"
        assert "idempotency-key" in before.headers["access-control-allow-headers"]
        assert "POST" in before.headers["access-control-allow-methods"]
        assert before.headers["access-control-allow-private-network"] == "true"
        assert "access-control-allow-credentials" not in before.headers
        headers = {"Origin": "https://desk.example", "Sec-Fetch-Site": "cross-site"}
        answer = await client.post("/api/orders", json=ORDER, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://desk.example"
        assert answer.headers["vary"] == "origin"
        assert "x-ratelimit-remaining" in answer.headers["access-control-expose-headers"]
        evil = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
        assert code(await client.options("/api/orders", headers=evil)) == (403, "ORIGIN_REFUSED")
    assert gateway.orders == [("AAPL", "no token")]


@pytest.mark.anyio
async def test_a_script_or_an_image_of_another_page_reads_nothing_and_a_link_shows_the_page(asked):
    async with asked().client() as client:
        embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
        assert code(await client.get("/api/positions", headers=embedded)) == (403, "ORIGIN_REFUSED")
        framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
        assert code(await client.get("/", headers=framed)) == (403, "ORIGIN_REFUSED")
        followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert (await client.get("/", headers=followed)).status_code == 200
        typed = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert (await client.get("/", headers=typed)).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("query", ["EIO=4&transport=polling&j=0", "j=1", "%6A=1&EIO=4"])
async def test_socket_io_answers_in_no_script(client, query):
    assert code(await client.get(f"/socket.io/?{query}")) == (400, "BAD_REQUEST")


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["Host", "Origin", "Authorization", "Content-Type"])
async def test_a_header_that_is_looked_at_comes_once(asked, name):
    values = {"Host": "localhost", "Origin": "http://localhost:3002", "Authorization": "Bearer x",
              "Content-Type": "application/json"}  # fmt: skip
    gateway = asked()
    async with gateway.client() as client:
        twice = [(name, values[name]), (name, values[name])]
        request = client.build_request("POST", "/api/orders", content=b'{"symbol": "AAPL"}')
        others = [each for each in request.headers.multi_items() if each[0] != name.lower()]
        request.headers = httpx2.Headers(others + twice)
        assert code(await client.send(request)) == (400, "BAD_REQUEST")
    assert gateway.orders == []


@pytest.mark.anyio
async def test_refused_pages_are_written_down_in_sums(asked):
    gateway = asked()
    async with gateway.client() as client:
        for _ in range(3):
            await client.get("/api/positions", headers={"Origin": EVIL})
    await gateway.security.stop()
    rows = [row.content() for row in gateway.security.audit.rows()]
    assert [(row["code"], row["count"]) for row in rows] == [("ORIGIN_REFUSED", 1), ("ORIGIN_REFUSED", 2)]
