"""Sweeps on a cluster of real processes: the numbers of one machine, whatever happens to the workers."""

import importlib
import json
import os
import signal
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("distributed")

from distributed import Client
from tests.vector.sweep.clusters import ROOT, scheduler, workers
from tests.vector.sweep.test_sweep import bars_of

from lockstep.data import Store
from lockstep.errors import CorruptStoreError, SweepError
from lockstep.kernels.ops import where
from lockstep.strategies import EmaCross, Strategy, param
from lockstep.vector.sweep import SweepInterrupted, cluster, sweep
from lockstep.vector.sweep.fingerprint import ARITHMETIC, fingerprint
from lockstep.vector.sweep.worker import run_job

GRID = {"fast": range(3, 15), "slow": range(15, 45)}

THEIRS = """
from lockstep.kernels.ops import where
from lockstep.strategies import Strategy, kernel, param

LEVEL = {level}

@kernel
def high(price, level):
    return price > level + LEVEL

class Theirs(Strategy):
    level: float = param(50.0, low=0.0)

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        return state, where(high(bar.close, params.level), 1.0, -0.5)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What workers are started with: modules of the user's, and a store of their own."""
    root = tmp_path_factory.mktemp("cluster")
    for name, level in (("same", 0.5), ("other", 0.75)):
        (root / name).mkdir()
        (root / name / "their_strategy.py").write_text(THEIRS.format(level=level))
    return root


def environment(folder, name="same"):
    return {
        "PYTHONPATH": os.pathsep.join([str(folder / name), str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "LOCKSTEP_TEST_ROLE": "worker",
    }  # fmt: skip


@pytest.fixture(scope="module")
def address(folder):
    with scheduler() as found, workers(found, 2, **environment(folder)):
        yield found


@pytest.fixture(scope="module")
def client(address):
    with Client(address, set_as_default=False) as made:
        made.wait_for_workers(2, timeout=60)
        yield made


@pytest.fixture
def both(client):
    """The client, with both workers there."""
    client.wait_for_workers(2, timeout=60)
    return client


def assert_equal(found, expected):
    assert set(found.data_vars) == set(expected.data_vars)
    for name in expected.data_vars:
        np.testing.assert_array_equal(found[name].values, expected[name].values, err_msg=str(name))


def test_results_are_those_of_one_machine_to_the_bit(both, address):
    bars = bars_of(rows=400)
    settings: dict[str, Any] = {"commission": 0.001, "policies": {"next": {}, "same": {"fill": "same_close"}}}
    cells: list[int] = []
    expected = sweep(bars, EmaCross, GRID, **settings)
    assert_equal(sweep(bars, EmaCross, GRID, cluster=both, progress=cells.append, **settings), expected)
    assert sum(cells) == 2 * 12 * 30 * sum(history.rows for history in bars.histories)
    assert len(cells) >= 2 * cluster.PIECES
    assert_equal(sweep(bars, EmaCross, GRID, cluster=address, **settings), expected)
    assert both.status == "running"


def test_every_backend_runs_on_workers(both):
    bars = bars_of(rows=120)
    grid = {"fast": [3, 5], "slow": [10, 20]}
    several: tuple[dict[str, Any], ...] = ({"across": "portfolio"}, {"backend": "runs"})
    for settings in several:
        assert_equal(sweep(bars, EmaCross, grid, cluster=both, **settings), sweep(bars, EmaCross, grid, **settings))


def test_bars_of_a_shared_folder_are_read_there(both, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = Store("store")
    store.import_frame(bars_of(rows=300).frame().drop("session", "close_time"), interval="1d", calendar="24/7")
    bars = store.bars(["A", "B"])
    grid = {"fast": [3, 5], "slow": [10, 20]}
    expected = sweep(bars, EmaCross, grid)
    assert_equal(sweep(bars, EmaCross, grid, cluster=both), expected)
    far = Store(f"file://{tmp_path}/store").bars(["A", "B"])
    assert_equal(sweep(far, EmaCross, grid, cluster=both), expected)


def test_other_bars_in_the_same_place_are_refused(both, tmp_path):
    store = Store(tmp_path / "store")
    store.import_frame(bars_of(rows=300, seed=5).frame().drop("session", "close_time"), interval="1d", calendar="24/7")
    bars = store.bars("A")
    (segment,) = (tmp_path / "store").rglob("A/*.arrow")
    content = bytearray(segment.read_bytes())
    content[-300] ^= 1
    segment.write_bytes(content)
    with pytest.raises(CorruptStoreError, match="holds other bars"):
        sweep(bars, EmaCross, {"fast": [3, 5]}, cluster=both)


def test_classes_of_modules_and_of_notebooks_run_on_workers(both, folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder / "same"))
    notebook: dict[str, Any] = {"__name__": "__main__"}
    exec(THEIRS.format(level=0.5), notebook)
    bars = bars_of(rows=200, symbols=("A",))
    grid = {"level": np.linspace(20.0, 80.0, 70)}
    try:
        expected = sweep(bars, importlib.import_module("their_strategy").Theirs, grid)
        assert_equal(sweep(bars, importlib.import_module("their_strategy").Theirs, grid, cluster=both), expected)
        assert_equal(sweep(bars, notebook["Theirs"], grid, cluster=both), expected)
    finally:
        sys.modules.pop("their_strategy", None)


def deadly(marker, *, once):
    """Return a strategy, known to nobody by name, of which one set kills the worker that makes it."""

    class Deadly(Strategy):
        level: int = param(1, low=0, high=10_000)

        @staticmethod
        def init(params):
            if params.level == 100 and os.environ.get("LOCKSTEP_TEST_ROLE") == "worker":
                known = os.path.exists(marker)
                with open(marker, "a") as file:
                    file.write("killed\n")
                if not (known and once):
                    os.kill(os.getpid(), signal.SIGKILL)
            return (0.0,)

        @staticmethod
        def step(state, bar, params):
            return state, where(bar.close > params.level, 1.0, 0.0)

    return Deadly


def test_a_worker_that_is_killed_loses_nothing(both, tmp_path):
    bars = bars_of(rows=150, symbols=("A",))
    kind = deadly(str(tmp_path / "marker"), once=True)
    expected = sweep(bars, kind, {"level": range(320)})
    assert_equal(sweep(bars, kind, {"level": range(320)}, cluster=both), expected)
    assert (tmp_path / "marker").read_text() == "killed\n" * 2  # the second time it was run through


def test_a_portion_that_kills_workers_is_marked_and_the_rest_delivered(both, tmp_path):
    bars = bars_of(rows=150, symbols=("A",))
    kind = deadly(str(tmp_path / "marker"), once=False)
    expected = sweep(bars, kind, {"level": range(320)})
    with pytest.warns(cluster.ClusterWarning, match="marked as failed: its workers died"):
        found = sweep(bars, kind, {"level": range(320)}, cluster=both)
    lost = found["status"].values[0] == 3
    assert lost.sum() < 100
    assert lost[100]
    for name in ("sharpe", "block_sum"):
        np.testing.assert_array_equal(found[name].values[0, ~lost], expected[name].values[0, ~lost])
    assert "its workers died" in json.loads(found.attrs["reasons"])["level=100"]


def test_an_interrupted_sweep_goes_on_where_it_stopped(both, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "AHEAD", 1)  # of eight portions no more than two are under way
    bars = bars_of(rows=200)
    expected = sweep(bars, EmaCross, GRID)
    seen = []

    def stop(cells):
        seen.append(cells)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.warns(SweepInterrupted, match="go on"):
        part = sweep(bars, EmaCross, GRID, cluster=both, checkpoint=tmp_path / "kept", progress=stop)
    assert set(np.unique(part["status"].values)) == {0, 4}
    # On one machine, whose portions are larger: those that are kept stay as they are.
    assert_equal(sweep(bars, EmaCross, GRID, checkpoint=tmp_path / "kept"), expected)
    assert_equal(sweep(bars, EmaCross, GRID, checkpoint=tmp_path / "kept", cluster=both), expected)


def test_workers_that_differ_are_refused_before_the_start(both, monkeypatch):
    monkeypatch.setattr(cluster, "fingerprint", lambda kind: {**fingerprint(kind), "numba": "0.1", "NumPy": "1"})
    with pytest.raises(SweepError, match=r"nothing was started(.|\n)*numba is .*, here '0.1'"):
        sweep(bars_of(rows=60), EmaCross, {"fast": [3, 4]}, cluster=both)
    monkeypatch.setattr(cluster, "fingerprint", lambda kind: {**fingerprint(kind), ARITHMETIC: "other"})
    with pytest.warns(cluster.ClusterWarning, match="last bit"):
        sweep(bars_of(rows=60), EmaCross, {"fast": [3, 4]}, cluster=both)


def test_a_worker_with_other_code_is_refused_and_left_out_when_it_comes_late(both, address, folder, monkeypatch):
    monkeypatch.syspath_prepend(str(folder / "same"))
    bars = bars_of(rows=100, symbols=("A",))
    grid = {"level": np.linspace(20.0, 80.0, 300)}
    before, submit = set(both.nthreads()), cluster.Cluster.submit
    try:
        kind = importlib.import_module("their_strategy").Theirs
        with workers(address, 1, **environment(folder, "other")):
            both.wait_for_workers(3, timeout=60)
            with pytest.raises(SweepError, match="strategy's code is"):
                sweep(bars, kind, grid, cluster=both)
            (late,) = set(both.nthreads()) - before

            def to_the_late_one(self, function, *arguments, key):
                """Give it the first portions, as a scheduler would that finds it idle."""
                if function is run_job and not self._bad:
                    return both.submit(function, *arguments, key=key, pure=False, workers=[late])
                return submit(self, function, *arguments, key=key)

            monkeypatch.setattr(cluster.Cluster, "check", lambda self, request: None)  # it came just after that
            monkeypatch.setattr(cluster.Cluster, "submit", to_the_late_one)
            with pytest.warns(cluster.ClusterWarning, match=f"{late} is left out: strategy's code is"):
                found = sweep(bars, kind, grid, cluster=both)
        assert_equal(found, sweep(bars, kind, grid))
    finally:
        sys.modules.pop("their_strategy", None)


def test_without_workers_what_is_done_is_kept(tmp_path, monkeypatch, folder):
    bars = bars_of(rows=150, symbols=("A",))
    kind = deadly(str(tmp_path / "marker"), once=False)
    monkeypatch.setattr(cluster, "CONNECT", 0.3)
    monkeypatch.setattr(cluster, "WITHOUT_WORKERS", 0.1)
    monkeypatch.setattr(cluster, "LOOK", 0.1)
    monkeypatch.setattr(cluster, "FETCH", 0.5)
    monkeypatch.setattr(cluster, "AHEAD", 1)
    with scheduler() as address:
        with pytest.raises(SweepError, match=f"dask worker {address}"):
            sweep(bars, kind, {"level": range(320)}, cluster=address)
        monkeypatch.setattr(cluster, "CONNECT", 60.0)
        with (
            workers(address, 1, "--no-nanny", **environment(folder)),
            pytest.warns(SweepInterrupted, match="no worker has been left"),
        ):
            part = sweep(bars, kind, {"level": range(320)}, cluster=address, checkpoint=tmp_path / "kept")
    status = part["status"].values[0]
    assert np.flatnonzero(status == 0).tolist() == list(range(96))  # the portion before the deadly one
    assert set(status[96:]) == {4}
    expected = sweep(bars, kind, {"level": range(320)})
    assert_equal(sweep(bars, kind, {"level": range(320)}, checkpoint=tmp_path / "kept"), expected)


def test_what_is_no_cluster_is_told(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 0.2)
    bars = bars_of(rows=60)
    with pytest.raises(SweepError, match=r"no scheduler answers at .tcp://127\.0\.0\.1:9."):
        sweep(bars, EmaCross, {"fast": [3, 4]}, cluster="tcp://127.0.0.1:9")
    with pytest.raises(SweepError, match="found 5"):
        sweep(bars, EmaCross, {"fast": [3, 4]}, cluster=5)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SweepError, match=r"Dask, which is not installed: .* pip install -e '.\[cluster\]'`"):
        sweep(bars, EmaCross, {"fast": [3, 4]}, cluster="tcp://127.0.0.1:9")
