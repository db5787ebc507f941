"""`lockstep doctor` and `lockstep monitoring` as a user runs them."""

import json

import pytest
from typer.testing import CliRunner

from lockstep.cli import app


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCKSTEP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("PORT", "0")
    return tmp_path / "home"


def test_all_is_looked_at_and_what_is_broken_ends_with_one(home):
    done = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(done.stdout)
    names = [each["name"] for each in told["findings"]]
    assert names == [
        "python", "packages", "uvloop", "httptools", "kernels", "clock", "files", "store", "home", "tokens",
        "disk of the home", "disk of the store", "sessions", "port",
    ]  # fmt: skip
    assert (done.exit_code, told["ok"]) == (0, True)
    assert all(bool(each["cure"]) == (each["state"] != "well") for each in told["findings"])
    (home / "gateway").mkdir(parents=True)
    (home / "gateway" / "tokens.json").write_text("[]")
    (home / "gateway" / "tokens.json").chmod(0o666)
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "broken" in done.stdout
    assert "chmod" in done.stdout


def test_files_for_prometheus_and_grafana_are_written(tmp_path):
    done = CliRunner().invoke(app, ["monitoring", str(tmp_path / "deep" / "out")])
    assert done.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "deep" / "out").iterdir()) == [
        "alerts.yml", "dashboard.json", "prometheus.yml",
    ]  # fmt: skip
    assert json.loads((tmp_path / "deep" / "out" / "dashboard.json").read_text())["title"] == "Lockstep"
