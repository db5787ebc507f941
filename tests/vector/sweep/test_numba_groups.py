"""Which of two compiled loops takes the bars."""

from typing import Any

import pytest

from lockstep.vector.sweep.numba_groups import Either


class Loop:
    """Stands in for a compiled loop: raises what it is told to, before or after it was compiled."""

    def __init__(self, compiles: bool = True, raises: bool = False) -> None:
        self.signatures: list[Any] = []
        self.calls: list[Any] = []
        self._compiles, self._raises = compiles, raises

    def __call__(self, *arguments: Any) -> None:
        if not self._compiles:
            raise TypeError("no such operation")
        self.signatures = [arguments]
        if self._raises:
            raise ValueError("the step's own")
        self.calls.append(arguments)


def test_the_first_loop_runs_where_it_compiles() -> None:
    first, second = Loop(), Loop()
    Either(first, second)(1, 2)
    assert (first.calls, second.calls) == ([(1, 2)], [])


def test_the_second_loop_takes_what_the_first_refuses_from_then_on() -> None:
    first, second = Loop(compiles=False), Loop()
    run = Either(first, second)
    assert not run.signatures
    run(1)
    run(2)
    assert second.calls == [(1,), (2,)]
    assert run.signatures == second.signatures


def test_what_a_compiled_step_raises_is_raised() -> None:
    first, second = Loop(raises=True), Loop()
    with pytest.raises(ValueError, match="own"):
        Either(first, second)(1)
    assert second.calls == []
