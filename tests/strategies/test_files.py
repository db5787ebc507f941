"""Strategies in a user's own file: found, named for good, loaded again when edited, refused with a cure."""

import pickle
import sys
from pathlib import Path

import pytest
from tests.strategies.markets import along

from lockstep.errors import StrategyError
from lockstep.strategies.files import is_file, load_file, load_name, module_name
from lockstep.strategies.registry import find

DIP = """
from lockstep.strategies import MeanReversion, Strategy, param
from lockstep.kernels.ops import where

class Dip(Strategy):
    level: float = param(9.0)

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        return state, where(bar.close < params.level, 1.0, 0.0)
"""
TWO = DIP + DIP.replace("Dip", "Dive")


def write(folder: Path, text: str, name: str = "mine.py") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_class_alone_in_its_file_need_not_be_named(tmp_path: Path) -> None:
    file = write(tmp_path, DIP)
    assert load_file(file) is load_file(f"{file}:Dip") is find(f"{file}:Dip")
    assert load_file(file).name == "dip"
    assert along(load_file(file)(level=10.0), 9.5, 10.5) == [1, 0]


def test_a_home_folder_and_a_relative_path_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, DIP)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert load_file("~/mine.py") is load_file("mine.py") is load_file(file)


def test_the_module_has_the_same_name_for_the_same_path(tmp_path: Path) -> None:
    file = write(tmp_path, DIP)
    kind = load_file(file)
    assert kind.__module__ == module_name(Path(file).resolve())
    assert sys.modules[kind.__module__].__file__ == file
    made = kind(level=3.0)
    assert pickle.loads(pickle.dumps(made)) == made
    assert module_name(tmp_path / "mine.py") != module_name(tmp_path / "sub" / "mine.py")


def test_an_edited_file_is_loaded_again(tmp_path: Path) -> None:
    file = write(tmp_path, DIP)
    before = load_file(file)
    assert load_file(file) is before
    write(tmp_path, DIP.replace("9.0", "8.0"))
    assert load_file(file)().level == 8.0
    assert before().level == 9.0


def test_an_edited_helper_beside_the_file_is_loaded_again(tmp_path: Path) -> None:
    write(tmp_path, "LEVEL = 9.0\n", "helper_of_dip.py")
    file = write(
        tmp_path,
        DIP.replace("param(9.0)", "param(LEVEL)").replace("\nfrom", "\nfrom helper_of_dip import LEVEL\nfrom", 1),
    )
    assert load_file(file)().level == 9.0
    write(tmp_path, "LEVEL = 7.0\n", "helper_of_dip.py")
    assert load_file(file)().level == 7.0
    assert not list(tmp_path.rglob("*.pyc")), "byte code goes by its time stamp"
    assert str(tmp_path) not in sys.path
    sys.modules.pop("helper_of_dip")


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        (TWO, "", r"mine.py has several strategies \(Dip, Dive\): say which, as .*mine.py:Dip"),
        (DIP, ":Nope", r"mine.py has no strategy class 'Nope'; it has: Dip"),
        (DIP, ":MeanReversion", r"has no strategy class 'MeanReversion'; it has: Dip"),
        ("x = 1\n", "", "mine.py has no strategy: define a subclass"),
        ("x = (\n", "", r"mine.py can't be loaded \(line 1\): SyntaxError: '\(' was never closed"),
        ("\n\nimport nowhere_to_be_found\n", "", r"can't be loaded \(line 3\): ModuleNotFoundError"),
        ("x = 1\nraise SystemExit\n", "", r"can't be loaded \(line 2\): SystemExit"),
        (DIP.replace("float = param(9.0)", "str = param('a')"), "", r"mine.py \(line 5\): Dip.level must be int, "),
        ("x = 1\0\n", "", r"mine.py can't be loaded"),
    ],
)
def test_what_can_t_be_used_is_refused_with_the_place(tmp_path: Path, text: str, wanted: str, message: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(StrategyError, match=message):
        load_file(file + wanted)
    if "can't be loaded" in message:
        assert module_name(Path(file).resolve()) not in sys.modules


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StrategyError, match=r"there is no file '.*gone.py' \(looked in .*\): check the path"):
        load_file(str(tmp_path / "gone.py"))


def test_names_are_no_files() -> None:
    assert is_file("a/b.py")
    assert is_file("b.py:Dip")
    assert not is_file("mean_reversion")
    assert not is_file("Mean Reversion Strategy")
    assert not is_file("a:b")


def test_a_name_may_be_a_function(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("LEVEL = 3\n\n\ndef level(frame):\n    return LEVEL\n")
    assert load_name(f"{file}:level")(None) == 3
    with pytest.raises(StrategyError, match="has no strategy or function 'LEVEL'; its functions: level"):
        load_name(f"{file}:LEVEL")
    with pytest.raises(StrategyError, match="has no strategy: define"):
        load_name(str(file))
