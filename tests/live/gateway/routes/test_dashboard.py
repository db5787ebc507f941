import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from lockstep.live.gateway import problems
from lockstep.live.gateway.routes import dashboard


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(dashboard.router)
    with TestClient(app) as client:
        yield client


def test_a_get_of_the_root_is_the_page(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.content == (dashboard.FOLDER / "index.html").read_bytes()


def test_a_page_that_is_the_same_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/static/js/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/static/js/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_a_library_is_kept_for_good(client: TestClient) -> None:
    answer = client.get("/static/vendor/uplot-1.6.32/uPlot.esm.js")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


def test_who_takes_it_packed_gets_it_packed(client: TestClient) -> None:
    plain = client.get("/static/css/parts.css", headers={"Accept-Encoding": "identity"})
    packed = client.get("/static/css/parts.css", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content  # the client has unpacked it
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert gzip.decompress(dashboard.parts()["css/parts.css"].packed) == plain.content


def test_head_is_the_page_without_its_body(client: TestClient) -> None:
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path", ["nothing.js", "../routes/dashboard.py", "%2e%2e/routes/dashboard.py", "vendor/VENDORED.json", "", "js"]
)
def test_what_is_no_part_of_the_page_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 404
    assert "application/problem+json" in answer.headers["content-type"] or "Not Found" in answer.text


def test_each_part_says_what_it_is() -> None:
    assert {Path(name).suffix for name in dashboard.parts()} == set(dashboard.TYPES)
