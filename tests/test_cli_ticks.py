"""`lockstep data import --ticks`: what it prints, where, and with which exit code."""

import json
from pathlib import Path

import pytest
from tests.command_line import Run

from lockstep.data import Store

LOBSTER = "34200.1,1,11,100,1000000,1\n34200.2,4,11,20,1000000,1\n34200.3,3,99,5,1000100,-1\n"
CLEAN = "nothing wrong was found: no gap, no crossed book, nothing left out"
TAKEN = (
    "X is taken for a share in USD: say what it is by --kind (future, perpetual, forex, crypto, equity), --currency and"
    " --multiplier"
)
NAME = "ACME_2012-06-21_34200000_57600000_message_10.csv"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(LOBSTER)
    return path


def test_import_list_and_check(run: Run, messages: Path) -> None:
    code, out, err = run("data", "import", "--ticks", "lobster", messages)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "ACME: 3 events imported",
        "1 event: order never seen",
        f"  {NAME}, line 3: DELETE of 5 lots of order 99: unknown order",
        "dataset local-L3 (L3)",
    ]
    assert run("data", "import", "--ticks", "lobster", messages)[1].startswith("ACME: nothing new")
    listed = run("data", "list")[1].splitlines()
    assert listed[1].split()[:7] == ["local-L3", "L3", "ticks", "2012-06-21", "2012-06-21", "3", "ACME"]
    (dataset,) = json.loads(run("data", "list", "--json")[1])
    assert (dataset["kind"], dataset["interval"], dataset["rows"]) == ("ticks", "L3", {"ACME": 3})
    assert run("data", "check") == (0, "1 datasets, 1 files, 3 rows checked\n", "")


def test_trouble_ends_with_code_2_unless_it_is_tolerated(run: Run, messages: Path) -> None:
    messages.write_text(LOBSTER + "34200.4,1,12\n")
    code, out, err = run("data", "import", "--ticks", "lobster", messages)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {NAME}, line 4: expected time,type,id,size,price,direction")
    code, out, _ = run("data", "import", "--ticks", "lobster", messages, "--tolerant", "--json")
    body = json.loads(out)
    assert (code, body["rows"], body["level"]) == (0, {"ACME": 3}, "L3")
    assert body["findings"]["truncated"]["events"] == 1
    assert body["findings"]["truncated"]["places"][0].startswith(f"{NAME}, line 4: ")


def test_tables_with_trades_beside_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "depth.csv").write_text(
        "When,side,price,size\n2024-01-02 09:00,bid,1.25,3\n2024-01-02 09:02,ask,1.5,4\n"
    )
    (tmp_path / "trades.csv").write_text("time,price,qty,side\n2024-01-02 09:01,1.25,1,sell\n")
    code, out, _ = run(
        "data", "import", "--ticks", "depth", tmp_path / "depth.csv", "--trades", tmp_path / "trades.csv",
        "--symbol", "X", "--tick", "0.25", "--lot", "0.5", "--column", "time=When", "--dataset", "mine",
    )  # fmt: skip
    assert (code, out) == (0, f"X: 3 events imported\n{CLEAN}\n{TAKEN}\ndataset mine (L2)\n")
    frame = Store().ticks("X").frame()[2:]
    assert frame["kind"].to_list() == ["SET", "TRADE", "SET"]
    assert frame["lots"].to_list() == [6, 2, 8]
    assert frame["tick"].to_list() == [5, 5, 6]


def test_a_recorded_stream_tells_of_its_clocks(run: Run, tmp_path: Path) -> None:
    start = 1_723_161_600_000
    said = [
        {"e": "trade", "T": start + at, "s": "XUSDT", "t": at, "p": "100.5", "q": "0.001", "m": True} for at in (1, 2)
    ]  # fmt: skip
    # By the recorder's clock received 1267 and 1264 ms before they were sent; the lesser latency becomes 1 ms.
    lines = [f"{start - 1270 + 4 * at}000000 {json.dumps(one)}\n" for at, one in zip((1, 2), said, strict=True)]
    (tmp_path / "x.txt").write_text("".join(lines))
    arguments = ("data", "import", "--ticks", "binance", tmp_path / "x.txt", "--symbol", "XUSDT", "--tick", "0.5")
    code, out, _ = run(*arguments, "--lot", "0.001", "--json")
    assert code == 0
    told = json.loads(out)
    assert told["rows"] == {"XUSDT": 2}
    assert told["clocks"][0].startswith("clocks: the recorder's is 1268.000 ms behind the exchange's")
    assert told["clocks"][1].startswith("feed latency, ms: 0 %: 1.000, ")
    assert told["clocks"][1].endswith(", 100 %: 4.000")


def test_what_an_instrument_is_can_be_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("time,bid,ask\n2024-01-02 09:00,150.001,150.003\n")
    quotes = ("data", "import", "--ticks", "quotes", tmp_path / "q.csv", "--symbol", "X", "--tick", "0.001")
    assert TAKEN in run(*quotes)[1].splitlines()
    said = run(*quotes, "--kind", "forex", "--currency", "JPY", "--multiplier", "1000", "--dataset", "fx")[1]
    assert said.splitlines()[1:] == [CLEAN, "dataset fx (L1)"]
    facts = Store().instrument("X", "fx")
    assert (facts.kind, facts.currency, facts.multiplier, facts.tick) == ("forex", "JPY", 1000.0, 0.001)
    told = run(*quotes, "--kind", "future", "--dataset", "future")[1]
    assert "a contract of X is taken for one unit: say what it is worth by --multiplier" in told


def test_a_table_of_orders_that_begins_in_the_middle_needs_a_word(run: Run, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(
        "time,action,id,side,price,size\n2024-01-02 09:00,add,1,bid,9.9,5\n2024-01-02 09:01,delete,98,ask,10.1,2\n"
    )
    orders = ("data", "import", "--ticks", "orders", tmp_path / "o.csv", "--symbol", "X", "--kind", "equity")
    code, _, err = run(*orders)
    assert code == 2
    assert "o.csv, line 3: DELETE of 2 lots of order 98: unknown order; nothing was imported" in " ".join(err.split())
    code, out, _ = run(*orders, "--excerpt")
    assert (code, "1 event: order never seen" in out) == (0, True)


def test_a_name_that_says_otherwise_needs_a_word(run: Run, messages: Path) -> None:
    code, _, err = run("data", "import", "--ticks", "lobster", messages, "--symbol", "MSFT")
    assert (code, "is of ACME by its name, found --symbol MSFT: leave it out" in err) == (2, True)
    assert run("data", "import", "--ticks", "lobster", messages, "--symbol", "MSFT", "--renamed")[0] == 0


def test_what_imports_found_is_kept_and_shown(run: Run, messages: Path) -> None:
    run("data", "import", "--ticks", "lobster", messages)
    assert "local-L3: imports found trouble, see `lockstep data show local-L3`" in run("data", "list")[1]
    out = run("data", "show", "local-L3")[1].splitlines()
    assert out[-3:] == [
        f"import of {NAME}: 3 events of ACME", "  1 event: order never seen",
        f"    {NAME}, line 3: DELETE of 5 lots of order 99: unknown order",
    ]  # fmt: skip
    (told,) = json.loads(run("data", "show", "local-L3", "--json")[1])["imports"]
    assert (told["rows"], told["clocks"]) == ({"ACME": 3}, [])
    assert told["findings"]["unknown_order"]["events"] == 1
    assert run("data", "show", "other")[0] == 2


def test_data_is_removed_when_that_is_confirmed(run: Run, messages: Path) -> None:
    run("data", "import", "--ticks", "lobster", messages)
    code, _, err = run("data", "remove", "local-L3", "--symbols", "ACME")
    assert (code, "this would remove all of local-L3 (3 ticks) for good: add --yes to do it" in err) == (2, True)
    assert Store().ticks("ACME").rows
    out = run("data", "remove", "local-L3", "--yes")[1]
    assert out.splitlines() == ["ACME: 3 rows removed", "dataset local-L3 is gone"]
    assert Store().datasets() == []
    assert "unknown dataset 'local-L3'" in run("data", "remove", "local-L3", "--yes")[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ticks", "bars", "x"), "ticks of 'bars' can't be read: expected one of lobster, lobster-book, quotes"),
        (("--ticks", "binance", "x"), "give --symbol, --tick and --lot"),
        (("--ticks", "lobster", "x"), "x can't be read: there is no such file"),
        (("--ticks", "lobster", "x", "--symbol", "A", "--day", "21.6.2012"), "--day is '21.6.2012': write it as"),
        (("--ticks", "quotes", "x", "--interval", "1d"), "--interval, --label and --actions are about bars"),
        (("--ticks", "quotes", "x", "--kind", "forex"), "--kind is about one symbol: name it by --symbol"),
        (("--ticks", "dbn", "x", "--symbol", "ESM4", "--kind", "future"), "--kind needs --tick beside it"),
        (("--ticks", "quotes", "x", "--symbol", "X", "--renamed"), "--renamed is about files that tell symbol or day"),
        (("--ticks", "depth", "x", "--symbol", "X", "--excerpt"), "--excerpt is about tables of orders"),
        (("x.csv", "--excerpt"), "--excerpt: about ticks alone, whose feed is named by --ticks"),
        (("x.csv", "--tolerant"), "--tolerant: about ticks alone, whose feed is named by --ticks"),
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_told(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run("data", "import", *arguments)
    assert (code, out) == (2, "")
    assert words in err
