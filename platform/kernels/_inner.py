"""Building blocks are compiled without what Python would call them through, unless Python does call them.

For each compiled function numba also generates, optimises and emits a wrapper that unpacks Python objects. A first
backtest compiles about a hundred functions, of which seven are ever called from Python: leaving the other wrappers
out took its compile time from 16 to 9 seconds.
"""

from typing import Any

from numba.core.compiler_lock import global_compiler_lock
from numba.core.targetconfig import ConfigStack


def without_wrappers(dispatcher: Any) -> None:
    """Make a dispatcher skip the wrapper of what is compiled for another function.

    Called from Python, the same signature is compiled again, with its wrapper. Until then Python must not find it:
    calling machine code that has no wrapper would end the process.
    """
    _Inner(dispatcher)


class _Inner:
    """Stands in for a dispatcher's three steps: which flags, what is remembered, what a call from Python does."""

    def __init__(self, dispatcher: Any) -> None:
        self._overloads = dispatcher.overloads
        self._remember = dispatcher.add_overload
        self._compile_for_call = dispatcher._compile_for_args
        self._bare: set[Any] = set()
        self._called_from_python = 0
        dispatcher._compiler._customize_flags = self._flags
        dispatcher.add_overload = self._add_overload
        dispatcher._compile_for_args = self._compile_for_args

    def _is_inner(self) -> bool:
        """Is this compiled for another function that is being compiled?"""
        return not self._called_from_python and ConfigStack.top_or_none() is not None

    def _flags(self, flags: Any) -> Any:
        flags.no_cpython_wrapper = self._is_inner()
        return flags

    def _add_overload(self, result: Any) -> None:
        key = tuple(result.signature.args)
        if self._is_inner():
            self._bare.add(key)
            self._overloads[key] = result
        else:
            self._bare.discard(key)
            self._remember(result)

    def _compile_for_args(self, *args: Any, **keywords: Any) -> Any:
        with global_compiler_lock:
            hidden = {key: self._overloads.pop(key) for key in self._bare if key in self._overloads}
            self._called_from_python += 1
            try:
                return self._compile_for_call(*args, **keywords)
            finally:
                self._called_from_python -= 1
                for key, result in hidden.items():
                    self._overloads.setdefault(key, result)
