"""``lockstep verify`` as a user meets it: exit codes, the table, and JSON that nothing is mixed into."""

import json
from pathlib import Path

import pytest
from tests.command_line import lockstep

FILE = '''
"""A user's file."""

import numpy as np

from lockstep.strategies import Strategy


def mean(df):
    print("noise")
    return df["close"].rolling(5).mean()


def peek(df):
    return df["close"].shift(-1)


def chance(df):
    return df["close"] + np.random.default_rng().normal(size=len(df))


def columns(bars):
    return {"tomorrow": bars.frame()["close"].shift(-1)}


class Reads(Strategy):
    columns = ("tomorrow",)

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        return state, 1.0 * (bar.extra[0] > bar.close)
'''
FEW = ("--symbols", "AAPL", "--cuts", "12")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    assert lockstep(path, "data", "sample").returncode == 0
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("mine") / "mine.py"
    path.write_text(FILE)
    return str(path)


def test_a_shipped_strategy_passes_and_its_certificate_is_kept(store: Path, tmp_path: Path) -> None:
    kept = tmp_path / "certificate.json"
    done = lockstep(store, "verify", "momentum", *FEW, "--param", "lookback=30", "--save", str(kept))
    assert done.returncode == 0, done.stderr
    assert "LOADED []" in done.stderr
    assert "PASS  Momentum(lookback=30, skip=21" in done.stdout
    assert "12 cut points" in done.stdout
    assert "declared are 30" in done.stdout
    assert json.loads(kept.read_text())["verdict"] == "pass"


def test_a_leak_ends_with_1_and_names_bar_input_and_line(store: Path, file: str) -> None:
    done = lockstep(store, "verify", f"{file}:peek", *FEW)
    assert done.returncode == 1, done.stderr
    for words in (
        "LOOK-AHEAD",
        "output close",
        "AAPL, closing 20",
        "close, up to 1 bar later",
        "mine.py:15: ret",
    ):
        assert words in done.stdout


def test_json_is_all_there_is(store: Path, file: str) -> None:
    for name, code in (("mean", 0), ("peek", 1), ("chance", 2)):
        done = lockstep(store, "verify", f"{file}:{name}", *FEW, "--json")
        assert done.returncode == code, done.stderr
        document = json.loads(done.stdout)
        assert document["verdict"] == {0: "pass", 1: "leak", 2: "unstable"}[code]


def test_a_strategy_with_its_columns(store: Path, file: str) -> None:
    done = lockstep(store, "verify", f"{file}:Reads", "--columns", f"{file}:columns", *FEW, "--json")
    assert done.returncode == 1, done.stderr
    assert [finding["output"] for finding in json.loads(done.stdout)["findings"]] == ["columns['tomorrow']", "target"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nope",), "there is no strategy 'nope'"),
        (("FILE:nothing",), "has no strategy or function 'nothing'; its functions: mean, peek, chance, columns"),
        (("FILE:mean", "--param", "a=1"), "is a function and takes no parameters"),
        (("momentum", "--param", "lookback=0"), "must be"),
        (("momentum", "--columns", "momentum"), "expected path/to/file.py:function"),
        (("momentum", "--dataset", "nope"), "0 datasets fit, stored are sample-daily"),
        (("FILE:mean", "--as", "excel"), "found 'excel'"),
    ],
)
def test_bad_usage_ends_with_2(store: Path, file: str, arguments: tuple[str, ...], words: str) -> None:
    done = lockstep(store, "verify", *(text.replace("FILE", file) for text in arguments))
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_without_a_store_the_sample_is_taken_and_a_pair_gets_two_symbols(tmp_path: Path) -> None:
    done = lockstep(tmp_path / "none", "verify", "pairs", "--cuts", "5", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["dataset"], document["symbols"]) == ("sample-daily", ["AAPL", "FB"])
    assert not (tmp_path / "none").exists()
