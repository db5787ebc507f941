"""Machine code that was kept is loaded alone; what it was made of is parsed where another function is built around it.

Numba parses that at once and keeps it, should a caller be compiled that it can be put into. In a process that finds all
its kernels compiled there is none.
"""

from typing import Any

from llvmlite import binding  # type: ignore[import-untyped]
from numba.core.compiler import CompileResult

from lockstep.kernels._inner import _Flat


class _Kept(_Flat):
    """The library of a function from the cache."""

    _shared_module: Any

    def __init__(self, codegen: Any, name: str, machine_code: bytes, bitcode: bytes) -> None:
        super().__init__(codegen, name)
        self._bitcode = bitcode
        self.enable_object_caching()
        self._set_compiled_object(machine_code)
        self._finalize_final_module()
        # The engine looks for no name that it was not told of.
        codegen._engine._load_defined_symbols(binding.parse_bitcode(bitcode))

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = binding.parse_bitcode(self._bitcode)
        return self._shared_module


class _Loading:
    """A target, or its code generator, but for how it makes a library of what was kept."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def codegen(self) -> "_Loading":
        return _Loading(self._real.codegen())

    def unserialize_library(self, kept: tuple[str, str, tuple[bytes, bytes]]) -> _Kept:
        name, _, (machine_code, bitcode) = kept
        return _Kept(self._real, name, machine_code, bitcode)


def loaded(context: Any, kept: tuple[Any, ...]) -> CompileResult:
    """Return a compiled function of what ``CompileResult._reduce`` gave."""
    return CompileResult._rebuild(_Loading(context), *kept)._replace(target_context=context)
