"""Strategies in a file of the user's own: ``path/to/file.py`` or ``path/to/file.py:ClassName``."""

import hashlib
import importlib
import importlib.util
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from lockstep.errors import StrategyError

if TYPE_CHECKING:
    from lockstep.strategies.base import Strategy


def is_file(text: str) -> bool:
    """Return whether a text names a Python file (and possibly a class in it) rather than a strategy."""
    return _split(text)[0].endswith(".py")


def load_file(text: str) -> "type[Strategy]":
    """Return the strategy class that ``path/to/file.py:ClassName`` names; a class that is alone need not be.

    The file is loaded again when it, or a module from its folder that it imports, has changed. Raises
    ``StrategyError`` for a missing file, one that can't be run, and a class that is not there or no strategy.
    """
    name, wanted = _split(text)
    path = Path(name).expanduser()
    if not path.is_file():
        raise StrategyError(f"there is no file {name!r} (looked in {Path.cwd()}): check the path")
    found = _strategies_in(_module(path.resolve()))
    if wanted is None and len(found) == 1:
        return next(iter(found.values()))
    if wanted in found:
        return found[wanted]
    known = ", ".join(found) or "none"
    if wanted is not None:
        raise StrategyError(f"{name} has no strategy class {wanted!r}; it has: {known}")
    if not found:
        raise StrategyError(f"{name} has no strategy: define a subclass of lockstep.strategies.Strategy in it")
    raise StrategyError(f"{name} has several strategies ({known}): say which, as {name}:{next(iter(found))}")


def load_name(text: str) -> Any:
    """Return what ``path/to/file.py:name`` names: a strategy class, or a function of the user's.

    Raises ``StrategyError`` as ``load_file`` does, and for a name that is neither.
    """
    name, wanted = _split(text)
    path = Path(name).expanduser()
    if wanted is None or not path.is_file():
        return load_file(text)
    found = getattr(_module(path.resolve()), wanted, None)
    if callable(found):
        return found
    functions = [key for key, value in vars(_module(path.resolve())).items() if isinstance(value, FunctionType)]
    raise StrategyError(
        f"{name} has no strategy or function {wanted!r}; its functions: {', '.join(functions) or 'none'}"
    )


def module_name(path: Path) -> str:
    """Return the name a file is imported under: the same for the same path, so that kernels are cached."""
    return f"lockstep_user_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}_{path.stem}"


def _split(text: str) -> tuple[str, str | None]:
    name, colon, wanted = text.rpartition(":")
    # A colon may also stand behind a drive letter.
    return (name, wanted) if colon and name.endswith(".py") and wanted.isidentifier() else (text, None)


def _strategies_in(module: ModuleType) -> dict[str, "type[Strategy]"]:
    from lockstep.strategies.base import Strategy

    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__module__ == module.__name__
    }


def _module(path: Path) -> ModuleType:
    name = module_name(path)
    loaded = sys.modules.get(name)
    if loaded is not None and _fingerprint(loaded.__lockstep_files__) == loaded.__lockstep_fingerprint__:
        return loaded
    for file in getattr(loaded, "__lockstep_files__", ()):
        _forget(file)
    module = _execute(path, name)
    files = (path, *_helpers(path.parent))
    vars(module).update(__lockstep_files__=files, __lockstep_fingerprint__=_fingerprint(files))
    return module


def _execute(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, loader=_UncachedLoader(name, str(path)))
    if spec is None or spec.loader is None:  # only for suffixes that Python does not know
        raise StrategyError(f"{path} can't be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.parent)
    sys.path.append(folder)  # at the end: a helper beside the file is found, nothing installed is hidden
    importlib.invalidate_caches()
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # for helpers: see _UncachedLoader
    try:
        spec.loader.exec_module(module)
    except StrategyError as error:
        sys.modules.pop(name, None)
        raise StrategyError(f"{path.name}{_line(path, error)}: {error}") from error
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        raise StrategyError(
            f"{path.name} can't be loaded{_line(path, error)}: {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.dont_write_bytecode = writes
        sys.path.remove(folder)
    return module


class _UncachedLoader(SourceFileLoader):
    """Reads the source each time: byte code goes by its time stamp, and two edits may share a second."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _line(path: Path, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f" (line {error.lineno})"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f" (line {lines[-1]})" if lines else ""


def _helpers(folder: Path) -> list[Path]:
    """Return the files of the user's own loaded modules in and below a folder, none of installed packages."""
    found = set()
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "/")
        ours = name.partition(".")[0] in ("lockstep", "__main__")
        if folder in file.parents and not ours and "site-packages" not in file.parts:
            found.add(file)
    return sorted(found)


def _forget(file: Path) -> None:
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) == str(file):
            del sys.modules[name]


def _fingerprint(files: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes() if file.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()
