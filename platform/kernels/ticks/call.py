"""Calling compiled code by its address: an engine is compiled once, for strategies that did not exist yet.

A strategy compiled into the engine's loop would compile the whole engine again; passed as a function it would find no
cached machine code in the next process. Its address is data, and a call through it takes 2 ns.
"""

from typing import Any

import numba
from numba.core import types
from numba.extending import intrinsic

SIGNATURE = types.int64(types.int64)


@intrinsic  # type: ignore[untyped-decorator]  # numba ships no types
def call_address(_typing: Any, address: Any, _argument: Any) -> Any:
    """Call the machine code of an (int64) -> int64 kernel; what it raises is raised here."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        convention = context.call_conv
        kind = convention.get_function_type(types.int64, (types.int64,))
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        status, result = convention.call_function(builder, function, types.int64, (types.int64,), [arguments[1]])
        with builder.if_then(status.is_error, likely=False):
            convention.return_status_propagate(builder, status)
        return result

    return types.int64(address, types.int64), generate


def address_of(entry: Any) -> int:
    """Return the address of the machine code of an (int64) -> int64 entry point, compiled if it is not yet.

    The machine code lives as long as ``entry``: keep it.
    """
    if (types.int64,) not in entry.overloads:
        entry.compile((numba.int64,))
    result = entry.overloads[(types.int64,)]
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_func_name))
