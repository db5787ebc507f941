"""`lockstep paper` and `lockstep parity`: what people type, see and script, and what a killed process leaves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
from tests.command_line import Run
from tests.data.ticks.helpers import Made

from lockstep.data import Store
from lockstep.data.recordings.files import TAPE_FILE
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.verify import verify
from lockstep.data.ticks.flow import synthetic_flow

EVENTS = 20_002
"""Of the generated history: whole groups."""
START = ("-c", "from lockstep.cli import main; main()")
RECORD = 64


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one generated history."""
    folder = tmp_path_factory.mktemp("paper") / "store"
    ticks = synthetic_flow(20_000, "L2", seed=5)
    block = next(ticks.blocks(ticks.rows))
    Store(folder).import_ticks(Made(block, "L2", symbols=(ticks.symbol,), instrument=ticks.instrument), "made")
    return folder


def past(store: Path, hours: int) -> None:
    """Store a small generated history as if it had happened before the other."""
    ticks, shift = synthetic_flow(2_000, "L2", seed=6), hours * 3600 * 10**9
    block = next(ticks.blocks(ticks.rows))
    earlier = block._replace(time_ns=block.time_ns - shift, received_ns=block.received_ns - shift)
    made = Made(earlier, "L2", symbols=(ticks.symbol,), instrument=ticks.instrument)
    Store(store).import_ticks(made, "past")


@pytest.fixture
def run(stored: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(stored, monkeypatch, capsys)


def asked(folder: Path, speed: str = "max", **other: str) -> tuple[str, ...]:
    given = {"strategy": "simple_market_maker", "symbols": "SYNTHETIC", "source": f"replay:made@{speed}"} | other
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    return (
        "paper", *options, "--session", str(folder), "--param", "interval_ms=20", "--set", "latency.submit=2000000",
        "--set", "latency.report=1000000",
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that nothing cut off."""
    folder = tmp_path_factory.mktemp("whole") / "session"
    started(stored, asked(folder)).communicate()
    return folder


def started(store: Path, words: tuple[str, ...]) -> "subprocess.Popen[str]":
    environment = os.environ | {"LOCKSTEP_STORE": str(store)}
    return subprocess.Popen(
        [sys.executable, *START, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def rows(folder: Path) -> list[tuple[str, int, bytes]]:
    with Recording(folder) as recording:
        return [(row.kind, row.tape, row.body) for row in recording.rows(kinds=("intent", "fill", "order"))]


def until_taken(folder: Path, records: int, process: "subprocess.Popen[str]") -> None:
    """Wait until a session's tape holds so many records."""
    pause = Event()
    path = folder / TAPE_FILE
    while process.poll() is None and (not path.exists() or path.stat().st_size < records * RECORD):
        pause.wait(0.005)


def test_a_session_says_what_it_did_and_that_the_batch_agrees(run: Run, tmp_path: Path) -> None:
    code, out, err = run(*asked(tmp_path / "one"))
    assert (code, err) == (0, "")
    assert "SimpleMarketMaker" in out
    assert f"parity: equal. The batch over the same {EVENTS:,} records" in out.replace("\n", " ")
    assert run("journal", "verify", tmp_path / "one")[0] == 0
    code, out, _ = run("parity", tmp_path / "one", "--json")
    told = json.loads(out)
    assert (code, told["equal"], told["records"], told["differences"]) == (0, True, EVENTS, [])


def test_json_holds_lanes_and_parity(run: Run, tmp_path: Path) -> None:
    _, out, err = run(*asked(tmp_path / "one"), "--json")
    told = json.loads(out)
    (lane,) = told["lanes"]
    assert (err, told["taken"], lane["halted"]) == ("", EVENTS, "")
    assert lane["fills"] > 10
    assert lane["equity"] == pytest.approx(100_000 + lane["profit"])


def test_limits_of_a_file_hold(run: Run, tmp_path: Path) -> None:
    limits = tmp_path / "limits.json"
    limits.write_text('{"maxOrderSize": 0}')
    code, out, _ = run(*asked(tmp_path / "s"), "--limits", str(limits), "--json")
    assert code == 0
    assert [lane["fills"] for lane in json.loads(out)["lanes"]] == [0]
    assert rows(tmp_path / "s") == []
    limits.write_text('{"maxOrderSiz": 0}')
    code, out, err = run(*asked(tmp_path / "t"), "--limits", str(limits))
    assert (code, out) == (2, "")
    assert "did you mean maxOrderSize" in err
    assert not (tmp_path / "t").exists()


def test_strategies_live_through_a_history_first(run: Run, stored: Path, tmp_path: Path) -> None:
    past(stored, hours=1)
    code, out, err = run(*asked(tmp_path / "s"), "--warm", "past", "--position", "flat", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["parity"]["equal"]
    assert told["taken"] > EVENTS + 2_000  # the history, the change of mode, and the feed
    with Recording(tmp_path / "s") as recording:
        (change,) = recording.rows(kinds=["mode_change"])
        warm = recording.description()["warm"]
    assert (warm["dataset"], warm["rows"], change.tape) == ("past", change.tape, told["taken"] - EVENTS - 1)
    code, _, err = run(*asked(tmp_path / "t"), "--warm", "made", "--position", "flat")
    assert code == 2
    assert "the history before it ends at" in err
    code, _, err = run(*asked(tmp_path / "u"), "--warm", "past@2022")
    assert code == 2
    assert "a history is written DATASET or DATASET@2024-01-02..2024-01-05" in err


def test_what_cannot_be_run_is_refused_with_the_cure(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    for words, said in (
        (asked(folder, source="made"), "'made' names no source: write replay:DATASET"),
        (asked(folder, speed="fast"), "a speed is written as 10x, 0.5x or max, found 'fast'"),
        (asked(folder, strategy="ema_cross"), "ema_cross has no parameter 'interval_ms'"),
        ((*asked(folder), "--set", "latency.sumbit=1"), "--set latency.sumbit: settings are"),
        ((*asked(folder), "--set", "latency.feed=9000000"), "set latency.feed to 0, or to latency.report at most"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert said in err
    assert not folder.exists()


@pytest.mark.parametrize("records", [1_000, 12_000])
def test_a_killed_process_goes_on_as_if_it_had_not_been(
    records: int, stored: Path, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cut"
    process = started(stored, asked(folder, "60x"))
    until_taken(folder, records, process)
    process.kill()
    process.communicate()
    left = rows(folder)
    again = started(stored, asked(folder))
    out, _ = again.communicate()
    assert again.returncode == 0
    assert "parity: equal" in out
    assert rows(folder) == rows(whole)
    assert rows(whole)[: len(left)] == left
    with Recording(folder) as recording:
        assert verify(recording) == []
        assert len(recording.tape) == EVENTS


def test_an_interrupted_session_ends_in_order(stored: Path, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    process = started(stored, asked(folder, "20x"))
    until_taken(folder, 2_000, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "parity: equal" in out
    with Recording(folder) as recording:
        assert [row.kind for row in recording.rows()][-1] == "session_ended"


def test_a_difference_ends_with_exit_code_1(run: Run, whole: Path, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(whole, tmp_path / "copy")
    described = copy / "session.json"
    described.write_text(described.read_text().replace('"maker_fee": 0.0', '"maker_fee": 0.001'))
    code, out, _ = run("parity", copy)
    assert code == 1
    assert "SimpleMarketMaker differs, cause fee: row" in out
