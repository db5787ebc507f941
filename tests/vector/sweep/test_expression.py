"""Conditions written as text mean what Python means, and nothing but arithmetic gets through."""

import numpy as np
import pytest

from lockstep.errors import SweepError
from lockstep.strategies import EmaCross
from lockstep.vector.sweep.expression import LONGEST, WrittenCondition
from lockstep.vector.sweep.space import Space

TEXTS = [
    "fast < slow",
    "2 * fast + 1 <= slow - 3",
    "fast < slow and not short",
    "fast == 5 or slow != 20 or short",
    "5 <= fast < slow < 50",
    "slow % fast == 0",
    "slow // fast > 3",
    "slow / fast >= 2.5",
    "-fast > -slow",
    "not (fast < 10 and slow > 20)",
    "(fast < 10) == short",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_condition_means_what_python_means(text: str) -> None:
    random = np.random.default_rng(4)
    columns = {
        "fast": random.integers(1, 30, 200),
        "slow": random.integers(1, 60, 200),
        "short": random.random(200) < 0.5,
    }
    condition = WrittenCondition(text)
    expected = [eval(text, {}, {name: values[i].item() for name, values in columns.items()}) for i in range(200)]
    names = list(condition.__signature__.parameters)
    assert condition(**{name: columns[name] for name in names}).tolist() == expected
    alone = [condition(**{name: columns[name][i].item() for name in names}) for i in range(200)]
    assert [bool(one) for one in alone] == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("__import__('os').system('true')", "not allowed"),
        ("fast.__class__", "not allowed"),
        ("fast[0] < 1", "not allowed"),
        ("abs(fast) < 1", "not allowed"),
        ("(lambda: 1)()", "not allowed"),
        ("[fast for fast in slow]", "not allowed"),
        ("fast ** 9 < slow", "not allowed"),
        ("fast in slow", "not allowed"),
        ("fast is slow", "not allowed"),
        ("'a' < fast", "not allowed"),
        ("1j < fast", "not allowed"),
        ("fast if slow else short", "not allowed"),
        ("(fast := 3) < slow", "not allowed"),
        ("f'{fast}' < slow", "not allowed"),
        ("fast << 3 < slow", "not allowed"),
        ("fast <", "can't be read"),
        ("fast; slow", "can't be read"),
        ("(" * 300 + "fast" + ")" * 300, "can't be read"),
        ("", "found 0"),
        ("fast < " + "1" * LONGEST, "found 10"),
    ],
)
def test_anything_else_is_refused(text: str, words: str) -> None:
    with pytest.raises(SweepError, match=words):
        WrittenCondition(text)


def test_a_space_takes_it_and_keeps_its_text() -> None:
    grid = {"fast": range(5, 30, 5), "slow": [10, 20, 50]}
    written = Space.of(grid, EmaCross, where=WrittenCondition(" 2 * fast < slow "))
    called = Space.of(grid, EmaCross, where=lambda fast, slow: 2 * fast < slow)
    assert written.cells.tolist() == called.cells.tolist()
    assert written.describe()["where"] == ["2 * fast < slow"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("fats < slow", "fast"), ("1 < 2", "looks at no parameter"), ("fast % (slow - 10) < 3", "ZeroDivisionError"),
     ("fast + slow", "must answer True or False")],
)  # fmt: skip
def test_what_can_t_be_answered_is_told(text: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        Space.of({"fast": [5, 6], "slow": [10, 20]}, EmaCross, where=WrittenCondition(text))
