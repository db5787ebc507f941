"""`lockstep session`: what people type at a session that runs in another process."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.command_line import Run
from tests.live.session.gated import gated_host, talked

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


def test_a_running_session_is_shown_changed_killed_and_stopped(run, tmp_path):
    ticks, folder = synthetic_flow(8000, "L2", seed=3), tmp_path / "s"
    limits = tmp_path / "limits.json"
    limits.write_text('{"maxPositionSize": 9, "preventSelfTrade": false}')

    def said(*words, code=0):
        def saying():
            found, out, err = run("session", folder, *words)
            assert (found, bool(err)) == (code, code > 0), err
            return out

        return saying

    host = gated_host(folder, ticks, limits={"maxOrderSize": 5})
    *lines, shown, status, bad, stopped = talked(
        host,
        said("limit", "maxOrderSize=3", "maxOpenOrders=10"),
        said("limits", str(limits)),
        said("state", "reducing", "--why", "thin"),
        said("restrict", ticks.symbol),
        said("cancel"),
        said("kill", "--why", "enough"),
        said("release"),
        said("status"),
        said("status", "--json"),
        said("limit", "maxOrderSize=-3", code=2),
        said("stop"),
    )
    assert [line.split(" holds: row ")[0] for line in lines] == [
        "limit_change", "limit_change", "trading_state", "restriction", "cancel_all", "kill", "release",
    ]  # fmt: skip
    view = json.loads(status)["view"]
    assert {use["key"]: use["limit"] for use in view["risk"][0]["limits"]} == {"maxPositionSize": 9.0}
    assert view["risk"][0]["state"] == "reducing"
    assert "maker" in shown
    assert bad == ""
    assert stopped == f"{folder} ends\n"
    with Recording(folder) as recording:
        kill, state, restriction = (
            next(recording.rows(kinds=[kind])).content() for kind in ("kill", "trading_state", "restriction")
        )
    assert (kill["why"], state["why"], "why" in restriction) == ("enough", "thin", False)


def test_a_kill_of_a_session_that_does_not_run_holds_when_it_does(run, tmp_path):
    ticks, folder = synthetic_flow(1000, "L2", seed=3), tmp_path / "s"
    asyncio.run(gated_host(folder, ticks, until=1 << 40).run())
    assert "no process runs" in run("session", folder, "kill")[1]
    assert "is not running" in run("session", folder, "release")[2]
    again = gated_host(folder, ticks, until=1 << 40)
    assert again.core.controls.killed
    asyncio.run(again.run())
    assert "there is no session" in run("session", tmp_path / "none", "kill")[2]
