"""Where a strategy's class is found again by another process: ``module:Class``, or ``path/to/file.py:Class``."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from lockstep.errors import StrategyError
from lockstep.strategies.files import is_file, load_file

if TYPE_CHECKING:
    from lockstep.strategies.base import Strategy


def reference_of(strategy: "type[Strategy]") -> str:
    """Return where a class is found; one from a user's file goes by the file's absolute path."""
    module = strategy.__module__
    loaded = sys.modules.get(module)
    if hasattr(loaded, "__lockstep_files__"):
        return f"{getattr(loaded, '__file__', module)}:{strategy.__qualname__}"
    return f"{module}:{strategy.__qualname__}"


def class_of(reference: str) -> "type[Strategy]":
    """Return the class that ``reference_of`` named; this imports its module or runs its file.

    Raises ``StrategyError`` where it can't be found: the file was moved, the package isn't installed, or the class was
    made in a script or notebook, where no other process finds it.
    """
    from lockstep.strategies.base import Strategy

    if is_file(reference):
        return load_file(reference)
    module, _, name = reference.partition(":")
    cure = "install what defines it, or give the class itself, Promotion.load(path, strategy=...)"
    if "<locals>" in name:
        raise StrategyError(f"the strategy {name} was made inside a function, where nothing finds it: {cure}")
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        where = "a script or notebook" if module == "__main__" else f"the module {module}"
        raise StrategyError(f"the strategy {name} is not found in {where} ({error}): {cure}") from error
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise StrategyError(f"{reference} names no strategy class, found {found!r}: {cure}")
    return found
