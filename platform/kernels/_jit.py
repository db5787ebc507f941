"""The one place where kernels are compiled, and where compiled code is kept between processes.

Numba's own ``cache=True`` has two traps, both measured here before this file was written:

* it keys on the file that *defines* a function, so an edit in an imported file is served stale machine code;
* a function that captures another compiled function gets a random identity, so it never hits the cache in the
  next process and leaves one more file behind each time.

Here a compiled function is known by the hash of what it *is*: its byte code, constants and defaults, and,
transitively, those of everything it calls and every global or closure constant that compilation freezes.
Anything that can't be hashed makes the function uncacheable, with a warning: never stale code in silence.
"""

import dis
import enum
import hashlib
import inspect
import io
import os
import pickle
import re
import sys
import tempfile
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar, overload

import numba
import numpy as np
from numba.core import types as numba_types
from numba.core.compiler import CompileResult
from numba.core.environment import Environment, lookup_environment
from numba.extending import _Intrinsic, is_jitted

from lockstep.kernels._inner import KernelCompiler, without_wrappers
from lockstep.kernels._loaded import loaded

P = ParamSpec("P")
R = TypeVar("R")

# The caches below hook into a part of numba that is not public: the version is pinned in pyproject.toml.
NUMBA_VERSION = "0.68.1"
OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": False, "boundscheck": False, "no_cfunc_wrapper": True}

# Modules whose behaviour is fixed by a version we hash, so that their functions need no walking.
_LIBRARIES = ("typing", "numpy", "math", "builtins", "cmath", "operator", "numba")
_SCALARS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), np.generic)


class KernelCacheWarning(UserWarning):
    """A kernel can't be kept between processes: it is compiled anew in each."""


# Each value seen -> its number and itself: were it let go, another might get its id and pass for it.
Seen = dict[int, tuple[int, Any]]


class Unhashable(Exception):
    """Something a function depends on has no stable identity."""


def cache_directory() -> Path:
    """Return the folder of compiled kernels: ``$LOCKSTEP_CACHE_DIR``, else the user's cache folder."""
    root = os.environ.get("LOCKSTEP_CACHE_DIR")
    if root:
        base = Path(root)
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lockstep"
    version = f"py{sys.version_info[0]}{sys.version_info[1]}-numba{numba.__version__}"
    return base / "kernels" / version


def identity(function: Callable[..., Any]) -> str:
    """Return the hash of all that decides a function's machine code, apart from argument types and the CPU.

    Raises ``Unhashable`` when the function depends on something without a stable identity.
    """
    digest = hashlib.sha256(f"{numba.__version__}|{np.__version__}|{sys.version}|{sorted(OPTIONS.items())}".encode())
    seen: Seen = {}
    for part in _parts(function, seen):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def _parts(value: Any, seen: Seen) -> Iterator[str]:
    """Yield the texts that together pin down ``value``; a value seen before yields its number only."""
    if isinstance(value, _SCALARS):
        # repr keeps the sign of zero and every bit of a float; the type keeps 1 and 1.0 and True apart.
        yield f"{type(value).__name__}:{value!r}"
        return
    if id(value) in seen:
        yield f"seen:{seen[id(value)][0]}"
        return
    seen[id(value)] = (len(seen), value)
    if isinstance(value, _Intrinsic):
        yield from _intrinsic_parts(value._defn, seen)
    elif is_jitted(value):
        yield "kernel"
        yield from _parts(value.py_func, seen)
    elif isinstance(value, types.FunctionType):
        yield from _function_parts(value, seen)
    elif isinstance(value, enum.EnumMeta):
        yield f"enum:{value.__qualname__}:{list(value.__members__.items())!r}"
    elif isinstance(value, enum.Enum):
        yield f"member:{value.name}:{value.value!r}"
    elif isinstance(value, type):
        yield from _class_parts(value)
    elif isinstance(value, (tuple, frozenset)):
        yield f"{type(value).__name__}:{len(value)}"
        for item in value if isinstance(value, tuple) else sorted(value, key=repr):
            yield from _parts(item, seen)
    elif isinstance(value, np.ndarray):
        yield f"array:{value.dtype.descr!r}:{value.shape}:{hashlib.sha256(value.tobytes()).hexdigest()}"
    elif isinstance(value, (np.dtype, numba_types.Type)):
        yield f"type:{value!r}"
    elif isinstance(value, (types.BuiltinFunctionType, np.ufunc)) or _is_library(value):
        yield f"library:{getattr(value, '__module__', '')}:{getattr(value, '__name__', repr(value))}"
    else:
        raise Unhashable(f"{value!r} of type {type(value).__name__}")


def _is_library(value: Any) -> bool:
    name = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
    return isinstance(name, str) and name.partition(".")[0] in _LIBRARIES


def _class_parts(value: type) -> Iterator[str]:
    fields = getattr(value, "_fields", None)
    if fields is None and value.__module__.partition(".")[0] not in _LIBRARIES:
        raise Unhashable(f"class {value.__qualname__} (a kernel may use NamedTuple and IntEnum classes)")
    yield f"class:{value.__qualname__}:{fields!r}:{getattr(value, '_field_defaults', None)!r}"


def _function_parts(function: types.FunctionType, seen: Seen) -> Iterator[str]:
    if _is_library(function):
        yield f"library:{function.__module__}:{function.__qualname__}"
        return
    yield from _code_parts(function.__code__, seen)
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()):
        yield from _parts(default, seen)
    for cell in function.__closure__ or ():
        yield from _parts(cell.cell_contents, seen)
    for name, value in _globals_used(function):
        yield f"global:{name}"
        if isinstance(value, types.ModuleType) and not _is_library(value):
            yield from _module_parts(value, function.__code__, seen)
        else:
            yield from _parts(value, seen)


def _intrinsic_parts(function: types.FunctionType, seen: Seen) -> Iterator[str]:
    """Pin down an intrinsic by the whole file that defines it: it builds on types and operators that are made there."""
    source = _source(function.__code__.co_filename)
    if source is None:
        raise Unhashable(f"intrinsic {function.__qualname__}, whose source can't be read")
    yield f"intrinsic:{function.__qualname__}:{source}"
    for cell in function.__closure__ or ():
        yield from _parts(cell.cell_contents, seen)


@lru_cache
def _source(path: str) -> str | None:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


def _code_parts(code: types.CodeType, seen: Seen) -> Iterator[str]:
    yield f"code:{hashlib.sha256(code.co_code).hexdigest()}:{code.co_names!r}:{code.co_varnames!r}"
    # A profiler that sees a compiled function called finds its code with this flag taken away, by numba.
    flags = code.co_flags | inspect.CO_OPTIMIZED
    yield f"{code.co_freevars!r}:{code.co_cellvars!r}:{code.co_argcount}:{flags}"
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code_parts(constant, seen)
        else:
            yield from _parts(constant, seen)


@lru_cache(maxsize=4096)
def _names(code: types.CodeType, *operations: str) -> frozenset[str]:
    """Return the names that some operations read, in code and all code within it.

    Remembered, because a run looks at some five hundred functions: 4 ms each time without.
    """
    names = {i.argval for i in dis.get_instructions(code) if i.opname in operations}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant, *operations)
    return frozenset(names)


def _globals_used(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    for name in sorted(_names(function.__code__, "LOAD_GLOBAL", "LOAD_NAME")):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _module_parts(module: types.ModuleType, code: types.CodeType, seen: Seen) -> Iterator[str]:
    """Pin down what ``code`` may read from a module: every attribute that it names anywhere (a superset)."""
    for name in sorted(_names(code, "LOAD_ATTR", "LOAD_METHOD")):
        value = getattr(module, name, None)
        if value is None:
            continue
        yield f"attribute:{name}"
        if isinstance(value, types.ModuleType):
            if not _is_library(value):
                yield from _module_parts(value, code, seen)
        else:
            yield from _parts(value, seen)


_tellers: list[Callable[[str], None]] = []


def when_compiling(tell: Callable[[str], None]) -> None:
    """Have ``tell`` called with the name of each kernel that is to be kept, before it is compiled."""
    _tellers.append(tell)


class _Key(NamedTuple):
    """What one compiled overload is known by."""

    path: Path
    text: str


class KernelCache:
    """Numba's cache protocol (``load_overload``, ``save_overload``) over files named by place, keyed by identity.

    One file per function and signature, replaced when the code behind it changes: an edited kernel leaves
    nothing behind. Writing is atomic, so concurrent processes at worst compile the same thing twice.
    """

    def __init__(self, dispatcher: Any, *, persistent: bool) -> None:
        self._function: Any = dispatcher.py_func
        self._persistent = persistent
        self._qualname: str = self._function.__qualname__
        self._keys: dict[str, _Key] = {}
        self._identity: str | None = None

    @property
    def cache_path(self) -> str:
        return str(cache_directory())

    def enable(self) -> None:
        self._persistent = True

    def disable(self) -> None:
        self._persistent = False

    def flush(self) -> None:
        """Forget every stored overload of this function."""
        for path in cache_directory().glob(f"{self._stem()}-*.kernel"):
            path.unlink(missing_ok=True)

    def load_overload(self, signature: Any, context: Any) -> CompileResult | None:
        """Return the stored machine code for ``signature``, or None to have it compiled."""
        self._identify()
        if self._identity is None or not self._persistent:
            return None
        context.refresh()
        key = self._key(signature, context)
        self._keys[str(signature)] = key
        payload = _read(key)
        if payload is None:
            for tell in _tellers:
                tell(self._qualname)
            return None
        try:
            return loaded(context, _Unpickler(io.BytesIO(payload)).load())
        except Exception as error:  # a damaged file must cost a compile, never a crash
            warnings.warn(
                f"kernel file {key.path.name} can't be loaded ({error}); compiling anew",
                KernelCacheWarning,
                stacklevel=2,
            )
            return None

    def save_overload(self, signature: Any, result: CompileResult) -> None:
        """Store freshly compiled machine code; a folder that can't be written to is reported once, not fatal."""
        key = self._keys.get(str(signature))
        if key is None or self._identity is None or not self._persistent:
            return
        if result.library.has_dynamic_globals or any(not part.can_cache for part in result.lifted):
            _warn_once(f"kernel {self._qualname} embeds addresses of this process and can't be kept")
            return
        # numba's pickler, because environments may hold functions of modules without a file.
        from numba.core.serialize import dumps

        _write(key, dumps(result._reduce()))

    def _identify(self) -> None:
        """Hash the function as it stands now (helpers may have been defined after it) and name its symbols.

        Symbols carry the hash too: two processes may compile different functions of one name under the same
        counter, and the second to be loaded would silently run the first one's machine code.
        """
        try:
            self._identity = identity(self._function)
        except Unhashable as error:
            self._identity = None
            if self._persistent:
                _warn_once(f"kernel {self._qualname} is compiled in every process: it depends on {error}")
            return
        self._function.__qualname__ = f"{self._qualname}_{self._identity[:16]}"

    def _stem(self) -> str:
        place = [self._function.__module__, self._qualname, _file_of(self._function.__code__)]
        for cell in self._function.__closure__ or ():
            inner = getattr(cell.cell_contents, "py_func", cell.cell_contents)
            code = getattr(inner, "__code__", None)
            place.append(f"{_file_of(code)}:{code.co_qualname}" if code else type(inner).__name__)
        digest = hashlib.sha256("|".join(place).encode()).hexdigest()[:12]
        name = self._qualname.replace("<locals>.", "").replace("<", "").replace(">", "")
        return f"{name[:60]}-{digest}"

    def _key(self, signature: Any, context: Any) -> _Key:
        target = "|".join(map(str, context.codegen().magic_tuple()))
        sign = hashlib.sha256(str(signature).encode()).hexdigest()[:12]
        return _Key(cache_directory() / f"{self._stem()}-{sign}.kernel", f"{self._identity}|{signature}|{target}")


def _rebuild_environment(module: str, constants: list[Any], name: str) -> Environment:
    """Do as numba does, but import nothing: a module of that name may not exist, or be another one."""
    known = lookup_environment(name)
    if known is not None:
        return known
    environment = Environment(vars(sys.modules[module]) if module in sys.modules else {"__name__": module})
    environment.consts[:] = constants
    environment.env_name = name
    Environment._memo[name] = environment
    return environment


class _Unpickler(pickle.Unpickler):
    """Reads what numba pickled, without importing the modules in which users' functions were defined."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (Environment.__module__, "_rebuild_env"):
            return _rebuild_environment
        return super().find_class(module, name)


def _file_of(code: types.CodeType) -> str:
    """Return where a function is defined; a notebook's cell without the numbers of its process and execution."""
    return re.sub(r"(ipykernel_|<ipython-input-)\d+", r"\1", code.co_filename)


def _read(key: _Key) -> bytes | None:
    try:
        data = key.path.read_bytes()
    except OSError:
        return None
    head, _, payload = data.partition(b"\n")
    return payload if head == hashlib.sha256(key.text.encode() + payload).hexdigest().encode() else None


def _write(key: _Key, payload: bytes) -> None:
    head = hashlib.sha256(key.text.encode() + payload).hexdigest().encode()
    temporary = ""
    try:
        key.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=key.path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(head + b"\n" + payload)
        os.replace(temporary, key.path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        _warn_once(f"compiled kernels can't be kept in {key.path.parent} ({error}); set LOCKSTEP_CACHE_DIR")


_warned: set[str] = set()


def _warn_once(message: str) -> None:
    if message not in _warned:
        _warned.add(message)
        warnings.warn(message, KernelCacheWarning, stacklevel=4)


@overload
def kernel(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def kernel(*, cache: bool = False, inline: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def kernel(function: Callable[P, R] | None = None, /, *, cache: bool = False, inline: bool = True) -> Any:
    """Compile a function with the project's one set of options.

    ``@kernel`` marks a building block: it is compiled into whatever calls it. ``@kernel(inline=False)`` marks a large
    one that is called from several places: it is compiled beside them. ``@kernel(cache=True)`` marks an
    entry point, called from Python, whose machine code is kept between processes. Division by zero gives inf or
    nan as in NumPy; nothing is reordered (no fast-math), so that results are the same bits everywhere.
    """
    if numba.__version__ != NUMBA_VERSION:
        raise ImportError(
            f"Lockstep's kernel cache is written for numba {NUMBA_VERSION}, found {numba.__version__}: "
            f"install the versions of requirements.lock"
        )

    def compile_lazily(function: Callable[P, R]) -> Callable[P, R]:
        dispatcher: Any = numba.njit(forceinline=inline and not cache, pipeline_class=KernelCompiler, **OPTIONS)(
            function
        )
        if is_jitted(dispatcher):  # under NUMBA_DISABLE_JIT it is the plain function
            dispatcher._cache = KernelCache(dispatcher, persistent=cache)
            if not cache:
                without_wrappers(dispatcher)
        return dispatcher

    return compile_lazily if function is None else compile_lazily(function)
