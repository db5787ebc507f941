"""`lockstep live`: what it refuses, all at once, and a session that goes live at an exchange in another process."""

import json
from pathlib import Path

import pytest
from tests.command_line import Run
from tests.data.ticks.helpers import Made
from tests.test_cli_exchange import exchange

from lockstep.data import Store
from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import SYNTHETIC, synthetic_flow

STRATEGY = ("--strategy", "simple_market_maker", "--symbols", "SYNTHETIC", "--param", "interval_ms=20")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    ticks = synthetic_flow(8_000, "L2", seed=5)
    block = next(ticks.blocks(ticks.rows))
    folder = tmp_path / "store"
    Store(folder).import_ticks(Made(block, "L2", symbols=(ticks.symbol,), instrument=ticks.instrument), "made")
    return Run(folder, monkeypatch, capsys)


def live(folder: Path, *more: str) -> tuple[str, ...]:
    return ("live", *STRATEGY, "--source", "replay:made@4x", "--session", str(folder), *more)


def test_all_that_is_missing_is_said_at_once(run: Run, tmp_path: Path) -> None:
    code, _, err = run(*live(tmp_path / "s"))
    assert code == 2
    for said in ("no venue is configured", "there are no limits", "it is not armed", "there is no certificate"):
        assert said in err
    code, _, err = run(*live(tmp_path / "s", "--venue", "exchange:203.0.113.1:7001", "--account", "me"))
    assert code == 2
    assert "is not on this machine" in err
    nowhere = str(tmp_path / "nowhere")
    code, _, err = run(*live(tmp_path / "s", "--certificate", nowhere, "--limits", nowhere))
    assert code == 2
    for said in ("no venue is configured", "can't read the limits", "it is not armed", "no certificate: a journal"):
        assert said in err
    assert not (tmp_path / "s").exists()


def test_it_goes_live_with_a_paper_session_as_certificate(run: Run, tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    assert run("paper", *STRATEGY, "--source", "replay:made@max", "--session", str(paper), "--json")[0] == 0
    limits, log = tmp_path / "limits.json", tmp_path / "witness.jsonl"
    limits.write_text('{"maxPositionSize": 100}')
    given = ("--account", "me", "--limits", str(limits), "--arm", "--certificate", str(paper))
    code, _, err = run(*live(tmp_path / "t", "--venue", "exchange:127.0.0.1:1", *given, "--param", "lots=2"))
    assert code == 2
    assert "did not run simple_market_maker with these parameters" in err
    with exchange("--instruments", f"SYNTHETIC:{SYNTHETIC.tick}:{SYNTHETIC.lot}", "--log", log) as (_, port):
        code, out, err = run(*live(tmp_path / "s", "--venue", f"exchange:127.0.0.1:{port}", *given))
        assert (code, err) == (0, "")
    assert "parity: equal" in out.replace("\n", " ")
    with Recording(tmp_path / "s") as recording:
        kinds = [row.kind for row in recording.rows()]
        (change,) = recording.rows(kinds=["mode_change"])
        sent = [row for row in recording.rows(kinds=["intent"]) if row.seq > change.seq]
    assert kinds.index("arm") < kinds.index("mode_change")
    assert sent
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert any(line["event"] == "received" and line["message"]["message"] == "new" for line in told)
