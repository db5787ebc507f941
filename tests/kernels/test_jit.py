"""Compiled code is kept between processes, and never served for anything but what it was compiled from."""

import cProfile
import json
import os
import pstats
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lockstep.kernels import _jit
from lockstep.kernels._jit import KernelCacheWarning, cache_directory, kernel


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(folder))
    monkeypatch.setattr(_jit, "_warned", set())
    return folder


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def python(script: Path, *arguments: str, path: str = "") -> Any:
    """Run a script in a process of its own and return what it printed as JSON."""
    environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "error"}
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- what is kept and what makes it stale ----------------------------------------------------------------------------

HELPER = """
import enum
from typing import NamedTuple
import numpy as np
from lockstep.kernels._jit import kernel

LIMIT = 1.0
TABLE = np.array([1.0, 0.0])

class Setting(NamedTuple):
    value: float = 1.0

SETTING = Setting()

class Code(enum.IntEnum):
    FIRST = 1

@kernel
def inner(x):
    return x + 1.0

@kernel
def outer(x):
    return inner(x)

def plus(amount):
    @kernel
    def add(x):
        return x + amount
    return add

def unrelated(x):
    return 1
"""
SCRIPT = """
import json
import helper
from helper import Code, LIMIT, SETTING, TABLE, outer, plus
from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import maximum

LEVEL = 1.0
entry = kernel(cache=True)

def bind(step):
    @entry
    def run(x):
        return step(x)
    return run

def closure(amount):
    @entry
    def run(x):
        return x + amount
    return run

@entry
def body(x): return x + 1.0

@entry
def helper_of_a_helper(x): return outer(x)

@entry
def helper_by_module(x): return helper.outer(x)

@entry
def constant(x): return x + LEVEL

@entry
def imported_constant(x): return x + LIMIT

@entry
def constant_by_module(x): return x + helper.LIMIT

@entry
def array(x): return x + TABLE[0]

@entry
def named_tuple_default(x): return x + SETTING.value

@entry
def enumeration(x): return x + (1 if Code.FIRST == 1 else 7)

@entry
def default(x, by=1.0): return x + by

@entry
def shipped(x): return maximum(x, 0.0)

captured = bind(outer)
captured_closure = bind(plus(1.0))
own_closure = closure(1.0)

ENTRIES = [body, helper_of_a_helper, helper_by_module, constant, imported_constant, constant_by_module, array,
           named_tuple_default, enumeration, default, shipped, captured, captured_closure, own_closure]
NAMES = ["body", "helper_of_a_helper", "helper_by_module", "constant", "imported_constant", "constant_by_module",
         "array", "named_tuple_default", "enumeration", "default", "shipped", "captured", "captured_closure",
         "own_closure"]
print(json.dumps({name: [run(2.0), sum(run._cache_misses.values())] for name, run in zip(NAMES, ENTRIES)}))
"""


@pytest.fixture
def package(root: Path, tmp_path: Path) -> Path:
    """A copy of the shipped kernels that may be edited."""
    copy = tmp_path / "copy" / "lockstep"
    ignore = shutil.ignore_patterns("__pycache__", "vector", "live", "data", "analytics", "strategies")
    shutil.copytree(root / "platform" / "lockstep", copy, ignore=ignore)
    return copy


@pytest.mark.usefixtures("cache")
def test_a_second_process_compiles_nothing_and_an_edit_anywhere_is_never_served_stale(
    tmp_path: Path, package: Path, cache: Path
) -> None:
    user = tmp_path / "user"
    user.mkdir()
    (user / "helper.py").write_text(HELPER)
    script = user / "main.py"
    script.write_text(SCRIPT)

    first = python(script, path=str(package.parent))
    expected = {name: [2.0 if name == "shipped" else 3.0, 1] for name in first}
    assert first == expected
    kept = files(cache)
    assert len(kept) == len(first)

    second = python(script, path=str(package.parent))
    assert second == {name: [value, 0] for name, (value, _) in expected.items()}
    assert files(cache) == kept

    # What no entry depends on may change: comments, lines, other functions.
    (user / "helper.py").write_text("# a comment\n\n" + HELPER.replace("return 1\n", "return 2\n"))
    assert python(script, path=str(package.parent)) == second

    # Now every entry's own dependency changes from 1 to 7, and a shipped kernel under the same roof.
    edited = HELPER.replace("1.0", "7.0").replace("FIRST = 1", "FIRST = 7")
    (user / "helper.py").write_text(edited)
    script.write_text(SCRIPT.replace("1.0", "7.0"))
    operations = package / "kernels" / "ops.py"
    text = operations.read_text()
    assert "return a if a > b else b" in text
    operations.write_text(text.replace("return a if a > b else b", "return a + 7.0 if a > b else b"))
    third = python(script, path=str(package.parent))
    assert third == {name: [9.0, 1] for name in first}
    left = [path for path in files(cache) if path not in kept]
    assert [path.name.partition("-")[0] for path in left] == ["default"], (
        "edited kernels take the place of the old ones, but a default that is used is part of the signature"
    )


COLLIDING = """
import importlib.util, json, sys
def load(path):
    spec = importlib.util.spec_from_file_location("mine", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run
runs = [load(path) for path in sys.argv[1:]]
print(json.dumps([[run(2.0), sum(run._cache_misses.values())] for run in runs]))
"""


@pytest.mark.usefixtures("cache")
def test_two_functions_of_one_name_from_two_processes_can_be_loaded_into_a_third(tmp_path: Path) -> None:
    """Both have the same module and name and were each the first to be compiled, so numba would name both alike."""
    script = tmp_path / "load.py"
    script.write_text(COLLIDING)
    for folder, amount in (("a", 1.0), ("b", 5.0)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(
            f"from lockstep.kernels._jit import kernel\n@kernel(cache=True)\ndef run(x):\n    return x + {amount}\n"
        )
    a, b = str(tmp_path / "a" / "mine.py"), str(tmp_path / "b" / "mine.py")
    assert python(script, a) == [[3.0, 1]]
    assert python(script, b) == [[7.0, 1]]
    assert python(script, a, b) == [[3.0, 0], [7.0, 0]]
    assert python(script, b, a) == [[7.0, 0], [3.0, 0]]


# --- users' strategies -----------------------------------------------------------------------------------------------

STRATEGY = """
from helper import LEVEL, stretch
from lockstep.kernels.ops import where
from lockstep.strategies import Strategy, param

FLOOR = 1.0

class Mine(Strategy):
    level: float = param(100.0)

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        return state, stretch(where(bar.close > params.level, LEVEL, FLOOR))
"""
STRATEGY_HELPER = """
from lockstep.kernels._jit import kernel
LEVEL = 2.0

@kernel
def stretch(value):
    return value * 10.0
"""
RUN = """
import json, os, sys
import numpy as np
from lockstep.data.blocks import BarBlock
from lockstep.strategies.registry import find
from lockstep.strategies.over_bars.signals import NumbaSignals

way, path = sys.argv[1:]
source = open(path).read()
if way == "file":
    kind = find(path)
else:
    sys.path.insert(0, os.path.dirname(path))
    if way == "notebook":  # a cell: its file is named after the process and lies nowhere
        name = f"/tmp/ipykernel_{os.getpid()}/123456.py"
        exec(compile(source, name, "exec"))
    else:
        exec(compile(source, __file__, "exec"))
    kind = Mine
n = 4
close = np.array([[99.0, 101.0, 99.0, 101.0]])
ohlcv = np.ascontiguousarray(np.repeat(close[:, None], 5, axis=1))
t = np.arange(n)
block = BarBlock(t + 1, t, np.ones((1, n), np.bool_), ohlcv, t[None], ohlcv[:, 0].copy())
signals, targets = NumbaSignals(kind(), 1), np.empty((1, n))
signals.run(block, np.empty((1, n, 0)), targets)
print(json.dumps([targets[0].tolist(), sum(signals._run._cache_misses.values())]))
"""


@pytest.mark.parametrize("way", ["file", "main", "notebook"])
def test_a_user_s_strategy_is_compiled_once_and_again_when_its_helper_or_constant_changes(
    tmp_path: Path, cache: Path, way: str
) -> None:
    script, strategy, helper = tmp_path / "run.py", tmp_path / "mine.py", tmp_path / "helper.py"
    script.write_text(RUN)
    strategy.write_text(STRATEGY)
    helper.write_text(STRATEGY_HELPER)
    assert python(script, way, str(strategy)) == [[10.0, 20.0, 10.0, 20.0], 1]
    kept = files(cache)
    assert python(script, way, str(strategy)) == [[10.0, 20.0, 10.0, 20.0], 0]

    helper.write_text(STRATEGY_HELPER.replace("10.0", "100.0"))
    assert python(script, way, str(strategy)) == [[100.0, 200.0, 100.0, 200.0], 1]
    helper.write_text(STRATEGY_HELPER.replace("LEVEL = 2.0", "LEVEL = 3.0"))
    assert python(script, way, str(strategy)) == [[10.0, 30.0, 10.0, 30.0], 1]
    strategy.write_text(STRATEGY.replace("FLOOR = 1.0", "FLOOR = 4.0"))
    assert python(script, way, str(strategy)) == [[40.0, 30.0, 40.0, 30.0], 1]
    assert files(cache) == kept, "every process leaves a file behind"


# --- the folder ------------------------------------------------------------------------------------------------------


def made(amount: float = 1.0) -> Any:
    """Return a fresh entry point, as a new process would have it."""

    @kernel(cache=True)
    def run(x: float) -> float:
        return x + amount

    return run


def misses(run: Any) -> int:
    return sum(run._cache_misses.values())


def test_a_profiler_leaves_a_kernel_what_it_is(cache: Path) -> None:
    def step(x: float) -> float:
        return x + 1.5

    compiled, before = kernel(step), _jit.identity(step)
    profiler = cProfile.Profile()
    with profiler:
        assert compiled(1.0) == 2.5
    assert any("step" in str(key) for key in pstats.Stats(profiler).get_stats_profile().func_profiles)
    assert _jit.identity(step) == before


def test_the_folder_is_chosen_by_the_environment(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_directory().is_relative_to(cache)
    monkeypatch.delenv("LOCKSTEP_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_directory().is_relative_to("/somewhere/lockstep/kernels")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/of-someone")
    assert cache_directory().is_relative_to("/home/of-someone/.cache/lockstep/kernels")


def test_a_folder_that_can_t_be_written_to_is_reported_once_and_kernels_still_run(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.warns(KernelCacheWarning, match=r"can't be kept in .* set LOCKSTEP_CACHE_DIR") as caught:
        assert (made()(2.0), made(2.0)(2.0)) == (3.0, 4.0)
    assert len(caught) == 1


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_file_costs_a_compile_and_is_replaced(cache: Path, damage: str) -> None:
    assert made()(2.0) == 3.0
    (file,) = files(cache)
    whole = file.read_bytes()
    middle = len(whole) // 2
    broken = {
        "cut": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "empty": b"",
        "foreign": b"\x7fELF nothing of ours\n" * 10,
    }
    file.write_bytes(broken[damage])
    again = made()
    assert again(2.0) == 3.0
    assert misses(again) == 1
    assert files(cache) == [file]
    third = made()
    assert third(2.0) == 3.0
    assert misses(third) == 0


def test_a_file_whose_content_can_t_be_loaded_costs_a_compile(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when numba itself reads its own objects differently: the checksum is right, the content is not."""
    made()(2.0)
    monkeypatch.setattr(_jit, "_read", lambda key: b"not a pickle")
    again = made()
    with pytest.warns(KernelCacheWarning, match="can't be loaded .* compiling anew"):
        assert again(2.0) == 3.0


def test_concurrent_writers_leave_one_whole_file(tmp_path: Path, cache: Path) -> None:
    script = tmp_path / "load.py"
    script.write_text(COLLIDING)
    (tmp_path / "mine.py").write_text(
        "from lockstep.kernels._jit import kernel\n@kernel(cache=True)\ndef run(x):\n    return x + 1.0\n"
    )
    command = [sys.executable, str(script), str(tmp_path / "mine.py")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    printed = [json.loads(process.communicate()[0]) for process in running]
    assert [value for ((value, _),) in printed] == [3.0] * 4
    assert len(files(cache)) == 1
    assert python(script, str(tmp_path / "mine.py")) == [[3.0, 0]]


def test_each_signature_has_its_file_and_flush_removes_them(cache: Path) -> None:
    run = made()
    run(2.0)
    run(2)
    assert len(files(cache)) == 2
    run._cache.flush()
    assert files(cache) == []


def test_building_blocks_are_not_stored(cache: Path) -> None:
    @kernel
    def block(x: float) -> float:
        return x + 1.0

    assert block(2.0) == 3.0
    assert files(cache) == []
    block._cache.enable()  # type: ignore[attr-defined]  # a dispatcher
    assert block._cache.cache_path == str(cache_directory())  # type: ignore[attr-defined]
    block._cache.disable()  # type: ignore[attr-defined]


def test_what_has_no_identity_is_compiled_in_every_process_with_a_warning(cache: Path) -> None:
    import ctypes

    cosine = ctypes.CDLL(None).cos
    cosine.argtypes, cosine.restype = [ctypes.c_double], ctypes.c_double

    @kernel(cache=True)
    def run(x: float) -> float:
        return float(cosine(x))

    with pytest.warns(KernelCacheWarning, match=r"kernel .*run is compiled in every process: it depends on <_FuncPtr"):
        assert run(0.0) == 1.0
    assert files(cache) == []


# --- compilation -----------------------------------------------------------------------------------------------------


def test_division_by_zero_gives_inf_and_nothing_is_reordered() -> None:
    @kernel
    def divide(a: float, b: float) -> float:
        return a / b

    @kernel
    def tangled(a: float, b: float, c: float) -> float:
        return (a + b) - a + c * 0.0

    assert divide(1.0, 0.0) == np.inf
    assert np.isnan(divide(0.0, 0.0))
    assert tangled(1e16, 1.0, 1.0) == 0.0, "1e16 + 1 rounds to 1e16; fast-math would give 1"
    assert np.isnan(tangled(1.0, 1.0, np.inf))


def test_another_numba_is_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_jit, "numba", SimpleNamespace(__version__="0.99"))
    with pytest.raises(
        ImportError, match=r"written for numba .*, found 0.99: install the versions of requirements.lock"
    ):
        kernel(lambda x: x)


def test_no_warning_in_the_ordinary_case(cache: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made()(2.0) == 3.0
    assert len(files(cache)) == 1


def test_it_is_told_before_a_kernel_that_is_kept_is_compiled(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(_jit, "_tellers", [])
    _jit.when_compiling(told.append)
    assert made()(2.0) == 3.0
    (name,) = told
    assert name.endswith("run")
    assert made()(2.0) == 3.0  # from the folder
    assert told == [name]
