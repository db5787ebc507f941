"""Building blocks are compiled without what only a call from Python needs, unless Python does call them.

For each compiled function numba also generates a wrapper that unpacks Python objects; and it links whatever the
function calls into its module, optimises that and emits machine code, again and again on the way up to the entry
point, where all of it is done once more. A first backtest compiles about a hundred functions, of which seven are ever
called from Python. Leaving the other wrappers out took its compile time from 16 to 9 seconds, leaving the other machine
code out made that a tenth shorter, and the full order model compiles in 12 seconds instead of 22.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_lock import global_compiler_lock
from numba.core.targetconfig import ConfigStack


class _Flat(JITCodeLibrary):  # type: ignore[misc]  # numba ships no types
    """Links what its building blocks need itself, because they have not."""

    def add_linking_library(self, library: Any) -> None:
        super().add_linking_library(library)
        if isinstance(library, _Block):
            for needed in library._linking_libraries:
                if needed not in self._linking_libraries:
                    self.add_linking_library(needed)

    def finalize(self) -> None:
        self._linking_libraries[:] = callers_first(self._linking_libraries)
        super().finalize()


def callers_first(libraries: list[Any]) -> list[Any]:
    """Order libraries so that each comes before all that it needs.

    LLVM links a function only where something linked so far calls it. A library linked too early was left out, and what
    called it later called address zero: so it was when a literal argument had cut the first caller's branch away.
    """
    ordered: list[Any] = []
    seen: set[int] = set()

    def visit(library: Any) -> None:
        if id(library) not in seen:
            seen.add(id(library))
            for needed in library._linking_libraries if isinstance(library, _Block) else ():
                visit(needed)
            ordered.append(library)

    for library in reversed(libraries):
        visit(library)
    return ordered[::-1]


class _NoEnvironment:
    """A code generator but for the step that hands a function's environment to machine code: there is none."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, _name: str, _env: Any) -> None:
        """Do nothing, as when numba loads a caller from its cache: kernels don't look at environments."""


class _Block(_Flat):
    """The library of a building block: its own code, unlinked and not optimised beyond itself, no machine code."""

    @property
    def codegen(self) -> Any:
        return _NoEnvironment(self._codegen)

    def finalize(self) -> None:
        self._raise_if_finalized()
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, _name: str) -> int:
        """Return 0: numba's word for a function that is not there."""
        self._ensure_finalized()
        return 0


class KernelCompiler(Compiler):  # type: ignore[misc]  # numba ships no types
    """numba's compiler, with a library that fits what is compiled."""

    def compile_extra(self, func: Any) -> Any:
        """Compile a function."""
        kind = _Block if self.state.flags.no_cpython_wrapper else _Flat
        self.state.library = kind(self.state.targetctx.codegen(), func.__qualname__)
        self.state.library.enable_object_caching()
        return super().compile_extra(func)


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
