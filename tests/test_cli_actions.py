"""``lockstep data actions``: what it stores, lists and refuses."""

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


def test_actions_are_imported_and_listed(run: Run, prices: Path, tmp_path: Path) -> None:
    run("data", "import", prices)
    assert run("data", "actions", "list")[1].startswith("no corporate actions are stored")
    path = tmp_path / "actions.csv"
    path.write_text("symbol,ex_date,kind,value\nACME,2020-01-03,split,2\nACME,2020-02-03,dividend,0.5\n")
    code, out, err = run("data", "actions", "import", path)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "ACME: 2 new",
        "ACME: the dividend on 2020-02-03 comes after its last bar (2020-01-03):"
        " it applies once the history reaches that day",
        "dataset local-1d",
    ]
    assert run("data", "actions", "import", path)[1].startswith("ACME: nothing new, all were stored already")
    listed = run("data", "actions", "list", "ACME")[1].splitlines()
    assert [line.split() for line in listed[1:]] == [
        ["local-1d", "ACME", "2020-01-03", "split", "2"],
        ["local-1d", "ACME", "2020-02-03", "dividend", "0.5"],
    ]
    path.write_text("symbol,ex_date,kind,value\nACME,2020-01-03,split,3\n")
    code, out, err = run("data", "actions", "import", path)
    assert (code, out) == (2, "")
    assert "contradict each other; nothing was stored" in err
    body = json.loads(run("data", "actions", "import", path, "--replace", "--json")[1])
    assert body == {"dataset": "local-1d", "added": {"ACME": 1}, "notes": []}
    assert json.loads(run("data", "actions", "list", "--json")[1]) == [
        {"dataset": "local-1d", "symbol": "ACME", "ex_date": "2020-01-03", "kind": "split", "value": 3.0}
    ]
    assert run("data", "actions", "list", "ACNE")[0] == 2
