"""Classes are found again by what they are called, and what can't be found is told with a cure."""

from pathlib import Path

import pytest

from lockstep.errors import StrategyError
from lockstep.strategies import EmaCross, Strategy
from lockstep.strategies.files import load_file
from lockstep.strategies.reference import class_of, reference_of


def test_a_module_s_class_is_found_again() -> None:
    assert reference_of(EmaCross) == "lockstep.strategies.ema_cross:EmaCross"
    assert class_of(reference_of(EmaCross)) is EmaCross


def test_a_file_s_class_goes_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("from lockstep.strategies import MeanReversion\n\n\nclass Mine(MeanReversion):\n    pass\n")
    kind = load_file(str(path))
    assert reference_of(kind) == f"{path}:Mine"
    assert class_of(reference_of(kind)) is kind


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("__main__:Gone", "not found in a script or notebook"),
        ("no_such_package.inside:Gone", "not found in the module no_such_package.inside"),
        ("lockstep.strategies.ema_cross:Gone", "Gone is not found"),
        ("lockstep.strategies.ema_cross:param", "names no strategy class"),
        ("", "is not found"),
        ("/nowhere/mine.py:Mine", "there is no file"),
    ],
)
def test_what_is_not_there_is_told(reference: str, words: str) -> None:
    with pytest.raises(StrategyError, match=words):
        class_of(reference)


def test_a_class_made_in_a_function_is_not_looked_for() -> None:
    class Inner(Strategy):
        pass

    with pytest.raises(StrategyError, match="made inside a function"):
        class_of(reference_of(Inner))
