"""Jobs that wait or are being done when the gateway dies: begun again, once each, under the keys they had."""

import asyncio
import signal
from contextlib import ExitStack

import pytest
from tests.live.gateway.desk import Desk

from lockstep.live.gateway.jobs.board import Board
from lockstep.live.gateway.jobs.job import ENDED, Job, State
from lockstep.live.gateway.jobs.places import Places
from lockstep.live.gateway.jobs.shelf import Shelf
from lockstep.live.gateway.problems import Problem

BARS = "Date,Open,High,Low,Close,Volume\n2024-01-02,10,11,9,10.5,100\n2024-01-03,10,11,9,10,100\n"


@pytest.fixture
def anyio_backend():
    return "asyncio"


def ask(on, name):
    body = {"files": [f"{name}.csv"], "dataset": name.lower(), "timeZone": "UTC"}
    answer = on.ask("POST", "/api/data/import", body, **{"Idempotency-Key": name, "Prefer": "respond-async"})
    return answer.json()["jobId"] if "jobId" in answer.json() else answer.json()["id"]


def ended(on, job_id):
    while True:
        for state in ENDED:
            for job in on.ask("GET", f"/api/jobs?state={state}").json()["jobs"]:
                if job["id"] == job_id:
                    return job


def test_a_gateway_that_is_killed_goes_on_with_its_jobs_and_knows_their_keys(tmp_path):
    files, names = tmp_path / "files", ("AAA", "BBB", "CCC")
    files.mkdir()
    for name in names:
        (files / f"{name}.csv").write_text(BARS)
    on = Desk(tmp_path / "home", "--empty", LOCKSTEP_IMPORTS=str(files))
    with ExitStack() as ending:
        ending.callback(lambda: on.end())
        ids = [ask(on, name) for name in names]
        before = {job["id"]: job["state"] for job in on.ask("GET", "/api/jobs").json()["jobs"]}
        on.kill()
        assert [before[one] for one in ids] == ["running", "running", "queued"]
        on.begin()
        assert [ask(on, name) for name in names] == ids
        done = [ended(on, one) for one in ids]
        assert [(each["state"], each["attempts"]) for each in done] == [("done", 2), ("done", 2), ("done", 1)]
        assert [on.ask("GET", f"/api/jobs/{one}/result").json()["rows"] for one in ids] == [
            {name: 2} for name in names
        ]  # fmt: skip
        assert len(on.ask("GET", "/api/jobs").json()["jobs"]) == 3


@pytest.mark.parametrize("content", [b"{", b'{"id": "\xff"}', b'{"id": "../../out", "kind": "import", "request": {}}'])
def test_what_is_no_job_of_its_folder_is_left_where_it_is(tmp_path, content):
    (tmp_path / "jobs" / "one").mkdir(parents=True)
    (tmp_path / "jobs" / "one" / "job.json").write_bytes(content)
    assert Shelf(tmp_path / "jobs").jobs == {}
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [content]


def test_one_that_was_cut_off_twice_is_begun_no_more(tmp_path):
    shelf = Shelf(tmp_path)
    states: list[tuple[State, int]] = [("queued", 0), ("running", 1), ("running", 2), ("done", 1)]
    for number, (state, attempts) in enumerate(states):
        shelf.put(Job(id=f"job-{number}", kind="none", request={}, state=state, attempts=attempts, progress=0.5))
    found = list(Shelf(tmp_path).jobs.values())
    assert [(job.state, job.attempts) for job in found] == [("queued", 0), ("queued", 1), ("failed", 2), ("done", 1)]
    assert (found[1].progress, found[1].error, found[1].ended_ns) == (0.0, None, 0)
    assert found[2].error is not None
    assert found[2].error.type == "Interrupted"
    assert found[2].ended_ns > 0
    again = list(Shelf(tmp_path).jobs.values())
    assert [job.told() for job in again] == [job.told() for job in found]


@pytest.mark.anyio
async def test_an_orderly_end_puts_back_what_is_being_done_and_that_is_no_attempt(tmp_path, monkeypatch):
    begun = asyncio.Event()

    async def for_ever(_):
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Board, "_worker", for_ever)
    board = Board(Shelf(tmp_path), {}, Places(tmp_path))
    jobs = [board.submit("none", {}) for _ in range(3)]
    async with asyncio.timeout(60):
        await begun.wait()
        assert jobs[0].state == "running"
        await board.stop()
    found = Shelf(tmp_path).jobs
    assert [(found[job.id].state, found[job.id].attempts) for job in jobs] == [("queued", 0)] * 3
    later = Board(Shelf(tmp_path), {}, Places(tmp_path))
    assert later.counts == {"queued": 3, "running": 0}
    assert not await later.wait(later.job(jobs[0].id), 0.0)
    later.go_on()
    assert later.counts == {"queued": 1, "running": 2}
    await later.cancel(later.job(jobs[2].id))
    assert later.job(jobs[2].id).state == "cancelled"
    await asyncio.sleep(0)
    await later.stop()


@pytest.mark.anyio
async def test_a_key_is_of_who_asked(tmp_path, monkeypatch):
    async def for_ever(_):
        await asyncio.Event().wait()

    monkeypatch.setattr(Board, "_worker", for_ever)
    board = Board(Shelf(tmp_path), {}, Places(tmp_path))
    mine = board.submit("none", {"a": 1}, "me", key="k")
    assert board.submit("none", {"a": 1}, "me", key="k") is mine
    assert board.submit("none", {"a": 2}, "you", key="k") is not mine
    for else_asked, name in (({"a": 2}, ""), ({"a": 1}, "named")):
        with pytest.raises(Problem) as other:
            board.submit("none", else_asked, "me", key="k", name=name)
        assert other.value.code == "IDEMPOTENCY_KEY_REUSED"
    await board.stop()


@pytest.mark.anyio
async def test_a_job_that_is_cancelled_while_its_worker_starts_leaves_no_process(tmp_path, monkeypatch):
    start, begun, processes = asyncio.create_subprocess_exec, asyncio.Event(), []

    async def slowly(*arguments, **settings):
        processes.append(await start(*arguments, **settings))
        begun.set()
        for _ in range(10):  # who asked for it is told only some turns later
            await asyncio.sleep(0)
        return processes[0]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", slowly)
    board = Board(Shelf(tmp_path), {}, Places(tmp_path))
    job = board.submit("catalogue", {})
    async with asyncio.timeout(60):
        await begun.wait()
        await board.cancel(job)
    assert job.state == "cancelled"
    assert processes[0].returncode == -signal.SIGKILL
    await board.stop()
