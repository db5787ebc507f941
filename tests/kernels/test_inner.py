"""Building blocks without wrappers still answer when Python calls them, before and after others were compiled."""

import threading
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest

from lockstep.kernels._inner import _Block, callers_first
from lockstep.kernels._jit import kernel


class Pair(NamedTuple):
    first: float
    second: float


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a cache nothing is compiled, and building blocks are not looked at."""
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(tmp_path))


def blocks() -> tuple[Any, Any]:
    """Return a building block and an entry point that calls it, both never compiled before."""

    @kernel
    def double(value: Any) -> Any:
        return value + value

    @kernel(cache=True)
    def run(value: Any) -> Any:
        return double(value) + 1

    return double, run


def has_wrapper(function: Any, index: int = -1) -> bool:
    """Is there code through which Python could call this overload?"""
    library = function.overloads[function.signatures[index]].library
    return "_ZN7cpython" in library.get_llvm_str()


def test_a_block_compiled_for_another_function_has_no_wrapper_and_the_entry_point_has() -> None:
    double, run = blocks()
    assert run(2.0) == 5.0
    assert not has_wrapper(double)
    assert has_wrapper(run)


def test_python_calls_a_block_that_was_compiled_for_another_function() -> None:
    double, run = blocks()
    assert run(2.0) == 5.0
    assert double(2.0) == 4.0
    assert has_wrapper(double)
    assert len(double.signatures) == 1
    assert run(3.0) == 7.0


def test_python_calls_a_block_first() -> None:
    double, run = blocks()
    assert double(2.0) == 4.0
    assert has_wrapper(double)
    assert run(2.0) == 5.0


def test_each_signature_stands_for_itself() -> None:
    double, run = blocks()
    assert (run(2.0), run(2)) == (5.0, 5)
    assert (double(2), double(2.0)) == (4, 4.0)
    assert double(np.arange(3)).tolist() == [0, 2, 4]
    assert (run(4), double(4)) == (9, 8)
    assert len(double.signatures) == 3


def test_a_block_of_blocks() -> None:
    double, _ = blocks()

    @kernel
    def both(pair: Any) -> Any:
        return Pair(double(pair.first), double(pair.second))

    assert both(Pair(1.0, 2.0)) == Pair(2.0, 4.0)
    assert not has_wrapper(double)
    assert double(5.0) == 10.0
    assert both(Pair(3.0, 4.0)) == Pair(6.0, 8.0)


def test_an_error_in_a_call_from_python_leaves_what_was_compiled() -> None:
    from numba.core.errors import TypingError

    double, run = blocks()
    assert run(2.0) == 5.0
    with pytest.raises(TypingError):
        double(None)
    assert (double(2.0), run(2.0)) == (4.0, 5.0)


def test_calls_from_many_threads_at_once() -> None:
    double, run = blocks()
    found: list[tuple[float, float]] = []
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        found.append((run(float(number)), double(float(number))) if number % 2 else (2.0 * number + 1, double(number)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(2.0 * n + 1.0, 2.0 * n) for n in range(8)]


def test_a_block_whose_first_caller_lost_a_branch_to_a_literal_is_linked_for_the_second() -> None:
    # Linked before the one that calls it, a library is left out, and the call goes to address zero.
    @kernel(inline=False)
    def double(x: float) -> float:
        return x * 2.0

    @kernel(inline=False)
    def choose(x: float, n: int) -> float:
        return x if n == 0 else double(x)

    @kernel
    def run(x: float, n: int) -> float:
        first = choose(x, 0)
        return first + choose(x, n)

    assert (run(3.0, 0), run(3.0, 1)) == (6.0, 9.0)


def test_libraries_come_before_what_they_need() -> None:
    class Leaf:
        _linking_libraries: ClassVar[list[Any]] = []

    a, b, c = _Block.__new__(_Block), _Block.__new__(_Block), Leaf()
    a._linking_libraries, b._linking_libraries = [c], [a, c]
    assert callers_first([c, a, b]) == [b, a, c]
