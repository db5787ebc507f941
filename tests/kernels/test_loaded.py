"""Machine code from the cache runs by itself; what it was made of is there for those compiled around it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lockstep.kernels._jit import kernel


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_CACHE_DIR", str(tmp_path))


def made() -> Any:
    """Return a fresh entry point, as a new process would have it."""

    @kernel
    def double(value: Any) -> Any:
        return value + value

    @kernel(cache=True)
    def run(value: Any) -> Any:
        return double(value) + 1

    return run


def loaded() -> Any:
    """Return an entry point whose machine code comes from the cache."""
    made()(2.0)
    run = made()
    assert run(2.0) == 5.0
    assert sum(run._cache_hits.values()) == 1
    return run


def library_of(function: Any) -> Any:
    """Return the library of its only overload."""
    (result,) = function.overloads.values()
    return result.library


def test_what_it_was_made_of_is_not_held_until_another_function_is_compiled_around_it() -> None:
    run = loaded()
    assert library_of(run)._shared_module is None

    @kernel(cache=True)
    def twice(value: Any) -> Any:
        return run(run(value))

    assert twice(2.0) == 11.0
    assert "double" in str(library_of(run)._shared_module)


def test_another_signature_is_compiled_beside_the_one_that_was_loaded() -> None:
    run = loaded()
    assert run(np.arange(3)).tolist() == [1, 3, 5]
    assert run(3.0) == 7.0


def test_a_kernel_around_one_that_was_loaded_is_kept_and_loaded_too() -> None:
    inner = loaded()

    def around() -> Any:
        @kernel(cache=True)
        def less(value: Any) -> Any:
            return inner(value) - 2

        return less

    assert around()(4.0) == 7.0
    again = around()
    assert again(4.0) == 7.0
    assert sum(again._cache_hits.values()) == 1
