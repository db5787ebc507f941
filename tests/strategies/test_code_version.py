"""A strategy's code has one hash: it follows what the code does, and nothing else."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lockstep.kernels.ops import where
from lockstep.strategies import BaseStrategy, Strategy, param
from lockstep.strategies.code_version import code_version
from lockstep.strategies.files import load_file
from lockstep.strategies.registry import listing

SOURCE = """
import numpy as np
from lockstep.kernels.ops import where
from lockstep.strategies import Strategy, param

LEVEL = 50.0
TABLE = np.array([1.0, 2.0])


def half(value):
    return value / 2.0


class Mine(Strategy):
    depth: float = param(1.0, low=0.0)

    @staticmethod
    def init(params):
        return (half(params.depth), TABLE[0])

    @staticmethod
    def step(state, bar, params):
        return state, where(bar.close > LEVEL, 1.0, 0.0)
"""


def version(folder: Path, text: str, name: str = "mine.py") -> str:
    (folder / name).write_text(text)
    return code_version(load_file(str(folder / name)))


def test_comments_and_file_names_do_not_count(tmp_path: Path) -> None:
    first = version(tmp_path, SOURCE)
    assert version(tmp_path, "# said otherwise\n" + SOURCE.replace("LEVEL = 50.0", "LEVEL = 50.0  # dollars")) == first
    assert version(tmp_path, SOURCE, "yours.py") == first


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bar.close > LEVEL", "bar.close < LEVEL"),
        ("bar.close > LEVEL", "bar.open > LEVEL"),
        ("LEVEL = 50.0", "LEVEL = 51.0"),
        ("value / 2.0", "value / 3.0"),
        ("value / 2.0", "value * 2.0"),
        ("[1.0, 2.0]", "[1.5, 2.0]"),
        ("depth: float", "depth: int"),
        ("class Mine(Strategy):", "class Mine(Strategy):\n    target = 'units'\n"),
    ],
)
def test_what_it_does_counts(tmp_path: Path, old: str, new: str) -> None:
    assert old in SOURCE
    assert version(tmp_path, SOURCE) != version(tmp_path, SOURCE.replace(old, new))


def test_every_shipped_strategy_has_its_own_and_the_same_in_another_process() -> None:
    here = {entry.name: code_version(entry.strategy) for entry in listing() if entry.source == "shipped"}
    assert len(set(here.values())) == len(here)
    code = (
        "from lockstep.strategies import find; from lockstep.strategies.code_version import code_version;"
        f"print(*[code_version(find(n)) for n in {list(here)}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(here.values())


def test_methods_of_event_strategies_count() -> None:
    class Quiet(BaseStrategy):
        lookback: int = param(3)

        def analyze(self, data):
            return None

    class Loud(BaseStrategy):
        lookback: int = param(3)

        def analyze(self, data):
            return self.lookback

    assert code_version(Quiet) != code_version(Loud)


def test_closures_count() -> None:
    def made(weights):
        class Fitted(Strategy):
            @staticmethod
            def init(params):
                return (0.0,)

            @staticmethod
            def step(state, bar, params):
                return state, where(bar.close > weights[0], 1.0, 0.0)

        return Fitted

    one, two = made(np.array([1.0, 2.0])), made(np.array([1.0, 3.0]))
    assert code_version(one) == code_version(made(np.array([1.0, 2.0])))
    assert code_version(one) != code_version(two)
