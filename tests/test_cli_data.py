"""The data commands: what they print, where, and with which exit code."""

import json
from pathlib import Path

import pytest
from tests.command_line import Run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path / "store", monkeypatch, capsys)


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "ACME.csv"
    path.write_text("Date,Open,High,Low,Close,Volume\n2020-01-02,1,2,0.5,1.5,100\n2020-01-03,1,2,0.5,1.5,100\n")
    return path


def test_import_list_and_check(run: Run, prices: Path) -> None:
    assert run("data", "list")[1].startswith(f"the store {run.store} is empty: `lockstep data sample`")
    code, out, err = run("data", "import", prices)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "ACME: 2 rows imported",
        "calendar XNYS assumed for ACME, which has bars on working days only: --calendar NAME says otherwise",
        "dataset local-1d (1d)",
    ]
    assert run("data", "import", prices)[1].startswith("ACME: nothing new, all rows were stored already")
    code, out, _ = run("data", "list")
    assert code == 0
    assert out.splitlines()[1].split() == ["local-1d", "1d", "2020-01-02", "2020-01-03", "2", "ACME", "ACME.csv"]
    assert run("data", "check") == (0, "1 datasets, 1 files, 2 rows checked\n", "")


def test_json_prints_one_document_and_nothing_else(run: Run, prices: Path) -> None:
    code, out, err = run("data", "import", prices, "--json", "--calendar", "24/7")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"dataset": "local-1d", "interval": "1d", "rows": {"ACME": 2}, "notes": []}
    (dataset,) = json.loads(run("data", "list", "--json")[1])
    assert (dataset["name"], dataset["rows"], dataset["synthetic"]) == ("local-1d", {"ACME": 2}, False)
    assert json.loads(run("data", "check", "--json")[1])["faults"] == []


def test_samples(run: Run) -> None:
    code, out, err = run("data", "sample")
    assert (code, out, err) == (0, "dataset sample-daily: 12,154 rows of AAPL, FB, GOOG, IBM, MSFT\n", "")
    body = json.loads(run("data", "sample", "--synthetic", "--json")[1])
    assert body == {
        "dataset": "synthetic-minute", "synthetic": True, "rows": dict.fromkeys(("AAPL", "GOOGL", "MSFT"), 97_140)
    }  # fmt: skip
    assert "synthetic" in run("data", "list")[1]


def test_bad_rows_end_with_code_2_on_stderr(run: Run, prices: Path) -> None:
    prices.write_text(prices.read_text().replace("2020-01-03,1,2", "2020-01-03,1,0.1"))
    code, out, err = run("data", "import", prices)
    assert (code, out) == (2, "")
    assert err.startswith("error: ACME.csv: 1 of 2 rows is bad; nothing was imported.")
    assert "  1. ACME.csv, line 3: high 0.1 is below low 0.5" in err
    code, out, err = run("data", "import", prices, "--json")
    assert (code, out) == (2, "")
    assert json.loads(err)["error"]["type"] == "BadRowsError"


def test_options_reach_the_importer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("When;Open;High;Low;Close\n31.01.2020 15:31;1;2;.5;1\n31.01.2020 15:32;1;2;.5;1\n")
    (tmp_path / "actions.csv").write_text("symbol,ex_date,kind,value\nX,2020-01-31,dividend,0.1\n")
    code, out, _ = run(
        "data", "import", tmp_path / "x.csv", "--symbol", "X", "--dataset", "mine", "--time-format", "%d.%m.%Y %H:%M",
        "--time-zone", "Europe/Berlin", "--label", "close", "--calendar", "XNYS", "--column", "open_time=When",
        "--actions", tmp_path / "actions.csv", "--json",
    )  # fmt: skip
    assert (code, json.loads(out)["dataset"], json.loads(out)["interval"]) == (0, "mine", "1m")
    from lockstep.data import Store

    assert str(Store().bars("X").frame()["close_time"][0]) == "2020-01-31 14:31:00+00:00"
    assert [action.value for action in Store().actions("mine", "X")] == [0.1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--label", "middle"], "--label is 'middle': expected 'open' or 'close'"),
        (["--column", "open_time"], "write OURS=YOURS"),
        (["--column", "when=Date"], "'when' is none of our columns"),
        (["--calendar", "XNY"], "calendar 'XNY' is unknown"),
        (["--interval", "soon"], "interval 'soon' is unknown"),
        (["--dataset", "a/b"], "dataset name 'a/b'"),
    ],
)
def test_wrong_options_are_refused(run: Run, prices: Path, arguments: list[str], words: str) -> None:
    code, out, err = run("data", "import", prices, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert words in err


def test_faults_end_with_code_2(run: Run, prices: Path) -> None:
    run("data", "import", prices)
    (path,) = run.store.rglob("*.arrow")
    path.write_bytes(path.read_bytes()[:-1])
    (run.store / "local-1d" / "ACME" / "x.r7.arrow").write_bytes(b"")
    code, out, err = run("data", "check")
    assert code == 2
    assert "removed local-1d/ACME/x.r7.arrow, left behind by a broken import" in out
    assert err.startswith("error: the store has faults:\n")
    code, out, _ = run("data", "check", "--json")
    assert (code, len(json.loads(out)["faults"])) == (2, 1)


def test_an_instrument_is_shown_and_set(run: Run, prices: Path) -> None:
    run("data", "import", prices, "--calendar", "XNYS")
    terms = ["--set", "multiplier=50", "--set", "borrow_rate=0.02", "--set", "short_available=none"]
    code, out, err = run("data", "instrument", "ACME", *terms)
    assert (code, err) == (0, "")
    assert "multiplier: 50.0\n" in out
    assert json.loads(run("data", "instrument", "ACME", "--json")[1])["borrow_rate"] == 0.02
    assert "multiplier 50, borrow rate 0.02" in " ".join(run("data", "list")[1].split())
    (dataset,) = json.loads(run("data", "list", "--json")[1])
    assert dataset["instruments"]["ACME"]["multiplier"] == 50.0
    for setting, words in (
        ("multiplier=0", "multiplier is 0.0, but must be a finite number above zero"),
        ("multiplier", "write TERM=VALUE"),
        ("calendar=24/7", "calendar can't be set"),
        ("symbol=B", "they can't be set"),
    ):
        code, out, err = run("data", "instrument", "ACME", "--set", setting)
        assert (code, out) == (2, "")
        assert words in err


def test_nothing_is_cut_off_in_a_narrow_terminal(
    run: Run, prices: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = prices.rename(tmp_path / "prices[1] of a vendor with a name of some length.csv")
    run("data", "import", named, "--symbol", "A-RATHER-LONG-SYMBOL", "--dataset", "a-dataset-with-quite-a-long-name")
    monkeypatch.setenv("COLUMNS", "80")
    out = run("data", "list")[1]
    assert f"source of a-dataset-with-quite-a-long-name: {named.name}" in " ".join(out.split())
    table = out.partition("source of")[0].splitlines()
    cells = [[line[start:stop] for start, stop in _columns(table[0])] for line in table[1:]]
    assert ["".join(column).replace(" ", "") for column in zip(*cells, strict=True)] == [
        "a-dataset-with-quite-a-long-name", "1d", "2020-01-02", "2020-01-03", "2", "A-RATHER-LONG-SYMBOL",
    ]  # fmt: skip


def _columns(head: str) -> list[tuple[int, int]]:
    """Return where each column of a table begins and ends."""
    starts = [at for at, letter in enumerate(head) if letter != " " and (at == 0 or head[at - 1] == " ")]
    return list(zip(starts, [*starts[1:], len(head)], strict=True))
