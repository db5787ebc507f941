"""Python, packages, compiled kernels, the store, the clock and the limits of the machine."""

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from lockstep._extras import how_to_install
from lockstep.checkup.finding import Finding, broken, warning, well
from lockstep.errors import LockstepError

PACKAGE = "lockstep-trading"
PYTHONS = (3, 11), (3, 14)
"""The first that does, and the first that does no more."""
LEAST_FILES = 4096
_RESTORE = "restore it from a backup, or set LOCKSTEP_STORE to another folder"
_TIME_ERROR = 5
"""Of adjtimex(2): the clock is not synchronised."""
_TIMEX_BYTES = 208


def look() -> Iterator[Finding]:
    """Look at all of it."""
    yield python()
    yield packages()
    yield from fast_parts()
    yield compiled()
    yield clock()
    yield files()


def python() -> Finding:
    """Look at Python's version."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]:
        return well("python", found)
    return broken("python", f"{found}, needed is 3.11 to 3.13", "make an environment with one of these")


def packages(name: str = PACKAGE) -> Finding:
    """Look whether each package that is needed is there, in a version that fits."""
    try:
        needed = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return broken("packages", f"{name} is not installed in this environment", how_to_install())
    wrong = [why for each in needed if (why := unfit(each))]
    if wrong:
        return broken("packages", "; ".join(wrong), how_to_install())
    return well("packages", f"{len(needed)} as needed")


def unfit(needed: str) -> str:
    """Return what is wrong with a package, by its line of the metadata; empty where nothing is."""
    try:
        one = Requirement(needed)
    except InvalidRequirement:
        return f"{needed!r} can't be read"
    if one.marker is not None and not one.marker.evaluate({"extra": ""}):
        return ""
    try:
        found = metadata.version(one.name)
    except metadata.PackageNotFoundError:
        return f"{one.name} is missing"
    return (
        "" if one.specifier.contains(found, prereleases=True) else f"{one.name} is {found}, needed is {one.specifier}"
    )


def fast_parts() -> Iterator[Finding]:
    """Look at what makes the gateway fast, and is compiled for some machines only."""
    for name, slower in (("uvloop", "asyncio's own loop"), ("httptools", "a parser in Python")):
        if util.find_spec(name) is not None:
            yield well(name, "there")
        else:
            yield broken(name, f"missing: it would be {slower}, which the gateway does not use", how_to_install())


def compiled() -> Finding:
    """Look at the folder of compiled kernels: can it be written, and is something in it?"""
    from lockstep.kernels._jit import cache_directory

    folder = cache_directory()
    above = folder
    while not above.exists() and above != above.parent:
        above = above.parent
    if not os.access(above, os.W_OK | os.X_OK):
        return broken(
            "kernels", f"{folder} can't be written: each process compiles anew, for minutes",
            "set LOCKSTEP_CACHE_DIR to a folder that can",
        )  # fmt: skip
    count = sum(1 for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    if not count:
        return warning("kernels", f"{folder} is empty: the first start compiles, for about a minute on two cores",
                       "start `lockstep serve` once and wait for /ready: what is compiled is kept")  # fmt: skip
    return well("kernels", f"{count} files in {folder}; what has changed since they were made is compiled anew")


def store(path: Path | None) -> Finding:
    """Look whether the store can be read, and has all of its files, whole by their size."""
    from lockstep.data.check import missing_files
    from lockstep.data.store import Store

    try:
        found = Store(path)
        count, faults = len(found.datasets()), missing_files(found)
    except (LockstepError, OSError) as error:
        return broken("store", str(error), _RESTORE)
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        return broken("store", f"{faults[0]}{more}", f"{_RESTORE}; `lockstep data check` lists all faults")
    if not count:
        return warning("store", "nothing is stored", "`lockstep data sample`, or `lockstep data import FILE`")
    return well("store", f"{count} dataset{'s' * (count > 1)}")


def clock() -> Finding:
    """Look whether the system keeps its clock by others."""
    state = _clock_state()
    if state is None:
        return warning("clock", "the system does not say whether it is synchronised", "see that NTP runs")
    if state == _TIME_ERROR:
        return warning(
            "clock", "not synchronised: latencies and the ends of days are as wrong as it is",
            "let chrony, ntpd or systemd-timesyncd keep it (in a container: the machine's own)",
        )  # fmt: skip
    return well("clock", "synchronised")


def _clock_state() -> int | None:
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    return int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))


def files() -> Finding:
    """Look how many files a process may have open: each client is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < LEAST_FILES:
        return warning("files", f"a process may open {hard}", f"raise the limit to {LEAST_FILES} or more (LimitNOFILE)")
    return well("files", "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard}")
