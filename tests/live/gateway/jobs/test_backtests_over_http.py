"""Backtests over HTTP: the user's request as typed, jobs that go on, are cancelled, fail, and outlive the gateway."""

import json
import re
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.users_requests import BACKTEST

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.settings import GatewaySettings

USERS = json.loads(BACKTEST)
HERE = ("127.0.0.1", 50_000)
SWEEP = {
    "strategy": "mean_reversion", "symbols": ["AAPL"], "grid": {"lookback": [10, 20], "entryZScore": "1:2:0.5"},
    "interval": "1m", "startDate": "2023-01-01", "endDate": "2023-02-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="module")
def client(home):
    """A bare gateway on a fresh home and store."""
    (home / "files").mkdir()
    (home / "files" / "ABC.csv").write_text(
        "Date,Open,High,Low,Close,Volume\n2024-01-02,10,11,9,10.5,100\n2024-01-03,10,11,9,10,100\n"
    )
    (home / "files" / "bad.csv").write_text("no bars")
    (home / "secret.csv").write_text("secret")
    settings = GatewaySettings(home=home, store=home / "store", imports=home / "files")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("lockstep.live.gateway.jobs.answers.WAIT_SECONDS", 300.0)  # however slow the machine is
        with TestClient(make_app(settings, bare=True), base_url="http://localhost", client=HERE) as client:
            yield client


def test_the_users_request_succeeds_on_a_fresh_store(client):
    answer = client.post("/api/backtest/run", content=BACKTEST, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["source"], told["interval"], told["resampledFrom"]) == ("synthetic", "1d", "1m")
    equity = told["equity"]["total"]
    assert len(equity["time"]) == len(equity["equity"]) == told["metrics"]["bars"] == 250
    assert equity["equity"][-1] == pytest.approx(told["metrics"]["end_value"])
    closed = sum(trade["pnl"] for trade in told["trades"])
    assert closed == pytest.approx(told["metrics"]["profit"])
    assert len(told["trades"]) == told["counts"]["trades"] > 10
    assert client.get(answer.headers["content-location"]).json() == told
    report = client.get(f"/api/jobs/{told['jobId']}/report")
    assert report.text.lstrip().lower().startswith("<!doctype html")
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    link = client.get(f"/api/jobs/{told['jobId']}/report-link").json()["url"]
    opened = client.get(link)
    assert opened.content == report.content
    assert opened.headers["content-security-policy"] == report.headers["content-security-policy"]
    again = client.get(link)
    assert (again.status_code, again.json()["code"]) == (404, "LINK_USED")


def test_a_session_of_the_mode_backtest_is_a_job_and_comes_to_the_same(client):
    body = {
        **{name: USERS[name] for name in ("startDate", "endDate", "symbols", "initialCapital", "strategies")},
        "mode": "backtest", "id": "of-2023", "settings": {"commission": 0.5},
    }  # fmt: skip
    asked = client.post("/api/sessions", json=body, headers={"Idempotency-Key": "of 2023"})
    assert (asked.status_code, asked.json()["name"]) == (202, "of-2023")
    assert asked.headers["location"] == f"/api/jobs/{asked.json()['id']}"
    again = client.post("/api/sessions", json=body, headers={"Idempotency-Key": "of 2023"})
    assert (again.status_code, again.json()["id"]) == (202, asked.json()["id"])
    plain = client.post("/api/backtest/run", json={**USERS, "commission": 0.5}).json()
    while client.get(asked.headers["location"]).json()["state"] in ("queued", "running"):
        pass
    found = client.get(f"{asked.headers['location']}/result").json()
    assert found["metrics"] == plain["metrics"]
    listed = next(each for each in client.get("/api/sessions?mode=backtest").json()["sessions"] if each["name"])
    assert (listed["id"], listed["name"], listed["state"]) == (asked.json()["id"], "of-2023", "ended")
    assert (listed["symbols"], listed["strategies"]) == (USERS["symbols"], ["mean_reversion_1"])
    assert listed["progress"] == 1.0
    assert client.get(f"/api/sessions/{listed['id']}").json() == listed
    for change, says in (({"warm": "10"}, "a backtest has no 'warm'"), ({"settings": {"comission": 1}}, "commission")):
        refused = client.post("/api/sessions", json={**body, **change}, headers={"Prefer": "wait=30"})
        assert (refused.status_code, refused.json()["code"]) == (422, "BAD_REQUEST")
        assert says in refused.json()["detail"]


def test_without_data_the_answer_names_what_there_is_and_how_to_import(client):
    answer = client.post("/api/backtest/run", json={**USERS, "startDate": "2019-01-01", "endDate": "2019-12-31"})
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_DATA")
    assert re.search(r"AAPL 2023-01-03 to 2023-12-29(.|\n)*lockstep data import", answer.json()["detail"])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"mode": "paper"}, "POST /api/sessions"),
        ({"strategies": []}, "body.strategies"),
        ({"strategies": [{"name": "/etc/evil.py:Evil"}]}, "is no name"),
        ({"strategies": [{"name": "no such strategy"}]}, "no strategy"),
        ({"strategies": [{"name": "mean_reversion", "parameters": {"lookback": -1}}]}, "lookback"),
        ({"initialCapitol": 5}, "did you mean `initialCapital`"),
    ],
)
def test_a_bad_request_is_refused_with_its_place(client, changed, says):
    answer = client.post("/api/backtest/run", json={**USERS, **changed})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/api/backtest/run", lambda name: {**USERS, "strategies": [{"name": name}]}),
        ("/api/sessions", lambda name: {"mode": "backtest", "id": "of-a-file", "symbols": ["AAPL"],
                                        "strategies": [{"name": name}]}),
        ("/api/sweeps", lambda name: {**SWEEP, "strategy": name}),
        ("/api/walk-forwards", lambda name: {**SWEEP, "strategy": name, "train": "20", "test": "10"}),
    ],
)  # fmt: skip
def test_no_file_of_the_machine_is_run(client, tmp_path, path, asked):
    """A file's only strategy needs no class to be named, so a path alone would be enough to have it run."""
    file, trace = tmp_path / "evil.py", tmp_path / "trace"
    file.write_text(f"open({str(trace)!r}, 'w')\n")
    answer = client.post(path, json=asked(str(file)))
    assert answer.status_code == 422
    assert "is no name" in answer.json()["detail"]
    assert not trace.exists()


def test_a_sweep_is_a_job_with_a_result(client):
    answer = client.post("/api/sweeps", json=SWEEP, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 202
    at = answer.headers["location"]
    done = client.post("/api/sweeps", json=SWEEP, headers={"Idempotency-Key": "one", "Prefer": "wait=300"})
    assert done.status_code == 200
    assert f"/api/jobs/{done.json()['jobId']}" == at
    assert len(done.json()["best"]) == 6
    assert (client.get(at).json()["state"], client.get(at).json()["progress"]) == ("done", 1.0)
    other = client.post("/api/sweeps", json={**SWEEP, "by": "max_drawdown"}, headers={"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_walk_forward_is_a_job_too(client):
    asked = {**SWEEP, "endDate": "2023-03-31", "grid": {"lookback": [5, 10]}, "train": "20", "test": "10"}
    done = client.post("/api/walk-forwards", json=asked, headers={"Prefer": "wait=300"})
    assert done.status_code == 200, done.text
    (curve,) = done.json()["outOfSample"]
    assert (curve["symbol"], len(done.json()["splits"])) == ("AAPL", 4)
    (drawn,) = done.json()["curves"]
    assert len(drawn["time"]) == len(drawn["equity"]) == len(drawn["benchmark"]) == 40  # four tests of ten days
    assert drawn["equity"][-1] == pytest.approx(curve["metrics"]["end_value"])


@pytest.mark.parametrize(
    ("path", "changed", "status", "code", "says"),
    [
        ("sweeps", {"where": "lookback < 15"}, 422, "BAD_REQUEST", "Expected `array`, got `str` - at `$.where`"),
        ("sweeps", {"where": ["lookback < sideways"]}, 422, "BAD_PARAMETER", "lookback"),
        ("sweeps", {"strategy": "no such strategy"}, 422, "BAD_STRATEGY", "mean_reversion"),
        ("sweeps", {"grid": {"lokback": [10, 20]}}, 422, "BAD_PARAMETER", "lookback"),
        ("sweeps", {"grid": {"lookback": [-1]}}, 422, "BAD_PARAMETER", "lookback"),
        ("sweeps", {"grid": {"lookback": []}}, 422, "BAD_REQUEST", "lookback"),
        ("sweeps", {"grid": {}}, 422, "BAD_REQUEST", "grid"),
        ("sweeps", {"startDate": "2023-03-01"}, 422, "BAD_DATA", "lies after end 2023-02-01"),
        ("sweeps", {"symbols": ["NONE"]}, 404, "UNKNOWN_SYMBOL", "AAPL"),
        ("sweeps", {"startDate": "2019-01-01", "endDate": "2019-02-01"}, 404, "NO_DATA", "AAPL 2023-01-03"),
        ("sweeps", {"by": "sharp"}, 422, "BAD_REQUEST", "sharpe"),
        ("sweeps", {"across": "all"}, 422, "BAD_REQUEST", "portfolio"),
        ("sweeps", {"subset": 1000}, 422, "BAD_REQUEST", "there are 6"),
        ("sweeps", {"interval": "often"}, 422, "BAD_DATA", "often"),
        ("walk-forwards", {"scheme": "rollin"}, 422, "BAD_REQUEST", "rolling, anchored"),
        ("walk-forwards", {"train": "long"}, 422, "BAD_REQUEST", "long"),
        ("walk-forwards", {"top": 3}, 422, "BAD_REQUEST", "top"),
        ("walk-forwards", {"strategy": "no such strategy"}, 422, "BAD_STRATEGY", "mean_reversion"),
    ],
)
def test_a_search_that_can_not_be_is_refused_at_once_and_is_no_job(client, path, changed, status, code, says):
    before = len(client.get("/api/jobs?limit=500").json()["jobs"])
    answer = client.post(f"/api/{path}", json={**SWEEP, **changed}, headers={"Prefer": "respond-async"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert says in answer.json()["detail"]
    assert len(client.get("/api/jobs?limit=500").json()["jobs"]) == before


def test_a_backtest_that_can_not_be_is_no_job_either(client):
    before = len(client.get("/api/jobs?limit=500").json()["jobs"])
    for changed, code in (
        ({"strategies": [{"name": "no such strategy"}]}, "BAD_STRATEGY"), ({"startDate": "2024-01-01"}, "BAD_DATA"),
        ({"strategies": [{"name": "mean_reversion", "parameters": {"lookback": -1}}]}, "BAD_PARAMETER"),
        ({"limits": {"maxOrderSise": 1}}, "BAD_LIMITS"),
    ):  # fmt: skip
        answer = client.post("/api/backtest/run", json={**USERS, **changed}, headers={"Prefer": "respond-async"})
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert len(client.get("/api/jobs?limit=500").json()["jobs"]) == before


def test_what_can_not_be_looked_at_soon_is_left_to_its_job(client, monkeypatch):
    monkeypatch.setattr("lockstep.live.gateway.routes.backtests.CHECK_SECONDS", 0.0)
    taken = client.post("/api/sweeps", json={**SWEEP, "by": "sharp"})
    assert taken.status_code == 202
    told = client.post("/api/sweeps", json={**SWEEP, "by": "sharp"}, headers={"Prefer": "wait=300"})
    assert (told.status_code, told.json()["code"]) == (422, "BAD_REQUEST")


def test_a_job_that_is_cancelled_ends_its_worker_and_the_next_is_done(client):
    large = {**SWEEP, "grid": {"lookback": "2:400:1", "entryZScore": "0.5:4:0.01"}, "endDate": "2023-12-31"}
    at = client.post("/api/sweeps", json=large).headers["location"]
    until = time.monotonic() + 60
    while client.get(at).json()["state"] == "queued":
        assert time.monotonic() < until
    assert client.get(f"{at}/result").json()["code"] == "NOT_DONE"
    assert client.delete(at).json()["state"] == "cancelled"
    assert client.get(f"{at}/result").json()["code"] == "CANCELLED"
    assert client.post("/api/backtest/run", json=USERS).status_code == 200


def test_jobs_are_listed_a_page_at_a_time(client):
    for _ in range(3):
        assert client.post("/api/backtest/run", json=USERS).status_code == 200
    ids, cursor = [], None
    while True:
        page = client.get("/api/jobs", params={"kind": "backtest", "limit": 2} | ({"cursor": cursor} if cursor else {}))
        ids += [job["id"] for job in page.json()["jobs"]]
        assert len(page.json()["jobs"]) <= 2
        if (cursor := page.json()["next"]) is None:
            break
    assert ids == [job["id"] for job in client.get("/api/jobs?kind=backtest&limit=500").json()["jobs"]]
    assert len(set(ids)) == len(ids) >= 3
    assert client.get("/api/jobs?cursor=nothing").json()["code"] == "BAD_CURSOR"
    assert client.get("/api/jobs/nothing").status_code == 404


def test_the_store_is_listed_and_takes_files_of_one_folder_alone(client, home):
    datasets = client.get("/api/data").json()["datasets"]
    assert datasets[0]["name"] == "synthetic-minute"
    assert datasets[0]["synthetic"]
    done = client.post("/api/data/import", json={"files": ["ABC.csv"], "dataset": "mine", "timeZone": "UTC"})
    assert (done.status_code, done.json()["rows"]) == (200, {"ABC": 2})
    (job,) = client.get("/api/jobs?kind=import").json()["jobs"]
    assert job["request"] == {"files": ["ABC.csv"], "dataset": "mine", "timeZone": "UTC"}
    bad = client.post("/api/data/import", json={"files": ["bad.csv"]}).json()["detail"]
    assert "bad.csv" in bad
    assert str(home) not in client.get("/api/jobs").text + bad
    for name in ("../secret.csv", "/etc/passwd", "nothing.csv", "a\0b", "."):
        answer = client.post("/api/data/import", json={"files": [name]})
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert "secret" not in answer.text.replace(json.dumps(name)[1:-1], "")


def test_jobs_are_known_after_a_restart_and_what_was_cut_off_twice_says_so(tmp_path):
    settings = GatewaySettings(home=tmp_path)
    job = {"id": "sweep-1", "kind": "sweep", "request": {}, "state": "running", "createdNs": 5, "attempts": 2}
    (tmp_path / "jobs" / "sweep-1").mkdir(parents=True)
    (tmp_path / "jobs" / "sweep-1" / "job.json").write_text(json.dumps(job))
    (tmp_path / "jobs" / "damaged").mkdir()
    Path(tmp_path / "jobs" / "damaged" / "job.json").write_text("{")
    with TestClient(make_app(settings), base_url="http://localhost", client=HERE) as client:
        (found,) = client.get("/api/jobs").json()["jobs"]
        assert (found["state"], found["error"]["type"]) == ("failed", "Interrupted")
        assert "the gateway died 2 times while it was done" in found["error"]["message"]
        told = client.get("/api/jobs/sweep-1/result")
        assert (told.status_code, told.json()["code"]) == (422, "INTERRUPTED")


def test_a_link_to_a_report_is_given_with_a_token_and_opened_without(tmp_path):
    folder = tmp_path / "jobs" / "backtest-1"
    folder.mkdir(parents=True)
    (folder / "job.json").write_text(
        json.dumps({"id": "backtest-1", "kind": "backtest", "request": {}, "state": "done"})
    )
    (folder / "report.html").write_text("<!doctype html>told")
    app = make_app(GatewaySettings(home=tmp_path, auth="always"))
    with TestClient(app, base_url="http://localhost", client=HERE) as client:
        at = "/api/jobs/backtest-1/report"
        assert [client.get(each).status_code for each in (at, f"{at}-link", "/reports/guessed")] == [401, 401, 404]
        token = app.state.gateway.security.tokens.make("eye", "read")
        link = client.get(f"{at}-link", headers={"Authorization": f"Bearer {token}"}).json()
        assert client.get(link["url"]).text == "<!doctype html>told"
        assert client.get(link["url"]).json()["code"] == "LINK_USED"
