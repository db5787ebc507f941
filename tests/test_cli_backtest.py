"""``lockstep backtest`` and ``lockstep demo`` as a user meets them: a process, its output and its exit code."""

import json
import re
from pathlib import Path

import pytest
from tests.command_line import lockstep
from tests.users_requests import BACKTEST


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the real sample and the synthetic minute bars."""
    path = tmp_path_factory.mktemp("store")
    for extra in ([], ["--synthetic"]):
        assert lockstep(path, "data", "sample", *extra).returncode == 0
    return path


def test_the_user_s_request_runs_on_the_one_dataset_that_fits(store: Path, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(BACKTEST)
    done = lockstep(store, "backtest", str(request), "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)  # nothing else is printed
    assert document["source"] == "synthetic"
    assert document["interval"] == "1m"
    assert document["strategies"][0]["id"] == "mean_reversion_1"
    assert document["counts"]["trades"] > 0


OPTIONS = (
    "backtest", "--strategy", "mean_reversion", "--symbols", "AAPL,GOOG,MSFT", "--start", "2005-01-01",
    "--end", "2012-12-31", "--param", "lookback=20",
)  # fmt: skip


def test_options_run_real_bars_without_loading_anything_heavy(store: Path) -> None:
    done = lockstep(store, *OPTIONS, "--cash", "100000", "--json")
    assert done.returncode == 0, done.stderr
    assert "LOADED []" in done.stderr
    document = json.loads(done.stdout)
    assert (document["dataset"], document["interval"]) == ("sample-daily", "1d")
    assert document["metrics"]["bars"] == 2013


def test_the_table_names_its_source_and_the_report_is_written(store: Path, tmp_path: Path) -> None:
    report, saved = tmp_path / "r.html", tmp_path / "r.npz"
    done = lockstep(store, *OPTIONS, "--report", str(report), "--save", str(saved))
    assert done.returncode == 0, done.stderr
    assert "Mean Reversion Strategy on AAPL, GOOG, MSFT" in done.stdout
    assert "warm-up 19 bars" in done.stdout
    assert f"report: {report}" in done.stdout
    assert report.stat().st_size > 100_000
    assert saved.exists()


def test_synthetic_prices_are_called_so(store: Path) -> None:
    done = lockstep(store, "backtest", "--strategy", "buy_and_hold", "--symbols", "GOOGL")
    assert done.returncode == 0, done.stderr
    assert "source: synthetic" in done.stdout


def test_the_demo_installs_runs_and_reports(tmp_path: Path) -> None:
    report = tmp_path / "demo.html"
    done = lockstep(tmp_path / "fresh", "demo", "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert "AAPL, GOOG, MSFT" in done.stdout
    assert str(report) in done.stdout
    assert report.exists()


def test_bands_and_limits_are_shown_and_told(store: Path, tmp_path: Path) -> None:
    limits, report = tmp_path / "limits.json", tmp_path / "r.html"
    limits.write_text('{"maxOrderSize": 400, "maxGrossExposure": 60000}')
    asked = (*OPTIONS, "--limits", str(limits), "--bands", "--counterfactual", "--set", "exits.stopLoss=0.05")
    done = lockstep(store, *asked, "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert "penetrate" not in done.stdout.partition("Under ")[0]
    assert re.search(r"Under \d+ fill policies", done.stdout)
    assert re.search(r"Sharpe ratio +-?[\d.]+ +-?[\d.]+ +-?[\d.]+ ", done.stdout)
    assert re.search(r"without maxOrderSize +400 +\d+ ", done.stdout)
    assert 'id="chart-fan"' in report.read_text()
    told = json.loads(lockstep(store, *asked, "--json").stdout)
    interval = told["bands"]["intervals"]["sharpe"]
    assert interval["low"] <= interval["reference"] == told["metrics"]["sharpe"] <= interval["high"]
    runs = {row["run"]: row for row in told["counterfactual"]}
    assert runs["all limits"]["endValue"] == told["metrics"]["end_value"]
    assert set(runs) == {"all limits", "without maxOrderSize", "without maxGrossExposure", "no limits"}
    assert told["refusals"]["max_order_size"] == runs["without maxOrderSize"]["refused"]
    assert told["orderModel"]["exits"]["stopLoss"] == 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--strategy", "rsi", "--symbols", "IBM", "--counterfactual"), "give limits, or --limits FILE"),
        (("--strategy", "rsi", "--symbols", "IBM", "--limits", "missing.json"), "can't read the limits missing.json"),
        (("--strategy", "rsi", "--symbols", "IBM", "--set", "limits.maxOrder=5"), "did you mean maxOrderSize"),
        (("--strategy", "rsi", "--symbols", "IBM", "--set", "market.path=up"), "path must be one of pessimistic"),
        (("--strategy", "mean_revision", "--symbols", "AAPL"), "mean_reversion"),
        (("--strategy", "mean_reversion", "--symbols", "APPL"), "AAPL"),
        (("--strategy", "mean_reversion", "--symbols", "AAPL", "--param", "lokback=3"), "did you mean 'lookback'"),
        (("--strategy", "mean_reversion", "--symbols", "IBM", "--param", "lookback=1"), "between 2 and"),
        (("--strategy", "mean_reversion", "--symbols", "IBM", "--param", "lookback=nan"), "lookback"),
        (
            ("--strategy", "mean_reversion", "--symbols", "IBM", "--start", "1990-01-01", "--end", "1990-02-01"),
            "2000-03-01",
        ),
        (("--strategy", "mean_reversion", "--symbols", "AAPL", "--start", "someday"), "someday"),
        (("--strategy", "mean_reversion", "--symbols", "IBM", "--cash", "-5"), "cash must be a number above zero"),
        (("--strategy", "mean_reversion", "--symbols", "IBM", "--set", "fill=never"), "next_open, same_close"),
        (("--strategy", "nowhere.py:Missing", "--symbols", "IBM"), "nowhere.py"),
        (("missing.json",), "missing.json"),
        (("request.json", "--cash", "5"), "a request file or options, not both: found request.json and --cash"),
        (("--strategy", "mean_reversion", "--symbols", "IBM", "--cash", "nan"), "cash must be a finite number"),
        (
            ("--strategy", "mean_reversion", "--symbols", "IBM", "--start", "3000-01-01"),
            "no bars of IBM for 3000-01-01",
        ),
        (
            ("--strategy", "mean_reversion", "--symbols", "IBM", "--save", "/proc/x.npz"),
            "choose a file name in a folder",
        ),
        (("--strategy", "mean_reversion", "--symbols", "IBM", "--store", "/dev/null"), "Not a directory"),
        (("--symbols", "IBM"), "--strategy and --symbols"),
    ],
)
def test_bad_input_ends_with_code_2_and_a_cure(store: Path, arguments: tuple[str, ...], message: str) -> None:
    done = lockstep(store, "backtest", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert message in done.stderr.replace("\n", " ")
    assert done.stdout == ""


def test_an_ambiguous_request_lists_what_there_is(store: Path) -> None:
    done = lockstep(store, "backtest", "--strategy", "buy_and_hold", "--symbols", "AAPL")
    assert done.returncode == 2
    assert "sample-daily" in done.stderr
    assert "synthetic-minute" in done.stderr


def test_a_strategy_that_jax_can_t_trace_says_so(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "branching.py"
    file.write_text(
        "from lockstep.strategies import Strategy\n\n\nclass Branching(Strategy):\n"
        "    def init(params):\n        return (0.0,)\n\n"
        "    def step(state, bar, params):\n"
        "        if bar.close > bar.open:\n            return state, 1.0\n        return state, 0.0\n"
    )
    asked = ("backtest", "--strategy", str(file), "--symbols", "IBM", "--start", "2012-01-01")
    assert "numba" not in lockstep(store, *asked).stdout
    done = lockstep(store, *asked, "--set", "backend=jax")
    assert "branching_1 ran on numba: its step can't be traced by JAX: it branches on a value" in done.stdout
